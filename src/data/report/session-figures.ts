import { type CalendarTable, indexAtOrBefore } from '../../market/calendar.ts';
import { US_PER_DAY, US_PER_HOUR, US_PER_MINUTE } from '../../model/time.ts';
import { TopList } from './top-list.ts';

/** A span without quotes, µs UTC, and how much of it the session was open. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  readonly openUs: number;
}

/** Gaps are counted by their open time: at least this, in µs. */
export const GAP_BOUNDS: readonly number[] = [
  US_PER_MINUTE,
  5 * US_PER_MINUTE,
  15 * US_PER_MINUTE,
  US_PER_HOUR,
  4 * US_PER_HOUR,
  US_PER_DAY,
];
const GAPS_LISTED = 20;
/** A silence as long as this may be a weekend. */
const LONG_SILENCE_US = 20 * US_PER_HOUR;
/** A silence of 20 hours each day of 50 years: more cannot be. */
const SILENCES_MAX = 25_000;

/** The open time of a calendar between two moments, µs. */
export function openBetween(table: CalendarTable, from: number, to: number, hint = 0): number {
  const { opens, closes } = table;
  let open = 0;
  for (let i = Math.max(0, indexAtOrBefore(opens, from, hint)); i < opens.length; i++) {
    const opened = opens[i] ?? to;
    if (opened >= to) break;
    open += Math.max(0, Math.min(to, closes[i] ?? 0) - Math.max(from, opened));
  }
  return open;
}

/** A trading day of the calendar. */
export interface DayCount {
  readonly from: number;
  readonly to: number;
  /** Its open time, as far as it lies between the first quote and the last. */
  readonly openUs: number;
  readonly quotes: number;
}

/** Quotes against the calendar of sessions and trading days; times must not go back. */
export class SessionFigures {
  readonly #table: CalendarTable;
  /** Session in force or passed last, and trading day: `[from, to)` and its index. */
  #session = 0;
  #open = Number.NEGATIVE_INFINITY;
  #close = Number.NEGATIVE_INFINITY;
  #nextOpen = Number.NEGATIVE_INFINITY;
  #day = 0;
  #dayEnd = Number.NEGATIVE_INFINITY;
  readonly #dayQuotes = new Map<number, number>();
  readonly #gaps = new TopList<Gap>(GAPS_LISTED);
  readonly #gapCounts = GAP_BOUNDS.map(() => 0);
  readonly #gapOpenUs = GAP_BOUNDS.map(() => 0);
  readonly silences: Gap[] = [];
  first = 0.5;
  last = Number.NEGATIVE_INFINITY;
  quotes = 0;
  outside = 0;
  firstOutside = 0.5;

  constructor(table: CalendarTable) {
    this.#table = table;
  }

  /** False for a time that no calendar can be compiled for. */
  covers(time: number): boolean {
    return time >= this.#table.from && time < this.#table.horizon;
  }

  add(time: number): void {
    if (time >= this.#dayEnd) this.#findDay(time);
    this.#dayQuotes.set(this.#day, (this.#dayQuotes.get(this.#day) ?? 0) + 1);
    if (time >= this.#nextOpen) this.#findSession(time);
    if (time >= this.#close || time < this.#open) {
      if (this.outside === 0) this.firstOutside = time;
      this.outside += 1;
    }
    if (this.quotes === 0) this.first = time;
    else if (time - this.last >= US_PER_MINUTE) this.#gap(this.last, time);
    this.last = time;
    this.quotes += 1;
  }

  #findDay(time: number): void {
    const { dayStarts } = this.#table;
    this.#day = indexAtOrBefore(dayStarts, time, this.#day);
    this.#dayEnd = dayStarts[this.#day + 1] ?? Number.POSITIVE_INFINITY;
  }

  #findSession(time: number): void {
    const { opens, closes } = this.#table;
    const at = indexAtOrBefore(opens, time, this.#session);
    this.#session = Math.max(0, at);
    this.#open = at < 0 ? Number.POSITIVE_INFINITY : (opens[at] ?? 0);
    this.#close = at < 0 ? Number.NEGATIVE_INFINITY : (closes[at] ?? 0);
    this.#nextOpen = opens[at + 1] ?? Number.POSITIVE_INFINITY;
  }

  #gap(from: number, to: number): void {
    const openUs = openBetween(this.#table, from, to, this.#session - 1);
    GAP_BOUNDS.forEach((bound, i) => {
      if (openUs < bound) return;
      this.#gapCounts[i] = (this.#gapCounts[i] ?? 0) + 1;
      this.#gapOpenUs[i] = (this.#gapOpenUs[i] ?? 0) + openUs;
    });
    const gap = { from, to, openUs };
    if (openUs > US_PER_MINUTE) this.#gaps.add(openUs, gap);
    if (to - from >= LONG_SILENCE_US && this.silences.length < SILENCES_MAX) {
      this.silences.push(gap);
    }
  }

  get longestGaps(): readonly Gap[] {
    return this.#gaps.items;
  }

  /** How many gaps have at least so much open time, and their open time in all, µs. */
  gapsFrom(bound: number): { readonly count: number; readonly openUs: number } {
    const at = GAP_BOUNDS.indexOf(bound);
    return { count: this.#gapCounts[at] ?? 0, openUs: this.#gapOpenUs[at] ?? 0 };
  }

  /** Trading days from the first quote to the last that have open time, with their quotes. */
  days(): DayCount[] {
    if (this.quotes === 0) return [];
    const { dayStarts } = this.#table;
    const days: DayCount[] = [];
    for (let i = indexAtOrBefore(dayStarts, this.first, 0); ; i++) {
      const from = dayStarts[i];
      const to = dayStarts[i + 1];
      if (from === undefined || to === undefined || from > this.last) return days;
      const begin = Math.max(from, this.first);
      const openUs = openBetween(this.#table, begin, Math.min(to, this.last));
      const quotes = this.#dayQuotes.get(i) ?? 0;
      if (openUs > 0 || quotes > 0) days.push({ from, to, openUs, quotes });
    }
  }
}
