import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { StrategyDefinition } from '../kernel/strategy/api.ts';
import { TradingState } from '../model/gate.ts';
import type { Quantity } from '../model/units.ts';
import { SimulatedDisk } from '../simulation/simulated-disk.ts';
import {
  beginEmbedded,
  type EmbeddedOptions,
  embeddedConfigs,
  openEmbedded,
  statesOf,
} from '../testing/embedded-rig.ts';
import { walkedTape } from '../testing/loop-rig.ts';
import { strategyOf } from '../testing/puppet.ts';
import type { EmbeddedEngine } from './embedded-engine.ts';
import { RecoveryError } from './recovery-error.ts';

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

  test('a tail is decided anew and compared unless nothing of it is left', () => {
    const { disk } = killedAt(700);
    const { recovery } = openEmbedded(disk).directory;
    assert.equal(recovery.compared, true);
    assert(recovery.frames > 700);
    assert.equal(recovery.strategies, 'continued');
    const { disk: stopped } = killedAt(1);
    const engine = beginEmbedded(openEmbedded(stopped));
    feed(engine, 1, 300);
    engine.stop('test');
    const after = openEmbedded(stopped).directory.recovery;
    assert.deepEqual([after.frames, after.compared, after.strategies], [0, false, 'continued']);
  });
});

const ACCEPTED = { kind: 'fresh', by: 'ann', reason: 'new rules' } as const;
const MANAGE = { kind: 'none', by: 'ann', reason: 'broken' } as const;

/** Orders at each fifth quote, and differently when `turned`. */
function plain(turned: boolean, version = 1): StrategyDefinition<unknown> {
  return strategyOf(
    (setup) => {
      const k = setup.instrument('EURUSD');
      setup.quotes(k);
      let seen = 0;
      return {
        onQuote: (context) => {
          seen += 1;
          if (seen % 5 !== 0) return;
          const side = (seen % 10 === 0) === turned ? 'buy' : 'sell';
          context.submit({ instrument: k, type: 'market', side, quantity: 1000 as Quantity });
        },
        save: () => ({ seen }),
        restore: (data) => {
          seen = Number(Reflect.get(Object(data), 'seen'));
        },
      };
    },
    { version },
  );
}

