import type { Decimal } from '../model/decimal.ts';
import type { ColumnRef, QuoteColumns, TextLayout } from './delimited-format.ts';

/** How a file names the side that took: the one whose order met one that rested. */
export interface TradeSides {
  readonly buy: string;
  readonly sell: string;
}

/**
 * Text with one trade a line. Each becomes one quote with the declared spread s around its price p:
 * a buy met the ask, so that is p and p − s the bid; a sell met the bid, so that is p and p + s the
 * ask; without a side s is split as in `LonePrice`. The size of the trade is quoted on both sides.
 */
export interface TradesFormat extends TextLayout {
  readonly kind: 'trades';
  readonly columns: {
    readonly time: ColumnRef;
    readonly price: ColumnRef;
    readonly size?: ColumnRef | undefined;
    readonly side?: ColumnRef | undefined;
    readonly symbol?: ColumnRef | undefined;
  };
  readonly sides: TradeSides;
  /** In the unit of the price, a multiple of the price increment; 0 must be said. */
  readonly spread: Decimal;
}

/**
 * Text in which a row may carry one side of the quote: a price of 0, or none, says that this side
 * is not in the row. A row replaces the sides that it carries; the quote is handed out once both
 * are known in the file. A row that is left out replaces nothing.
 */
export interface OneSidedFormat extends TextLayout {
  readonly kind: 'one_sided';
  readonly columns: QuoteColumns;
}
