import type { QuoteBlock } from '../../market/quotes.ts';
import { assert, present } from '../../model/assert.ts';
import { US_PER_SECOND } from '../../model/time.ts';

/** Bars of an instrument are made wider when there would be more of them than this. */
export const PRICE_BARS_MAX = 4000;

const [MINUTE, HOUR, DAY] = [60, 3600, 86_400];

/** Widths in seconds; each is a whole multiple of the one before it, so that bars can be merged. */
export const BAR_SECONDS: readonly number[] = [
  ...[1, 5, 15, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR],
  ...[4 * HOUR, 12 * HOUR, DAY, 7 * DAY, 28 * DAY, 364 * DAY],
];

/** A bar; prices are bid + ask: counts of half of the price increment. */
export interface MidBar {
  /** µs UTC at which it starts: a multiple of its width since 1970. */
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

/**
 * The way of the mid, an instrument: at most {@link PRICE_BARS_MAX} bars, as narrow as that
 * allows. Only stretches with a quote have a bar.
 */
export class PriceBars {
  /** The bar that grows, by instrument; a count of 0 below says that there is none yet. */
  readonly #until: Float64Array;
  readonly #high: Float64Array;
  readonly #low: Float64Array;
  readonly #close: Float64Array;
  readonly #series: readonly BarSeries[];

  constructor(instruments: number) {
    this.#until = new Float64Array(instruments).fill(Number.NEGATIVE_INFINITY);
    this.#high = new Float64Array(instruments);
    this.#low = new Float64Array(instruments);
    this.#close = new Float64Array(instruments);
    this.#series = Array.from({ length: instruments }, () => new BarSeries());
  }

  /** Takes rows `from … to − 1` of a block, in order of time. */
  take(block: QuoteBlock, from: number, to: number): void {
    const { time, instrument, bid, ask } = block;
    const until = this.#until;
    const high = this.#high;
    const low = this.#low;
    const close = this.#close;
    for (let i = from; i < to; i++) {
      const k = instrument[i] as number;
      const mid = (bid[i] as number) + (ask[i] as number);
      if ((time[i] as number) >= (until[k] as number)) this.#start(k, time[i] as number, mid);
      if (mid > (high[k] as number)) high[k] = mid;
      if (mid < (low[k] as number)) low[k] = mid;
      close[k] = mid;
    }
  }

  /** The bar that grew is over. */
  #start(k: number, time: number, mid: number): void {
    const series = this.#series[k] as BarSeries;
    this.#store(k);
    this.#until[k] = series.start(time, mid);
    const goesOn = series.last();
    this.#high[k] = goesOn.high;
    this.#low[k] = goesOn.low;
  }

  #store(k: number): void {
    const high = this.#high[k] as number;
    this.#series[k]?.grow(high, this.#low[k] as number, this.#close[k] as number);
  }

  /** Width in seconds of an instrument's bars; 0 without a quote. */
  seconds(k: number): number {
    const series = this.#series[k];
    return series === undefined || series.count === 0 ? 0 : series.seconds;
  }

  bars(k: number): readonly MidBar[] {
    this.#store(k);
    return this.#series[k]?.bars() ?? [];
  }
}

/** Bars of one instrument. Full, all are merged into wider ones. */
class BarSeries {
  #bars: MidBar[] = [];
  #step = 0;

  get count(): number {
    return this.#bars.length;
  }

  get seconds(): number {
    return BAR_SECONDS[this.#step] as number;
  }

  last(): MidBar {
    return present(this.#bars.at(-1), 'last bar');
  }

  /** What the last bar has come to. */
  grow(high: number, low: number, close: number): void {
    const last = this.#bars.pop();
    if (last !== undefined) this.#bars.push({ ...last, high, low, close });
  }

  /** A quote past the last bar; returns the end of the bar that holds it, µs. */
  start(time: number, mid: number): number {
    while (this.#bars.length === PRICE_BARS_MAX) this.#widen();
    const width = this.seconds * US_PER_SECOND;
    const start = time - (time % width);
    // Bars that were made wider may hold it after all.
    if (this.#bars.at(-1)?.time !== start) {
      this.#bars.push({ time: start, open: mid, high: mid, low: mid, close: mid });
    }
    return start + width;
  }

  #widen(): void {
    assert(this.#step + 1 < BAR_SECONDS.length, 'more bars than there are years');
    this.#step += 1;
    const width = this.seconds * US_PER_SECOND;
    const wide: MidBar[] = [];
    for (const { time, open, high, low, close } of this.#bars) {
      const start = time - (time % width);
      const last = wide.at(-1);
      if (last?.time !== start) wide.push({ time: start, open, high, low, close });
      else {
        wide[wide.length - 1] = {
          ...last,
          high: Math.max(last.high, high),
          low: Math.min(last.low, low),
          close,
        };
      }
    }
    this.#bars = wide;
  }

  bars(): readonly MidBar[] {
    return this.#bars;
  }
}
