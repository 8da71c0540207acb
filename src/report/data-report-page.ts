import type {
  DataReport,
  Finding,
  InstrumentReport,
  SpreadSummary,
} from '../data/report/report-types.ts';
import { chart } from './chart.ts';
import { heatTable } from './heat-table.ts';
import { type Html, type HtmlPart, html } from './html.ts';
import { grouped } from './number-text.ts';
import { page, type Section } from './page.ts';
import { type Figure, figures, note, table } from './parts.ts';

const HOUR_LABELS = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'));
const WEEKDAY_LABELS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
/** More rows of a heat map nobody reads; the JSON has them all. */
const DATES_SHOWN = 400;
const UNBROKEN_HYPHEN = '\u2011';
/** Digits up to the second of a time. */
const SECOND_CHARS = 'YYYY-MM-DDTHH:MM:SS'.length;

function count(value: number): string {
  return grouped(String(value));
}

function shortTime(time: string): string {
  return time.slice(0, SECOND_CHARS).replace('T', ' ');
}

function worstOf(findings: readonly Finding[]): string {
  const some = (severity: Finding['severity']): number =>
    findings.filter((one) => one.severity === severity).length;
  return `${some('error')} / ${some('warning')} / ${some('info')}`;
}

function clockFigure({ clock }: InstrumentReport): Figure {
  if (clock === undefined) return { label: 'Clock', value: 'no quotes' };
  const minutes = Math.abs(clock.shiftMinutes);
  const value =
    clock.state === 'shifted'
      ? `${clock.shiftMinutes < 0 ? '−' : '+'}${minutes / 60} h`
      : clock.state.replace('_', ' ');
  const tone = clock.state === 'shifted' ? 'negative' : 'plain';
  return { label: 'Clock', value, tone, note: `confidence ${clock.confidence}` };
}

function keyFigures(report: InstrumentReport): Html {
  const { spread, period } = report;
  return figures([
    { label: 'Findings', value: worstOf(report.findings), note: 'errors / warnings / notes' },
    clockFigure(report),
    { label: 'Quotes', value: count(report.quotes), note: `of ${count(report.rows)} rows` },
    { label: 'From', value: period?.from.slice(0, 10) ?? '–', note: period?.from.slice(11, 19) },
    { label: 'To', value: period?.to.slice(0, 10) ?? '–', note: period?.to.slice(11, 19) },
    {
      label: 'Median spread',
      value: spread === undefined ? '–' : `${spread.timeP50} pips`,
      note: 'by time',
    },
    { label: 'Widest spread', value: spread === undefined ? '–' : `${spread.max} pips` },
    { label: 'Crossed', value: count(report.crossed), note: `${count(report.zeroSpreads)} zero` },
  ]);
}

/** Words that do not part at the end of a line. */
function whole(text: string): Html {
  return html`<span class="number">${text}</span>`;
}

/** A time to the second; file and line as they are. */
function firstPlace(first: string | undefined): HtmlPart {
  if (first === undefined) return undefined;
  return /^\d{4}-\d{2}-\d{2}T/.test(first) ? whole(shortTime(first)) : first;
}

function findingTable({ symbol, findings }: InstrumentReport): Html {
  if (findings.length === 0) return note('Nothing odd was found.');
  return table({
    caption: `Findings in ${symbol}, the gravest first`,
    columns: [
      { title: 'Finding', kind: 'text' },
      { title: 'Severity', kind: 'text' },
      { title: 'What', kind: 'text' },
      { title: 'First', kind: 'text' },
    ],
    rows: findings.map(({ code, severity, text, first }) => [
      whole(code.replaceAll('_', ' ')),
      severity === 'error'
        ? html`<span class="negative">${whole(severity)}</span>`
        : whole(severity),
      text,
      firstPlace(first),
    ]),
  });
}

type SpreadOf = (summary: SpreadSummary) => number;

function series(groups: InstrumentReport['byHour'], value: SpreadOf): (number | null)[] {
  return groups.map((group) => (group === undefined ? null : value(group)));
}

function activityCharts(report: InstrumentReport, id: string): Html {
  const { symbol, byHour, byWeekday } = report;
  const quotes = (summary: SpreadSummary): number => summary.quotes;
  return html`${chart({
    id: `${id}-hours`,
    title: `${symbol}: quotes by hour (UTC)`,
    description: 'Number of quotes in each hour of the UTC day, over the whole period.',
    x: { kind: 'category', labels: HOUR_LABELS },
    series: [{ label: 'Quotes', values: series(byHour, quotes), style: 'bars', colour: 'accent' }],
    decimals: 0,
  })}${chart({
    id: `${id}-spread`,
    title: `${symbol}: spread by hour (UTC), pips`,
    description: 'Median and 90 % of the spread in each hour, each quote for the time it stood.',
    x: { kind: 'category', labels: HOUR_LABELS },
    series: [
      {
        label: 'Median',
        values: series(byHour, ({ timeP50 }) => timeP50),
        style: 'steps',
        colour: 'accent',
      },
      {
        label: '90 %',
        values: series(byHour, ({ timeP90 }) => timeP90),
        style: 'steps',
        colour: 'second',
      },
    ],
    decimals: 2,
  })}${chart({
    id: `${id}-weekdays`,
    title: `${symbol}: quotes by weekday (UTC)`,
    description: 'Number of quotes on each weekday, over the whole period.',
    x: { kind: 'category', labels: WEEKDAY_LABELS },
    series: [
      { label: 'Quotes', values: series(byWeekday, quotes), style: 'bars', colour: 'accent' },
    ],
    decimals: 0,
    height: 180,
  })}`;
}

/** Thousands from 10 000 on: the cells stay narrow. */
function cellText(quotes: number): string {
  return quotes < 10_000 ? String(quotes) : `${Math.round(quotes / 1000)}k`;
}

