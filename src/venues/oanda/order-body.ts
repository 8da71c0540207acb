import { unreachable } from '../../model/assert.ts';
import { formatPrice, formatQuantity, type Instrument } from '../../model/instrument.ts';
import { OrderRole, type OrderTerms, OrderType, TimeInForce } from '../../model/order.ts';
import { NO_PRICE, type Price, type Quantity } from '../../model/units.ts';
import type { KnownOrder } from '../venue-receiver.ts';
import { wireName, writeTime } from './wire-values.ts';

type Body = Readonly<Record<string, unknown>>;

const TEXT_MAX = 128;

/** Ids and words that travel with an order, beside its terms. */
export interface OrderNames {
  readonly clientOrderId: string;
  /** Of the decision, for whoever looks at the broker's own pages. */
  readonly comment: string;
  /** Ids of the protection that comes with a fill; empty for none. */
  readonly stopLossId: string;
  readonly takeProfitId: string;
}

/** The order of a request, in OANDA's words. Market orders have no deadline there (X9). */
export function orderBody(
  instrument: Instrument,
  terms: Readonly<OrderTerms>,
  names: OrderNames,
): string {
  const { side, quantity, reduceOnly, stopLoss, takeProfit } = terms;
  const onFill = (id: string, price: Price): Body | undefined =>
    price === NO_PRICE
      ? undefined
      : {
          price: formatPrice(instrument, price),
          timeInForce: 'GTC',
          ...(id === '' ? {} : { clientExtensions: { id } }),
        };
  const order = {
    ...pricesOf(instrument, terms),
    instrument: wireName(instrument),
    units: formatQuantity(instrument, (side * quantity) as Quantity),
    ...lifeOf(terms),
    positionFill: reduceOnly ? 'REDUCE_ONLY' : 'DEFAULT',
    clientExtensions: extensionsOf(names),
    stopLossOnFill: onFill(names.stopLossId, stopLoss),
    takeProfitOnFill: onFill(names.takeProfitId, takeProfit),
  };
  return JSON.stringify({ order });
}

function extensionsOf({ clientOrderId, comment }: OrderNames): Body {
  const text = comment.slice(0, TEXT_MAX);
  return text === '' ? { id: clientOrderId } : { id: clientOrderId, comment: text };
}

function pricesOf(instrument: Instrument, { type, limitPrice, stopPrice }: OrderTerms): Body {
  const price = (count: Price): string => formatPrice(instrument, count);
  switch (type) {
    case OrderType.market:
      return limitPrice === NO_PRICE
        ? { type: 'MARKET' }
        : { type: 'MARKET', priceBound: price(limitPrice) };
    case OrderType.limit:
      return { type: 'LIMIT', price: price(limitPrice) };
    case OrderType.stop:
      return { type: 'STOP', price: price(stopPrice) };
    case OrderType.stopLimit:
      return { type: 'STOP', price: price(stopPrice), priceBound: price(limitPrice) };
    default:
      return unreachable(type);
  }
}

/** A market order fills at once: whole or not at all, unless `ioc` was asked for. */
function lifeOf({ type, timeInForce, expireTime }: OrderTerms): Body {
  if (type === OrderType.market) {
    return { timeInForce: timeInForce === TimeInForce.ioc ? 'IOC' : 'FOK' };
  }
  switch (timeInForce) {
    case TimeInForce.gtc:
      return { timeInForce: 'GTC' };
    case TimeInForce.gtd:
      return { timeInForce: 'GTD', gtdTime: writeTime(expireTime) };
    case TimeInForce.ioc:
      return { timeInForce: 'IOC' };
    case TimeInForce.fok:
      return { timeInForce: 'FOK' };
    case TimeInForce.day:
      return { timeInForce: 'GFD' };
    default:
      return unreachable(timeInForce);
  }
}

/** New terms of an order; `quantity` is of the whole of it, what has filled included. */
export interface NewTerms {
  readonly quantity: Quantity;
  readonly limitPrice: Price;
  readonly stopPrice: Price;
}

/** An order in the place of another of the same kind. */
export function replacementBody(
  instrument: Instrument,
  { terms, filled }: KnownOrder,
  { quantity, limitPrice, stopPrice }: NewTerms,
  names: OrderNames,
): string {
  const left = (quantity - filled) as Quantity;
  return orderBody(instrument, { ...terms, quantity: left, limitPrice, stopPrice }, names);
}

/** Protection in the place of other protection: it has the size of its trade, whatever is asked. */
export function protectionBody(
  instrument: Instrument,
  { role }: KnownOrder,
  tradeID: string,
  { limitPrice, stopPrice }: NewTerms,
  clientOrderId: string,
): string {
  const isStop = role === OrderRole.stopLoss;
  const order = {
    type: isStop ? 'STOP_LOSS' : 'TAKE_PROFIT',
    tradeID,
    price: formatPrice(instrument, isStop ? stopPrice : limitPrice),
    timeInForce: 'GTC',
    clientExtensions: { id: clientOrderId },
  };
  return JSON.stringify({ order });
}
