import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { combinations, drawn, parseValueSpec, positionsOf } from './grid.ts';
import { SweepError } from './sweep-error.ts';

const valuesOf = (spec: string): readonly string[] => parseValueSpec(`k=${spec}`).values;

describe('the values of a key', () => {
  test('are exact decimals, however many steps lead to them', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1000, max: 1000 }),
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 0, max: 200 }),
        fc.integer({ min: 0, max: 6 }),
        (from, step, steps, decimals) => {
          const text = (count: number): string => {
            const digits = Math.abs(count)
              .toString()
              .padStart(decimals + 1, '0');
            const cut = digits.length - decimals;
            const point = decimals === 0 ? '' : `.${digits.slice(cut)}`;
            return `${count < 0 ? '-' : ''}${digits.slice(0, cut)}${point}`;
          };
          const values = valuesOf(`${text(from)}:${text(from + steps * step)}:${text(step)}`);
          const counts = values.map((value) => Math.round(Number(value) * 10 ** decimals));
          assert.deepEqual(
            counts,
            Array.from({ length: steps + 1 }, (_, at) => from + at * step),
          );
          for (const value of values) assert.ok(value.length <= text(2000).length + 2, value);
        },
      ),
    );
    assert.deepEqual(valuesOf('0.1:0.5:0.1'), ['0.1', '0.2', '0.3', '0.4', '0.5']);
    assert.deepEqual(valuesOf('5:50:20'), ['5', '25', '45']);
    assert.deepEqual(valuesOf('0.8:1.2'), ['0.8', '0.9', '1', '1.1', '1.2']);
    assert.deepEqual(valuesOf('0ms:200ms:100ms'), ['0ms', '100ms', '200ms']);
    assert.deepEqual(valuesOf('10:10:1'), ['10']);
  });

  test('may be a list, of texts too', () => {
    assert.deepEqual(parseValueSpec(' a.b = x, y ,z'), { key: 'a.b', values: ['x', 'y', 'z'] });
    assert.deepEqual(valuesOf('17:00,18:30'), ['17:00', '18:30']);
  });

  test('are refused where they cannot be meant', () => {
    const bad = ['', 'k', 'k=', '=1', 'k=1,,2', 'k=1,2,1', 'k=5:1:1', 'k=1:5:0', 'k=1:5:-1'];
    for (const text of [...bad, 'k=0ms:1s:1ms', 'k=0:1000000:1']) {
      assert.throws(() => parseValueSpec(text), SweepError, text);
    }
  });
});

describe('the points of a grid', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 });

  test('are every combination once, the last key changing fastest', () => {
    fc.assert(
      fc.property(sizes, (list) => {
        const all = Array.from({ length: combinations(list) }, (_, at) => positionsOf(list, at));
        const texts = all.map((one) => one.join(' '));
        assert.equal(new Set(texts).size, texts.length);
        assert.deepEqual(texts, texts.toSorted());
        for (const one of all) assert.ok(one.every((at, k) => at >= 0 && at < (list[k] ?? 0)));
      }),
    );
    assert.throws(() => combinations(new Array<number>(10).fill(10_000)), SweepError);
  });

  test('are drawn without repeats, the same for the same seed', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(200), fc.nat(), (a, b, seed) => {
        const [count, total] = a < b ? [a, b] : [b, a];
        const one = drawn(total, count, seed);
        assert.deepEqual(one, drawn(total, count, seed));
        assert.equal(new Set(one).size, count);
        assert.ok(one.every((at) => at >= 0 && at < total));
        assert.deepEqual(
          one,
          one.toSorted((x, y) => x - y),
        );
      }),
    );
    assert.throws(() => drawn(5, 6, 1), SweepError);
    const hits = new Array<number>(10).fill(0);
    for (let seed = 0; seed < 400; seed += 1) {
      for (const at of drawn(10, 3, seed)) hits[at] = (hits[at] ?? 0) + 1;
    }
    // 120 each in the mean, standard deviation 9.
    for (const count of hits) assert.ok(count > 80 && count < 160, hits.join(' '));
  });
});
