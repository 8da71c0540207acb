import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BrokerRig } from '../../testing/broker-rig.ts';

const EUR = { instrument: 'EUR_USD' };

describe('a market order', () => {
  it('is created and filled in one answer, at the ask or at the bid', async () => {
    await using rig = await BrokerRig.start();
    const bought = await rig.marketOrder('100');
    assert.equal(bought.status, 201);
    assert.equal(bought.body.orderFillTransaction.price, '1.10020');
    assert.equal(bought.headers.get('location'), '/v3/accounts/101-001-1234567-001/orders/3');
    const sold = await rig.marketOrder('-40');
    assert.equal(sold.body.orderFillTransaction.price, '1.10000');
    assert.equal(sold.body.orderFillTransaction.tradeReduced.units, '-40');
    assert.equal(sold.body.orderFillTransaction.pl, '-0.008000');
    assert.deepEqual(sold.body.relatedTransactionIDs, ['5', '6']);
  });

  it('closes the oldest trades first and opens one with what is left', async () => {
    await using rig = await BrokerRig.start();
    await rig.marketOrder('100');
    await rig.marketOrder('50');
    const { body } = await rig.marketOrder('-170');
    const fill = body.orderFillTransaction;
    assert.deepEqual(
      fill.tradesClosed.map((one: { tradeID: string; units: string }) => [one.tradeID, one.units]),
      [
        ['4', '-100'],
        ['6', '-50'],
      ],
    );
    assert.deepEqual([fill.tradeOpened.tradeID, fill.tradeOpened.units], ['8', '-20']);
    const { body: open } = await rig.account('GET', '/openPositions');
    assert.equal(open.positions[0].short.units, '-20');
    assert.equal(open.positions[0].long.units, '0');
  });

  it('is created and cancelled where it cannot be filled: that is 201 as well', async () => {
    await using rig = await BrokerRig.start({ venue: { marginCheck: true } });
    const cancelled = async (order: object): Promise<string> => {
      const { status, body } = await rig.order({ type: 'MARKET', ...EUR, ...order });
      assert.equal(status, 201);
      assert.equal(body.orderFillTransaction, undefined);
      return body.orderCancelTransaction.reason;
    };
    assert.equal(await cancelled({ units: '90000000' }), 'INSUFFICIENT_MARGIN');
    assert.equal(await cancelled({ units: '-90000000' }), 'INSUFFICIENT_MARGIN');
    assert.equal(await cancelled({ units: '1', priceBound: '1.10019' }), 'BOUNDS_VIOLATION');
    assert.equal(await cancelled({ units: '-1', priceBound: '1.10001' }), 'BOUNDS_VIOLATION');
    const reduce = { units: '1', positionFill: 'REDUCE_ONLY' };
    assert.equal(await cancelled(reduce), 'POSITION_CLOSEOUT_FAILED');
    await rig.fact({ fact: 'halt', instrument: 'EUR_USD', halted: true });
    assert.equal(await cancelled({ units: '1' }), 'MARKET_HALTED');
  });

  it('with a bound fills at the market, never beyond the bound', async () => {
    await using rig = await BrokerRig.start();
    const buy = await rig.marketOrder('10', { priceBound: '1.10030' });
    assert.equal(buy.body.orderFillTransaction.price, '1.10020');
    const sell = await rig.marketOrder('-10', { priceBound: '1.10000' });
    assert.equal(sell.body.orderFillTransaction.price, '1.10000');
  });

  it('is converted to the account currency at the mid', async () => {
    await using rig = await BrokerRig.start();
    await rig.order({ type: 'MARKET', instrument: 'USD_JPY', units: '1000' });
    await rig.quote(151, 151.02, { k: 1 });
    const { body } = await rig.order({ type: 'MARKET', instrument: 'USD_JPY', units: '-1000' });
    // 1000 × (151.000 − 150.020) JPY at 151.01.
    assert.equal(body.orderFillTransaction.pl, '6.489636');
    assert.equal(body.orderFillTransaction.gainQuoteHomeConversionFactor, '0.006622078008079');
  });
});

