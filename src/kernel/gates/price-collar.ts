import { present } from '../../model/assert.ts';
import type { GateMode } from '../../model/gate.ts';
import { formatPrice } from '../../model/instrument.ts';
import { NO_PRICE, type Price } from '../../model/units.ts';
import type { Book } from '../book.ts';
import { type Denial, deny, type Gate, type ProposedOrder } from './gate.ts';

/** How far a price may lie from the middle of the quote; both hold where both are given. */
export interface Collar {
  /** Halves of a price count. */
  readonly halves: number | undefined;
  /** Millionths of the middle. */
  readonly millionths: number | undefined;
  /** As the configuration has it. */
  readonly text: string;
}

/** By instrument: of entries, and the wider one of exits and protection. */
export interface CollarRules {
  readonly entry: readonly (Collar | undefined)[];
  readonly exit: readonly (Collar | undefined)[];
}

/**
 * Prices must lie near the quote: limit and stop prices, and the worst touch of a market order that
 * opens risk. An exit has the collar of exits, which is wider, for its own prices; a market exit
 * has none.
 */
export class PriceCollarGate implements Gate {
  readonly name = 'price_collar';
  readonly mode: GateMode;
  readonly judgesChanges = true;
  readonly #rules: CollarRules;

  constructor(mode: GateMode, rules: CollarRules) {
    this.mode = mode;
    this.#rules = rules;
  }

  judge(order: ProposedOrder, book: Book): Denial | undefined {
    const { terms, exitQuantity, entryQuantity } = order;
    const k = terms.instrument;
    if (!book.board.has(k)) return undefined;
    const sum = (book.board.bid[k] as number) + (book.board.ask[k] as number);
    const exits = this.#rules.exit[k];
    const entries = this.#rules.entry[k];
    const { limitPrice, stopPrice } = terms;
    if (exits !== undefined && exitQuantity > 0) {
      const far = beyond(exits, sum, limitPrice, stopPrice);
      if (far !== NO_PRICE) return this.#denial('order', k, far, exits, book);
    }
    if (entryQuantity === 0) return undefined;
    if (entries !== undefined) {
      const isPriced = limitPrice !== NO_PRICE || stopPrice !== NO_PRICE;
      const first = isPriced ? limitPrice : order.reservedPrice;
      const far = beyond(entries, sum, first, stopPrice);
      if (far !== NO_PRICE) return this.#denial('entry', k, far, entries, book);
    }
    if (exits === undefined) return undefined;
    const far = beyond(exits, sum, terms.stopLoss, terms.takeProfit);
    if (far === NO_PRICE) return undefined;
    return { ...this.#denial('entry', k, far, exits, book), reason: 'protection_beyond_collar' };
  }

  #denial(scope: Denial['scope'], k: number, far: Price, { text }: Collar, book: Book): Denial {
    const instrument = present(book.instruments[k], 'instrument');
    const { bid, ask } = book.board;
    const quote = [bid[k], ask[k]].map((side) => formatPrice(instrument, side as Price));
    const observed = `${formatPrice(instrument, far)} at ${quote.join('/')}`;
    return { ...deny(scope, 'price_beyond_collar'), limit: text, observed };
  }
}

/** The first price that lies beyond the collar, or `NO_PRICE`. `sum` is twice the middle. */
function beyond(collar: Collar, sum: number, one: Price, other: Price): Price {
  if (isBeyond(collar, sum, one)) return one;
  return isBeyond(collar, sum, other) ? other : NO_PRICE;
}

function isBeyond({ halves, millionths }: Collar, sum: number, price: Price): boolean {
  if (price === NO_PRICE) return false;
  const distance = Math.abs(2 * price - sum);
  if (halves !== undefined && distance > halves) return true;
  // Both sides stay below 2^53: a price count below 2^31, and at most 10^6 millionths.
  return millionths !== undefined && distance * 1_000_000 > sum * millionths;
}
