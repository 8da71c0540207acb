import { createQuoteBlock, type QuoteBlock } from '../market/quotes.ts';
import { BLOCK_ROWS } from './quote-stream.ts';
import { rowAtOrAfter, rowsBetween } from './quotes-between.ts';

/** Rows of a shared block: what the last one wastes is cut off. */
const SHARED_ROWS = 4 * BLOCK_ROWS;
const BYTES_OF_ROW = 18;
const BYTES_OF_SIZES = 16;

/** The quotes do not fit into the memory that was granted. */
export class SharedQuotesError extends Error {
  readonly code = 'QUOTES_TOO_MANY';
  override readonly name = 'SharedQuotesError';
}

/** All quotes of a market in memory that threads share. Whoever holds a copy only reads. */
export interface SharedQuotes {
  /** In time order; none is empty. Columns lie in `SharedArrayBuffer`s of their exact size. */
  readonly blocks: readonly QuoteBlock[];
  readonly bytes: number;
}

function shared(block: QuoteBlock): { readonly block: QuoteBlock; readonly bytes: number } {
  const { count } = block;
  const isSized = (column: Float64Array): boolean =>
    column.subarray(0, count).some((size) => size !== 0);
  const sizes = isSized(block.bidSize) || isSized(block.askSize) ? count : 0;
  const bytes = count * BYTES_OF_ROW + sizes * BYTES_OF_SIZES;
  const room = (size: number): SharedArrayBuffer => new SharedArrayBuffer(size);
  const copy: QuoteBlock = {
    count,
    time: new Float64Array(room(count * 8)),
    instrument: new Uint16Array(room(count * 2)),
    bid: new Int32Array(room(count * 4)),
    ask: new Int32Array(room(count * 4)),
    bidSize: new Float64Array(room(sizes * 8)),
    askSize: new Float64Array(room(sizes * 8)),
  };
  copy.time.set(block.time.subarray(0, count));
  copy.instrument.set(block.instrument.subarray(0, count));
  copy.bid.set(block.bid.subarray(0, count));
  copy.ask.set(block.ask.subarray(0, count));
  copy.bidSize.set(block.bidSize.subarray(0, sizes));
  copy.askSize.set(block.askSize.subarray(0, sizes));
  return { block: copy, bytes };
}

/** Copies rows `from …` of a block behind those of another, as far as there is room. */
function append(to: QuoteBlock, block: QuoteBlock, from: number): number {
  const at = to.count;
  const rows = Math.min(block.count - from, to.time.length - at);
  const end = from + rows;
  to.time.set(block.time.subarray(from, end), at);
  to.instrument.set(block.instrument.subarray(from, end), at);
  to.bid.set(block.bid.subarray(from, end), at);
  to.ask.set(block.ask.subarray(from, end), at);
  const sized = block.bidSize.length > 0;
  if (sized) {
    to.bidSize.set(block.bidSize.subarray(from, end), at);
    to.askSize.set(block.askSize.subarray(from, end), at);
  } else {
    to.bidSize.fill(0, at, at + rows);
    to.askSize.fill(0, at, at + rows);
  }
  to.count = at + rows;
  return rows;
}

/**
 * Reads a market to its end into shared memory: 34 bytes a quote, 18 where none has a size. Throws
 * {@link SharedQuotesError} as soon as it would take more than `bytesMax`.
 */
export async function shareQuotes(
  blocks: AsyncIterable<QuoteBlock>,
  bytesMax: number,
  rowsOfBlock = SHARED_ROWS,
): Promise<SharedQuotes> {
  const stage = createQuoteBlock(rowsOfBlock);
  const list: QuoteBlock[] = [];
  let bytes = 0;
  const flush = (): void => {
    if (stage.count === 0) return;
    const next = shared(stage);
    bytes += next.bytes;
    if (bytes > bytesMax) {
      const granted = `${Math.floor(bytesMax / 1_000_000)} MB`;
      const rows = list.reduce((sum, { count }) => sum + count, stage.count);
      const trouble = `the first ${rows} quotes need more than the ${granted} granted`;
      throw new SharedQuotesError(`${trouble}: raise --memory or take a shorter period`);
    }
    list.push(next.block);
    stage.count = 0;
  };
  for await (const block of blocks) {
    for (let from = 0; from < block.count; ) {
      from += append(stage, block, from);
      if (stage.count === rowsOfBlock) flush();
    }
  }
  flush();
  return { blocks: list, bytes };
}

/** Those in `[from, to)`, µs UTC: views of the same memory. */
export function sharedBetween({ blocks }: SharedQuotes, from: number, to: number): QuoteBlock[] {
  return blocks.flatMap((block) => {
    const first = rowAtOrAfter(block, from);
    const end = rowAtOrAfter(block, to);
    return first < end ? [rowsBetween(block, first, end)] : [];
  });
}