describe('a limit order', () => {
  it('rests until the market is there, and is found by id and by client id', async () => {
    await using rig = await BrokerRig.start();
    const clientExtensions = { id: 'mine', tag: 'decision', comment: 'first' };
    const made = await rig.order({
      type: 'LIMIT',
      ...EUR,
      units: '100',
      price: '1.09900',
      clientExtensions,
    });
    assert.equal(made.body.orderFillTransaction, undefined);
    const byClient = await rig.account('GET', '/orders/@mine');
    assert.equal(byClient.body.order.state, 'PENDING');
    assert.deepEqual(byClient.body.order.clientExtensions, clientExtensions);
    await rig.quote(1.0988, 1.099);
    const byId = await rig.account('GET', '/orders/3');
    assert.equal(byId.body.order.state, 'FILLED');
    assert.equal((await rig.account('GET', '/orders/@mine')).status, 404);
    const [, , , fill] = await rig.transactions();
    assert.deepEqual(
      [fill.type, fill.price, fill.clientOrderID],
      ['ORDER_FILL', '1.09900', 'mine'],
    );
  });

  it('that the market has passed fills at once, at the market', async () => {
    await using rig = await BrokerRig.start();
    const buy = await rig.order({ type: 'LIMIT', ...EUR, units: '1', price: '1.10100' });
    assert.equal(buy.body.orderFillTransaction.price, '1.10020');
    const sell = await rig.order({ type: 'LIMIT', ...EUR, units: '-1', price: '1.09900' });
    assert.equal(sell.body.orderFillTransaction.price, '1.10000');
  });

  it('ends at its time, at the end of its day, or at once', async () => {
    await using rig = await BrokerRig.start();
    const order = { type: 'LIMIT', ...EUR, units: '1', price: '1.00000' };
    const gtdTime = '2024-01-01T00:01:00.5Z';
    await rig.order({ ...order, timeInForce: 'GTD', gtdTime });
    await rig.order({ ...order, timeInForce: 'GFD' });
    const fok = await rig.order({ ...order, timeInForce: 'FOK' });
    assert.equal(fok.body.orderCancelTransaction.reason, 'TIME_IN_FORCE_EXPIRED');
    await rig.pass(60_000_000);
    const first = (await rig.transactions()).at(-1);
    assert.deepEqual([first.orderID, first.reason], ['3', 'TIME_IN_FORCE_EXPIRED']);
    assert.equal(first.time, '2024-01-01T00:01:00.500000000Z');
    await rig.pass(24 * 3600 * 1_000_000);
    const second = (await rig.transactions()).at(-1);
    assert.deepEqual([second.orderID, second.time], ['4', '2024-01-02T00:00:00.000000000Z']);
  });

  it('that fills in part goes on as a new order for the rest', async () => {
    await using rig = await BrokerRig.start();
    const clientExtensions = { id: 'part' };
    await rig.order({ type: 'LIMIT', ...EUR, units: '100', price: '1.09900', clientExtensions });
    await rig.quote(1.0988, 1.099, { size: 30 });
    const fill = (await rig.transactions()).slice(3);
    assert.deepEqual(
      fill.map(({ type, units }) => [type, units]),
      [
        ['ORDER_FILL', '30'],
        ['LIMIT_ORDER', '70'],
      ],
    );
    assert.equal(fill[1].replacesOrderID, '3');
    assert.equal((await rig.account('GET', '/orders/@part')).body.order.id, '5');
    assert.equal((await rig.account('GET', '/orders/3')).body.order.replacedByOrderID, '5');
    await rig.quote(1.0988, 1.099);
    assert.equal((await rig.account('GET', '/openPositions')).body.positions[0].long.units, '100');
  });

  it('immediate or cancel takes what there is', async () => {
    await using rig = await BrokerRig.start();
    await rig.fact({ fact: 'liquidity', instrument: 'EUR_USD', units: '30' });
    const { body } = await rig.marketOrder('100', { timeInForce: 'IOC' });
    assert.equal(body.orderFillTransaction.units, '30');
    assert.equal(body.orderCancelTransaction.reason, 'INSUFFICIENT_LIQUIDITY');
    const fok = await rig.marketOrder('100');
    assert.equal(fok.body.orderCancelTransaction.reason, 'INSUFFICIENT_LIQUIDITY');
  });
});

