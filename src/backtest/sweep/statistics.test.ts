import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  luckySharpe,
  momentsOf,
  normalQuantile,
  normalShareBelow,
  sharpeConfidence,
} from './statistics.ts';

const near = (actual: number | undefined, expected: number, off: number): void =>
  assert.ok(actual !== undefined && Math.abs(actual - expected) <= off, `${actual}, ${expected}`);

describe('the statistics of a sweep', () => {
  test('know the normal distribution', () => {
    // Tables: NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.1.
    near(normalShareBelow(0), 0.5, 1e-15);
    near(normalShareBelow(1), 0.841_344_746_068_543, 1e-13);
    near(normalShareBelow(-1.96), 0.024_997_895_148_22, 1e-13);
    near(normalShareBelow(3), 0.998_650_101_968_37, 1e-13);
    near(normalQuantile(0.975), 1.959_963_984_540_054, 1e-12);
    fc.assert(
      fc.property(fc.double({ min: -6, max: 6, noNaN: true }), (x) => {
        near(normalShareBelow(x) + normalShareBelow(-x), 1, 1e-12);
        if (Math.abs(x) < 4) near(normalQuantile(normalShareBelow(x)), x, 1e-9);
      }),
    );
  });

  test('take the moments of a series', () => {
    const moments = momentsOf([1, 2, 3, 4, 10]);
    near(moments?.mean, 4, 0);
    near(moments?.deviation, Math.sqrt(12.5), 1e-12);
    near(moments?.skewness, 36 / (10 * Math.sqrt(10)), 1e-12);
    near(moments?.kurtosis, 278.8 / 100, 1e-12);
    assert.equal(momentsOf([1]), undefined);
    assert.equal(momentsOf([2, 2, 2]), undefined);
  });

  test('deflate a Sharpe ratio as the example of Bailey and López de Prado does', () => {
    // Annualised 2.5 over five years of 250 days, variance of the trials 1/2 a year.
    const found = { sharpe: 2.5 / Math.sqrt(250), observations: 1250, skewness: -3, kurtosis: 10 };
    const deviation = Math.sqrt(1 / 2 / 250);
    near(luckySharpe(100, deviation), 0.1132, 5e-5);
    near(sharpeConfidence(found, luckySharpe(100, deviation)), 0.9004, 5e-5);
    near(sharpeConfidence(found, luckySharpe(46, deviation)), 0.9505, 5e-5);
  });

  test('ask more of the best of many', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 5000 }),
        fc.integer({ min: 1, max: 5000 }),
        (n, more) => {
          assert.ok(luckySharpe(n + more, 0.1) > luckySharpe(n, 0.1));
        },
      ),
      { numRuns: 30 },
    );
    assert.equal(luckySharpe(1, 0.1), 0);
    const flat = { sharpe: 10, observations: 100, skewness: 40, kurtosis: 2 };
    assert.equal(sharpeConfidence(flat, 0), undefined);
  });
});
