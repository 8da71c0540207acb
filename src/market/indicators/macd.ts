import { assert } from '../../model/assert.ts';
import type { FieldIo, Walkable } from '../../model/codec.ts';
import { Ema } from './ema.ts';

/**
 * Moving average convergence divergence (Gerald Appel, "Technical Analysis: Power Tools for Active
 * Investors", 2005; usually 12, 26, 9): `value` is the fast average less the slow one, `signal` the
 * exponential average of that, `histogram` value less signal.
 *
 * Each average is an {@link Ema}, seeded by the mean of its own first values: the fast one by the
 * first `fast` values, the slow one by the first `slow`, the signal by the first `signalPeriod`
 * differences. So it is ready with value `slow + signalPeriod − 1`; all are NaN until then. (TA-Lib
 * seeds the fast average later, at the same moment as the slow one, and differs a little at first.)
 */
export class Macd implements Walkable {
  readonly #fast: Ema;
  readonly #slow: Ema;
  readonly #signal: Ema;

  constructor(fast: number, slow: number, signalPeriod: number) {
    assert(fast < slow, `the fast period ${fast} is not below the slow one ${slow}`);
    this.#fast = new Ema(fast);
    this.#slow = new Ema(slow);
    this.#signal = new Ema(signalPeriod);
  }

  update(value: number): void {
    this.#fast.update(value);
    this.#slow.update(value);
    if (this.#slow.ready) this.#signal.update(this.#fast.value - this.#slow.value);
  }

  get ready(): boolean {
    return this.#signal.ready;
  }

  get value(): number {
    return this.#signal.ready ? this.#fast.value - this.#slow.value : Number.NaN;
  }

  get signal(): number {
    return this.#signal.value;
  }

  get histogram(): number {
    return this.value - this.#signal.value;
  }

  walk(io: FieldIo): void {
    this.#fast.walk(io);
    this.#slow.walk(io);
    this.#signal.walk(io);
  }
}
