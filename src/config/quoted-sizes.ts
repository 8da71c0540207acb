import { unreachable } from '../model/assert.ts';
import type { FileSourceConfig } from './market-schema.ts';
import type { Config } from './schema.ts';

/** True when quotes of the instrument have sizes, as far as the configuration tells. */
export function quotesSizes(market: Config['market'], symbol: string): boolean {
  if (market.kind === 'synthetic') return Number(market.instruments[symbol]?.sizeMax ?? 0) > 0;
  const source = market.sources.find((one) => one.symbol === symbol);
  return source !== undefined && hasSizes(source.format);
}

const SIZE_COLUMNS: readonly string[] = ['bidSize', 'askSize', 'size'];

function namesSizes(columns: object): boolean {
  const named = Object.entries(columns).filter(([, column]) => column !== undefined);
  return named.some(([name]) => SIZE_COLUMNS.includes(name));
}

function hasSizes(format: FileSourceConfig['format']): boolean {
  switch (format.kind) {
    case 'lean':
    case 'truefx':
    case 'histdata':
    case 'histdata_m1':
      return false;
    case 'dukascopy':
    case 'dukascopy_bi5':
      return true;
    case 'delimited':
    case 'one_sided':
    case 'trades':
    case 'parquet':
      return namesSizes(format.columns);
    case 'bars':
      return namesSizes(format.prices);
    default:
      return unreachable(format);
  }
}
