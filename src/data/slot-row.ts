import type { Instrument } from '../model/instrument.ts';
import { BAD } from './bad-rows.ts';
import { OHLC, ROLE, SLOT } from './column-roles.ts';
import { PLAIN_BYTES_MAX, PriceField, SizeField } from './decimal-field.ts';
import { SEPARATORS } from './delimited-format.ts';
import { lineEnd, pastField } from './mapped-row.ts';
import type { ConvertedFormat } from './quote-format.ts';
import type { FileStart } from './row-judge.ts';
import { SymbolField } from './symbol-field.ts';
import { TimeField } from './time-field.ts';
import type { ZoneClock } from './zone-clock.ts';

const ZERO = 48;
const DOT = 46;

/** What the side of a trade is in {@link Slots}. */
export const SIDE = { none: 0, buy: 1, sell: 2 } as const;

/**
 * The fields of one row that is to become quotes. Bars have four prices, or eight with the bid's
 * first; a quote has the bid and the ask, 0 where the row does not carry one; a trade has one.
 */
export interface Slots {
  /** One element, µs UTC, as the row says it. */
  readonly time: Float64Array;
  /** Counts of the price increment. */
  readonly prices: Int32Array;
  /** Counts of the size increment. */
  readonly sizes: Float64Array;
  side: number;
}

export function createSlots(): Slots {
  return {
    time: new Float64Array(1),
    prices: new Int32Array(2 * OHLC),
    sizes: new Float64Array(2),
    side: SIDE.none,
  };
}

/** Nothing, or zero in any spelling. */
function isNone(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (bytes[at] !== ZERO && bytes[at] !== DOT) return false;
  return true;
}

/** A row of any format but quotes, field by field into its slots. */
export class SlotRow {
  readonly slots = createSlots();
  readonly #separator: number = 0;
  readonly #time: TimeField;
  readonly #price: PriceField;
  readonly #size: SizeField;
  readonly #symbol: SymbolField;
  /** A price that is not there is 0, and a size that is not there too. */
  readonly #mayLack: boolean;
  readonly #sides: readonly string[];
  #roles: Uint8Array = new Uint8Array(1);
  /** Of the plain field read last: its digits as one number, and bytes from its point on. */
  #digits = 0;
  #fractionBytes = 0;

  constructor(instrument: Instrument, format: ConvertedFormat, clock: ZoneClock) {
    const { separator, time, priceGrid, priceScale, sizeScale } = format;
    this.#separator = SEPARATORS[separator].charCodeAt(0);
    this.#time = new TimeField(time, clock, separator !== 'space');
    this.#price = new PriceField(instrument.priceIncrement, priceGrid === 'round', priceScale);
    this.#size = new SizeField(instrument.sizeIncrement, sizeScale);
    this.#symbol = new SymbolField(instrument.symbol);
    this.#mayLack = format.kind === 'one_sided';
    this.#sides = format.kind === 'trades' ? [format.sides.buy, format.sides.sell] : [];
  }

  get pricesRounded(): number {
    return this.#price.rounded;
  }

  get sizesRounded(): number {
    return this.#size.rounded;
  }

  beginFile({ roles, dayWallUs }: FileStart): void {
    this.#roles = roles;
    this.#time.beginFile(dayWallUs);
    this.#price.rounded = 0;
    this.#size.rounded = 0;
  }

  /** One line into the slots: the position after its line feed, or one of {@link BAD}. */
  parse(bytes: Uint8Array, from: number): number {
    const last = this.#roles.length - 1;
    let at = from;
    for (let column = 0; ; column += 1) {
      at = this.#field(bytes, at, this.#roles[column] as number);
      if (at < 0) return at;
      if (column === last) return lineEnd(bytes, at);
      if (bytes[at] !== this.#separator) return BAD.unparseable;
      at += 1;
    }
  }

  #field(bytes: Uint8Array, at: number, role: number): number {
    const { time, prices, sizes } = this.slots;
    if (role === ROLE.time) return this.#time.parse(bytes, at, time, 0);
    const end = pastField(bytes, at, this.#separator);
    if (role === ROLE.ignored) return end;
    if (role === ROLE.symbol) return this.#symbol.parse(bytes, at, end);
    if (role === SLOT.side) return this.#side(bytes, at, end);
    const isPrice = role < SLOT.size;
    const slot = role - (isPrice ? SLOT.price : SLOT.size);
    if (this.#mayLack && isNone(bytes, at, end)) {
      if (isPrice) prices[slot] = 0;
      else sizes[slot] = 0;
      return end;
    }
    if (isPrice) {
      const count = this.#isPlain(bytes, at, end)
        ? this.#price.plainCount(this.#digits, this.#fractionBytes)
        : 0;
      if (count === 0) return this.#price.parse(bytes, at, prices, slot);
      prices[slot] = count;
      return end;
    }
    const plain = this.#isPlain(bytes, at, end);
    const factor = plain ? (this.#size.factors[this.#fractionBytes] as number) : 0;
    if (factor === 0) return this.#size.parse(bytes, at, sizes, slot);
    sizes[slot] = this.#digits * factor;
    return end;
  }

  /**
   * Reads a field of few digits with a point at most among them, as the field parsers' tables take
   * it; false for any other, good or bad, which is theirs.
   */
  #isPlain(bytes: Uint8Array, from: number, to: number): boolean {
    if (to === from || to - from > PLAIN_BYTES_MAX) return false;
    let value = 0;
    let dot = to;
    for (let at = from; at < to; at += 1) {
      const digit = (bytes[at] as number) - ZERO;
      if (digit >>> 0 <= 9) value = value * 10 + digit;
      else if (bytes[at] === DOT && dot === to && at > from) dot = at;
      else return false;
    }
    this.#digits = value;
    this.#fractionBytes = to - dot;
    return true;
  }

  #side(bytes: Uint8Array, from: number, to: number): number {
    const side = this.#sides.findIndex((name) => {
      if (name.length !== to - from) return false;
      for (let i = 0; i < name.length; i += 1) {
        if (bytes[from + i] !== name.charCodeAt(i)) return false;
      }
      return true;
    });
    if (side === -1) return BAD.unparseable;
    this.slots.side = side === 0 ? SIDE.buy : SIDE.sell;
    return to;
  }
}
