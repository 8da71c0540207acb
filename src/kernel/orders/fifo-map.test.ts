import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { FifoMap } from './fifo-map.ts';

type Op = readonly ['add' | 'delete', number] | readonly ['shift' | 'clear', number];

const anyOp: fc.Arbitrary<Op> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constantFrom('add' as const), fc.nat({ max: 12 })) },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom('delete' as const), fc.nat({ max: 12 })) },
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom('shift' as const), fc.nat()) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('clear' as const), fc.nat()) },
);

suite('map whose oldest entry is taken first', () => {
  test('is a list of pairs in the order of adding', () => {
    fc.assert(
      fc.property(fc.array(anyOp, { maxLength: 60, size: 'max' }), (ops) => {
        const map = new FifoMap<number, string>();
        let list: (readonly [number, string])[] = [];
        for (const [i, [op, key]] of ops.entries()) {
          const known = list.find(([one]) => one === key);
          if (op === 'add' && known === undefined) {
            map.add(key, `v${i}`);
            list.push([key, `v${i}`]);
          }
          if (op === 'delete') {
            assert.equal(map.delete(key), known !== undefined);
            list = list.filter((one) => one !== known);
          }
          if (op === 'shift') assert.equal(map.shift(), list.shift()?.[1]);
          if (op === 'clear') {
            map.clear();
            list = [];
          }
          assert.equal(map.size, list.length);
          assert.equal(map.oldest(), list[0]?.[1]);
          assert.equal(map.get(key), list.find(([one]) => one === key)?.[1]);
          assert.deepEqual(
            [...map.values()],
            list.map(([, value]) => value),
          );
        }
      }),
    );
  });

  test('gives back room as it is used like a queue', () => {
    const map = new FifoMap<number, number>();
    for (let i = 0; i < 10_000; i++) {
      map.add(i, i);
      if (i >= 10) assert.equal(map.shift(), i - 10);
    }
    assert.equal(map.size, 10);
    assert.equal(map.oldest(), 9990);
  });
});
