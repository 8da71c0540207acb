import { OrderFlag, OrderRole, type OrderTerms, OrderType } from '../../model/order.ts';
import type { OrderHandle, Quantity } from '../../model/units.ts';
import type { VenueCapabilities } from '../../model/venue.ts';
import type { Book } from '../book.ts';
import { exitPosition, isExitInDoubt } from './exit-budget.ts';
import { isAtBroker, type Order } from './order.ts';

/** Protection that stands in the way of an exit, and what of the position the exit wants. */
export interface Competing {
  readonly legs: readonly OrderHandle[];
  readonly quantity: Quantity;
}

/**
 * X14: a market exit that may only reduce finds the exit budget used up by our own stops and
 * targets. `undefined` where it does not, where the venue ties protection to the position, and
 * where something else stands in its way as well, an order in doubt among that.
 */
export function competingWith(
  book: Book,
  venue: VenueCapabilities,
  { instrument, side, type, quantity, reduceOnly }: OrderTerms,
  budget: Quantity,
): Competing | undefined {
  if (venue.protectionTiedToPosition || !reduceOnly || type !== OrderType.market) return undefined;
  const position = exitPosition(book, instrument);
  const reduces = position !== 0 && position > 0 !== side > 0;
  const wanted = reduces ? Math.min(quantity, Math.abs(position)) : 0;
  if (wanted <= budget || isExitInDoubt(book, instrument, side)) return undefined;
  if (book.exits.jobs.leaves(instrument, side)) return undefined;
  const legs = [...book.orders.open()].filter(
    ({ terms }) => terms.instrument === instrument && terms.side === side,
  );
  return legs.every(isProtection)
    ? { legs: legs.map(({ handle }) => handle), quantity: wanted as Quantity }
    : undefined;
}

/** A stop or target that waits at the broker, and that nobody has asked to end. */
function isProtection(order: Order): boolean {
  const { role, terms, exitQuantity, flags } = order;
  if (!isAtBroker(order) || (flags & OrderFlag.cancelPending) !== 0) return false;
  const isExit = role !== OrderRole.order || exitQuantity >= terms.quantity;
  return isExit && terms.type !== OrderType.market;
}
