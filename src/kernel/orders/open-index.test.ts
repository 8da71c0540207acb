import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { stateBytes } from '../../journal/hashes.ts';
import { Decoder } from '../../model/codec.ts';
import { blankTerms, type DecisionRef, OrderState } from '../../model/order.ts';
import type { InstrumentIndex, OrderHandle, Quantity } from '../../model/units.ts';
import { isAtBroker, Order } from './order.ts';
import { OrderStore } from './order-store.ts';

const INSTRUMENTS = 2;
const KEYS = ['a', 'b', 'c'];

const anyDecision: fc.Arbitrary<DecisionRef> = fc.record({
  strategy: fc.nat(1),
  instrument: fc.nat(INSTRUMENTS - 1).map((k) => k as InstrumentIndex),
  number: fc.integer({ min: -2, max: 3 }),
});
const anyState = fc.constantFrom(
  OrderState.intended,
  OrderState.inDoubt,
  OrderState.working,
  OrderState.working,
  OrderState.partiallyFilled,
  OrderState.filled,
  OrderState.cancelled,
);
const anyStep = fc.oneof(
  fc.record({
    act: fc.constant('add' as const),
    // A child has no key.
    key: fc.constantFrom('', ...KEYS),
    decision: anyDecision,
  }),
  fc.record({ act: fc.constant('move' as const), pick: fc.nat(30), state: anyState }),
  fc.record({ act: fc.constant('restore' as const) }),
);

function newStore(): OrderStore {
  return new OrderStore(INSTRUMENTS, 4, false);
}

/** A look at every open order. */
function walked(store: OrderStore, key: string, decision: DecisionRef): OrderHandle | undefined {
  const { strategy, instrument, number } = decision;
  const twins = [...store.open()].filter(
    (order) =>
      isAtBroker(order) &&
      (order.key === key ||
        (order.decision.strategy === strategy &&
          order.decision.instrument === instrument &&
          order.decision.number === number)),
  );
  return twins.map(({ handle }) => handle).sort((a, b) => a - b)[0];
}

suite('twins at the broker (X6)', () => {
  test('are found by key and decision as a look at every open order finds them', () => {
    let found = 0;
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 60, size: 'max' }), (steps) => {
        let store = newStore();
        const all: Order[] = [];
        for (const step of steps) {
          if (step.act === 'add') {
            const order = new Order({ ...blankTerms(), quantity: 1 as Quantity }, step.decision);
            order.handle = (all.length + 1) as OrderHandle;
            order.key = step.key;
            store.add(order);
            all.push(order);
          } else if (step.act === 'restore') {
            const bytes = stateBytes(store);
            store = newStore();
            store.walk(new Decoder(bytes));
          } else {
            // Ended ones move too: some live again (X10).
            const order = store.find(((step.pick % (all.length + 1)) + 1) as OrderHandle);
            if (order === undefined) continue;
            store.update(order, () => {
              order.state = step.state;
            });
          }
          const open = [...store.open()];
          const keys = new Set(open.flatMap(({ key }) => (key === '' ? [] : [key])));
          const places = new Set(open.map(({ decision: d }) => `${d.instrument} ${d.number}`));
          assert.equal(store.twins.size, keys.size + places.size, 'of open orders alone');
          for (const key of KEYS) {
            for (const { decision } of all) {
              const twin = store.twins.atBroker(key, decision)?.handle;
              assert.equal(twin, walked(store, key, decision));
              if (twin !== undefined) found += 1;
            }
          }
        }
      }),
      { numRuns: 150 },
    );
    assert(found > 1000, `${found}`);
  });
});
