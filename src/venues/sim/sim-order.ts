import type { Calendar } from '../../market/calendar.ts';
import type { FieldIo, Walkable } from '../../model/codec.ts';
import {
  blankDecision,
  blankTerms,
  type DecisionRef,
  ORDER_ROLES,
  OrderRole,
  type OrderTerms,
  TimeInForce,
  walkDecision,
  walkTerms,
} from '../../model/order.ts';
import { NO_ORDER, type OrderHandle, type Quantity, type TimeUs } from '../../model/units.ts';

/** When an order that arrives now ends by itself; Infinity when it does not. */
export function expiryOf(terms: Readonly<OrderTerms>, calendar: Calendar, now: TimeUs): number {
  if (terms.timeInForce === TimeInForce.gtd) return terms.expireTime;
  if (terms.timeInForce !== TimeInForce.day) return Number.POSITIVE_INFINITY;
  return calendar.nextDayStart(now);
}

/** An order in the venue's own book. */
export class SimOrder implements Walkable {
  order: OrderHandle = NO_ORDER;
  clientOrderId = '';
  brokerOrderId = '';
  decision: DecisionRef;
  /** Replaced as a whole, never changed in place: they are the sender's. */
  terms: Readonly<OrderTerms>;
  role: OrderRole = OrderRole.order;
  parent: OrderHandle = NO_ORDER;
  stopLossOrder: OrderHandle = NO_ORDER;
  takeProfitOrder: OrderHandle = NO_ORDER;
  filled = 0 as Quantity;
  /** Its children were opened; they are opened once. */
  isProtected = false;
  /** Not yet set against a quote: it takes the other side if it can, else it rests. */
  fresh = true;
  /** A stop that was triggered: from then on a market or a limit order. */
  triggered = false;
  /** When it expires by the venue's clock; Infinity when it does not. */
  expiresAt = Number.POSITIVE_INFINITY;
  /** Ended; the book drops it at the end of the step. */
  gone = false;

  constructor(terms: Readonly<OrderTerms>, decision: DecisionRef) {
    this.terms = terms;
    this.decision = decision;
  }

  /** An order to read saved fields into. */
  static blank(): SimOrder {
    return new SimOrder(blankTerms(), blankDecision());
  }

  get remaining(): number {
    return this.terms.quantity - this.filled;
  }

  walk(io: FieldIo): void {
    this.order = io.int('order', this.order) as OrderHandle;
    this.clientOrderId = io.text('clientOrderId', this.clientOrderId);
    this.brokerOrderId = io.text('brokerOrderId', this.brokerOrderId);
    walkDecision(io, this.decision);
    const terms = { ...this.terms };
    walkTerms(io, terms);
    this.terms = terms;
    this.role = io.code('role', this.role, ORDER_ROLES) as OrderRole;
    this.parent = io.int('parent', this.parent) as OrderHandle;
    this.stopLossOrder = io.int('stopLossOrder', this.stopLossOrder) as OrderHandle;
    this.takeProfitOrder = io.int('takeProfitOrder', this.takeProfitOrder) as OrderHandle;
    this.filled = io.int('filled', this.filled) as Quantity;
    this.isProtected = io.bool('isProtected', this.isProtected);
    this.fresh = io.bool('fresh', this.fresh);
    this.triggered = io.bool('triggered', this.triggered);
    const expires = io.bool('expires', this.expiresAt !== Number.POSITIVE_INFINITY);
    if (expires) this.expiresAt = io.int('expiresAt', io.reading ? 0 : this.expiresAt);
  }
}
