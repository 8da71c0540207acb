import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { kept, SparseBytes } from './sparse-bytes.ts';

const write = fc.record({
  at: fc.integer({ min: 0, max: 20_000 }),
  length: fc.integer({ min: 0, max: 10_000 }),
  fill: fc.constantFrom(0, 0, 1, 255),
});

suite('the content of a simulated file', () => {
  test('is what an array of bytes would hold, whatever is written where', () => {
    fc.assert(
      fc.property(fc.array(write, { maxLength: 12 }), (writes) => {
        const content = new SparseBytes();
        const plain = new Uint8Array(40_000);
        let length = 0;
        for (const { at, length: count, fill } of writes) {
          const bytes = new Uint8Array(count).fill(fill);
          content.write(kept(bytes), at);
          // What was kept is a copy: the writer goes on with its buffer.
          bytes.fill(77);
          plain.fill(fill, at, at + count);
          length = Math.max(length, at + count);
        }
        assert.deepEqual(content.bytes(), plain.subarray(0, length));
      }),
    );
  });

  test('does not change when a copy of it is written to', () => {
    const content = SparseBytes.of(new Uint8Array(10_000).fill(3));
    const copy = content.copy();
    copy.write(kept(Uint8Array.of(9, 9)), 4095);
    copy.grow(12_000);
    assert.deepEqual(content.bytes(), new Uint8Array(10_000).fill(3));
    assert.equal(copy.bytes()[4096], 9);
    assert.equal(copy.length, 12_000);
  });
});
