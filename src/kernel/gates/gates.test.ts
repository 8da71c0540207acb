import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { GATE_NAMES, TradingState } from '../../model/gate.ts';
import { InputKind } from '../../model/inputs.ts';
import { RecordKind } from '../../model/records.ts';
import type { OrderHandle, Price, Quantity } from '../../model/units.ts';
import { ReportKind } from '../../model/venue.ts';
import { testKeys } from '../../testing/builders.ts';
import { gatesWith, KernelRig } from '../../testing/kernel-rig.ts';
import { OrderSizeGate } from './order-size.ts';

const { active, exitOnly, halted } = TradingState;

suite('gates', () => {
  test('are passed in their one order: the first that enforces gives the reason', () => {
    const gates = gatesWith(new OrderSizeGate('enforce', [5 as Quantity]));
    const rig = new KernelRig({ kernel: { gates } });
    const ask = (quantity: number, key: string, limitPrice?: number) => {
      const prices = limitPrice === undefined ? {} : { limitPrice: limitPrice as Price };
      const result = rig.submit({ side: 'buy', quantity: quantity as Quantity, key, ...prices });
      return result.ok ? 'sent' : `${result.gate} ${result.reason}`;
    };
    assert.equal(ask(9, 'a'), 'order_validity no_quote');
    rig.quote(0, 100_000, 100_010);
    assert.equal(ask(5, 'a'), 'sent');
    rig.state(halted);
    assert.equal(ask(9, 'a', 1), 'order_validity price_not_allowed');
    assert.equal(ask(9, 'a'), 'duplicate_intent key_used_with_other_terms');
    assert.equal(ask(9, 'b'), 'trading_state halted');
    rig.state(active);
    assert.equal(ask(9, 'b'), 'order_size order_size_above_limit');
    assert.equal(ask(5, 'b'), 'sent');
  });

  test('a gate in shadow records what it would deny and blocks nothing; one that is off is silent', () => {
    for (const mode of ['shadow', 'off'] as const) {
      const gates = gatesWith(new OrderSizeGate(mode, [5 as Quantity]));
      const rig = new KernelRig({ kernel: { gates } });
      rig.quote(0, 100_000, 100_010);
      rig.order({ side: 'buy', quantity: 9 as Quantity });
      const denials = rig.log.of(RecordKind.denial);
      assert.equal(denials.length, mode === 'shadow' ? 1 : 0);
      assert(denials.every((denial) => denial.shadow && GATE_NAMES[denial.gate] === 'order_size'));
      assert.deepEqual(
        denials.map(({ limit, observed }) => [limit, observed]),
        mode === 'shadow' ? [['5', '9']] : [],
      );
    }
  });

  test('each decision is recorded once, denied or not, with dense numbers', () => {
    const rig = new KernelRig();
    rig.submit({ side: 'buy', quantity: 1 as Quantity, key: 'a' });
    rig.quote(0, 100_000, 100_010);
    rig.submit({ side: 'buy', quantity: 1 as Quantity, key: 'a' });
    rig.submit({ side: 'buy', quantity: 1 as Quantity, key: 'a' });
    const decisions = rig.log.of(RecordKind.decision);
    assert.deepEqual(
      decisions.map(({ decision }) => decision.number),
      [1, 2, 3],
    );
    assert.deepEqual(
      rig.log.of(RecordKind.denial).map(({ decision }) => decision.number),
      [1, 3],
    );
    assert.deepEqual(
      rig.log.of(RecordKind.intent).map(({ decision }) => decision.number),
      [2],
    );
  });

  test('an exit needs no quote and no room among the keys', () => {
    const rig = new KernelRig({ kernel: { keys: testKeys({ capacity: 1, ttlUs: 1_000_000 }) } });
    rig.quote(0, 100_000, 100_010);
    rig.hold(10);
    rig.work('buy', 1, 'pins the only place');
    const entry = rig.submit({ side: 'buy', quantity: 1 as Quantity, key: 'entry' });
    assert.deepEqual(entry, { ok: false, gate: 'duplicate_intent', reason: 'key_store_full' });
    rig.book.board.time[0] = 0;
    const exit = rig.submit({ side: 'sell', quantity: 10 as Quantity, key: 'exit' });
    assert.equal(exit.ok && exit.quantity, 10);
  });

  test('a strategy may neither cancel nor replace in a halt (X21)', () => {
    const rig = new KernelRig();
    rig.quote(0, 100_000, 100_010);
    const order = rig.work('buy', 5, 'w');
    rig.state(halted);
    rig.act((context) => context.replace(order, { limitPrice: 100_010 as Price }));
    rig.act((context) => context.cancel(order));
    assert.equal(rig.venue.replaces.length, 0, 'replace');
    assert.equal(rig.venue.cancels.length, 0, 'cancel');
  });

  test('in exit-only an entry may not be moved, protection may, though it grew since (X21)', () => {
    const rig = new KernelRig();
    rig.quote(0, 100_000, 100_010);
    const entry = rig.work('buy', 5, 'entry');
    const stopLoss = 90_000 as Price;
    const parent = rig.order({ side: 'buy', quantity: 10 as Quantity, stopLoss, key: 'p' });
    const child = (parent + 1) as OrderHandle;
    rig.report({ report: ReportKind.accepted, order: parent });
    rig.fill(parent, 4);
    const grown = { order: child, stopPrice: stopLoss } as const;
    const report = ReportKind.childAccepted;
    rig.report({ ...grown, report, parent, role: 1, quantity: 4 as Quantity });
    rig.fill(parent, 6);
    rig.report({ ...grown, report: ReportKind.replaced, quantity: 10 as Quantity });
    rig.state(exitOnly);
    const move = (order: OrderHandle, change: { limitPrice?: Price; stopPrice?: Price }) =>
      rig.act((context) => context.replace(order, change));
    assert.deepEqual(move(entry, { limitPrice: 50_001 as Price }), {
      ok: false,
      reason: 'exit_only',
    });
    assert.deepEqual(move(child, { stopPrice: 95_000 as Price }), { ok: true });
    assert.deepEqual(
      rig.act((context) => context.cancel(entry)),
      { ok: true },
    );
  });

  test('nothing is ordered in onStop', () => {
    const rig = new KernelRig();
    rig.quote(0, 100_000, 100_010);
    rig.input({ kind: InputKind.stopped, reason: '' });
    const refused = rig.submit({ side: 'buy', quantity: 1 as Quantity });
    assert.deepEqual(refused, { ok: false, gate: 'trading_state', reason: 'run_ended' });
  });
});
