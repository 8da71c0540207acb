import { createQuoteBlock, type QuoteBlock } from '../market/quotes.ts';
import { assert, present } from '../model/assert.ts';
import { BLOCK_ROWS } from './quote-reader.ts';

/** The next quote of one stream, and the block that it stands in. */
class Cursor {
  block: QuoteBlock;
  at = 0;

  constructor(block: QuoteBlock) {
    this.block = block;
  }
}

const NOTHING = createQuoteBlock(0);

/**
 * A tournament of streams: each inner node keeps the loser of the match below it, so that after a
 * quote is taken only the matches on one path are played again: log₂ k comparisons a quote.
 */
class Tournament {
  readonly #cursors: Cursor[];
  readonly #times: Float64Array;
  readonly #instruments: Uint16Array;
  /** `#losers[0]` is the winner; node `n` has the children `2n` and `2n + 1`, leaf `i` is `k + i`. */
  readonly #losers: Uint16Array;

  constructor(streams: number) {
    assert(streams < 65_536, `${streams} streams`);
    this.#cursors = Array.from({ length: streams }, () => new Cursor(NOTHING));
    this.#times = new Float64Array(streams).fill(Number.POSITIVE_INFINITY);
    this.#instruments = new Uint16Array(streams);
    this.#losers = new Uint16Array(streams);
  }

  /** Gives a stream its next block, or `undefined` when it is at its end. */
  refill(stream: number, block: QuoteBlock | undefined): void {
    const cursor = present(this.#cursors[stream], 'cursor');
    const last = this.#times[stream] as number;
    cursor.block = block ?? NOTHING;
    cursor.at = 0;
    this.#times[stream] =
      block === undefined ? Number.POSITIVE_INFINITY : (block.time[0] as number);
    this.#instruments[stream] = block?.instrument[0] ?? 0;
    assert(
      last === Number.POSITIVE_INFINITY || last <= (this.#times[stream] as number),
      `stream ${stream} goes back in time between blocks`,
    );
  }

  /** Plays every match, once all streams have their first block. */
  begin(): void {
    const streams = this.#cursors.length;
    const winners = new Uint16Array(2 * streams);
    for (let i = 0; i < streams; i += 1) winners[streams + i] = i;
    for (let node = streams - 1; node > 0; node -= 1) {
      const left = winners[2 * node] as number;
      const right = winners[2 * node + 1] as number;
      const leftWins = this.#isBefore(left, right);
      winners[node] = leftWins ? left : right;
      this.#losers[node] = leftWins ? right : left;
    }
    this.#losers[0] = winners[1] as number;
  }

  /** Order of quotes: time, then instrument, then stream. */
  #isBefore(a: number, b: number): boolean {
    const timeA = this.#times[a] as number;
    const timeB = this.#times[b] as number;
    if (timeA !== timeB) return timeA < timeB;
    const instrumentA = this.#instruments[a] as number;
    const instrumentB = this.#instruments[b] as number;
    return instrumentA === instrumentB ? a < b : instrumentA < instrumentB;
  }

  /** Plays the matches of a stream whose next quote has changed. */
  replay(stream: number): void {
    const losers = this.#losers;
    let winner = stream;
    for (let node = (stream + this.#cursors.length) >> 1; node > 0; node >>= 1) {
      const rival = losers[node] as number;
      if (!this.#isBefore(rival, winner)) continue;
      losers[node] = winner;
      winner = rival;
    }
    losers[0] = winner;
  }

  /** Moves quotes to `out` until it is full (−1), all is at its end (−1), or a stream has run dry. */
  run(out: QuoteBlock): number {
    const { time, instrument, bid, ask, bidSize, askSize } = out;
    const capacity = time.length;
    const times = this.#times;
    let row = out.count;
    while (row < capacity) {
      const stream = this.#losers[0] as number;
      const now = times[stream] as number;
      if (now === Number.POSITIVE_INFINITY) break;
      const cursor = this.#cursors[stream] as Cursor;
      const from = cursor.block;
      const at = cursor.at;
      time[row] = now;
      instrument[row] = from.instrument[at] as number;
      bid[row] = from.bid[at] as number;
      ask[row] = from.ask[at] as number;
      bidSize[row] = from.bidSize[at] as number;
      askSize[row] = from.askSize[at] as number;
      row += 1;
      const next = at + 1;
      if (next === from.count) {
        out.count = row;
        return stream;
      }
      cursor.at = next;
      const then = from.time[next] as number;
      assert(then >= now, 'a stream to merge goes back in time');
      times[stream] = then;
      this.#instruments[stream] = from.instrument[next] as number;
      this.replay(stream);
    }
    out.count = row;
    return -1;
  }
}

async function nextBlock(blocks: AsyncIterator<QuoteBlock>): Promise<QuoteBlock | undefined> {
  for (;;) {
    const next = await blocks.next();
    if (next.done === true) return undefined;
    if (next.value.count > 0) return next.value;
  }
}

async function* mergeMany(
  streams: readonly AsyncIterator<QuoteBlock>[],
  blockRows: number,
): AsyncGenerator<QuoteBlock, void, undefined> {
  const tournament = new Tournament(streams.length);
  const out = createQuoteBlock(blockRows);
  for (const [index, stream] of streams.entries()) {
    tournament.refill(index, await nextBlock(stream));
  }
  tournament.begin();
  for (;;) {
    const dry = tournament.run(out);
    if (dry >= 0) {
      tournament.refill(dry, await nextBlock(present(streams[dry], 'stream')));
      tournament.replay(dry);
      continue;
    }
    if (out.count === 0) return;
    yield out;
    out.count = 0;
  }
}

/**
 * One stream of quotes in time order out of several that are each in time order. Quotes of one time
 * come by instrument index, then by the order of `streams`; quotes of one stream keep their order.
 * A stream's block is used up before its next is asked for, so streams may reuse theirs; the merged
 * block is reused as well. With one stream its own blocks are passed on. Fails as the streams fail.
 */
export async function* mergeQuotes(
  streams: readonly AsyncIterable<QuoteBlock>[],
  blockRows = BLOCK_ROWS,
): AsyncGenerator<QuoteBlock, void, undefined> {
  const [only] = streams;
  if (only === undefined) return;
  if (streams.length === 1) {
    yield* only;
    return;
  }
  const iterators = streams.map((stream) => stream[Symbol.asyncIterator]());
  try {
    yield* mergeMany(iterators, blockRows);
  } finally {
    // Whoever stops early, or because one stream failed, still closes the files of all.
    await Promise.allSettled(iterators.map((iterator) => iterator.return?.()));
  }
}
