import { US_PER_DAY, US_PER_MINUTE } from '../model/time.ts';

const FIXED_OFFSET = /^([+-])(\d{2}):(\d{2})$/;

/** Microseconds that a clock of `±hh:mm` is ahead of UTC; `undefined` for other texts. */
function fixedOffsetUs(zone: string): number | undefined {
  const match = FIXED_OFFSET.exec(zone);
  if (match === null) return zone === 'UTC' ? 0 : undefined;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  if (Number(match[2]) > 23 || Number(match[3]) > 59) return undefined;
  return (match[1] === '-' ? -minutes : minutes) * US_PER_MINUTE;
}

/** True for `UTC`, `±hh:mm` and the IANA zones that this Node knows. */
export function isZone(zone: string): boolean {
  if (fixedOffsetUs(zone) !== undefined) return true;
  // Temporal also takes `+0530`, `-05` and the like; one notation is enough.
  if (/^[+-]/.test(zone)) return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function microseconds(instant: Temporal.ZonedDateTime | null, otherwise: number): number {
  return instant === null ? otherwise : Number(instant.epochNanoseconds / 1000n);
}

/**
 * Turns wall-clock times of one zone into UTC. A wall time is µs since 1970-01-01T00:00 *as the
 * clock shows it*. One that occurs twice is its earlier instant; one that was skipped has none.
 *
 * Between two changes of the clocks a look-up is two comparisons; Temporal is asked at a change.
 */
export class ZoneClock {
  readonly #zone: string;
  /**
   * Wall times in [low, high) are `offset` ahead of UTC, and no other instant shows them earlier.
   */
  #low = 0.5;
  #high = 0.5;
  #offsetUs = 0.5;

  /** `zone` must pass {@link isZone}. */
  constructor(zone: string) {
    this.#zone = zone;
    const fixed = fixedOffsetUs(zone);
    if (fixed !== undefined) {
      this.#low = Number.NEGATIVE_INFINITY;
      this.#high = Number.POSITIVE_INFINITY;
      this.#offsetUs = fixed;
    }
  }

  /** Microseconds that this clock is ahead of UTC, where that never changes. */
  get fixedOffsetUs(): number | undefined {
    return fixedOffsetUs(this.#zone);
  }

  /**
   * Replaces the wall time in `column[row]` with µs UTC; false for a wall time that was skipped.
   * In place, because a large number passed or returned between functions is a heap allocation.
   */
  toUtcAt(column: Float64Array, row: number): boolean {
    const wall = column[row] as number;
    if (wall < this.#low || wall >= this.#high) {
      if (!this.#find(wall)) return false;
    }
    column[row] = wall - this.#offsetUs;
    return true;
  }

  /**
   * First instant, µs UTC, of the day that starts at wall time `wallUs` (00:00 or, if skipped,
   * later).
   */
  startOfDay(wallUs: number): number {
    const fixed = fixedOffsetUs(this.#zone);
    if (fixed !== undefined) return wallUs - fixed;
    const date = Temporal.Instant.fromEpochMilliseconds(wallUs / 1000)
      .toZonedDateTimeISO('UTC')
      .toPlainDate();
    return date.toZonedDateTime(this.#zone).epochMilliseconds * 1000;
  }

  /**
   * Walks the stretches of constant offset that could show `wall`, earliest first. Offsets lie
   * within a day of UTC, so the first candidate is in force one day before `wall` read as UTC.
   */
  #find(wall: number): boolean {
    let at: Temporal.ZonedDateTime = Temporal.Instant.fromEpochMilliseconds(
      Math.floor((wall - US_PER_DAY) / 1000),
    ).toZonedDateTimeISO(this.#zone);
    let previousOffset: number | undefined;
    for (;;) {
      const offset = at.offsetNanoseconds / 1000;
      // A transition "before" an instant does not include the instant itself: ask just after it.
      const started = at.add({ nanoseconds: 1 }).getTimeZoneTransition('previous');
      const next = at.getTimeZoneTransition('next');
      const from = microseconds(started, Number.NEGATIVE_INFINITY);
      const to = microseconds(next, Number.POSITIVE_INFINITY);
      previousOffset ??=
        started === null ? offset : started.subtract({ nanoseconds: 1 }).offsetNanoseconds / 1000;
      // What the stretch before still showed belongs to it: the earlier instant wins.
      const low = from + Math.max(offset, previousOffset);
      const high = to + offset;
      if (wall >= low && wall < high) {
        this.#low = low;
        this.#high = high;
        this.#offsetUs = offset;
        return true;
      }
      if (next === null || from > wall + US_PER_DAY) return false;
      previousOffset = offset;
      at = next;
    }
  }

  /**
   * The wall time that this clock shows at an instant, both in µs. For writing, not for the hot
   * path.
   */
  wallAt(timeUs: number): number {
    const fixed = fixedOffsetUs(this.#zone);
    if (fixed !== undefined) return timeUs + fixed;
    const instant = Temporal.Instant.fromEpochMilliseconds(Math.floor(timeUs / 1000));
    return timeUs + instant.toZonedDateTimeISO(this.#zone).offsetNanoseconds / 1000;
  }
}
