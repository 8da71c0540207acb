import type { TimeUs } from '../model/units.ts';
import type { TimerPort } from '../venues/timer-port.ts';
import { TEST_START } from './builders.ts';

interface Timer {
  readonly at: number;
  readonly number: number;
  readonly what: () => void;
}

/** Time that a test lets pass. */
export class VirtualTimers implements TimerPort {
  #now: number = TEST_START;
  #timers: Timer[] = [];
  #numbers = 0;

  /** What the wall clock has stepped, and the time with it. */
  stepped = 0;

  now(): TimeUs {
    return (this.#now + this.stepped) as TimeUs;
  }

  evenUs(): number {
    return this.#now;
  }

  random(): number {
    return 0.5;
  }

  after(us: number, what: () => void): () => void {
    this.#numbers += 1;
    const timer = { at: this.#now + us, number: this.#numbers, what };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** When the next is due; Infinity for none. */
  get due(): number {
    return this.#timers.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
  }

  /** Goes to a time, and calls what is due by it, in order. */
  goTo(time: number): void {
    this.#now = Math.max(this.#now, time);
    for (;;) {
      const [next] = this.#timers
        .filter(({ at }) => at <= this.#now)
        .sort((a, b) => a.at - b.at || a.number - b.number);
      if (next === undefined) return;
      this.#timers = this.#timers.filter((other) => other !== next);
      next.what();
    }
  }
}
