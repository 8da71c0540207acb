import type { QuoteBlock } from '../market/quotes.ts';
import { BAD } from './bad-rows.ts';
import { ROLE } from './column-roles.ts';
import { PLAIN_BYTES_MAX, type PriceField, type SizeField } from './decimal-field.ts';
import type { SymbolField } from './symbol-field.ts';
import type { TimeField } from './time-field.ts';

const LF = 10;
const CR = 13;
const ZERO = 48;
/** As the loops below see it: less the code of `0`. */
const DOT = 46 - ZERO;
const LOWER_E = 101 - ZERO;
const UPPER_E = 69 - ZERO;

/** Position after the line end at `at`; `unparseable` where there is none. */
export function lineEnd(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === LF) return at + 1;
  return byte === CR && bytes[at + 1] === LF ? at + 2 : BAD.unparseable;
}

/** Over an ignored field, whatever it holds. */
export function pastField(bytes: Uint8Array, from: number, separator: number): number {
  let at = from;
  let byte = bytes[at];
  while (byte !== separator && byte !== LF && byte !== CR) {
    at = (at + 1) | 0;
    byte = bytes[at];
  }
  return at;
}

/**
 * A row of any layout, exactly: every field that is not a plain number goes to its field parser,
 * which knows what is allowed and why something is not. Plain numbers are read here, in one
 * function: calls for them cost 35 ns a row.
 */
export class MappedRow {
  readonly #separator: number = 0;
  readonly #time: TimeField;
  readonly #price: PriceField;
  readonly #size: SizeField;
  readonly #symbol: SymbolField;
  readonly #plainBytes: number = 0;
  readonly #factors: Int32Array;
  #roles: Uint8Array = new Uint8Array(1);

  constructor(
    separator: number,
    time: TimeField,
    price: PriceField,
    size: SizeField,
    symbol: SymbolField,
  ) {
    this.#separator = separator;
    this.#time = time;
    this.#price = price;
    this.#size = size;
    this.#symbol = symbol;
    this.#plainBytes = price.plainBytes;
    this.#factors = size.factors;
  }

  beginFile(roles: Uint8Array): void {
    this.#roles = roles;
  }

  /** One line into row `row`: the position after its line feed, or one of {@link BAD}. */
  parse(bytes: Uint8Array, from: number, block: QuoteBlock, row: number): number {
    const roles = this.#roles;
    const last = roles.length - 1;
    let at = from;
    for (let column = 0; ; column = (column + 1) | 0) {
      const role = roles[column];
      const start = at;
      let dot = at;
      let value = 0;
      let digit = (bytes[at] as number) - ZERO;
      if (role === ROLE.bid || role === ROLE.ask) {
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
        if (dot === start || at - start > PLAIN_BYTES_MAX) value = 0;
        else if (at - dot !== this.#plainBytes) value = this.#price.plainCount(value, at - dot);
        const prices = role === ROLE.bid ? block.bid : block.ask;
        if (value === 0) at = this.#price.parse(bytes, start, prices, row);
        else prices[row] = value;
      } else if (role === ROLE.time) {
        at = this.#time.parse(bytes, at, block.time, row);
      } else if (role === ROLE.ignored) {
        at = pastField(bytes, at, this.#separator);
      } else if (role === ROLE.symbol) {
        at = this.#symbol.parse(bytes, at, pastField(bytes, at, this.#separator));
      } else {
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
        const factor = at - start > PLAIN_BYTES_MAX ? 0 : (this.#factors[at - dot] as number);
        const plain = dot !== start && factor !== 0 && digit !== LOWER_E && digit !== UPPER_E;
        const sizes = role === ROLE.bidSize ? block.bidSize : block.askSize;
        if (plain) sizes[row] = value * factor;
        else at = this.#size.parse(bytes, start, sizes, row);
      }
      if (at < 0) return at;
      if (column === last) return lineEnd(bytes, at);
      if (bytes[at] !== this.#separator) return BAD.unparseable;
      at = (at + 1) | 0;
    }
  }
}
