import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  alongKey,
  bestOverOthers,
  luckOf,
  neighbourhoodMeans,
  type PointValues,
  ranked,
} from './analysis.ts';
import type { Figures } from './figures.ts';
import { combinations, positionsOf } from './grid.ts';
import type { SweepPlan } from './run-sweep.ts';

/** A plan of which only the grid matters. */
function planOf(sizes: readonly number[]): SweepPlan {
  const axes = sizes.map((size, k) => ({
    key: `k${k}`,
    path: [`k${k}`],
    values: Array.from({ length: size }, (_, at) => ({ text: `${at}`, value: at })),
  }));
  const points = Array.from({ length: combinations(sizes) }, (_, at) => {
    const positions = positionsOf(sizes, at);
    return { number: at + 1, texts: positions.map(String), positions, changes: [] };
  });
  return { axes, points, splits: [], runs: points.length, known: 0 } as unknown as SweepPlan;
}

function figures(dailySharpe: number | null): Figures {
  const rest = { trades: 1, netProfit: '1', maxDrawdown: '1', profitFactor: '', days: 250 };
  return { ...rest, dailySharpe, skewness: 0, kurtosis: 3, daysPerYear: 252, criticalAlerts: [] };
}

const grid = fc
  .array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 3 })
  .chain((sizes) => {
    const count = combinations(sizes);
    const value = fc.option(fc.integer({ min: -9, max: 9 }), { nil: undefined });
    const values = fc.array(value, { minLength: count, maxLength: count });
    return fc.tuple(fc.constant(planOf(sizes)), values);
  });

const best = (values: PointValues): number | undefined => values[ranked(values)[0] ?? -1];

describe('the view of a sweep', () => {
  test('shows for two keys the best over all others', () => {
    fc.assert(
      fc.property(grid, ([plan, values]) => {
        const cells = bestOverOthers(plan, values, 0, 1);
        for (const [row, list] of cells.entries()) {
          for (const [column, cell] of list.entries()) {
            const there = plan.points.map(({ positions: [a, b] }, at) =>
              a === row && b === column ? values[at] : undefined,
            );
            assert.equal(cell, best(there));
          }
        }
        const along = alongKey(plan, values, 0).map((one) => one.best);
        assert.deepEqual(along, cells.map(best));
      }),
    );
  });

  test('takes means over neighbours: a plateau stays, a lonely peak falls', () => {
    const plan = planOf([3, 3]);
    const peak = [0, 0, 0, 0, 10, 0, 0, 0, 0];
    assert.deepEqual(neighbourhoodMeans(plan, peak)[4], 2);
    const corner = [8, 8, 0, 8, 8, undefined, 0, undefined, 0];
    assert.deepEqual(neighbourhoodMeans(plan, corner)[0], 8);
    fc.assert(
      fc.property(grid, fc.integer({ min: -9, max: 9 }), ([flat], level) => {
        const values = flat.points.map(() => level);
        assert.deepEqual(neighbourhoodMeans(flat, values), values);
      }),
    );
    assert.deepEqual(ranked([1, undefined, 3, 3]), [2, 3, 0]);
  });

  test('trusts the best of many points less than the same point among few', () => {
    const among = (count: number) =>
      Array.from({ length: count }, (_, at) => ({
        status: 'done' as const,
        figures: figures(at % 2 === 0 ? 0.1 : -0.1),
        hashes: { configHash: '', dataVersion: '', stateHash: '', recordsHash: '' },
      }));
    const few = luckOf(figures(0.2), among(4));
    const many = luckOf(figures(0.2), among(400));
    assert.ok((few?.confidence ?? 0) > (many?.confidence ?? 1));
    assert.equal(many?.trials, 400);
    assert.equal(luckOf(figures(null), among(4)), undefined);
    assert.equal(luckOf(figures(0.2), among(1)), undefined);
  });
});
