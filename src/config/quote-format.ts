import { leanQuoteFormat } from '../data/delimited-format.ts';
import type { QuoteFormat } from '../data/quote-format.ts';
import { parseDecimal } from '../model/decimal.ts';
import type { FileSourceConfig } from './market-schema.ts';

/** The format as the readers take it. */
export function quoteFormatOf(format: FileSourceConfig['format']): QuoteFormat {
  if (format.kind === 'lean') return leanQuoteFormat(format.zone);
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
