import { present } from '../../model/assert.ts';
import { chart } from '../../report/chart.ts';
import { heatTable } from '../../report/heat-table.ts';
import { type Html, html } from '../../report/html.ts';
import { grouped } from '../../report/number-text.ts';
import { page, type Section } from '../../report/page.ts';
import { type Column, type Figure, figures, note, notice, table } from '../../report/parts.ts';
import {
  alongKey,
  bestOverOthers,
  luckOf,
  neighbourhoodMeans,
  type PointValues,
  pointScores,
  ranked,
} from './analysis.ts';
import { annualSharpe, type Objective } from './figures.ts';
import type { PointOutcome } from './point.ts';
import type { SweepResult } from './run-sweep.ts';
import { forwardSections } from './walk-forward-page.ts';

const BEST_ROWS = 20;
const CELLS_MAX = 10_000;
const PAIRS_MAX = 6;
const PLATEAU_NOTE = `Each point with those one step away in one key. A plateau keeps its
colour here; a lonely peak loses it, and is more likely luck.`;
const UNTESTED = `What was chosen here has not been tested: test it on data that played no
part in the choice, as --walk-forward does.`;
const DEFLATED_NOTE = `Bailey and López de Prado, “The Deflated Sharpe Ratio”, 2014. It takes
the points for independent trials; neighbours are alike, so that it errs on the side of caution.`;

/** Below this many trading days a ratio of their returns says next to nothing. */
const DAYS_FEW = 60;

const OBJECTIVE_NAMES: Readonly<Record<Objective, string>> = {
  'net-profit': 'net profit',
  sharpe: 'Sharpe ratio',
  'profit-factor': 'profit factor',
  'return-on-drawdown': 'net profit ÷ max drawdown',
  'max-drawdown': 'max drawdown, as a loss',
};

/** A score as tables have it: two digits behind the point, none where they would be noise. */
export function scoreText(score: number | undefined): string {
  if (score === undefined) return '–';
  return grouped(score.toFixed(Math.abs(score) >= 1000 ? 0 : 2));
}

/** All that the sections share. */
interface View {
  readonly result: SweepResult;
  readonly scores: PointValues;
  readonly means: PointValues;
  /** What a score is, in words. */
  readonly what: string;
  readonly isDrawn: boolean;
}

function keyOf({ result }: View, key: number): string {
  return present(result.plan.axes[key], 'key').key;
}

function textsOf({ result }: View, key: number): string[] {
  return present(result.plan.axes[key], 'key').values.map(({ text }) => text);
}

/** Pairs of keys that both vary, in the order of the command line. */
function pairsOf({ result }: View): [number, number][] {
  const varying = result.plan.axes.flatMap(({ values }, k) => (values.length > 1 ? [k] : []));
  return varying.flatMap((a, i) => varying.slice(i + 1).map((b): [number, number] => [a, b]));
}

function heatOf(view: View, values: PointValues, what: string, a: number, b: number): Html {
  const rows = bestOverOthers(view.result.plan, values, a, b);
  const others = view.result.plan.axes.length > 2 ? ', best over all other keys' : '';
  const heads = textsOf(view, a);
  return heatTable({
    caption: `${what}: ${keyOf(view, a)} down, ${keyOf(view, b)} across${others}`,
    corner: `${keyOf(view, a)} \\ ${keyOf(view, b)}`,
    columns: textsOf(view, b),
    rows: rows.map((cells, row) => ({
      head: heads[row] ?? '',
      cells: cells.map((value) =>
        value === undefined ? undefined : { value, text: scoreText(value) },
      ),
    })),
  });
}

