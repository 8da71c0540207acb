import { chart } from '../../report/chart.ts';
import { type Html, html } from '../../report/html.ts';
import { grouped } from '../../report/number-text.ts';
import type { Section } from '../../report/page.ts';
import { type Column, figures, note, table, toned, toneOf } from '../../report/parts.ts';
import { forwardOf } from './analysis.ts';
import { annualSharpe } from './figures.ts';
import type { PointOutcome } from './point.ts';
import type { SplitResult, SweepResult } from './run-sweep.ts';
import { stitchedEquity } from './sweep-csv.ts';

const REMARK = `Training results are the best of all points and flatter; the tests are of data that
played no part in the choice. Each test begins with the opening balance and cold indicators, and
what is open at its end counts at its mark.`;

function moneyCell(outcome: PointOutcome | undefined): Html | string {
  if (outcome?.status !== 'done') return outcome?.status ?? '–';
  const { netProfit } = outcome.figures;
  return toned(grouped(netProfit), toneOf(netProfit));
}

/** `2024-01-08 22:00`, of a time as a configuration writes it. */
function shortTime(time: string): string {
  return time.slice(0, 'YYYY-MM-DDThh:mm'.length).replace('T', ' ');
}

function sharpeCell(outcome: PointOutcome | undefined): string {
  if (outcome?.status !== 'done') return '–';
  return annualSharpe(outcome.figures)?.toFixed(2) ?? '–';
}

function chosenOf({ plan }: SweepResult, { train }: SplitResult): readonly string[] {
  const point = train.best === undefined ? undefined : plan.points[train.best];
  return point?.texts ?? plan.axes.map(() => '–');
}

function splitTable(result: SweepResult): Html {
  const number = (title: string): Column => ({ title, kind: 'number' });
  const text = (title: string): Column => ({ title, kind: 'text' });
  const rows = result.splits.map((one, at) => {
    const { split, train, test } = one;
    const trained = train.best === undefined ? undefined : train.outcomes[train.best];
    const values = chosenOf(result, one);
    const spans = [split.train.from, split.test.from, split.test.to].map(shortTime);
    const results = [moneyCell(trained), moneyCell(test), sharpeCell(trained), sharpeCell(test)];
    return [String(at + 1), ...spans, ...values, ...results];
  });
  const spans = ['training from', 'test from', 'test to'].map(text);
  const results = ['trained', 'tested', 'Sharpe trained', 'Sharpe tested'].map(number);
  return table({
    caption: 'Net profit of each split: the point chosen in training, and what it did after',
    columns: [
      number('split'),
      ...spans,
      ...result.plan.axes.map(({ key }) => number(key)),
      ...results,
    ],
    rows,
  });
}

/** What choosing in one span was worth in the next. */
export function forwardSections(result: SweepResult): Section[] {
  const opening = result.splits.slice(0, 1).map(({ split }) => ({
    time: split.test.from,
    equity: Number(result.plan.base.loaded.config.account.balance),
  }));
  const days = [
    ...opening,
    ...stitchedEquity(result).map(({ time, equity }) => ({ time, equity: Number(equity) })),
  ];
  const { trainedPerDay, testedPerDay, won, ran } = forwardOf(result);
  const share = testedPerDay / trainedPerDay;
  const money = (value: number): string =>
    Number.isFinite(value) ? grouped(value.toFixed(2)) : '–';
  const tone = (value: number) => (Number.isFinite(value) ? toneOf(value.toFixed(2)) : 'plain');
  const kept = trainedPerDay > 0 && Number.isFinite(share) ? `${(share * 100).toFixed(0)} %` : '–';
  const summary = figures([
    { label: 'A day, in training', value: money(trainedPerDay), tone: tone(trainedPerDay) },
    { label: 'A day, in the tests', value: money(testedPerDay), tone: tone(testedPerDay) },
    { label: 'Kept', value: kept, note: 'tests ÷ training, where training made a profit' },
    { label: 'Tests with a profit', value: `${won} of ${ran}` },
  ]);
  const curve = chart({
    id: 'stitched',
    title: 'Equity over all tests',
    description: 'The tests one after the other, each beginning where the one before ended.',
    x: { kind: 'time', values: days.map(({ time }) => Math.floor(Date.parse(time) / 1000)) },
    series: [
      {
        label: 'equity',
        values: days.map(({ equity }) => equity),
        style: 'line',
        colour: 'accent',
      },
    ],
    decimals: 2,
  });
  const body = html`${summary}${curve}${splitTable(result)}${note(REMARK)}`;
  return [{ id: 'forward', title: 'Walk-forward', body }];
}
