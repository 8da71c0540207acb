import { US_PER_MS, US_PER_SECOND } from '../../model/time.ts';

/** OANDA asks for at most two new connections a second. */
const FIRST_US = 600 * US_PER_MS;
const LAST_US = 30 * US_PER_SECOND;

/** Waits between attempts: from 0.6 s doubling to 30 s, the later half of each drawn. */
export class Backoff {
  readonly #random: () => number;
  #attempts = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** µs to wait before the next attempt. */
  next(): number {
    const full = Math.min(LAST_US, FIRST_US * 2 ** Math.min(this.#attempts, 10));
    this.#attempts += 1;
    if (this.#attempts === 1) return full;
    return Math.round(full / 2 + (full / 2) * this.#random());
  }

  succeeded(): void {
    this.#attempts = 0;
  }
}