function heatSections(view: View): Section[] {
  const { axes } = view.result.plan;
  const fits = ([a, b]: [number, number]): boolean =>
    (axes[a]?.values.length ?? 0) * (axes[b]?.values.length ?? 0) <= CELLS_MAX;
  const pairs = pairsOf(view).filter(fits);
  const [first] = pairs;
  if (first === undefined) return [];
  const maps = pairs
    .slice(0, PAIRS_MAX)
    .map(([a, b]) => heatOf(view, view.scores, view.what, a, b));
  const more = pairs.length - maps.length;
  const rest = more > 0 ? note(`${more} more pairs of keys are not shown.`) : undefined;
  const body = html`${maps}${rest}`;
  const sections = [{ id: 'map', title: `Map of ${view.what}`, short: 'Map', body }];
  if (view.isDrawn) return sections;
  const [a, b] = first;
  const plateau = html`${heatOf(view, view.means, `mean with neighbours of ${view.what}`, a, b)}
${note(PLATEAU_NOTE)}`;
  return [...sections, { id: 'plateau', title: 'Plateaus', body: plateau }];
}

function lineSection(view: View): Section {
  const { plan } = view.result;
  const charts = plan.axes.flatMap(({ key, values }, k) => {
    if (values.length < 2) return [];
    const along = alongKey(plan, view.scores, k);
    const alone = plan.axes.length === 1;
    const best = {
      label: alone ? view.what : 'best',
      values: along.map((one) => one.best ?? null),
    };
    const mean = { label: 'mean', values: along.map((one) => one.mean ?? null) };
    const line = { style: 'line' } as const;
    return chart({
      id: `key-${k}`,
      title: alone ? `${view.what} by ${key}` : `Best and mean ${view.what} by ${key}`,
      description: `One point for each value of ${key}, over all values of the other keys.`,
      x: { kind: 'category', labels: values.map(({ text }) => text) },
      series: [
        { ...best, ...line, colour: 'accent' },
        ...(alone ? [] : [{ ...mean, ...line, colour: 'second' } as const]),
      ],
      decimals: 2,
    });
  });
  return { id: 'keys', title: 'Key by key', body: html`${charts}` };
}

function pointCells(outcome: PointOutcome | undefined): string[] {
  if (outcome?.status !== 'done') return ['–', '–', '–', '–', '–'];
  const { trades, netProfit, maxDrawdown, profitFactor } = outcome.figures;
  const sharpe = annualSharpe(outcome.figures)?.toFixed(2) ?? '–';
  const factor = profitFactor === '' ? '–' : Number(profitFactor).toFixed(2);
  return [grouped(String(trades)), grouped(netProfit), grouped(maxDrawdown), factor, sharpe];
}

function bestSection(view: View): Section {
  const { plan, whole, objective } = view.result;
  const order = ranked(view.scores).slice(0, BEST_ROWS);
  const number = (title: string): Column => ({ title, kind: 'number' });
  const heads = ['trades', 'net profit', 'max drawdown', 'profit factor', 'Sharpe'];
  const isShown = objective === 'net-profit' || objective === 'sharpe';
  const score = whole !== undefined && isShown ? [] : [number(view.what)];
  const rows = order.map((at) => [
    String(plan.points[at]?.number ?? ''),
    ...(plan.points[at]?.texts ?? []),
    ...score.map(() => scoreText(view.scores[at])),
    ...(view.isDrawn ? [] : [scoreText(view.means[at])]),
    ...(whole === undefined ? [] : pointCells(whole.outcomes[at])),
  ]);
  const body = table({
    caption: `The best ${order.length} points by ${view.what}`,
    columns: [
      number('point'),
      ...plan.axes.map(({ key }) => number(key)),
      ...score,
      ...(view.isDrawn ? [] : [number('with neighbours')]),
      ...(whole === undefined ? [] : heads.map(number)),
    ],
    rows,
  });
  return { id: 'best', title: 'Best points', body };
}

