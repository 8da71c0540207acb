import { isFinal } from '../../kernel/orders/transitions.ts';
import type { AppliedInput } from '../../model/inputs.ts';
import { parsePrice, parseQuantity } from '../../model/instrument.ts';
import { OrderRole, OrderType, TimeInForce } from '../../model/order.ts';
import {
  type InstrumentIndex,
  NO_ORDER,
  NO_PRICE,
  type OrderHandle,
  type Price,
  type Quantity,
} from '../../model/units.ts';
import { LedgerKind, ReportKind } from '../../model/venue.ts';
import type { KnownOrder } from '../venue-receiver.ts';
import { ledgerInput, ownOrder, type Place, reasonOf, reportInput, type Scene } from './scene.ts';
import type { OrderEnd, OrderMade } from './schemas.ts';
import { WireError } from './wire-values.ts';

/** How OANDA names the kinds of order that have their price at a trigger. */
const STOPS = ['STOP', 'STOP_LOSS', 'TRAILING_STOP_LOSS', 'MARKET_IF_TOUCHED'];
const NO_UNITS = 0 as Quantity;

/** The kind of an order as its transaction's type names it: `LIMIT` of `LIMIT_ORDER_REJECT`. */
export function orderKind(type: string): string {
  return type.replace(/_ORDER(_REJECT)?$/, '');
}

/** Units and prices in force, as counts. An order on a trade states no units: 0. */
export function termsOf(
  { instruments }: Pick<Scene, 'instruments'>,
  k: InstrumentIndex,
  kind: string,
  { units, price, priceBound }: Pick<OrderMade, 'units' | 'price' | 'priceBound'>,
): { readonly units: number; readonly limitPrice: Price; readonly stopPrice: Price } {
  const instrument = instruments[k];
  if (instrument === undefined) throw new WireError(`no instrument ${k}`);
  const at = price === undefined ? NO_PRICE : parsePrice(instrument, price);
  const bound = priceBound === undefined ? NO_PRICE : parsePrice(instrument, priceBound);
  const isStop = STOPS.includes(kind);
  return {
    units: units === undefined ? 0 : parseQuantity(instrument, units),
    limitPrice: isStop || at === NO_PRICE ? bound : at,
    stopPrice: isStop ? at : NO_PRICE,
  };
}

/** A price bound is told where the engine asked for one. */
function inForce(
  order: KnownOrder | undefined,
  { limitPrice, stopPrice }: { readonly limitPrice: Price; readonly stopPrice: Price },
): { readonly limitPrice: Price; readonly stopPrice: Price } {
  const isPlainStop = order?.terms.type === OrderType.stop;
  return { limitPrice: isPlainStop ? NO_PRICE : limitPrice, stopPrice };
}

/**
 * An order was created. A first one is `accepted`; one in the place of another of ours is
 * `replaced`, or `accepted` under its new name where a partial fill left it; protection that comes
 * with a fill is `child_accepted` (X5).
 */
export function orderMade(
  scene: Scene,
  place: Place,
  id: string,
  type: string,
  made: OrderMade,
): AppliedInput {
  const { engine } = scene;
  const clientId = made.clientExtensions?.id;
  const order = ownOrder(scene, made.replacesOrderID, clientId);
  if (order === NO_ORDER) return foreignOrder(scene, place, id, made);
  const kind = orderKind(type);
  const parent = engine.parentOf(order);
  if (made.tradeID !== undefined) scene.trades.protect(made.tradeID, childKind(kind), order);
  const named = { order, brokerOrderId: id, reason: '' };
  const isReplaced =
    made.replacesOrderID !== undefined && made.cancellingTransactionID !== undefined;
  if (isReplaced) {
    return reportInput(place, ReportKind.replaced, {
      ...named,
      ...newTerms(scene, order, kind, made),
    });
  }
  if (parent === NO_ORDER) return reportInput(place, ReportKind.accepted, named);
  const again = engine.order(order);
  if (again !== undefined && isFinal(again.state)) {
    // Another part of its entry filled after the protection of an earlier one had ended.
    const { quantity: parts, ...prices } = childTerms(scene, parent, kind, made);
    const part = tradeUnits(scene, made.tradeID) ?? parts - again.terms.quantity;
    const whole = (again.filled + part) as Quantity;
    const terms = { quantity: whole, ...prices, reason: 'parent_filled' };
    return reportInput(place, ReportKind.replaced, { ...named, ...terms });
  }
  return reportInput(place, ReportKind.childAccepted, {
    ...named,
    parent,
    role: kind === 'STOP_LOSS' ? OrderRole.stopLoss : OrderRole.takeProfit,
    ...childTerms(scene, parent, kind, made),
  });
}

