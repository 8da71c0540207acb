import type { BarOffsets, BarPrices } from '../data/bars-format.ts';
import { leanQuoteFormat, type TextLayout } from '../data/delimited-format.ts';
import type { QuoteFormat } from '../data/quote-format.ts';
import {
  DUKASCOPY_EPOCH_FORMAT,
  DUKASCOPY_JFOREX_FORMAT,
  HISTDATA_FORMAT,
  histdataBarsFormat,
  TRUEFX_FORMAT,
} from '../data/vendor-formats.ts';
import { unreachable } from '../model/assert.ts';
import { parseDecimal } from '../model/decimal.ts';
import type { FileSourceConfig } from './market-schema.ts';
import { spanUs } from './schema-parts.ts';
import type { BarsFormatConfig, DelimitedFormatConfig } from './text-format-schema.ts';

/** What all formats of text have, as the readers take it. */
function layoutOf(format: Omit<DelimitedFormatConfig, 'kind' | 'columns'>): TextLayout {
  const { separator, header, time, zone, fileDate, filePeriod, priceGrid } = format;
  return {
    separator,
    header,
    time,
    zone,
    fileDate,
    filePeriod,
    priceGrid,
    priceScale: parseDecimal(format.priceScale),
    sizeScale: parseDecimal(format.sizeScale),
  };
}

function pricesOf(prices: BarsFormatConfig['prices']): BarPrices {
  return 'spread' in prices ? { ...prices, spread: parseDecimal(prices.spread) } : prices;
}

function offsetsOf([open, first, second, close]: BarsFormatConfig['offsets']): BarOffsets {
  return [parseDecimal(open), parseDecimal(first), parseDecimal(second), parseDecimal(close)];
}

/** The format as the readers take it. */
export function quoteFormatOf(format: FileSourceConfig['format']): QuoteFormat {
  switch (format.kind) {
    case 'lean':
      return leanQuoteFormat(format.zone);
    case 'delimited':
    case 'one_sided':
      return { kind: format.kind, columns: format.columns, ...layoutOf(format) };
    case 'trades': {
      const { kind, columns, sides, spread } = format;
      return { kind, columns, sides, spread: parseDecimal(spread), ...layoutOf(format) };
    }
    case 'bars': {
      const { kind, columns, prices, stamp, duration, order, offsets } = format;
      return {
        kind,
        columns,
        prices: pricesOf(prices),
        stamp,
        durationUs: spanUs(duration),
        order,
        offsets: offsetsOf(offsets),
        ...layoutOf(format),
      };
    }
    case 'truefx':
      return TRUEFX_FORMAT;
    case 'histdata':
      return HISTDATA_FORMAT;
    case 'histdata_m1': {
      const { spread, order, offsets } = format;
      return histdataBarsFormat({
        spread: parseDecimal(spread),
        order,
        offsets: offsetsOf(offsets),
      });
    }
    case 'dukascopy_bi5':
    case 'parquet':
      return { ...format, sizeScale: parseDecimal(format.sizeScale) };
    case 'dukascopy':
      return format.layout === 'jforex' ? DUKASCOPY_JFOREX_FORMAT : DUKASCOPY_EPOCH_FORMAT;
    default:
      return unreachable(format);
  }
}