/** What may be luck, said before anyone believes the best line. */
function cautionSection(view: View): Section {
  const { plan, whole } = view.result;
  const outcomes = whole?.outcomes ?? [];
  const [best] = ranked(view.scores);
  const top = best === undefined ? undefined : outcomes[best];
  const luck = top?.status === 'done' ? luckOf(top.figures, outcomes) : undefined;
  const trials = outcomes.filter(({ status }) => status === 'done').length;
  const count = grouped(String(whole === undefined ? plan.points.length : trials));
  const words = [
    `${count} points were tried. The best of many looks good by chance alone.`,
    UNTESTED,
  ];
  if (luck === undefined)
    return {
      id: 'luck',
      title: 'How much is luck?',
      short: 'Luck',
      body: notice('A caution', words),
    };
  const yearly = Math.sqrt(luck.daysPerYear);
  const { confidence, days } = luck;
  const list: Figure[] = [
    { label: 'Points tried', value: grouped(String(luck.trials)) },
    {
      label: 'Sharpe of the best',
      value: (luck.sharpe * yearly).toFixed(2),
      note: `${days} trading days, annualised`,
    },
    {
      label: 'Sharpe by luck alone',
      value: (luck.lucky * yearly).toFixed(2),
      note: 'to be expected of the best of as many without skill',
    },
    {
      label: 'Deflated Sharpe ratio',
      value: confidence === undefined ? '–' : `${(confidence * 100).toFixed(1)} %`,
      note: 'probability that there is more than luck',
    },
  ];
  const few =
    days < DAYS_FEW ? [`${days} trading days are too few to trust any of these ratios.`] : [];
  const caution = notice('A caution', [...words, ...few]);
  const body = html`${caution}${figures(list)}${note(DEFLATED_NOTE)}`;
  return { id: 'luck', title: 'How much is luck?', short: 'Luck', body };
}

function countsSection({ result }: View): Section {
  const outcomes = result.whole?.outcomes ?? result.splits.flatMap(({ train }) => train.outcomes);
  const count = (status: PointOutcome['status']): string =>
    grouped(String(outcomes.filter((one) => one.status === status).length));
  const reasons = new Map<string, number>();
  for (const one of outcomes) {
    if (one.status === 'done') continue;
    const reason = `${one.status}: ${one.reason}`;
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  const shown = [...reasons].slice(0, BEST_ROWS);
  const rows = shown.map(([reason, times]) => [reason, grouped(String(times))]);
  const columns: Column[] = [
    { title: 'reason', kind: 'text' },
    { title: 'runs', kind: 'number' },
  ];
  const why =
    rows.length === 0 ? undefined : table({ caption: 'Not run to the end', columns, rows });
  const list = [
    { label: 'Done', value: count('done') },
    { label: 'Invalid', value: count('invalid'), note: 'the configuration refuses the values' },
    { label: 'Failed', value: count('failed'), note: 'the run broke off' },
  ];
  return { id: 'runs', title: 'Runs', body: html`${figures(list)}${why}` };
}

/** `sweep.html`: the whole of a sweep on one page. The same result gives the same bytes. */
export function sweepPage(result: SweepResult, isDrawn: boolean): string {
  const { plan, objective, whole } = result;
  const { assembly } = plan.base;
  const { account } = assembly.kernel;
  const count = grouped(String(plan.points.length));
  const origin = `configuration ${assembly.configHash} · data ${assembly.market.fingerprint}`;
  const scores = pointScores(result);
  const name = OBJECTIVE_NAMES[objective];
  const view: View = {
    result,
    scores,
    means: neighbourhoodMeans(plan, scores),
    what: whole === undefined ? `mean training ${name}` : name,
    isDrawn,
  };
  const keys = plan.axes.map(({ key, values }) => `${key} (${values.length})`).join(', ');
  return page({
    title: `Sweep of ${assembly.id}`,
    lead: `${count} points of ${keys}; best by ${name}; money in ${account.currency}`,
    sections: [
      countsSection(view),
      ...(whole === undefined ? forwardSections(result) : [cautionSection(view)]),
      bestSection(view),
      ...heatSections(view),
      lineSection(view),
    ],
    footer: `TiYf Engine ${assembly.engineVersion} · ${origin}`,
  });
}
