import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BrokerRig } from '../../testing/broker-rig.ts';

const PROTECTED = {
  takeProfitOnFill: { price: '1.11000', clientExtensions: { id: 'target' } },
  stopLossOnFill: { price: '1.09000' },
  trailingStopLossOnFill: { distance: '0.00500' },
};

const types = (transactions: readonly { readonly type: string }[]): string[] =>
  transactions.map(({ type }) => type);

describe('protection of a trade', () => {
  it('is made when its order fills, and shown on the trade', async () => {
    await using rig = await BrokerRig.start();
    const { body } = await rig.marketOrder('100', PROTECTED);
    assert.deepEqual(body.relatedTransactionIDs, ['3', '4', '5', '6', '7']);
    assert.deepEqual(types((await rig.transactions()).slice(2)), [
      'MARKET_ORDER',
      'ORDER_FILL',
      'TAKE_PROFIT_ORDER',
      'STOP_LOSS_ORDER',
      'TRAILING_STOP_LOSS_ORDER',
    ]);
    const { trade } = (await rig.account('GET', '/trades/4')).body;
    assert.equal(trade.takeProfitOrder.price, '1.11000');
    assert.equal(trade.stopLossOrder.price, '1.09000');
    // The bid stood at 1.10000.
    assert.equal(trade.trailingStopLossOrder.trailingStopValue, '1.09500');
    assert.equal((await rig.account('GET', '/orders/@target')).body.order.tradeID, '4');
  });

  for (const [name, bid, fill] of [
    ['take-profit', 1.111, ['TAKE_PROFIT_ORDER', '1.11000']],
    ['trailing stop', 1.094, ['TRAILING_STOP_LOSS_ORDER', '1.09400']],
  ] as const) {
    it(`a ${name} closes the trade, and what else protected it ends`, async () => {
      await using rig = await BrokerRig.start();
      await rig.marketOrder('100', PROTECTED);
      await rig.quote(bid, bid + 0.0002);
      const [first, ...rest] = (await rig.transactions()).slice(7);
      assert.deepEqual([first.reason, first.price], fill);
      assert.equal(first.tradesClosed[0].tradeID, '4');
      assert.deepEqual(
        rest.map(({ type, reason }) => [type, reason]),
        [
          ['ORDER_CANCEL', 'LINKED_TRADE_CLOSED'],
          ['ORDER_CANCEL', 'LINKED_TRADE_CLOSED'],
        ],
      );
      assert.equal((await rig.account('GET', '/pendingOrders')).body.orders.length, 0);
      assert.equal((await rig.account('GET', '/trades/4')).body.trade.state, 'CLOSED');
    });
  }

  it('that trails follows the market and never comes back, long and short', async () => {
    await using rig = await BrokerRig.start();
    const trailingStopLossOnFill = { distance: '0.00500' };
    await rig.marketOrder('10', { trailingStopLossOnFill });
    const stopOf = async (): Promise<string> =>
      (await rig.account('GET', '/pendingOrders')).body.orders[0].trailingStopValue;
    await rig.quote(1.104, 1.1042);
    assert.equal(await stopOf(), '1.09900');
    await rig.quote(1.1, 1.1002);
    assert.equal(await stopOf(), '1.09900');
    await rig.quote(1.0985, 1.0987);
    assert.equal((await rig.transactions()).at(-1).price, '1.09850');
    await rig.marketOrder('-10', { trailingStopLossOnFill });
    assert.equal(await stopOf(), '1.10370');
    await rig.quote(1.096, 1.0962);
    assert.equal(await stopOf(), '1.10120');
    await rig.quote(1.1015, 1.1017);
    const fill = (await rig.transactions()).at(-1);
    assert.deepEqual([fill.reason, fill.price], ['TRAILING_STOP_LOSS_ORDER', '1.10170']);
  });

  for (const [side, units, price, more, target] of [
    ['buy', '100', '1.09000', '1.08000', 1.101],
    ['sale', '-100', '1.11000', '1.12000', 1.099],
  ] as const) {
    it(`keeps its client id: what is left of a ${side} is cancelled where it would need it twice`, async () => {
      await using rig = await BrokerRig.start();
      const stopLossOnFill = { price: more, clientExtensions: { id: 'stop' } };
      const asked = { type: 'LIMIT', instrument: 'EUR_USD', units, price, stopLossOnFill };
      await rig.order(asked);
      const [at, step] = [Number(price), { size: 40 }] as const;
      await rig.quote(at, at, step);
      assert.equal((await rig.account('GET', '/openTrades')).body.trades.length, 1);
      await rig.quote(at, at, step);
      const last = (await rig.transactions()).at(-1);
      const reason = 'STOP_LOSS_ON_FILL_CLIENT_ORDER_ID_ALREADY_EXISTS';
      assert.deepEqual([last.type, last.reason], ['ORDER_CANCEL', reason]);
      assert.equal((await rig.account('GET', '/openTrades')).body.trades.length, 1);
      // Once the first trade and its protection have ended, the id is free.
      await rig.order(asked);
      await rig.quote(at, at, step);
      assert.equal((await rig.transactions()).at(-1).reason, reason);
      await rig.quote(target, target);
      await rig.account('PUT', '/positions/EUR_USD/close', {
        [Number(units) > 0 ? 'longUnits' : 'shortUnits']: 'ALL',
      });
      await rig.order(asked);
      await rig.quote(at, at);
      assert.equal((await rig.account('GET', '/openTrades')).body.trades[0].initialUnits, units);
    });
  }

  it('of one trade closes that trade, not the oldest', async () => {
    await using rig = await BrokerRig.start();
    await rig.marketOrder('100');
    await rig.marketOrder('50', { stopLossOnFill: { price: '1.09000' } });
    await rig.quote(1.0899, 1.0901);
    const fill = (await rig.transactions()).at(-1);
    assert.equal(fill.tradesClosed[0].tradeID, '6');
    assert.equal(fill.units, '-50');
    const { trades } = (await rig.account('GET', '/openTrades')).body;
    assert.deepEqual([trades.length, trades[0].id, trades[0].currentUnits], [1, '4', '100']);
  });

  it('of a trade that was reduced closes what is left of it', async () => {
    await using rig = await BrokerRig.start();
    await rig.marketOrder('-100', { stopLossOnFill: { price: '1.11000' } });
    await rig.account('PUT', '/trades/4/close', { units: '30' });
    await rig.marketOrder('-200');
    await rig.quote(1.1105, 1.1107);
    const fill = (await rig.transactions()).at(-1);
    assert.deepEqual([fill.units, fill.tradesClosed[0].tradeID], ['70', '4']);
    assert.equal((await rig.account('GET', '/openTrades')).body.trades[0].currentUnits, '-200');
    assert.equal((await rig.account('GET', '/pendingOrders')).body.orders.length, 0);
  });

  it('on the wrong side of the market is refused', async () => {
    await using rig = await BrokerRig.start();
    for (const [units, protection] of [
      ['1', { takeProfitOnFill: { price: '1.09000' } }],
      ['-1', { takeProfitOnFill: { price: '1.11000' } }],
      ['1', { stopLossOnFill: { price: '1.11000' } }],
      ['-1', { stopLossOnFill: { price: '1.09000' } }],
    ] as const) {
      const { status, body } = await rig.marketOrder(units, protection);
      assert.equal(status, 400);
      assert.match(body.errorCode, /ON_FILL_PRICE_INVALID$/);
    }
  });

  it('is set, replaced and taken away on an open trade', async () => {
    await using rig = await BrokerRig.start();
    await rig.marketOrder('100');
    const set = await rig.account('PUT', '/trades/4/orders', {
      takeProfit: { price: '1.12000' },
      stopLoss: { distance: '0.01000' },
      trailingStopLoss: { distance: '0.02000' },
    });
    assert.equal(set.body.stopLossOrderTransaction.price, '1.09000');
    const moved = await rig.account('PUT', '/trades/4/orders', {
      takeProfit: { price: '1.13000' },
      trailingStopLoss: null,
    });
    assert.equal(moved.body.takeProfitOrderCancelTransaction.reason, 'CLIENT_REQUEST_REPLACED');
    const { trade } = (await rig.account('GET', '/trades/4')).body;
    assert.equal(trade.takeProfitOrder.price, '1.13000');
    assert.equal(trade.stopLossOrder.price, '1.09000');
    assert.equal(trade.trailingStopLossOrder, undefined);
    const second = { type: 'STOP_LOSS', tradeID: '4', price: '1.08000' };
    const { body } = await rig.order(second);
    assert.equal(body.errorCode, 'STOP_LOSS_ORDER_ALREADY_EXISTS');
    const bad = await rig.account('PUT', '/trades/4/orders', { takeProfit: { price: '0' } });
    assert.equal(bad.body.errorCode, 'TAKE_PROFIT_ON_FILL_PRICE_INVALID');
    assert.equal((await rig.account('PUT', '/trades/9/orders', {})).status, 404);
  });

  for (const order of [
    { type: 'TAKE_PROFIT', price: '1.12000' },
    { type: 'STOP_LOSS', distance: '0.01000' },
    { type: 'TRAILING_STOP_LOSS', distance: '0.01000' },
  ]) {
    it(`can be an order of its own: ${order.type}`, async () => {
      await using rig = await BrokerRig.start();
      const clientExtensions = { id: 'protection' };
      await rig.marketOrder('10', { tradeClientExtensions: { id: 'trade' } });
      const made = await rig.order({ ...order, clientTradeID: 'trade', clientExtensions });
      assert.equal(made.body.orderCreateTransaction.tradeID, '4');
      const replaced = await rig.account('PUT', '/orders/@protection', {
        order: { ...order, tradeID: '4', clientExtensions },
      });
      assert.equal(replaced.status, 201);
      assert.equal((await rig.account('PUT', '/orders/@protection/cancel')).status, 200);
      assert.equal((await rig.order({ ...order, tradeID: '99' })).status, 404);
      assert.equal((await rig.order(order)).body.errorCode, 'TRADE_ID_UNSPECIFIED');
    });
  }
});

