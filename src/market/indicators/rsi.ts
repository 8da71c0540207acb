import { CodecError, type FieldIo, type Walkable } from '../../model/codec.ts';
import { checkPeriod } from './period.ts';

/**
 * Relative strength index (J. Welles Wilder, "New Concepts in Technical Trading Systems", 1978):
 * 100 × U ÷ (U + D), which is his 100 − 100 ÷ (1 + U ÷ D). U is the average of the rises from value
 * to value, D that of the falls, both as positive numbers, a change of the other kind counting as
 * 0. The first averages are the means of the first `period` changes, so it is ready with value
 * `period + 1`; each further one is (average × (period − 1) + change) ÷ period. Where nothing has
 * moved, U + D = 0 and the formula has no answer: 50, the middle.
 */
export class Rsi implements Walkable {
  readonly period: number = 1;
  /** Values seen, up to `period + 1`. */
  #count = 0;
  #previous = 0.5;
  /** Sums of the changes until there are `period` of them, then the averages. */
  #up = 0.5;
  #down = 0.5;

  constructor(period: number) {
    checkPeriod(period);
    this.period = period;
    this.#up = 0;
    this.#down = 0;
  }

  update(value: number): void {
    const change = this.#count === 0 ? 0 : value - this.#previous;
    this.#previous = value;
    const up = change > 0 ? change : 0;
    const down = change < 0 ? -change : 0;
    const { period } = this;
    if (this.#count > period) {
      this.#up = (this.#up * (period - 1) + up) / period;
      this.#down = (this.#down * (period - 1) + down) / period;
      return;
    }
    this.#up += up;
    this.#down += down;
    this.#count++;
    if (this.#count <= period) return;
    this.#up /= period;
    this.#down /= period;
  }

  get ready(): boolean {
    return this.#count > this.period;
  }

  get value(): number {
    if (this.#count <= this.period) return Number.NaN;
    const sum = this.#up + this.#down;
    return sum === 0 ? 50 : (100 * this.#up) / sum;
  }

  walk(io: FieldIo): void {
    this.#count = io.u32('count', this.#count);
    this.#previous = io.float('previous', this.#previous);
    this.#up = io.float('up', this.#up);
    this.#down = io.float('down', this.#down);
    if (this.#count > this.period + 1) throw new CodecError('rsi: of another period');
  }
}
