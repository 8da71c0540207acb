import { assert } from '../../model/assert.ts';
import { CodecError, type FieldIo, type Walkable } from '../../model/codec.ts';
import { checkPeriod } from './period.ts';

/**
 * Exponential moving average: value ← value + alpha × (x − value), seeded by the mean of the first
 * `period` values, at which it becomes ready. That is the form of TA-Lib and of most charts; one
 * seeded by its first value leans on it for a few periods. `alpha` is 2 ÷ (period + 1) by default,
 * which gives the weights the same mean age as a simple average of `period`.
 */
export class Ema implements Walkable {
  readonly period: number = 1;
  readonly alpha: number = 0.5;
  #count = 0;
  /** Sum of the values so far until there are `period` of them, then the average. */
  #state = 0.5;

  constructor(period: number, alpha: number = 2 / (period + 1)) {
    checkPeriod(period);
    assert(alpha > 0 && alpha <= 1, `alpha ${alpha} is not in (0, 1]`);
    this.period = period;
    this.alpha = alpha;
    this.#state = 0;
  }

  update(value: number): void {
    if (this.#count === this.period) {
      this.#state += this.alpha * (value - this.#state);
      return;
    }
    this.#state += value;
    this.#count++;
    if (this.#count === this.period) this.#state /= this.period;
  }

  get ready(): boolean {
    return this.#count === this.period;
  }

  get value(): number {
    return this.#count === this.period ? this.#state : Number.NaN;
  }

  walk(io: FieldIo): void {
    this.#count = io.u32('count', this.#count);
    this.#state = io.float('state', this.#state);
    if (this.#count > this.period) throw new CodecError('ema: of another period');
  }
}
