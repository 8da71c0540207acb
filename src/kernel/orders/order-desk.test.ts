import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { TradingState } from '../../model/gate.ts';
import { RecordKind } from '../../model/records.ts';
import type { OrderHandle, Price, Quantity } from '../../model/units.ts';
import { ReportKind } from '../../model/venue.ts';
import { gatesWith, KernelRig, SwitchedGate } from '../../testing/kernel-rig.ts';
import { OrderSizeGate } from '../gates/order-size.ts';

const { active, exitOnly, halted } = TradingState;

interface Case {
  /** Signed position before. */
  readonly position: number;
  readonly side: 'buy' | 'sell';
  readonly quantity: number;
  /** Quantities of limit orders that work on the same side as the request. */
  readonly working?: readonly number[];
  readonly state?: TradingState;
  readonly reduceOnly?: boolean;
  readonly sizeLimit?: number;
}

/** What X13, X20 and X21 say: quantity sent and its exit part, or why not. */
function expected(c: Case): string {
  const reduces = c.position !== 0 && c.position > 0 === (c.side === 'sell');
  const working = (c.working ?? []).reduce((sum, quantity) => sum + quantity, 0);
  const budget = reduces ? Math.max(0, Math.abs(c.position) - working) : 0;
  const exit = Math.min(c.quantity, budget);
  const entry = c.reduceOnly === true ? 0 : c.quantity - exit;
  if (c.state === halted) return 'denied trading_state halted';
  const size = c.sizeLimit ?? 1e9;
  let sent = exit + entry;
  let denied = '';
  if (c.state === exitOnly && entry > 0) denied = 'trading_state exit_only';
  else if (entry > 0 && Math.max(entry, exit) > size) denied = 'order_size order_size_above_limit';
  if (denied !== '') {
    if (exit === 0) return `denied ${denied}`;
    sent = exit;
  }
  if (sent === 0) return 'denied order_validity nothing_to_reduce';
  if (exit > size) return `sent ${size} exit ${size} reduce-only, later ${exit - size}`;
  return `sent ${sent} exit ${exit}${exit === sent || c.reduceOnly === true ? ' reduce-only' : ''}`;
}

function rigFor(c: Case): KernelRig {
  const limits = c.sizeLimit === undefined ? [] : [c.sizeLimit as Quantity];
  const gate = new SwitchedGate(new OrderSizeGate('enforce', limits));
  const rig = new KernelRig({ kernel: { gates: gatesWith(gate) } });
  rig.quote(0, 100_000, 100_010);
  rig.hold(c.position);
  for (const [i, quantity] of (c.working ?? []).entries()) rig.work(c.side, quantity, `w${i}`);
  gate.on = true;
  return rig;
}

function outcome(c: Case): string {
  const rig = rigFor(c);
  if (c.state !== undefined) rig.state(c.state);
  const sentBefore = rig.venue.submits.length;
  const result = rig.submit({
    side: c.side,
    quantity: c.quantity as Quantity,
    ...(c.reduceOnly === undefined ? {} : { reduceOnly: c.reduceOnly }),
    key: 'asked',
  });
  if (!result.ok) {
    assert.equal(rig.venue.submits.length, sentBefore, 'a denied order is not sent');
    return `denied ${result.gate} ${result.reason}`;
  }
  const [send] = rig.venue.submits.slice(sentBefore);
  const [intent] = rig.log.of(RecordKind.intent).slice(-1);
  assert.equal(send?.terms.quantity, result.quantity);
  assert.equal(intent?.terms.quantity, result.quantity);
  assert.equal(intent?.requested, c.quantity, 'a cut is recorded');
  const reduceOnly = send?.terms.reduceOnly === true ? ' reduce-only' : '';
  const later = result.later === undefined ? '' : `, later ${result.later}`;
  return `sent ${result.quantity} exit ${intent?.exitQuantity}${reduceOnly}${later}`;
}

