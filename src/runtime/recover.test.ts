import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { SimulatedDisk } from '../simulation/simulated-disk.ts';
import {
  beginEmbedded,
  type EmbeddedOptions,
  openEmbedded,
  statesOf,
} from '../testing/embedded-rig.ts';
import { walkedTape } from '../testing/loop-rig.ts';
import type { EmbeddedEngine } from './embedded-engine.ts';

const TAPE = walkedTape(1200, 11);

/** Feeds rows in pieces, each made durable; what stood at each commit is kept. */
function feed(
  engine: EmbeddedEngine,
  from: number,
  to: number,
  piece = 97,
): Record<string, string> {
  for (let at = from; at < to; at += piece) {
    engine.feed(TAPE, at, Math.min(to, at + piece));
    engine.commit();
    engine.directory.tend();
  }
  return statesOf(engine);
}

/** A disk after a life that was killed at a row, and what the state was when it was durable last. */
function killedAt(
  row: number,
  options: EmbeddedOptions = {},
): { disk: SimulatedDisk; before: Record<string, string> } {
  const disk = new SimulatedDisk();
  const engine = beginEmbedded(openEmbedded(disk, options));
  const before = feed(engine, 0, row);
  return { disk, before };
}

suite('recovery', () => {
  test('killed anywhere, the next life finds book, strategies and venue to the byte', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 20, max: 900 }),
        (row, n) => {
          const options = { parts: { snapshotEvery: n } };
          const { disk, before } = killedAt(row, options);
          const again = openEmbedded(disk, options);
          assert.deepEqual(statesOf(again), before);
          assert.equal(again.directory.recovery.divergence, undefined);
          // A second recovery changes nothing.
          assert.deepEqual(statesOf(openEmbedded(disk, options)), before);
        },
      ),
      { numRuns: 15 },
    );
  });

  test('folded without deciding, book and venue are the same to the byte', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 20, max: 5000 }),
        (row, n) => {
          const { disk, before } = killedAt(row, { parts: { snapshotEvery: n } });
          const policy = { kind: 'none', by: 'ann', reason: 'test' } as const;
          const again = openEmbedded(disk, { parts: { policy } });
          const { book, venue } = statesOf(again);
          assert.deepEqual({ book, venue }, { book: before['book'], venue: before['venue'] });
          assert.equal(again.directory.recovery.strategies, 'none');
        },
      ),
      { numRuns: 15 },
    );
  });

  test('what was not durable never happened: the market goes on from there as if first seen', () => {
    const disk = new SimulatedDisk();
    const first = beginEmbedded(openEmbedded(disk));
    const before = feed(first, 0, 500);
    first.feed(TAPE, 500, 501);
    disk.endProcess();
    const second = openEmbedded(disk);
    const now = statesOf(second);
    // An effect made the row durable, or it was lost with the process.
    const isAhead = second.kernel.quotes === first.kernel.quotes;
    assert.deepEqual(now, isAhead ? statesOf(first) : before);
  });

  test('lives upon lives: each goes on where the one before was killed', () => {
    const disk = new SimulatedDisk();
    let row = 0;
    for (const [life, rows] of [150, 3, 220, 90, 260].entries()) {
      const engine = openEmbedded(disk, {
        nonce: `nonce0000${life}`,
        parts: { snapshotEvery: 300 },
      });
      assert.equal(engine.kernel.quotes, row);
      beginEmbedded(engine);
      assert(engine.kernel.book.reconciliation.armed, 'engine and venue agree');
      const before = feed(engine, row, row + rows);
      row += rows;
      assert.deepEqual(statesOf(openEmbedded(disk)), before);
    }
    const { book } = openEmbedded(disk).kernel;
    assert(book.orders.lastHandle > 20, 'the tape must make it trade');
  });
});
