import type { BarSpec } from '../market/bars.ts';
import type { Calendar } from '../market/calendar.ts';
import type { HistoricalBar } from '../model/historical.ts';
import type { TimeUs } from '../model/units.ts';

/** Bars of the past that an engine wants of a series at its start. */
export interface HistoryWish {
  readonly spec: BarSpec;
  /** What tells a series from another of the same bars: the warm-up it was asked for with. */
  readonly history: number;
  /** The earliest start of a bar: the end of the last that is known; `NO_TIME` for any. */
  readonly from: TimeUs;
  /** So many at most, the latest. */
  readonly most: number;
  /** Trading days of the instrument, to which its bars are aligned. */
  readonly calendar: Calendar;
}

/** What a venue has of a wish. A query that failed is a `problem`, and never "no bars". */
export interface SeriesHistory {
  readonly wish: HistoryWish;
  /** Whole bars, oldest first. */
  readonly bars: readonly HistoricalBar[];
  /** Why there are none, for the operator; empty where the venue answered. */
  readonly problem: string;
}
