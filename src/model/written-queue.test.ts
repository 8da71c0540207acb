import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Encoder, type FieldIo } from './codec.ts';
import { WrittenQueue } from './written-queue.ts';

type Item = { text: string };

function walk(io: FieldIo, item: Item): void {
  item.text = io.text('text', item.text);
}

/** The bytes of a list, with what is kept of them and without. */
function written(items: Item[], kept: WrittenQueue<Item>): readonly [Buffer, Buffer] {
  const [a, b] = [new Encoder(), new Encoder()];
  a.keptList('items', items, () => ({ text: '' }), walk, kept);
  b.list('items', items, () => ({ text: '' }), walk);
  return [Buffer.from(a.bytes), Buffer.from(b.bytes)];
}

const anyAct = fc.oneof(
  { weight: 8, arbitrary: fc.nat({ max: 12_000 }).map((length) => ({ what: 'add', length })) },
  { weight: 5, arbitrary: fc.constant({ what: 'shift', length: 0 }) },
  { weight: 1, arbitrary: fc.constant({ what: 'delete', length: 0 }) },
  { weight: 3, arbitrary: fc.constant({ what: 'write', length: 0 }) },
);

suite('a list whose bytes are kept', () => {
  test('is written as if none were, whatever came and went since it was written last', () => {
    fc.assert(
      fc.property(fc.array(anyAct, { maxLength: 80, size: 'max' }), (acts) => {
        const kept = new WrittenQueue(walk);
        const items: Item[] = [];
        for (const { what, length } of acts) {
          if (what === 'add') {
            const item = { text: `${items.length}${'.'.repeat(length)}` };
            items.push(item);
            kept.add(item);
          } else if (what === 'shift') {
            if (items.shift() !== undefined) kept.shift();
          } else if (what === 'delete') {
            items.splice(items.length >> 1, 1);
            kept.forget();
          } else {
            const [ours, plain] = written(items, kept);
            assert(ours.equals(plain));
          }
        }
        const [ours, plain] = written(items, kept);
        assert(ours.equals(plain));
      }),
    );
  });
});
