import type { FieldIo, Kept, Walkable } from '../../model/codec.ts';
import {
  blankDecision,
  blankTerms,
  type DecisionRef,
  ORDER_ROLES,
  ORDER_STATES,
  OrderFlag,
  OrderRole,
  OrderState,
  type OrderTerms,
  protectionTerms,
  walkDecision,
  walkTerms,
} from '../../model/order.ts';

import type {
  ChildOpenedRecord,
  IntentRecord,
  OrderMovedRecord,
  ReplaceIntentRecord,
} from '../../model/records.ts';

import {
  NO_ORDER,
  NO_PRICE,
  NO_TIME,
  type OrderHandle,
  type Price,
  type Quantity,
  type TimeUs,
} from '../../model/units.ts';

import { isSubmitInDoubt } from './doubts.ts';
import { OrderEvent } from './life-cycle.ts';
import { EDGES } from './transitions.ts';

/** Names of one order that are kept. */
const CHAIN_MAX = 32;

/** One logical order as the engine knows it. */
export class Order implements Walkable, Kept {
  handle: OrderHandle = NO_ORDER;
  state: OrderState = OrderState.intended;
  /** Bits of `OrderFlag`. */
  flags = 0;
  role: OrderRole = OrderRole.order;
  /** The parent of a child, else `NO_ORDER`. */
  parent: OrderHandle = NO_ORDER;
  /** Shared with the records it came from: replaced as a whole, never changed in place. */
  terms: Readonly<OrderTerms>;
  decision: DecisionRef;
  /** Idempotency key, pinned while the order is open (X6). */
  key = '';
  filled = 0 as Quantity;
  /** Part of the quantity that could only reduce the position when it was accepted (X13). */
  exitQuantity = 0 as Quantity;
  /** What the broker has called it, oldest first: some call it anew when it is replaced (X5). */
  brokerOrderIds: readonly string[] = [];
  stopLossOrder: OrderHandle = NO_ORDER;
  takeProfitOrder: OrderHandle = NO_ORDER;
  /** Roles of the children that the venue has told of, as bits. */
  childrenTold = 0;
  intendedAt: TimeUs = NO_TIME;
  cancelAttempts = 0;
  /** When it was last asked to end, engine time. */
  cancelAskedAt: TimeUs = NO_TIME;
  replaceAttempts = 0;
  /** What an unanswered replace asked for. */
  pendingQuantity = 0 as Quantity;
  pendingLimitPrice: Price = NO_PRICE;
  pendingStopPrice: Price = NO_PRICE;
  /**
   * Quantity that may fill in all while a replace is unanswered: the larger of old and new, or
   * their sum where the venue does not replace in one step (X11). Else 0.
   */
  reserved = 0 as Quantity;
  /** Price counts above its own price at which it is reserved: the touch, slippage (X17). */
  premium = 0;
  /** The last venue time that was known when it was decided: it was not sent before. */
  knownBefore: TimeUs = NO_TIME;
  /** The connection that its submit went out on, or a later one. */
  connection = 0;
  /** The same of its last replace; a cancel is not judged by its connection. */
  replaceConnection = 0;
  /** Venue time of what ended it; `NO_TIME` while it is open, and where the engine ended it. */
  endedAt: TimeUs = NO_TIME;

  /**
   * Venue times of what gave it its terms, and of the venue's latest word, of its own accord, that
   * it works: an answer to a question may be older than the time it bears.
   */
  termsAt: TimeUs = NO_TIME;
  aliveAt: TimeUs = NO_TIME;
  /** Most orders do not change between two snapshots. */
  written: Uint8Array | undefined = undefined;

  constructor(terms: Readonly<OrderTerms>, decision: DecisionRef) {
    this.terms = terms;
    this.decision = decision;
  }

  /** An order to read saved fields into. */
  static blank(): Order {
    return new Order(blankTerms(), blankDecision());
  }

  /** An order as its intent states it. */
  static intended(record: IntentRecord): Order {
    const { terms, decision } = record;
    const order = new Order(terms, decision);
    order.handle = record.order;
    order.key = record.key;
    order.exitQuantity = record.exitQuantity;
    order.premium = record.reservedPrice - Math.max(terms.limitPrice, terms.stopPrice);
    order.stopLossOrder = record.stopLossOrder;
    order.takeProfitOrder = record.takeProfitOrder;
    return order;
  }

  /** The child that the venue opened to protect what `parent` filled. */
  static child(record: ChildOpenedRecord, parent: Order): Order {
    const { role, quantity, limitPrice, stopPrice } = record;
    const terms = protectionTerms(parent.terms, role, quantity, limitPrice, stopPrice);
    const order = new Order(terms, parent.decision);
    order.handle = record.order;
    order.role = role;
    order.parent = record.parent;
    order.state = OrderState.working;
    order.named(record.brokerOrderId);
    order.intendedAt = parent.intendedAt;
    order.exitQuantity = quantity;
    return order;
  }

  /** It is about to change: its bytes are not what was written last. */
  changing(): this {
    this.written = undefined;
    return this;
  }

  /** What the broker calls it now; empty before it said so. */
  get brokerOrderId(): string {
    return this.brokerOrderIds.at(-1) ?? '';
  }

  /** The broker names it; empty says nothing. The first name and the last ones are kept. */
  named(brokerOrderId: string): void {
    const known = this.brokerOrderIds;
    // A word that was overtaken names it as before.
    if (brokerOrderId === '' || known.includes(brokerOrderId)) return;
    const [first] = known;
    this.brokerOrderIds =
      first === undefined
        ? [brokerOrderId]
        : [first, ...known.slice(1).slice(2 - CHAIN_MAX), brokerOrderId];
  }

