import { assert } from '../../model/assert.ts';
import type { FieldIo, Walkable } from '../../model/codec.ts';
import { RollingMoments } from './rolling-moments.ts';

/**
 * Bollinger bands (John Bollinger, "Bollinger on Bollinger Bands", 2001): the simple average of the
 * last `period` values, and `deviations` population standard deviations above and below it. His
 * usual choice is 20 and 2. The variance is that of {@link RollingMoments}. All NaN until `ready`.
 */
export class Bollinger implements Walkable {
  readonly period: number = 1;
  readonly deviations: number = 0.5;
  readonly #moments: RollingMoments;

  constructor(period: number, deviations: number) {
    assert(deviations > 0 && deviations <= 100, `${deviations} deviations are not in (0, 100]`);
    this.#moments = new RollingMoments(period);
    this.period = period;
    this.deviations = deviations;
  }

  update(value: number): void {
    this.#moments.update(value);
  }

  get ready(): boolean {
    return this.#moments.ready;
  }

  /** The middle band. */
  get value(): number {
    return this.#moments.mean;
  }

  get upper(): number {
    return this.#moments.mean + this.deviations * this.#moments.deviation;
  }

  get lower(): number {
    return this.#moments.mean - this.deviations * this.#moments.deviation;
  }

  walk(io: FieldIo): void {
    this.#moments.walk(io);
  }
}
