import { CodecError, type FieldIo, type Walkable } from '../../model/codec.ts';
import { checkPeriod, walkValue } from './period.ts';

/**
 * Simple moving average: the mean of the last `period` values.
 *
 * The sum is kept by adding the newest and taking off the oldest value. For prices, which are
 * multiples of 0.5 below 2^32 (counts of the price increment), every such sum is exact in a double
 * (period × 2^33 halves < 2^53), so it cannot drift. For other input it can, by rounding.
 */
export class Sma implements Walkable {
  readonly period: number = 1;
  readonly #window: Float64Array;
  /** Where the next value goes: the oldest one once the window is full. */
  #next = 0;
  #count = 0;
  #sum = 0.5;

  constructor(period: number) {
    checkPeriod(period);
    this.period = period;
    this.#window = new Float64Array(period);
    this.#sum = 0;
  }

  update(value: number): void {
    const next = this.#next;
    this.#sum = this.#sum - (this.#window[next] ?? 0) + value;
    this.#window[next] = value;
    this.#next = next + 1 === this.#window.length ? 0 : next + 1;
    if (this.#count < this.#window.length) this.#count++;
  }

  get ready(): boolean {
    return this.#count === this.#window.length;
  }

  get value(): number {
    return this.#count === this.#window.length ? this.#sum / this.#count : Number.NaN;
  }

  walk(io: FieldIo): void {
    this.#count = io.u32('count', this.#count);
    this.#next = io.u32('next', this.#next);
    this.#sum = io.float('sum', this.#sum);
    const window = io.scalars('window', Array.from(this.#window), 0, walkValue);
    const fits = window.length === this.period && this.#next < this.period;
    if (!fits || this.#count > this.period) throw new CodecError('sma: of another period');
    if (io.reading) this.#window.set(window);
  }
}
