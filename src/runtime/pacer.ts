import { assert } from '../model/assert.ts';
import type { TimeUs } from '../model/units.ts';

/** The clocks of a running engine, so that a test can bring its own. */
export interface WallClock {
  /** µs since the Unix epoch, by the wall. */
  wallUs(): number;
  /** µs from any point, never stepping. */
  monotonicUs(): number;
}

export const systemClock: WallClock = {
  // What the process counts from its start does not show a step of the wall.
  wallUs: () => Number(Temporal.Now.instant().epochNanoseconds / 1000n),
  monotonicUs: () => Math.round(performance.now() * 1000),
};

/** As fast as it can be fed. */
export const UNPACED = Number.POSITIVE_INFINITY;

/**
 * Turns the passing of real time into market time: `start` when the engine starts, then `speed`
 * times as fast as the monotonic clock. Market time is what inputs are stamped with, so what is
 * decided does not depend on how fast a tape was played.
 */
export class Pacer {
  readonly #clock: WallClock;
  readonly #speed: number = 0;
  readonly #start: number = 0;
  readonly #anchor: number = 0;

  constructor(clock: WallClock, start: TimeUs, speed: number) {
    this.#clock = clock;
    this.#speed = speed;
    this.#start = start;
    this.#anchor = clock.monotonicUs();
  }

  get unpaced(): boolean {
    return this.#speed === UNPACED;
  }

  /** Market time now. */
  now(): TimeUs {
    assert(!this.unpaced, 'what is played as fast as it goes has no time of its own');
    const elapsed = this.#clock.monotonicUs() - this.#anchor;
    return (this.#start + Math.floor(elapsed * this.#speed)) as TimeUs;
  }
}
