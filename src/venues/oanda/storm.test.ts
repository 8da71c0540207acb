import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SeededRandom } from '../../market/random.ts';
import { InputKind } from '../../model/inputs.ts';
import type { InstrumentIndex, OrderHandle, Price, Quantity } from '../../model/units.ts';
import { OandaRig } from '../../testing/oanda-rig.ts';

const SECOND = 1_000_000;
const SEEDS = 2;
const STEPS = 40;
const OPEN = ['working', 'partially_filled'];
const UNSETTLED = ['intended', 'in_flight', 'in_doubt', 'presumed_absent'];

const FAULTS = [
  { kind: 'drop_answer', on: 'write', share: 0.1 },
  { kind: 'drop_request', on: 'write', share: 0.1 },
  { kind: 'half_open', on: 'write', share: 0.05, executed: true },
  { kind: 'status', on: 'write', status: 503, share: 0.05, executed: true },
  { kind: 'status', on: 'read', status: 429, share: 0.2 },
  { kind: 'drop_answer', on: 'read', share: 0.1 },
  { kind: 'truncate', share: 0.05 },
  { kind: 'garbage', on: 'read', share: 0.1 },
  { kind: 'stale_reads', on: 'read', share: 0.3, ms: 1500 },
  { kind: 'stream_cut', share: 0.05 },
  { kind: 'stream_stall', share: 0.05, ms: 20_000 },
  { kind: 'stream_disorder', on: 'transactions', share: 0.2 },
  { kind: 'stream_repeat', on: 'transactions', share: 0.2 },
];

/** One thing that a strategy, the market or the broker does. */
async function step(rig: OandaRig, random: SeededRandom, orders: OrderHandle[]): Promise<void> {
  const below = (n: number): number => Math.floor(random.nextFloat() * n);
  const k = below(2) as InstrumentIndex;
  const side = below(2) === 0 ? 'buy' : 'sell';
  const at = (k === 0 ? 110_000 : 150_000) + (below(2000) - 1000);
  const quantity = 1 + below(500);
  const instrument = k;
  const alive = orders.filter((order) => OPEN.includes(rig.state(order)));
  const chosen = alive[below(Math.max(1, alive.length))];
  const ask = (more: object): void => {
    try {
      orders.push(rig.order({ side, quantity, instrument, ...more }));
    } catch (error) {
      // A gate may say no, for the doubt that a fault made; then nothing leaves.
      assert.match(String(error), /denied/);
    }
  };
  switch (below(8)) {
    case 0:
      ask({});
      return;
    case 1:
      ask({ type: 'limit', limitPrice: at as Price });
      return;
    case 2:
      ask({ type: 'stop', stopPrice: (at + (side === 'buy' ? 1000 : -1000)) as Price });
      return;
    case 3:
      if (chosen !== undefined) rig.act((context) => context.cancel(chosen));
      return;
    case 4: {
      if (chosen === undefined) return;
      const found = rig.kernel.book.orders.find(chosen);
      const quantityNow = Math.max(1, (found?.terms.quantity ?? 2) - 1) as Quantity;
      rig.act((context) => context.replace(chosen, { quantity: quantityNow }));
      return;
    }
    case 5: {
      const away = side === 'buy' ? -2500 : 2500;
      ask({ stopLoss: (at + away) as Price, takeProfit: (at - away) as Price });
      return;
    }
    case 6:
      await rig.broker.fact({ fact: 'financing', instrument: 'EUR_USD', amount: '-0.5' });
      return;
    default:
      await rig.broker.quote(at / (k === 0 ? 1e5 : 1e3), (at + 20) / (k === 0 ? 1e5 : 1e3), { k });
  }
}

suite('a storm of faults', () => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    test(`when it is over, every order is known and the books are the broker's: seed ${seed}`, async () => {
      const random = new SeededRandom(seed);
      await using rig = await OandaRig.start();
      await rig.broker.setFaults(FAULTS);
      const orders: OrderHandle[] = [];
      for (let i = 0; i < STEPS; i += 1) {
        await step(rig, random, orders);
        await rig.pass(Math.floor(random.nextFloat() * 3 * SECOND));
      }
      await rig.broker.setFaults([]);
      await rig.pass(240 * SECOND);
      const states = orders.map((order) => rig.state(order));
      assert(!states.some((state) => UNSETTLED.includes(state)), states.join());
      const log = await rig.broker.transactions();
      assert.equal(rig.kernel.book.cursor, log.length);
      // Nothing was sent twice: each client id was executed once.
      const ids = log
        .filter(({ type, reason }) => type.endsWith('_ORDER') && reason === 'CLIENT_ORDER')
        .map(({ clientExtensions }) => clientExtensions.id);
      assert.equal(new Set(ids).size, ids.length);
      const closings = rig.told.filter(
        (input) => input.kind === InputKind.connection && !input.open,
      ).length;
      assert(closings > 0, 'the storm was none');
      assert(!rig.alerts.includes('cash_break'), rig.alerts.join());
      await rig.agrees();
    });
  }
});
