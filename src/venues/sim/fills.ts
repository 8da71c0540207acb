import type { Account } from '../../kernel/account/account.ts';
import type { ClosedSlice } from '../../kernel/account/position.ts';
import type { QuoteBoard } from '../../market/quote-board.ts';
import { present } from '../../model/assert.ts';
import type { FieldIo, Walkable } from '../../model/codec.ts';
import { InputKind } from '../../model/inputs.ts';
import {
  OrderRole,
  type OrderTerms,
  OrderType,
  protectionTerms,
  Side,
  TimeInForce,
} from '../../model/order.ts';
import {
  type InstrumentIndex,
  type Money,
  NO_ORDER,
  NO_PRICE,
  type OrderHandle,
  type Price,
  type Quantity,
  type TimeUs,
} from '../../model/units.ts';
import { blankReport, type OrderReport, type Rate, ReportKind } from '../../model/venue.ts';
import { commissionOf } from './commission.ts';
import type { SimVenueConfig } from './config.ts';
import { fillPrice, isTriggered, type Meeting, meeting } from './matching.ts';
import type { VenueInput } from './messages.ts';
import { SimOrder } from './sim-order.ts';
import type { FillWatch, VenueRules } from './venue-rules.ts';

/** What filling needs of the venue around it. */
export interface FillDesk {
  report(report: OrderReport): void;
  send(input: VenueInput): void;
  nextCursor(): number;
  /** Id of the order that the next report opens. */
  nextBrokerOrderId(): string;
  now(): TimeUs;
  readonly filled: FillWatch;
  readonly rules: VenueRules;
  add(order: SimOrder): void;
  find(k: number, handle: OrderHandle): SimOrder | undefined;
  working(k: number): readonly SimOrder[];
}

/** Quoted sizes of 0 say that the source has none: then any quantity trades. */
const UNLIMITED = Number.MAX_SAFE_INTEGER;

/** Fills orders against a quote, books them, and keeps children and OCO pairs in step. */
export class Fills implements Walkable {
  /** By instrument: 1 while nothing was taken from its last quote. */
  readonly untouched: Uint8Array;
  /** What is left of the last quote's sizes, once something was taken. */
  readonly #bidLeft: Float64Array;
  readonly #askLeft: Float64Array;
  readonly #config: SimVenueConfig;
  readonly #account: Account;
  readonly #board: QuoteBoard;
  readonly #desk: FillDesk;

  constructor(config: SimVenueConfig, account: Account, board: QuoteBoard, desk: FillDesk) {
    const count = config.instruments.length;
    this.untouched = new Uint8Array(count).fill(1);
    this.#bidLeft = new Float64Array(count);
    this.#askLeft = new Float64Array(count);
    this.#config = config;
    this.#account = account;
    this.#board = board;
    this.#desk = desk;
  }

  /** Sets every working order of the instrument against its last quote, oldest first. */
  matchAll(k: InstrumentIndex, working: readonly SimOrder[]): void {
    const bid = this.#board.bid[k] as number;
    const ask = this.#board.ask[k] as number;
    if (this.untouched[k] === 1) this.#takeSizes(k);
    // Children that a fill adds during this pass wait for the next quote.
    const count = working.length;
    for (let i = 0; i < count; i++) {
      const order = working[i] as SimOrder;
      if (order.gone) continue;
      const left = order.terms.side === Side.buy ? this.#askLeft : this.#bidLeft;
      const used = this.#meet(order, bid, ask, left[k] as number);
      left[k] = (left[k] as number) - used;
    }
  }

