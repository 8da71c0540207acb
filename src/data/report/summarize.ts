import { formatScaled } from '../../model/decimal.ts';
import { formatUtc, US_PER_DAY, US_PER_HOUR, US_PER_MS, US_PER_SECOND } from '../../model/time.ts';
import { timeUs } from '../../model/units.ts';
import { BAD_ROW_REASONS, type ReadReport } from '../bad-rows.ts';
import type { InstrumentAccumulator } from './accumulator.ts';
import { type ClockVerdict, judgeClock } from './clock-judge.ts';
import { decimalRatio } from './decimal-ratio.ts';
import { findingsOf } from './findings.ts';
import type {
  BadRowSummary,
  DaySummary,
  FileSummary,
  InstrumentReport,
  SpreadSummary,
} from './report-types.ts';
import { type DayCount, GAP_BOUNDS } from './session-figures.ts';
import { SLOTS_PER_DAY, type Slots } from './slots.ts';
import { HOURS, type SpreadGroup } from './spread-figures.ts';

/** A day with less than this share of the usual quotes an hour is thin. */
const THIN_SHARE = 0.2;
/** Days with less open time are too short to be compared. */
const COMPARED_OPEN_US = 4 * US_PER_HOUR;
const DAYS_COMPARED_MIN = 3;
const DAYS_LISTED = 1000;

/** Statistics are shown to so many digits; it hides the noise of doubles. */
function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

function spreadSummary({ byQuotes, byTime }: SpreadGroup, pip: number): SpreadSummary | undefined {
  if (byQuotes.total === 0) return undefined;
  const at = (from: SpreadGroup['byQuotes'], share: number): number =>
    rounded((from.quantile(share) ?? 0) / pip);
  const timed = byTime.total === 0 ? byQuotes : byTime;
  return {
    quotes: byQuotes.total,
    p50: at(byQuotes, 0.5),
    p90: at(byQuotes, 0.9),
    p99: at(byQuotes, 0.99),
    max: rounded((byQuotes.max ?? 0) / pip),
    timeP50: at(timed, 0.5),
    timeP90: at(timed, 0.9),
    timeP99: at(timed, 0.99),
  };
}

/** Bad rows by reason over all files, in the order of the reasons. */
function badRowsOf(reports: readonly ReadReport[]): BadRowSummary[] {
  return BAD_ROW_REASONS.flatMap((reason) => {
    const count = reports.reduce((sum, { skipped }) => sum + skipped[reason], 0);
    const report = reports.find(({ first }) => first[reason] !== undefined);
    const sample = report?.first[reason];
    return report === undefined || sample === undefined
      ? []
      : [{ reason, count, file: report.file, ...sample }];
  });
}

function fileSummary({ file, rows, accepted, skipped, ...rest }: ReadReport): FileSummary {
  const bad = Object.entries(skipped).filter(([, count]) => count > 0);
  return {
    file,
    rows,
    accepted,
    bad: Object.fromEntries(bad),
    firstTime: rest.firstTime === undefined ? undefined : formatUtc(timeUs(rest.firstTime)),
    lastTime: rest.lastTime === undefined ? undefined : formatUtc(timeUs(rest.lastTime)),
  };
}

function daySummary({ from, quotes, openUs }: DayCount): DaySummary {
  const openHours = rounded(openUs / US_PER_HOUR);
  return { from: formatUtc(timeUs(from)), quotes, openHours };
}

/** Days with far fewer quotes in an open hour than the median day. */
function thinOf(days: readonly DayCount[]): DayCount[] {
  const compared = days.filter(({ openUs, quotes }) => openUs >= COMPARED_OPEN_US && quotes > 0);
  if (compared.length < DAYS_COMPARED_MIN) return [];
  const rates = compared.map(({ quotes, openUs }) => quotes / openUs).toSorted((a, b) => a - b);
  const usual = rates[Math.floor(rates.length / 2)] ?? 0;
  return compared.filter(({ quotes, openUs }) => quotes / openUs < THIN_SHARE * usual);
}