describe('a trade', () => {
  it('is closed in part and whole, by id and by client id', async () => {
    await using rig = await BrokerRig.start();
    await rig.marketOrder('100', { tradeClientExtensions: { id: 'mine' } });
    const part = await rig.account('PUT', '/trades/@mine/close', { units: '40' });
    assert.equal(part.body.orderCreateTransaction.reason, 'TRADE_CLOSE');
    assert.equal(part.body.orderFillTransaction.reason, 'MARKET_ORDER_TRADE_CLOSE');
    assert.equal(part.body.orderFillTransaction.tradeReduced.units, '-40');
    const over = await rig.account('PUT', '/trades/4/close', { units: '61' });
    assert.equal(over.body.errorCode, 'CLOSE_TRADE_UNITS_EXCEED_TRADE_SIZE');
    const rest = await rig.account('PUT', '/trades/4/close', {});
    assert.equal(rest.body.orderFillTransaction.tradesClosed[0].units, '-60');
    const again = await rig.account('PUT', '/trades/@mine/close');
    assert.deepEqual([again.status, again.body.errorCode], [404, 'TRADE_DOESNT_EXIST']);
    const { trade } = (await rig.account('GET', '/trades/4')).body;
    assert.deepEqual([trade.state, trade.averageClosePrice], ['CLOSED', '1.10000']);
  });

  it('gets other client extensions', async () => {
    await using rig = await BrokerRig.start();
    await rig.marketOrder('100');
    const path = '/trades/4/clientExtensions';
    const set = await rig.account('PUT', path, { clientExtensions: { tag: 'new' } });
    assert.equal(set.body.tradeClientExtensionsModifyTransaction.tradeID, '4');
    const { trade } = (await rig.account('GET', '/trades/4')).body;
    assert.deepEqual(trade.clientExtensions, { tag: 'new' });
    assert.equal((await rig.account('PUT', path, {})).status, 400);
    const other = '/trades/5/clientExtensions';
    assert.equal((await rig.account('PUT', other, { clientExtensions: {} })).status, 404);
  });
});

