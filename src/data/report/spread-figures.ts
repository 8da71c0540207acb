import { US_PER_DAY, US_PER_HOUR, US_PER_SECOND } from '../../model/time.ts';
import { Histogram } from './histogram.ts';

export const HOURS = 24;
export const WEEKDAYS = 7;
/** Longest time that a quote counts for: beyond, nobody knows whether it still stood. */
export const STANDING_MAX_US = 60 * US_PER_SECOND;

/** Hour of the UTC day. */
export function hourOf(time: number): number {
  return Math.floor(time / US_PER_HOUR) % HOURS;
}

/** 0 for Monday; 1970-01-01 was a Thursday. */
export function weekdayOf(time: number): number {
  return (Math.floor(time / US_PER_DAY) + 3) % WEEKDAYS;
}

/** Spreads in price increments, each counted once and for the time that it stood. */
export interface SpreadGroup {
  readonly byQuotes: Histogram;
  readonly byTime: Histogram;
}

function group(): SpreadGroup {
  return { byQuotes: new Histogram(), byTime: new Histogram() };
}

/** Spreads of one instrument: over all, by UTC hour and by UTC weekday. */
export class SpreadFigures {
  readonly all = group();
  readonly hours = Array.from({ length: HOURS }, group);
  readonly weekdays = Array.from({ length: WEEKDAYS }, group);
  crossed = 0;
  zero = 0;
  /** Most negative spread; 0 when none is. */
  worst = 0;
  worstTime = 0.5;
  firstCrossed = 0.5;
  firstZero = 0.5;

  /** A quote, and how long the one before it stood (µs, at most {@link STANDING_MAX_US}). */
  add(time: number, spread: number): void {
    const hour = this.hours[hourOf(time)] as SpreadGroup;
    const weekday = this.weekdays[weekdayOf(time)] as SpreadGroup;
    this.all.byQuotes.add(spread);
    hour.byQuotes.add(spread);
    weekday.byQuotes.add(spread);
    if (spread > 0) return;
    if (spread === 0) {
      if (this.zero === 0) this.firstZero = time;
      this.zero += 1;
      return;
    }
    if (this.crossed === 0) this.firstCrossed = time;
    this.crossed += 1;
    if (spread < this.worst) {
      this.worst = spread;
      this.worstTime = time;
    }
  }

  /** The quote of `time` stood for `standingUs`. */
  stood(time: number, spread: number, standingUs: number): void {
    if (standingUs <= 0) return;
    this.all.byTime.add(spread, standingUs);
    (this.hours[hourOf(time)] as SpreadGroup).byTime.add(spread, standingUs);
    (this.weekdays[weekdayOf(time)] as SpreadGroup).byTime.add(spread, standingUs);
  }
}
