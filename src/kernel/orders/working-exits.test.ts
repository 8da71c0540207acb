import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { stateBytes } from '../../journal/hashes.ts';
import { TradingState } from '../../model/gate.ts';
import { InputKind } from '../../model/inputs.ts';
import { blankSnapshot } from '../../model/reconciliation.ts';
import type { OrderHandle, Price, Quantity } from '../../model/units.ts';
import { ReportKind, type VenueCapabilities } from '../../model/venue.ts';
import { testConfigs } from '../../testing/builders.ts';
import { KernelRig } from '../../testing/kernel-rig.ts';
import { isAtBroker } from './order.ts';

const { venue: SIM } = testConfigs().kernel;
const SIDES = ['sell', 'buy'] as const;
type SideName = (typeof SIDES)[number];

function rigOf(venue: Partial<VenueCapabilities> = {}): KernelRig {
  const rig = new KernelRig({ kernel: { venue: { ...SIM, ...venue } } });
  rig.quote(0, 100_000, 100_010);
  return rig;
}

function position(side: SideName, quantity: number): number {
  return side === 'sell' ? quantity : -quantity;
}

/** What was asked of the venue for an order: `cancel`, or the quantity to shrink to. */
function asked(rig: KernelRig, order: OrderHandle): (string | number)[] {
  return [
    ...rig.venue.cancels.filter((it) => it.order === order).map(() => 'cancel'),
    ...rig.venue.replaces.filter((it) => it.order === order).map(({ quantity }) => quantity),
  ];
}

/** An exit of 10 works, then the position falls to `left` by another order. */
function scene(side: SideName, left: number, rig: KernelRig, before: () => void): OrderHandle {
  rig.hold(position(side, 10));
  const exit = rig.work(side, 10, 'exit');
  const other = rig.order({ side, quantity: (10 - left) as Quantity, key: 'other' });
  before();
  rig.fill(other, 10 - left);
  return exit;
}

