import { formatScaled } from '../../model/decimal.ts';
import {
  formatUtc,
  US_PER_DAY,
  US_PER_HOUR,
  US_PER_MINUTE,
  US_PER_MS,
  US_PER_SECOND,
} from '../../model/time.ts';
import { timeUs } from '../../model/units.ts';
import type { ReadReport } from '../bad-rows.ts';
import type { InstrumentAccumulator } from './accumulator.ts';
import { type ClockVerdict, edgeHints, offsetText } from './clock-judge.ts';
import type { BadRowSummary, Finding, FindingCode, Severity } from './report-types.ts';
import { type DayCount, GAP_BOUNDS } from './session-figures.ts';

/** What findings are drawn from. */
export interface Findable {
  readonly figures: InstrumentAccumulator;
  readonly reports: readonly ReadReport[];
  readonly badRows: readonly BadRowSummary[];
  readonly clock: ClockVerdict | undefined;
  readonly missing: readonly DayCount[];
  readonly thin: readonly DayCount[];
  /** Price increments of a pip. */
  readonly pip: number;
}

const GAP_INFO_US = 5 * US_PER_MINUTE;
const GAP_WARNING_US = 15 * US_PER_MINUTE;
/** Sparse data has long silences by its nature. */
const GAP_TIMES_SPACING = 10;
const SHARE_OF_NOTE = 0.01;
const EARLY_MIN_US = 15 * US_PER_MINUTE;
const EARLY_MAX_US = 3 * US_PER_HOUR;
const CEILING_ROWS_MIN = 30;
const CEILING_TIMES_MEDIAN = 3;
const CEILING_TIMES_NEIGHBOURS = 10;
const THROTTLE_QUOTES_MIN = 1000;
const THROTTLE_SPACING_MIN_US = 10 * US_PER_MS;
/** What is slower is no feed of ticks. */
const THROTTLE_SPACING_MAX_US = 5 * US_PER_SECOND;
const THROTTLE_SHARE_MIN = 0.05;

function utc(time: number): string {
  return formatUtc(timeUs(time));
}

function percent(part: number, whole: number): string {
  const share = (100 * part) / whole;
  return `${share >= 0.1 ? share.toFixed(1) : share.toPrecision(2)} %`;
}