describe('stops and orders that wait to be touched', () => {
  for (const units of ['10', '-10']) {
    const isBuy = units === '10';
    const up = isBuy ? '1.10500' : '1.09500';
    const down = isBuy ? '1.09500' : '1.10500';
    const move = async (rig: BrokerRig, to: string): Promise<void> => {
      await rig.quote(Number(to), Number(to));
    };
    const last = async (rig: BrokerRig) => (await rig.transactions()).at(-1);

    it(`a stop is a market order once the market has gone there: ${units}`, async () => {
      await using rig = await BrokerRig.start();
      await rig.order({ type: 'STOP', ...EUR, units, price: up });
      await move(rig, '1.10010');
      assert.equal((await last(rig)).type, 'STOP_ORDER');
      await move(rig, up);
      const fill = await last(rig);
      assert.deepEqual([fill.type, fill.reason, fill.price], ['ORDER_FILL', 'STOP_ORDER', up]);
    });

    it(`a stop beyond its bound is cancelled: ${units}`, async () => {
      await using rig = await BrokerRig.start();
      await rig.order({ type: 'STOP', ...EUR, units, price: up, priceBound: up });
      await move(rig, isBuy ? '1.10600' : '1.09400');
      assert.equal((await last(rig)).reason, 'BOUNDS_VIOLATION');
      assert.equal((await rig.account('GET', '/pendingOrders')).body.orders.length, 0);
    });

    for (const price of [up, down]) {
      it(`one that waits to be touched trades at the market then: ${units} at ${price}`, async () => {
        await using rig = await BrokerRig.start();
        const { body } = await rig.order({ type: 'MARKET_IF_TOUCHED', ...EUR, units, price });
        await move(rig, '1.10010');
        assert.equal((await last(rig)).id, body.lastTransactionID);
        await move(rig, price);
        const fill = await last(rig);
        assert.deepEqual([fill.reason, fill.price], ['MARKET_IF_TOUCHED_ORDER', price]);
      });
    }
  }

  it('one that waits to be touched ends at its time', async () => {
    await using rig = await BrokerRig.start();
    await rig.order({
      type: 'MARKET_IF_TOUCHED',
      ...EUR,
      units: '1',
      price: '1.00000',
      timeInForce: 'GTD',
      gtdTime: '1704067260.25',
    });
    await rig.quote(0.9, 0.9, { after: 120_000_000 });
    const [end, ...more] = (await rig.transactions()).slice(3);
    assert.deepEqual([end.reason, more.length], ['TIME_IN_FORCE_EXPIRED', 0]);
    assert.equal(end.time, '2024-01-01T00:01:00.250000000Z');
  });
});

describe('client ids', () => {
  it('are unique among pending orders only', async () => {
    await using rig = await BrokerRig.start();
    const clientExtensions = { id: 'same' };
    const limit = { type: 'LIMIT', ...EUR, units: '1', price: '1.00000', clientExtensions };
    // Twice the same market order: the first has filled, so the second is executed as well.
    assert.equal((await rig.marketOrder('1', { clientExtensions })).status, 201);
    assert.equal((await rig.marketOrder('1', { clientExtensions })).status, 201);
    assert.equal((await rig.order(limit)).status, 201);
    for (const order of [limit, { type: 'MARKET', ...EUR, units: '1', clientExtensions }]) {
      const { status, body } = await rig.order(order);
      assert.equal(status, 400);
      assert.equal(body.errorCode, 'CLIENT_ORDER_ID_ALREADY_EXISTS');
      assert.equal(body.orderRejectTransaction.rejectReason, 'CLIENT_ORDER_ID_ALREADY_EXISTS');
    }
    assert.equal((await rig.account('PUT', '/orders/@same/cancel')).status, 200);
    assert.equal((await rig.order(limit)).status, 201);
  });
});

