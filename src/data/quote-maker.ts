import { createQuoteBlock, type QuoteBlock } from '../market/quotes.ts';
import { unreachable } from '../model/assert.ts';
import type { Decimal } from '../model/decimal.ts';
import type { Instrument } from '../model/instrument.ts';
import { PRICE_COUNT_MAX } from '../model/units.ts';
import type { BadRowReason } from './bad-rows.ts';
import type { PriceSide } from './bars-format.ts';
import { DataError } from './data-error.ts';
import { SIDE, type Slots } from './slot-row.ts';

/** Turns a row into the quotes that its format says it means. */
export interface QuoteMaker {
  /**
   * The quotes of the row made last: as many as `count`, in time order. The first time is that of
   * the row even where there is none.
   */
  readonly quotes: QuoteBlock;
  /** A new file: nothing of the one before holds any longer. */
  beginFile?(): void;
  /** Makes {@link quotes}; a reason where the row cannot be taken. */
  make(slots: Slots): BadRowReason | undefined;
  /** The row made last is taken: only now it may bear on those after it. */
  taken?(slots: Slots): void;
}

/** A spread as a count of the price increment. Throws `DATA_FORMAT` where it is none. */
export function spreadCount(spread: Decimal, { priceIncrement, symbol }: Instrument): number {
  const dividend = spread.coefficient * 10n ** BigInt(priceIncrement.decimals);
  const divisor = priceIncrement.coefficient * 10n ** BigInt(spread.decimals);
  const refuse = (reason: string): never => {
    throw new DataError('DATA_FORMAT', `the spread ${reason}`, { file: symbol });
  };
  if (dividend < 0n) refuse('is negative');
  if (dividend % divisor !== 0n) refuse(`is no multiple of ${symbol}'s price increment`);
  if (dividend / divisor > BigInt(PRICE_COUNT_MAX)) refuse('is larger than any price');
  return Number(dividend / divisor);
}

/** Counts of the spread that lie below a price. */
export function spreadBelow(side: PriceSide, spread: number): number {
  switch (side) {
    case 'bid':
      return 0;
    case 'ask':
      return spread;
    case 'mid':
      return Math.floor(spread / 2);
    default:
      return unreachable(side);
  }
}

/** Puts bid and ask around a price: `below` under it, `spread` from one to the other. */
export function putAround(
  quotes: QuoteBlock,
  at: number,
  price: number,
  below: number,
  spread: number,
): BadRowReason | undefined {
  const bid = price - below;
  if (bid <= 0) return 'non_positive';
  if (bid + spread > PRICE_COUNT_MAX) return 'out_of_range';
  quotes.bid[at] = bid;
  quotes.ask[at] = bid + spread;
  return undefined;
}

/** Trades to quotes: see `TradesFormat`. */
export class TradeQuotes implements QuoteMaker {
  readonly quotes = createQuoteBlock(1);
  readonly #spread: number = 0;

  /** `spread` in counts. */
  constructor(spread: number) {
    this.#spread = spread;
    this.quotes.count = 1;
  }

  make({ time, prices, sizes, side }: Slots): BadRowReason | undefined {
    const { quotes } = this;
    quotes.time[0] = time[0] as number;
    quotes.bidSize[0] = sizes[0] as number;
    quotes.askSize[0] = sizes[0] as number;
    const spread = this.#spread;
    const known = side === SIDE.buy ? 'ask' : 'bid';
    const below = spreadBelow(side === SIDE.none ? 'mid' : known, spread);
    return putAround(quotes, 0, prices[0] as number, below, spread);
  }
}

/** Rows of one side to quotes: see `OneSidedFormat`. */
export class OneSidedQuotes implements QuoteMaker {
  readonly quotes = createQuoteBlock(1);
  /** Bid and ask as they stand, and their sizes; a price of 0 is not known yet. */
  readonly #prices = new Int32Array(2);
  readonly #sizes = new Float64Array(2);

  beginFile(): void {
    this.#prices.fill(0);
  }

  make({ time, prices, sizes }: Slots): BadRowReason | undefined {
    const { quotes } = this;
    quotes.time[0] = time[0] as number;
    const [bid, ask] = [prices[0] as number, prices[1] as number];
    if (bid === 0 && ask === 0) return 'non_positive';
    quotes.bid[0] = bid === 0 ? (this.#prices[0] as number) : bid;
    quotes.ask[0] = ask === 0 ? (this.#prices[1] as number) : ask;
    quotes.bidSize[0] = (bid === 0 ? this.#sizes[0] : sizes[0]) as number;
    quotes.askSize[0] = (ask === 0 ? this.#sizes[1] : sizes[1]) as number;
    quotes.count = quotes.bid[0] === 0 || quotes.ask[0] === 0 ? 0 : 1;
    return undefined;
  }

  taken({ prices, sizes }: Slots): void {
    for (let side = 0; side < 2; side += 1) {
      if (prices[side] === 0) continue;
      this.#prices[side] = prices[side] as number;
      this.#sizes[side] = sizes[side] as number;
    }
  }
}
