import type { CalendarTable, FinancingTable } from '../market/calendar.ts';
import { present } from '../model/assert.ts';
import type { Instrument, SessionSpec } from '../model/instrument.ts';
import { daysFromCivil, US_PER_DAY } from '../model/time.ts';
import { type TimeUs, timeUs } from '../model/units.ts';
import { canonicalJson } from './canonical-json.ts';
import { compileCalendar, compileFinancingDays } from './compile-calendar.ts';
import { CALENDAR_YEAR_END, CALENDAR_YEAR_FIRST } from './schema-parts.ts';

/** A span of time, µs UTC: from `from` (inclusive) to `to` (exclusive). */
export interface Period {
  readonly from: TimeUs;
  readonly to: TimeUs;
}

function yearStart(year: number): TimeUs {
  return timeUs(daysFromCivil(year, 1, 1) * US_PER_DAY);
}

/**
 * All times that calendars may cover. To compile it costs some 100 ms in a cold process, a year a
 * few, so a backtest asks for its own period alone.
 */
export const WIDEST_PERIOD: Period = {
  from: yearStart(CALENDAR_YEAR_FIRST),
  to: yearStart(CALENDAR_YEAR_END),
};

/** Calendars reach this much beyond the quotes: for the ends of days, and for orders in flight. */
const MARGIN_US = 40 * US_PER_DAY;

function widened({ from, to }: Period): Period {
  return { from: timeUs(from - MARGIN_US), to: timeUs(to + MARGIN_US) };
}

/** Computes a value once for all instruments of which `keyOf` is the same. */
function shared<T>(
  instruments: readonly Instrument[],
  keyOf: (instrument: Instrument) => unknown,
  compute: (instrument: Instrument) => T,
): T[] {
  const known = new Map<string, { readonly value: T }>();
  for (const instrument of instruments) {
    const key = canonicalJson(keyOf(instrument));
    if (!known.has(key)) known.set(key, { value: compute(instrument) });
  }
  return instruments.map((one) => present(known.get(canonicalJson(keyOf(one))), 'value').value);
}

/** A calendar for each instrument; equal sessions share a table. */
export function compileCalendars(
  instruments: readonly Instrument[],
  period: Period,
): CalendarTable[] {
  const { from, to } = widened(period);
  return shared(
    instruments,
    ({ sessions }) => sessions,
    ({ sessions }) => compileCalendar(sessions, from, to),
  );
}

interface RolloverSpec {
  readonly sessions: Pick<SessionSpec, 'timeZone' | 'dayStart' | 'holidays'>;
  readonly settlementLagDays: number;
  readonly everyDay: boolean;
}

/** X35: crypto is charged every day; what has no financing has no table. */
function rolloverSpec({ sessions, ...instrument }: Instrument): RolloverSpec | null {
  if (instrument.financing === undefined) return null;
  const { timeZone, dayStart, holidays } = sessions;
  return {
    sessions: { timeZone, dayStart, holidays },
    settlementLagDays: instrument.settlementLagDays,
    everyDay: instrument.assetClass === 'crypto',
  };
}

/** Rollovers of each instrument; `undefined` where holding it costs nothing. */
export function compileFinancing(
  instruments: readonly Instrument[],
  period: Period,
): (FinancingTable | undefined)[] {
  const { from, to } = widened(period);
  return shared(instruments, rolloverSpec, (instrument) => {
    const spec = rolloverSpec(instrument);
    if (spec === null) return undefined;
    const { sessions, settlementLagDays, everyDay } = spec;
    const { holidays } = sessions;
    return compileFinancingDays(sessions, settlementLagDays, holidays, from, to, { everyDay });
  });
}

/** Days of a time zone that begin at a local time, whatever trades in them. */
export function compileDays(timeZone: string, start: string, period: Period): CalendarTable {
  const { from, to } = widened(period);
  const weekly = [{ open: ['Mon', '00:00'], close: ['Mon', '00:00'] }] as const;
  return compileCalendar({ timeZone, weekly, dayStart: start, holidays: [] }, from, to);
}
