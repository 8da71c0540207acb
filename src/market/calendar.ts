import { assert, present } from '../model/assert.ts';
import type { FieldIo } from '../model/codec.ts';
import { formatUtc } from '../model/time.ts';
import { NO_TIME, type TimeUs, timeUs } from '../model/units.ts';

/**
 * When an instrument trades, as integer UTC instants (µs): no time zone is left in it. Compiled at
 * the edge from a `SessionSpec`, journaled by content, and valid for times in `[from, horizon)`.
 */
export interface CalendarTable {
  from: TimeUs;
  horizon: TimeUs;
  /** Sessions `[opens[i], closes[i])`, ascending and disjoint. The outer two may pass the range. */
  opens: number[];
  closes: number[];
  /** Starts of trading days, ascending, from one not after `from` to one not before `horizon`. */
  dayStarts: number[];
}

/** A trading session, from its opening (inclusive) to its close (exclusive), µs UTC. */
export interface Session {
  readonly open: TimeUs;
  readonly close: TimeUs;
}

/** Rollovers at which holding a position costs financing, and for how many days each (X35). */
export interface FinancingTable {
  from: TimeUs;
  horizon: TimeUs;
  /** Rollover instants in `[from, horizon)`, µs UTC, ascending. */
  times: number[];
  /** Days charged at each: 1 on most days, 3 on the triple day, more over holidays. */
  days: number[];
}

/** A question about a time for which the calendar was not compiled. */
export class CalendarHorizonError extends Error {
  readonly code = 'CALENDAR_HORIZON';
  override readonly name = 'CalendarHorizonError';
}

/** An empty table, for {@link walkCalendarTable} to read into. */
export function blankCalendarTable(): CalendarTable {
  return { from: NO_TIME, horizon: NO_TIME, opens: [], closes: [], dayStarts: [] };
}

/** Fields of a calendar table in the codec's order. */
export function walkCalendarTable(io: FieldIo, table: CalendarTable): void {
  table.from = io.int('from', table.from) as TimeUs;
  table.horizon = io.int('horizon', table.horizon) as TimeUs;
  table.opens = io.scalars('opens', table.opens, 0, walkTime);
  table.closes = io.scalars('closes', table.closes, 0, walkTime);
  table.dayStarts = io.scalars('dayStarts', table.dayStarts, 0, walkTime);
}

/** An empty table, for {@link walkFinancingTable} to read into. */
export function blankFinancingTable(): FinancingTable {
  return { from: NO_TIME, horizon: NO_TIME, times: [], days: [] };
}

/** Fields of a financing table in the codec's order. */
export function walkFinancingTable(io: FieldIo, table: FinancingTable): void {
  table.from = io.int('from', table.from) as TimeUs;
  table.horizon = io.int('horizon', table.horizon) as TimeUs;
  table.times = io.scalars('times', table.times, 0, walkTime);
  table.days = io.scalars('days', table.days, 0, walkDays);
}

function walkTime(io: FieldIo, value: number): number {
  return io.int('time', value);
}

function walkDays(io: FieldIo, value: number): number {
  return io.u16('days', value);
}

/** What is wrong with a table, or `undefined`: the shape that {@link Calendar} relies on. */
export function calendarTableError(table: CalendarTable): string | undefined {
  const { from, horizon, opens, closes, dayStarts } = table;
  if (!(from < horizon)) return 'horizon is not after from';
  if (opens.length !== closes.length) return 'opens and closes differ in number';
  let last = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < opens.length; i++) {
    const open = opens[i] ?? 0;
    const close = closes[i] ?? 0;
    if (!Number.isSafeInteger(open) || !Number.isSafeInteger(close))
      return 'time is not an integer';
    if (!(open > last) || !(close > open)) return `session ${i} is empty or out of order`;
    last = close;
  }
  for (let i = 0; i < dayStarts.length; i++) {
    if (!Number.isSafeInteger(dayStarts[i])) return 'time is not an integer';
    if (i > 0 && !((dayStarts[i] ?? 0) > (dayStarts[i - 1] ?? 0))) return `day ${i} out of order`;
  }
  const first = dayStarts[0];
  const end = dayStarts[dayStarts.length - 1];
  if (first === undefined || end === undefined || first > from || end < horizon) {
    return 'trading days do not cover the range';
  }
  return undefined;
}

