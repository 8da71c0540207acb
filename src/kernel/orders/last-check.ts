import { assert } from '../../model/assert.ts';
import { TradingState } from '../../model/gate.ts';
import type { OrderHandle, TimeUs } from '../../model/units.ts';
import type { Book } from '../book.ts';
import type { KernelConfig } from '../config.ts';
import type { Order } from './order.ts';
import { isFinal } from './transitions.ts';

/**
 * The last check, in the turn in which the outbox writes to the socket (X8): why the submit may no
 * longer go, or `undefined`. What is withdrawn here has provably not been sent.
 */
export function withdrawal(
  book: Book,
  config: Pick<KernelConfig, 'intentAgeMaxUs' | 'venue'>,
  handle: OrderHandle,
  now: TimeUs,
): string | undefined {
  const order = book.orders.find(handle);
  assert(order !== undefined && !isFinal(order.state), `order ${handle} waits to be sent`);
  if (book.tradingState === TradingState.halted) return 'halted';
  if (order.exitQuantity === order.terms.quantity) {
    // The venue itself holds a reduce-only order to the position.
    return config.venue.reduceOnly || stillReduces(book, order) ? undefined : 'exit_budget';
  }
  if (book.tradingState === TradingState.exitOnly) return 'exit_only';
  if (now - order.intendedAt > config.intentAgeMaxUs) return 'intent_too_old';
  const inDoubt = book.doubts.on(order.terms.instrument);
  if (inDoubt !== undefined) return 'order_in_doubt';
  const { armed, held } = book.reconciliation;
  if (!armed) return 'unreconciled';
  return held ? 'break_open' : undefined;
}

/** Does the order, with all that could still fill on its side, still only reduce the position? */
function stillReduces(book: Book, { terms: { instrument, side } }: Order): boolean {
  const held = book.account.reducible(instrument);
  if (held === 0 || held > 0 === side > 0) return false;
  return book.orders.openQuantity(instrument, side) <= Math.abs(held);
}
