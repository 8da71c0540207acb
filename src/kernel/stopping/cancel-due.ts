import { OrderState } from '../../model/order.ts';
import { backoffUs } from '../orders/in-doubt.ts';
import type { Order } from '../orders/order.ts';
import { CANCEL_FLAGS } from '../orders/order-flags.ts';

/** States in which the venue has the order, or gets it before a cancel that follows. */
const AT_VENUE: readonly OrderState[] = [
  OrderState.inFlight,
  OrderState.working,
  OrderState.triggered,
  OrderState.suspended,
  OrderState.partiallyFilled,
];

/** Refused cancels are tried again from a second on, doubling to a minute. */
const RETRY_STEP = 1;

/**
 * When an order that is to end may be cancelled: now, later after a refusal, or, as `undefined`,
 * not by a cancel of ours: one is unanswered, or it is not known to be there.
 */
export function cancelDue({
  flags,
  state,
  cancelAttempts,
  cancelAskedAt,
}: Order): number | undefined {
  if ((flags & CANCEL_FLAGS) !== 0 || !AT_VENUE.includes(state)) return undefined;
  if (cancelAttempts === 0) return 0;
  return cancelAskedAt + backoffUs(cancelAttempts + RETRY_STEP);
}
