import { assert } from '../../model/assert.ts';
import type { FieldIo, Walkable } from '../../model/codec.ts';
import type { Price, Quantity, TimeUs } from '../../model/units.ts';
import type { Calendar } from '../calendar.ts';

/** What a quote weighs: its quoted size, bid plus ask, or 1. */
export const VWAP_WEIGHTS = ['size', 'ticks'] as const;
export type VwapWeight = (typeof VWAP_WEIGHTS)[number];

/** A quote, as strategies see it. */
export interface WeighedQuote {
  readonly venueTime: TimeUs;
  readonly bid: Price;
  readonly ask: Price;
  readonly bidSize: Quantity;
  readonly askSize: Quantity;
}

/**
 * Volume-weighted average of the mids of a trading day: Σ mid × weight ÷ Σ weight over its quotes
 * so far. (S. A. Berkowitz, D. E. Logue, E. A. Noser, "The total cost of transactions on the NYSE",
 * Journal of Finance, 1988, for trades; here quotes stand for them.) It begins anew with the first
 * quote of a trading day of the instrument's calendar. Quotes without any size cannot be weighed by
 * `size`: `update` throws.
 *
 * The sums are of deviations from the day's first mid, in halves of an increment: exact while the
 * sum of deviation × weight is below 2^53, as in a day of 10^5 quotes of 10^7 units each that are
 * up to 4500 increments away.
 */
export class SessionVwap implements Walkable {
  readonly weight: VwapWeight = 'ticks';
  readonly #calendar: Calendar;
  /** End of the trading day of the last quote. */
  #dayEnd = 0.5;
  /** Bid plus ask of the day's first quote. */
  #reference = 0.5;
  #sum = 0.5;
  #weights = 0.5;

  constructor(calendar: Calendar, weight: VwapWeight) {
    assert(VWAP_WEIGHTS.includes(weight), `the weight of a quote is size or ticks, not ${weight}`);
    this.#calendar = calendar;
    this.weight = weight;
    this.#dayEnd = 0;
    this.#sum = 0;
    this.#weights = 0;
  }

  update(quote: WeighedQuote): void {
    const weight = this.weight === 'ticks' ? 1 : quote.bidSize + quote.askSize;
    assert(weight > 0, 'an average by size of quotes without sizes: weigh them by ticks');
    const twice = quote.bid + quote.ask;
    if (quote.venueTime >= this.#dayEnd) {
      this.#dayEnd = this.#calendar.nextDayStart(quote.venueTime);
      this.#reference = twice;
      this.#sum = 0;
      this.#weights = 0;
    }
    this.#sum += (twice - this.#reference) * weight;
    this.#weights += weight;
  }

  /** From the first quote on. The value is of the trading day of the last quote. */
  get ready(): boolean {
    return this.#weights > 0;
  }

  /** In counts of the price increment. */
  get value(): number {
    if (this.#weights === 0) return Number.NaN;
    return (this.#reference + this.#sum / this.#weights) / 2;
  }

  walk(io: FieldIo): void {
    this.#dayEnd = io.int('dayEnd', this.#dayEnd);
    this.#reference = io.float('reference', this.#reference);
    this.#sum = io.float('sum', this.#sum);
    this.#weights = io.float('weights', this.#weights);
  }
}
