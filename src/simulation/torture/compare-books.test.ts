import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type {
  BrokerBooks,
  BrokerOrder,
  DifferenceName,
  Execution,
  JournalBooks,
  JournaledOrder,
  OpenOrder,
} from './books.ts';
import { compareBooks } from './compare-books.ts';

interface Pair {
  journal: JournalBooks;
  broker: BrokerBooks;
}

const ONE = 10n ** 10n;

/** Books of so many orders that agree: every third is open, every fourth was never placed. */
function booksOf(sizes: readonly number[]): Pair {
  const orders = new Map<string, JournaledOrder>();
  const made: BrokerOrder[] = [];
  const executions: Execution[] = [];
  const open: OpenOrder[] = [];
  let [position, balance] = [0n, 1000n * ONE];
  for (const [at, size] of sizes.entries()) {
    const [order, id] = [`TORTabcdefghij${at + 1}`, String(2 * at + 1)];
    const units = BigInt(size) * ONE;
    const isAbsent = at % 4 === 3;
    const state = isAbsent ? 'not_placed' : at % 3 === 2 ? 'working' : 'filled';
    const decision = `one/EURUSD/${at + 1}`;
    const unitsMax = units < 0n ? -units : units;
    orders.set(order, { order, decision, state, unitsMax, isChild: false, reached: true });
    if (isAbsent) continue;
    made.push({ id, order, isAsked: true });
    const shared = { order, symbol: 'EURUSD', units, price: ONE + BigInt(at) };
    if (state === 'working') open.push(shared);
    else {
      balance -= 7n;
      position += units;
      executions.push({ ...shared, id: String(2 * at + 2), balance });
    }
  }
  const positions = new Map([['EURUSD', position]]);
  const shared = { executions, open, positions, balance, cursor: 2 * sizes.length };
  return { journal: { ...shared, orders }, broker: { ...shared, orders: made } };
}

function namesOf({ journal, broker }: Pair): readonly DifferenceName[] {
  return compareBooks(journal, broker, 'TORT').map(({ name }) => name);
}

const SIZES = [5, -3, 8, 2, -9, 4, 6];

function changed<T>(list: readonly T[], at: number, change: (one: T) => T): readonly T[] {
  return list.map((one, k) => (k === at ? change(one) : one));
}