function spanText(us: number): string {
  if (us >= US_PER_HOUR) return `${Math.round(us / (US_PER_HOUR / 10)) / 10} h`;
  if (us >= 2 * US_PER_MINUTE) return `${Math.round(us / US_PER_MINUTE)} min`;
  return `${Math.round(us / US_PER_SECOND)} s`;
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

function finding(
  code: FindingCode,
  severity: Severity,
  text: string,
  first: string | undefined,
): Finding {
  return { code, severity, text, first };
}

function badRowFindings({ badRows, reports }: Findable): Finding[] {
  const rows = reports.reduce((sum, report) => sum + report.rows, 0);
  return badRows.map(({ reason, count, file, line }) => {
    const text = `${plural(count, 'row is', 'rows are')} bad: ${reason} (${percent(count, rows)})`;
    return finding('bad_rows', 'warning', text, `${file}:${line}`);
  });
}

function clockFindings({ clock, figures }: Findable): Finding[] {
  const list: Finding[] = [];
  const { implausible, firstImplausible, quotes, session } = figures;
  if (implausible > 0) {
    const text =
      `${plural(implausible, 'quote lies', 'quotes lie')} outside the years of calendars ` +
      `(${percent(implausible, quotes)}): is the notation of times right?`;
    list.push(finding('implausible_times', 'error', text, utc(firstImplausible)));
  }
  if (clock?.state !== 'shifted') return list;
  const { shiftMinutes, followsSummerTime, confidence, evidence } = clock;
  const hours = `${shiftMinutes < 0 ? '−' : '+'}${Math.abs(shiftMinutes) / 60} h`;
  const zone = `UTC${offsetText(shiftMinutes)}`;
  const moves = followsSummerTime ? ', moving with summer time' : '';
  const text =
    `the clock looks shifted by ${hours} against the declared one (${zone} where UTC was ` +
    `declared${moves}); ` +
    `confidence ${confidence}: ${evidence.join('; ')}`;
  const severity = confidence === 'low' ? 'warning' : 'error';
  list.push(finding('shifted_clock', severity, text, utc(session.first)));
  return list;
}

function coverageFindings(data: Findable): Finding[] {
  const { figures, missing, thin } = data;
  const { session, quotes } = figures;
  const list: Finding[] = [];
  const [day] = missing;
  if (day !== undefined) {
    const days = plural(missing.length, 'trading day has', 'trading days have');
    const text = `${days} no quotes at all`;
    list.push(finding('missing_days', 'warning', text, utc(day.from)));
  }
  const gap = gapFinding(data);
  if (gap !== undefined) list.push(gap);
  const [thinDay] = thin;
  if (thinDay !== undefined) {
    const days = plural(thin.length, 'trading day has', 'trading days have');
    const text = `${days} less than a fifth of the usual quotes an open hour`;
    list.push(finding('thin_days', 'info', text, utc(thinDay.from)));
  }
  if (session.outside > 0) {
    const share = session.outside / quotes;
    const text =
      `${plural(session.outside, 'quote lies', 'quotes lie')} outside the sessions ` +
      `(${percent(session.outside, quotes)})`;
    const severity = share >= SHARE_OF_NOTE ? 'warning' : 'info';
    list.push(finding('outside_session', severity, text, utc(session.firstOutside)));
  }
  return list;
}

function gapFinding({ figures }: Findable): Finding | undefined {
  const { session, steps } = figures;
  const scaled = GAP_TIMES_SPACING * (steps.spacing.quantile(0.5) ?? 0) * US_PER_MS;
  const boundOf = (least: number): number =>
    GAP_BOUNDS.find((bound) => bound >= Math.max(least, scaled)) ?? US_PER_DAY;
  const serious = session.gapsFrom(boundOf(GAP_WARNING_US)).count > 0;
  const bound = boundOf(serious ? GAP_WARNING_US : GAP_INFO_US);
  const { count, openUs } = session.gapsFrom(bound);
  const [longest] = session.longestGaps;
  if (count === 0 || longest === undefined) return undefined;
  const text =
    `${plural(count, 'gap')} of ${spanText(bound)} or more while the market is open, ` +
    `${spanText(openUs)} in all; the longest ${spanText(longest.openUs)}`;
  return finding('gaps', serious ? 'warning' : 'info', text, utc(longest.from));
}

/** The feed ends before the week does: no shift of the clock, but no prices to get out at. */
function earlyStopFinding({ figures, clock }: Findable): Finding | undefined {
  if (clock === undefined || clock.state === 'shifted') return undefined;
  const { table, session, slots } = figures;
  const early = edgeHints({ table, slots, first: session.first, last: session.last, spacingUs: 0 })
    .filter(({ what, at }) => what === 'end' && at > session.last)
    .find(({ at }) => at - session.last >= EARLY_MIN_US && at - session.last <= EARLY_MAX_US);
  if (early === undefined) return undefined;
  const text =
    `the feed stops ${spanText(early.at - session.last)} before the session's end at ` +
    `${utc(early.at)}; ${clock.state === 'fits' ? 'the clock fits' : 'the clock cannot be judged'}`;
  return finding('stops_early', 'warning', text, utc(session.last));
}

function spreadFindings({ figures, pip }: Findable): Finding[] {
  const { spreads, quotes } = figures;
  const list: Finding[] = [];
  if (spreads.crossed > 0) {
    const text =
      `${plural(spreads.crossed, 'quote is', 'quotes are')} crossed ` +
      `(${percent(spreads.crossed, quotes)}), the worst by ${-spreads.worst / pip} pips ` +
      `at ${utc(spreads.worstTime)}`;
    list.push(finding('crossed_quotes', 'warning', text, utc(spreads.firstCrossed)));
  }
  if (spreads.zero > 0) {
    const text =
      `${plural(spreads.zero, 'quote has', 'quotes have')} bid and ask equal ` +
      `(${percent(spreads.zero, quotes)})`;
    list.push(finding('zero_spreads', 'info', text, utc(spreads.firstZero)));
  }
  const { byQuotes } = spreads.all;
  const max = byQuotes.max ?? 0;
  const rows = byQuotes.weightOf(max);
  let neighbours = 0;
  const half = Math.ceil(max / 2);
  for (let spread = half; spread < max; spread++) neighbours += byQuotes.weightOf(spread);
  const usual = neighbours / Math.max(1, max - half);
  const high = max >= CEILING_TIMES_MEDIAN * Math.max(1, byQuotes.quantile(0.5) ?? 0);
  if (rows >= CEILING_ROWS_MIN && high && rows >= CEILING_TIMES_NEIGHBOURS * usual) {
    const text =
      `${rows} rows stand at the largest spread of ${max / pip} pips ` +
      `(${percent(rows, quotes)}): a flat ceiling, the true spread was wider or not quoted`;
    list.push(finding('spread_ceiling', 'info', text, undefined));
  }
  return list;
}

function stepFindings({ figures, reports }: Findable): Finding[] {
  const { repeats, steps, quotes, instrument } = figures;
  const list: Finding[] = [];
  if (repeats.duplicates > 0) {
    const text =
      `${plural(repeats.duplicates, 'row repeats', 'rows repeat')} time, bid and ask of an ` +
      `earlier row (${percent(repeats.duplicates, quotes)})`;
    const severity = repeats.duplicates / quotes >= SHARE_OF_NOTE ? 'warning' : 'info';
    list.push(finding('duplicate_rows', severity, text, utc(repeats.firstDuplicate)));
  }
  const rounded = reports.reduce((sum, report) => sum + report.pricesRounded, 0);
  if (rounded > 0) {
    const text = `${plural(rounded, 'price was', 'prices were')} rounded to the price increment`;
    list.push(finding('rounded_prices', 'info', text, undefined));
  }
  if (steps.priceStep > 1 && quotes > 1) {
    const { coefficient, decimals } = instrument.priceIncrement;
    const step = formatScaled(BigInt(steps.priceStep) * coefficient, decimals);
    const text = `all prices are multiples of ${step}: coarser than the price increment`;
    list.push(finding('coarse_prices', 'info', text, undefined));
  }
  const coarse = steps.timeStepUs >= US_PER_SECOND && steps.timeStepUs % US_PER_SECOND === 0;
  if (coarse && quotes > 1) {
    const seconds = steps.timeStepUs / US_PER_SECOND;
    const text = `all times are multiples of ${plural(seconds, 'second')}: bars, or cut times`;
    list.push(finding('coarse_times', 'info', text, undefined));
  }
  const isThrottled =
    quotes >= THROTTLE_QUOTES_MIN &&
    repeats.sharedTimes === 0 &&
    steps.minSpacingUs >= THROTTLE_SPACING_MIN_US &&
    steps.minSpacingUs <= THROTTLE_SPACING_MAX_US &&
    steps.minSpacingUs > 2 * steps.timeStepUs &&
    steps.shareNearLeast(2.2) >= THROTTLE_SHARE_MIN;
  if (isThrottled) {
    const least = steps.minSpacingUs / US_PER_MS;
    const text =
      `no two quotes are closer than ${least} ms and ${percent(steps.shareNearLeast(2.2), 1)} ` +
      `follow within 2.2 times that: the feed is throttled`;
    list.push(finding('throttled', 'info', text, undefined));
  }
  return list;
}

const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

/** Everything found, the gravest first. */
export function findingsOf(data: Findable): Finding[] {
  const early = data.figures.session.quotes > 0 ? earlyStopFinding(data) : undefined;
  const all = [
    ...clockFindings(data),
    ...badRowFindings(data),
    ...coverageFindings(data),
    ...(early === undefined ? [] : [early]),
    ...spreadFindings(data),
    ...stepFindings(data),
  ];
  return all.toSorted((a, b) => RANK[a.severity] - RANK[b.severity]);
}
