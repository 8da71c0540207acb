import { type OrderTerms, OrderType, Side, TimeInForce } from '../../model/order.ts';
import { NO_PRICE, NO_TIME, PRICE_COUNT_MAX } from '../../model/units.ts';
import type { Rate } from '../../model/venue.ts';
import type { Book } from '../book.ts';
import { type Denial, deny, type Gate, type ProposedOrder } from './gate.ts';

function priceDenial(price: number, wanted: boolean): Denial | undefined {
  if (!wanted) return price === NO_PRICE ? undefined : deny('order', 'price_not_allowed');
  if (price === NO_PRICE) return deny('order', 'price_missing');
  const valid = Number.isInteger(price) && price > 0 && price <= PRICE_COUNT_MAX;
  return valid ? undefined : deny('order', 'price_off_increment');
}

function pricesDenial(terms: OrderTerms): Denial | undefined {
  const hasLimit = terms.type === OrderType.limit || terms.type === OrderType.stopLimit;
  const hasStop = terms.type === OrderType.stop || terms.type === OrderType.stopLimit;
  return priceDenial(terms.limitPrice, hasLimit) ?? priceDenial(terms.stopPrice, hasStop);
}

function timeInForceDenial(terms: OrderTerms, now: number): Denial | undefined {
  const immediate = terms.timeInForce === TimeInForce.ioc || terms.timeInForce === TimeInForce.fok;
  const waits = terms.type === OrderType.stop || terms.type === OrderType.stopLimit;
  if (immediate && waits) return deny('order', 'time_in_force_invalid');
  if (terms.timeInForce !== TimeInForce.gtd) {
    return terms.expireTime === NO_TIME ? undefined : deny('order', 'time_in_force_invalid');
  }
  if (terms.expireTime === NO_TIME) return deny('order', 'expire_time_missing');
  return terms.expireTime > now ? undefined : deny('order', 'expire_time_passed');
}

/**
 * A stop-loss lies on the losing side of where the order would fill, a take-profit on the winning
 * side: beyond the limit or stop price, or beyond the touch for a market order.
 */
function protectionDenial(terms: OrderTerms, touch: number): Denial | undefined {
  const prices = [terms.stopLoss, terms.takeProfit];
  for (const price of prices) {
    if (price !== NO_PRICE) {
      const denial = priceDenial(price, true);
      if (denial !== undefined) return denial;
    }
  }
  if (terms.stopLoss === NO_PRICE && terms.takeProfit === NO_PRICE) return undefined;
  if (terms.reduceOnly) return deny('order', 'price_not_allowed');
  const entry = terms.limitPrice || terms.stopPrice || touch;
  const below = terms.side === Side.buy ? terms.stopLoss : terms.takeProfit;
  const above = terms.side === Side.buy ? terms.takeProfit : terms.stopLoss;
  const wrong = (below !== NO_PRICE && below >= entry) || (above !== NO_PRICE && above <= entry);
  return wrong ? deny('order', 'protection_wrong_side') : undefined;
}

/**
 * What makes an order unsafe to send whatever it is for: bad quantity, price or time, no quote of
 * its instrument, no rate to the account currency. Always enforced (X20).
 */
export class OrderValidityGate implements Gate {
  readonly name = 'order_validity';
  readonly mode = 'enforce';
  readonly #rate: Rate = { numerator: 1, denominator: 1 };

  judge(order: ProposedOrder, book: Book): Denial | undefined {
    const { terms } = order;
    if (!Number.isSafeInteger(terms.quantity) || terms.quantity <= 0) {
      return deny('order', 'quantity_not_positive');
    }
    const denial = pricesDenial(terms) ?? timeInForceDenial(terms, book.time);
    if (denial !== undefined) return denial;
    const k = terms.instrument;
    // An exit needs no quote: it is never worse to be able to leave.
    if (!book.board.has(k)) return deny('entry', 'no_quote');
    const touch = (terms.side === Side.buy ? book.board.ask[k] : book.board.bid[k]) as number;
    if (!book.account.conversion.rate(k, book.board, this.#rate)) {
      return deny('entry', 'no_conversion_rate');
    }
    const value = terms.quantity * order.reservedPrice;
    if (!Number.isSafeInteger(value)) return deny('entry', 'value_out_of_range');
    return protectionDenial(terms, touch);
  }
}