  /** A cancel of it goes out at `time`. */
  cancelAsked(attempt: number, time: TimeUs): void {
    this.cancelAttempts = attempt;
    this.cancelAskedAt = time;
    // An earlier cancel in doubt stays so: that this one is refused says nothing of that.
    this.flags |= OrderFlag.cancelPending;
  }

  /** A replace of it goes out. `isAtomic`: old and new are never live together at the venue. */
  replaceAsked(record: ReplaceIntentRecord, isAtomic: boolean, connection: number): void {
    const { quantity } = this.terms;
    this.replaceAttempts = record.attempt;
    this.flags = (this.flags & ~OrderFlag.replaceInDoubt) | OrderFlag.replacePending;
    this.pendingQuantity = record.quantity;
    this.pendingLimitPrice = record.limitPrice;
    this.pendingStopPrice = record.stopPrice;
    this.reserved = (
      isAtomic ? Math.max(quantity, record.quantity) : quantity + record.quantity
    ) as Quantity;
    this.replaceConnection = connection;
  }

  /** The venue replaced it: of an order that shrinks its exit is no larger than it. */
  replaced({ quantity, limitPrice, stopPrice, venueTime }: OrderMovedRecord): void {
    this.termsAt = Math.max(this.termsAt, venueTime) as TimeUs;
    this.terms = { ...this.terms, quantity, limitPrice, stopPrice };
    if (this.role !== OrderRole.order) return;
    this.exitQuantity = Math.min(quantity, this.exitQuantity) as Quantity;
  }

  /** What a step leaves on it beside state and terms. */
  noted({ event, edge, from, reason, venueTime, cursor }: OrderMovedRecord): void {
    const isTold =
      event === OrderEvent.accepted && cursor === 0 && !isSubmitInDoubt({ state: from });
    const isAlive = isTold || EDGES[edge] === 'revive';
    if (isAlive && venueTime > this.aliveAt) this.aliveAt = venueTime;
    // It was answered, if with a riddle: nothing of it is on its way.
    const isAnswered = event === OrderEvent.replaceUnknown && reason === 'order_not_open';
    if (isAnswered) this.replaceConnection = 0;
  }

  /** What could still fill. */
  get remaining(): Quantity {
    return Math.max(0, Math.max(this.terms.quantity, this.reserved) - this.filled) as Quantity;
  }

  /**
   * Price at which what could fill is reserved (X17): the worst of the prices that are asked for,
   * with its premium.
   */
  get reservedPrice(): Price {
    const { limitPrice, stopPrice } = this.terms;
    const own = Math.max(limitPrice, stopPrice);
    const asked = this.pendingQuantity > 0 ? this.#pendingPrice : NO_PRICE;
    return (Math.max(own, asked) + this.premium) as Price;
  }

  get #pendingPrice(): number {
    return Math.max(this.pendingLimitPrice, this.pendingStopPrice);
  }

  walk(io: FieldIo): void {
    io.whole(this);
  }

  walkFields(io: FieldIo): void {
    this.handle = io.int('handle', this.handle) as OrderHandle;
    this.state = io.code('state', this.state, ORDER_STATES) as OrderState;
    this.flags = io.u8('flags', this.flags);
    this.role = io.code('role', this.role, ORDER_ROLES) as OrderRole;
    this.parent = io.int('parent', this.parent) as OrderHandle;
    const terms = { ...this.terms };
    walkTerms(io, terms);
    this.terms = terms;
    walkDecision(io, this.decision);
    this.key = io.text('key', this.key);
    this.filled = io.int('filled', this.filled) as Quantity;
    this.exitQuantity = io.int('exitQuantity', this.exitQuantity) as Quantity;
    this.brokerOrderIds = io.scalars('brokerOrderIds', [...this.brokerOrderIds], '', (inner, id) =>
      inner.text('id', id),
    );
    this.stopLossOrder = io.int('stopLossOrder', this.stopLossOrder) as OrderHandle;
    this.takeProfitOrder = io.int('takeProfitOrder', this.takeProfitOrder) as OrderHandle;
    this.childrenTold = io.u8('childrenTold', this.childrenTold);
    this.intendedAt = io.int('intendedAt', this.intendedAt) as TimeUs;
    this.cancelAttempts = io.u16('cancelAttempts', this.cancelAttempts);
    this.cancelAskedAt = io.int('cancelAskedAt', this.cancelAskedAt) as TimeUs;
    this.replaceAttempts = io.u16('replaceAttempts', this.replaceAttempts);
    this.pendingQuantity = io.int('pendingQuantity', this.pendingQuantity) as Quantity;
    this.pendingLimitPrice = io.int('pendingLimitPrice', this.pendingLimitPrice) as Price;
    this.pendingStopPrice = io.int('pendingStopPrice', this.pendingStopPrice) as Price;
    this.reserved = io.int('reserved', this.reserved) as Quantity;
    this.premium = io.int('premium', this.premium);
    this.knownBefore = io.int('knownBefore', this.knownBefore) as TimeUs;
    this.connection = io.int('connection', this.connection);
    this.replaceConnection = io.int('replaceConnection', this.replaceConnection);
    this.endedAt = io.int('endedAt', this.endedAt) as TimeUs;
    this.termsAt = io.int('termsAt', this.termsAt) as TimeUs;
    this.aliveAt = io.int('aliveAt', this.aliveAt) as TimeUs;
  }
}

/** States in which the broker has said that it has the order. */
const AT_BROKER: readonly OrderState[] = [
  OrderState.working,
  OrderState.triggered,
  OrderState.suspended,
  OrderState.partiallyFilled,
];

export function isAtBroker({ state }: Order): boolean {
  return AT_BROKER.includes(state);
}
