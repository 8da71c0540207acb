import { CodecError, type FieldIo } from './codec.ts';
import type { InstrumentIndex, TimeUs } from './units.ts';

/** The price of a quote that a bar is made of; `mid` is half of bid plus ask. */
export const BAR_BASES = ['bid', 'ask', 'mid'] as const;
export type BarBasis = (typeof BAR_BASES)[number];

/** Bars that one input carries at most; a longer history is several inputs. */
export const HISTORICAL_BARS_MAX = 250;

/**
 * A whole bar of the past over `[start, end)`, µs UTC. Prices are counts of the price increment,
 * those of `mid` of half of it: bid plus ask. `ticks`: prices in it, by whoever tells it.
 */
export interface HistoricalBar {
  start: TimeUs;
  end: TimeUs;
  open: number;
  high: number;
  low: number;
  close: number;
  ticks: number;
}

/**
 * Bars of the past of one series, oldest first, as its market has them (X30). None are a word too:
 * from here on the series is followed anew, and what went by before is not known.
 */
export interface Historical {
  instrument: InstrumentIndex;
  durationUs: number;
  /** In {@link BAR_BASES}. */
  basis: number;
  /** Bars of warm-up that the series was asked for with: a part of what tells series apart. */
  history: number;
  bars: HistoricalBar[];
}

export function blankHistorical(): Historical {
  return { instrument: 0 as InstrumentIndex, durationUs: 0, basis: 0, history: 0, bars: [] };
}

function blankBar(): HistoricalBar {
  const none = 0 as TimeUs;
  return { start: none, end: none, open: 0, high: 0, low: 0, close: 0, ticks: 0 };
}

function walkBar(io: FieldIo, bar: HistoricalBar): void {
  bar.start = io.int('start', bar.start) as TimeUs;
  bar.end = io.int('end', bar.end) as TimeUs;
  bar.open = io.int('open', bar.open);
  bar.high = io.int('high', bar.high);
  bar.low = io.int('low', bar.low);
  bar.close = io.int('close', bar.close);
  bar.ticks = io.u32('ticks', bar.ticks);
}

/** Visits the fields of a history. */
export function walkHistorical(io: FieldIo, historical: Historical): void {
  historical.instrument = io.u16('instrument', historical.instrument) as InstrumentIndex;
  historical.durationUs = io.int('durationUs', historical.durationUs);
  historical.basis = io.code('basis', historical.basis, BAR_BASES);
  historical.history = io.u16('history', historical.history);
  historical.bars = io.list('pastBars', historical.bars, blankBar, walkBar);
  if (historical.bars.length <= HISTORICAL_BARS_MAX) return;
  throw new CodecError(`bars: more than ${HISTORICAL_BARS_MAX} in one input`);
}
