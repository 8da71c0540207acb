import { assert } from '../model/assert.ts';
import { CodecError, type FieldIo, type Walkable } from '../model/codec.ts';

/**
 * Indicators, one value in and one value out. They use + − × ÷ on doubles only, so every engine
 * computes the same bits. `value` is NaN until `ready`: a comparison with it is false, and the
 * codec refuses to record it.
 */

const PERIOD_MAX = 1_000_000;

function checkPeriod(period: number): void {
  const valid = Number.isInteger(period) && period >= 1 && period <= PERIOD_MAX;
  assert(valid, `period ${period} is not a whole number of 1…${PERIOD_MAX}`);
}

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

function walkValue(io: FieldIo, value: number): number {
  return io.float('value', value);
}
