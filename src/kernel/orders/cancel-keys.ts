import type { FieldIo, Walkable } from '../../model/codec.ts';
import { NO_TIME, type OrderHandle, type TimeUs } from '../../model/units.ts';
import { KeyStore, type KeyStoreLimits } from './idempotency.ts';

/** Bounds of the cancel keys, and for how long the answer to a cancel is waited for. */
export interface CancelKeyLimits extends KeyStoreLimits {
  readonly answerWithinUs: number;
}

/** Attempts at one cancel that are told apart. */
const ATTEMPT_MAX = 0xffff;

/** Number of the next attempt to cancel an order. */
export function nextAttempt(attempts: number): number {
  return Math.min(attempts + 1, ATTEMPT_MAX);
}

interface Asked {
  askedAt: TimeUs;
}

const ASKED = {
  blank: (): Asked => ({ askedAt: NO_TIME }),
  walk: (io: FieldIo, asked: Asked): void => {
    asked.askedAt = io.int('askedAt', asked.askedAt) as TimeUs;
  },
};

function keyOf(order: OrderHandle, attempt: number): string {
  return `${order}/${attempt}`;
}

/**
 * Cancels by order and attempt (X6). A key is pinned while its answer may still come in time: an
 * equal cancel is suppressed until then, and asked for again, as the next attempt, after it.
 */
export class CancelKeys implements Walkable {
  readonly #answerWithinUs: number = 0;
  readonly store: KeyStore<Asked>;

  constructor(limits: CancelKeyLimits) {
    this.#answerWithinUs = limits.answerWithinUs;
    this.store = new KeyStore(limits, ASKED);
  }

  /** Is the answer to this attempt still to be waited for? */
  isAwaited(order: OrderHandle, attempt: number, now: TimeUs): boolean {
    const entry = this.store.findHeld(keyOf(order, attempt));
    return entry !== undefined && now < entry.what.askedAt + this.#answerWithinUs;
  }

  asked(order: OrderHandle, attempt: number, now: TimeUs): void {
    this.#lapse(now);
    const key = keyOf(order, attempt);
    // The last attempt of all may be asked for again.
    this.store.release(key, order, now);
    this.store.pin(key, { askedAt: now }, order, now);
  }

  /** No answer will come in time: what is pinned no longer has to be. */
  #lapse(now: TimeUs): void {
    for (const { key, order, what } of this.store.pinned()) {
      if (what.askedAt + this.#answerWithinUs > now) return;
      this.store.release(key, order, now);
    }
  }

  /** The last attempt was answered, and with it those before it. */
  answered(order: OrderHandle, attempt: number, now: TimeUs): void {
    for (let at = attempt; at > 0; at--) {
      const key = keyOf(order, at);
      if (this.store.findHeld(key) === undefined) return;
      this.store.release(key, order, now);
    }
  }

  walk(io: FieldIo): void {
    this.store.walk(io);
  }
}