describe('a replace', () => {
  it('ends the old order and begins the new one in one step', async () => {
    await using rig = await BrokerRig.start();
    const clientExtensions = { id: 'moved' };
    const limit = { type: 'LIMIT', ...EUR, units: '1', clientExtensions };
    await rig.order({ ...limit, price: '1.00000' });
    const order = { ...limit, price: '1.01000' };
    const { status, body } = await rig.account('PUT', '/orders/@moved', { order });
    assert.equal(status, 201);
    assert.equal(body.orderCancelTransaction.reason, 'CLIENT_REQUEST_REPLACED');
    assert.equal(body.orderCancelTransaction.replacedByOrderID, body.orderCreateTransaction.id);
    assert.equal(body.orderCreateTransaction.reason, 'REPLACEMENT');
    assert.equal(body.orderCreateTransaction.replacesOrderID, '3');
    const { body: pending } = await rig.account('GET', '/pendingOrders');
    assert.deepEqual(
      pending.orders.map((one: { id: string; price: string }) => [one.id, one.price]),
      [['5', '1.01000']],
    );
  });

  it('of what is not pending is 404 with a reject transaction, as a cancel of it is', async () => {
    await using rig = await BrokerRig.start();
    const order = { type: 'LIMIT', ...EUR, units: '1', price: '1.00000' };
    const replaced = await rig.account('PUT', '/orders/99', { order });
    assert.equal(replaced.status, 404);
    assert.equal(replaced.body.errorCode, 'ORDER_DOESNT_EXIST');
    const cancelled = await rig.account('PUT', '/orders/@nobody/cancel');
    assert.equal(cancelled.status, 404);
    assert.equal(cancelled.body.orderCancelRejectTransaction.clientOrderID, 'nobody');
  });

  it('by an order of another type, or one that is refused, leaves the old one', async () => {
    await using rig = await BrokerRig.start();
    await rig.order({ type: 'LIMIT', ...EUR, units: '1', price: '1.00000' });
    const stop = { type: 'STOP', ...EUR, units: '1', price: '1.20000' };
    const { body } = await rig.account('PUT', '/orders/3', { order: stop });
    assert.equal(body.errorCode, 'REPLACING_ORDER_INVALID');
    const bad = { type: 'LIMIT', ...EUR, units: '1', price: '1.000001' };
    const refused = await rig.account('PUT', '/orders/3', { order: bad });
    assert.equal(refused.body.errorCode, 'PRICE_PRECISION_EXCEEDED');
    assert.equal((await rig.account('GET', '/orders/3')).body.order.state, 'PENDING');
  });
});

describe('an order that is refused', () => {
  const cases: readonly (readonly [string, object])[] = [
    ['INSTRUMENT_MISSING', { units: '1', price: '1' }],
    ['INSTRUMENT_UNKNOWN', { instrument: 'EUR_XXX', units: '1', price: '1' }],
    ['UNITS_MISSING', { ...EUR, price: '1' }],
    ['UNITS_INVALID', { ...EUR, units: '0', price: '1' }],
    ['UNITS_PRECISION_EXCEEDED', { ...EUR, units: '-1.5', price: '1' }],
    ['UNITS_LIMIT_EXCEEDED', { ...EUR, units: '9000000000000', price: '1' }],
    ['PRICE_MISSING', { ...EUR, units: '1' }],
    ['PRICE_INVALID', { ...EUR, units: '1', price: '-1' }],
    ['PRICE_PRECISION_EXCEEDED', { ...EUR, units: '1', price: '1.000001' }],
    ['TIME_IN_FORCE_GTD_TIMESTAMP_MISSING', { ...EUR, units: '1', price: '1', timeInForce: 'GTD' }],
    [
      'TIME_IN_FORCE_GTD_TIMESTAMP_IN_PAST',
      { ...EUR, units: '1', price: '1', timeInForce: 'GTD', gtdTime: '2020-01-01T00:00:00Z' },
    ],
    ['TRIGGER_CONDITION_INVALID', { ...EUR, units: '1', price: '1', triggerCondition: 'MID' }],
    [
      'ORDER_FILL_POSITION_ACTION_INVALID',
      { ...EUR, units: '1', price: '1', positionFill: 'OPEN_ONLY' },
    ],
    ['CLIENT_ORDER_ID_INVALID', { ...EUR, units: '1', price: '1', clientExtensions: { id: '' } }],
  ];
  for (const [reason, order] of cases) {
    it(`says so in a transaction: ${reason}`, async () => {
      await using rig = await BrokerRig.start();
      const { status, body } = await rig.order({ type: 'LIMIT', ...order });
      assert.equal(status, 400);
      assert.equal(body.errorCode, reason);
      assert.equal(body.orderRejectTransaction.type, 'LIMIT_ORDER_REJECT');
      assert.equal(body.orderRejectTransaction.rejectReason, reason);
      assert.equal(body.lastTransactionID, body.orderRejectTransaction.id);
    });
  }

  it('and cannot be understood leaves no transaction', async () => {
    await using rig = await BrokerRig.start();
    for (const order of [
      undefined,
      [],
      'order',
      {},
      { type: 'FIXED_PRICE' },
      { type: 'MARKET', ...EUR, units: 1 },
      { type: 'MARKET', ...EUR, units: '1e3' },
      { type: 'MARKET', ...EUR, units: '1', prize: '1' },
      { type: 'LIMIT', ...EUR, units: '1', price: 'x' },
    ]) {
      const { status, body } = await rig.order(order);
      assert.equal(status, 400);
      assert.match(body.errorMessage, /^Invalid value specified/);
    }
    assert.equal((await rig.transactions()).length, 2);
  });
});