suite('strategies that changed', () => {
  test('a changed strategy stops the start and says at which frame', () => {
    const { disk } = killedAt(400, { strategy: plain(false) });
    assert.throws(
      () => openEmbedded(disk, { strategy: plain(true) }),
      (error) => {
        assert(error instanceof RecoveryError);
        assert.equal(error.code, 'STRATEGY_DIVERGED');
        return /frame \d+ has decision, and now it decides decision/.test(error.message);
      },
    );
    // Nothing was changed by the refusal: the strategy as it was goes on.
    openEmbedded(disk, { strategy: plain(false) });
  });

  test('one that ends up silent, or throws, where it decided, is told apart as well', () => {
    const { disk } = killedAt(400, { strategy: plain(false) });
    const silent = strategyOf(() => ({}));
    const refused = { code: 'STRATEGY_DIVERGED' };
    assert.throws(() => openEmbedded(disk, { strategy: silent }), refused);
    const failing = strategyOf((setup) => {
      setup.quotes(setup.instrument('EURUSD'));
      return {
        onQuote: () => {
          throw new Error('no longer');
        },
      };
    });
    assert.throws(() => openEmbedded(disk, { strategy: failing }), refused);
    const { disk: idle } = killedAt(400, { strategy: silent });
    for (const name of idle.list('data/snapshots')) idle.remove(`data/snapshots/${name}`);
    assert.throws(() => openEmbedded(idle, { strategy: plain(false) }), refused);
  });

  test('accepted, the books stand, the strategy starts afresh, and only exits are allowed', () => {
    const { disk, before } = killedAt(400, { strategy: plain(false) });
    const options = { strategy: plain(true), parts: { policy: ACCEPTED } };
    const engine = openEmbedded(disk, options);
    const { book, venue } = statesOf(engine);
    assert.deepEqual([book, venue], [before['book'], before['venue']]);
    assert.equal(engine.directory.recovery.strategies, 'fresh');
    assert.equal(engine.directory.recovery.divergence?.journaled, 'decision');
    beginEmbedded(engine);
    assert.equal(engine.kernel.book.tradingState, TradingState.exitOnly);
    const after = feed(engine, 400, 600);
    // It is the strategy from here on, without anybody's word.
    const again = openEmbedded(disk, { strategy: plain(true) });
    assert.deepEqual(statesOf(again), after);
    assert.equal(again.directory.recovery.strategies, 'continued');
  });

  test('accepted without need, nothing is reset', () => {
    const { disk, before } = killedAt(400, { strategy: plain(false) });
    const engine = openEmbedded(disk, { strategy: plain(false), parts: { policy: ACCEPTED } });
    assert.deepEqual(statesOf(engine), before);
    beginEmbedded(engine);
    assert.equal(engine.kernel.book.tradingState, TradingState.active);
  });

  test('managed only, no strategy runs, and its return has to be accepted', () => {
    const { disk, before } = killedAt(400, { strategy: plain(false) });
    const managed = openEmbedded(disk, { parts: { policy: MANAGE } });
    assert.equal(statesOf(managed)['book'], before['book']);
    beginEmbedded(managed);
    const { lastHandle } = managed.kernel.book.orders;
    feed(managed, 400, 700);
    assert.equal(managed.kernel.book.orders.lastHandle, lastHandle, 'nobody orders');
    managed.stop('test');
    const refused = { code: 'STRATEGY_DIVERGED' };
    assert.throws(() => openEmbedded(disk, { strategy: plain(false) }), refused);
    openEmbedded(disk, { parts: { policy: MANAGE } });
    openEmbedded(disk, { strategy: plain(false), parts: { policy: ACCEPTED } });
  });

  test('killed while managed only, the reset in the tail is not decided across', () => {
    const { disk } = killedAt(400, { strategy: plain(false) });
    const managed = beginEmbedded(openEmbedded(disk, { parts: { policy: MANAGE } }));
    feed(managed, 400, 500);
    // The snapshot of the start is lost: recovery begins before the reset.
    for (const name of disk.list('data/snapshots').slice(1)) disk.remove(`data/snapshots/${name}`);
    const options = { strategy: plain(false) };
    assert.throws(() => openEmbedded(disk, options), { code: 'STRATEGY_DIVERGED' });
    openEmbedded(disk, { ...options, parts: { policy: ACCEPTED } });
  });

  test('a state that does not fit its strategy any more is not taken over, nor is it damage', () => {
    const disk = new SimulatedDisk();
    const first = beginEmbedded(openEmbedded(disk, { strategy: plain(false) }));
    feed(first, 0, 300);
    const before = statesOf(first);
    first.stop('test');
    const refusing = strategyOf(() => ({
      restore: () => {
        throw new Error('of other parameters');
      },
    }));
    for (const strategy of [refusing, plain(false, 2)]) {
      assert.throws(() => openEmbedded(disk, { strategy }), { code: 'STRATEGY_DIVERGED' });
      const engine = openEmbedded(disk, { strategy, parts: { policy: ACCEPTED } });
      assert.equal(statesOf(engine)['book'], before['book']);
      assert.equal(engine.directory.recovery.strategies, 'fresh');
    }
  });

  test('another version of the engine does not decide a tail anew; without a tail it goes on', () => {
    const { disk, before } = killedAt(400, { strategy: plain(false) });
    const newer = { strategy: plain(false), engineVersion: '2', configHash: 'c2' };
    const earlier = new Map([['c1', embeddedConfigs({ strategy: plain(false) })]]);
    const refused = { code: 'STRATEGY_DIVERGED' };
    assert.throws(() => openEmbedded(disk, { ...newer, parts: { earlier } }), refused);
    const engine = openEmbedded(disk, { strategy: plain(false) });
    beginEmbedded(engine).stop('for the upgrade');
    const upgraded = openEmbedded(disk, newer);
    assert.equal(upgraded.directory.recovery.strategies, 'continued');
    assert.notEqual(statesOf(upgraded)['strategies'], '');
    assert.notEqual(before['book'], '');
  });
});

suite('configurations that changed', () => {
  const gateless = { kernel: { failures: { max: 7, withinUs: 1_000_000 } } };

  test('the tail is read under its own configuration, and the new one comes after it', () => {
    const { disk, before } = killedAt(500);
    const changed: EmbeddedOptions = { ...gateless, configHash: 'c2' };
    assert.throws(
      () => openEmbedded(disk, changed),
      (error) => {
        assert(error instanceof RecoveryError);
        assert.equal(error.code, 'CONFIGURATION_UNKNOWN');
        return error.configured?.configHash === 'c1';
      },
    );
    const earlier = new Map([['c1', embeddedConfigs()]]);
    const engine = openEmbedded(disk, { ...changed, parts: { earlier } });
    assert.deepEqual(statesOf(engine), before);
    beginEmbedded(engine);
    const after = feed(engine, 500, 800);
    assert.deepEqual(statesOf(openEmbedded(disk, changed)), after);
    // Where no snapshot is left, the change lies within the tail.
    for (const name of disk.list('data/snapshots')) disk.remove(`data/snapshots/${name}`);
    const whole = openEmbedded(disk, { ...changed, parts: { earlier } });
    assert.deepEqual(statesOf(whole), after);
    assert.equal(whole.directory.recovery.compared, true);
  });

  test('after a clean stop nothing has to be known of the earlier one', () => {
    const disk = new SimulatedDisk();
    const first = beginEmbedded(openEmbedded(disk));
    const before = feed(first, 0, 300);
    first.stop('test');
    assert.deepEqual(statesOf(openEmbedded(disk, { ...gateless, configHash: 'c2' })), before);
  });

  test('another commission of the embedded venue is another venue: its tail does not fit', () => {
    const { disk } = killedAt(500);
    const { kernel, venue } = embeddedConfigs();
    const dear = { kernel, venue: { ...venue, latency: { ...venue.latency, reportUs: 70_000 } } };
    const earlier = new Map([['c1', dear]]);
    const options: EmbeddedOptions = { configHash: 'c2', parts: { earlier } };
    assert.throws(() => openEmbedded(disk, options), { code: 'VENUE_DIVERGED' });
  });
});

