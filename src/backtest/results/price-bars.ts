import type { QuoteBlock } from '../../market/quotes.ts';
import { assert } from '../../model/assert.ts';
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
  readonly #series: (BarSeries | undefined)[];

  constructor(instruments: number) {
    this.#series = Array.from({ length: instruments }, () => undefined);
  }

  /** Takes rows `from … to − 1` of a block, in order of time. */
  take(block: QuoteBlock, from: number, to: number): void {
    const { time, instrument, bid, ask } = block;
    for (let i = from; i < to; i++) {
      const k = instrument[i] as number;
      const mid = (bid[i] as number) + (ask[i] as number);
      const t = time[i] as number;
      const series = this.#series[k];
      if (series !== undefined && t < series.until) series.quote(mid);
      else this.#start(k, t, mid);
    }
  }

  #start(k: number, time: number, mid: number): void {
    const series = this.#series[k] ?? new BarSeries();
    this.#series[k] = series;
    series.start(time, mid);
  }

  /** Width in seconds of an instrument's bars; 0 without a quote. */
  seconds(k: number): number {
    return this.#series[k]?.seconds ?? 0;
  }

  bars(k: number): readonly MidBar[] {
    return this.#series[k]?.bars() ?? [];
  }
}

/** Bars of one instrument. The last one grows; full, all are merged into wider ones. */
class BarSeries {
  readonly #time = new Float64Array(PRICE_BARS_MAX);
  readonly #open = new Float64Array(PRICE_BARS_MAX);
  readonly #high = new Float64Array(PRICE_BARS_MAX);
  readonly #low = new Float64Array(PRICE_BARS_MAX);
  readonly #close = new Float64Array(PRICE_BARS_MAX);
  #count = 0;
  #step = 0;
  /** End of the last bar, µs. */
  until = 0;

  get seconds(): number {
    return BAR_SECONDS[this.#step] as number;
  }

  /** Hot path: a quote within the last bar. */
  quote(mid: number): void {
    const last = this.#count - 1;
    if (mid > (this.#high[last] as number)) this.#high[last] = mid;
    if (mid < (this.#low[last] as number)) this.#low[last] = mid;
    this.#close[last] = mid;
  }

  /** A quote past the last bar. */
  start(time: number, mid: number): void {
    while (this.#count === PRICE_BARS_MAX) this.#widen();
    if (time < this.until) {
      this.quote(mid);
      return;
    }
    const width = this.seconds * US_PER_SECOND;
    const at = this.#count;
    this.#count += 1;
    this.#time[at] = time - (time % width);
    this.until = (this.#time[at] as number) + width;
    this.#open[at] = mid;
    this.#high[at] = mid;
    this.#low[at] = mid;
    this.#close[at] = mid;
  }

  #widen(): void {
    assert(this.#step + 1 < BAR_SECONDS.length, 'more bars than there are years');
    this.#step += 1;
    const width = this.seconds * US_PER_SECOND;
    let to = -1;
    for (let i = 0; i < this.#count; i++) {
      const time = (this.#time[i] as number) - ((this.#time[i] as number) % width);
      if (to < 0 || time !== this.#time[to]) {
        to += 1;
        this.#time[to] = time;
        this.#open[to] = this.#open[i] as number;
        this.#high[to] = this.#high[i] as number;
        this.#low[to] = this.#low[i] as number;
      }
      if ((this.#high[i] as number) > (this.#high[to] as number))
        this.#high[to] = this.#high[i] as number;
      if ((this.#low[i] as number) < (this.#low[to] as number))
        this.#low[to] = this.#low[i] as number;
      this.#close[to] = this.#close[i] as number;
    }
    this.#count = to + 1;
    this.until = (this.#time[to] as number) + width;
  }

  bars(): MidBar[] {
    return Array.from({ length: this.#count }, (_, i) => ({
      time: this.#time[i] as number,
      open: this.#open[i] as number,
      high: this.#high[i] as number,
      low: this.#low[i] as number,
      close: this.#close[i] as number,
    }));
  }
}
