import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { StrategyError } from './guard.ts';
import { parsePlain, plainText } from './plain-data.ts';

/** Turns every object's fields round: the same data in another order. */
function reordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reordered);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).reverse();
  return Object.fromEntries(fields.map(([name, field]) => [name, reordered(field)]));
}

const anyPlain = fc.jsonValue({ noUnicodeString: false });

suite('plain data', () => {
  test('comes back as it was, but that minus zero is zero', () => {
    fc.assert(
      fc.property(anyPlain, (value) => {
        const text = plainText(value);
        assert.deepEqual(parsePlain(text), JSON.parse(JSON.stringify(value)));
        assert.equal(plainText(parsePlain(text)), text);
      }),
    );
  });

  test('has one text, in whatever order its fields were set', () => {
    fc.assert(
      fc.property(anyPlain, (value) => {
        assert.equal(plainText(reordered(value)), plainText(value));
      }),
    );
    assert.equal(
      plainText({ b: [1, { d: null, c: 'x' }], a: -0 }),
      '{"a":0,"b":[1,{"c":"x","d":null}]}',
    );
  });

  test('what JSON cannot hold is refused, with the place where it stands', () => {
    const cyclic: unknown[] = [];
    cyclic.push(cyclic);
    const wrong: readonly (readonly [unknown, string])[] = [
      [undefined, '$'],
      [{ a: { b: undefined } }, '$.a.b'],
      [[1, Number.NaN], '$[1]'],
      [[Number.POSITIVE_INFINITY], '$[0]'],
      [{ n: 1n }, '$.n'],
      [{ f: () => 1 }, '$.f'],
      [{ s: Symbol('s') }, '$.s'],
      [{ d: new Date(0) }, '$.d'],
      [new Map(), '$'],
      [new (class Custom {})(), '$'],
      [cyclic, '$[0]'],
    ];
    for (const [value, place] of wrong) {
      assert.throws(
        () => plainText(value),
        (error) => error instanceof StrategyError && error.message.includes(place),
        place,
      );
    }
  });

  test('a hole in an array is refused, not lost', () => {
    const holed: unknown[] = [1, 2, 3];
    delete holed[1];
    assert.throws(() => plainText(holed), StrategyError);
  });
});