suite('snapshots and the journal', () => {
  test('a damaged snapshot is named and passed over, and the state is the same without it', () => {
    const { disk, before } = killedAt(600, { parts: { snapshotEvery: 500 } });
    const [, newest = ''] = disk.list('data/snapshots');
    disk.rot(`data/snapshots/${newest}`, (held) => {
      held[held.length >> 1] = (held[held.length >> 1] ?? 0) ^ 1;
    });
    const engine = openEmbedded(disk);
    const { passedOver, snapshot } = engine.directory.recovery;
    assert.match(passedOver.join(), new RegExp(newest));
    assert.notEqual(snapshot, newest);
    assert.deepEqual(statesOf(engine), before);
    // The next snapshot takes its place, and the good one before is kept.
    beginEmbedded(engine);
    assert(!disk.list('data/snapshots').includes(newest));
    assert.equal(disk.list('data/snapshots').length, 2);
  });

  test('a snapshot beyond the journal says that its end was lost: exit-only until somebody looks', () => {
    const disk = new SimulatedDisk();
    const engine = beginEmbedded(openEmbedded(disk));
    feed(engine, 0, 200);
    const log = disk.list('data/journal').find((name) => name.endsWith('.log')) ?? '';
    const old = disk.readDurable(`data/journal/${log}`).slice();
    feed(engine, 200, 400);
    engine.stop('test');
    disk.rot(`data/journal/${log}`, (held) => held.set(old));
    const errors: unknown[] = [];
    const report = (fields: { readonly code?: unknown }): void => void errors.push(fields.code);
    const quiet = (): void => undefined;
    const log2 = { info: quiet, warn: quiet, error: report };
    const again = openEmbedded(disk, { log: log2 });
    assert.equal(again.directory.recovery.lostTail, true);
    assert.equal(again.kernel.quotes, 200);
    assert(errors.includes('TAIL_LOST'));
    beginEmbedded(again);
    assert.equal(again.kernel.book.tradingState, TradingState.exitOnly);
    assert.equal(again.kernel.book.restored, true);
  });

  test('a journal without its beginning and without a snapshot that leads there is refused', () => {
    const disk = new SimulatedDisk();
    const segments = { segmentBytes: 65_536, ageMaxUs: Number.MAX_SAFE_INTEGER, journalId: 'j' };
    const engine = beginEmbedded(openEmbedded(disk, { parts: { segments } }));
    feed(engine, 0, 900);
    const [first = ''] = disk.list('data/journal').filter((name) => name.endsWith('.log'));
    disk.remove(`data/journal/${first}`);
    for (const name of disk.list('data/snapshots')) disk.remove(`data/snapshots/${name}`);
    const options = { parts: { segments } };
    assert.throws(() => openEmbedded(disk, options), { code: 'SNAPSHOT_MISSING' });
  });

  test('sealed segments are packed while nothing waits, and are read as before', () => {
    const disk = new SimulatedDisk();
    const segments = { segmentBytes: 65_536, ageMaxUs: Number.MAX_SAFE_INTEGER, journalId: 'j' };
    const options = { parts: { segments } };
    const engine = beginEmbedded(openEmbedded(disk, options));
    const before = feed(engine, 0, 900);
    for (let step = 0; step < 200; step += 1) engine.tend(true);
    const names = disk.list('data/journal');
    assert(names.filter((name) => name.endsWith('.zst')).length > 2, names.join());
    assert.equal(names.filter((name) => name.endsWith('.log')).length, 1);
    for (const name of disk.list('data/snapshots')) disk.remove(`data/snapshots/${name}`);
    assert.deepEqual(statesOf(openEmbedded(disk, options)), before);
  });
});
