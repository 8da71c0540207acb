import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { present } from '../../model/assert.ts';
import { LookUpOutcome } from '../../model/doubt.ts';
import { InputKind } from '../../model/inputs.ts';
import { OrderFlag } from '../../model/order.ts';
import type { InstrumentIndex, Price, Quantity, TimeUs } from '../../model/units.ts';
import { ReportKind } from '../../model/venue.ts';
import { OandaRig } from '../../testing/oanda-rig.ts';

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;

suite('the OANDA adapter', () => {
  test('a start checks the account, is compared, and only then trades', async () => {
    await using rig = await OandaRig.build();
    rig.startAdapter();
    assert.equal(rig.adapter.status.phase, 'checking_account');
    await rig.pass(3 * SECOND);
    assert.equal(rig.adapter.status.phase, 'open');
    assert.equal(rig.kernel.book.reconciliation.armed, true);
    assert(rig.http.sent.every((request) => request.startsWith('GET ')));
    const order = rig.order({ side: 'buy', quantity: 1000 });
    await rig.pass(SECOND);
    assert.equal(rig.state(order), 'filled');
    const [created] = (await rig.broker.transactions()).slice(-2);
    assert.deepEqual(created.clientExtensions, { id: 'Tboot0000011', comment: 'puppet/1' });
    await rig.agrees();
  });

  test('buys and sells of every type work, fill, expire and are cancelled as the broker says', async () => {
    await using rig = await OandaRig.start();
    const limit = (side: 'buy' | 'sell', price: number, more = {}) =>
      rig.order({ side, type: 'limit', quantity: 100, limitPrice: price as Price, ...more });
    const resting = [limit('buy', 109_000), limit('sell', 111_000)];
    const stop = rig.order({
      side: 'buy',
      type: 'stop',
      quantity: 70,
      stopPrice: 110_500 as Price,
    });
    const expireTime = (rig.now + 5 * SECOND) as TimeUs;
    const timed = limit('buy', 108_000, { timeInForce: 'gtd', expireTime });
    const gone = limit('buy', 108_000, { timeInForce: 'ioc' });
    await rig.pass(SECOND);
    assert.deepEqual(
      [...resting, stop, timed].map((one) => rig.state(one)),
      Array(4).fill('working'),
    );
    assert.equal(rig.state(gone), 'cancelled');
    await rig.agrees();
    await rig.broker.quote(1.1051, 1.1053);
    await rig.pass(10 * SECOND);
    assert.equal(rig.state(stop), 'filled');
    assert.equal(rig.state(timed), 'expired');
    rig.act((context) => context.cancel(resting[0] ?? stop));
    await rig.pass(SECOND);
    assert.equal(rig.state(resting[0] ?? stop), 'cancelled');
    assert.equal(rig.position(), 70);
    await rig.agrees();
  });

  test('a replace keeps the client id, and its new terms are told', async () => {
    await using rig = await OandaRig.start();
    const order = rig.order({
      side: 'sell',
      type: 'limit',
      quantity: 100,
      limitPrice: 111_000 as Price,
    });
    await rig.pass(SECOND);
    rig.act((context) =>
      context.replace(order, { quantity: 60 as Quantity, limitPrice: 111_500 as Price }),
    );
    await rig.pass(SECOND);
    const found = rig.kernel.book.orders.find(order);
    assert.equal(rig.state(order), 'working');
    assert.deepEqual(
      [found?.terms.quantity, found?.terms.limitPrice, found?.flags],
      [60, 111_500, 0],
    );
    await rig.agrees();
    await rig.broker.quote(1.1152, 1.1154);
    await rig.pass(SECOND);
    assert.equal(rig.state(order), 'filled');
    assert.equal(rig.position(), -60);
  });

  test('a resting order that fills in parts goes on under its new number', async () => {
    await using rig = await OandaRig.start();
    await rig.broker.fact({ fact: 'liquidity', instrument: 'EUR_USD', units: '40' });
    const order = rig.order({
      side: 'buy',
      type: 'limit',
      quantity: 100,
      limitPrice: 109_000 as Price,
    });
    await rig.pass(SECOND);
    await rig.broker.quote(1.089, 1.0892);
    await rig.pass(SECOND);
    assert.equal(rig.state(order), 'partially_filled');
    await rig.agrees();
    rig.act((context) =>
      context.replace(order, { quantity: 90 as Quantity, limitPrice: 108_500 as Price }),
    );
    await rig.pass(SECOND);
    assert.equal(rig.kernel.book.orders.find(order)?.terms.quantity, 90);
    await rig.agrees();
    rig.act((context) => context.cancel(order));
    await rig.pass(SECOND);
    const [cancel] = rig.http.sent.filter((request) => request.endsWith('/cancel'));
    assert.match(cancel ?? '', /orders\/%40Tboot0000011\/cancel$/, 'by the id that stays');
    assert.equal(rig.state(order), 'cancelled');
    assert.equal(rig.position(), rig.kernel.book.orders.find(order)?.filled);
    await rig.agrees();
  });

  test('protection comes under its reserved ids, is moved, shrinks with its trade, and closes it', async () => {
    await using rig = await OandaRig.start();
    const bracket = { stopLoss: 109_000 as Price, takeProfit: 112_000 as Price };
    const order = rig.order({ side: 'buy', quantity: 100, ...bracket });
    await rig.pass(SECOND);
    const parent = rig.kernel.book.orders.find(order);
    const stop = parent?.stopLossOrder ?? order;
    assert.equal(rig.state(stop), 'working');
    await rig.agrees();
    rig.act((context) => context.replace(stop, { stopPrice: 109_500 as Price }));
    await rig.pass(SECOND);
    assert.equal(rig.kernel.book.orders.find(stop)?.terms.stopPrice, 109_500);
    const part = rig.order({ side: 'sell', quantity: 30, reduceOnly: true });
    await rig.pass(SECOND);
    assert.equal(rig.state(part), 'filled');
    assert.equal(rig.kernel.book.orders.find(stop)?.terms.quantity, 70);
    await rig.agrees();
    await rig.broker.quote(1.094, 1.0942);
    await rig.pass(SECOND);
    assert.equal(rig.state(stop), 'filled');
    assert.equal(rig.state(parent?.takeProfitOrder ?? order), 'cancelled');
    assert.equal(rig.position(), 0);
    await rig.agrees();
  });

  test('reduce-only never opens, and an order without margin is a normal refusal after 201', async () => {
    await using rig = await OandaRig.start();
    const big = rig.order({ side: 'buy', quantity: 90_000_000 });
    await rig.pass(SECOND);
    assert.equal(rig.state(big), 'cancelled');
    assert.equal(rig.position(), 0);
    rig.order({ side: 'sell', quantity: 50 });
    await rig.pass(SECOND);
    const exit = rig.order({ side: 'buy', quantity: 50, reduceOnly: true });
    await rig.pass(SECOND);
    assert.equal(rig.state(exit), 'filled');
    assert.equal(rig.position(), 0);
    const fills = (await rig.broker.transactions())
      .filter(({ type }) => type === 'MARKET_ORDER')
      .map(({ positionFill }) => positionFill);
    assert.deepEqual(fills, ['DEFAULT', 'DEFAULT', 'REDUCE_ONLY']);
    await rig.agrees();
  });

  test('what the broker refuses with a transaction is rejected, and its number is booked', async () => {
    await using rig = await OandaRig.start();
    await rig.broker.fact({ fact: 'lock_orders', locked: true });
    const order = rig.order({ side: 'buy', quantity: 10 });
    await rig.pass(SECOND);
    assert.equal(rig.state(order), 'rejected');
    const { length } = await rig.broker.transactions();
    assert.equal(rig.kernel.book.cursor, length);
    await rig.agrees();
  });

  test('every fact that a broker alone decides is booked, and the books agree with it', async () => {
    const facts = [
      { fact: 'transfer', amount: '500' },
      { fact: 'fee', amount: '-2.5' },
      { fact: 'adjustment', amount: '1.25' },
      { fact: 'financing', instrument: 'EUR_USD', amount: '-0.75' },
      { fact: 'margin_call' },
      { fact: 'margin_call_extend' },
      { fact: 'margin_call_exit' },
      { fact: 'foreign_order', order: { type: 'MARKET', instrument: 'EUR_USD', units: '25' } },
      {
        fact: 'foreign_order',
        order: { type: 'LIMIT', instrument: 'EUR_USD', units: '25', price: '1.0' },
      },
      { fact: 'account_reset' },
      { fact: 'account_closed', closed: true },
      { fact: 'account_closed', closed: false },
      { fact: 'close_by_hand', trade: '4' },
      { fact: 'margin_closeout' },
    ];
    await using rig = await OandaRig.start();
    rig.order({ side: 'buy', quantity: 40 });
    rig.order({ side: 'buy', quantity: 60 });
    await rig.pass(SECOND);
    for (const fact of facts) {
      const { status } = await rig.broker.fact(fact);
      assert.equal(status, 200, JSON.stringify(fact));
      await rig.pass(SECOND);
    }
    assert.equal(rig.kernel.book.cursor, (await rig.broker.transactions()).length);
    assert(!rig.alerts.includes('cash_break'), rig.alerts.join());
    assert.equal(rig.position(), 0);
    await rig.agrees(['unknown_owner']);
  });

  test('killed anywhere, a new process finds everything in the log, and sends nothing again', async () => {
    await using rig = await OandaRig.start();
    const first = rig.order({ side: 'buy', quantity: 40, stopLoss: 109_000 as Price });
    const resting = rig.order({
      side: 'sell',
      type: 'limit',
      quantity: 9,
      limitPrice: 111_000 as Price,
    });
    await rig.kill();
    assert.equal(rig.state(first), 'filled', 'it was in doubt, and the log told');
    await rig.kill();
    assert.equal(rig.state(resting), 'working');
    assert.equal(rig.http.sent.filter((request) => request.startsWith('POST')).length, 2);
    await rig.agrees();
    rig.act((context) => context.cancel(resting));
    await rig.pass(SECOND);
    assert.equal(rig.state(resting), 'cancelled');
    await rig.pass(MINUTE);
  });

  test('a trade that was reduced while no process ran takes its protection’s size along', async () => {
    for (const isStopped of [false, true]) {
      await using rig = await OandaRig.start();
      rig.order({ side: 'buy', quantity: 40, stopLoss: 109_000 as Price });
      await rig.pass(SECOND);
      const [leg] = [...rig.kernel.book.orders.open()];
      rig.engine.commit(rig.now);
      rig.adapter.stop();
      const [trade] = rig.broker.broker.ledger.openTrades();
      await rig.broker.account('PUT', `/trades/${trade?.id}/close`, { units: '30' });
      if (isStopped) await rig.broker.quote(1.08, 1.0802);
      await rig.kill();
      await rig.pass(5 * SECOND);
      const found = present(leg && rig.kernel.book.orders.find(leg.handle), 'leg');
      assert.equal(rig.state(found.handle), isStopped ? 'filled' : 'working');
      assert.equal(found.terms.quantity, 10);
      await rig.agrees(['unknown_owner']);
    }
  });

  test('a replace of an order that the broker does not have was refused', async () => {
    await using rig = await OandaRig.start();
    await rig.broker.setFaults([{ kind: 'half_open', on: 'create_order', times: 1 }]);
    const limitPrice = 109_000 as Price;
    const order = rig.order({ side: 'buy', type: 'limit', quantity: 10, limitPrice });
    await rig.pass(SECOND / 10);
    rig.act((context) => context.replace(order, { limitPrice: 109_010 as Price }));
    await rig.pass(SECOND);
    const refused = rig.told.filter(
      (one) => one.kind === InputKind.report && one.report.report === ReportKind.replaceRefused,
    );
    assert.equal(refused.length, 1);
    const flags = rig.kernel.book.orders.find(order)?.flags ?? 0;
    assert.equal(flags & OrderFlag.replacePending, 0);
  });

  test('a look-up that shows an order as it was before a fill that was told is no answer', async () => {
    await using rig = await OandaRig.start();
    const limitPrice = 109_000 as Price;
    const order = rig.order({ side: 'buy', type: 'limit', quantity: 11, limitPrice });
    await rig.pass(SECOND);
    await rig.broker.setFaults([{ kind: 'stale_reads', on: 'order', ms: 60_000 }]);
    const clientOrderId = rig.kernel.orderSend(order).clientOrderId;
    const brokerOrderId = rig.kernel.book.orders.find(order)?.brokerOrderId ?? '';
    const answers: number[] = [];
    for (const ask of [901, 902]) {
      rig.adapter.lookUp({ ask, order, clientOrderId, brokerOrderId });
      await rig.pass(SECOND / 10);
      const last = rig.told.findLast((one) => one.kind === InputKind.lookUpAnswer);
      assert(last?.kind === InputKind.lookUpAnswer && last.answer.ask === ask);
      answers.push(last.answer.outcome);
      await rig.broker.quote(1.0898, 1.09, { size: 4 });
      await rig.pass(SECOND);
    }
    assert.deepEqual(answers, [LookUpOutcome.found, LookUpOutcome.failed]);
    assert.equal(rig.kernel.book.orders.find(order)?.terms.quantity, 11);
  });

  test('money in another currency than the account’s agrees to its last digit', async () => {
    await using rig = await OandaRig.start();
    const k = 1 as InstrumentIndex;
    for (const [i, bid] of [150.013, 151.777, 149.051].entries()) {
      rig.order({ side: i % 2 === 0 ? 'buy' : 'sell', quantity: 12_345 - i, instrument: k });
      await rig.pass(SECOND);
      await rig.broker.quote(bid, bid + 0.017, { k: 1 });
      await rig.pass(SECOND);
    }
    rig.order({ side: 'sell', quantity: 12_344, instrument: k, reduceOnly: true });
    await rig.pass(SECOND);
    assert.equal(rig.position(1), 0);
    assert.deepEqual(rig.alerts, []);
    await rig.agrees();
  });

  test('a limit order with a deadline is proved absent once that has passed', async () => {
    await using rig = await OandaRig.start();
    await rig.broker.setFaults([{ kind: 'drop_request', on: 'create_order', times: 1 }]);
    const order = rig.order({
      side: 'buy',
      type: 'limit',
      quantity: 10,
      limitPrice: 109_000 as Price,
      timeInForce: 'gtd',
      expireTime: (rig.now + 15 * SECOND) as TimeUs,
    });
    await rig.pass(14 * SECOND);
    assert.equal(rig.state(order), 'in_doubt');
    await rig.pass(16 * SECOND);
    assert.equal(rig.state(order), 'not_placed');
  });

  test('a connection that nothing goes over is kept in use', async () => {
    await using rig = await OandaRig.start();
    const summaries = (): number => rig.http.sent.filter((one) => one.endsWith('/summary')).length;
    const before = summaries();
    await rig.pass(MINUTE);
    assert.equal(summaries() - before, 20);
    rig.adapter.stop();
    await rig.pass(MINUTE);
    assert.equal(summaries() - before, 20);
  });
});