/** What is done to books that agree, and what must be found. */
const WRONGS: Readonly<Record<string, [DifferenceName, (pair: Pair) => Pair]>> = {
  'an order made twice': [
    'sent_twice',
    ({ journal, broker }) => {
      const again = { id: '99', order: 'TORTabcdefghij1', isAsked: true };
      return { journal, broker: { ...broker, orders: [...broker.orders, again] } };
    },
  ],
  'a decision sent under a second id': [
    'decision_sent_twice',
    ({ journal, broker }) => {
      const orders = new Map(journal.orders);
      const [first, second] = [...orders.values()];
      assert(first !== undefined && second !== undefined);
      orders.set(second.order, { ...second, decision: first.decision });
      return { journal: { ...journal, orders }, broker };
    },
  ],
  'an execution of more than was asked for': [
    'executed_twice',
    ({ journal, broker }) => {
      const more = (one: Execution): Execution => ({ ...one, units: 2n * one.units });
      return { journal, broker: { ...broker, executions: changed(broker.executions, 0, more) } };
    },
  ],
  'an order with our prefix and no intent': [
    'order_unknown',
    ({ journal, broker }) => {
      const orders = [...broker.orders, { id: '99', order: 'TORTother', isAsked: true }];
      return { journal, broker: { ...broker, orders } };
    },
  ],
  'an order that the broker does not have': [
    'order_invented',
    ({ journal, broker }) => {
      return { journal, broker: { ...broker, orders: broker.orders.slice(1) } };
    },
  ],
  'an order called not placed that was': [
    'released_without_ground',
    ({ journal, broker }) => {
      const there = { id: '99', order: 'TORTabcdefghij4', isAsked: true };
      return { journal, broker: { ...broker, orders: [...broker.orders, there] } };
    },
  ],
  'a fill that is not booked': [
    'fill_lost',
    ({ journal, broker }) => {
      return { journal: { ...journal, executions: journal.executions.slice(1) }, broker };
    },
  ],
  'a fill that nobody executed': [
    'fill_invented',
    ({ journal, broker }) => {
      return { journal, broker: { ...broker, executions: broker.executions.slice(1) } };
    },
  ],
  'a fill that is booked twice': [
    'fill_booked_twice',
    ({ journal, broker }) => {
      const again = journal.executions.slice(0, 1);
      const executions = [...journal.executions, ...again];
      return { journal: { ...journal, executions }, broker };
    },
  ],
  'a fill at another price': [
    'fill_differs',
    ({ journal, broker }) => {
      const off = (one: Execution): Execution => ({ ...one, price: one.price + 1n });
      const executions = changed(journal.executions, 1, off);
      return { journal: { ...journal, executions }, broker };
    },
  ],
  'a fill of another order': [
    'fill_differs',
    ({ journal, broker }) => {
      const off = (one: Execution): Execution => ({ ...one, order: '' });
      const executions = changed(journal.executions, 1, off);
      return { journal: { ...journal, executions }, broker };
    },
  ],
  'another balance behind a fill': [
    'fill_differs',
    ({ journal, broker }) => {
      const off = (one: Execution): Execution => ({ ...one, balance: one.balance - 1n });
      const executions = changed(journal.executions, 1, off);
      return { journal: { ...journal, executions }, broker };
    },
  ],
  'an order open here alone': [
    'orders_differ',
    ({ journal, broker }) => ({ journal, broker: { ...broker, open: [] } }),
  ],
  'an order open there alone': [
    'orders_differ',
    ({ journal, broker }) => ({ journal: { ...journal, open: [] }, broker }),
  ],
  'an open order of another size': [
    'orders_differ',
    ({ journal, broker }) => {
      const off = (one: OpenOrder): OpenOrder => ({ ...one, units: one.units + 1n });
      return { journal: { ...journal, open: changed(journal.open, 0, off) }, broker };
    },
  ],
  'another position': [
    'positions_differ',
    ({ journal, broker }) => ({ journal: { ...journal, positions: new Map() }, broker }),
  ],
  'a last digit of the balance': [
    'cash_differs',
    ({ journal, broker }) => ({
      journal: { ...journal, balance: journal.balance + 1n },
      broker,
    }),
  ],
  'a transaction that the journal does not know': [
    'cursor_differs',
    ({ journal, broker }) => ({ journal, broker: { ...broker, cursor: broker.cursor + 1 } }),
  ],
};

suite('the comparison of a journal with the books of a broker', () => {
  test('finds nothing where they agree, whatever was traded', () => {
    const size = fc.integer({ min: -50, max: 50 }).filter((one) => one !== 0);
    fc.assert(
      fc.property(fc.array(size, { maxLength: 40 }), (sizes) => {
        assert.deepEqual(namesOf(booksOf(sizes)), []);
      }),
    );
  });

  for (const [title, [name, spoil]] of Object.entries(WRONGS)) {
    test(`names ${title}: ${name}`, () => {
      const names = namesOf(spoil(booksOf(SIZES)));
      assert(names.includes(name), names.join(', ') || 'nothing');
    });
  }

  test('leaves orders of strangers alone', () => {
    const { journal, broker } = booksOf(SIZES);
    const orders = [...broker.orders, { id: '99', order: '', isAsked: true }];
    const theirs = { order: 'theirs', symbol: 'EURUSD', units: ONE, price: ONE };
    const open = [...broker.open, theirs];
    assert.deepEqual(namesOf({ journal, broker: { ...broker, orders, open } }), []);
  });
});
