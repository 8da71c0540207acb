import { DataVersionHasher } from '../src/data/data-version.ts';
import { mergeQuotes } from '../src/data/merge.ts';
import { BLOCK_ROWS } from '../src/data/quote-stream.ts';
import { createQuoteBlock, type QuoteBlock } from '../src/market/quotes.ts';

/**
 * What comes after parsing: merging k streams whose quotes interleave at random, and the data
 * version.
 * Nanoseconds a quote, best of five.
 *
 *     node --conditions=tiyf-source bench/csv-merge.ts [rows]
 */

const rows = Number(process.argv[2] ?? 4_000_000);

/** Blocks of one stream, made once and given out again and again. */
function makeStream(index: number, count: number, streams: number): readonly QuoteBlock[] {
  const blocks: QuoteBlock[] = [];
  let seed = index + 1;
  let time = 1e15;
  for (let left = count; left > 0; left -= BLOCK_ROWS) {
    const block = createQuoteBlock(BLOCK_ROWS);
    block.count = Math.min(left, BLOCK_ROWS);
    block.instrument.fill(index);
    for (let row = 0; row < block.count; row += 1) {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      time += (seed >>> 20) * streams;
      block.time[row] = time;
      block.bid[row] = 100_000 + (seed >>> 28);
      block.ask[row] = 100_020 + (seed >>> 28);
    }
    blocks.push(block);
  }
  return blocks;
}

async function* give(blocks: readonly QuoteBlock[]): AsyncGenerator<QuoteBlock, void, undefined> {
  for (const block of blocks) yield block;
}

async function best(what: string, run: () => Promise<number>): Promise<void> {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round += 1) {
    const start = process.hrtime.bigint();
    const quotes = await run();
    least = Math.min(least, Number(process.hrtime.bigint() - start) / quotes);
  }
  console.log(`${what.padEnd(22)} ${least.toFixed(1)} ns/quote`);
}

for (const k of [2, 8, 100]) {
  const streams = Array.from({ length: k }, (_, at) => makeStream(at, Math.ceil(rows / k), k));
  await best(`merge of ${k}`, async () => {
    let count = 0;
    for await (const block of mergeQuotes(streams.map(give))) count += block.count;
    return count;
  });
}
const one = makeStream(0, rows, 1);
await best('data version', async () => {
  const hasher = new DataVersionHasher([]);
  for (const block of one) hasher.update(block);
  hasher.digest();
  return rows;
});
