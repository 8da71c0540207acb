import { z } from 'zod';
import { BAD_ROW_POLICIES } from '../data/bad-rows.ts';
import { PRICE_GRIDS, SEPARATOR_NAMES, TIME_NOTATIONS } from '../data/delimited-format.ts';
import { DUKASCOPY_DECIMALS_MAX } from '../data/dukascopy-format.ts';
import { PARQUET_TIMES, PRICE_DECIMALS_MAX } from '../data/parquet-format.ts';
import { decimal, path, symbol, utcTime } from './schema-parts.ts';

/** How activity and spread vary over a day: as in FX, or not at all. */
export const PROFILES = ['fx', 'flat'] as const;

/** Where quotes of an invented instrument lie; prices and sizes as decimals. */
export const syntheticSchema = z.strictObject({
  price: decimal({ above: '0' }).describe('Mid at `from`'),
  dailyVolatilityBps: decimal({ min: '0', max: '10000', decimals: 4 }).describe(
    "Standard deviation of a day's move, in basis points",
  ),
  spread: decimal({ above: '0' }).describe('Spread in busy hours, in the unit of the price'),
  quotesPerSecond: decimal({ min: '0.001', max: '10000', decimals: 4 }).describe('Mean over a day'),
  sizeMin: decimal({ min: '0' }).describe('Smallest quoted size; 0 and 0 quotes no sizes'),
  sizeMax: decimal({ min: '0' }).describe('Largest quoted size'),
  profile: z.enum(PROFILES).describe('How activity and spread vary over the day'),
});

export type SyntheticSpec = z.output<typeof syntheticSchema>;

const syntheticMarket = z.strictObject({
  kind: z.literal('synthetic'),
  seed: z.int().min(0).default(1),
  from: utcTime()
    .default('2024-01-01T00:00:00Z')
    .describe('Start of a backtest; prices stand at their `price` then, live too'),
  to: utcTime().optional().describe('End of a backtest, which needs it'),
  alwaysOpen: z
    .boolean()
    .default(false)
    .describe('true: the market never closes, whatever the sessions of its instruments'),
  instruments: z
    .record(symbol(), syntheticSchema.partial())
    .default({})
    .describe('What differs from the built-in defaults, by symbol'),
});

const columnRef = z.union([z.string().min(1), z.int().min(1)]);

const delimitedFormat = z.strictObject({
  kind: z.literal('delimited'),
  separator: z.enum(SEPARATOR_NAMES).default('comma'),
  header: z.boolean().describe('true: the first line names the columns'),
  columns: z
    .strictObject({
      time: columnRef,
      bid: columnRef,
      ask: columnRef,
      bidSize: columnRef.optional(),
      askSize: columnRef.optional(),
    })
    .describe('Columns by name in the header, or by number from 1'),
  time: z.enum(TIME_NOTATIONS).describe('How a time is written'),
  zone: z
    .string()
    .min(1)
    .default('UTC')
    .describe('Clock of the times: UTC, ±hh:mm or an IANA zone'),
  fileDate: z.string().min(1).optional().describe('Where the date stands in the file name'),
  filePeriod: z.enum(['any', 'day']).default('any'),
  priceGrid: z.enum(PRICE_GRIDS).default('exact'),
  sizeScale: decimal({ above: '0' })
    .default('1')
    .describe('Sizes in the file are multiplied by it'),
});

const leanFormat = z.strictObject({
  kind: z.literal('lean'),
  zone: z.string().min(1).default('UTC').describe('Clock of the files: UTC for OANDA'),
});

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

const source = z.strictObject({
  symbol: symbol(),
  files: z
    .array(path())
    .min(1)
    .describe('Files in time order, relative to this file; "*" and "?" in names, sorted by name'),
  format: z.discriminatedUnion('kind', [
    leanFormat,
    delimitedFormat,
    dukascopyFormat,
    parquetFormat,
  ]),
  entry: z.string().min(1).optional().describe('Glob of the entry in a zip that holds several'),
});

const policy = z.enum(BAD_ROW_POLICIES).default('fail');

const badRows = z.strictObject({
  policy: z
    .strictObject({
      unparseable: policy,
      off_grid: policy,
      out_of_range: policy,
      non_positive: policy,
      outside_file_period: policy,
      time_backwards: policy,
      crossed: policy,
      absurd_jump: policy,
    })
    .prefault({}),
  maxSkippedShare: decimal({ min: '0', max: '1' })
    .default('0.01')
    .describe("Share of a file's rows that may be skipped before the file fails"),
  maxJumpBps: z.int().min(0).max(1_000_000).default(1000).describe('0 is no check'),
  jumpConfirmRows: z.int().min(0).max(1000).default(5).describe('0 never believes a jump'),
});

const filesMarket = z.strictObject({
  kind: z.literal('files'),
  sources: z.array(source).min(1),
  badRows: badRows.prefault({}),
});

export const marketSchema = z.discriminatedUnion('kind', [syntheticMarket, filesMarket]);

export type SyntheticMarketConfig = z.output<typeof syntheticMarket>;
export type FilesMarketConfig = z.output<typeof filesMarket>;
export type FileSourceConfig = z.output<typeof source>;
