import { ZoneClock } from '../../data/zone-clock.ts';
import { US_PER_DAY, US_PER_HOUR } from '../../model/time.ts';
import { DAYS_PER_YEAR, DAYS_PER_YEAR_NONSTOP } from './risk.ts';

/** FX days end at 17:00 in New York: seven hours before midnight. */
const DAY_SHIFT_US = 7 * US_PER_HOUR;
const ZONE = 'America/New_York';

/** Days since 1970-01-01 of the trading day that holds an instant, by 17:00 New York. */
export class TradingDays {
  readonly #clock = new ZoneClock(ZONE);
  /** Hours from `#from` on have one offset at least: the clocks change on whole hours. */
  #from = Number.NaN;
  #offset = 0.5;

  dayOf(timeUs: number): number {
    const from = timeUs - (timeUs % US_PER_HOUR);
    if (from !== this.#from) {
      this.#offset = this.#clock.wallAt(from) - from;
      this.#from = from;
    }
    return Math.floor((timeUs + this.#offset + DAY_SHIFT_US) / US_PER_DAY);
  }
}

const SATURDAY = 5;

/** By how many days a daily figure is annualised: 365 where some trading day is of a weekend. */
export function daysPerYearOf(days: readonly number[]): number {
  const nonstop = days.some((day) => weekdayOf(day) >= SATURDAY);
  return nonstop ? DAYS_PER_YEAR_NONSTOP : DAYS_PER_YEAR;
}

/** Monday 0 to Sunday 6 of a count of days since 1970-01-01, a Thursday. */
export function weekdayOf(day: number): number {
  return (((day + 3) % 7) + 7) % 7;
}
