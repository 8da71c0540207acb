import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { JournalError } from '../../journal/journal-error.ts';
import { printJournal } from '../../journal/read-journal.ts';
import { TradingState } from '../../model/gate.ts';
import type { Price, Quantity } from '../../model/units.ts';
import type { EmbeddedEngine } from '../../runtime/embedded-engine.ts';
import { SimulatedCrash, SimulatedDisk } from '../../simulation/simulated-disk.ts';
import { testInstrument } from '../../testing/builders.ts';
import { beginEmbedded, openEmbedded } from '../../testing/embedded-rig.ts';
import { gateSetup } from '../../testing/gate-setup.ts';
import { tapeOf } from '../../testing/loop-rig.ts';
import { strategyOf } from '../../testing/puppet.ts';
import type { StrategyDefinition } from '../strategy/api.ts';

const QUANTITY = 10 as Quantity;
type Side = 'buy' | 'sell';

/** Takes a position at the first quote, and leaves three entries that nobody meets. */
function opener(side: Side): StrategyDefinition<unknown> {
  return strategyOf((setup) => {
    const instrument = setup.instrument('EURUSD');
    setup.quotes(instrument);
    let asked = 0;
    return {
      onQuote(context) {
        if (asked === 4) return;
        const limitPrice = (side === 'buy' ? 50_000 + asked : 200_000 - asked) as Price;
        const order = { instrument, side, quantity: QUANTITY, key: `k${asked}` };
        if (asked === 0) context.submit({ ...order, type: 'market' });
        else context.submit({ ...order, type: 'limit', limitPrice });
        asked += 1;
      },
      save: () => ({ asked }),
      restore: (state: unknown) => {
        asked = Number(Reflect.get(Object(state), 'asked'));
      },
    };
  });
}

const FALLS_AT = 12;

/** The market turns against the position at one quote, and stays there. */
function tapeAgainst(side: Side) {
  const far = side === 'buy' ? 106_500 : 110_500;
  return tapeOf(
    Array.from({ length: 26 }, (_, i) => {
      const bid = i < FALLS_AT ? 108_500 : far;
      return { at: (i + 1) * 100_000, k: 0, bid, ask: bid + 12 };
    }),
  );
}

const KERNEL = gateSetup(
  { dailyLoss: { mode: 'enforce', max: '0.05', hardMax: '0.1' } },
  { instruments: [testInstrument('EURUSD'), testInstrument('GBPUSD')] },
);

class Scene {
  readonly #side: Side;
  readonly #tape: ReturnType<typeof tapeOf>;

  constructor(side: Side) {
    this.#side = side;
    this.#tape = tapeAgainst(side);
  }

  open(disk: SimulatedDisk, nonce = 'abcdefghij'): EmbeddedEngine {
    const strategy = opener(this.#side);
    return beginEmbedded(openEmbedded(disk, { strategy, kernel: KERNEL, nonce }));
  }

  /** Feeds from where the engine stands. */
  live(engine: EmbeddedEngine, rows = this.#tape.time.length): void {
    for (let row = engine.kernel.quotes; row < rows; row++) {
      engine.feed(this.#tape, row, row + 1);
      engine.commit();
      engine.directory.tend();
    }
  }

  /** Stopped, its entries cancelled once each, its position kept, and one trip told of it. */
  check(engine: EmbeddedEngine, disk: SimulatedDisk, what: string): void {
    const { book } = engine.kernel;
    assert.equal(book.tradingState, TradingState.exitOnly, what);
    assert.equal(book.orders.openCount, 0, what);
    const position = (this.#side === 'buy' ? 1 : -1) * QUANTITY;
    assert.equal(engine.venue.account.positions[0]?.quantity, position, what);
    assert.deepEqual(engine.venue.workingOrders(), [], what);
    engine.commit();
    const trips: unknown[] = [];
    const cancelled: unknown[] = [];
    const sent: unknown[] = [];
    const kinds = ['rail_tripped', 'order_moved', 'intent'];
    printJournal(disk, 'data', { kinds }, (frame) => {
      const { kind, order, from, to } = frame as unknown as Record<string, string | number>;
      if (kind === 'rail_tripped') trips.push(frame);
      if (kind === 'intent') sent.push(order);
      // What is left of a doubt is lifted without a change of state.
      if (kind === 'order_moved' && from !== to && to === 'cancelled') cancelled.push(order);
    });
    assert.equal(trips.length, 1, what);
    assert.equal(sent.length, 4, what);
    assert.equal(cancelled.length, 3, what);
    assert.equal(new Set(cancelled).size, 3, what);
  }
}

suite('a trip, killed', () => {
  for (const side of ['buy', 'sell'] as const) {
    test(`at each operation of the disk, the next life is stopped and cancels once: ${side}`, () => {
      const scene = new Scene(side);
      const whole = new SimulatedDisk();
      const first = scene.open(whole);
      scene.live(first, FALLS_AT - 1);
      assert.equal(first.kernel.book.tradingState, TradingState.active, 'before the fall');
      assert.equal(first.kernel.book.orders.openCount, 3);
      const { operations: before } = whole;
      scene.live(first);
      scene.check(first, whole, 'never killed');
      const { operations } = whole;
      let killed = 0;
      for (let at = before - 2; at < operations; at++) {
        const disk = new SimulatedDisk();
        let count = 0;
        disk.meet(() => {
          count += 1;
          return count === at ? (at % 2 === 0 ? 'crash_before' : 'crash_after') : 'none';
        });
        try {
          scene.live(scene.open(disk));
        } catch (error) {
          const cause = error instanceof JournalError ? error.cause : error;
          if (!(cause instanceof SimulatedCrash)) throw error;
          killed += 1;
        }
        disk.crash(() => 0);
        const next = scene.open(disk, 'bcdefghijk');
        scene.live(next);
        scene.check(next, disk, `killed at operation ${at}`);
      }
      assert(killed > 20, `${killed} times`);
    });
  }
});
