import { z } from 'zod';
import { PRICE_GRIDS } from '../data/delimited-format.ts';
import { DUKASCOPY_DECIMALS_MAX } from '../data/dukascopy-format.ts';
import { PARQUET_TIMES, PRICE_DECIMALS_MAX } from '../data/parquet-format.ts';
import { decimal } from './schema-parts.ts';

const dukascopyFormat = z.strictObject({
  kind: z.literal('dukascopy_bi5'),
  path: z
    .string()
    .min(1)
    .describe('End of the paths, with YYYY, MM (01-12) or ZM (00-11), DD and HH'),
  decimals: z
    .int()
    .min(0)
    .max(DUKASCOPY_DECIMALS_MAX)
    .describe('Prices in the file are whole numbers of 10^-decimals'),
  priceGrid: z.enum(PRICE_GRIDS).default('exact'),
  sizeScale: decimal({ above: '0' })
    .default('1000000')
    .describe('Volumes in the file are multiplied by it'),
});

const columnName = z.string().min(1);

const parquetFormat = z.strictObject({
  kind: z.literal('parquet'),
  columns: z
    .strictObject({
      time: columnName,
      bid: columnName,
      ask: columnName,
      bidSize: columnName.optional(),
      askSize: columnName.optional(),
    })
    .describe('Columns by name'),
  time: z.enum(PARQUET_TIMES).default('timestamp').describe('What the time column holds'),
  zone: z.string().min(1).default('UTC').describe('Clock of a TIMESTAMP without zone'),
  priceDecimals: z
    .int()
    .min(0)
    .max(PRICE_DECIMALS_MAX)
    .optional()
    .describe('For integer prices: whole numbers of 10^-priceDecimals'),
  priceGrid: z.enum(PRICE_GRIDS).default('exact'),
  sizeScale: decimal({ above: '0' })
    .default('1')
    .describe('Sizes in the file are multiplied by it'),
});

/** Formats that are not text, by `kind`. */
export const binaryFormats = [dukascopyFormat, parquetFormat] as const;