function coverage({ symbol, coverage: dates }: InstrumentReport): Html {
  const shown = dates.slice(-DATES_SHOWN);
  const rest = dates.length - shown.length;
  const map = heatTable({
    caption: `Quotes of ${symbol} by UTC date and hour; an empty cell had none`,
    corner: 'Date',
    columns: HOUR_LABELS,
    rows: shown.map(({ date, hours }) => ({
      head: date.replaceAll('-', UNBROKEN_HYPHEN),
      cells: hours.map((value) =>
        value === 0 ? undefined : { value: Math.sqrt(value), text: cellText(value) },
      ),
      totals: [count(hours.reduce((sum, one) => sum + one, 0))],
    })),
    totalColumns: ['Day'],
  });
  const more = rest > 0 ? note(`${rest} earlier dates are in the JSON report.`) : undefined;
  return html`${map}${more}`;
}

function gapTables(report: InstrumentReport): Html {
  const { symbol, gaps, missingDays, thinDays, jumps } = report;
  const days = [
    ...missingDays.map((day) => ({ day, what: 'missing' })),
    ...thinDays.map((day) => ({ day, what: 'thin' })),
  ];
  return html`${
    days.length === 0
      ? note('Every trading day of the calendar has its quotes.')
      : table({
          caption: `Trading days of ${symbol} without quotes, or with far fewer than usual`,
          columns: [
            { title: 'Starts', kind: 'text' },
            { title: 'What', kind: 'text' },
            { title: 'Quotes', kind: 'number' },
            { title: 'Open hours', kind: 'number' },
          ],
          rows: days.map(({ day, what }) => [
            shortTime(day.from),
            what,
            count(day.quotes),
            day.openHours.toFixed(1),
          ]),
        })
  }${
    gaps.length === 0
      ? note('No gap is longer than a minute of open time.')
      : table({
          caption: `${symbol}: the longest of ${count(report.gapsOverMinute)} gaps of open time`,
          columns: [
            { title: 'From', kind: 'text' },
            { title: 'To', kind: 'text' },
            { title: 'Open, s', kind: 'number' },
          ],
          rows: gaps.map(({ from, to, openSeconds }) => [
            shortTime(from),
            shortTime(to),
            grouped(openSeconds.toFixed(1)),
          ]),
        })
  }${table({
    caption: `Largest moves of the mid of ${symbol} between two quotes`,
    columns: [
      { title: 'Time', kind: 'text' },
      { title: 'Pips', kind: 'number' },
      { title: 'Basis points', kind: 'number' },
      { title: 'After, s', kind: 'number' },
    ],
    rows: jumps.map(({ time, pips, bps, afterSeconds }) => [
      time.slice(0, 'YYYY-MM-DDTHH:MM:SS.mmm'.length).replace('T', ' '),
      pips.toFixed(2),
      bps.toFixed(1),
      grouped(afterSeconds.toFixed(3)),
    ]),
  })}`;
}

function fileTable({ symbol, files, badRows }: InstrumentReport): Html {
  if (files.length === 0) return note('The market is synthetic: it has no files.');
  const bad =
    badRows.length === 0
      ? note('No row was refused.')
      : table({
          caption: `Bad rows of ${symbol}, with the first of each kind`,
          columns: [
            { title: 'Reason', kind: 'text' },
            { title: 'Rows', kind: 'number' },
            { title: 'First', kind: 'text' },
            { title: 'It reads', kind: 'text' },
          ],
          rows: badRows.map((one) => [
            one.reason,
            count(one.count),
            `${one.file}:${one.line}`,
            one.excerpt,
          ]),
        });
  return html`${bad}${table({
    caption: `Files of ${symbol}, in the order in which they were read`,
    columns: [
      { title: 'File', kind: 'text' },
      { title: 'Rows', kind: 'number' },
      { title: 'Taken', kind: 'number' },
      { title: 'First', kind: 'text' },
      { title: 'Last', kind: 'text' },
    ],
    rows: files.map(({ file, rows, accepted, firstTime, lastTime }) => [
      file.split('/').at(-1) ?? file,
      count(rows),
      count(accepted),
      firstTime === undefined ? '' : shortTime(firstTime),
      lastTime === undefined ? '' : shortTime(lastTime),
    ]),
  })}`;
}

function sectionsOf(report: InstrumentReport, at: number): Section[] {
  const id = `i${at}`;
  const { symbol } = report;
  const evidence = report.clock?.evidence.join('; ') ?? '';
  const first = html`${keyFigures(report)}${findingTable(report)}${
    evidence === '' ? undefined : note(`Clock: ${evidence}.`)
  }`;
  if (report.quotes === 0) return [{ id, title: symbol, body: html`${first}${fileTable(report)}` }];
  const part = (name: string, title: string, body: Html): Section => {
    return { id: `${id}-${name}`, title: `${symbol}: ${title}`, short: title, body };
  };
  return [
    { id, title: symbol, body: first },
    part('activity', 'Activity and spread', activityCharts(report, id)),
    part('coverage', 'Coverage', coverage(report)),
    part('gaps', 'Gaps and jumps', gapTables(report)),
    part('files', 'Files', fileTable(report)),
  ];
}

/** The report as one self-contained page; the same report gives the same bytes. */
export function dataReportPage({ instruments }: DataReport): string {
  const names = instruments.map(({ symbol }) => symbol).join(', ');
  return page({
    title: `Market data: ${names}`,
    lead: 'What the quotes really are. Times are UTC as the data was read, spreads in pips.',
    sections: instruments.flatMap(sectionsOf),
    footer: 'Percentiles are the least value at or below which the share lies.',
  });
}
