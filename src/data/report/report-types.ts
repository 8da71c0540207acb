import type { BadRowReason, RowSample } from '../bad-rows.ts';
import type { ClockVerdict } from './clock-judge.ts';

/** What a report may find. Closed: a new code is a change of the report's format. */
export const FINDING_CODES = [
  'shifted_clock',
  'implausible_times',
  'bad_rows',
  'crossed_quotes',
  'missing_days',
  'gaps',
  'stops_early',
  'outside_session',
  'spread_ceiling',
  'duplicate_rows',
  'zero_spreads',
  'thin_days',
  'rounded_prices',
  'coarse_prices',
  'coarse_times',
  'throttled',
] as const;
export type FindingCode = (typeof FINDING_CODES)[number];

export const SEVERITIES = ['info', 'warning', 'error'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** One thing that a user should know before money rests on the data. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** A plain sentence with figures. */
  readonly text: string;
  /** The first example: a time in UTC, or file and line. */
  readonly first: string | undefined;
}

/** Spreads in pips; percentiles are the least value at or below which the share lies. */
export interface SpreadSummary {
  readonly quotes: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
  /** Each quote counts for the time that it stood, at most 60 s. */
  readonly timeP50: number;
  readonly timeP90: number;
  readonly timeP99: number;
}

export interface GapSummary {
  readonly from: string;
  readonly to: string;
  /** Seconds of it in which the session was open. */
  readonly openSeconds: number;
}

export interface JumpSummary {
  readonly time: string;
  readonly pips: number;
  readonly bps: number;
  readonly afterSeconds: number;
}

export interface FileSummary {
  readonly file: string;
  readonly rows: number;
  readonly accepted: number;
  readonly bad: Readonly<Partial<Record<BadRowReason, number>>>;
  readonly firstTime: string | undefined;
  readonly lastTime: string | undefined;
}

export interface BadRowSummary extends RowSample {
  readonly reason: BadRowReason;
  readonly count: number;
  /** File of the first one. */
  readonly file: string;
}

export interface DaySummary {
  /** `2014-05-01`, or the trading day's start where it is no calendar day. */
  readonly from: string;
  readonly quotes: number;
  readonly openHours: number;
}

/** All that is said about one instrument. Statistics are doubles, for display. */
export interface InstrumentReport {
  readonly symbol: string;
  readonly pipSize: string;
  readonly period: { readonly from: string; readonly to: string } | undefined;
  readonly rows: number;
  readonly accepted: number;
  /** A bar gives four, any other row at most one. */
  readonly quotes: number;
  readonly findings: readonly Finding[];
  readonly badRows: readonly BadRowSummary[];
  readonly files: readonly FileSummary[];
  readonly clock: ClockVerdict | undefined;
  readonly duplicates: number;
  readonly sharedTimes: number;
  readonly repeatedPrices: number;
  readonly zeroSpreads: number;
  readonly crossed: number;
  /** The most crossed quote in pips, positive; 0 when none is. */
  readonly worstCrossingPips: number;
  /** Rows at the largest spread. */
  readonly rowsAtMaxSpread: number;
  readonly spread: SpreadSummary | undefined;
  readonly byHour: readonly (SpreadSummary | undefined)[];
  /** Monday first. */
  readonly byWeekday: readonly (SpreadSummary | undefined)[];
  readonly gapsOverMinute: number;
  readonly gaps: readonly GapSummary[];
  readonly missingDays: readonly DaySummary[];
  readonly thinDays: readonly DaySummary[];
  readonly outsideSession: number;
  readonly jumps: readonly JumpSummary[];
  /** Least time between quotes of different moments, ms. */
  readonly minSpacingMs: number | undefined;
  readonly medianSpacingMs: number | undefined;
  /** All prices are multiples of this. */
  readonly priceStep: string | undefined;
  /** All times are multiples of so many µs. */
  readonly timeStepUs: number | undefined;
  /** Quotes by UTC date and hour: coverage. */
  readonly coverage: readonly { readonly date: string; readonly hours: readonly number[] }[];
}

export interface DataReport {
  readonly schemaVersion: 1;
  readonly instruments: readonly InstrumentReport[];
}
