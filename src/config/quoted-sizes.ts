import type { QuoteFormat } from '../data/quote-format.ts';
import { unreachable } from '../model/assert.ts';
import { quoteFormatOf } from './quote-format.ts';
import type { Config } from './schema.ts';

/** True when quotes of the instrument have sizes, as far as the configuration tells. */
export function quotesSizes(market: Config['market'], symbol: string): boolean {
  if (market.kind === 'synthetic') return Number(market.instruments[symbol]?.sizeMax ?? 0) > 0;
  const source = market.sources.find((one) => one.symbol === symbol);
  return source !== undefined && hasSizes(quoteFormatOf(source.format));
}

function hasSizes(format: QuoteFormat): boolean {
  switch (format.kind) {
    case 'delimited':
    case 'one_sided':
      return format.columns.bidSize !== undefined || format.columns.askSize !== undefined;
    case 'trades':
      return format.columns.size !== undefined;
    case 'bars': {
      const { prices } = format;
      if (prices.kind !== 'bid_ask') return false;
      return prices.bidSize !== undefined || prices.askSize !== undefined;
    }
    default:
      return unreachable(format);
  }
}
