import { CodecError, type FieldIo, type Walkable } from '../../model/codec.ts';
import { checkPeriod } from './period.ts';

/**
 * Average true range (J. Welles Wilder, "New Concepts in Technical Trading Systems", 1978). The
 * true range of a bar is the largest of high − low, |high − previous close| and |low − previous
 * close|; of the first bar, which has no previous close, high − low. The first average is the mean
 * of the first `period` true ranges, each further one (average × (period − 1) + range) ÷ period.
 * In the unit of its input: counts of the price increment for bars.
 */
export class Atr implements Walkable {
  readonly period: number = 1;
  #count = 0;
  /** Sum of the true ranges so far until there are `period` of them, then the average. */
  #state = 0.5;
  #previousClose = 0.5;

  constructor(period: number) {
    checkPeriod(period);
    this.period = period;
    this.#state = 0;
  }

  /** Takes a finished bar. */
  update(high: number, low: number, close: number): void {
    const range =
      this.#count === 0
        ? high - low
        : Math.max(high, this.#previousClose) - Math.min(low, this.#previousClose);
    this.#previousClose = close;
    if (this.#count === this.period) {
      this.#state = (this.#state * (this.period - 1) + range) / this.period;
      return;
    }
    this.#state += range;
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
    this.#previousClose = io.float('previousClose', this.#previousClose);
    if (this.#count > this.period) throw new CodecError('atr: of another period');
  }
}
