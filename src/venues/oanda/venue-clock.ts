/** Heartbeats that are remembered: a minute of them. */
const BEATS_KEPT = 12;

/**
 * The venue's clock by its heartbeats. Each is late by its way here; the one that was least late
 * says best where the clock stands. They are set against a clock that never steps.
 */
export class VenueClock {
  /** The venue's time less the even clock's as each came, µs, oldest first. */
  #beats: number[] = [];

  /** A heartbeat of venue time `at` came when the even clock said `evenUs`. */
  heard(at: number, evenUs: number): void {
    this.#beats = [...this.#beats.slice(1 - BEATS_KEPT), at - evenUs];
  }

  /** The venue's time less the even clock's, µs; `undefined` before the first heartbeat. */
  get aheadUs(): number | undefined {
    return this.#beats.length === 0 ? undefined : Math.max(...this.#beats);
  }
}
