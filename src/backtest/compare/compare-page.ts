import { chart } from '../../report/chart.ts';
import { html } from '../../report/html.ts';
import { page, type Section } from '../../report/page.ts';
import { note, notice, table } from '../../report/parts.ts';
import { SERIES_COLOURS } from '../../report/theme.ts';
import type { Results } from '../report/read-results.ts';
import { NONE } from '../report/texts.ts';
import type { Comparison } from './compare-results.ts';
import { FIGURE_ROWS } from './figure-rows.ts';
import { methodLines, pText, testText } from './test-text.ts';

const US_PER_DAY = 86_400_000_000;

/** Runs drawn over each other; more lines could not be told apart. */
const CURVES_MAX = SERIES_COLOURS.length;

function curves(runs: readonly Results[], comparison: Comparison): Section {
  const drawn = runs.slice(0, CURVES_MAX);
  const days = [...new Set(drawn.flatMap((run) => run.days.map(({ day }) => day)))].sort(
    (a, b) => a - b,
  );
  const series = drawn.map((run, i) => {
    const byDay = new Map(run.days.map(({ day, equity }) => [day, equity]));
    const opening = Number(run.summary.openingBalance);
    return {
      label: `${comparison.runs[i]?.name} ${run.summary.id}`,
      values: days.map((day) => {
        const equity = byDay.get(day);
        return equity === undefined
          ? null
          : Math.round(Number(equity) / 1e10 - opening * 100) / 100;
      }),
      style: 'line',
      colour: SERIES_COLOURS[i] ?? 'accent',
    } as const;
  });
  return {
    id: 'curves',
    title: 'Equity',
    body: html`${chart({
      id: 'curves',
      title: 'Equity less the opening balance, by trading day',
      description: `Curves of ${drawn.length} runs.`,
      x: { kind: 'time', values: days.map((day) => (day * US_PER_DAY) / 1e6) },
      series,
      decimals: 2,
      height: 300,
    })}${
      drawn.length < runs.length
        ? note(`Drawn are the first ${drawn.length} of ${runs.length} runs.`)
        : undefined
    }`,
  };
}

function figureTable({ runs }: Comparison) {
  return table({
    caption: 'A – stands where a figure is not defined; the report of the run says why.',
    columns: [
      { title: 'Figure', kind: 'text' },
      ...runs.map(({ name }) => ({ title: name, kind: 'number' as const })),
    ],
    rows: FIGURE_ROWS.map(([label, text]) => [label, ...runs.map((run) => text(run.figures))]),
  });
}

function differenceTable(comparison: Comparison) {
  return table({
    caption: 'Each run against A.',
    columns: [
      { title: 'Run', kind: 'text' },
      { title: 'Verdict', kind: 'text' },
      { title: 'Test', kind: 'text' },
      { title: 'p, adjusted', kind: 'number' },
    ],
    rows: comparison.differences.map((difference) => [
      difference.name,
      difference.verdict,
      testText(difference),
      difference.adjustedP === undefined ? NONE : pText(difference.adjustedP),
    ]),
  });
}

function configurationBody({ configuration, runs }: Comparison) {
  if (configuration === undefined) return note('A run has no configuration.json.');
  if (configuration.length === 0) return note('The configurations are the same.');
  return table({
    caption: 'Keys whose values are not the same.',
    columns: [
      { title: 'Key', kind: 'text' },
      ...runs.map(({ name }) => ({ title: name, kind: 'text' as const })),
    ],
    rows: configuration.map(({ key, values }) => [
      html`<code>${key}</code>`,
      ...values.map((value) => html`<code>${value ?? NONE}</code>`),
    ]),
  });
}

/** The comparison as the text of one HTML file. */
export function comparePage(runs: readonly Results[], comparison: Comparison): string {
  const named = comparison.runs.map(({ name, id, directory }) => [name, id, directory]);
  const list = table({
    caption: 'The runs.',
    columns: [
      { title: 'Run', kind: 'text' },
      { title: 'Configuration', kind: 'text' },
      { title: 'Directory', kind: 'text' },
    ],
    rows: named,
  });
  const { warnings } = comparison;
  const unlike = warnings.length === 0 ? undefined : notice('Not like with like', warnings);
  return page({
    title: `Comparison of ${runs.length} backtests`,
    lead: comparison.runs.map(({ name, id }) => `${name} ${id}`).join(' · '),
    sections: [
      {
        id: 'runs',
        title: 'Runs',
        body: html`${unlike}${list}`,
      },
      curves(runs, comparison),
      {
        id: 'difference',
        title: 'Is there a difference?',
        short: 'Difference',
        body: html`${differenceTable(comparison)}${methodLines(comparison).map(note)}`,
      },
      { id: 'figures', title: 'Figures', body: figureTable(comparison) },
      { id: 'configuration', title: 'Configuration', body: configurationBody(comparison) },
    ],
    footer: `Money is in the account's currency. Times are UTC.`,
  });
}
