import type { FieldIo, Walkable } from '../../model/codec.ts';
import { RollingMoments } from './rolling-moments.ts';

/**
 * Standard score of the newest value among the last `period` (it included): (x − mean) ÷ population
 * standard deviation, as in any textbook of statistics (e.g. E. Kreyszig, "Advanced Engineering
 * Mathematics", 1979). 0 where all values of the window are equal: it lies on their mean. The
 * variance is that of {@link RollingMoments}.
 */
export class ZScore implements Walkable {
  readonly period: number = 1;
  readonly #moments: RollingMoments;
  #newest = 0.5;

  constructor(period: number) {
    this.#moments = new RollingMoments(period);
    this.period = period;
  }

  update(value: number): void {
    this.#moments.update(value);
    this.#newest = value;
  }

  get ready(): boolean {
    return this.#moments.ready;
  }

  get value(): number {
    const { deviation } = this.#moments;
    // NaN until ready, as the mean is.
    return deviation === 0 ? 0 : (this.#newest - this.#moments.mean) / deviation;
  }

  /** Mean and population standard deviation of the window, in the unit of the values. */
  get mean(): number {
    return this.#moments.mean;
  }

  get deviation(): number {
    return this.#moments.deviation;
  }

  walk(io: FieldIo): void {
    this.#moments.walk(io);
    this.#newest = io.float('newest', this.#newest);
  }
}
