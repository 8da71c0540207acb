import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { createQuoteBlock, type QuoteBlock } from '../market/quotes.ts';
import { AssertionFailed } from '../model/assert.ts';
import { allRows, blockOf, type QuoteRow } from '../testing/quote-files.ts';
import { mergeQuotes } from './merge.ts';

/** A stream that reuses one block and spoils it before the next: as readers may. */
async function* stream(
  rows: readonly QuoteRow[],
  blockRows: number,
  closed?: () => void,
): AsyncGenerator<QuoteBlock, void, undefined> {
  const block = createQuoteBlock(blockRows);
  try {
    for (let from = 0; from < rows.length; from += blockRows) {
      const part = blockOf(rows.slice(from, from + blockRows));
      block.time.fill(-1);
      block.time.set(part.time);
      block.instrument.set(part.instrument);
      block.bid.set(part.bid);
      block.ask.set(part.ask);
      block.bidSize.set(part.bidSize);
      block.askSize.set(part.askSize);
      block.count = part.count;
      yield block;
    }
  } finally {
    closed?.();
  }
}

/** Rows in time order, with many equal times; every row is marked by its stream and place. */
function tagged(times: readonly number[], instrument: number, at: number): QuoteRow[] {
  return times
    .toSorted((a, b) => a - b)
    .map((time, place) => [time, instrument, at, place, place, at]);
}

const streams = fc.array(
  fc.record({
    times: fc.array(fc.nat(30), { maxLength: 40 }),
    instrument: fc.nat(3),
    blockRows: fc.integer({ min: 1, max: 9 }),
  }),
  { maxLength: 12 },
);

suite('merging', () => {
  test('gives every quote once, by time, then instrument, then stream, in its own order', async () => {
    const property = fc.asyncProperty(
      streams,
      fc.integer({ min: 1, max: 50 }),
      async (list, out) => {
        const tagsOf = list.map(({ times, instrument }, at) => tagged(times, instrument, at));
        // A stable sort of the streams one after the other is the meaning of the merge.
        const expected = tagsOf.flat().toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
        const inputs = tagsOf.map((rows, at) => stream(rows, list[at]?.blockRows ?? 1));
        assert.deepEqual(await allRows(mergeQuotes(inputs, out)), expected);
      },
    );
    await fc.assert(property, { numRuns: 200 });
  });

  test('is the same for a hundred streams', async () => {
    const lists = Array.from({ length: 100 }, (_, at) =>
      tagged(
        Array.from({ length: 50 }, (__, i) => (i * 7919 + at * 104_729) % 997),
        at,
        at,
      ),
    );
    const expected = lists.flat().toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
    const inputs = lists.map((rows) => stream(rows, 8));
    assert.deepEqual(await allRows(mergeQuotes(inputs, 64)), expected);
  });

  test('passes the blocks of a single stream on', async () => {
    const block = blockOf([[1, 0, 1, 2, 0, 0]]);
    async function* one() {
      yield block;
    }
    for await (const merged of mergeQuotes([one()])) assert.equal(merged, block);
  });

  test('of nothing is nothing', async () => {
    assert.deepEqual(await allRows(mergeQuotes([])), []);
    assert.deepEqual(await allRows(mergeQuotes([stream([], 1), stream([], 1)])), []);
  });

  test('closes every stream when the consumer leaves or one of them fails', async () => {
    const rows = tagged([1, 2, 3], 0, 0);
    let closed = 0;
    const count = () => {
      closed += 1;
    };
    for await (const _ of mergeQuotes([stream(rows, 1, count), stream(rows, 1, count)], 2)) break;
    assert.equal(closed, 2);
    async function* failing() {
      yield blockOf([[1, 0, 1, 2, 0, 0]]);
      throw new Error('broken');
    }
    await assert.rejects(allRows(mergeQuotes([stream(rows, 1, count), failing()])), {
      message: 'broken',
    });
    assert.equal(closed, 3);
  });

  test('stops at a stream that goes back in time: that is a bug of its source', async () => {
    const back: QuoteRow[] = [
      [2, 0, 1, 2, 0, 0],
      [1, 0, 1, 2, 0, 0],
    ];
    for (const blockRows of [1, 2]) {
      const inputs = [stream(back, blockRows), stream(tagged([1], 1, 1), 1)];
      await assert.rejects(allRows(mergeQuotes(inputs)), AssertionFailed);
    }
  });
});
