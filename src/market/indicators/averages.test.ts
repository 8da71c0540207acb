import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { Walkable } from '../../model/codec.ts';
import { Printer } from '../../model/printer.ts';
import { copy, near } from '../../testing/indicator-checks.ts';
import { SeededRandom } from '../random.ts';
import { Atr } from './atr.ts';
import { Ema } from './ema.ts';
import { Sma } from './sma.ts';

/** Prices as bars hold them: counts of the increment, halves for mid. */
const price = fc.integer({ min: 1, max: 2 ** 32 }).map((halves) => halves / 2);
const series = fc.array(price, { maxLength: 80, size: 'max' });
const period = fc.integer({ min: 1, max: 20 });

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

suite('simple moving average', () => {
  test('is exactly the mean of the last values, however long the series', () => {
    fc.assert(
      fc.property(series, period, (values, n) => {
        const sma = new Sma(n);
        values.forEach((value, i) => {
          sma.update(value);
          assert.equal(sma.ready, i + 1 >= n);
          const mean = sum(values.slice(i + 1 - n, i + 1)) / n;
          assert.equal(sma.value, sma.ready ? mean : Number.NaN);
        });
      }),
    );
    const random = new SeededRandom(11);
    const values = Array.from({ length: 200_000 }, () => (random.nextInt(2 ** 32 - 1) + 1) / 2);
    const sma = new Sma(100);
    for (const value of values) sma.update(value);
    assert.equal(sma.value, sum(values.slice(-100)) / 100);
  });
});

suite('exponential moving average', () => {
  test('starts as the mean of the first values, then moves by alpha towards each', () => {
    fc.assert(
      fc.property(series, period, (values, n) => {
        const ema = new Ema(n);
        values.forEach((value, i) => {
          ema.update(value);
          assert.equal(ema.ready, i + 1 >= n);
          if (!ema.ready) {
            assert.equal(ema.value, Number.NaN);
            return;
          }
          // The closed form: a weighted sum of the seed and of everything after it.
          const keep = 1 - 2 / (n + 1);
          let expected = (sum(values.slice(0, n)) / n) * keep ** (i + 1 - n);
          for (let k = n; k <= i; k++) expected += (1 - keep) * keep ** (i - k) * (values[k] ?? 0);
          near(ema.value, expected);
        });
      }),
    );
  });

  test('takes another alpha, and refuses one that is no weight', () => {
    const ema = new Ema(2, 0.25);
    for (const value of [10, 20, 31]) ema.update(value);
    assert.equal(ema.value, 15 + 0.25 * 16);
    for (const alpha of [0, -0.5, 1.5, Number.NaN]) assert.throws(() => new Ema(2, alpha));
  });
});

suite('average true range', () => {
  const bar = fc
    .tuple(price, price, price)
    .map((three) => three.sort((a, b) => a - b))
    .map(([low = 0, close = 0, high = 0]) => ({ low, close, high }));

  test('is the mean of the first true ranges, then Wilder’s smoothing of them', () => {
    fc.assert(
      fc.property(fc.array(bar, { maxLength: 80, size: 'max' }), period, (bars, n) => {
        const atr = new Atr(n);
        const ranges = bars.map(({ high, low }, i) => {
          const before = bars[i - 1]?.close;
          if (before === undefined) return high - low;
          return Math.max(high - low, Math.abs(high - before), Math.abs(low - before));
        });
        bars.forEach(({ high, low, close }, i) => {
          atr.update(high, low, close);
          assert.equal(atr.ready, i + 1 >= n);
          if (!atr.ready) {
            assert.equal(atr.value, Number.NaN);
            return;
          }
          const keep = (n - 1) / n;
          let expected = (sum(ranges.slice(0, n)) / n) * keep ** (i + 1 - n);
          for (let k = n; k <= i; k++) expected += (keep ** (i - k) * (ranges[k] ?? 0)) / n;
          near(atr.value, expected);
        });
      }),
    );
  });

  test('a gap between bars counts as range', () => {
    const atr = new Atr(1);
    atr.update(12, 10, 11);
    assert.equal(atr.value, 2);
    atr.update(22, 20, 21);
    assert.equal(atr.value, 11); // from the close at 11 up to 22
    atr.update(6, 5, 5);
    assert.equal(atr.value, 16); // from the close at 21 down to 5
  });
});

suite('every indicator', () => {
  const makers = {
    sma: (n: number) => new Sma(n),
    ema: (n: number) => new Ema(n),
    atr: (n: number) => new Atr(n),
  };
  for (const [name, make] of Object.entries(makers)) {
    test(`${name} restored goes on to the same bits as the one saved`, () => {
      fc.assert(
        fc.property(series, series, period, (before, after, n) => {
          const saved = make(n);
          const restored = make(n);
          for (const value of before) saved.update(value, value / 2, value / 2);
          restored.update(3, 2, 1); // what was there before does not matter
          copy(saved, restored);
          assert.equal(restored.value, saved.value);
          for (const value of after) {
            saved.update(value, value / 2, value / 2);
            restored.update(value, value / 2, value / 2);
            assert.equal(restored.ready, saved.ready);
            assert.equal(restored.value, saved.value);
          }
          const printer = new Printer();
          saved.walk(printer);
          assert.doesNotThrow(() => JSON.stringify(printer.value));
        }),
      );
    });

    test(`${name} refuses a period that is no count, and the state of a longer period`, () => {
      for (const n of [0, -1, 1.5, Number.NaN, 2 ** 32]) assert.throws(() => make(n));
      const long = make(9);
      for (let i = 0; i < 9; i++) long.update(5, 4, 4);
      assert.throws(() => copy<Walkable>(long, make(8)), { code: 'CODEC_INVALID' });
    });
  }
});
