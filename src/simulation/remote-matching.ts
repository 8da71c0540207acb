import { present } from '../model/assert.ts';
import {
  OrderRole,
  OrderState,
  OrderType,
  protectionTerms,
  Side,
  TimeInForce,
} from '../model/order.ts';
import { NO_PRICE, type Quantity } from '../model/units.ts';
import { ReportKind } from '../model/venue.ts';
import type { Dice } from './dice.ts';
import { isOpen, type RemoteBooks, type RemoteOrder, remoteOrder } from './remote-books.ts';

/** Lets an order meet the market as it stands. */
export function meet(books: RemoteBooks, order: RemoteOrder, dice: Dice): void {
  if (!isOpen(order) || order.state === OrderState.suspended) return;
  const { instrument: k, side, type } = order.terms;
  const touch = side === Side.buy ? books.ask(k) : books.bid(k);
  const isStop = type === OrderType.stop || type === OrderType.stopLimit;
  if (isStop && !order.triggered) {
    if ((touch - order.terms.stopPrice) * side < 0) return;
    order.triggered = true;
    if (order.state === OrderState.working) books.move(order, OrderState.triggered);
    books.report(order, { report: ReportKind.triggered }, false);
  }
  const { limitPrice, timeInForce } = order.terms;
  const isImmediate = timeInForce === TimeInForce.ioc || timeInForce === TimeInForce.fok;
  const trades = limitPrice === NO_PRICE || (limitPrice - touch) * side >= 0;
  if (!trades) {
    if (isImmediate) end(books, order, ReportKind.cancelled, 'not_fillable', false);
    return;
  }
  const allowed = allowedOf(books, order);
  if (allowed === 0) {
    end(books, order, ReportKind.cancelled, 'nothing_to_reduce', false);
    return;
  }
  const isPartial = timeInForce !== TimeInForce.fok && allowed > 1 && dice.chance(0.3);
  const quantity = isPartial ? dice.between(1, allowed - 1) : allowed;
  if (timeInForce === TimeInForce.fok && quantity < order.terms.quantity - order.filled) {
    end(books, order, ReportKind.cancelled, 'not_fillable', false);
    return;
  }
  execute(books, order, quantity, touch);
  if (isOpen(order) && isImmediate) {
    end(books, order, ReportKind.cancelled, 'not_fillable', false);
  }
}

/** Remaining quantity; of a reduce-only order no more than there is to reduce. */
function allowedOf(books: RemoteBooks, order: RemoteOrder): number {
  const { terms, filled, role } = order;
  const remaining = terms.quantity - filled;
  if (!terms.reduceOnly) return remaining;
  if (role === OrderRole.order && !books.capabilities.reduceOnly) return remaining;
  const held = books.position(terms.instrument).quantity;
  return held * terms.side < 0 ? Math.min(remaining, Math.abs(held)) : 0;
}

export function execute(
  books: RemoteBooks,
  order: RemoteOrder,
  quantity: number,
  price: number,
): void {
  const closed = books.fill(order, quantity, price);
  const isDone = order.filled >= order.terms.quantity;
  books.move(order, isDone ? OrderState.filled : OrderState.partiallyFilled);
  if (order.role === OrderRole.order) protect(books, order, quantity - closed);
  else protectionUsed(books, order, quantity);
  endOrphans(books, order.terms.instrument);
}

/** Ends an order on the venue's side. */
export function end(
  books: RemoteBooks,
  order: RemoteOrder,
  report: typeof ReportKind.cancelled | typeof ReportKind.expired | typeof ReportKind.rejected,
  reason: string,
  solicited: boolean,
): void {
  const states = {
    [ReportKind.cancelled]: OrderState.cancelled,
    [ReportKind.expired]: OrderState.expired,
    [ReportKind.rejected]: OrderState.rejected,
  };
  books.move(order, states[report]);
  books.report(order, { report, reason }, solicited);
}

/** Children follow what the parent's fills open (X14). */
function protect(books: RemoteBooks, parent: RemoteOrder, opened: number): void {
  if (opened === 0) return;
  const { stopLoss, takeProfit } = parent.terms;
  const legs = [
    { id: parent.stopLossId, price: stopLoss, role: OrderRole.stopLoss },
    { id: parent.takeProfitId, price: takeProfit, role: OrderRole.takeProfit },
  ] as const;
  for (const { id, price, role } of legs) {
    if (id === '' || price === NO_PRICE) continue;
    const child = books.orders.get(id);
    if (child === undefined) openChild(books, parent, id, role, opened, price);
    else if (isOpen(child)) resize(books, child, child.terms.quantity + opened);
  }
  parent.isProtected = true;
}

function openChild(
  books: RemoteBooks,
  parent: RemoteOrder,
  clientOrderId: string,
  role: OrderRole,
  opened: number,
  price: number,
): void {
  const isStop = role === OrderRole.stopLoss;
  const limitPrice = (isStop ? NO_PRICE : price) as typeof NO_PRICE;
  const stopPrice = (isStop ? price : NO_PRICE) as typeof NO_PRICE;
  const quantity = opened as Quantity;
  const terms = protectionTerms(parent.terms, role, quantity, limitPrice, stopPrice);
  const brokerOrderId = books.nextBrokerId();
  const ids = { clientOrderId, brokerOrderId, stopLossId: '', takeProfitId: '' };
  const child = remoteOrder({ ...ids, role, parent }, terms);
  books.add(child);
  books.changed(child);
  const report = ReportKind.childAccepted;
  books.report(child, { report, quantity, limitPrice, stopPrice }, false);
}

/** Quantity of a leg as the venue sets it. */
function resize(books: RemoteBooks, order: RemoteOrder, quantity: number): void {
  order.terms = { ...order.terms, quantity: quantity as Quantity };
  books.changed(order);
  const { limitPrice, stopPrice } = order.terms;
  const told = { quantity: quantity as Quantity, limitPrice, stopPrice };
  books.report(order, { report: ReportKind.replaced, ...told }, false);
}

/** One cancels other: what one leg filled, the other no longer protects. */
function protectionUsed(books: RemoteBooks, child: RemoteOrder, quantity: number): void {
  if (!isOpen(child)) endProtection(books, child, 'filled');
  const book = present(books.open[child.terms.instrument], 'book');
  const sibling = book.find((order) => order.parent === child.parent && order !== child);
  if (sibling === undefined) return;
  const left = sibling.terms.quantity - quantity;
  if (left <= sibling.filled) end(books, sibling, ReportKind.cancelled, 'oco', false);
  else resize(books, sibling, left);
}

/** Protection is tied to the position: when that is closed, or turned, it ends. */
export function endOrphans(books: RemoteBooks, k: number): void {
  const held = books.position(k).quantity;
  for (const order of [...present(books.open[k], 'book')]) {
    if (order.role === OrderRole.order || !isOpen(order)) continue;
    if (held * order.terms.side >= 0) endProtection(books, order, 'position_closed');
  }
}

/** Ends a leg, and what its parent has not filled: it would open without protection. */
function endProtection(books: RemoteBooks, child: RemoteOrder, reason: string): void {
  if (isOpen(child)) end(books, child, ReportKind.cancelled, reason, false);
  const { parent } = child;
  if (parent !== undefined && isOpen(parent)) {
    end(books, parent, ReportKind.cancelled, 'bracket_closed', false);
  }
}
