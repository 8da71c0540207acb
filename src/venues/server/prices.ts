import { divideExact, powerOfTen } from '../../model/arithmetic.ts';
import type { TimeUs } from '../../model/units.ts';
import { wireTime } from './format.ts';
import type { Ledger } from './ledger.ts';
import { fields, type WireObject } from './wire.ts';

/** What is shown where a source quotes no sizes: units. */
const LIQUIDITY_UNSTATED = 10_000_000;

/** A quote, in counts. */
export interface ShownQuote {
  readonly bid: number;
  readonly ask: number;
  readonly bidSize?: number;
  readonly askSize?: number;
  readonly time: number;
}

/** Whole units of a size in counts: the wire knows no others. */
function liquidity(ledger: Ledger, k: number, size = 0): number {
  const { coefficient, decimals } = ledger.format.instrument(k).sizeIncrement;
  if (size === 0) return LIQUIDITY_UNSTATED;
  const scaled = BigInt(size) * coefficient;
  const unit = powerOfTen(decimals);
  return Number(divideExact(scaled, unit) ?? scaled / unit);
}

/** The price of an instrument at a quote. */
export function clientPrice(ledger: Ledger, k: number, quote: ShownQuote): WireObject {
  const { format } = ledger;
  const bid = format.price(k, quote.bid);
  const ask = format.price(k, quote.ask);
  const tradeable = ledger.isTradeable(k);
  return {
    type: 'PRICE',
    instrument: format.name(k),
    time: wireTime(quote.time as TimeUs),
    status: tradeable ? 'tradeable' : 'non-tradeable',
    tradeable,
    bids: [{ price: bid, liquidity: liquidity(ledger, k, quote.bidSize) }],
    asks: [{ price: ask, liquidity: liquidity(ledger, k, quote.askSize) }],
    closeoutBid: bid,
    closeoutAsk: ask,
  };
}

/** The price as it stands, or `undefined` before the first quote. */
export function standingPrice(ledger: Ledger, k: number): WireObject | undefined {
  const { board } = ledger;
  if (!board.has(k)) return undefined;
  return clientPrice(ledger, k, {
    bid: board.bid[k] ?? 0,
    ask: board.ask[k] ?? 0,
    bidSize: board.bidSize[k] ?? 0,
    askSize: board.askSize[k] ?? 0,
    time: board.time[k] ?? 0,
  });
}

/** The same with the factors that its quote currency is converted with. */
export function pricedWithFactors(ledger: Ledger, k: number): WireObject | undefined {
  const price = standingPrice(ledger, k);
  const rate = { numerator: 1, denominator: 1 };
  const { conversion } = ledger.venue.account;
  if (price === undefined) return undefined;
  const factor = conversion.rate(k, ledger.board, rate) ? ledger.format.rate(rate) : undefined;
  return fields({
    ...price,
    quoteHomeConversionFactors:
      factor === undefined ? undefined : { positiveUnits: factor, negativeUnits: factor },
  });
}

/** Conversions of each currency that an instrument in use is quoted in. */
export function homeConversions(ledger: Ledger): readonly WireObject[] {
  const { format, venue, board } = ledger;
  const found = new Map<string, WireObject>();
  for (const [k, { quote }] of format.instruments.entries()) {
    const rate = { numerator: 1, denominator: 1 };
    if (found.has(quote) || !venue.account.conversion.rate(k, board, rate)) continue;
    const factor = format.rate(rate);
    found.set(quote, {
      currency: quote,
      accountGain: factor,
      accountLoss: factor,
      positionValue: factor,
    });
  }
  return [...found.values()];
}
