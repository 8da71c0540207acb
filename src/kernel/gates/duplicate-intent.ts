import type { DenyReasonName } from '../../model/gate.ts';
import type { OrderTerms } from '../../model/order.ts';
import type { Book } from '../book.ts';
import { isAtBroker, type Order } from '../orders/order.ts';
import { type Denial, deny, type Gate, type ProposedOrder } from './gate.ts';

function sameTerms(a: OrderTerms, b: OrderTerms): boolean {
  return (
    a.instrument === b.instrument &&
    a.side === b.side &&
    a.type === b.type &&
    a.timeInForce === b.timeInForce &&
    a.quantity === b.quantity &&
    a.limitPrice === b.limitPrice &&
    a.stopPrice === b.stopPrice &&
    a.expireTime === b.expireTime &&
    a.reduceOnly === b.reduceOnly &&
    a.stopLoss === b.stopLoss &&
    a.takeProfit === b.takeProfit
  );
}

function reasonOf(
  { terms, entryQuantity }: ProposedOrder,
  asked: OrderTerms,
  used: Order | undefined,
): DenyReasonName {
  if (!sameTerms(asked, terms)) return 'key_used_with_other_terms';
  const works = used !== undefined && isAtBroker(used);
  return works && entryQuantity > 0 ? 'working_at_broker' : 'key_used';
}

/**
 * An order at the broker with this key or of this decision, though the key is free: one that lives
 * again after a newer order had taken its key, or that a restore brought back.
 */
function workingTwin({ strategy, terms, key }: ProposedOrder, book: Book): Order | undefined {
  const { instrument } = terms;
  const number = book.decisions.last(strategy, instrument);
  return book.orders.twins.atBroker(key, { strategy, instrument, number });
}

/**
 * X6: one idempotency key makes one order. The same key with the same terms is a repeat; with
 * other terms it is a mistake; both are refused. Always enforced (X20).
 */
export class DuplicateIntentGate implements Gate {
  readonly name = 'duplicate_intent';
  readonly mode = 'enforce';

  judge(order: ProposedOrder, book: Book): Denial | undefined {
    const keys = book.identity.orders;
    const used = keys.find(order.key, book.time);
    if (used !== undefined) {
      const reason = reasonOf(order, used.what, book.orders.find(used.order));
      return { ...deny('order', reason), limit: order.key, observed: `order ${used.order}` };
    }
    if (order.entryQuantity === 0) return undefined;
    const working = workingTwin(order, book);
    if (working !== undefined) {
      const observed = `order ${working.handle}`;
      return { ...deny('entry', 'working_at_broker'), limit: order.key, observed };
    }
    // An exit passes all the same: its open order carries the key.
    return keys.hasRoom() ? undefined : deny('entry', 'key_store_full');
  }
}
