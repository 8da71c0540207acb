import { CodecError, type FieldIo, type Walkable } from '../../model/codec.ts';
import { checkPeriod, walkValue } from './period.ts';

/**
 * Percentile rank of the newest value among the last `period`, it included: 100 × (values below
 * it + half of the values equal to it, itself among them) ÷ period. (J. T. Roscoe, "Fundamental
 * Research Statistics for the Behavioral Sciences", 1975.) Ties count half, so a flat window gives
 * 50 and the rank of x is 100 less that of −x; the least it can be is 50 ÷ period.
 *
 * The window is also kept in order: a value costs two binary searches and the moving of a block.
 */
export class PercentileRank implements Walkable {
  readonly period: number = 1;
  readonly #window: Float64Array;
  /** The first `#count` are the window's values, ascending. */
  readonly #sorted: Float64Array;
  /** Where the next value goes: the oldest one once the window is full. */
  #next = 0;
  #count = 0;

  constructor(period: number) {
    checkPeriod(period);
    this.period = period;
    this.#window = new Float64Array(period);
    this.#sorted = new Float64Array(period);
  }

  update(value: number): void {
    const { period } = this;
    const sorted = this.#sorted;
    if (this.#count === period) {
      const gone = this.#below(this.#window[this.#next] as number);
      sorted.copyWithin(gone, gone + 1, this.#count);
      this.#count--;
    }
    const place = this.#below(value);
    sorted.copyWithin(place + 1, place, this.#count);
    sorted[place] = value;
    this.#count++;
    this.#window[this.#next] = value;
    this.#next = this.#next + 1 === period ? 0 : this.#next + 1;
  }

  /** How many values of the window are below `value`. */
  #below(value: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sorted[middle] as number) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** How many values of the window are not above `value`. */
  #upTo(value: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sorted[middle] as number) <= value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  get ready(): boolean {
    return this.#count === this.period;
  }

  get value(): number {
    const { period } = this;
    if (this.#count !== period) return Number.NaN;
    const newest = this.#window[this.#next === 0 ? period - 1 : this.#next - 1] as number;
    // Below and half of the equal ones: half of (below + not above).
    return (50 * (this.#below(newest) + this.#upTo(newest))) / period;
  }

  walk(io: FieldIo): void {
    this.#count = io.u32('count', this.#count);
    this.#next = io.u32('next', this.#next);
    const window = io.scalars('window', Array.from(this.#window), 0, walkValue);
    const fits = window.length === this.period && this.#next < this.period;
    if (!fits || this.#count > this.period) throw new CodecError('rank: of another period');
    if (!io.reading) return;
    this.#window.set(window);
    // A window that is not full yet has its values at the front.
    this.#sorted.set(window);
    this.#sorted.subarray(0, this.#count).sort((a, b) => a - b);
  }
}
