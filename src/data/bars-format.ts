import type { Decimal } from '../model/decimal.ts';
import type { ColumnRef, TextLayout } from './delimited-format.ts';

/** Columns of the open, the highest, the lowest and the last price, in this order. */
export type OhlcColumns = readonly [ColumnRef, ColumnRef, ColumnRef, ColumnRef];

/** What a lone price is: one side of the quote, or the middle that the spread is split around. */
export const PRICE_SIDES = ['bid', 'ask', 'mid'] as const;
export type PriceSide = (typeof PRICE_SIDES)[number];

/**
 * Bid and ask from one price p and a spread of s counts of the price increment, which is always
 * kept whole: `bid` gives p and p + s, `ask` gives p − s and p, `mid` gives p − ⌊s ÷ 2⌋ and that
 * plus s, so that of an odd spread the larger half is above the price.
 */
export interface LonePrice {
  readonly side: PriceSide;
  /** In the unit of the price, a multiple of the price increment; 0 must be said. */
  readonly spread: Decimal;
}

/**
 * Where a bar's prices stand.
 *
 * - `bid_ask`: bars of both sides in one row.
 * - `two_files`: the bid's bars and the ask's are in files of their own, joined by time. The globs
 *   (`*` and `?`) of names tell them apart; the first bid file goes with the first ask file.
 * - `single`: one bar a row, of one side, the middle, or trades.
 * - `close`: one price a row, the last of its bar.
 */
export type BarPrices =
  | {
      readonly kind: 'bid_ask';
      readonly bid: OhlcColumns;
      readonly ask: OhlcColumns;
      readonly bidSize?: ColumnRef | undefined;
      readonly askSize?: ColumnRef | undefined;
    }
  | {
      readonly kind: 'two_files';
      readonly ohlc: OhlcColumns;
      readonly bidFiles: string;
      readonly askFiles: string;
    }
  | ({ readonly kind: 'single'; readonly ohlc: OhlcColumns } & LonePrice)
  | ({ readonly kind: 'close'; readonly close: ColumnRef } & LonePrice);

/**
 * The way through a bar: `ohlc` the high first, `olhc` the low first, `direction` the low first in
 * a bar that closes at or above its open (bid and ask together), else the high first.
 */
export const BAR_ORDERS = ['direction', 'ohlc', 'olhc'] as const;
export type BarOrder = (typeof BAR_ORDERS)[number];

/** Whether the time of a row is that of the bar's first moment, or of its end. */
export const BAR_STAMPS = ['start', 'end'] as const;
export type BarStamp = (typeof BAR_STAMPS)[number];

/** Shares of the bar's duration, from 0 to 1, at which its four quotes stand. */
export type BarOffsets = readonly [Decimal, Decimal, Decimal, Decimal];

/**
 * Text with one bar a row. A bar becomes four quotes, at its open, its two extremes and its close;
 * one with a `close` alone becomes one quote, its last. A bar is `[start, start + duration)`: what
 * would stand at its end or beyond stands at its last microsecond, so that bars that are built of
 * the quotes are the bars of the file.
 */
export interface BarsFormat extends TextLayout {
  readonly kind: 'bars';
  readonly columns: { readonly time: ColumnRef; readonly symbol?: ColumnRef | undefined };
  readonly prices: BarPrices;
  readonly stamp: BarStamp;
  readonly durationUs: number;
  readonly order: BarOrder;
  readonly offsets: BarOffsets;
}
