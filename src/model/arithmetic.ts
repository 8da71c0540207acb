import { assert } from './assert.ts';

/**
 * Exact integer arithmetic with one rounding rule: half away from zero. It is symmetric, so a
 * long and a short position of the same size round to amounts that differ in sign alone.
 */

/** `numerator ÷ denominator`, rounded half away from zero. `denominator` must be positive. */
export function divideRounded(numerator: bigint, denominator: bigint): bigint {
  assert(denominator > 0n, 'divideRounded: denominator must be positive');
  const quotient = numerator / denominator;
  const remainder = numerator - quotient * denominator;
  const twice = (remainder < 0n ? -remainder : remainder) * 2n;
  if (twice < denominator) return quotient;
  return numerator < 0n ? quotient - 1n : quotient + 1n;
}

/**
 * The same on `number`s whose dividend is a safe integer; the result is exact. Division of
 * doubles is correctly rounded on every machine, and the remainder check repairs the last step.
 */
export function divideRoundedSmall(numerator: number, denominator: number): number {
  const magnitude = numerator < 0 ? -numerator : numerator;
  let quotient = Math.floor(magnitude / denominator);
  let remainder = magnitude - quotient * denominator;
  if (remainder < 0) {
    quotient -= 1;
    remainder += denominator;
  }
  if (remainder * 2 >= denominator) quotient += 1;
  return numerator < 0 ? -quotient : quotient;
}

const MILLION = 1_000_000;

/** So many millionths of a count, rounded down; both safe integers. */
export function millionthsOf(count: number, millionths: number): number {
  const product = count * millionths;
  if (Number.isSafeInteger(product)) return Math.floor(product / MILLION);
  const whole = Math.floor(count / MILLION);
  const rest = (count - whole * MILLION) * millionths;
  const value = whole * millionths + Math.floor(rest / MILLION);
  if (Number.isSafeInteger(rest) && Number.isSafeInteger(value)) return value;
  const exact = BigInt(count) * BigInt(millionths);
  const below = exact < 0n ? BigInt(MILLION) - 1n : 0n;
  return Number((exact - below) / BigInt(MILLION));
}

/** `numerator ÷ denominator` where it leaves no remainder, else `undefined`. */
export function divideExact(numerator: bigint, denominator: bigint): bigint | undefined {
  const quotient = numerator / denominator;
  return quotient * denominator === numerator ? quotient : undefined;
}

export function absBig(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** 10^exponent, exact. */
export function powerOfTen(exponent: number): bigint {
  assert(Number.isInteger(exponent) && exponent >= 0 && exponent <= 60, `10^${exponent}`);
  return 10n ** BigInt(exponent);
}
