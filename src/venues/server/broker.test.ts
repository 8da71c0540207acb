import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { stateBytes } from '../../journal/hashes.ts';
import { BrokerRig, TOKEN } from '../../testing/broker-rig.ts';
import { Broker } from './broker.ts';
import { BrokerLayoutError } from './broker-core.ts';

/** Something that happens to a broker. */
type Step =
  | { readonly kind: 'quote'; readonly bid: number; readonly k: number; readonly size: number }
  | { readonly kind: 'order'; readonly order: Readonly<Record<string, unknown>> }
  | { readonly kind: 'put'; readonly path: string; readonly body: object }
  | { readonly kind: 'fact'; readonly fact: object }
  | { readonly kind: 'pass'; readonly us: number };

const units = fc
  .integer({ min: -300, max: 300 })
  .filter((n) => n !== 0)
  .map(String);
const price = fc.integer({ min: 109_000, max: 111_000 }).map((n) => (n / 100_000).toFixed(5));
const id = fc.integer({ min: 3, max: 40 });
const distance = fc.constantFrom('0.00100', '0.00300');
const protection = {
  stopLossOnFill: fc.option(fc.record({ price }), { nil: undefined }),
  takeProfitOnFill: fc.option(fc.record({ price }), { nil: undefined }),
  trailingStopLossOnFill: fc.option(fc.record({ distance }), { nil: undefined }),
};
const gtd = {
  timeInForce: fc.constantFrom('GTC', 'GTD', 'GFD'),
  gtdTime: fc.constant('2024-01-01T00:00:20Z'),
};
const instrument = fc.constant('EUR_USD');
const order = fc.oneof(
  fc.record({ type: fc.constant('MARKET'), instrument, units, ...protection }),
  fc.record({
    type: fc.constantFrom('LIMIT', 'STOP', 'MARKET_IF_TOUCHED'),
    instrument,
    units,
    price,
    ...gtd,
    ...protection,
  }),
  fc.record({ type: fc.constant('STOP_LOSS'), tradeID: id.map(String), price }),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('quote' as const),
      bid: fc.integer({ min: 109_000, max: 111_000 }).map((n) => n / 100_000),
      k: fc.constant(0),
      size: fc.constantFrom(0, 0, 50),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('order' as const), order }) },
  fc.record({
    kind: fc.constant('put' as const),
    path: id.map((n) => `/orders/${n}/cancel`),
    body: fc.constant({}),
  }),
  fc.record({
    kind: fc.constant('put' as const),
    path: id.map((n) => `/trades/${n}/close`),
    body: fc.constantFrom({}, { units: '20' }),
  }),
  fc.record({
    kind: fc.constant('fact' as const),
    fact: fc.constantFrom(
      { fact: 'fee', amount: '-1' },
      { fact: 'halt', instrument: 'EUR_USD', halted: true },
      { fact: 'halt', instrument: 'EUR_USD', halted: false },
      { fact: 'margin_closeout' },
    ),
  }),
  fc.record({ kind: fc.constant('pass' as const), us: fc.integer({ min: 1, max: 9_000_000 }) }),
);

async function play(rig: BrokerRig, one: Step): Promise<void> {
  switch (one.kind) {
    case 'quote':
      await rig.quote(one.bid, one.bid + 0.0002, { k: one.k, size: one.size });
      break;
    case 'order':
      await rig.order(one.order);
      break;
    case 'put':
      await rig.account('PUT', one.path, one.body);
      break;
    case 'fact':
      await rig.fact(one.fact);
      break;
    case 'pass':
      await rig.pass(one.us);
  }
}

/** Money that the account has, by its transactions alone. */
function balanceOf(transactions: readonly Record<string, string>[]): string {
  return (
    transactions.findLast((one) => one['accountBalance'] !== undefined)?.['accountBalance'] ?? ''
  );
}

