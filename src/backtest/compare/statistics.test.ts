import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { blockLengthOf, stationaryBootstrap } from './bootstrap.ts';
import { holm } from './holm.ts';
import { pairedDifference } from './paired-difference.ts';
import { incompleteBeta, logGamma, studentCdf, twoSidedP } from './student-t.ts';

function near(found: number, wanted: number, tolerance: number): void {
  assert.ok(Math.abs(found - wanted) <= tolerance, `${found} is not ${wanted}`);
}

describe("Student's t", () => {
  test('critical values of the published tables have their probabilities', () => {
    // Abramowitz and Stegun, table 26.10: P(|T| < t) = 0.95 and 0.99.
    const table = [
      [1, 12.706, 63.657],
      [2, 4.303, 9.925],
      [5, 2.571, 4.032],
      [10, 2.228, 3.169],
      [30, 2.042, 2.75],
      [120, 1.98, 2.617],
    ] as const;
    for (const [degrees, at95, at99] of table) {
      near(twoSidedP(at95, degrees), 0.05, 1e-4);
      near(twoSidedP(at99, degrees), 0.01, 1e-4);
    }
  });

  test('agrees with the closed forms for one and two degrees, and with a direct integral', () => {
    fc.assert(
      fc.property(fc.double({ min: -50, max: 50, noNaN: true }), (t) => {
        near(studentCdf(t, 1), 0.5 + Math.atan(t) / Math.PI, 1e-12);
        near(studentCdf(t, 2), 0.5 + t / (2 * Math.sqrt(2 + t * t)), 1e-12);
        near(studentCdf(t, 7) + studentCdf(-t, 7), 1, 1e-12);
      }),
    );
    const degrees = 9;
    const density = (x: number): number =>
      Math.exp(logGamma((degrees + 1) / 2) - logGamma(degrees / 2)) /
      Math.sqrt(degrees * Math.PI) /
      (1 + (x * x) / degrees) ** ((degrees + 1) / 2);
    const steps = 2000;
    let area = 0;
    for (let i = 0; i < steps; i++) area += density(((i + 0.5) / steps) * 1.5) * (1.5 / steps);
    near(studentCdf(1.5, degrees), 0.5 + area, 1e-7);
  });

  test('gamma gives factorials, and the beta function is symmetric and monotone', () => {
    let factorial = 1;
    for (let n = 1; n <= 20; n++) {
      near(Math.exp(logGamma(n)) / factorial, 1, 1e-12);
      factorial *= n;
    }
    near(logGamma(0.5), Math.log(Math.PI) / 2, 1e-13);
    const size = fc.double({ min: 0.5, max: 200, noNaN: true });
    const place = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(place, place, size, size, (x, y, a, b) => {
        // 1 − x loses digits of a small x.
        near(incompleteBeta(x, a, b), 1 - incompleteBeta(1 - x, b, a), 1e-7);
        const [low, high] = x < y ? [x, y] : [y, x];
        assert.ok(incompleteBeta(low, a, b) <= incompleteBeta(high, a, b) + 1e-12);
        near(incompleteBeta(x, a, 1), x ** a, 1e-10);
      }),
    );
  });
});

describe('the stationary bootstrap', () => {
  const options = { seed: 1, resamples: 2000, blockLength: 3, confidence: 0.95 };

  test('is the same for the same seed, keeps to the range, and moves with its values', () => {
    const values = fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 9 }), (list, blockLength) => {
        const few = { ...options, blockLength, resamples: 50 };
        const { low, high } = stationaryBootstrap(list, few);
        assert.deepEqual(stationaryBootstrap(list, few), { low, high });
        assert.ok(low <= high && low >= Math.min(...list) && high <= Math.max(...list));
        const moved = stationaryBootstrap(
          list.map((value) => value + 1000),
          few,
        );
        near(moved.low, low + 1000, 1e-9);
      }),
      { numRuns: 50 },
    );
  });

  test('for independent values it is as wide as the normal approximation says', () => {
    const values = Array.from({ length: 400 }, (_, i) => ((i * 7919) % 400) - 199.5);
    const deviation = Math.sqrt(values.reduce((sum, one) => sum + one * one, 0) / 400);
    const { low, high } = stationaryBootstrap(values, { ...options, blockLength: 1 });
    near((high - low) / (2 * 1.96 * (deviation / 20)), 1, 0.08);
  });

  test('values that come in runs widen it when blocks are as long', () => {
    const values = Array.from({ length: 400 }, (_, i) => (Math.floor(i / 20) % 2 === 0 ? 1 : -1));
    const width = (blockLength: number): number => {
      const { low, high } = stationaryBootstrap(values, { ...options, blockLength });
      return high - low;
    };
    assert.ok(width(15) > 1.5 * width(1));
    assert.equal(blockLengthOf(1000), 10);
    assert.equal(blockLengthOf(1), 1);
  });
});

describe('a difference of two runs', () => {
  test('has the t of the paired test', () => {
    // Differences 1 … 5: mean 3, deviation √2.5, so t = 3 ÷ √0.5 with 4 degrees of freedom.
    const found = pairedDifference([1, 2, 3, 4, 5]);
    assert.ok('t' in found);
    near(found.t, 3 / Math.sqrt(0.5), 1e-12);
    assert.equal(found.degrees, 4);
    near(found.p, 0.0132, 1e-4);
  });

  test('is none where runs are the same, and has a sign that follows their order', () => {
    for (const list of [[], [1], [0, 0, 0], [2, 2]]) {
      assert.ok('undefinedBecause' in pairedDifference(list));
    }
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 3, maxLength: 9 }),
        (d) => {
          const [one, other] = [pairedDifference(d), pairedDifference(d.map((value) => -value))];
          if (!('t' in one && 't' in other)) return;
          near(one.t, -other.t, 1e-12);
          near(one.p, other.p, 1e-12);
        },
      ),
      { numRuns: 20 },
    );
  });

  test("Holm's adjustment is the one of the published procedure, in any order", () => {
    const adjusted = holm([0.01, 0.04, 0.03, 0.005]);
    [0.03, 0.06, 0.06, 0.02].forEach((wanted, i) => {
      near(adjusted[i] ?? 0, wanted, 1e-12);
    });
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true })), (p) => {
        const list = holm(p);
        assert.ok(list.every((value, i) => value >= (p[i] ?? 0) && value <= 1));
        assert.deepEqual(holm([...p].reverse()), [...list].reverse());
      }),
    );
  });
});
