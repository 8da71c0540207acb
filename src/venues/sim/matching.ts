import { OrderType, Side } from '../../model/order.ts';
import type { LimitFill } from './config.ts';
import type { SimOrder } from './sim-order.ts';

/** How an order meets a quote. */
export type Meeting =
  /** It does not trade. */
  | 'rests'
  /** It takes the other side at the touch, moved by slippage. */
  | 'takes'
  /** It takes the other side, but never beyond its limit. */
  | 'takes_to_limit'
  /** Someone takes it: it trades at its own limit. */
  | 'makes';

/** May a limit trade at once: does the other side stand at its price, or better? */
export function marketable(side: Side, limit: number, bid: number, ask: number): boolean {
  return side === Side.buy ? ask <= limit : bid >= limit;
}

/** Has the side that would be taken reached a stop's price? */
export function reaches(side: Side, stop: number, bid: number, ask: number): boolean {
  return side === Side.buy ? ask >= stop : bid <= stop;
}

/** A stop is triggered when the side that it would take reaches its price. */
export function isTriggered(order: SimOrder, bid: number, ask: number): boolean {
  return reaches(order.terms.side, order.terms.stopPrice, bid, ask);
}

function limitMeeting(order: SimOrder, bid: number, ask: number, limitFill: LimitFill): Meeting {
  const { side, limitPrice } = order.terms;
  if (order.fresh) return marketable(side, limitPrice, bid, ask) ? 'takes_to_limit' : 'rests';
  const through = limitFill === 'through' ? 1 : 0;
  const reach = side === Side.buy ? limitPrice - through : limitPrice + through;
  return marketable(side, reach, bid, ask) ? 'makes' : 'rests';
}

/** What the order does at this quote. A stop must have been triggered first. */
export function meeting(order: SimOrder, bid: number, ask: number, limitFill: LimitFill): Meeting {
  switch (order.terms.type) {
    case OrderType.market:
      return 'takes';
    case OrderType.stop:
      return order.triggered ? 'takes' : 'rests';
    case OrderType.limit:
      return limitMeeting(order, bid, ask, limitFill);
    case OrderType.stopLimit:
      return order.triggered ? limitMeeting(order, bid, ask, limitFill) : 'rests';
  }
}

/**
 * Price of a fill: the limit where it makes, else the touch with slippage, bounded by the limit.
 */
export function fillPrice(order: SimOrder, how: Meeting, touch: number, slip: number): number {
  const { side, limitPrice } = order.terms;
  if (how === 'makes') return limitPrice;
  const slipped = side === Side.buy ? touch + slip : Math.max(1, touch - slip);
  if (how === 'takes') return slipped;
  return side === Side.buy ? Math.min(slipped, limitPrice) : Math.max(slipped, limitPrice);
}
