import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { createQuoteBlock, type QuoteBlock } from '../market/quotes.ts';
import type { TimeUs } from '../model/units.ts';
import { blockOf, type QuoteRow, rowsOf } from '../testing/quote-files.ts';
import { type FeedPosition, GeneratedFeed, type QuoteFeed, TapeFeed } from './quote-feed.ts';

const NOW = Number.NEGATIVE_INFINITY;
const END = Number.POSITIVE_INFINITY;

/** Rows numbered by their bid, at the times. */
function rowsAt(times: readonly number[]): QuoteRow[] {
  return times.map((time, i): QuoteRow => [time, i % 3, i, i + 1, 7, 8]);
}

/** The rows in blocks of the sizes, over and over; a size of 0 is an empty block. */
async function* blocksOf(
  rows: readonly QuoteRow[],
  sizes: readonly number[],
): AsyncGenerator<QuoteBlock> {
  let at = 0;
  for (let i = 0; at < rows.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    yield blockOf(rows.slice(at, at + size));
    at += size;
  }
}

/** The rows through one block that is filled again each time, as readers do. */
async function* oneBlock(rows: readonly QuoteRow[], size: number): AsyncGenerator<QuoteBlock> {
  const block = createQuoteBlock(size);
  for (let at = 0; at < rows.length; at += size) {
    const part = blockOf(rows.slice(at, at + size));
    for (const name of ['time', 'instrument', 'bid', 'ask', 'bidSize', 'askSize'] as const) {
      block[name].set(part[name]);
    }
    block.count = part.count;
    yield block;
  }
}

/** Everything up to `until`, copied out. */
async function take(feed: QuoteFeed, until: number): Promise<QuoteRow[]> {
  const taken: QuoteRow[] = [];
  for (;;) {
    const slice = await feed.next(until);
    if (slice === undefined) return taken;
    const { block, from, to } = slice;
    assert(from >= 0 && from < to && to <= block.count, 'a slice is never empty');
    const rows = rowsOf(block).slice(from, to);
    assert(rows.every(([time]) => time <= until));
    taken.push(...rows);
  }
}

const anyTimes = fc
  .array(fc.integer({ min: -5, max: 60 }), { maxLength: 40 })
  .map((times) => times.sort((a, b) => a - b));
const anySizes = fc.array(fc.nat(5), { minLength: 1, maxLength: 5 }).map((sizes) => [...sizes, 2]);
const anyCuts = fc.array(fc.integer({ min: -10, max: 70 }), { maxLength: 12 });

/** Where a life is that took these rows, and for which time did not go on after them. */
function positionAfter(taken: readonly QuoteRow[]): FeedPosition | undefined {
  const time = taken.at(-1)?.[0];
  if (time === undefined) return undefined;
  const quotes = taken.filter(([at]) => at === time).length;
  return { time: time as TimeUs, quoteTime: time, quotes };
}

/** Where a life is that took all rows up to a time, and for which that time has passed. */
function allUpTo(rows: readonly QuoteRow[], time: number): FeedPosition {
  const taken = positionAfter(rows.filter(([at]) => at <= time));
  return { quoteTime: 0, quotes: 0, ...taken, time: (time + 1) as TimeUs };
}

