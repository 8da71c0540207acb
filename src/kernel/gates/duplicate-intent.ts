import type { OrderTerms } from '../../model/order.ts';
import type { Book } from '../book.ts';
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

/**
 * X6: one idempotency key makes one order. The same key with the same terms is a repeat; with
 * other terms it is a mistake; both are refused. Always enforced (X20).
 */
export class DuplicateIntentGate implements Gate {
  readonly name = 'duplicate_intent';
  readonly mode = 'enforce';

  judge(order: ProposedOrder, book: Book): Denial | undefined {
    const used = book.keys.find(order.key, book.time);
    if (used !== undefined) {
      const reason = sameTerms(used.terms, order.terms) ? 'key_used' : 'key_used_with_other_terms';
      return { ...deny('order', reason), limit: order.key, observed: `order ${used.order}` };
    }
    return book.keys.hasRoom() ? undefined : deny('entry', 'key_store_full');
  }
}
