import { assert } from '../../model/assert.ts';
import { TradingState } from '../../model/gate.ts';
import type { OrderHandle, TimeUs } from '../../model/units.ts';
import type { Book } from '../book.ts';
import type { KernelConfig } from '../config.ts';
import { exitPosition, isExitInDoubt } from './exit-budget.ts';
import type { Order } from './order.ts';
import { isFinal } from './transitions.ts';

/**
 * The last check, in the turn in which the outbox writes to the socket (X8): why the submit may no
 * longer go, or `undefined`. What is withdrawn here has provably not been sent.
 */
export function withdrawal(
  book: Book,
  { intentAgeMaxUs, venue }: Pick<KernelConfig, 'intentAgeMaxUs' | 'venue'>,
  handle: OrderHandle,
  now: TimeUs,
): string | undefined {
  const order = book.orders.find(handle);
  assert(order !== undefined && !isFinal(order.state), `order ${handle} waits to be sent`);
  const isHalted = book.tradingState === TradingState.halted;
  if (isHalted && !book.stops.sends(handle)) return 'halted';
  const { decision, exitQuantity, terms } = order;
  if (exitQuantity === terms.quantity) {
    // The venue itself holds a reduce-only order to the position.
    if (venue.reduceOnly) return undefined;
    if (isExitInDoubt(book, terms.instrument, terms.side)) return 'order_in_doubt';
    return stillReduces(book, order) ? undefined : 'exit_budget';
  }
  if (book.tradingState === TradingState.exitOnly) return 'exit_only';
  if (now - order.intendedAt > intentAgeMaxUs) return 'intent_too_old';
  const inDoubt = book.doubts.on(terms.instrument);
  if (inDoubt !== undefined) return 'order_in_doubt';
  const { armed, held } = book.reconciliation;
  if (!armed) return 'unreconciled';
  if (held) return 'break_open';
  const waits = book.failures.waitsUntil(decision.strategy, terms.instrument) > now;
  return waits ? 'failure_backoff' : undefined;
}

/** Does the order, with all that could still fill on its side, still only reduce the position? */
function stillReduces(book: Book, { terms: { instrument, side } }: Order): boolean {
  const held = exitPosition(book, instrument);
  if (held === 0 || held > 0 === side > 0) return false;
  return book.orders.openQuantity(instrument, side) <= Math.abs(held);
}
