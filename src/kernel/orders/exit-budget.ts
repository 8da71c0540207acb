import type { Side } from '../../model/order.ts';
import type { InstrumentIndex, Quantity } from '../../model/units.ts';
import type { OrderStore } from './order-store.ts';

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
