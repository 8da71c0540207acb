import { createQuoteBlock, type QuoteBlock } from '../market/quotes.ts';
import { assert, present } from '../model/assert.ts';
import { BLOCK_ROWS } from './quote-stream.ts';

const NOTHING = createQuoteBlock(0);

/** The next quote of one stream, and the block that it stands in. */
class Cursor {
  block: QuoteBlock = NOTHING;
  at = 0;
  /** Time of that quote; infinite at the end of the stream. */
  time = Number.POSITIVE_INFINITY;
  instrument = 0;
}

/**
 * A tournament of streams: each inner node keeps the loser of the match below it, so that after a
 * quote is taken only the matches on one path are played again: log₂ k comparisons a quote. The
 * loser's time stands in the node too: most matches are decided by it alone.
 */
class Tournament {
  readonly #cursors: readonly Cursor[];
  /**
   * Node `n` has the children `2n` and `2n + 1`; leaf `i` is node `k + i`; node 0 is the winner.
   */
  readonly #losers: Uint16Array;
  readonly #times: Float64Array;

  constructor(streams: number) {
    assert(streams < 65_536, `${streams} streams`);
    this.#cursors = Array.from({ length: streams }, () => new Cursor());
    this.#losers = new Uint16Array(streams);
    this.#times = new Float64Array(streams);
  }

  #cursor(stream: number): Cursor {
    return present(this.#cursors[stream], 'cursor');
  }

  /** Gives a stream its next block, or `undefined` when it is at its end. */
  refill(stream: number, block: QuoteBlock | undefined): void {
    const cursor = this.#cursor(stream);
    const last = cursor.time;
    cursor.block = block ?? NOTHING;
    cursor.at = 0;
    cursor.time = block?.time[0] ?? Number.POSITIVE_INFINITY;
    cursor.instrument = block?.instrument[0] ?? 0;
    const inOrder = last === Number.POSITIVE_INFINITY || last <= cursor.time;
    assert(inOrder, 'a stream to merge goes back in time between its blocks');
  }

  /** Plays every match, once all streams have their first block. */
  begin(): void {
    const streams = this.#cursors.length;
    const winners = new Uint16Array(2 * streams);
    for (let i = 0; i < streams; i += 1) winners[streams + i] = i;
    for (let node = streams - 1; node > 0; node -= 1) {
      const left = winners[2 * node] as number;
      const right = winners[2 * node + 1] as number;
      const a = this.#cursor(left);
      const b = this.#cursor(right);
      const leftWins = a.time === b.time ? this.#winsTie(left, right) : a.time < b.time;
      winners[node] = leftWins ? left : right;
      this.#losers[node] = leftWins ? right : left;
      this.#times[node] = leftWins ? b.time : a.time;
    }
    this.#losers[0] = winners[1] as number;
  }

  /** At one time the lower instrument comes first, then the earlier stream. */
  #winsTie(a: number, b: number): boolean {
    const order = this.#cursor(a).instrument - this.#cursor(b).instrument;
    return order === 0 ? a < b : order < 0;
  }

  /** Plays the matches of a stream whose next quote has changed. */
  replay(stream: number): void {
    const losers = this.#losers;
    const times = this.#times;
    let winner = stream;
    let time = this.#cursor(stream).time;
    for (let node = (stream + times.length) >> 1; node > 0; node >>= 1) {
      const rivalTime = times[node] as number;
      if (rivalTime > time) continue;
      const rival = losers[node] as number;
      if (rivalTime === time && this.#winsTie(winner, rival)) continue;
      losers[node] = winner;
      times[node] = time;
      winner = rival;
      time = rivalTime;
    }
    losers[0] = winner;
  }

  /**
   * Moves quotes to `out` until it is full (−1), all is at its end (−1), or a stream has run dry.
   */
  run(out: QuoteBlock): number {
    const { time, instrument, bid, ask, bidSize, askSize } = out;
    const capacity = time.length;
    const cursors = this.#cursors;
    const losers = this.#losers;
    let row = out.count;
    while (row < capacity) {
      const stream = losers[0] as number;
      const cursor = cursors[stream] as Cursor;
      const now = cursor.time;
      if (now === Number.POSITIVE_INFINITY) break;
      const from = cursor.block;
      const at = cursor.at;
      time[row] = now;
      instrument[row] = cursor.instrument;
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
      const then = from.time[next] as number;
      assert(then >= now, 'a stream to merge goes back in time');
      cursor.at = next;
      cursor.time = then;
      cursor.instrument = from.instrument[next] as number;
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
