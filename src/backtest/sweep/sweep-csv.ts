import { parseScaled } from '../../model/decimal.ts';
import { formatUtc } from '../../model/time.ts';
import { money, type TimeUs } from '../../model/units.ts';
import { csvRow } from '../results/csv-row.ts';
import { moneyText } from '../results/decimal-text.ts';
import { annualSharpe, type EquityPoint, type Figures } from './figures.ts';
import type { PointOutcome, RunHashes } from './point.ts';
import type { SpanResult, SweepPlan, SweepResult } from './run-sweep.ts';

const FIGURE_COLUMNS = [
  'trades',
  'net_profit',
  'max_drawdown',
  'profit_factor',
  'days',
  'sharpe',
  'critical_alerts',
] as const;
const HASH_COLUMNS = ['config_hash', 'data_version', 'state_hash', 'records_hash'] as const;
const SHARPE_DECIMALS = 6;

/** A Sharpe ratio of a year as tables have it; empty where there is none. */
export function sharpeText(figures: Figures): string {
  return annualSharpe(figures)?.toFixed(SHARPE_DECIMALS) ?? '';
}

function figureCells(outcome: PointOutcome | undefined): string[] {
  if (outcome?.status !== 'done') return FIGURE_COLUMNS.map(() => '');
  const { figures } = outcome;
  return [
    String(figures.trades),
    figures.netProfit,
    figures.maxDrawdown,
    figures.profitFactor,
    String(figures.days),
    sharpeText(figures),
    figures.criticalAlerts.join(' '),
  ];
}

function hashCells(outcome: PointOutcome | undefined): string[] {
  if (outcome?.status !== 'done') return HASH_COLUMNS.map(() => '');
  const { configHash, dataVersion, stateHash, recordsHash }: RunHashes = outcome.hashes;
  return [configHash, dataVersion, stateHash, recordsHash];
}

function pointRows({ points }: SweepPlan, { span, outcomes }: SpanResult, split: number): string[] {
  const ahead = span === undefined ? [] : [String(split), span.from, span.to];
  return points.map(({ number, texts }, at) => {
    const outcome = outcomes[at];
    const reason = outcome === undefined || outcome.status === 'done' ? '' : outcome.reason;
    return csvRow([
      ...ahead,
      String(number),
      ...texts,
      outcome?.status ?? '',
      ...figureCells(outcome),
      ...hashCells(outcome),
      reason,
    ]);
  });
}

/**
 * `sweep.csv`: a row a point, in canonical order; of a walk-forward a row a point and split, as it
 * was trained.
 */
export function sweepCsv({ plan, whole, splits }: SweepResult): string {
  const keys = plan.axes.map(({ key }) => key);
  const ahead = whole === undefined ? ['split', 'from', 'to'] : [];
  const columns = [...FIGURE_COLUMNS, ...HASH_COLUMNS];
  const header = csvRow([...ahead, 'point', ...keys, 'status', ...columns, 'reason']);
  const spans = whole === undefined ? splits.map(({ train }) => train) : [whole];
  const rows = spans.flatMap((span, at) => pointRows(plan, span, at + 1));
  return `${[header, ...rows].join('\n')}\n`;
}

/** `walk-forward.csv`: a row a split: what was chosen, and what it did in training and after. */
export function walkForwardCsv({ plan, splits }: SweepResult): string {
  const keys = plan.axes.map(({ key }) => key);
  const header = csvRow([
    ...['split', 'train_from', 'train_to', 'test_from', 'test_to', 'point', ...keys, 'status'],
    ...FIGURE_COLUMNS.map((name) => `train_${name}`),
    ...FIGURE_COLUMNS.map((name) => `test_${name}`),
    ...HASH_COLUMNS.map((name) => `test_${name}`),
    'reason',
  ]);
  const rows = splits.map(({ split, train, test }, at) => {
    const point = train.best === undefined ? undefined : plan.points[train.best];
    const trained = train.best === undefined ? undefined : train.outcomes[train.best];
    const reason = test === undefined || test.status === 'done' ? '' : test.reason;
    return csvRow([
      ...[String(at + 1), split.train.from, split.train.to, split.test.from, split.test.to],
      point === undefined ? '' : String(point.number),
      ...keys.map((_, k) => point?.texts[k] ?? ''),
      test?.status ?? 'no_choice',
      ...figureCells(trained),
      ...figureCells(test),
      ...hashCells(test),
      reason,
    ]);
  });
  return `${[header, ...rows].join('\n')}\n`;
}

/** A day's end in the stitched curve: time, equity, and the split that it is of (from 1). */
export interface StitchedDay {
  readonly time: string;
  readonly equity: string;
  readonly split: number;
}

/**
 * The tests of a walk-forward one after the other, as one account: each begins where the one before
 * ended. A test that did not run leaves the equity as it was. Where a step is shorter than a test
 * the tests overlap, and of each only what lies before the next one's start is taken.
 */
export function stitchedEquity({ plan, splits }: SweepResult): readonly StitchedDay[] {
  const { openingBalance, decimals } = plan.base.assembly.kernel.account;
  const days: StitchedDay[] = [];
  let carried = 0n;
  for (const [at, { test }] of splits.entries()) {
    if (test?.status !== 'done') continue;
    const next = splits[at + 1]?.split.test.from;
    let gained = 0n;
    for (const [time, equity] of test.curve ?? ([] satisfies EquityPoint[])) {
      const utc = formatUtc(time as TimeUs);
      if (next !== undefined && Date.parse(utc) > Date.parse(next)) break;
      gained = parseScaled(equity, decimals) - openingBalance;
      const stitched = money(openingBalance + carried + gained);
      days.push({ time: utc, equity: moneyText(stitched, decimals), split: at + 1 });
    }
    carried += gained;
  }
  return days;
}
