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
/** What fits an int32 whatever the digits are. */
const FAST_DIGITS_MAX = 9;
const FRACTION_DIGITS_MAX = 24;
const WHOLE_DIGITS_MAX = 30;
const EXPONENT_MAX = 30;

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

/** Any plain decimal, optionally with an exponent; `undefined` where there is none or it is absurd. */
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
  return { end, negative, coefficient: BigInt(digits), decimals };
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
 * By digits after the point: a coefficient times `numerators[digits]` divided by
 * `denominators[digits]` is the count. A numerator of 0 marks what only bigint can hold.
 */
class CountScale {
  readonly numerators = new Float64Array(FAST_DIGITS_MAX + 1);
  readonly denominators = new Float64Array(FAST_DIGITS_MAX + 1);
  readonly #numerator: bigint;
  readonly #denominator: bigint;

  constructor(scale: Decimal, increment: Decimal) {
    this.#numerator = scale.coefficient * 10n ** BigInt(increment.decimals);
    this.#denominator = increment.coefficient * 10n ** BigInt(scale.decimals);
    const productMax = BigInt(Number.MAX_SAFE_INTEGER) / 10n ** BigInt(FAST_DIGITS_MAX);
    for (let digits = 0; digits <= FAST_DIGITS_MAX; digits += 1) {
      const [numerator, denominator] = this.#ratio(digits);
      const common = gcd(numerator, denominator);
      const fits =
        numerator / common <= productMax && denominator / common <= BigInt(Number.MAX_SAFE_INTEGER);
      this.numerators[digits] = fits ? Number(numerator / common) : 0;
      this.denominators[digits] = fits ? Number(denominator / common) : 1;
    }
  }

  #ratio(decimals: number): readonly [bigint, bigint] {
    return decimals < 0
      ? [this.#numerator * 10n ** BigInt(-decimals), this.#denominator]
      : [this.#numerator, this.#denominator * 10n ** BigInt(decimals)];
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
  readonly #numerators: Float64Array;
  readonly #denominators: Float64Array;
  readonly #round: boolean;
  /** Prices that were off the increment and rounded; the reader resets it with each file. */
  rounded = 0;

  constructor(increment: Decimal, round: boolean) {
    this.#scale = new CountScale({ coefficient: 1n, decimals: 0 }, increment);
    this.#numerators = this.#scale.numerators;
    this.#denominators = this.#scale.denominators;
    this.#round = round;
  }

  parse(bytes: Uint8Array, from: number, column: Int32Array, row: number): number {
    let at = from;
    let value = 0;
    let digit = (bytes[at] as number) - ZERO;
    while (digit >>> 0 <= 9) {
      value = (Math.imul(value, 10) + digit) | 0;
      at += 1;
      digit = (bytes[at] as number) - ZERO;
    }
    let fraction = 0;
    let digits = at - from;
    if (digit === DOT - ZERO && digits !== 0) {
      const first = at + 1;
      at = first;
      digit = (bytes[at] as number) - ZERO;
      while (digit >>> 0 <= 9) {
        value = (Math.imul(value, 10) + digit) | 0;
        at += 1;
        digit = (bytes[at] as number) - ZERO;
      }
      fraction = at - first;
      if (fraction === 0) return BAD.unparseable;
      digits += fraction;
    }
    if (digits === 0 || digits > FAST_DIGITS_MAX) return this.#slow(bytes, from, column, row);
    const numerator = this.#numerators[fraction] as number;
    const count = value * numerator;
    if (this.#denominators[fraction] !== 1 || numerator === 0) {
      return this.#slow(bytes, from, column, row);
    }
    if (count > PRICE_COUNT_MAX) return BAD.out_of_range;
    if (count === 0) return BAD.non_positive;
    column[row] = count;
    return at;
  }

  /** Long digits, digits finer than the increment, increments that are not a power of ten. */
  #slow(bytes: Uint8Array, from: number, column: Int32Array, row: number): number {
    const decimal = readDecimal(bytes, from, false);
    if (decimal === undefined) return BAD.unparseable;
    if (decimal.negative || decimal.coefficient === 0n) return BAD.non_positive;
    const [dividend, divisor] = this.#scale.fraction(decimal.coefficient, decimal.decimals);
    const exact = dividend % divisor === 0n;
    if (!exact && !this.#round) return BAD.off_grid;
    const count = divideRounded(dividend, divisor);
    if (count > BigInt(PRICE_COUNT_MAX)) return BAD.out_of_range;
    if (count === 0n) return BAD.non_positive;
    if (!exact) this.rounded += 1;
    column[row] = Number(count);
    return decimal.end;
  }
}

/** A size column: counts of the size increment, rounded down. Zero is a size; exponents are read. */
export class SizeField {
  readonly #scale: CountScale;
  readonly #numerators: Float64Array;
  readonly #denominators: Float64Array;
  /** Sizes that lost a fraction of the increment; the reader resets it with each file. */
  rounded = 0;

  constructor(increment: Decimal, scale: Decimal) {
    this.#scale = new CountScale(scale, increment);
    this.#numerators = this.#scale.numerators;
    this.#denominators = this.#scale.denominators;
  }

  parse(bytes: Uint8Array, from: number, column: Float64Array, row: number): number {
    let at = from;
    let value = 0;
    let digit = (bytes[at] as number) - ZERO;
    while (digit >>> 0 <= 9) {
      value = (Math.imul(value, 10) + digit) | 0;
      at += 1;
      digit = (bytes[at] as number) - ZERO;
    }
    let fraction = 0;
    let digits = at - from;
    if (digit === DOT - ZERO && digits !== 0) {
      const first = at + 1;
      at = first;
      digit = (bytes[at] as number) - ZERO;
      while (digit >>> 0 <= 9) {
        value = (Math.imul(value, 10) + digit) | 0;
        at += 1;
        digit = (bytes[at] as number) - ZERO;
      }
      fraction = at - first;
      if (fraction === 0) return BAD.unparseable;
      digits += fraction;
    }
    if (digits === 0 || digits > FAST_DIGITS_MAX || isExponent(digit + ZERO)) {
      return this.#slow(bytes, from, column, row);
    }
    const numerator = this.#numerators[fraction] as number;
    if (numerator === 0) return this.#slow(bytes, from, column, row);
    const denominator = this.#denominators[fraction] as number;
    column[row] =
      denominator === 1 ? value * numerator : this.#floor(value * numerator, denominator);
    return at;
  }

  /** Exact for safe integers: the remainder repairs a quotient that division rounded up. */
  #floor(dividend: number, divisor: number): number {
    let quotient = Math.floor(dividend / divisor);
    let rest = dividend - quotient * divisor;
    if (rest < 0) {
      quotient -= 1;
      rest += divisor;
    }
    if (rest !== 0) this.rounded += 1;
    return quotient;
  }

  #slow(bytes: Uint8Array, from: number, column: Float64Array, row: number): number {
    const decimal = readDecimal(bytes, from, true);
    if (decimal === undefined) return BAD.unparseable;
    if (decimal.negative && decimal.coefficient !== 0n) return BAD.non_positive;
    const [dividend, divisor] = this.#scale.fraction(decimal.coefficient, decimal.decimals);
    const count = dividend / divisor;
    if (count > BigInt(Number.MAX_SAFE_INTEGER)) return BAD.out_of_range;
    if (count * divisor !== dividend) this.rounded += 1;
    column[row] = Number(count);
    return decimal.end;
  }
}
