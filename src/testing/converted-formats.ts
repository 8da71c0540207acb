import type { BarPrices, BarsFormat } from '../data/bars-format.ts';
import type { OneSidedFormat, TradesFormat } from '../data/trades-format.ts';
import { parseDecimal } from '../model/decimal.ts';

const LAYOUT = {
  separator: 'comma',
  header: true,
  time: 'epoch_ms',
  zone: 'UTC',
  priceGrid: 'exact',
  sizeScale: parseDecimal('1'),
} as const;

export const ONE_PRICE = {
  kind: 'single',
  ohlc: ['open', 'high', 'low', 'close'],
  side: 'bid',
  spread: parseDecimal('0.0001'),
} as const satisfies BarPrices;
export const TWO_SIDES: BarPrices = { kind: 'bid_ask', bid: [2, 3, 4, 5], ask: [6, 7, 8, 9] };
export const TWO_FILES: BarPrices = {
  kind: 'two_files',
  ohlc: ['open', 'high', 'low', 'close'],
  bidFiles: 'bid*',
  askFiles: 'ask*',
};

/** Minute bars `time,open,high,low,close` of the bid, a pip of spread, unless said otherwise. */
export function bars(overrides: Partial<BarsFormat> = {}): BarsFormat {
  return {
    ...LAYOUT,
    kind: 'bars',
    columns: { time: 'time' },
    prices: ONE_PRICE,
    stamp: 'start',
    durationUs: 60_000_000,
    order: 'direction',
    offsets: [parseDecimal('0'), parseDecimal('0.25'), parseDecimal('0.5'), parseDecimal('1')],
    ...overrides,
  };
}

/** Trades `time,price,size,side` with a pip of spread, unless said otherwise. */
export function trades(overrides: Partial<TradesFormat> = {}): TradesFormat {
  return {
    ...LAYOUT,
    kind: 'trades',
    columns: { time: 'time', price: 'price', size: 'size', side: 'side' },
    sides: { buy: 'buy', sell: 'sell' },
    spread: parseDecimal('0.0001'),
    ...overrides,
  };
}

/** Rows `time,bid,bidSize,ask,askSize` of which a side may be 0, unless said otherwise. */
export function oneSided(overrides: Partial<OneSidedFormat> = {}): OneSidedFormat {
  return {
    ...LAYOUT,
    kind: 'one_sided',
    header: false,
    columns: { time: 1, bid: 2, bidSize: 3, ask: 4, askSize: 5 },
    ...overrides,
  };
}
