import { Calendar, type CalendarTable } from '../../market/calendar.ts';
import type { TimeUs } from '../../model/units.ts';

// Fields of an instrument: what is known of the time from FROM to UNTIL.
const FROM = 0;
const UNTIL = 1;
const OPEN = 2;
const DAY_FROM = 3;
const DAY_UNTIL = 4;
const STRIDE = 5;

/**
 * Sessions and trading days by instrument, with the last answer at hand: time mostly stands within
 * it. What is answered depends on the tables and the time alone. Beyond a table's horizon is an
 * error (`CalendarHorizonError`).
 */
export class OpenHours {
  readonly #calendars: readonly Calendar[];
  readonly #known: Float64Array;

  constructor(tables: readonly CalendarTable[]) {
    this.#calendars = tables.map((table) => new Calendar(table));
    this.#known = new Float64Array(tables.length * STRIDE);
  }

  isOpen(k: number, time: TimeUs): boolean {
    this.#session(k, time);
    return this.#known[k * STRIDE + OPEN] === 1;
  }

  /** How long the session in force has been open, µs. Of use while it is. */
  sinceOpen(k: number, time: TimeUs): number {
    this.#session(k, time);
    return time - (this.#known[k * STRIDE + FROM] as number);
  }

  /** How long until it closes, µs. */
  untilClose(k: number, time: TimeUs): number {
    this.#session(k, time);
    return (this.#known[k * STRIDE + UNTIL] as number) - time;
  }

  /** How long the trading day has lasted, µs: it began with the rollover. */
  sinceRollover(k: number, time: TimeUs): number {
    this.#day(k, time);
    return time - (this.#known[k * STRIDE + DAY_FROM] as number);
  }

  untilRollover(k: number, time: TimeUs): number {
    this.#day(k, time);
    return (this.#known[k * STRIDE + DAY_UNTIL] as number) - time;
  }

  #session(k: number, time: TimeUs): void {
    const known = this.#known;
    const at = k * STRIDE;
    if (time >= (known[at + FROM] as number) && time < (known[at + UNTIL] as number)) return;
    const calendar = this.#calendars[k] as Calendar;
    const session = calendar.sessionAt(time);
    known[at + OPEN] = session === undefined ? 0 : 1;
    known[at + FROM] = session?.open ?? time;
    known[at + UNTIL] = session?.close ?? calendar.openAfter(time) ?? calendar.horizon;
  }

  #day(k: number, time: TimeUs): void {
    const known = this.#known;
    const at = k * STRIDE;
    if (time >= (known[at + DAY_FROM] as number) && time < (known[at + DAY_UNTIL] as number)) {
      return;
    }
    const calendar = this.#calendars[k] as Calendar;
    known[at + DAY_FROM] = calendar.dayStart(time);
    known[at + DAY_UNTIL] = calendar.nextDayStart(time);
  }
}
