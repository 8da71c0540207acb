/** Calls a second in the long run, and how many may come at once. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** Lets so many calls through in a time; the rest is refused, and nothing is queued. */
export class RateLimit {
  readonly #rate: Rate;
  readonly #nowUs: () => number;
  #left: number = 0;
  #at: number = 0;

  constructor(rate: Rate, nowUs: () => number) {
    this.#rate = rate;
    this.#nowUs = nowUs;
    this.#left = rate.burst;
    this.#at = nowUs();
  }

  /** Takes one call; `false` when it is too many. */
  take(): boolean {
    const now = this.#nowUs();
    const { perSecond, burst } = this.#rate;
    this.#left = Math.min(burst, this.#left + ((now - this.#at) * perSecond) / 1_000_000);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
