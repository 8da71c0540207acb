import { divideRounded } from '../model/arithmetic.ts';
import type { Decimal } from '../model/decimal.ts';
import { PRICE_COUNT_MAX } from '../model/units.ts';
import { BAD } from './bad-rows.ts';

/**
 * Decimals in ASCII to counts of an increment, by integer arithmetic alone. A field parser takes
 * the position of a field's first byte and returns the position after its last, or one of
 * {@link BAD}; the count goes straight into the column. It never looks past a byte that is not
 * part of the number, so a text that ends with a line feed needs no other bound.
 */

const DOT = 46;
const MINUS = 45;
const PLUS = 43;
const ZERO = 48;
/** A number of so many bytes fits an int32 whatever its digits are. */
export const PLAIN_BYTES_MAX = 9;
const FRACTION_DIGITS_MAX = 24;
const WHOLE_DIGITS_MAX = 30;
const EXPONENT_MAX = 30;
const ONE: Decimal = { coefficient: 1n, decimals: 0 };

interface SlowDecimal {
  /** Position after the last byte. */
  readonly end: number;
  readonly negative: boolean;
  readonly coefficient: bigint;
  /** May be negative: `12e3` is 12 with −3 decimals. */
  readonly decimals: number;
}

function digitsEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  while (((bytes[at] as number) - ZERO) >>> 0 <= 9) at += 1;
  return at;
}

function digitsText(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let at = from; at < to; at += 1) text += String.fromCharCode(bytes[at] as number);
  return text;
}

/**
 * Any plain decimal, optionally with an exponent; `undefined` where there is none or it is absurd.
 */
function readDecimal(bytes: Uint8Array, from: number, exponents: boolean): SlowDecimal | undefined {
  const negative = bytes[from] === MINUS;
  const start = negative ? from + 1 : from;
  const dot = digitsEnd(bytes, start);
  if (dot === start || dot - start > WHOLE_DIGITS_MAX) return undefined;
  let end = dot;
  let digits = digitsText(bytes, start, dot);
  let decimals = 0;
  if (bytes[dot] === DOT) {
    end = digitsEnd(bytes, dot + 1);
    decimals = end - dot - 1;
    if (decimals === 0 || decimals > FRACTION_DIGITS_MAX) return undefined;
    digits += digitsText(bytes, dot + 1, end);
  }
  if (exponents && isExponent(bytes[end] as number)) {
    const signed = bytes[end + 1] === MINUS || bytes[end + 1] === PLUS;
    const first = signed ? end + 2 : end + 1;
    const last = digitsEnd(bytes, first);
    if (last === first || last - first > 3) return undefined;
    const exponent = Number(digitsText(bytes, first, last));
    if (exponent > EXPONENT_MAX) return undefined;
    decimals += bytes[end + 1] === MINUS ? exponent : -exponent;
    end = last;
  }
  // `0x1` and `1.2.3` begin with a number, but are none.
  if (isWordByte(bytes[end] as number)) return undefined;
  return { end, negative, coefficient: BigInt(digits), decimals };
}

/** A letter, a digit or a point: what no separator is. */
function isWordByte(byte: number): boolean {
  const lower = byte | 32;
  return byte === DOT || (byte >= ZERO && byte < ZERO + 10) || (lower >= 97 && lower <= 122);
}

function isExponent(byte: number): boolean {
  return (byte | 32) === 101;
}

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

/**
 * From digits to counts. Where a number's digits fit an int32 this is exact arithmetic on `number`,
 * by tables over the *bytes of its fraction*, the point included: 6 for `1.38676`, 0 for `12`. No
 * table has an entry for 1, a point with no digits after it.
 */
class CountScale {
  /** Bytes of a fraction with which digits are the count itself; −1 where there are none such. */
  readonly plainBytes: number = 0;
  /** What digits are multiplied by to give their count; 0 where that is not all. */
  readonly factors = new Int32Array(PLAIN_BYTES_MAX + 1);
  readonly #numerators = new Float64Array(PLAIN_BYTES_MAX + 1);
  readonly #denominators = new Float64Array(PLAIN_BYTES_MAX + 1).fill(1);
  readonly #numerator: bigint;
  readonly #denominator: bigint;

  constructor(scale: Decimal, increment: Decimal) {
    this.#numerator = scale.coefficient * 10n ** BigInt(increment.decimals);
    this.#denominator = increment.coefficient * 10n ** BigInt(scale.decimals);
    const factorMax = BigInt(Number.MAX_SAFE_INTEGER) / 10n ** BigInt(PLAIN_BYTES_MAX);
    for (let bytes = 0; bytes <= PLAIN_BYTES_MAX; bytes += 1) {
      const [numerator, denominator] = this.#ratio(bytes === 0 ? 0 : bytes - 1);
      const common = gcd(numerator, denominator);
      const isSafe = numerator / common <= factorMax && denominator / common <= factorMax;
      if (bytes === 1 || !isSafe) continue;
      this.#numerators[bytes] = Number(numerator / common);
      this.#denominators[bytes] = Number(denominator / common);
      if (denominator === common) this.factors[bytes] = Number(numerator / common);
    }
    this.plainBytes = this.factors.indexOf(1);
  }