describe('a position', () => {
  it('is closed on the side that it has, in part or whole', async () => {
    await using rig = await BrokerRig.start();
    await rig.marketOrder('-100');
    const path = '/positions/EUR_USD/close';
    const part = await rig.account('PUT', path, { shortUnits: '30' });
    assert.equal(part.body.shortOrderFillTransaction.units, '30');
    assert.equal(part.body.shortOrderCreateTransaction.reason, 'POSITION_CLOSEOUT');
    const wrong = await rig.account('PUT', path, { longUnits: 'ALL' });
    assert.equal(
      wrong.body.longOrderRejectTransaction.rejectReason,
      'CLOSEOUT_POSITION_DOESNT_EXIST',
    );
    const over = await rig.account('PUT', path, { shortUnits: '71' });
    assert.equal(over.body.errorCode, 'CLOSEOUT_POSITION_UNITS_EXCEED_POSITION_SIZE');
    const rest = await rig.account('PUT', path, { longUnits: 'NONE', shortUnits: 'ALL' });
    assert.equal(rest.body.shortOrderFillTransaction.tradesClosed.length, 1);
    assert.equal((await rig.account('PUT', path, {})).status, 400);
    assert.equal((await rig.account('GET', '/openPositions')).body.positions.length, 0);
    const { position } = (await rig.account('GET', '/positions/EUR_USD')).body;
    assert.equal(position.short.units, '0');
    assert.equal((await rig.account('GET', '/positions')).body.positions.length, 1);
    assert.equal((await rig.account('GET', '/positions/EUR_XXX')).status, 404);
  });
});

