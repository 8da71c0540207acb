import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { TransactionFeed } from './transaction-feed.ts';

interface One {
  readonly id: string;
}

function one(id: number): One {
  return { id: String(id) };
}

/** What a source does: it brings a transaction, or speaks of a number. */
type Step =
  | { readonly kind: 'brings'; readonly id: number }
  | { readonly kind: 'speaks'; readonly id: number };

const LAST = 30;
const steps = fc.array(
  fc.record({
    kind: fc.constantFrom('brings' as const, 'brings' as const, 'speaks' as const),
    id: fc.integer({ min: 1, max: LAST }),
  }),
  { maxLength: 120 },
);

suite('the feed of transactions', () => {
  test('tells each once and in order, however three sources mix, repeat and lose them', () => {
    fc.assert(
      fc.property(
        steps,
        fc.integer({ min: 0, max: 5 }),
        fc.integer({ min: 1, max: 8 }),
        (all, from, room) => {
          const told: number[] = [];
          const feed = new TransactionFeed<One>(room, (_, id) => told.push(id));
          feed.open(from);
          let heard = from;
          for (const { kind, id } of all as readonly Step[]) {
            heard = Math.max(heard, id);
            if (kind === 'brings') feed.offer(one(id));
            else feed.hear(id);
            assert(feed.pending <= room);
            assert.equal(feed.heard, heard);
            assert.equal(feed.isBehind, feed.told < heard);
          }
          // Whoever reads what it lacks, page by page, ends with everything told.
          while (feed.isBehind)
            for (let id = feed.told + 1; id <= heard; id += 1) feed.offer(one(id));
          assert.deepEqual(
            told,
            Array.from({ length: heard - from }, (_, i) => from + 1 + i),
          );
          assert.equal(feed.pending, 0);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('what waits for a number is called after it was told, and before the next', () => {
    const seen: string[] = [];
    const feed = new TransactionFeed<One>(10, (_, id) => seen.push(`told ${id}`));
    feed.after(2, () => seen.push('after 2'));
    feed.offer(one(3));
    feed.offer(one(2));
    assert.equal(seen.length, 0, 'nothing before it is opened');
    feed.open(1);
    feed.after(1, () => seen.push('after 1'));
    assert.deepEqual(seen, ['told 2', 'after 2', 'told 3', 'after 1']);
  });

  test('what telling brings in is told after it, never within it', () => {
    const seen: string[] = [];
    const feed = new TransactionFeed<One>(10, (_, id) => {
      seen.push(`begin ${id}`);
      if (id < 4) feed.offer(one(id + 1));
      seen.push(`end ${id}`);
    });
    feed.open(1);
    feed.offer(one(2));
    assert.deepEqual(seen, ['begin 2', 'end 2', 'begin 3', 'end 3', 'begin 4', 'end 4']);
  });

  test('shut it tells nothing, forgets who waits, and keeps what comes', () => {
    const seen: number[] = [];
    const feed = new TransactionFeed<One>(10, (_, id) => seen.push(id));
    feed.open(5);
    feed.shut();
    feed.after(5, () => assert.fail('it was shut'));
    feed.offer(one(6));
    assert.equal(seen.length, 0);
    feed.shut();
    feed.open(5);
    assert.deepEqual(seen, [6]);
  });
});