const TABLE: readonly (readonly [string, Case, string])[] = [
  ['flat, an entry', { position: 0, side: 'buy', quantity: 10 }, 'sent 10 exit 0'],
  ['long, an exit', { position: 10, side: 'sell', quantity: 10 }, 'sent 10 exit 10 reduce-only'],
  [
    'long, a partial exit',
    { position: 10, side: 'sell', quantity: 4 },
    'sent 4 exit 4 reduce-only',
  ],
  ['long, a flip', { position: 10, side: 'sell', quantity: 25 }, 'sent 25 exit 10'],
  ['long, adding', { position: 10, side: 'buy', quantity: 5 }, 'sent 5 exit 0'],
  [
    'long, an exit beside an exit that works',
    { position: 10, side: 'sell', quantity: 10, working: [6] },
    'sent 10 exit 4',
  ],
  [
    'long, an exit when all of it is being left',
    { position: 10, side: 'sell', quantity: 10, working: [6, 4] },
    'sent 10 exit 0',
  ],
  [
    'long, exit only, an exit',
    { position: 10, side: 'sell', quantity: 10, state: exitOnly },
    'sent 10 exit 10 reduce-only',
  ],
  [
    'long, exit only, a flip is cut',
    { position: 10, side: 'sell', quantity: 25, state: exitOnly },
    'sent 10 exit 10 reduce-only',
  ],
  [
    'long, exit only, a second exit is cut to what is left',
    { position: 10, side: 'sell', quantity: 10, working: [6], state: exitOnly },
    'sent 4 exit 4 reduce-only',
  ],
  [
    'long, exit only, nothing is left to leave',
    { position: 10, side: 'sell', quantity: 10, working: [10], state: exitOnly },
    'denied trading_state exit_only',
  ],
  [
    'long, exit only, adding',
    { position: 10, side: 'buy', quantity: 1, state: exitOnly },
    'denied trading_state exit_only',
  ],
  [
    'long, halted, an exit',
    { position: 10, side: 'sell', quantity: 10, state: halted },
    'denied trading_state halted',
  ],
  [
    'reduce-only above the position is cut',
    { position: 10, side: 'sell', quantity: 25, reduceOnly: true },
    'sent 10 exit 10 reduce-only',
  ],
  [
    'reduce-only with nothing to reduce',
    { position: 10, side: 'buy', quantity: 5, reduceOnly: true },
    'denied order_validity nothing_to_reduce',
  ],
  [
    'reduce-only in a halt is refused for the halt',
    { position: 10, side: 'buy', quantity: 5, reduceOnly: true, state: halted },
    'denied trading_state halted',
  ],
  [
    'a size limit never blocks an exit: it is sliced (X20)',
    { position: 100, side: 'sell', quantity: 100, sizeLimit: 10 },
    'sent 10 exit 10 reduce-only, later 90',
  ],
  [
    'a size limit cuts a flip to its exit when the entry is too large',
    { position: 100, side: 'sell', quantity: 150, sizeLimit: 10 },
    'sent 10 exit 10 reduce-only, later 90',
  ],
  [
    'a size limit judges entry and exit each',
    { position: 10, side: 'sell', quantity: 20, sizeLimit: 10 },
    'sent 20 exit 10',
  ],
  [
    'no entry goes with an exit that is sliced',
    { position: 100, side: 'sell', quantity: 110, sizeLimit: 10 },
    'sent 10 exit 10 reduce-only, later 90',
  ],
  [
    'a size limit denies an entry above it',
    { position: 0, side: 'buy', quantity: 11, sizeLimit: 10 },
    'denied order_size order_size_above_limit',
  ],
];

function mirrored(c: Case): Case {
  return { ...c, position: -c.position, side: c.side === 'buy' ? 'sell' : 'buy' };
}

suite('entry and exit (X13)', () => {
  for (const [name, c, wanted] of TABLE) {
    test(`${name}: ${wanted}, and the same for the other side`, () => {
      assert.equal(outcome(c), wanted);
      assert.equal(outcome(mirrored(c)), wanted);
      assert.equal(expected(c), wanted, 'the model agrees');
    });
  }

  test('follows the rule for any position, working orders, state and limit', () => {
    const anyCase: fc.Arbitrary<Case> = fc.record({
      position: fc.integer({ min: -20, max: 20 }),
      side: fc.constantFrom('buy' as const, 'sell' as const),
      quantity: fc.integer({ min: 1, max: 30 }),
      working: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 3 }),
      state: fc.constantFrom(active, exitOnly, halted),
      reduceOnly: fc.boolean(),
      sizeLimit: fc.integer({ min: 1, max: 30 }),
    });
    fc.assert(
      fc.property(anyCase, (c) => assert.equal(outcome(c), expected(c))),
      { numRuns: 150 },
    );
  });
});

