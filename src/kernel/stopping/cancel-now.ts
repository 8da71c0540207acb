import { OrderFlag, OrderState } from '../../model/order.ts';
import { RecordKind } from '../../model/records.ts';
import type { TimeUs } from '../../model/units.ts';
import { backoffUs } from '../orders/in-doubt.ts';
import type { Order } from '../orders/order.ts';
import type { Recorder } from '../recorder.ts';

const UNANSWERED = OrderFlag.cancelPending | OrderFlag.cancelInDoubt;

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
  if ((flags & UNANSWERED) !== 0 || !AT_VENUE.includes(state)) return undefined;
  if (cancelAttempts === 0) return 0;
  return cancelAskedAt + backoffUs(cancelAttempts + RETRY_STEP);
}

/**
 * Cancels an order for the engine itself: no key and no gate stands against it (X6). `false` where
 * it is not to be sent now.
 */
export function cancelNow(recorder: Recorder, order: Order, now: TimeUs): boolean {
  const due = cancelDue(order);
  if (due === undefined || due > now) return false;
  const attempt = order.cancelAttempts + 1;
  const { handle, decision } = order;
  recorder.emit({ kind: RecordKind.cancelIntent, order: handle, attempt, decision });
  recorder.effects.push({ kind: 'cancel', order: handle, attempt });
  return true;
}
