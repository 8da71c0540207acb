import { createQuoteBlock, type QuoteBlock } from '../../market/quotes.ts';
import { assert, present } from '../../model/assert.ts';
import type { OrderFileReader } from '../columns/order-file.ts';
import { BLOCK_ROWS } from '../quote-stream.ts';

/**
 * The current blocks of all streams, one after the other in the same columns, so that a row of any
 * stream is one index away.
 */
class Shelf {
  readonly rows: QuoteBlock;
  /** Where each stream stands, and where its block ends. */
  readonly at: Int32Array;
  readonly end: Int32Array;

  constructor(streams: number, sized: boolean) {
    this.rows = createQuoteBlock(streams * BLOCK_ROWS, sized);
    this.at = new Int32Array(streams);
    this.end = new Int32Array(streams);
  }

  /** The place of a stream's block. */
  place(stream: number): QuoteBlock {
    const from = stream * BLOCK_ROWS;
    const to = from + BLOCK_ROWS;
    const { rows } = this;
    return {
      count: 0,
      time: rows.time.subarray(from, to),
      instrument: rows.instrument.subarray(from, to),
      bid: rows.bid.subarray(from, to),
      ask: rows.ask.subarray(from, to),
      bidSize: rows.bidSize.subarray(from, to),
      askSize: rows.askSize.subarray(from, to),
    };
  }

  filled(stream: number, count: number): void {
    this.at[stream] = stream * BLOCK_ROWS;
    this.end[stream] = stream * BLOCK_ROWS + count;
  }
}

/** A block of a reader, copied to where the shelf has its place for it. */
function copyInto(place: QuoteBlock, block: QuoteBlock): void {
  const { count } = block;
  place.time.set(block.time.subarray(0, count));
  place.bid.set(block.bid.subarray(0, count));
  place.ask.set(block.ask.subarray(0, count));
  place.bidSize.set(block.bidSize.subarray(0, count));
  place.askSize.set(block.askSize.subarray(0, count));
}

/**
 * Moves rows to `out` in the order of `numbers`, from `row` on; returns the stream whose block is
 * used up after row `out.count - 1`, or −1 when all rows of the order are done.
 */
function gather(out: QuoteBlock, numbers: Uint16Array, rows: number, shelf: Shelf): number {
  const { time, instrument, bid, ask, bidSize, askSize } = out;
  const { at, end, rows: from } = shelf;
  const sized = bidSize.length > 0;
  for (let row = out.count; row < rows; row += 1) {
    const stream = numbers[row] as number;
    const place = at[stream] as number;
    time[row] = from.time[place] as number;
    instrument[row] = stream;
    bid[row] = from.bid[place] as number;
    ask[row] = from.ask[place] as number;
    if (sized) {
      bidSize[row] = from.bidSize[place] as number;
      askSize[row] = from.askSize[place] as number;
    }
    at[stream] = place + 1;
    if (place + 1 === end[stream]) {
      out.count = row + 1;
      return stream;
    }
  }
  out.count = rows;
  return -1;
}

/** A stream that gives its blocks into a place of the reader's choice, as `CachedStream` does. */
export interface PlacedStream {
  blocks(block: QuoteBlock): AsyncIterator<QuoteBlock>;
}

/**
 * Several streams merged in an order that is known: what `mergeQuotes` gives, without comparing
 * times. The numbers of the streams are the indices of their instruments.
 */
export async function* replayMerged(
  streams: readonly PlacedStream[],
  order: OrderFileReader,
  sized: boolean,
): AsyncGenerator<QuoteBlock, void, undefined> {
  const shelf = new Shelf(streams.length, sized);
  const places = streams.map((_, stream) => shelf.place(stream));
  const blocks = streams.map((stream, k) => stream.blocks(present(places[k], 'place')));
  const refill = async (stream: number): Promise<void> => {
    const next = await present(blocks[stream], 'stream').next();
    const place = present(places[stream], 'place');
    if (next.done !== true && next.value !== place) copyInto(place, next.value);
    shelf.filled(stream, next.done === true ? 0 : next.value.count);
  };
  const out = createQuoteBlock(BLOCK_ROWS, sized);
  try {
    for (const stream of streams.keys()) await refill(stream);
    while (order.next()) {
      out.count = 0;
      for (;;) {
        const dry = gather(out, order.numbers, order.count, shelf);
        if (dry < 0) break;
        await refill(dry);
      }
      yield out;
    }
    const isDone = shelf.end.every((end, stream) => end === stream * BLOCK_ROWS);
    assert(isDone, 'an order has every row of its streams');
  } finally {
    // Whoever stops early, or because one stream failed, still closes the files of all.
    await Promise.allSettled(blocks.map((iterator) => iterator.return?.()));
  }
}
