import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { TRADING_STATES, TradingState } from '../model/gate.ts';
import { InputKind } from '../model/inputs.ts';
import { ORDER_STATES, OrderFlag } from '../model/order.ts';
import { RecordKind } from '../model/records.ts';
import { US_PER_HOUR } from '../model/time.ts';
import type { OrderHandle, Price, Quantity, TimeUs } from '../model/units.ts';
import { ReportKind } from '../model/venue.ts';
import { TEST_START, testInstrument } from '../testing/builders.ts';
import { KernelRig } from '../testing/kernel-rig.ts';
import { anyCommands, Said } from '../testing/venue-commands.ts';

suite('kernel against a venue that says anything', () => {
  test('its books follow from what was said, each fact once, and it never falls over', () => {
    const instruments = [testInstrument('EURUSD'), testInstrument('GBPUSD')];
    fc.assert(
      fc.property(anyCommands(), fc.constantFrom(2, 100), (commands, endedOrdersMax) => {
        const setup = () => {
          const rig = new KernelRig({ instruments, kernel: { endedOrdersMax } });
          for (const k of [0, 1]) rig.quote(k, 99_995, 100_005);
          return { real: rig, model: new Said(rig.book.account.balance) };
        };
        fc.modelRun(setup, commands);
      }),
      { numRuns: 300 },
    );
  });
});

function working(): { rig: KernelRig; order: OrderHandle } {
  const rig = new KernelRig();
  rig.quote(0, 100_000, 100_010);
  return { rig, order: rig.work('buy', 10, 'w') };
}

function stateOf(rig: KernelRig, order: OrderHandle): string {
  const found = rig.book.orders.find(order);
  return found === undefined ? 'unknown' : ORDER_STATES[found.state];
}

function flagsOf(rig: KernelRig, order: OrderHandle): number {
  return rig.book.orders.find(order)?.flags ?? -1;
}

