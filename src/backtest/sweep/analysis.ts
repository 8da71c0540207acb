import { present } from '../../model/assert.ts';
import { type Figures, scoreOf } from './figures.ts';
import type { PointOutcome } from './point.ts';
import type { SweepPlan, SweepResult } from './run-sweep.ts';
import { luckySharpe, momentsOf, sharpeConfidence } from './statistics.ts';

/** A value a point, in the order of the plan; `undefined` where there is none. */
export type PointValues = readonly (number | undefined)[];

function scoresOf(
  outcomes: readonly PointOutcome[],
  { objective }: SweepResult,
): (number | undefined)[] {
  return outcomes.map((one) =>
    one.status === 'done' ? scoreOf(one.figures, objective) : undefined,
  );
}

function meanOf(values: PointValues): number | undefined {
  const known = values.filter((value) => value !== undefined);
  if (known.length === 0) return undefined;
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** Each point's score; of a walk-forward the mean of its scores in training. */
export function pointScores(result: SweepResult): PointValues {
  const { whole, splits, plan } = result;
  if (whole !== undefined) return scoresOf(whole.outcomes, result);
  const bySplit = splits.map(({ train }) => scoresOf(train.outcomes, result));
  return plan.points.map((_, at) => meanOf(bySplit.map((scores) => scores[at])));
}

/** Positions of the points with a value, highest first; of equal ones the earlier first. */
export function ranked(values: PointValues): number[] {
  const known = values.flatMap((value, at) => (value === undefined ? [] : [{ at, value }]));
  return known.sort((a, b) => b.value - a.value || a.at - b.at).map(({ at }) => at);
}

/**
 * Mean over each point and those one step away in one key: what is left of a result when a value is
 * not quite hit. A lonely peak falls far, a plateau stays.
 */
export function neighbourhoodMeans({ points }: SweepPlan, scores: PointValues): PointValues {
  const byPlace = new Map(points.map(({ positions }, at) => [positions.join(), at]));
  return points.map(({ positions }, at) => {
    if (scores[at] === undefined) return undefined;
    const around = positions.flatMap((_, k) =>
      [-1, 1].map((step) => {
        const place = positions.map((position, i) => (i === k ? position + step : position));
        return scores[byPlace.get(place.join()) ?? -1];
      }),
    );
    return meanOf([scores[at], ...around]);
  });
}

/** The best of all points that share a place. */
function bestBy(
  { points }: SweepPlan,
  values: PointValues,
  placeOf: (positions: readonly number[]) => string,
): Map<string, number> {
  const best = new Map<string, number>();
  for (const [at, { positions }] of points.entries()) {
    const value = values[at];
    const place = placeOf(positions);
    if (value === undefined || value <= (best.get(place) ?? Number.NEGATIVE_INFINITY)) continue;
    best.set(place, value);
  }
  return best;
}

/** Rows by the values of one key, columns by those of another: the best over all other keys. */
export function bestOverOthers(
  plan: SweepPlan,
  values: PointValues,
  rowKey: number,
  columnKey: number,
): PointValues[] {
  const best = bestBy(plan, values, (positions) => `${positions[rowKey]} ${positions[columnKey]}`);
  const count = (key: number): number => present(plan.axes[key], 'key').values.length;
  return Array.from({ length: count(rowKey) }, (_, row) =>
    Array.from({ length: count(columnKey) }, (__, column) => best.get(`${row} ${column}`)),
  );
}

/** The best and the mean of all points with each value of a key. */
export function alongKey(
  { axes, points }: SweepPlan,
  values: PointValues,
  key: number,
): readonly { readonly best: number | undefined; readonly mean: number | undefined }[] {
  return present(axes[key], 'key').values.map((_, position) => {
    const own = values.filter((__, at) => points[at]?.positions[key] === position);
    const best = own[ranked(own)[0] ?? -1];
    return { best, mean: meanOf(own) };
  });
}

/** How much of the best point may be luck. */
export interface Luck {
  /** Points that ran. */
  readonly trials: number;
  /** Daily Sharpe ratio of the best point, and trading days that it rests on. */
  readonly sharpe: number;
  readonly days: number;
  readonly daysPerYear: number;
  /** The largest daily ratio to be expected of as many points without any skill. */
  readonly lucky: number;
  /** Deflated Sharpe ratio: probability that there is more than luck. */
  readonly confidence: number | undefined;
}

/**
 * Judges the best point against the number of points that were tried. `undefined` where the ratios
 * do not tell: fewer than two points have one, or all are alike.
 */
export function luckOf(best: Figures, outcomes: readonly PointOutcome[]): Luck | undefined {
  const all = outcomes.flatMap((one) => (one.status === 'done' ? [one.figures] : []));
  const ratios = momentsOf(all.flatMap(({ dailySharpe }) => dailySharpe ?? []));
  const { dailySharpe, skewness, kurtosis, days, daysPerYear } = best;
  if (ratios === undefined || dailySharpe === null) return undefined;
  const lucky = luckySharpe(all.length, ratios.deviation);
  const shape = { skewness: skewness ?? 0, kurtosis: kurtosis ?? 3 };
  const observed = { sharpe: dailySharpe, observations: days, ...shape };
  const confidence = sharpeConfidence(observed, lucky);
  return { trials: all.length, sharpe: dailySharpe, days, daysPerYear, lucky, confidence };
}

/** Net profit a trading day in training and in the tests that followed, over all splits. */
export interface Forward {
  readonly trainedPerDay: number;
  readonly testedPerDay: number;
  /** Tests that ended above where they began, and all that ran. */
  readonly won: number;
  readonly ran: number;
}

export function forwardOf({ splits }: SweepResult): Forward {
  const sums = { trained: 0, trainedDays: 0, tested: 0, testedDays: 0, won: 0, ran: 0 };
  for (const { train, test } of splits) {
    const trained = train.best === undefined ? undefined : train.outcomes[train.best];
    if (trained?.status !== 'done' || test?.status !== 'done') continue;
    sums.trained += Number(trained.figures.netProfit);
    sums.trainedDays += trained.figures.days;
    sums.tested += Number(test.figures.netProfit);
    sums.testedDays += test.figures.days;
    sums.ran += 1;
    if (Number(test.figures.netProfit) > 0) sums.won += 1;
  }
  return {
    trainedPerDay: sums.trained / sums.trainedDays,
    testedPerDay: sums.tested / sums.testedDays,
    won: sums.won,
    ran: sums.ran,
  };
}
