import { US_PER_SECOND } from '../../model/time.ts';

/** How much may be asked of the broker. */
export interface RateLimits {
  /**
   * Requests a second. OANDA recommends at most 100 on established connections
   * (developer.oanda.com/rest-live-v20/best-practices).
   */
  readonly perSecond: number;
  /** Requests that may go at once. */
  readonly burst: number;
  /** Of the burst: kept for cancels and exits alone. */
  readonly reserve: number;
  /**
   * Connections that orders go out on; left out: two. OANDA asks for at most two new ones a second.
   */
  readonly connections?: number;
}

/** A bucket that fills evenly. Whoever finds it empty does not send, and knows it. */
export class RateLimiter {
  readonly #limits: RateLimits;
  #tokens = 0;
  #at = 0;
  /** Requests that found no room. */
  refused = 0;

  constructor(limits: RateLimits, now: number) {
    this.#limits = limits;
    this.#tokens = limits.burst;
    this.#at = now;
  }

  /** Takes room for one request, if there is any; `urgent` may use the reserve. */
  take(now: number, urgent: boolean): boolean {
    this.#fill(now);
    const kept = urgent ? 0 : this.#limits.reserve;
    if (this.#tokens < kept + 1) {
      this.refused += 1;
      return false;
    }
    this.#tokens -= 1;
    return true;
  }

  /** µs until there is room for what is not urgent. */
  waitUs(now: number): number {
    this.#fill(now);
    const missing = this.#limits.reserve + 1 - this.#tokens;
    return missing <= 0 ? 0 : Math.ceil((missing * US_PER_SECOND) / this.#limits.perSecond);
  }

  #fill(now: number): void {
    if (now <= this.#at) return;
    const more = ((now - this.#at) * this.#limits.perSecond) / US_PER_SECOND;
    this.#tokens = Math.min(this.#limits.burst, this.#tokens + more);
    this.#at = now;
  }
}
