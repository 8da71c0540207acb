import type { QuoteBlock } from '../market/quotes.ts';
import { ROLE } from './column-roles.ts';
import type { PriceField, SizeField } from './decimal-field.ts';
import type { PlainTime } from './time-field.ts';

const LF = 10;
const CR = 13;
const ZERO = 48;
/** Bytes as the loops below see them: less the code of `0`. */
const DOT = 46 - ZERO;
const NO_ROW = -1;
/** At most 9 digits and a point: such a number fits an int32 whatever the digits are. */
const NUMBER_BYTES_MAX = 10;
const TIME_DIGITS_MAX = 18;
/** By digits of a time: what the first nine digits are to be multiplied by. */
const HIGH_POWERS = Float64Array.from({ length: TIME_DIGITS_MAX + 1 }, (_, digits) =>
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
 * Each field has its own loops on purpose: a loop that is shared by fields of different widths makes
 * the processor guess its end wrong (measured: 20 ns a row). No calls a field, for the same reason.
 */
export class PlainRow {
  readonly #separator: number;
  readonly #price: PriceField;
  readonly #decimals: number;
  readonly #sizeFactors: Float64Array;
  #hasSizes = false;
  #unitUs = 1;
  #baseUs = 0.5;
  #limitUs = 0.5;

  constructor(separator: number, price: PriceField, size: SizeField) {
    this.#separator = separator - ZERO;
    this.#price = price;
    this.#decimals = price.plainDecimals;
    this.#sizeFactors = size.plainFactors;
  }

  /** Prepares for a file; false when its rows are not of these layouts. */
  beginFile(roles: Uint8Array, time: PlainTime | undefined): boolean {
    this.#hasSizes = isLayout(roles, SIZES_LAYOUT);
    if (time === undefined || !(this.#hasSizes || isLayout(roles, QUOTE_LAYOUT))) return false;
    this.#unitUs = time.unitUs;
    this.#baseUs = time.baseUs;
    this.#limitUs = time.limitUs;
    return true;
  }

  /** Position after the line feed; negative for a row that is not plain. */
  parse(bytes: Uint8Array, from: number, block: QuoteBlock, row: number): number {
    let at = this.#quote(bytes, from, block, row);
    if (at > 0 && this.#hasSizes) at = this.#sizes(bytes, at, block, row);
    if (at < 0) return NO_ROW;
    const byte = bytes[at];
    if (byte === LF) return at + 1;
    return byte === CR && bytes[at + 1] === LF ? at + 2 : NO_ROW;
  }

  /** `time,bid,ask`: the position after the last digit. */
  #quote(bytes: Uint8Array, from: number, block: QuoteBlock, row: number): number {
    const separator = this.#separator;
    let at = from;
    let value = 0;
    let digit = (bytes[at] as number) - ZERO;
    const middle = from + 9;
    while (digit >>> 0 <= 9 && at < middle) {
      value = (value * 10 + digit) | 0;
      at = (at + 1) | 0;
      digit = (bytes[at] as number) - ZERO;
    }
    let low = 0;
    while (digit >>> 0 <= 9) {
      low = (low * 10 + digit) | 0;
      at = (at + 1) | 0;
      digit = (bytes[at] as number) - ZERO;
    }
    const width = at - from;
    if (width === 0 || width > TIME_DIGITS_MAX || digit !== separator) return NO_ROW;
    const time = (value * (HIGH_POWERS[width] as number) + low) * this.#unitUs;
    if (time > this.#limitUs) return NO_ROW;
    block.time[row] = time + this.#baseUs;

    at = (at + 1) | 0;
    let start = at;
    let decimals = 0;
    value = 0;
    digit = (bytes[at] as number) - ZERO;
    while (digit >>> 0 <= 9) {
      value = (value * 10 + digit) | 0;
      at = (at + 1) | 0;
      digit = (bytes[at] as number) - ZERO;
    }
    if (digit === DOT && at > start) {
      const dot = at;
      at = (at + 1) | 0;
      digit = (bytes[at] as number) - ZERO;
      while (digit >>> 0 <= 9) {
        value = (value * 10 + digit) | 0;
        at = (at + 1) | 0;
        digit = (bytes[at] as number) - ZERO;
      }
      decimals = at - dot - 1;
      if (decimals === 0) return NO_ROW;
    }
    if (at - start > NUMBER_BYTES_MAX || digit !== separator) return NO_ROW;
    if (decimals !== this.#decimals) value = this.#price.plainCount(value, decimals);
    if (value === 0) return NO_ROW;
    block.bid[row] = value;
    return this.#ask(bytes, at + 1, block, row);
  }
}