describe('the account', () => {
  it('says what changed since a transaction, and where its figures stand', async () => {
    await using rig = await BrokerRig.start();
    await rig.marketOrder('100', { stopLossOnFill: { price: '1.09000' } });
    const limit = { type: 'LIMIT', instrument: 'EUR_USD', units: '10', price: '1.05000' };
    await rig.order(limit);
    const { body } = await rig.account('GET', '/changes?sinceTransactionID=2');
    const { changes, state } = body;
    const ids = (list: readonly { readonly id: string }[]) => list.map(({ id }) => id);
    assert.deepEqual(ids(changes.ordersCreated), ['3', '5', '6']);
    assert.deepEqual(ids(changes.ordersFilled), ['3']);
    assert.deepEqual(ids(changes.tradesOpened), ['4']);
    assert.equal(changes.transactions.length, 4);
    assert.equal(changes.positions[0].long.units, '100');
    assert.deepEqual(ids(state.orders), ['5', '6']);
    assert.equal(state.trades[0].unrealizedPL, '-0.020000');
    assert.equal(state.NAV, '99999.980000');
    await rig.account('PUT', '/trades/4/close');
    const later = (await rig.account('GET', '/changes?sinceTransactionID=6')).body;
    assert.deepEqual(ids(later.changes.tradesClosed), ['4']);
    assert.deepEqual(ids(later.changes.ordersCancelled), ['5']);
    assert.equal((await rig.account('GET', '/changes?sinceTransactionID=99')).status, 416);
  });

  it('is shown whole, as a summary, and in lists', async () => {
    await using rig = await BrokerRig.start();
    await rig.marketOrder('100', PROTECTED);
    const { account } = (await rig.account('GET', '')).body;
    assert.equal(account.trades[0].takeProfitOrderID, '5');
    assert.equal(account.orders.length, 3);
    assert.equal((await rig.account('GET', '/summary')).body.account.openTradeCount, 1);
    assert.equal((await rig.call('GET', '/accounts')).body.accounts.length, 1);
    const { instruments } = (await rig.account('GET', '/instruments')).body;
    assert.deepEqual(
      instruments.map(({ name, pipLocation }: { name: string; pipLocation: number }) => [
        name,
        pipLocation,
      ]),
      [
        ['EUR_USD', -4],
        ['USD_JPY', -2],
      ],
    );
    const one = await rig.account('GET', '/instruments?instruments=USD_JPY');
    assert.equal(one.body.instruments.length, 1);
    assert.equal((await rig.account('GET', '/instruments?instruments=X_Y')).status, 400);
  });

  it('lists orders and trades by state, number and id', async () => {
    await using rig = await BrokerRig.start();
    const limit = { type: 'LIMIT', instrument: 'EUR_USD', units: '10', price: '1.05000' };
    for (let i = 0; i < 3; i++) await rig.order(limit);
    await rig.account('PUT', '/orders/4/cancel');
    await rig.marketOrder('1');
    const listed = async (query: string): Promise<string[]> =>
      (await rig.account('GET', `/orders?${query}`)).body.orders.map(
        ({ id }: { id: string }) => id,
      );
    assert.deepEqual(await listed(''), ['5', '3']);
    assert.deepEqual(await listed('state=CANCELLED'), ['4']);
    assert.deepEqual(await listed('state=ALL&count=2'), ['7', '5']);
    assert.deepEqual(await listed('state=ALL&beforeID=5'), ['4', '3']);
    assert.deepEqual(await listed('ids=3,4'), ['3']);
    assert.deepEqual(await listed('instrument=USD_JPY'), []);
    assert.equal((await rig.account('GET', '/orders?count=9999')).status, 400);
    assert.equal((await rig.account('GET', '/trades?state=ALL')).body.trades.length, 1);
    assert.equal((await rig.account('GET', '/trades?state=CLOSED')).body.trades.length, 0);
  });

  it('gets an alias, and no margin rate', async () => {
    await using rig = await BrokerRig.start();
    assert.equal((await rig.account('PATCH', '/configuration', { alias: 'mine' })).status, 200);
    assert.equal((await rig.account('GET', '/summary')).body.account.alias, 'mine');
    assert.equal((await rig.account('PATCH', '/configuration', {})).status, 400);
    assert.equal((await rig.account('PATCH', '/configuration', { marginRate: '0.1' })).status, 403);
  });
});
