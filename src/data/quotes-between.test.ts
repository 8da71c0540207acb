import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { QuoteBlock } from '../market/quotes.ts';
import { allRows, blockOf, type QuoteRow } from '../testing/quote-files.ts';
import { quotesBetween } from './quotes-between.ts';

/** Rows at these times, all else different in each, in blocks of a size. */
async function* inBlocks(rows: readonly QuoteRow[], size: number, taken: { blocks: number }) {
  for (let at = 0; at < rows.length; at += size) {
    taken.blocks += 1;
    yield blockOf(rows.slice(at, at + size));
  }
}

describe('the quotes of a period', () => {
  const times = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 60 });
  const bound = fc.integer({ min: -5, max: 45 });

  test('are those from its start to before its end, however they are cut into blocks', async () => {
    const size = fc.integer({ min: 1, max: 9 });
    await fc.assert(
      fc.asyncProperty(times, bound, bound, size, async (list, from, to, rowsOfBlock) => {
        const sorted = list.sort((a, b) => a - b);
        const rows = sorted.map((time, i): QuoteRow => [time, i, i + 1, i + 2, i + 3, i + 4]);
        const taken = { blocks: 0 };
        const blocks: AsyncIterable<QuoteBlock> = inBlocks(rows, rowsOfBlock, taken);
        const found = await allRows(quotesBetween(blocks, from, to));
        assert.deepEqual(
          found,
          rows.filter(([time]) => time >= from && time < to),
        );
        const past = rows.findIndex(([time]) => time >= Math.max(to, from));
        const needed = past < 0 ? Math.ceil(rows.length / rowsOfBlock) : past / rowsOfBlock + 1;
        if (from <= to) assert.ok(taken.blocks <= needed, 'no block beyond the end is asked for');
      }),
    );
  });
});
