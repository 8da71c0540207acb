import { parseDecimal } from '../model/decimal.ts';
import type { BarsFormat } from './bars-format.ts';
import type { DelimitedFormat } from './delimited-format.ts';

/**
 * The layouts in which well-known vendors hand out their files. Each is an ordinary format with its
 * columns, clock and notation filled in.
 */

const COMMON = {
  separator: 'comma',
  header: false,
  zone: 'UTC',
  filePeriod: 'any',
  priceGrid: 'exact',
  sizeScale: parseDecimal('1'),
} as const;

/** TrueFX as downloaded: `EUR/USD,20130101 22:00:00.295,1.31926,1.31950`, UTC. */
export const TRUEFX_FORMAT: DelimitedFormat = {
  ...COMMON,
  kind: 'delimited',
  columns: { symbol: 1, time: 2, bid: 3, ask: 4 },
  columnCount: 4,
  time: 'compact',
};

/** HistData writes New York standard time all year. */
const HISTDATA_ZONE = '-05:00';

/** HistData "generic ASCII" ticks: `20200130 152751336,1.103210,1.103230,0`; no volume in it. */
export const HISTDATA_FORMAT: DelimitedFormat = {
  ...COMMON,
  kind: 'delimited',
  columns: { time: 1, bid: 2, ask: 3 },
  columnCount: 4,
  time: 'compact',
  zone: HISTDATA_ZONE,
};

/** What a declared spread and way through a bar are, for {@link histdataBarsFormat}. */
export type HistdataBars = Pick<BarsFormat, 'order' | 'offsets'> & {
  readonly spread: DelimitedFormat['sizeScale'];
};

/**
 * HistData "generic ASCII" minute bars: `20120201 000000;1.306600;1.306600;1.306560;1.306560;0`.
 * They are bars of the bid, stamped at their start; the ask is the bid and the declared spread.
 */
export function histdataBarsFormat({ spread, order, offsets }: HistdataBars): BarsFormat {
  return {
    ...COMMON,
    kind: 'bars',
    separator: 'semicolon',
    columns: { time: 1 },
    columnCount: 6,
    prices: { kind: 'single', ohlc: [2, 3, 4, 5], side: 'bid', spread },
    time: 'compact',
    zone: HISTDATA_ZONE,
    stamp: 'start',
    durationUs: 60_000_000,
    order,
    offsets,
  };
}

/** JForex export of ticks, header `Gmt time,Ask,Bid,AskVolume,BidVolume`; sizes in millions. */
export const DUKASCOPY_JFOREX_FORMAT: DelimitedFormat = {
  ...COMMON,
  kind: 'delimited',
  header: true,
  columns: {
    time: 'Gmt time',
    bid: 'Bid',
    ask: 'Ask',
    bidSize: 'BidVolume',
    askSize: 'AskVolume',
  },
  time: 'day_first',
  sizeScale: parseDecimal('1000000'),
};

/**
 * Dukascopy ticks as the usual downloaders write them: header
 * `timestamp,askPrice,bidPrice,askVolume,bidVolume`, epoch milliseconds, sizes in millions.
 */
export const DUKASCOPY_EPOCH_FORMAT: DelimitedFormat = {
  ...DUKASCOPY_JFOREX_FORMAT,
  columns: {
    time: 'timestamp',
    bid: 'bidPrice',
    ask: 'askPrice',
    bidSize: 'bidVolume',
    askSize: 'askVolume',
  },
  time: 'epoch_ms',
};
