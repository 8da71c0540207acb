import { BAD } from './bad-rows.ts';
import type { PriceField, SizeField } from './decimal-field.ts';

/**
 * Numbers of a binary file to counts of an increment, exactly. Like the parsers of
 * `decimal-field.ts`, but a value goes in and 0 or one of {@link BAD} comes out.
 *
 * A floating point number is taken as the **shortest decimal that reads back as it**: 1.14543, not
 * 1.1454299999999999393. So what was written as a decimal and stored as a float is that decimal
 * again, and one that came of arithmetic (1.1454300000000002) is off the increment.
 */

/** Largest number of digits with which a decimal survives a double. */
const DOUBLE_EXACT_MAX = 1e15;
/** Digits of a plain count; see `PLAIN_BYTES_MAX`. */
const PLAIN_MAX = 1e9;
const PLAIN_DECIMALS_MAX = 8;
const FLOAT_DIGITS_MAX = 9;
/** Powers of ten are exact doubles up to here. */
const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => 10 ** exponent);
const SCIENTIFIC = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/;

interface Shortest {
  readonly coefficient: bigint;
  readonly decimals: number;
}

/** `text` is what `String` makes of a finite number. */
function decimalOf(text: string): Shortest {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = SCIENTIFIC.exec(text) ?? [];
  const coefficient = BigInt(whole + fraction);
  const decimals = fraction.length - Number(exponent);
  return { coefficient: sign === '-' ? -coefficient : coefficient, decimals };
}

/** The shortest decimal that reads back as a float32, as a double. */
export function shortestOfFloat32(value: number): number {
  for (let digits = 1; digits < FLOAT_DIGITS_MAX; digits += 1) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === value) return shorter;
  }
  return Number(value.toPrecision(FLOAT_DIGITS_MAX));
}

/** The reason against a float that is no number, or 0. */
function notFinite(value: number): number {
  if (Number.isFinite(value)) return 0;
  return Number.isNaN(value) ? BAD.unparseable : BAD.out_of_range;
}

/** A price as a whole number of 10^-`decimals`. */
export function putScaledPrice(
  field: PriceField,
  value: number | bigint,
  decimals: number,
  column: Int32Array,
  row: number,
): number {
  const small = typeof value === 'number' && value > 0 && value < PLAIN_MAX;
  if (small && decimals <= PLAIN_DECIMALS_MAX) {
    const count = field.plainCount(value, decimals === 0 ? 0 : decimals + 1);
    if (count > 0) {
      column[row] = count;
      return 0;
    }
  }
  return field.put(BigInt(value), decimals, column, row);
}

/** A price as a double; `decimals` are those of the increment. */
export function putDoublePrice(
  field: PriceField,
  value: number,
  decimals: number,
  column: Int32Array,
  row: number,
): number {
  const power = POWERS[decimals] ?? 0;
  const digits = Math.round(value * power);
  // Division rounds correctly, so this says that the double is the one nearest to that decimal;
  // no other decimal of so few digits is.
  if (digits > 0 && digits < DOUBLE_EXACT_MAX && digits / power === value) {
    return putScaledPrice(field, digits, decimals, column, row);
  }
  const problem = notFinite(value);
  if (problem !== 0) return problem;
  const { coefficient, decimals: own } = decimalOf(String(value));
  return field.put(coefficient, own, column, row);
}

/** Sizes as floats repeat: what was found out of one is kept, by its bits. */
const CACHE_SLOTS = 4096;

/** Sizes in floating point. */
export class FloatSizes {
  readonly #field: SizeField;
  readonly #values = new Float64Array(CACHE_SLOTS).fill(Number.NaN);
  readonly #counts = new Float64Array(CACHE_SLOTS);
  readonly #isFloat32: boolean;

  constructor(field: SizeField, isFloat32: boolean) {
    this.#field = field;
    this.#isFloat32 = isFloat32;
  }

  put(value: number, column: Float64Array, row: number): number {
    const slot = Math.imul(Math.trunc(value * 1024), 0x9e3779b1) >>> 20;
    if (this.#values[slot] === value) {
      column[row] = this.#counts[slot] as number;
      return 0;
    }
    const problem = notFinite(value);
    if (problem !== 0) return problem;
    const shortest = this.#isFloat32 ? shortestOfFloat32(value) : value;
    const { coefficient, decimals } = decimalOf(String(shortest));
    const roundedBefore = this.#field.rounded;
    const result = this.#field.put(coefficient, decimals, column, row);
    // A rounded size is counted each time, so it is not kept.
    if (result === 0 && this.#field.rounded === roundedBefore) {
      this.#values[slot] = value;
      this.#counts[slot] = column[row] as number;
    }
    return result;
  }
}
