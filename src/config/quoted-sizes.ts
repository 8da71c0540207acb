import { unreachable } from '../model/assert.ts';
import type { FileSourceConfig } from './market-schema.ts';
import type { Config } from './schema.ts';

/** True when quotes of the instrument have sizes, as far as the configuration tells. */
export function quotesSizes(market: Config['market'], symbol: string): boolean {
  if (market.kind === 'synthetic') return Number(market.instruments[symbol]?.sizeMax ?? 0) > 0;
  const source = market.sources.find((one) => one.symbol === symbol);
  return source !== undefined && hasSizes(source.format);
}

function hasSizes(format: FileSourceConfig['format']): boolean {
  switch (format.kind) {
    case 'lean':
      return false;
    case 'delimited':
      return format.columns.bidSize !== undefined || format.columns.askSize !== undefined;
    default:
      return unreachable(format);
  }
}
