import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createQuoteBlock, type QuoteBlock } from '../../market/quotes.ts';
import { blockOf, type QuoteRow, rowsOf } from '../../testing/quote-files.ts';
import { QuoteBlockDecoder, QuoteBlockEncoder } from './quote-block-codec.ts';

const step = fc.oneof(
  fc.integer({ min: 0, max: 3 }),
  fc.integer({ min: 0, max: 90_000 }).map((ms) => ms * 1000),
  fc.integer({ min: 0, max: 2 ** 48 }),
);
const price = fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer());
const size = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 0, max: 50 }).map((lots) => lots * 100_000),
  fc.maxSafeNat(),
);
const quotes = fc.array(fc.tuple(step, price, price, size, size), { minLength: 1, maxLength: 40 });

function rowsFrom(list: readonly (readonly number[])[], base: number): QuoteRow[] {
  let time = base;
  return list.map(([dt = 0, bid = 0, ask = 0, bidSize = 0, askSize = 0]) => {
    time += dt;
    return [time, 7, bid, ask, bidSize, askSize];
  });
}

function decoded(raw: Uint8Array, into: QuoteBlock): boolean {
  into.instrument.fill(7);
  return new QuoteBlockDecoder(into.time.length).decode(raw, into);
}

describe('a block of quotes as bytes', () => {
  test('comes back with every number as it was, whatever stood in the buffers before', () => {
    const encoder = new QuoteBlockEncoder(40);
    const into = createQuoteBlock(40);
    const base = fc.integer({ min: -1e15, max: 1e15 });
    fc.assert(
      fc.property(quotes, base, (list, start) => {
        const rows = rowsFrom(list, start);
        const raw = encoder.encode(blockOf(rows));
        assert.equal(decoded(raw, into), true);
        assert.deepEqual(rowsOf(into), rows);
        assert.equal(
          encoder.sized,
          rows.some(([, , , , bidSize, askSize]) => bidSize + askSize > 0),
        );
      }),
    );
  });

  test('is told from bytes that are none', () => {
    const raw = new QuoteBlockEncoder(40).encode(blockOf([[1000, 7, 5, 6, 1, 1]]));
    const into = createQuoteBlock(40);
    for (let length = 0; length < raw.length; length += 1) {
      assert.equal(decoded(raw.subarray(0, length), into), false);
    }
    assert.equal(decoded(raw, createQuoteBlock(0)), false);
  });

  test('refuses times that go back and numbers that are not whole', () => {
    const encoder = new QuoteBlockEncoder(40);
    const bad: QuoteRow[][] = [
      [
        [5, 0, 1, 1, 0, 0],
        [4, 0, 1, 1, 0, 0],
      ],
      [[0.5, 0, 1, 1, 0, 0]],
      [[1, 0, 1, 1, 0.5, 1]],
      [[1, 0, 1, 1, -1, 0]],
    ];
    for (const rows of bad) assert.throws(() => encoder.encode(blockOf(rows)), /encode/);
  });
});
