import { formatScaled } from '../../model/decimal.ts';
import {
  BOOK_DECIMALS,
  type BrokerBooks,
  type Difference,
  type DifferenceName,
  type Execution,
  type JournalBooks,
  type OpenOrder,
} from './books.ts';

const NEVER_THERE = ['withdrawn', 'not_placed', 'rejected'];
const UNKNOWN_YET = ['intended', 'in_flight', 'in_doubt', 'presumed_absent'];

function shown(value: bigint): string {
  return formatScaled(value, BOOK_DECIMALS).replace(/\.?0+$/, '');
}

/**
 * Sets a journal against the broker's own books, order by order and execution by execution.
 * `prefix` marks the client order ids of the engine. The result names every difference.
 */
export function compareBooks(
  journal: JournalBooks,
  broker: BrokerBooks,
  prefix: string,
): readonly Difference[] {
  const found: Difference[] = [];
  const tell = (name: DifferenceName, text: string): void => {
    found.push({ name, text });
  };
  compareOrders(journal, broker, prefix, tell);
  compareExecutions(journal, broker, tell);
  compareOpen(journal, broker, prefix, tell);
  for (const symbol of new Set([...journal.positions.keys(), ...broker.positions.keys()])) {
    const ours = journal.positions.get(symbol) ?? 0n;
    const theirs = broker.positions.get(symbol) ?? 0n;
    if (ours === theirs) continue;
    tell('positions_differ', `${symbol}: journal ${shown(ours)}, broker ${shown(theirs)}`);
  }
  if (journal.balance !== broker.balance) {
    const texts = `journal ${shown(journal.balance)}, broker ${shown(broker.balance)}`;
    tell('cash_differs', texts);
  }
  if (journal.cursor !== broker.cursor) {
    tell('cursor_differs', `journal ${journal.cursor}, broker ${broker.cursor}`);
  }
  return found;
}

type Tell = (name: DifferenceName, text: string) => void;

function compareOrders(
  journal: JournalBooks,
  broker: BrokerBooks,
  prefix: string,
  tell: Tell,
): void {
  const made = new Map<string, string>();
  const decided = new Map<string, string>();
  for (const { id, order, isAsked } of broker.orders) {
    if (!order.startsWith(prefix)) continue;
    const known = journal.orders.get(order);
    if (known === undefined) tell('order_unknown', `${order} (broker ${id}) has no intent`);
    const before = made.get(order);
    if (!isAsked) {
      if (before === undefined) made.set(order, id);
      continue;
    }
    if (before !== undefined) tell('sent_twice', `${order} is broker's ${before} and ${id}`);
    made.set(order, id);
    const decision = known?.decision ?? '';
    const other = decision === '' ? undefined : decided.get(decision);
    if (other !== undefined && other !== order) {
      tell('decision_sent_twice', `${decision} is ${other} and ${order}`);
    }
    if (decision !== '') decided.set(decision, order);
  }
  for (const { order, state, isChild, reached } of journal.orders.values()) {
    const id = made.get(order);
    if (NEVER_THERE.includes(state) && id !== undefined && !isChild) {
      tell('released_without_ground', `${order} is ${state} here and ${id} at the broker`);
    }
    const isClaimed = reached && !NEVER_THERE.includes(state) && !UNKNOWN_YET.includes(state);
    if (isClaimed && id === undefined) {
      tell('order_invented', `${order} is ${state} here and nowhere at the broker`);
    }
  }
}

function compareExecutions(journal: JournalBooks, broker: BrokerBooks, tell: Tell): void {
  const booked = new Map<string, Execution>();
  for (const one of journal.executions) {
    if (booked.has(one.id)) tell('fill_booked_twice', `execution ${one.id} of ${one.order}`);
    booked.set(one.id, one);
  }
  const filled = new Map<string, bigint>();
  for (const one of broker.executions) {
    const ours = booked.get(one.id);
    booked.delete(one.id);
    const what = `execution ${one.id} of ${one.order || 'a stranger'}`;
    if (ours === undefined) tell('fill_lost', `${what}, ${textOf(one)}`);
    else if (!isSame(ours, one)) {
      const other = ours.order === one.order ? '' : ` of ${ours.order}`;
      tell('fill_differs', `${what}: journal ${textOf(ours)}${other}, broker ${textOf(one)}`);
    }
    if (one.order === '') continue;
    const units = (filled.get(one.order) ?? 0n) + (one.units < 0n ? -one.units : one.units);
    filled.set(one.order, units);
  }
  for (const [id, { order }] of booked) tell('fill_invented', `execution ${id} of ${order}`);
  for (const [order, units] of filled) {
    const { unitsMax } = journal.orders.get(order) ?? {};
    if (unitsMax === undefined || units <= unitsMax) continue;
    tell('executed_twice', `${order}: ${shown(units)} of ${shown(unitsMax)} was executed`);
  }
}

function textOf({ units, price, symbol, balance }: Execution): string {
  return `${shown(units)} ${symbol} at ${shown(price)}, balance ${shown(balance)}`;
}

function isSame(one: Execution, other: Execution): boolean {
  return (
    one.order === other.order &&
    one.symbol === other.symbol &&
    one.units === other.units &&
    one.price === other.price &&
    one.balance === other.balance
  );
}

function compareOpen(journal: JournalBooks, broker: BrokerBooks, prefix: string, tell: Tell): void {
  const theirs = new Map<string, OpenOrder>();
  for (const one of broker.open) if (one.order.startsWith(prefix)) theirs.set(one.order, one);
  for (const one of journal.open) {
    const their = theirs.get(one.order);
    theirs.delete(one.order);
    const ours = `${shown(one.units)} ${one.symbol} at ${shown(one.price)}`;
    if (their === undefined) tell('orders_differ', `${one.order} (${ours}) is open here alone`);
    else if (one.units !== their.units || one.price !== their.price) {
      const terms = `${shown(their.units)} at ${shown(their.price)}`;
      tell('orders_differ', `${one.order} is ${ours} here and ${terms} at the broker`);
    }
  }
  for (const order of theirs.keys()) tell('orders_differ', `${order} is open there alone`);
}
