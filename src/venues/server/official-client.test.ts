import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ACCOUNT_ID,
  BrokerRig,
  checkItem,
  hasDocument,
  type Parsed,
  TOKEN,
} from '../../testing/broker-rig.ts';
import { type ServedBroker, serveBroker } from './serve.ts';

interface Item {
  readonly type: string;
  readonly id?: string;
}

/** An answer as OANDA's own client reads it: its classes, made from the JSON. */
interface Reply {
  readonly statusCode: string;
  readonly rawBody: string;
  readonly body: Parsed;
}

/** The client has no types. */
type Client = Record<string, Parsed>;

const require = createRequire(import.meta.url);
const { Context } = require('@oanda/v20/context');
const orders: Client = require('@oanda/v20/order');
const transactions: Client = require('@oanda/v20/transaction');
const pricing: Client = require('@oanda/v20/pricing');
// Its stream of prices makes each a `Price`, which its module has forgotten to bring in.
Reflect.set(globalThis, 'Price', pricing['ClientPrice']);

/** Calls an operation of the client; its last argument is always who takes the answer. */
function call(entity: Client, name: string, ...args: readonly unknown[]): Promise<Reply> {
  return new Promise((resolve, reject) => {
    try {
      entity[name](...args, resolve);
    } catch (error) {
      reject(error);
    }
  });
}

const EUR = { instrument: 'EUR_USD' };

