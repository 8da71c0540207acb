import type { QuoteBoard } from '../../market/quote-board.ts';
import { unreachable } from '../../model/assert.ts';
import { type OrderTerms, OrderType, Side } from '../../model/order.ts';
import { NO_PRICE, type Price, type TimeUs } from '../../model/units.ts';
import type { SlippageModel } from '../../slippage/model.ts';

/**
 * The price at which an order is reserved (X17), the largest at which it is expected to fill: a
 * market order at the touch plus the slippage profile, a limit at its price or, where it would sell
 * at once, at the bid, a stop at its trigger or at the touch beyond it, plus the profile.
 * `NO_PRICE` for a market order without a quote, which can only be an exit.
 */
export function reservedPrice(
  terms: Readonly<OrderTerms>,
  board: QuoteBoard,
  profile: SlippageModel,
  time: TimeUs,
): Price {
  const { type, side, instrument: k, limitPrice, stopPrice } = terms;
  const touch = ((side === Side.buy ? board.ask[k] : board.bid[k]) ?? NO_PRICE) as Price;
  switch (type) {
    case OrderType.limit:
      return side === Side.buy ? limitPrice : larger(limitPrice, touch);
    case OrderType.stopLimit:
      return larger(limitPrice, stopPrice);
    case OrderType.market:
      return withProfile(touch);
    case OrderType.stop:
      return withProfile(side === Side.buy ? larger(stopPrice, touch) : stopPrice);
    default:
      return unreachable(type);
  }

  function withProfile(price: Price): Price {
    if (price === NO_PRICE) return NO_PRICE;
    const bid = board.bid[k] as Price;
    const ask = board.ask[k] as Price;
    const { quantity } = terms;
    const query = { instrument: k, side, quantity, touch: price, bid, ask, time };
    return (price + profile.slippage(query)) as Price;
  }
}

function larger(a: Price, b: Price): Price {
  return a > b ? a : b;
}