function coverageOf(slots: Slots): InstrumentReport['coverage'] {
  const dates: { date: string; hours: number[] }[] = [];
  for (let i = 0; i < slots.length; i++) {
    const slot = slots.first + i;
    const day = Math.floor(slot / SLOTS_PER_DAY);
    const date = formatUtc(timeUs(day * US_PER_DAY)).slice(0, 'YYYY-MM-DD'.length);
    if (dates.at(-1)?.date !== date) dates.push({ date, hours: new Array<number>(HOURS).fill(0) });
    const hours = dates.at(-1)?.hours ?? [];
    const hour = Math.floor((slot % SLOTS_PER_DAY) / 2);
    hours[hour] = (hours[hour] ?? 0) + slots.quotes(i);
  }
  return dates;
}

function clockOf({
  table,
  slots,
  session,
  steps,
}: InstrumentAccumulator): ClockVerdict | undefined {
  if (session.quotes === 0) return undefined;
  const spacingUs = (steps.spacing.quantile(0.5) ?? 0) * US_PER_MS;
  return judgeClock({ table, slots, first: session.first, last: session.last, spacingUs });
}

/** The report of one instrument; `reports` are those of its files, none for a synthetic market. */
export function summarizeInstrument(
  figures: InstrumentAccumulator,
  reports: readonly ReadReport[],
): InstrumentReport {
  const { instrument, spreads, repeats, steps, session } = figures;
  const { priceIncrement, pipSize } = instrument;
  const pip = decimalRatio(pipSize, priceIncrement);
  const badRows = badRowsOf(reports);
  const sumOf = (count: (report: ReadReport) => number): number =>
    reports.length === 0 ? figures.quotes : reports.reduce((sum, one) => sum + count(one), 0);
  const days = session.days();
  const clock = clockOf(figures);
  const missing = days.filter(({ quotes }) => quotes === 0);
  const thin = thinOf(days);
  const spacing = steps.spacing.quantile(0.5);
  const step = BigInt(steps.priceStep) * priceIncrement.coefficient;
  const max = spreads.all.byQuotes.max ?? 0;
  const has = figures.quotes > 0;
  return {
    symbol: instrument.symbol,
    pipSize: formatScaled(pipSize.coefficient, pipSize.decimals),
    period: has
      ? { from: formatUtc(timeUs(figures.first)), to: formatUtc(timeUs(figures.last)) }
      : undefined,
    rows: sumOf(({ rows }) => rows),
    accepted: sumOf(({ accepted }) => accepted),
    quotes: figures.quotes,
    findings: findingsOf({ figures, reports, badRows, clock, missing, thin, pip }),
    badRows,
    files: reports.map(fileSummary),
    clock,
    duplicates: repeats.duplicates,
    sharedTimes: repeats.sharedTimes,
    repeatedPrices: repeats.repeatedPrices,
    zeroSpreads: spreads.zero,
    crossed: spreads.crossed,
    worstCrossingPips: rounded(-spreads.worst / pip),
    rowsAtMaxSpread: has ? spreads.all.byQuotes.weightOf(max) : 0,
    spread: spreadSummary(spreads.all, pip),
    byHour: spreads.hours.map((group) => spreadSummary(group, pip)),
    byWeekday: spreads.weekdays.map((group) => spreadSummary(group, pip)),
    gapsOverMinute: session.gapsFrom(GAP_BOUNDS[0] ?? 0).count,
    gaps: session.longestGaps.map(({ from, to, openUs }) => ({
      from: formatUtc(timeUs(from)),
      to: formatUtc(timeUs(to)),
      openSeconds: rounded(openUs / US_PER_SECOND),
    })),
    missingDays: missing.slice(0, DAYS_LISTED).map(daySummary),
    thinDays: thin.slice(0, DAYS_LISTED).map(daySummary),
    outsideSession: session.outside,
    jumps: figures.jumps.map(({ time, doubleMove, bps, afterUs }) => ({
      time: formatUtc(timeUs(time)),
      pips: rounded(doubleMove / 2 / pip),
      bps: rounded(bps),
      afterSeconds: rounded(afterUs / US_PER_SECOND),
    })),
    minSpacingMs: Number.isFinite(steps.minSpacingUs)
      ? rounded(steps.minSpacingUs / US_PER_MS)
      : undefined,
    medianSpacingMs: spacing,
    priceStep: has ? formatScaled(step, priceIncrement.decimals) : undefined,
    timeStepUs: has ? steps.timeStepUs : undefined,
    coverage: coverageOf(figures.slots),
  };
}
