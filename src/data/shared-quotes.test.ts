import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { QuoteBlock } from '../market/quotes.ts';
import { allRows, blockOf, type QuoteRow, rowsOf } from '../testing/quote-files.ts';
import { quotesBetween } from './quotes-between.ts';
import { SharedQuotesError, sharedBetween, shareQuotes } from './shared-quotes.ts';

async function* inBlocks(rows: readonly QuoteRow[], size: number) {
  for (let at = 0; at < rows.length; at += size) yield blockOf(rows.slice(at, at + size));
}

const sizes = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3 }));
const tape = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 60 }), sizes), { maxLength: 60 })
  .map((list) =>
    list
      .sort(([a], [b]) => a - b)
      .map(([time, size], i): QuoteRow => [time, i % 3, i + 1, i + 2, size, size]),
  );

/** A block without sizes is one whose sizes are all 0. */
function rowsOfAll(blocks: readonly QuoteBlock[]): QuoteRow[] {
  return blocks.flatMap((block) =>
    rowsOf(block).map(
      ([time, k, bid, ask, bidSize, askSize]): QuoteRow => [
        time,
        k,
        bid,
        ask,
        Math.max(bidSize, 0),
        Math.max(askSize, 0),
      ],
    ),
  );
}

describe('shared quotes', () => {
  test('are the quotes that were read, in memory of their own, and so is every part of them', async () => {
    const cut = fc.integer({ min: 1, max: 9 });
    const bound = fc.integer({ min: -5, max: 65 });
    await fc.assert(
      fc.asyncProperty(tape, cut, cut, bound, bound, async (rows, size, kept, from, to) => {
        const shared = await shareQuotes(inBlocks(rows, size), 1e9, kept);
        assert.deepEqual(rowsOfAll(shared.blocks), rows);
        for (const block of shared.blocks)
          assert.ok(block.time.buffer instanceof SharedArrayBuffer);
        const part = await allRows(quotesBetween(inBlocks(rows, size), from, to));
        assert.deepEqual(rowsOfAll(sharedBetween(shared, from, to)), part);
      }),
    );
  });

  test('are refused when they need more memory than was granted', async () => {
    const rows = Array.from({ length: 100 }, (_, i): QuoteRow => [i, 0, 1, 2, 0, 0]);
    assert.equal((await shareQuotes(inBlocks(rows, 10), 1800, 10)).bytes, 1800);
    await assert.rejects(shareQuotes(inBlocks(rows, 10), 1799, 10), SharedQuotesError);
  });
});