function childKind(kind: string): 'stopLoss' | 'takeProfit' {
  return kind === 'TAKE_PROFIT' ? 'takeProfit' : 'stopLoss';
}

/** Terms after a replace; the quantity is what has filled and what may still. */
function newTerms(scene: Scene, order: OrderHandle, kind: string, made: OrderMade) {
  const known = scene.engine.order(order);
  if (known === undefined) return { quantity: NO_UNITS };
  const { units, ...prices } = termsOf(scene, known.terms.instrument, kind, made);
  const onTrade = tradeUnits(scene, made.tradeID) ?? known.terms.quantity - known.filled;
  const left = units === 0 ? onTrade : Math.abs(units);
  return { quantity: (known.filled + left) as Quantity, ...inForce(known, prices) };
}

/** Protection has the size of its trade; where that is not known, of what its parent filled. */
function childTerms(scene: Scene, parent: OrderHandle, kind: string, made: OrderMade) {
  const known = scene.engine.order(parent);
  if (known === undefined) return { quantity: NO_UNITS };
  const { limitPrice, stopPrice } = termsOf(scene, known.terms.instrument, kind, made);
  const quantity = (tradeUnits(scene, made.tradeID) ?? known.filled) as Quantity;
  return { quantity, limitPrice, stopPrice };
}

function tradeUnits({ trades }: Scene, id: string | undefined): number | undefined {
  const trade = id === undefined ? undefined : trades.find(id);
  return trade === undefined ? undefined : Math.abs(trade.units);
}

/** An order of somebody else: by hand, by another program, or by a closeout of the broker. */
function foreignOrder(scene: Scene, place: Place, id: string, made: OrderMade): AppliedInput {
  const k = made.instrument === undefined ? undefined : scene.byName.get(made.instrument);
  return ledgerInput(scene, place, {
    fact: LedgerKind.foreignOrder,
    instrument: k ?? (0 as InstrumentIndex),
    hasInstrument: k !== undefined,
    reference: made.clientExtensions?.id ?? id,
    reason: reasonOf(made.reason),
  });
}

/**
 * A request was refused, and the log says so. A refused replace leaves the order as it was. That a
 * client id is taken says that this request of ours was there before: the order it named lives, and
 * somebody repeated it.
 */
export function orderRefused(scene: Scene, place: Place, made: OrderMade): AppliedInput {
  const reason = reasonOf(made.rejectReason);
  const replaced = made.intendedReplacesOrderID;
  if (replaced !== undefined) {
    const order = ownOrder(scene, replaced, made.clientExtensions?.id);
    if (order === NO_ORDER) return nothing(scene, place, reason);
    return reportInput(place, ReportKind.replaceRefused, { order, reason });
  }
  const order = ownOrder(scene, undefined, made.clientExtensions?.id);
  if (order === NO_ORDER) return nothing(scene, place, reason);
  if (made.rejectReason === 'CLIENT_ORDER_ID_ALREADY_EXISTS') {
    return ledgerInput(scene, place, { fact: LedgerKind.unknown, reason: 'request_repeated' });
  }
  return reportInput(place, ReportKind.rejected, { order, reason });
}

/** A fact that changes nothing of ours. It has its place in the log all the same. */
export function nothing(scene: Scene, place: Place, reason: string): AppliedInput {
  return ledgerInput(scene, place, { fact: LedgerKind.accountConfig, reason });
}

/** An order ended without a fill, or the rest of it did. */
export function orderCancelled(scene: Scene, place: Place, end: OrderEnd): AppliedInput {
  const order = ownOrder(scene, end.orderID, end.clientOrderID);
  if (order === NO_ORDER) return nothing(scene, place, 'foreign_order_cancelled');
  // One half of a replace: the other one, the next transaction, tells the new terms.
  if (end.replacedByOrderID !== undefined) {
    return reportInput(place, ReportKind.accepted, { order, reason: 'being_replaced' });
  }
  const lives = scene.engine.order(order)?.terms.timeInForce;
  const isTimed = lives === TimeInForce.gtd || lives === TimeInForce.day;
  const isExpired = isTimed && end.reason === 'TIME_IN_FORCE_EXPIRED';
  const kind = isExpired ? ReportKind.expired : ReportKind.cancelled;
  return reportInput(place, kind, { order, reason: reasonOf(end.reason) });
}

export function cancelRefused(scene: Scene, place: Place, end: OrderEnd): AppliedInput {
  const order = ownOrder(scene, end.orderID, end.clientOrderID);
  const reason = reasonOf(end.rejectReason);
  if (order === NO_ORDER) return nothing(scene, place, reason);
  return reportInput(place, ReportKind.cancelRefused, { order, reason });
}
