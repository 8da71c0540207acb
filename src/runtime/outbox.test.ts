import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { issueDurableToken } from '../journal/durable.ts';
import { TradingState } from '../model/gate.ts';
import { ORDER_STATES } from '../model/order.ts';
import type { OrderHandle, Quantity, TimeUs } from '../model/units.ts';
import { KernelRig } from '../testing/kernel-rig.ts';
import { sealEffects } from './outbox.ts';

const { active, exitOnly, halted } = TradingState;

/** A position of 10, and an intent whose effect has not left yet. */
function waiting(side: 'buy' | 'sell', quantity: number): { rig: KernelRig; order: OrderHandle } {
  const rig = new KernelRig();
  rig.quote(0, 100_000, 100_010);
  rig.hold(10);
  rig.venue.submits.length = 0;
  rig.settling = false;
  const order = rig.order({ side, quantity: quantity as Quantity, key: 'waiting' });
  assert.equal(rig.venue.submits.length, 0, 'nothing leaves before it is durable');
  return { rig, order };
}

/** What became of it: sent, or withdrawn and why. */
function outcome({ rig, order }: ReturnType<typeof waiting>): string {
  rig.settle();
  const event = rig.puppet.orderEvents.slice(-1)[0];
  const state = ORDER_STATES[rig.book.orders.find(order)?.state ?? 0];
  const sent = rig.venue.submits.some((send) => send.order === order);
  assert.equal(sent, state === 'in_flight');
  assert.equal(event?.event, sent ? 'sent' : 'withdrawn');
  return sent ? 'sent' : `${state}: ${event?.reason}`;
}

const cases: readonly (readonly [string, 'buy' | 'sell', number, TradingState, number, string])[] =
  [
    ['an entry', 'buy', 5, active, 0, 'sent'],
    ['an entry in exit-only', 'buy', 5, exitOnly, 0, 'withdrawn: exit_only'],
    ['an entry in a halt', 'buy', 5, halted, 0, 'withdrawn: halted'],
    ['an entry at its greatest age', 'buy', 5, active, 2_000_000, 'sent'],
    ['an entry past its age', 'buy', 5, active, 2_000_001, 'withdrawn: intent_too_old'],
    ['a flip is an entry', 'sell', 15, exitOnly, 0, 'withdrawn: exit_only'],
    ['an exit', 'sell', 10, active, 0, 'sent'],
    ['an exit in exit-only', 'sell', 10, exitOnly, 0, 'sent'],
    ['an exit of any age', 'sell', 10, active, 60_000_000, 'sent'],
    ['an exit in a halt', 'sell', 10, halted, 0, 'withdrawn: halted'],
  ];

suite('the last check before the wire (X8)', () => {
  for (const [name, side, quantity, state, age, wanted] of cases) {
    test(`${name}: ${wanted}`, () => {
      const scene = waiting(side, quantity);
      const { rig } = scene;
      if (state !== active) rig.state(state);
      const intended = rig.book.orders.find(scene.order)?.intendedAt ?? 0;
      if (age > 0) rig.book.clock[0] = intended + age;
      assert.equal(outcome(scene), wanted);
    });
  }

  test('a withdrawn order holds nothing: its quantity may be asked for again', () => {
    const scene = waiting('sell', 10);
    const { rig } = scene;
    rig.state(halted);
    assert.equal(outcome(scene), 'withdrawn: halted');
    rig.state(active);
    rig.settling = true;
    assert.equal(rig.book.orders.openQuantity(0 as never, -1), 0);
    const again = rig.submit({ side: 'sell', quantity: 10 as Quantity, key: 'again' });
    assert.equal(again.ok, true);
  });
});

suite('durable first', () => {
  test('effects do not open to a token that does not reach them', () => {
    const { rig, order } = waiting('buy', 5);
    const effects = rig.kernel.effects.splice(0);
    const needs = rig.journal.appended;
    const sealed = sealEffects(effects, needs);
    const now = rig.now as TimeUs;
    assert.throws(() => rig.outbox.dispatch(issueDurableToken(needs - 1), sealed, now), {
      code: 'ASSERTION_FAILED',
    });
    assert.deepEqual(rig.venue.submits, [], 'nothing has left');
    const [outcomes] = rig.outbox.dispatch(issueDurableToken(needs), sealed, now);
    assert.equal(outcomes?.order, order);
    assert.equal(rig.venue.submits.length, 1);
  });

  test('each effect leaves once, in the order of decision', () => {
    const rig = new KernelRig();
    rig.quote(0, 100_000, 100_010);
    const left: string[] = [];
    const { venue } = rig;
    const order = rig.work('buy', 3, 'w');
    venue.submit = ({ order: handle }) => left.push(`submit ${handle}`);
    venue.cancel = ({ order: handle }) => left.push(`cancel ${handle}`);
    venue.replace = ({ order: handle, quantity }) => left.push(`replace ${handle} ${quantity}`);
    rig.act((context) => {
      context.replace(order, { quantity: 2 as Quantity });
      for (const key of ['a', 'b']) {
        const request = { side: 'buy', type: 'market', quantity: 1, instrument: 0, key } as const;
        context.submit(request as Parameters<typeof context.submit>[0]);
      }
      context.cancel(order);
    });
    rig.settle();
    assert.deepEqual(left, ['replace 1 2', 'submit 2', 'submit 3', 'cancel 1']);
  });

  test('alerts leave with their severity and key', () => {
    const rig = new KernelRig();
    rig.quote(0, 100_000, 100_010);
    const order = rig.work('buy', 3, 'w');
    rig.fill(order, 4);
    assert(rig.alerts.includes('overfill'));
  });
});
