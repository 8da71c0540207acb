import {
  type CalendarTable,
  calendarTableError,
  type FinancingTable,
  indexAtOrBefore,
} from '../market/calendar.ts';
import { assert, present } from '../model/assert.ts';
import { type SessionSpec, WEEKDAYS, type Weekday } from '../model/instrument.ts';
import { daysFromCivil, daysInMonth, US_PER_DAY, US_PER_MINUTE } from '../model/time.ts';
import { type TimeUs, timeUs } from '../model/units.ts';

/**
 * Compiles sessions with time zones into UTC tables (ARCHITECTURE §1). This is the only place where
 * a time zone is turned into instants; everything behind it counts microseconds.
 */

/** A session or financing specification that cannot be compiled. */
export class SessionSpecError extends Error {
  readonly code = 'SESSION_SPEC';
  override readonly name = 'SessionSpecError';
}

/** Version of this process's time-zone data, e.g. `2026c`; journaled with the calendar (X2). */
export function timeZoneDataVersion(): string {
  const { tz } = process.versions;
  return present(tz, 'process.versions.tz');
}

/** Sessions are compiled this much beyond the range, so that those which straddle it are whole. */
const MARGIN_DAYS = 9;
const DAYS_PER_WEEK = 7;

/**
 * The table of `spec` for times in `[from, horizon)`, µs UTC.
 *
 * A trading day is named by the local date of its last moment: with a day start of 17:00 the day
 * `2026-12-25` runs from the 24th 17:00 to the 25th 17:00; with 00:00 it is the calendar day.
 * A holiday takes its trading day out of every session. A local time that a clock change skips is
 * taken as the moment after the gap, one that occurs twice as the first of the two (Temporal's
 * `compatible`).
 *
 * Throws {@link SessionSpecError} on an unknown zone or a malformed time, date or interval.
 */
export function compileCalendar(spec: SessionSpec, from: TimeUs, horizon: TimeUs): CalendarTable {
  checkRange(from, horizon);
  const zone = zoneTable(spec.timeZone, from, horizon);
  const dayStart = parseClock(spec.dayStart);
  const dayFirst = Math.floor(from / US_PER_DAY) - MARGIN_DAYS;
  const dayLast = Math.floor(horizon / US_PER_DAY) + MARGIN_DAYS;
  const holidays = holidayIntervals(spec.holidays, dayStart, zone, dayFirst, dayLast);
  const sessions = subtract(
    merge(weeklySessions(spec, zone, dayFirst, dayLast)),
    merge(holidays),
  ).filter((session) => session.close > from && session.open < horizon);

  const boundaries: number[] = [];
  for (let day = dayFirst; day <= dayLast; day++) {
    const start = zone.utc(day, dayStart);
    // A zone that crosses the date line skips a date: two boundaries are then one instant.
    if (start !== boundaries.at(-1)) boundaries.push(start);
  }
  const table: CalendarTable = {
    from,
    horizon,
    opens: sessions.map((session) => session.open),
    closes: sessions.map((session) => session.close),
    dayStarts: boundaries.slice(
      indexAtOrBefore(boundaries, from, 0),
      indexAtOrBefore(boundaries, horizon, 0) + 2,
    ),
  };
  const error = calendarTableError(table);
  assert(error === undefined, `compiled calendar of ${spec.timeZone}: ${error}`);
  return table;
}

/** How positions are rolled: see {@link compileFinancingDays}. */
export interface FinancingOptions {
  /** Every day boundary charges one day: markets that never close and settle at once (crypto). */
  readonly everyDay?: boolean;
}

/**
 * Rollovers in `[from, horizon)` and the days of financing that each charges (X35). A rollover is
 * the end of a trading day (17:00 New York for FX).
 *
 * Days charged at the end of trading day D = valueDate(business day after D) − valueDate(D), in
 * calendar days, where valueDate(D) lies `settlementLagDays` business days after D, and a business
 * day is neither Saturday, Sunday nor one of `holidays` (local dates of the *value-date* calendar:
 * usually those of both currencies). Weekends thus fall on Wednesday for T+2, on Thursday for T+1
 * and on Friday for T+0. A day that is not a business day charges nothing at its end; its days are
 * in the charge of one before. Source: the market's convention for rolling spot positions
 * ("tom-next"), as in the financing pages of retail brokers.
 */
