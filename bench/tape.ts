import { createQuoteBlock, type QuoteBlock } from '../src/market/quotes.ts';
import { TEST_START } from '../src/testing/builders.ts';

/** Mean time between two quotes of one instrument: about a hundred a minute, as FX majors have. */
const MEAN_GAP_US = 600_000;
const SPREAD = 10;

/**
 * A tape for benchmarks: independent random walks with a fixed spread, merged by time. Its shape
 * (quotes a minute, share of each instrument) is that of a liquid FX book; like most retail FX data
 * it has no quoted sizes.
 */
export function randomWalkTape(quotes: number, instruments: number): QuoteBlock {
  const block = createQuoteBlock(quotes, false);
  const price = new Int32Array(instruments).fill(100_000);
  const gap = Math.max(1, Math.floor((2 * MEAN_GAP_US) / instruments));
  let state = 12_345;
  let time: number = TEST_START;
  for (let i = 0; i < quotes; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const k = (state >>> 8) % instruments;
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    time += (state >>> 4) % gap;
    const step = ((state >>> 16) % 7) - 3;
    const next = Math.max(50_000, (price[k] as number) + step);
    price[k] = next;
    block.time[i] = time;
    block.instrument[i] = k;
    block.bid[i] = next;
    block.ask[i] = next + SPREAD;
  }
  block.count = quotes;
  return block;
}
