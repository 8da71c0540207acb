import type { QuoteBlock } from '../market/quotes.ts';

/** Rows `from … to-1` of a block, without a copy. */
export function rowsBetween(block: QuoteBlock, from: number, to: number): QuoteBlock {
  return {
    count: to - from,
    time: block.time.subarray(from, to),
    instrument: block.instrument.subarray(from, to),
    bid: block.bid.subarray(from, to),
    ask: block.ask.subarray(from, to),
    bidSize: block.bidSize.subarray(from, to),
    askSize: block.askSize.subarray(from, to),
  };
}

/** The first row whose time is at or after `time`; `count` when there is none. */
export function rowAtOrAfter({ time: times, count }: QuoteBlock, time: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The quotes of a stream in `[from, to)`, µs UTC. The stream is left at the first quote at or past
 * `to`: what stands behind it is not read, so that damage there is not noticed.
 */
export async function* quotesBetween(
  blocks: AsyncIterable<QuoteBlock>,
  from: number,
  to: number,
): AsyncGenerator<QuoteBlock, void, undefined> {
  for await (const block of blocks) {
    const { count } = block;
    if (count === 0 || (block.time[count - 1] as number) < from) continue;
    const first = rowAtOrAfter(block, from);
    const end = rowAtOrAfter(block, to);
    if (first === 0 && end === count) yield block;
    else if (first < end) yield rowsBetween(block, first, end);
    if (end < count) return;
  }
}