suite('tape feed', () => {
  test('fed up to any times it gives every row once, in order, and each when it is due', () =>
    fc.assert(
      fc.asyncProperty(anyTimes, anySizes, anyCuts, async (times, sizes, cuts) => {
        const rows = rowsAt(times);
        const feed = new TapeFeed(blocksOf(rows, sizes));
        const seen: QuoteRow[] = [];
        let reached = NOW;
        for (const cut of cuts) {
          seen.push(...(await take(feed, cut)));
          reached = Math.max(reached, cut);
          assert.equal(seen.length, rows.filter(([time]) => time <= reached).length);
        }
        seen.push(...(await take(feed, END)));
        assert.deepEqual(seen, rows);
        assert.equal(feed.ended, true);
        assert.equal(await feed.next(END), undefined);
      }),
    ));

  test('rows at or before the end of the last life are passed over, across any blocks', () =>
    fc.assert(
      fc.asyncProperty(
        anyTimes,
        anySizes,
        fc.integer({ min: -10, max: 70 }),
        async (times, sizes, after) => {
          const rows = rowsAt(times);
          const feed = new TapeFeed(blocksOf(rows, sizes), allUpTo(rows, after));
          const wanted = rows.filter(([time]) => time > after);
          assert.equal(await feed.peekTime(), wanted[0]?.[0]);
          assert.deepEqual(await take(feed, END), wanted);
        },
      ),
    ));

  test('a life cut at any time and gone on with gives what one life gives', () =>
    fc.assert(
      fc.asyncProperty(
        anyTimes,
        anySizes,
        fc.integer({ min: -10, max: 70 }),
        async (times, sizes, cut) => {
          const rows = rowsAt(times);
          const first = await take(new TapeFeed(blocksOf(rows, sizes)), cut);
          const second = await take(new TapeFeed(blocksOf(rows, sizes), allUpTo(rows, cut)), END);
          assert.deepEqual([...first, ...second], rows);
        },
      ),
    ));

  test('a life cut between rows of one time goes on with the very next row', () =>
    fc.assert(
      fc.asyncProperty(anyTimes, anySizes, fc.nat(40), async (times, sizes, cut) => {
        const rows = rowsAt(times);
        const taken = rows.slice(0, cut);
        const feed = new TapeFeed(blocksOf(rows, sizes), positionAfter(taken));
        assert.deepEqual(await take(feed, END), rows.slice(cut));
      }),
    ));

  test('peeking consumes nothing, however often and wherever it is done', () =>
    fc.assert(
      fc.asyncProperty(anyTimes, anySizes, anyCuts, async (times, sizes, cuts) => {
        const rows = rowsAt(times);
        const feed = new TapeFeed(blocksOf(rows, sizes));
        const seen: QuoteRow[] = [];
        for (const cut of [...cuts, END]) {
          for (let i = 0; i < 2; i++) {
            assert.equal(await feed.peekTime(), rows[seen.length]?.[0]);
          }
          seen.push(...(await take(feed, cut)));
        }
        assert.deepEqual(seen, rows);
      }),
    ));

  test('it has ended only once the tape has, not while rows are still to come due', async () => {
    const feed = new TapeFeed(blocksOf(rowsAt([1, 2, 3]), [2]));
    assert.equal(feed.ended, false);
    assert.equal((await take(feed, 2)).length, 2);
    assert.equal(feed.ended, false);
    assert.equal(await feed.peekTime(), 3);
    assert.equal(feed.ended, false);
    assert.equal((await take(feed, 3)).length, 1);
    assert.equal(feed.ended, true);
    assert.equal(await feed.peekTime(), undefined);
  });

  test('a tape without rows ends at once', async () => {
    for (const sizes of [[1], [0, 2]]) {
      const feed = new TapeFeed(blocksOf([], sizes));
      assert.equal(await feed.peekTime(), undefined);
      assert.equal(feed.ended, true);
    }
    async function* empty(): AsyncGenerator<QuoteBlock> {
      for (let i = 0; i < 3; i++) yield blockOf([]);
    }
    const feed = new TapeFeed(empty());
    assert.equal(await feed.next(END), undefined);
    assert.equal(feed.ended, true);
  });

  test('a reader that fills one block again and again loses no row', async () => {
    const rows = rowsAt(Array.from({ length: 50 }, (_, i) => i >> 1));
    for (const after of [NOW, 0, 7, 12]) {
      const feed = new TapeFeed(oneBlock(rows, 4), allUpTo(rows, after));
      const seen: QuoteRow[] = [];
      for (let until = 0; until < 30; until += 3) seen.push(...(await take(feed, until)));
      assert.deepEqual(
        seen,
        rows.filter(([time]) => time > after),
      );
    }
  });

  test('a tape that breaks while it is read is an error, not an end', async () => {
    async function* broken(): AsyncGenerator<QuoteBlock> {
      yield blockOf(rowsAt([1]));
      throw new Error('torn');
    }
    const feed = new TapeFeed(broken());
    await assert.rejects(take(feed, END), /torn/);
    assert.equal(feed.ended, false);
  });
});

/** A market that quotes every 3 µs, at most `room` quotes at a time. */
function everyThree(room: number) {
  return (block: QuoteBlock, from: TimeUs, to: TimeUs): TimeUs => {
    let time = Math.ceil(from / 3) * 3;
    for (; time < to; time += 3) {
      if (block.count === room) return time as TimeUs;
      block.time[block.count] = time;
      block.bid[block.count] = time * 2;
      block.ask[block.count] = time * 2 + 1;
      block.count += 1;
    }
    return to;
  };
}

suite('generated feed', () => {
  test('fed up to any times it gives the same rows, whatever fits into a block', () =>
    fc.assert(
      fc.asyncProperty(
        fc.nat(50),
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.nat(200), { maxLength: 12 }),
        async (from, room, cuts) => {
          const whole = await take(new GeneratedFeed(everyThree(8192), from as TimeUs), 200);
          const feed = new GeneratedFeed(everyThree(room), from as TimeUs);
          const seen: QuoteRow[] = [];
          for (const cut of [...cuts, 200]) {
            seen.push(...(await take(feed, cut)));
            assert.equal(feed.ended, false);
          }
          assert.deepEqual(seen, whole);
          const times = seen.map(([time]) => time);
          const wanted = Array.from({ length: 67 }, (_, i) => i * 3).filter((t) => t >= from);
          assert.deepEqual(times, wanted);
        },
      ),
    ));

  test('a time that has passed gives nothing, nor does a quiet market, and neither is an end', async () => {
    const feed = new GeneratedFeed(everyThree(5), 100 as TimeUs);
    assert.equal(await feed.next(99), undefined);
    assert.equal(await feed.next(100), undefined);
    assert.deepEqual(
      (await take(feed, 102)).map(([time]) => time),
      [102],
    );
    assert.equal(await feed.next(50), undefined);
    assert.equal(feed.ended, false);
  });

  test('more rows than one block holds come in several slices, none lost', async () => {
    const generate = everyThree(8192);
    const rows = await take(new GeneratedFeed(generate, 0 as TimeUs), 3 * 20_000);
    assert.equal(rows.length, 20_001);
    assert(rows.every(([time], i) => time === i * 3));
  });
});