suite('kernel', () => {
  test('an intent is recorded before it is sent, and sent once', () => {
    const { rig, order } = working();
    const kinds = rig.log.entries.map(({ record }) => record.kind);
    assert.deepEqual(kinds.slice(0, 4), [
      RecordKind.reconciled,
      RecordKind.decision,
      RecordKind.intent,
      RecordKind.orderMoved,
    ]);
    assert.deepEqual(
      rig.venue.submits.map(({ order: handle, clientOrderId }) => [handle, clientOrderId]),
      [[order, 'Tabcdefghij1']],
    );
  });

  test('a fill may come before its acknowledgement, and is booked', () => {
    const rig = new KernelRig();
    rig.quote(0, 100_000, 100_010);
    const order = rig.order({ side: 'buy', quantity: 10 as Quantity });
    rig.fill(order, 4);
    assert.equal(stateOf(rig, order), 'partially_filled');
    rig.report({ report: ReportKind.accepted, order });
    assert.equal(stateOf(rig, order), 'partially_filled');
    rig.fill(order, 6);
    assert.equal(stateOf(rig, order), 'filled');
    assert.equal(rig.book.account.positions[0]?.quantity, 10);
  });

  test('a cancel that loses to a fill leaves the fill, and no flag', () => {
    const { rig, order } = working();
    rig.act((context) => context.cancel(order));
    assert.equal(flagsOf(rig, order), OrderFlag.cancelPending);
    assert.equal(stateOf(rig, order), 'working', 'a pending cancel is no state');
    rig.fill(order, 10);
    assert.equal(flagsOf(rig, order), 0);
    rig.report({ report: ReportKind.cancelRefused, order, reason: 'order_not_open' });
    assert.equal(stateOf(rig, order), 'filled');
    assert.equal(flagsOf(rig, order), 0);
    assert(!rig.alerts.includes('order_break'));
  });

  test('an end ends what was asked of the order as well', () => {
    for (const report of [ReportKind.cancelled, ReportKind.expired, ReportKind.rejected] as const) {
      const { rig, order } = working();
      rig.act((context) => context.replace(order, { limitPrice: 49_000 as Price }));
      rig.act((context) => context.cancel(order));
      assert.equal(flagsOf(rig, order), OrderFlag.replacePending | OrderFlag.cancelPending);
      rig.report({ report, order });
      assert.equal(flagsOf(rig, order), 0);
    }
  });

  test('a cancel that is refused has a way back: the order lives and may be cancelled again', () => {
    const { rig, order } = working();
    const cancel = () => rig.act((context) => context.cancel(order));
    assert.deepEqual(cancel(), { ok: true });
    assert.deepEqual(cancel(), { ok: false, reason: 'cancel_pending' });
    rig.report({ report: ReportKind.cancelRefused, order });
    assert.deepEqual(cancel(), { ok: true });
    assert.deepEqual(
      rig.venue.cancels.map(({ attempt }) => attempt),
      [1, 2],
    );
  });

  test('a late fill is booked, flagged and alerted, and the order stays ended', () => {
    const { rig, order } = working();
    rig.report({ report: ReportKind.cancelled, order });
    rig.fill(order, 3);
    assert.equal(stateOf(rig, order), 'cancelled');
    assert.equal(flagsOf(rig, order), OrderFlag.lateFill);
    assert.equal(rig.book.account.positions[0]?.quantity, 3);
    assert(rig.alerts.includes('order_late'));
  });

  test('an order that is found alive after its end is revived: alert, exit-only, reserved (X10)', () => {
    const { rig, order } = working();
    rig.report({ report: ReportKind.cancelled, order });
    assert.equal(rig.book.orders.openQuantity(0 as never, 1), 0);
    rig.report({ report: ReportKind.accepted, order });
    assert.equal(stateOf(rig, order), 'working');
    // It could open risk: it is cancelled at once.
    assert.equal(flagsOf(rig, order), OrderFlag.revived | OrderFlag.cancelPending);
    assert.equal(rig.book.orders.openQuantity(0 as never, 1), 10);
    assert.equal(TRADING_STATES[rig.book.tradingState], 'exit_only');
    assert(rig.alerts.includes('order_revive'));
  });

  test('what cannot be is a break: alerted, and nothing of the order changes', () => {
    const { rig, order } = working();
    rig.report({ report: ReportKind.cancelled, order });
    const limitPrice = 60_000 as Price;
    rig.report({ report: ReportKind.replaced, order, quantity: 99 as Quantity, limitPrice });
    const found = rig.book.orders.find(order);
    assert(rig.alerts.includes('order_break'));
    assert.equal(stateOf(rig, order), 'cancelled');
    assert.equal(found?.terms.quantity, 10);
    assert.equal(found?.terms.limitPrice, 50_000);
  });

  test('without a log of the venue, an execution id is booked once all the same (X36)', () => {
    const { rig, order } = working();
    const fill = { ...rig.fill(order, 1), executionId: 'e1', cursor: 0 };
    rig.input({ kind: InputKind.fill, fill });
    rig.input({ kind: InputKind.fill, fill: { ...fill } });
    assert.equal(rig.book.account.positions[0]?.quantity, 2);
  });

  test('without a log, a fill of an order that is not ours is booked once as well', () => {
    const { rig, order } = working();
    const known = rig.fill(order, 1);
    const foreign = { ...known, order: 99 as OrderHandle, executionId: 'f1', cursor: 0 };
    rig.input({ kind: InputKind.fill, fill: foreign });
    rig.input({ kind: InputKind.fill, fill: { ...foreign } });
    assert.equal(rig.book.account.external[0]?.quantity, 1);
    assert.equal(rig.book.account.positions[0]?.quantity, 1);
    assert.equal(TRADING_STATES[rig.book.tradingState], 'exit_only');
  });

  test('an operator’s word on the trading state is recorded when it changes something', () => {
    const { rig } = working();
    rig.state(TradingState.halted);
    rig.state(TradingState.halted);
    rig.state(TradingState.active);
    assert.deepEqual(
      rig.log.of(RecordKind.tradingState).map(({ from, to, by }) => [from, to, by]),
      [
        [TradingState.active, TradingState.halted, 'test'],
        [TradingState.halted, TradingState.active, 'test'],
      ],
    );
  });

  test('equity is sampled at each interval in which there was a quote', () => {
    const { rig } = working();
    const marks = () => rig.log.of(RecordKind.equityMark).length;
    const boundary = (hours: number) => {
      rig.now = (TEST_START + hours * US_PER_HOUR - 1) as TimeUs;
      rig.input({ kind: InputKind.boundary });
    };
    boundary(1);
    assert.equal(marks(), 1);
    boundary(2);
    assert.equal(marks(), 1, 'nothing new');
    rig.quote(0, 100_001, 100_011);
    boundary(3);
    assert.equal(marks(), 2);
    assert.equal(rig.kernel.due[0], TEST_START + 4 * US_PER_HOUR);
  });

  test('a later boot goes on counting handles, under its own nonce', () => {
    const { rig } = working();
    rig.restart();
    const taken = 40 as OrderHandle;
    const started = { kind: InputKind.started, prefix: 'T', nonce: '0123456789' } as const;
    rig.input({ ...started, handlesTaken: taken, restored: false });
    const order = rig.order({ side: 'buy', quantity: 1 as Quantity, key: 'later' });
    assert.equal(order, 41);
    assert.equal(rig.venue.submits.slice(-1)[0]?.clientOrderId, 'T01234567891');
  });
});
