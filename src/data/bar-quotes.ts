import { createQuoteBlock } from '../market/quotes.ts';
import type { Decimal } from '../model/decimal.ts';
import type { Instrument } from '../model/instrument.ts';
import type { BadRowReason } from './bad-rows.ts';
import type { BarOrder, BarPrices, BarsFormat } from './bars-format.ts';
import { OHLC } from './column-roles.ts';
import { putAround, type QuoteMaker, spreadBelow, spreadCount } from './quote-maker.ts';
import type { Slots } from './slot-row.ts';

const OPEN = 0;
const HIGH = 1;
const LOW = 2;
const CLOSE = 3;
const HIGH_FIRST = [OPEN, HIGH, LOW, CLOSE] as const;
const LOW_FIRST = [OPEN, LOW, HIGH, CLOSE] as const;

/** Microseconds after a bar's start; what would be its end or beyond is its last one. */
function offsetUs({ coefficient, decimals }: Decimal, durationUs: number): number {
  const us = (coefficient * BigInt(durationUs)) / 10n ** BigInt(decimals);
  return Math.min(Number(us), durationUs - 1);
}

function isBroken(prices: Int32Array, from: number): boolean {
  const high = prices[from + HIGH] as number;
  const low = prices[from + LOW] as number;
  for (let at = from; at < from + OHLC; at += 1) {
    const price = prices[at] as number;
    if (price > high || price < low) return true;
  }
  return false;
}

/** The declared spread around the price of bars that have one; none where both sides are there. */
function aroundOf(prices: BarPrices, instrument: Instrument) {
  if (prices.kind !== 'single' && prices.kind !== 'close') return undefined;
  const spread = spreadCount(prices.spread, instrument);
  return { spread, below: spreadBelow(prices.side, spread) };
}

/** Bars to quotes: see `BarsFormat`. */
export class BarQuotes implements QuoteMaker {
  readonly quotes = createQuoteBlock(OHLC);
  readonly #onlyClose: boolean;
  readonly #around: { readonly spread: number; readonly below: number } | undefined;
  readonly #order: BarOrder;
  readonly #beforeUs: number = 0;
  readonly #offsetsUs: readonly number[];

  constructor(instrument: Instrument, format: BarsFormat) {
    const { prices, order, stamp, durationUs, offsets } = format;
    this.#onlyClose = prices.kind === 'close';
    this.#around = aroundOf(prices, instrument);
    this.#order = order;
    this.#beforeUs = stamp === 'end' ? durationUs : 0;
    this.#offsetsUs = offsets.map((offset) => offsetUs(offset, durationUs));
    this.quotes.count = this.#onlyClose ? 1 : OHLC;
  }

  make(slots: Slots): BadRowReason | undefined {
    const { prices, sizes } = slots;
    const { quotes } = this;
    const start = (slots.time[0] as number) - this.#beforeUs;
    if (start < 0) return 'out_of_range';
    if (this.#onlyClose) {
      quotes.time[0] = start + (this.#offsetsUs[CLOSE] as number);
      return this.#price(prices, 0, 0);
    }
    const twoSides = this.#around === undefined;
    if (isBroken(prices, 0) || (twoSides && isBroken(prices, OHLC))) return 'broken_bar';
    const way = this.#isLowFirst(prices, twoSides) ? LOW_FIRST : HIGH_FIRST;
    for (let at = 0; at < OHLC; at += 1) {
      quotes.time[at] = start + (this.#offsetsUs[at] as number);
      quotes.bidSize[at] = sizes[0] as number;
      quotes.askSize[at] = sizes[1] as number;
      const bad = this.#price(prices, way[at] as number, at);
      if (bad !== undefined) return bad;
    }
    return undefined;
  }

  #price(prices: Int32Array, from: number, at: number): BadRowReason | undefined {
    const price = prices[from] as number;
    if (this.#around !== undefined) {
      const { below, spread } = this.#around;
      return putAround(this.quotes, at, price, below, spread);
    }
    this.quotes.bid[at] = price;
    this.quotes.ask[at] = prices[OHLC + from] as number;
    return undefined;
  }

  #isLowFirst(prices: Int32Array, twoSides: boolean): boolean {
    if (this.#order !== 'direction') return this.#order === 'olhc';
    let move = (prices[CLOSE] as number) - (prices[OPEN] as number);
    if (twoSides) move += (prices[OHLC + CLOSE] as number) - (prices[OHLC + OPEN] as number);
    return move >= 0;
  }
}