suite('working exits under a hold (X15)', () => {
  for (const side of SIDES) {
    test(`in exit-only a ${side} that the position no longer carries is shrunk or cancelled`, () => {
      const part = rigOf();
      const shrunk = scene(side, 4, part, () => part.state(TradingState.exitOnly));
      assert.deepEqual(asked(part, shrunk), [4]);
      const whole = rigOf();
      const gone = scene(side, 0, whole, () => whole.state(TradingState.exitOnly));
      assert.deepEqual(asked(whole, gone), ['cancel']);
      const twoSteps = rigOf({ atomicReplace: false });
      const order = scene(side, 4, twoSteps, () => twoSteps.state(TradingState.exitOnly));
      assert.deepEqual(asked(twoSteps, order), ['cancel'], 'old and new would both be there');
    });

    test(`the oldest ${side} keeps what the position carries, and a partly filled one its part`, () => {
      const rig = rigOf();
      rig.hold(position(side, 10));
      const [first, second] = [rig.work(side, 6, 'a'), rig.work(side, 4, 'b')];
      rig.fill(first, 1);
      const entry = rig.order({ side, quantity: 4 as Quantity, key: 'now' });
      rig.state(TradingState.exitOnly);
      rig.fill(entry, 4);
      assert.deepEqual([asked(rig, first), asked(rig, second)], [[], ['cancel']]);
    });
  }

  test('while trading is active nothing is touched; once exit-only begins it is', () => {
    const rig = rigOf();
    const exit = scene('sell', 4, rig, () => undefined);
    assert.deepEqual(asked(rig, exit), []);
    rig.state(TradingState.exitOnly);
    assert.deepEqual(asked(rig, exit), [4]);
    assert.deepEqual(stateBytes(rig.folded().book), stateBytes(rig.book));
  });

  test('what changed while an answer was awaited is looked at with the answer', () => {
    const rig = rigOf();
    let late = 0 as OrderHandle;
    const exit = scene('buy', 6, rig, () => {
      late = rig.order({ side: 'buy', quantity: 2 as Quantity, key: 'late' });
      rig.state(TradingState.exitOnly);
    });
    rig.fill(late, 2);
    assert.deepEqual(asked(rig, exit), [6], 'one change at a time');
    const limitPrice = 50_000 as Price;
    rig.report({ report: ReportKind.replaced, order: exit, quantity: 6 as Quantity, limitPrice });
    assert.deepEqual(asked(rig, exit), [6, 4]);
  });

  test('in a halt only an operator acts', () => {
    const rig = rigOf();
    const exit = scene('sell', 0, rig, () => rig.state(TradingState.halted));
    const doubtful = rig.book.orders.lastHandle;
    rig.report({ report: ReportKind.cancelUnknown, order: doubtful });
    assert.deepEqual(asked(rig, exit), []);
    rig.state(TradingState.exitOnly);
    assert.deepEqual(asked(rig, exit), ['cancel']);
  });

  test('an order in doubt, or a break, on its instrument is a hold too', () => {
    const doubt = rigOf();
    const one = scene('sell', 4, doubt, () => {
      const order = doubt.order({ side: 'buy', quantity: 1 as Quantity, key: 'doubtful' });
      doubt.report({ report: ReportKind.unknown, order });
    });
    assert.deepEqual(asked(doubt, one), [4]);
    const broken = rigOf();
    const two = scene('sell', 4, broken, () => {
      const { account, cursor } = broken.book;
      const told = { cursor, complete: true, balance: account.balance, openOrders: [] };
      for (let i = 0; i < 2; i++) {
        const snapshot = { ...blankSnapshot(), ...told };
        broken.input({ kind: InputKind.snapshot, snapshot });
      }
      assert(broken.book.reconciliation.held);
    });
    assert.deepEqual(asked(broken, two), [4]);
  });

  test('what is being changed already is left, and a refused cancel is not repeated at once', () => {
    const rig = rigOf();
    const exit = scene('sell', 0, rig, () => rig.state(TradingState.exitOnly));
    rig.report({ report: ReportKind.cancelRefused, order: exit });
    rig.quote(0, 100_000, 100_010);
    assert.deepEqual(asked(rig, exit), ['cancel']);
    rig.state(TradingState.halted);
    rig.state(TradingState.exitOnly);
    assert.deepEqual(asked(rig, exit), ['cancel', 'cancel']);
    rig.state(TradingState.active);
    rig.state(TradingState.exitOnly);
    assert.deepEqual(asked(rig, exit), ['cancel', 'cancel'], 'it is unanswered');
  });

  test('whatever fills, in exit-only exits that work never exceed the position for long', () => {
    const anyFill = fc.record({
      pick: fc.nat({ max: 9 }),
      quantity: fc.integer({ min: 1, max: 9 }),
    });
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });
    const fills = fc.array(anyFill, { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(
        fc.constantFrom(...SIDES),
        fc.boolean(),
        sizes,
        fills,
        (side, atomic, all, told) => {
          const rig = rigOf({ atomicReplace: atomic });
          rig.hold(position(side, 12));
          const orders = all.map((size, i) => rig.work(side, size, `w${i}`));
          rig.state(TradingState.exitOnly);
          for (const { pick, quantity } of told) {
            const order = rig.book.orders.find(orders[pick % orders.length] as OrderHandle);
            if (order === undefined || !isAtBroker(order)) continue;
            rig.fill(order.handle, Math.min(quantity, order.terms.quantity - order.filled));
            answer(rig);
          }
          const held = Math.abs(rig.book.account.positions[0]?.quantity ?? 0);
          let exits = 0;
          for (const order of rig.book.orders.open()) {
            const exit = Math.min(order.exitQuantity, order.terms.quantity);
            exits += Math.max(0, exit - order.filled);
          }
          assert(exits <= held, `${exits} of exits work, position ${held}`);
        },
      ),
      { numRuns: 100 },
    );
  });
});

/** The venue does what it was asked to do. */
function answer(rig: KernelRig): void {
  for (const { order } of rig.venue.cancels.splice(0)) {
    rig.report({ report: ReportKind.cancelled, order });
  }
  for (const { order, quantity, limitPrice } of rig.venue.replaces.splice(0)) {
    rig.report({ report: ReportKind.replaced, order, quantity, limitPrice: limitPrice as Price });
  }
}
