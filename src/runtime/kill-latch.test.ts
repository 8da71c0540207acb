import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { JournalError } from '../journal/journal-error.ts';
import { printJournal } from '../journal/read-journal.ts';
import { TradingState } from '../model/gate.ts';
import { SimulatedCrash, SimulatedDisk } from '../simulation/simulated-disk.ts';
import { beginEmbedded, openEmbedded } from '../testing/embedded-rig.ts';
import { walkedTape } from '../testing/loop-rig.ts';
import { KillLatch, type Latch } from './kill-latch.ts';

const LATCH: Latch = { tradingState: 'halted', flatten: false, by: 'ann', reason: 'a test' };
const TAPE = walkedTape(120, 3);

function latchOf(disk: SimulatedDisk): KillLatch {
  return new KillLatch(disk, 'data');
}

function leave(disk: SimulatedDisk, content: string): void {
  const file = disk.create('data/kill.latch');
  file.write(Buffer.from(content), 0);
  file.sync();
  disk.syncDirectory('data');
}

/** Names of the operators whose kills the journal holds. */
function kills(disk: SimulatedDisk): unknown[] {
  const found: unknown[] = [];
  printJournal(disk, 'data', { kinds: ['control'] }, ({ by }) => found.push(by));
  return found;
}

suite('the latch', () => {
  test('comes back as it was left, and goes when what it says is durable elsewhere', () => {
    const disk = new SimulatedDisk();
    latchOf(disk).write(LATCH);
    disk.crash(() => 0);
    const latch = latchOf(disk);
    assert.deepEqual(latch.take(), LATCH);
    latch.clear();
    assert.equal(latch.take(), undefined);
  });

  test('whatever a file of its name holds, it stops the engine', () => {
    for (const content of [
      '',
      '{',
      'null',
      '7',
      '{}',
      '{"by":"a"}',
      '{"by":7,"reason":"x"}',
      'stop!',
    ]) {
      const disk = new SimulatedDisk();
      leave(disk, content);
      const found = latchOf(disk).take();
      assert.deepEqual([found?.tradingState, found?.by], ['exit_only', 'file'], content);
    }
  });

  test('what was left since it was read is not taken away', () => {
    const disk = new SimulatedDisk();
    const latch = latchOf(disk);
    latch.write(LATCH);
    latch.take();
    latchOf(disk).write({ ...LATCH, by: 'bob' });
    latch.clear();
    assert.equal(latchOf(disk).take()?.by, 'bob');
  });

  test('a running engine obeys it, once', () => {
    const disk = new SimulatedDisk();
    const engine = beginEmbedded(openEmbedded(disk));
    engine.feed(TAPE, 0, 60);
    engine.operator.obeyLatch(engine.kernel.book.time);
    assert.equal(engine.kernel.book.tradingState, TradingState.active);
    latchOf(disk).write(LATCH);
    engine.operator.obeyLatch(engine.kernel.book.time);
    engine.operator.obeyLatch(engine.kernel.book.time);
    assert.equal(engine.kernel.book.tradingState, TradingState.halted);
    assert.deepEqual(kills(disk), ['ann']);
    assert.equal(latchOf(disk).take(), undefined);
  });

  test('killed at any operation of a start, it is never forgotten: journaled, or still there', () => {
    const before = new SimulatedDisk();
    const first = beginEmbedded(openEmbedded(before));
    first.feed(TAPE, 0, 60);
    first.commit();
    latchOf(before).write(LATCH);
    const whole = before.copy();
    beginEmbedded(openEmbedded(whole, { nonce: 'bcdefghijk' }));
    const { operations } = whole;
    assert(operations > 20);
    for (let at = 1; at <= operations; at++) {
      const disk = before.copy();
      let count = 0;
      disk.meet(() => {
        count += 1;
        return count === at ? (at % 2 === 0 ? 'crash_before' : 'crash_after') : 'none';
      });
      try {
        beginEmbedded(openEmbedded(disk, { nonce: 'bcdefghijk' }));
      } catch (error) {
        const cause = error instanceof JournalError ? error.cause : error;
        if (!(cause instanceof SimulatedCrash)) throw error;
      }
      disk.crash(() => 0);
      const next = beginEmbedded(openEmbedded(disk, { nonce: 'cdefghijkl' }));
      assert.equal(next.kernel.book.tradingState, TradingState.halted, `killed at ${at}`);
      assert(kills(disk).includes('ann'), `killed at ${at}`);
      assert.equal(latchOf(disk).take(), undefined, `killed at ${at}`);
    }
  });
});

suite('an engine that is about to stop', () => {
  test('hears of quotes and fills, and asks for nothing new; the next start asks again', () => {
    const disk = new SimulatedDisk();
    const engine = beginEmbedded(openEmbedded(disk));
    engine.feed(TAPE, 0, 60);
    const { orders } = engine.kernel.book;
    const last = orders.lastHandle;
    assert(last > 0, 'the strategy is busy');
    engine.operator.close('a test', engine.kernel.book.time);
    engine.feed(TAPE, 60, 110);
    assert.equal(orders.lastHandle, last);
    engine.stop('a test');
    const next = beginEmbedded(openEmbedded(disk, { nonce: 'bcdefghijk' }));
    assert.equal(next.kernel.book.stops.closing, false);
    next.feed(TAPE, 110, 120);
    assert(next.kernel.book.orders.lastHandle > last);
  });

  test('killed on its way to the stop, it is found as it was', () => {
    const disk = new SimulatedDisk();
    const engine = beginEmbedded(openEmbedded(disk));
    engine.feed(TAPE, 0, 60);
    engine.operator.close('a test', engine.kernel.book.time);
    engine.feed(TAPE, 60, 90);
    engine.commit();
    const { book } = engine.kernel;
    const found = openEmbedded(disk, { nonce: 'bcdefghijk' });
    assert.equal(found.directory.recovery.divergence, undefined);
    assert.equal(found.kernel.book.orders.lastHandle, book.orders.lastHandle);
    assert.equal(found.kernel.book.stops.closing, true);
  });
});