suite('exit budget', () => {
  /**
   * Sells 6 of 10 by an order that goes through `story`; gives the exit part of selling 10 more.
   */
  function exitLeft(story: (rig: KernelRig, order: OrderHandle) => void): number {
    const rig = new KernelRig();
    rig.quote(0, 100_000, 100_010);
    rig.hold(10);
    const order = rig.order({
      side: 'sell',
      quantity: 6 as Quantity,
      type: 'limit',
      limitPrice: 200_000 as Price,
      key: 'first',
    });
    story(rig, order);
    rig.state(active);
    rig.submit({ side: 'sell', quantity: 10 as Quantity, key: 'second' });
    return rig.log.of(RecordKind.intent).slice(-1)[0]?.exitQuantity ?? -1;
  }

  test('an exit counts in every state in which it could still fill', () => {
    const { accepted, unknown, triggered, suspended, cancelRefused } = ReportKind;
    const sent = (): void => undefined;
    assert.equal(exitLeft(sent), 4, 'in flight');
    for (const report of [accepted, unknown, triggered, suspended]) {
      const left = exitLeft((rig, order) => rig.report({ report, order }));
      assert.equal(left, 4, `after report ${report}`);
    }
    const cancelling = (rig: KernelRig, order: OrderHandle): void => {
      rig.act((context) => context.cancel(order));
    };
    assert.equal(exitLeft(cancelling), 4, 'cancel pending');
    const notCancelled = (rig: KernelRig, order: OrderHandle): void => {
      cancelling(rig, order);
      rig.report({ report: cancelRefused, order });
    };
    assert.equal(exitLeft(notCancelled), 4, 'cancel refused');
  });

  test('an exit that ended, or filled in part, gives its rest back', () => {
    const { rejected, refused, cancelled, expired } = ReportKind;
    for (const report of [rejected, refused, cancelled, expired]) {
      const left = exitLeft((rig, order) => rig.report({ report, order }));
      assert.equal(left, 10, `after report ${report}`);
    }
    assert.equal(
      exitLeft((rig, order) => rig.fill(order, 2)),
      4,
      'position 8, of which 4 still work',
    );
    assert.equal(
      exitLeft((rig, order) => rig.fill(order, 6)),
      4,
      'position 4, nothing works',
    );
  });

  test('while a smaller quantity is asked for, the larger stays reserved (X11)', () => {
    const shrinking = (rig: KernelRig, order: OrderHandle): void => {
      rig.report({ report: ReportKind.accepted, order });
      assert.deepEqual(
        rig.act((context) => context.replace(order, { quantity: 1 as Quantity })),
        { ok: true },
      );
    };
    assert.equal(exitLeft(shrinking), 4);
    const shrunk = (rig: KernelRig, order: OrderHandle): void => {
      shrinking(rig, order);
      const limitPrice = 200_000 as Price;
      rig.report({ report: ReportKind.replaced, order, quantity: 1 as Quantity, limitPrice });
    };
    assert.equal(exitLeft(shrunk), 9);
  });

  test('protection that the venue ties to the position counts nothing (X14)', () => {
    const rig = new KernelRig();
    rig.quote(0, 100_000, 100_010);
    const order = rig.order({
      side: 'buy',
      quantity: 10 as Quantity,
      stopLoss: 90_000 as Price,
      takeProfit: 110_000 as Price,
    });
    rig.report({ report: ReportKind.accepted, order });
    rig.fill(order, 10);
    for (const [child, role] of [
      [order + 1, 1],
      [order + 2, 2],
    ] as const) {
      const report = ReportKind.childAccepted;
      const quantity = 10 as Quantity;
      rig.report({ report, order: child as OrderHandle, parent: order, role, quantity });
    }
    assert.equal(rig.book.orders.openCount, 2);
    rig.submit({ side: 'sell', quantity: 10 as Quantity, key: 'exit' });
    assert.equal(rig.log.of(RecordKind.intent).slice(-1)[0]?.exitQuantity, 10);
  });
});