export function compileFinancingDays(
  spec: Pick<SessionSpec, 'timeZone' | 'dayStart'>,
  settlementLagDays: number,
  holidays: readonly string[],
  from: TimeUs,
  horizon: TimeUs,
  options: FinancingOptions = {},
): FinancingTable {
  checkRange(from, horizon);
  if (!Number.isInteger(settlementLagDays) || settlementLagDays < 0 || settlementLagDays > 10) {
    throw new SessionSpecError(`settlement lag of ${settlementLagDays} days`);
  }
  const zone = zoneTable(spec.timeZone, from, horizon);
  const dayStart = parseClock(spec.dayStart);
  const business = new BusinessDays(holidays);
  const table: FinancingTable = { from, horizon, times: [], days: [] };
  const dayLast = Math.floor(horizon / US_PER_DAY) + 2;
  for (let day = Math.floor(from / US_PER_DAY) - 2; day <= dayLast; day++) {
    const end = zone.utc(...endOfDay(day, dayStart));
    if (end < from || end >= horizon) continue;
    const charged = options.everyDay === true ? 1 : business.charged(day, settlementLagDays);
    if (charged === 0) continue;
    table.times.push(end);
    table.days.push(charged);
  }
  return table;
}

/** Business days of a value-date calendar, by days since 1970-01-01. */
class BusinessDays {
  readonly #holidays: ReadonlySet<number>;

  constructor(holidays: readonly string[]) {
    this.#holidays = new Set(holidays.map(parseDate));
  }

  #isBusinessDay(day: number): boolean {
    return weekdayOf(day) < 5 && !this.#holidays.has(day);
  }

  #next(day: number): number {
    let next = day + 1;
    while (!this.#isBusinessDay(next)) next++;
    return next;
  }

  #valueDate(day: number, lag: number): number {
    let date = day;
    for (let i = 0; i < lag; i++) date = this.#next(date);
    return date;
  }

  charged(day: number, lag: number): number {
    if (!this.#isBusinessDay(day)) return 0;
    return this.#valueDate(this.#next(day), lag) - this.#valueDate(day, lag);
  }
}

/** Local date (days since 1970-01-01) and minute at which the trading day named `day` ends. */
function endOfDay(day: number, dayStart: number): readonly [number, number] {
  return [dayStart === 0 ? day + 1 : day, dayStart];
}

/** 0 for Monday … 6 for Sunday; 1970-01-01 was a Thursday. */
function weekdayOf(day: number): number {
  const index = (day + 3) % DAYS_PER_WEEK;
  return index < 0 ? index + DAYS_PER_WEEK : index;
}

interface Interval {
  readonly open: number;
  readonly close: number;
}

function weeklySessions(
  spec: SessionSpec,
  zone: ZoneTable,
  dayFirst: number,
  dayLast: number,
): Interval[] {
  const sessions: Interval[] = [];
  for (const { open, close } of spec.weekly) {
    const openDay = weekdayIndex(open[0]);
    const openMinute = parseClock(open[1]);
    const closeMinute = parseClock(close[1]);
    // Days from opening to close; an interval that ends where it starts is a whole week.
    let span = weekdayIndex(close[0]) - openDay;
    if (span < 0 || (span === 0 && closeMinute <= openMinute)) span += DAYS_PER_WEEK;
    const monday = dayFirst - weekdayOf(dayFirst) - DAYS_PER_WEEK;
    for (let day = monday + openDay; day <= dayLast; day += DAYS_PER_WEEK) {
      const opens = zone.utc(day, openMinute);
      const closes = zone.utc(day + span, closeMinute);
      if (closes > opens) sessions.push({ open: opens, close: closes });
    }
  }
  return sessions;
}

function holidayIntervals(
  holidays: readonly string[],
  dayStart: number,
  zone: ZoneTable,
  dayFirst: number,
  dayLast: number,
): Interval[] {
  const days = holidays.map(parseDate).filter((day) => day >= dayFirst && day <= dayLast);
  return days.map((day) => {
    const [endDay, minute] = endOfDay(day, dayStart);
    return { open: zone.utc(endDay - 1, minute), close: zone.utc(endDay, minute) };
  });
}

/** Ascending intervals; those that touch or overlap become one. */
function merge(intervals: readonly Interval[]): Interval[] {
  const sorted = [...intervals].sort((a, b) => a.open - b.open || a.close - b.close);
  const merged: Interval[] = [];
  for (const next of sorted) {
    const last = merged.at(-1);
    if (last === undefined || next.open > last.close) merged.push(next);
    else if (next.close > last.close) {
      merged[merged.length - 1] = { open: last.open, close: next.close };
    }
  }
  return merged;
}

/** What of `sessions` lies in none of `holes`; both ascending and disjoint. */
function subtract(sessions: readonly Interval[], holes: readonly Interval[]): Interval[] {
  const left: Interval[] = [];
  let first = 0;
  for (const session of sessions) {
    let open = session.open;
    while (first < holes.length && (holes[first]?.close ?? 0) <= open) first++;
    for (let i = first; i < holes.length; i++) {
      const hole = present(holes[i], 'holiday');
      if (hole.open >= session.close) break;
      if (hole.open > open) left.push({ open, close: hole.open });
      open = Math.max(open, hole.close);
    }
    if (open < session.close) left.push({ open, close: session.close });
  }
  return left;
}