  /** A quote's sizes are shared by all that trade on it, whenever in its moment they come. */
  #takeSizes(k: number): void {
    this.untouched[k] = 0;
    this.#bidLeft[k] = this.#board.bidSize[k] || UNLIMITED;
    this.#askLeft[k] = this.#board.askSize[k] || UNLIMITED;
  }

  walk(io: FieldIo): void {
    for (let k = 0; k < this.untouched.length; k++) {
      this.untouched[k] = io.u8('untouched', this.untouched[k] as number);
      this.#bidLeft[k] = io.int('bidLeft', this.#bidLeft[k] as number);
      this.#askLeft[k] = io.int('askLeft', this.#askLeft[k] as number);
    }
  }

  /** Lets one order meet a quote; returns the quantity it took from the quoted size. */
  #meet(order: SimOrder, bid: number, ask: number, left: number): number {
    this.#trigger(order, bid, ask);
    const how = meeting(order, bid, ask, this.#config.limitFill);
    const wasFresh = order.fresh;
    if (!isWaitingStop(order)) order.fresh = false;
    if (how === 'rests') {
      if (wasFresh && isImmediate(order)) this.cancel(order, 'not_fillable');
      return 0;
    }
    const wanted = this.#allowed(order);
    if (wanted === 0) {
      this.cancel(order, 'nothing_to_reduce');
      return 0;
    }
    const quantity = Math.min(wanted, left);
    if (order.terms.timeInForce === TimeInForce.fok && quantity < order.remaining) {
      this.cancel(order, 'not_fillable');
      return 0;
    }
    const refusal = quantity > 0 ? this.#refusal(order, quantity) : undefined;
    if (refusal !== undefined) {
      this.cancel(order, refusal);
      return 0;
    }
    if (quantity > 0) this.#fill(order, how, quantity as Quantity, bid, ask);
    if (!order.gone && isImmediate(order)) this.cancel(order, 'not_fillable');
    return quantity;
  }

  #trigger(order: SimOrder, bid: number, ask: number): void {
    if (!isWaitingStop(order) || !isTriggered(order, bid, ask)) return;
    order.triggered = true;
    order.fresh = true;
    const { brokerOrderId } = order;
    const report = ReportKind.triggered;
    this.#desk.report({ ...blankReport(), report, order: order.order, brokerOrderId });
  }

  /** Remaining quantity, cut for a reduce-only order to what there is to reduce. */
  #allowed(order: SimOrder): number {
    if (!order.terms.reduceOnly) return order.remaining;
    const position = present(this.#account.positions[order.terms.instrument], 'position');
    const lot = this.#desk.rules.lotOf(order.order);
    if (lot !== undefined) return Math.min(order.remaining, position.quantityOf(lot));
    const held = position.quantity;
    const reduces = held !== 0 && held > 0 !== order.terms.side > 0;
    return reduces ? Math.min(order.remaining, Math.abs(held)) : 0;
  }

  /** Why the venue does not let the order fill: only what opens a position may be refused. */
  #refusal({ order, terms }: SimOrder, quantity: number): string | undefined {
    const held = present(this.#account.positions[terms.instrument], 'position').quantity;
    const isClosing = held > 0 !== terms.side > 0 && quantity <= Math.abs(held);
    return isClosing ? undefined : this.#desk.rules.openingRefusal(order);
  }

  #fill(order: SimOrder, how: Meeting, quantity: Quantity, bid: number, ask: number): void {
    const { instrument: k, side } = order.terms;
    const touch = (side === Side.buy ? ask : bid) as Price;
    const time = this.#desk.now();
    const query = {
      instrument: k,
      side,
      quantity,
      touch,
      bid: bid as Price,
      ask: ask as Price,
      time,
    };
    const slip = how === 'makes' ? 0 : this.#config.slippage.slippage(query);
    const price = fillPrice(order, how, touch, slip) as Price;
    const rate: Rate = { numerator: 1, denominator: 1 };
    if (!this.#account.conversion.rate(k, this.#board, rate)) {
      this.cancel(order, 'no_conversion_rate');
      return;
    }
    order.filled = (order.filled + quantity) as Quantity;
    if (order.remaining === 0) order.gone = true;
    const { realized, commission, slices } = this.#book(order, quantity, price, rate);
    const closed = slices.reduce((sum, slice) => sum + slice.quantity, 0);
    const opened = (quantity - closed) as Quantity;
    const cursor = this.#desk.nextCursor();
    this.#desk.filled(cursor, bid as Price, ask as Price, slices);
    this.#desk.send({
      kind: InputKind.fill,
      fill: {
        order: order.order,
        instrument: k,
        side,
        executionId: String(cursor),
        quantity,
        price,
        rate,
        realized,
        commission,
        balance: this.#account.balance,
        venueTime: time,
        cursor,
      },
    });
    if (order.role === OrderRole.order) this.#protect(order, opened);
    else this.#protectionUsed(order, quantity);
    this.#endOrphans(k);
  }

  #book(
    order: SimOrder,
    quantity: Quantity,
    price: Price,
    rate: Rate,
  ): { realized: Money; commission: Money; slices: readonly ClosedSlice[] } {
    const k = order.terms.instrument;
    const { decimals } = this.#account.spec;
    const instrument = present(this.#config.instruments[k], 'instrument');
    const slices = this.#account.applyFill(k, {
      side: order.terms.side,
      quantity,
      price,
      time: this.#desk.now(),
      decision: order.decision,
      stopDistance: -1,
      lot: this.#desk.rules.lotOf(order.order),
    });
    const realized = this.#account.realizedOf(slices, k, rate);
    const spec = this.#config.commission;
    const commission = commissionOf(spec, instrument, quantity, price, rate, decimals);
    this.#account.bookTrade(realized, commission);
    return { realized, commission, slices };
  }

  /**
   * Children follow what the parent's fills open (X14): what those close needs no protection. They
   * are opened with the first of it, once, and grow with the next.
   */
  #protect(parent: SimOrder, opened: Quantity): void {
    if (opened === 0) return;
    const { stopLoss, takeProfit, instrument } = parent.terms;
    const legs = [
      { handle: parent.stopLossOrder, price: stopLoss, role: OrderRole.stopLoss },
      { handle: parent.takeProfitOrder, price: takeProfit, role: OrderRole.takeProfit },
    ] as const;
    for (const { handle, price, role } of legs) {
      if (handle === NO_ORDER || price === NO_PRICE) continue;
      const child = this.#desk.find(instrument, handle);
      if (!parent.isProtected) this.#openChild(parent, handle, price, role, opened);
      else if (child !== undefined) {
        this.#resize(child, (child.terms.quantity + opened) as Quantity, 'parent_filled');
      }
    }
    parent.isProtected = true;
  }

  #openChild(
    parent: SimOrder,
    handle: OrderHandle,
    price: Price,
    role: OrderRole,
    quantity: Quantity,
  ): void {
    const isStop = role === OrderRole.stopLoss;
    const limitPrice = isStop ? NO_PRICE : price;
    const stopPrice = isStop ? price : NO_PRICE;
    const terms = protectionTerms(parent.terms, role, quantity, limitPrice, stopPrice);
    const child = new SimOrder(terms, parent.decision);
    child.order = handle;
    child.brokerOrderId = this.#desk.nextBrokerOrderId();
    child.role = role;
    child.parent = parent.order;
    child.fresh = isStop;
    this.#desk.report({
      ...blankReport(),
      report: ReportKind.childAccepted,
      order: handle,
      parent: parent.order,
      role,
      brokerOrderId: child.brokerOrderId,
      quantity: child.terms.quantity,
      limitPrice: child.terms.limitPrice,
      stopPrice: child.terms.stopPrice,
    });
    child.clientOrderId = `${parent.clientOrderId}-${role}`;
    this.#desk.add(child);
  }

  #resize(order: SimOrder, quantity: Quantity, reason: string): void {
    order.terms = { ...order.terms, quantity };
    this.reportReplaced(order, reason);
  }

  reportReplaced(order: SimOrder, reason: string): void {
    this.#desk.report({
      ...blankReport(),
      report: ReportKind.replaced,
      order: order.order,
      brokerOrderId: order.brokerOrderId,
      quantity: order.terms.quantity,
      limitPrice: order.terms.limitPrice,
      stopPrice: order.terms.stopPrice,
      reason,
    });
  }

  /**
   * One cancels other: what one leg filled, the other no longer protects. When a leg has closed all
   * there was, what its parent has not filled yet is cancelled too: the trade is over.
   */
  #protectionUsed(child: SimOrder, quantity: Quantity): void {
    const k = child.terms.instrument;
    if (child.gone) this.#endProtection(child, 'filled');
    const sibling = this.#desk
      .working(k)
      .find((order) => order.parent === child.parent && order !== child && !order.gone);
    if (sibling === undefined || sibling.role === OrderRole.order) return;
    const left = (sibling.terms.quantity - quantity) as Quantity;
    if (left <= sibling.filled) this.cancel(sibling, 'oco');
    else this.#resize(sibling, left, 'oco');
  }

  /** Protection is tied to the position: when that is closed, or turned, it ends. */
  #endOrphans(k: InstrumentIndex): void {
    const held = present(this.#account.positions[k], 'position').quantity;
    for (const order of this.#desk.working(k)) {
      if (order.role === OrderRole.order || order.gone) continue;
      const protects = held !== 0 && held > 0 !== order.terms.side > 0;
      if (!protects) this.#endProtection(order, 'position_closed');
    }
  }

  /** Ends a leg, and what its parent has not filled: it would open without protection. */
  #endProtection(child: SimOrder, reason: string): void {
    if (!child.gone) this.cancel(child, reason);
    const parent = this.#desk.find(child.terms.instrument, child.parent);
    if (parent !== undefined) this.cancel(parent, 'bracket_closed');
  }

  cancel(order: SimOrder, reason: string): void {
    this.end(order, ReportKind.cancelled, reason);
  }

  end(order: SimOrder, report: ReportKind, reason: string): void {
    order.gone = true;
    const { brokerOrderId } = order;
    this.#desk.report({ ...blankReport(), report, order: order.order, brokerOrderId, reason });
  }

  /** Why margin forbids an order, or `undefined`: what it adds must fit into the equity. */
  marginRefusal(terms: OrderTerms): string | undefined {
    const account = this.#account;
    const k = terms.instrument;
    const held = present(account.positions[k], 'position').quantity;
    const after = Math.abs(held + terms.side * terms.quantity);
    if (terms.reduceOnly || after <= Math.abs(held)) return undefined;
    account.markAll();
    const added = account.marginOf(k, (after - Math.abs(held)) as Quantity);
    const used = account.marginUsed();
    if (added === undefined || used === undefined) return 'no_price';
    return used + added > account.equity ? 'insufficient_margin' : undefined;
  }
}

function isWaitingStop(order: SimOrder): boolean {
  const { type } = order.terms;
  return (type === OrderType.stop || type === OrderType.stopLimit) && !order.triggered;
}

function isImmediate(order: SimOrder): boolean {
  const { timeInForce } = order.terms;
  return timeInForce === TimeInForce.ioc || timeInForce === TimeInForce.fok;
}
