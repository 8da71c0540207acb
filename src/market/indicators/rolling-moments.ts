import { CodecError, type FieldIo, type Walkable } from '../../model/codec.ts';
import { checkPeriod, walkValue } from './period.ts';

/**
 * Mean and population standard deviation of the last `period` values.
 *
 * With deviations d = x − K from a reference K, and the sums S₁ = Σd and S₂ = Σd² over the window,
 * the mean is K + S₁ ÷ n and the variance (n·S₂ − S₁²) ÷ n². (T. F. Chan, G. H. Golub,
 * R. J. LeVeque, "Algorithms for computing the sample variance", 1983: shifted data.) Each time the
 * window has turned over, K becomes the newest value and the sums are made anew: amortised O(1) a
 * value.
 *
 * So K is always a value of the window, which bounds what n·S₂ − S₁² can cancel: (mean − K)² is at
 * most n times the variance. No rounding is older than one window, however long the series. For
 * values that are multiples of 0.5, as prices of bars are, every sum is exact while period × the
 * largest deviation in a window, in halves, stays below 2^26: for 100 values, 335,000 increments.
 */
export class RollingMoments implements Walkable {
  readonly period: number = 1;
  readonly #window: Float64Array;
  /** Where the next value goes: the oldest one once the window is full. */
  #next = 0;
  #count = 0;
  #reference = 0.5;
  #sum = 0.5;
  #squares = 0.5;

  constructor(period: number) {
    checkPeriod(period);
    this.period = period;
    this.#window = new Float64Array(period);
    this.#sum = 0;
    this.#squares = 0;
  }

  update(value: number): void {
    const next = this.#next;
    const window = this.#window;
    const oldest = (window[next] as number) - this.#reference;
    window[next] = value;
    this.#next = next + 1 === window.length ? 0 : next + 1;
    const full = this.#count === window.length;
    if (!full) this.#count++;
    if (next === 0) {
      this.#moveReference(value);
      return;
    }
    const deviation = value - this.#reference;
    this.#sum += deviation;
    this.#squares += deviation * deviation;
    if (!full) return;
    this.#sum -= oldest;
    this.#squares -= oldest * oldest;
  }

  #moveReference(reference: number): void {
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < this.#count; i++) {
      const deviation = (this.#window[i] as number) - reference;
      sum += deviation;
      squares += deviation * deviation;
    }
    this.#reference = reference;
    this.#sum = sum;
    this.#squares = squares;
  }

  get ready(): boolean {
    return this.#count === this.#window.length;
  }

  /** NaN until ready. */
  get mean(): number {
    const n = this.#window.length;
    return this.#count === n ? (this.#reference * n + this.#sum) / n : Number.NaN;
  }

  /** Population standard deviation; NaN until ready. */
  get deviation(): number {
    const n = this.#window.length;
    if (this.#count !== n) return Number.NaN;
    const scaled = n * this.#squares - this.#sum * this.#sum;
    return scaled > 0 ? Math.sqrt(scaled) / n : 0;
  }

  walk(io: FieldIo): void {
    this.#count = io.u32('count', this.#count);
    this.#next = io.u32('next', this.#next);
    this.#reference = io.float('reference', this.#reference);
    this.#sum = io.float('sum', this.#sum);
    this.#squares = io.float('squares', this.#squares);
    const window = io.scalars('window', Array.from(this.#window), 0, walkValue);
    const fits = window.length === this.period && this.#next < this.period;
    if (!fits || this.#count > this.period) throw new CodecError('moments: of another period');
    if (io.reading) this.#window.set(window);
  }
}