  #ratio(decimals: number): readonly [bigint, bigint] {
    return decimals < 0
      ? [this.#numerator * 10n ** BigInt(-decimals), this.#denominator]
      : [this.#numerator, this.#denominator * 10n ** BigInt(decimals)];
  }

  /** The count of digits where it is whole; 0 where it is not, or where only bigint can tell. */
  whole(digits: number, fractionBytes: number): number {
    const dividend = digits * (this.#numerators[fractionBytes] as number);
    const divisor = this.#denominators[fractionBytes] as number;
    // All are safe integers, so the product tells a whole quotient from a rounded one.
    const count = Math.floor(dividend / divisor);
    return count * divisor === dividend ? count : 0;
  }

  /** The exact count as a fraction: dividend and divisor. */
  fraction(coefficient: bigint, decimals: number): readonly [bigint, bigint] {
    const [numerator, denominator] = this.#ratio(decimals);
    return [coefficient * numerator, denominator];
  }
}

/** A price column: counts of the price increment, exact or rounded half away from zero. */
export class PriceField {
  readonly #scale: CountScale;
  readonly #plainBytes: number = 0;
  readonly #round: boolean;
  /** Prices that were off the increment and rounded; the reader resets it with each file. */
  rounded = 0;

  /** Prices in the text are multiplied by `scale`. */
  constructor(increment: Decimal, round: boolean, scale: Decimal = ONE) {
    this.#scale = new CountScale(scale, increment);
    this.#plainBytes = this.#scale.plainBytes;
    this.#round = round;
  }

  /** See {@link CountScale.plainBytes}. */
  get plainBytes(): number {
    return this.#plainBytes;
  }

  /** The count of a price's digits; 0 where the slow path must look at it. */
  plainCount(digits: number, fractionBytes: number): number {
    const count = this.#scale.whole(digits, fractionBytes);
    return count > PRICE_COUNT_MAX ? 0 : count;
  }

  /** Any price, at its leisure: {@link plainCount} is for the common ones. */
  parse(bytes: Uint8Array, from: number, column: Int32Array, row: number): number {
    const decimal = readDecimal(bytes, from, false);
    if (decimal === undefined) return BAD.unparseable;
    const { negative, coefficient, decimals, end } = decimal;
    const problem = this.put(negative ? -coefficient : coefficient, decimals, column, row);
    return problem < 0 ? problem : end;
  }

  /** Any price as `coefficient × 10^-decimals`; 0, or one of {@link BAD}. */
  put(coefficient: bigint, decimals: number, column: Int32Array, row: number): number {
    if (coefficient <= 0n) return BAD.non_positive;
    const [dividend, divisor] = this.#scale.fraction(coefficient, decimals);
    const exact = dividend % divisor === 0n;
    if (!exact && !this.#round) return BAD.off_grid;
    const count = divideRounded(dividend, divisor);
    if (count > BigInt(PRICE_COUNT_MAX)) return BAD.out_of_range;
    if (count === 0n) return BAD.non_positive;
    if (!exact) this.rounded += 1;
    column[row] = Number(count);
    return 0;
  }
}

/**
 * A size column: counts of the size increment, rounded down. Zero is a size; exponents are read.
 */
export class SizeField {
  readonly #scale: CountScale;
  readonly #factors: Int32Array;
  /** Sizes that lost a fraction of the increment; the reader resets it with each file. */
  rounded = 0;

  constructor(increment: Decimal, scale: Decimal) {
    this.#scale = new CountScale(scale, increment);
    this.#factors = this.#scale.factors;
  }

  /** See {@link CountScale.factors}. */
  get factors(): Int32Array {
    return this.#factors;
  }

  /** Any size, at its leisure: {@link factors} are for the common ones. */
  parse(bytes: Uint8Array, from: number, column: Float64Array, row: number): number {
    const decimal = readDecimal(bytes, from, true);
    if (decimal === undefined) return BAD.unparseable;
    const { negative, coefficient, decimals, end } = decimal;
    const problem = this.put(negative ? -coefficient : coefficient, decimals, column, row);
    return problem < 0 ? problem : end;
  }

  /** Any size as `coefficient × 10^-decimals`, unscaled; 0, or one of {@link BAD}. */
  put(coefficient: bigint, decimals: number, column: Float64Array, row: number): number {
    if (coefficient < 0n) return BAD.non_positive;
    const [dividend, divisor] = this.#scale.fraction(coefficient, decimals);
    const count = dividend / divisor;
    if (count > BigInt(Number.MAX_SAFE_INTEGER)) return BAD.out_of_range;
    if (count * divisor !== dividend) this.rounded += 1;
    column[row] = Number(count);
    return 0;
  }
}