/** A zone's offsets from UTC as a table: `offsets[i]` (µs) holds from `starts[i]` (µs UTC) on. */
class ZoneTable {
  readonly starts: number[];
  readonly offsets: number[];
  #at = 0;

  constructor(starts: number[], offsets: number[]) {
    this.starts = starts;
    this.offsets = offsets;
  }

  /**
   * The instant of a local date (days since 1970-01-01) and minute of the day. A wall time w is the
   * instant w − offset for the offset in force then; where two offsets fit (the clock went back)
   * the earlier instant is taken, where none fits (it went forward) the offset before the gap.
   * Source: ECMAScript Temporal, DisambiguatePossibleEpochNanoseconds, `compatible`.
   */
  utc(day: number, minute: number): number {
    const wall = day * US_PER_DAY + minute * US_PER_MINUTE;
    // No offset exceeds a day, so the zone's state a day before the wall time precedes the instant.
    let i = Math.max(0, indexAtOrBefore(this.starts, wall - US_PER_DAY, this.#at));
    this.#at = i;
    for (; ; i++) {
      const instant = wall - present(this.offsets[i], 'zone offset');
      const end = this.starts[i + 1];
      // At or past the end of this offset, but before the next would begin to name it: the gap.
      if (end === undefined || instant < end) return instant;
      if (wall - present(this.offsets[i + 1], 'zone offset') < end) return instant;
    }
  }
}

const zoneTables = new Map<string, { first: TimeUs; last: TimeUs; table: ZoneTable }>();

/** The offsets of a zone around `[from, horizon)`; kept, since many instruments share few zones. */
function zoneTable(timeZone: string, from: TimeUs, horizon: TimeUs): ZoneTable {
  const margin = (MARGIN_DAYS + 2 * DAYS_PER_WEEK) * US_PER_DAY;
  const known = zoneTables.get(timeZone);
  if (known !== undefined && known.first <= from - margin && known.last >= horizon + margin) {
    return known.table;
  }
  const first = timeUs(Math.min(from - margin, known?.first ?? Number.POSITIVE_INFINITY));
  const last = timeUs(Math.max(horizon + margin, known?.last ?? Number.NEGATIVE_INFINITY));
  const table = readZone(timeZone, first, last);
  zoneTables.set(timeZone, { first, last, table });
  return table;
}

function readZone(timeZone: string, first: TimeUs, last: TimeUs): ZoneTable {
  const starts: number[] = [];
  const offsets: number[] = [];
  let at: Temporal.ZonedDateTime | null = zonedAt(timeZone, first);
  while (at !== null && at.epochMilliseconds * 1000 <= last) {
    starts.push(starts.length === 0 ? first : at.epochMilliseconds * 1000);
    offsets.push(at.offsetNanoseconds / 1000);
    at = at.getTimeZoneTransition('next');
  }
  return new ZoneTable(starts, offsets);
}

function zonedAt(timeZone: string, time: TimeUs): Temporal.ZonedDateTime {
  const instant = Temporal.Instant.fromEpochMilliseconds(Math.floor(time / 1000));
  try {
    return instant.toZonedDateTimeISO(timeZone);
  } catch (cause) {
    throw new SessionSpecError(`time zone '${timeZone}' is unknown`, { cause });
  }
}

const CLOCK = /^([01]\d|2[0-3]):([0-5]\d)$/;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

/** Minutes since midnight of `HH:MM`. */
function parseClock(text: string): number {
  const match = CLOCK.exec(text);
  if (match === null) throw new SessionSpecError(`'${text}' is not a time of day HH:MM`);
  return Number(match[1]) * 60 + Number(match[2]);
}

/** Days since 1970-01-01 of `YYYY-MM-DD`. */
function parseDate(text: string): number {
  const match = DATE.exec(text);
  const [year, month, day] = [Number(match?.[1]), Number(match?.[2]), Number(match?.[3])];
  const valid = match !== null && month >= 1 && month <= 12 && day >= 1;
  if (!valid || day > daysInMonth(year, month)) {
    throw new SessionSpecError(`'${text}' is not a date YYYY-MM-DD`);
  }
  return daysFromCivil(year, month, day);
}

function weekdayIndex(day: Weekday): number {
  const index = WEEKDAYS.indexOf(day);
  if (index < 0) throw new SessionSpecError(`'${day}' is not a weekday (${WEEKDAYS.join(', ')})`);
  return index;
}

function checkRange(from: TimeUs, horizon: TimeUs): void {
  if (!(from < horizon)) throw new SessionSpecError('the horizon must lie after the start');
}
