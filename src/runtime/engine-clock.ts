import type { TimeUs } from '../model/units.ts';
import type { WallClock } from './pacer.ts';

/** So fast may engine time be brought up to the wall: 500 millionths. */
const SLEW = 0.0005;

/** A step of the wall clock that is not hidden. */
export interface ClockStep {
  readonly from: TimeUs;
  readonly to: TimeUs;
}

/**
 * Engine time live (X29): the wall's time at the start, counted on evenly, never decreasing, and
 * brought back to the wall slowly. A larger step is told: time goes forward with it at once, and
 * never back, but counts on from where it was.
 */
export class EngineClock {
  readonly #clock: WallClock;
  /** Engine time less what counts evenly. */
  #base = 0;
  /** Wall less engine time that is borne: after a step back, or a start ahead of the wall. */
  #borne = 0;
  #last = 0;
  #checkedAt = 0;

  /** `atLeast`: time has come so far already. */
  constructor(clock: WallClock, atLeast: TimeUs) {
    this.#clock = clock;
    const wall = clock.wallUs();
    const start = Math.max(wall, atLeast);
    this.#checkedAt = clock.monotonicUs();
    this.#base = start - this.#checkedAt;
    this.#borne = wall - start;
    this.#last = start;
  }

  now(): TimeUs {
    this.#last = Math.max(this.#last, Math.floor(this.#clock.monotonicUs() + this.#base));
    return this.#last as TimeUs;
  }

  /** Compares with the wall; returns a step beyond `maxUs`. To be called a few times a second. */
  check(maxUs: number): ClockStep | undefined {
    const even = this.#clock.monotonicUs();
    const wall = this.#clock.wallUs();
    const elapsed = even - this.#checkedAt;
    this.#checkedAt = even;
    const from = Math.floor(even + this.#base) as TimeUs;
    const off = wall - even - this.#base;
    const step = off - this.#borne;
    if (Math.abs(step) > maxUs) {
      // Forward the time is the wall's again; back it counts on, and the difference is borne.
      if (off > 0) this.#base += off;
      this.#borne = Math.min(0, off);
      return { from, to: wall as TimeUs };
    }
    const most = elapsed * SLEW;
    const slewed = Math.max(-most, Math.min(most, off));
    this.#base += slewed;
    this.#borne = Math.min(0, off - slewed);
    return undefined;
  }
}
