import type { Side } from '../../model/order.ts';
import type { InstrumentIndex, Quantity } from '../../model/units.ts';
import type { Book } from '../book.ts';
import type { OrderStore } from './order-store.ts';

/** The position that exits may rest on: ours, or the broker's while that is nearer to zero. */
export function exitPosition({ account, reconciliation }: Book, k: InstrumentIndex): Quantity {
  return reconciliation.exitPosition(k, account.reducible(k));
}

/** Is an order of that side in doubt, which might reduce the position as well (X13)? */
export function isExitInDoubt({ doubts, orders }: Book, k: InstrumentIndex, side: Side): boolean {
  if (doubts.size === 0) return false;
  return doubts.all().some(({ order }) => {
    const terms = orders.find(order)?.terms;
    return terms?.instrument === k && terms.side === side;
  });
}

/**
 * X13: how much an order of `side` can still reduce the position, given every opposite order that
 * could still fill: |position| − remaining quantity of the open orders of that side. What exceeds
 * it is an entry. Entry and exit are computed, never named.
 */
export function exitBudget(
  store: OrderStore,
  k: InstrumentIndex,
  position: Quantity,
  side: Side,
): Quantity {
  const reduces = position !== 0 && position > 0 !== side > 0;
  if (!reduces) return 0 as Quantity;
  return Math.max(0, Math.abs(position) - store.openQuantity(k, side)) as Quantity;
}