describe('OANDA’s own client', () => {
  let rig: BrokerRig;
  let served: ServedBroker;
  let client: Client;

  before(async () => {
    rig = await BrokerRig.start();
    rig.kill();
    served = await serveBroker({
      broker: rig.parts(),
      host: '127.0.0.1',
      port: 0,
      token: TOKEN,
      faults: [],
      seed: 1,
      heartbeatMs: 50,
      priceIntervalMs: 0,
    });
    const { port } = new URL(served.url);
    client = new Context('127.0.0.1', Number(port), false, 'tiyf');
    client['setToken'](TOKEN);
  });
  after(async () => {
    await served.stop();
    await rig[Symbol.asyncDispose]();
  });

  /** Lets the market go to a price, and the broker see it. */
  async function quote(bid: number): Promise<void> {
    const at = rig.market.now - 1_704_067_200_000_000 + 1_000_000;
    rig.market.quote({
      at,
      bid: Math.round(bid * 100_000),
      ask: Math.round(bid * 100_000) + 20,
    });
    await served.broker.turn();
  }

  async function create(order: unknown): Promise<Reply> {
    const reply = await call(client['order'], 'create', ACCOUNT_ID, { order });
    assert.equal(reply.statusCode, '201', reply.rawBody);
    return reply;
  }

  it('reads the account, its instruments and prices', async () => {
    const listed = await call(client['account'], 'list');
    assert.equal(listed.body.accounts[0].id, ACCOUNT_ID);
    const { body } = await call(client['account'], 'get', ACCOUNT_ID);
    assert.equal(body.account.balance, '100000.000000');
    const summary = await call(client['account'], 'summary', ACCOUNT_ID);
    assert.equal(summary.body.account.currency, 'USD');
    const instruments = await call(client['account'], 'instruments', ACCOUNT_ID, {});
    assert.equal(instruments.body.instruments.length, 2);
    const prices = await call(client['pricing'], 'get', ACCOUNT_ID, { instruments: 'EUR_USD' });
    assert.equal(prices.body.prices[0].bids[0].price, '1.10000');
    const candles = await call(client['instrument'], 'candles', 'EUR_USD', { granularity: 'M1' });
    assert.equal(candles.body.candles[0].mid.o, '1.10010');
  });

  it('makes an order of each type, replaces, cancels and closes', async () => {
    const market = await create(new orders['MarketOrderRequest']({ ...EUR, units: '100' }));
    assert(market.body.orderFillTransaction instanceof transactions['OrderFillTransaction']);
    const tradeID = market.body.orderFillTransaction.tradeOpened.tradeID;
    const made: string[] = [];
    for (const [name, terms] of [
      ['LimitOrderRequest', { ...EUR, units: '10', price: '1.05000' }],
      ['StopOrderRequest', { ...EUR, units: '10', price: '1.15000' }],
      ['MarketIfTouchedOrderRequest', { ...EUR, units: '-10', price: '1.14000' }],
      ['TakeProfitOrderRequest', { tradeID, price: '1.13000' }],
      ['StopLossOrderRequest', { tradeID, price: '1.07000' }],
      ['TrailingStopLossOrderRequest', { tradeID, distance: '0.02000' }],
    ] as const) {
      const { body } = await create(new orders[name](terms));
      assert.equal(
        `${body.orderCreateTransaction.constructor.name}`,
        name.replace('Request', 'Transaction'),
      );
      made.push(body.orderCreateTransaction.id);
    }
    const pending = await call(client['order'], 'listPending', ACCOUNT_ID);
    assert.equal(pending.body.orders.length, 6);
    const [limit] = made;
    const got = await call(client['order'], 'get', ACCOUNT_ID, limit);
    assert.equal(got.body.order.price, '1.05000');
    const order = new orders['LimitOrderRequest']({ ...EUR, units: '20', price: '1.06000' });
    const replaced = await call(client['order'], 'replace', ACCOUNT_ID, limit, { order });
    assert.equal(replaced.statusCode, '201');
    const { id } = replaced.body.orderCreateTransaction;
    const clientExtensions = { id: 'mine', tag: 't', comment: 'c' };
    const set = { clientExtensions };
    const named = await call(client['order'], 'setClientExtensions', ACCOUNT_ID, id, set);
    assert.equal(named.statusCode, '200');
    const cancelled = await call(client['order'], 'cancel', ACCOUNT_ID, '@mine');
    assert.equal(cancelled.body.orderCancelTransaction.reason, 'CLIENT_REQUEST');
    const gone = await call(client['order'], 'cancel', ACCOUNT_ID, '@mine');
    assert.equal(gone.statusCode, '404');
    assert.equal(gone.body.orderCancelRejectTransaction.rejectReason, 'ORDER_DOESNT_EXIST');
    const trades = await call(client['trade'], 'listOpen', ACCOUNT_ID);
    assert.equal(trades.body.trades[0].id, tradeID);
    const part = await call(client['trade'], 'close', ACCOUNT_ID, tradeID, { units: '30' });
    assert.equal(part.body.orderFillTransaction.units, '-30');
    const close = { longUnits: 'ALL' };
    const closed = await call(client['position'], 'close', ACCOUNT_ID, 'EUR_USD', close);
    assert.equal(closed.body.longOrderFillTransaction.units, '-70');
    const left = await call(client['position'], 'listOpen', ACCOUNT_ID);
    assert.deepEqual(left.body.positions, []);
    const since = { sinceTransactionID: '2' };
    const changes = await call(client['account'], 'changes', ACCOUNT_ID, since);
    assert.equal(changes.body.changes.tradesClosed[0].id, tradeID);
    const range = await call(client['transaction'], 'since', ACCOUNT_ID, { id: '2' });
    assert.equal(range.body.transactions.length, Number(range.body.lastTransactionID) - 2);
  });

  it('listens to both streams', async () => {
    // It hands over lines again when they come in pieces: what is told is told at least once.
    const heard: Item[] = [];
    const prices: Item[] = [];
    const stream = (name: string, items: Item[], ...args: readonly unknown[]): void => {
      client[name].stream(
        ACCOUNT_ID,
        ...args,
        (item: Item) => items.push(item),
        () => undefined,
      );
    };
    stream('transaction', heard);
    stream('pricing', prices, { instruments: 'EUR_USD,USD_JPY' });
    for (let i = 0; heard.length === 0 || prices.length === 0; i++) {
      assert(i < 400, 'a stream begins');
      await sleep(5);
    }
    const order = new orders['LimitOrderRequest']({ ...EUR, units: '10', price: '1.09000' });
    const { body } = await create(order);
    await quote(1.08);
    const ids = () => heard.filter(({ type }) => type !== 'HEARTBEAT').map(({ id }) => Number(id));
    const first = Number(body.orderCreateTransaction.id);
    for (let i = 0; !ids().includes(first + 1); i++) {
      assert(i < 400, 'the fill is told');
      await sleep(5);
    }
    assert.deepEqual([...new Set(ids())], [first, first + 1]);
    for (let i = 0; !heard.slice(1).some(({ type }) => type === 'HEARTBEAT'); i++) {
      assert(i < 400, 'a heartbeat is told');
      await sleep(5);
    }
    assert(prices.length >= 3);
    for (const item of [...heard]) {
      if (hasDocument()) checkItem(JSON.parse(JSON.stringify(item)), 'transactions');
    }
  });

  it('is refused with another token', async () => {
    const { port } = new URL(served.url);
    const other: Client = new Context('127.0.0.1', Number(port), false, 'tiyf');
    other['setToken']('wrong');
    const { statusCode } = await call(other['account'], 'list');
    assert.equal(statusCode, '401');
  });
});
