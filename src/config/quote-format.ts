import { leanQuoteFormat } from '../data/delimited-format.ts';
import type { QuoteFormat } from '../data/quote-format.ts';
import { unreachable } from '../model/assert.ts';
import { parseDecimal } from '../model/decimal.ts';
import type { FileSourceConfig } from './market-schema.ts';

type Configured = FileSourceConfig['format'];
type DelimitedConfig = Extract<Configured, { kind: 'delimited' }>;
type ParquetConfig = Extract<Configured, { kind: 'parquet' }>;

/** The format as the readers take it. */
export function quoteFormatOf(format: Configured): QuoteFormat {
  switch (format.kind) {
    case 'lean':
      return leanQuoteFormat(format.zone);
    case 'delimited':
      return delimitedOf(format);
    case 'dukascopy_bi5':
      return { ...format, sizeScale: parseDecimal(format.sizeScale) };
    case 'parquet':
      return parquetOf(format);
    default:
      return unreachable(format);
  }
}

function parquetOf({ columns, priceDecimals, ...format }: ParquetConfig): QuoteFormat {
  const { bidSize, askSize, ...always } = columns;
  return {
    ...format,
    columns: {
      ...always,
      ...(bidSize === undefined ? {} : { bidSize }),
      ...(askSize === undefined ? {} : { askSize }),
    },
    ...(priceDecimals === undefined ? {} : { priceDecimals }),
    sizeScale: parseDecimal(format.sizeScale),
  };
}

function delimitedOf(format: DelimitedConfig): QuoteFormat {
  const { separator, header, columns, time, zone, fileDate, filePeriod, priceGrid } = format;
  const { bidSize, askSize } = columns;
  return {
    kind: 'delimited',
    separator,
    header,
    columns: {
      time: columns.time,
      bid: columns.bid,
      ask: columns.ask,
      ...(bidSize === undefined ? {} : { bidSize }),
      ...(askSize === undefined ? {} : { askSize }),
    },
    time,
    zone,
    ...(fileDate === undefined ? {} : { fileDate }),
    filePeriod,
    priceGrid,
    sizeScale: parseDecimal(format.sizeScale),
  };
}
