import type { DataReport, InstrumentReport, SpreadSummary } from '../data/report/report-types.ts';
import { grouped } from '../report/number-text.ts';

const LABEL_WIDTH = 20;
const LISTED_MAX = 5;

function line(label: string, value: string): string {
  return `  ${label.padEnd(LABEL_WIDTH)}${value}`;
}

function count(value: number): string {
  return grouped(String(value));
}

function spreadText({ p50, p90, p99, max }: SpreadSummary): string {
  return `median ${p50}, p90 ${p90}, p99 ${p99}, max ${max}`;
}

function timedText({ timeP50, timeP90, timeP99 }: SpreadSummary): string {
  return `median ${timeP50}, p90 ${timeP90}, p99 ${timeP99}`;
}

function findingLines({ findings }: InstrumentReport): string[] {
  if (findings.length === 0) return ['', 'Nothing odd was found.'];
  const lines = findings.flatMap(({ severity, code, text, first }) => [
    `  ${severity.padEnd(8)} ${code}: ${text}`,
    ...(first === undefined ? [] : [`           first at ${first}`]),
  ]);
  return ['', 'Findings', ...lines];
}

function badRowLines({ badRows }: InstrumentReport): string[] {
  if (badRows.length === 0) return [];
  const lines = badRows.map(
    (bad) => `  ${count(bad.count)} ${bad.reason}, first ${bad.file}:${bad.line}: ${bad.excerpt}`,
  );
  return ['', 'Bad rows', ...lines];
}

function hourLines({ byHour }: InstrumentReport): string[] {
  const lines = byHour.flatMap((hour, at) => {
    if (hour === undefined) return [];
    const clock = `${String(at).padStart(2, '0')}:00`;
    const spread = `${String(hour.p50).padStart(9)}${String(hour.timeP50).padStart(9)}`;
    return [`  ${clock}${count(hour.quotes).padStart(14)}${spread}`];
  });
  return lines.length === 0
    ? []
    : ['', '  Hour (UTC)   quotes   median  by time  (pips)', ...lines];
}

function listLines(report: InstrumentReport): string[] {
  const gaps = report.gaps
    .slice(0, LISTED_MAX)
    .map(({ from, to, openSeconds }) => `  ${openSeconds} s open from ${from} to ${to}`);
  const jumps = report.jumps
    .slice(0, LISTED_MAX)
    .map(({ time, pips, bps }) => `  ${pips} pips (${bps.toFixed(1)} bps) at ${time}`);
  const missing = report.missingDays.slice(0, LISTED_MAX).map(({ from }) => `  from ${from}`);
  return [
    ...(missing.length === 0 ? [] : ['', 'Trading days without quotes', ...missing]),
    ...(gaps.length === 0 ? [] : ['', 'Longest gaps in open time', ...gaps]),
    ...(jumps.length === 0 ? [] : ['', 'Largest moves between two quotes', ...jumps]),
  ];
}

function figureLines(report: InstrumentReport): string[] {
  const { period, spread, clock } = report;
  return [
    line('Rows', `${count(report.rows)}, taken ${count(report.accepted)}`),
    ...(period === undefined ? [] : [line('Period', `${period.from} to ${period.to}`)]),
    ...(spread === undefined
      ? []
      : [
          line('Spread (pips)', spreadText(spread)),
          line('  by time', timedText(spread)),
          line('  at the maximum', `${count(report.rowsAtMaxSpread)} rows`),
        ]),
    line('Crossed, zero', `${count(report.crossed)}, ${count(report.zeroSpreads)}`),
    line('Duplicates', `${count(report.duplicates)} rows`),
    line('Shared times', `${count(report.sharedTimes)} rows`),
    line('Repeated prices', `${count(report.repeatedPrices)} rows`),
    line('Outside sessions', `${count(report.outsideSession)} quotes`),
    line('Gaps over a minute', count(report.gapsOverMinute)),
    line('Price step', report.priceStep ?? '-'),
    line('Closest quotes', `${report.minSpacingMs ?? '-'} ms`),
    ...(clock === undefined ? [] : [line('Clock', `${clock.state}: ${clock.evidence.join('; ')}`)]),
  ];
}

/** The report as a person reads it on a terminal. */
export function dataReportText({ instruments }: DataReport): string {
  const parts = instruments.map((report) =>
    [
      report.symbol,
      ...figureLines(report),
      ...findingLines(report),
      ...badRowLines(report),
      ...hourLines(report),
      ...listLines(report),
    ].join('\n'),
  );
  return `${parts.join('\n\n')}\n`;
}
