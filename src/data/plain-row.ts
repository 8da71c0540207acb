import type { QuoteBlock } from '../market/quotes.ts';
import { ROLE } from './column-roles.ts';
import { PLAIN_BYTES_MAX, type PriceField, type SizeField } from './decimal-field.ts';
import { lineEnd } from './mapped-row.ts';
import type { PlainTime } from './time-field.ts';

const ZERO = 48;
/** Bytes as the loops below see them: less the code of `0`. */
const DOT = 46 - ZERO;
const NO_ROW = -1;
const TIME_DIGITS_MAX = 18;
/** By digits of a time: what the first nine digits are to be multiplied by. */
const HIGH_POWERS = Int32Array.from({ length: TIME_DIGITS_MAX + 1 }, (_, digits) =>
  digits <= 9 ? 1 : 10 ** (digits - 9),
);

const QUOTE_LAYOUT: readonly number[] = [ROLE.time, ROLE.bid, ROLE.ask];
const SIZES_LAYOUT: readonly number[] = [...QUOTE_LAYOUT, ROLE.bidSize, ROLE.askSize];

function isLayout(roles: Uint8Array, layout: readonly number[]): boolean {
  return roles.length === layout.length && layout.every((role, index) => roles[index] === role);
}

/**
 * The fast path: an unremarkable row of the commonest layouts, `time,bid,ask` and
 * `time,bid,ask,bidSize,askSize` with counted times. It takes a row only when it gives what the
 * exact field parsers would give, and leaves every other row, good or bad, to them.
 *
 * Fields of different kinds have their own loops on purpose: in a loop that all of them share the
 * processor guesses the end of a field wrong (measured: 20 ns a row).
 */
export class PlainRow {
  readonly #separator: number = 0;
  readonly #price: PriceField;
  readonly #plainBytes: number = 0;
  readonly #sizeFactors: Int32Array;
  #sizeColumns = 0;
  #unitUs = 1;
  #baseUs = 0.5;
  #limitUs = 0.5;

  constructor(separator: number, price: PriceField, size: SizeField) {
    this.#separator = separator - ZERO;
    this.#price = price;
    this.#plainBytes = price.plainBytes;
    this.#sizeFactors = size.factors;
  }

  /** Prepares for a file; false when its rows are not of these layouts. */
  beginFile(roles: Uint8Array, time: PlainTime | undefined): boolean {
    this.#sizeColumns = isLayout(roles, SIZES_LAYOUT) ? 2 : 0;
    if (this.#sizeColumns === 0 && !isLayout(roles, QUOTE_LAYOUT)) return false;
    if (time === undefined) return false;
    this.#unitUs = time.unitUs;
    this.#baseUs = time.baseUs;
    this.#limitUs = time.limitUs;
    return true;
  }

  /** Position after the line feed; negative for a row that is not plain. */
  parse(bytes: Uint8Array, from: number, block: QuoteBlock, row: number): number {
    let at = from;
    let value = 0;
    let digit = (bytes[at] as number) - ZERO;
    const middle = from + 9;
    for (; digit >>> 0 <= 9 && at < middle; digit = (bytes[at] as number) - ZERO) {
      value = (value * 10 + digit) | 0;
      at = (at + 1) | 0;
    }
    let low = 0;
    for (; digit >>> 0 <= 9; digit = (bytes[at] as number) - ZERO) {
      low = (low * 10 + digit) | 0;
      at = (at + 1) | 0;
    }
    const width = at - from;
    if (width === 0 || width > TIME_DIGITS_MAX || digit !== this.#separator) return NO_ROW;
    const time = (value * (HIGH_POWERS[width] as number) + low) * this.#unitUs;
    if (time > this.#limitUs) return NO_ROW;
    block.time[row] = time + this.#baseUs;
    return this.#afterTime(bytes, at + 1, block, row);
  }

  /** Bid, ask and sizes, in one function: a call for each would cost 8 ns a row. */
  #afterTime(bytes: Uint8Array, from: number, block: QuoteBlock, row: number): number {
    let at = from;
    let start = at;
    let value = 0;
    let digit = (bytes[at] as number) - ZERO;
    for (; digit >>> 0 <= 9; digit = (bytes[at] as number) - ZERO) {
      value = (value * 10 + digit) | 0;
      at = (at + 1) | 0;
    }
    let dot = at;
    if (digit === DOT) {
      at = (at + 1) | 0;
      digit = (bytes[at] as number) - ZERO;
      for (; digit >>> 0 <= 9; digit = (bytes[at] as number) - ZERO) {
        value = (value * 10 + digit) | 0;
        at = (at + 1) | 0;
      }
    }
    if (dot === start || at - start > PLAIN_BYTES_MAX) return NO_ROW;
    if (at - dot !== this.#plainBytes) value = this.#price.plainCount(value, at - dot);
    if (value === 0 || digit !== this.#separator) return NO_ROW;
    block.bid[row] = value;
    at = (at + 1) | 0;
    start = at;
    value = 0;
    digit = (bytes[at] as number) - ZERO;
    for (; digit >>> 0 <= 9; digit = (bytes[at] as number) - ZERO) {
      value = (value * 10 + digit) | 0;
      at = (at + 1) | 0;
    }
    dot = at;
    if (digit === DOT) {
      at = (at + 1) | 0;
      digit = (bytes[at] as number) - ZERO;
      for (; digit >>> 0 <= 9; digit = (bytes[at] as number) - ZERO) {
        value = (value * 10 + digit) | 0;
        at = (at + 1) | 0;
      }
    }
    if (dot === start || at - start > PLAIN_BYTES_MAX) return NO_ROW;
    if (at - dot !== this.#plainBytes) value = this.#price.plainCount(value, at - dot);
    if (value === 0) return NO_ROW;
    block.ask[row] = value;
    for (let side = 0; side < this.#sizeColumns; side = (side + 1) | 0) {
      if (digit !== this.#separator) return NO_ROW;
      at = (at + 1) | 0;
      start = at;
      value = 0;
      digit = (bytes[at] as number) - ZERO;
      for (; digit >>> 0 <= 9; digit = (bytes[at] as number) - ZERO) {
        value = (value * 10 + digit) | 0;
        at = (at + 1) | 0;
      }
      dot = at;
      if (digit === DOT) {
        at = (at + 1) | 0;
        digit = (bytes[at] as number) - ZERO;
        for (; digit >>> 0 <= 9; digit = (bytes[at] as number) - ZERO) {
          value = (value * 10 + digit) | 0;
          at = (at + 1) | 0;
        }
      }
      const factor = at - start > PLAIN_BYTES_MAX ? 0 : (this.#sizeFactors[at - dot] as number);
      if (dot === start || factor === 0) return NO_ROW;
      const sizes = side === 0 ? block.bidSize : block.askSize;
      sizes[row] = value * factor;
    }
    return lineEnd(bytes, at);
  }
}