describe('the books', () => {
  it('killed after any step are the same again, to the byte', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        await using rig = await BrokerRig.start();
        for (const one of steps) await play(rig, one);
        const before = stateBytes(rig.broker.ledger);
        const told = await rig.transactions();
        await rig.crash();
        assert.deepEqual(await rig.transactions(), told);
        assert.equal(Buffer.compare(stateBytes(rig.broker.ledger), before), 0);
      }),
      { numRuns: 12 },
    );
  });

  it('tie out after any steps: trades, position, balance and what orders are shown', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        await using rig = await BrokerRig.start();
        for (const one of steps) await play(rig, one);
        const { account } = (await rig.account('GET', '')).body;
        const open: number[] = account.trades.map(({ currentUnits }: { currentUnits: string }) =>
          Number(currentUnits),
        );
        const held = rig.broker.ledger.venue.account.positions[0]?.quantity;
        assert.equal(
          open.reduce((sum, one) => sum + one, 0),
          held,
        );
        // A netting account has trades on one side only.
        assert(open.every((one) => one > 0 === (held ?? 0) > 0));
        assert.equal(account.balance, balanceOf(await rig.transactions()));
        const { orders } = (await rig.account('GET', '/pendingOrders')).body;
        const working = rig.broker.ledger.venue.workingOrders().length;
        const waiting = [...rig.broker.ledger.pending.values()].filter(({ held: h }) => h).length;
        assert.equal(orders.length, working + waiting);
        for (const { tradeID } of orders) {
          if (tradeID === undefined) continue;
          assert.equal((await rig.account('GET', `/trades/${tradeID}`)).body.trade.state, 'OPEN');
        }
      }),
      { numRuns: 20 },
    );
  });

  it('go on from a snapshot, with what was done behind it', async () => {
    await using rig = await BrokerRig.start();
    await rig.marketOrder('10', { stopLossOnFill: { price: '1.09000' } });
    await rig.broker.stop();
    await rig.crash();
    await rig.marketOrder('5');
    const before = await rig.transactions();
    await rig.crash();
    assert.deepEqual(await rig.transactions(), before);
    await rig.quote(1.08, 1.0802);
    assert.equal((await rig.transactions()).at(-1).reason, 'STOP_LOSS_ORDER');
  });

  it('let orders end in order of their times, after a restart too, however time is passed', async () => {
    await using rig = await BrokerRig.start();
    const order = { instrument: 'EUR_USD', units: '1', price: '1.00000', timeInForce: 'GTD' };
    for (const [type, second] of [
      ['MARKET_IF_TOUCHED', '09'],
      ['LIMIT', '07'],
      ['MARKET_IF_TOUCHED', '05'],
      ['LIMIT', '06'],
    ] as const) {
      await rig.order({ ...order, type, gtdTime: `2024-01-01T00:00:${second}Z` });
    }
    await rig.broker.stop();
    await rig.crash();
    await rig.pass(20_000_000);
    const ends = (await rig.transactions()).slice(6);
    assert.deepEqual(
      ends.map(({ orderID, time, batchID }) => [orderID, time.slice(17, 19), batchID]),
      [
        ['5', '05', '7'],
        ['6', '06', '8'],
        ['4', '07', '9'],
        ['3', '09', '10'],
      ],
    );
  });

  it('meet the quotes of the time in which nobody was there', async () => {
    await using rig = await BrokerRig.start();
    const limit = { type: 'LIMIT', instrument: 'EUR_USD', units: '10', price: '1.09000' };
    await rig.order(limit);
    rig.market.quote({ at: 60_000_000, bid: 108_900, ask: 108_920 });
    await rig.crash();
    const fill = (await rig.transactions()).at(-1);
    assert.deepEqual([fill.type, fill.time], ['ORDER_FILL', '2024-01-01T00:01:00.000000000Z']);
  });

  it('of another configuration are refused, with or without a snapshot', async () => {
    await using rig = await BrokerRig.start();
    const other = { ...rig.parts(), layout: 'other' };
    rig.kill();
    const refused = async (): Promise<void> => {
      const broker = new Broker(other);
      try {
        await broker.start();
      } finally {
        broker[Symbol.dispose]();
      }
    };
    await assert.rejects(refused, BrokerLayoutError);
    await rig.crash();
    await rig.broker.stop();
    rig.kill();
    await assert.rejects(refused, BrokerLayoutError);
    await rig.crash();
    assert(readdirSync(join(rig.directory, 'snapshots')).length > 0);
  });

  it('whose journal is gone are not begun anew', async () => {
    await using rig = await BrokerRig.start();
    await rig.broker.stop();
    rig.kill();
    rmSync(join(rig.directory, 'journal'), { recursive: true });
    assert.throws(() => new Broker(rig.parts()), { code: 'JOURNAL_DAMAGED' });
  });

  it('hold no token', async () => {
    await using rig = await BrokerRig.start();
    await rig.marketOrder('1');
    assert(!Buffer.from(stateBytes(rig.broker.ledger)).includes(TOKEN));
  });
});

describe('a broker whose disk fails', () => {
  it('tells nothing of what the market made', async () => {
    await using rig = await BrokerRig.start();
    const { broker } = rig;
    await rig.order({ type: 'LIMIT', instrument: 'EUR_USD', units: '1', price: '1.09000' });
    let told = 0;
    broker.onTransactions((news) => {
      told += news.length;
    });
    rig.disk.fails = true;
    await assert.rejects(rig.quote(1.08, 1.0802), /input\/output error/);
    assert.equal(told, 0);
  });

  it('answers nothing any more: what is not durable was never said', async () => {
    await using rig = await BrokerRig.start();
    const { broker } = rig;
    const told: string[] = [];
    broker.onTransactions((news) => told.push(...news.map(({ id: one }) => one)));
    await rig.marketOrder('1');
    rig.disk.fails = true;
    const body = { order: { type: 'MARKET', instrument: 'EUR_USD', units: '1' } };
    await assert.rejects(broker.perform({ op: 'create_order', body }), /input\/output error/);
    await assert.rejects(broker.failed);
    await assert.rejects(broker.turn());
    assert.deepEqual(told, ['3', '4']);
    rig.disk.fails = false;
    await rig.crash();
    // What nobody was told may have been done, and nothing that was told is gone.
    const found = (await rig.transactions()).map(({ id: one }) => one);
    assert.deepEqual(found.slice(2, 4), told);
  });
});