/**
 * Answers questions about sessions and trading days from a {@link CalendarTable}. Each method
 * throws {@link CalendarHorizonError} for a time outside `[from, horizon)`.
 *
 * Look-ups remember where the last one ended, since time mostly moves forward; what they answer
 * depends on the table and the time alone.
 */
export class Calendar {
  readonly table: CalendarTable;
  readonly from: TimeUs = NO_TIME;
  readonly horizon: TimeUs = NO_TIME;
  readonly #opens: readonly number[];
  readonly #closes: readonly number[];
  readonly #dayStarts: readonly number[];
  #session = 0;
  #day = 0;

  constructor(table: CalendarTable) {
    const error = calendarTableError(table);
    assert(error === undefined, `calendar table: ${error}`);
    this.table = table;
    this.from = table.from;
    this.horizon = table.horizon;
    this.#opens = table.opens;
    this.#closes = table.closes;
    this.#dayStarts = table.dayStarts;
  }

  /** True when `t` lies in a session. */
  isOpen(t: TimeUs): boolean {
    this.#check(t);
    return t < (this.#closes[this.#sessionIndex(t)] ?? Number.NEGATIVE_INFINITY);
  }

  /** The session that contains `t`, or `undefined` when the market is closed then. */
  sessionAt(t: TimeUs): Session | undefined {
    this.#check(t);
    const index = this.#sessionIndex(t);
    const open = this.#opens[index];
    const close = this.#closes[index];
    if (open === undefined || close === undefined || t >= close) return undefined;
    return { open: timeUs(open), close: timeUs(close) };
  }

  /** The first opening strictly after `t`, or `undefined` when none lies before the horizon. */
  openAfter(t: TimeUs): TimeUs | undefined {
    this.#check(t);
    const open = this.#opens[this.#sessionIndex(t) + 1];
    return open === undefined || open >= this.horizon ? undefined : timeUs(open);
  }

  /** The first opening strictly after `t`; beyond the horizon is an error, not a guess. */
  nextOpen(t: TimeUs): TimeUs {
    const open = this.openAfter(t);
    if (open !== undefined) return open;
    throw new CalendarHorizonError(
      `no opening is known between ${formatUtc(t)} and the horizon ${formatUtc(this.horizon)}`,
    );
  }

  /** Start of the trading day that contains `t`. */
  dayStart(t: TimeUs): TimeUs {
    this.#check(t);
    return this.#dayAt(this.#dayIndex(t));
  }

  /** Start of the trading day after the one that contains `t`: where that one ends. */
  nextDayStart(t: TimeUs): TimeUs {
    this.#check(t);
    return this.#dayAt(this.#dayIndex(t) + 1);
  }

  #dayAt(index: number): TimeUs {
    return present(this.#dayStarts[index], 'trading day') as TimeUs;
  }

  #check(t: number): void {
    if (!(t >= this.from && t < this.horizon)) this.#beyond(t);
  }

  #beyond(t: number): never {
    const range = `${formatUtc(this.from)} … ${formatUtc(this.horizon)}`;
    const asked = Number.isSafeInteger(t) ? formatUtc(t as TimeUs) : String(t);
    throw new CalendarHorizonError(`${asked} is outside the calendar's range ${range}`);
  }

  #sessionIndex(t: number): number {
    this.#session = indexAtOrBefore(this.#opens, t, this.#session);
    return this.#session;
  }

  #dayIndex(t: number): number {
    this.#day = indexAtOrBefore(this.#dayStarts, t, this.#day);
    return this.#day;
  }
}

/**
 * Index of the last item ≤ `t` of an ascending list, −1 when there is none. `hint` is where it may
 * be; it only saves time.
 */
export function indexAtOrBefore(list: readonly number[], t: number, hint: number): number {
  let low = -1;
  let high = list.length;
  // Try the hinted item and the one after it, then halve what is left.
  for (let probe = hint; probe <= hint + 1; probe++) {
    const value = list[probe];
    if (value === undefined) continue;
    if (value > t) {
      if (probe < high) high = probe;
      break;
    }
    low = probe;
  }
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((list[middle] ?? Number.POSITIVE_INFINITY) <= t) low = middle;
    else high = middle;
  }
  return low;
}
