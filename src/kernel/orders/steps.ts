import { OrderRole, OrderState } from '../../model/order.ts';
import { NO_TIME } from '../../model/units.ts';
import type { OrderReport } from '../../model/venue.ts';
import { OrderEvent } from './life-cycle.ts';
import type { Order } from './order.ts';
import { isFinal, type Transition } from './transitions.ts';

/**
 * An answer and the stream may bring the venue's words in another order than it said them: what is
 * no younger than the end of an order does not show it alive after that (X10). An order that was
 * taken and ended at once has one time for both.
 */
function isOvertaken({ endedAt }: Order, { venueTime }: Readonly<OrderReport>): boolean {
  return venueTime !== NO_TIME && venueTime <= endedAt;
}

/** Terms that were told before those that we have, and come late, do not take their place. */
export function withLatestTerms(
  order: Order,
  report: Readonly<OrderReport>,
): Readonly<OrderReport> {
  if (report.venueTime === NO_TIME || report.venueTime >= order.termsAt) return report;
  const { quantity, limitPrice, stopPrice } = order.terms;
  return { ...report, quantity, limitPrice, stopPrice };
}

/**
 * Where no log numbers what is told: the word on an earlier replace, late or told again, answers
 * none that was asked for since (X11). Of what is told at one time the terms say which; so they do
 * of protection, whose size the venue itself changes with what there is to protect.
 */
export function isOfEarlierReplace(order: Order, report: Readonly<OrderReport>): boolean {
  const { venueTime, cursor, quantity, limitPrice, stopPrice } = report;
  const isChild = order.role !== OrderRole.order;
  if (cursor !== 0 || venueTime === NO_TIME) return false;
  if (venueTime < order.termsAt) return true;
  if (venueTime > order.termsAt && !isChild) return false;
  const isAsked =
    (isChild || quantity === order.pendingQuantity) &&
    limitPrice === order.pendingLimitPrice &&
    stopPrice === order.pendingStopPrice;
  return !isAsked;
}

/**
 * A venue that protects each part of an entry by itself may open protection again once that of an
 * earlier part has ended. Its log, which tells all in order, shows the child larger than it filled.
 */
function isProtectionAgain(order: Order, event: OrderEvent, report: Readonly<OrderReport>) {
  const isChild = order.role !== OrderRole.order;
  const isLarger = event === OrderEvent.replaced && report.quantity > order.filled;
  return isChild && isLarger && report.cursor !== 0 && isFinal(order.state);
}

/**
 * The step of the table, but for what has been overtaken, protection that is opened again, and a
 * replace that completes.
 */
export function stepOf(
  order: Order,
  event: OrderEvent,
  report: Readonly<OrderReport>,
  legal: Transition,
): Transition {
  if (isProtectionAgain(order, event, report)) {
    const to = order.filled > 0 ? OrderState.partiallyFilled : OrderState.working;
    return { to, edge: 'revive' };
  }
  const endsBefore = isFinal(legal.to) && report.venueTime < order.aliveAt;
  const isPassed = report.venueTime !== NO_TIME && endsBefore;
  if (isPassed || isOvertaken(order, report)) return { to: order.state, edge: 'same' };
  const { quantity } = report;
  const isComplete = quantity > 0 && quantity <= order.filled && !isFinal(order.state);
  // Cut to what had filled already: nothing is left of it.
  if (event === OrderEvent.replaced && isComplete) return { to: OrderState.filled, edge: 'move' };
  return legal;
}
