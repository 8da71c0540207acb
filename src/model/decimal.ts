import { divideExact, powerOfTen } from './arithmetic.ts';

/**
 * An exact decimal: `coefficient × 10^-decimals`. How every number enters and leaves the engine.
 */
export interface Decimal {
  readonly coefficient: bigint;
  readonly decimals: number;
}

/** Why a text is not the decimal that was asked for. */
export class DecimalError extends Error {
  readonly code = 'DECIMAL_INVALID';
  override readonly name = 'DecimalError';
}

const PLAIN = /^([+-]?)(\d{1,30})(?:\.(\d{1,18}))?$/;

/**
 * Parses a plain decimal (`-12.50`): optional sign, up to 30 digits, up to 18 after the point. No
 * exponent, no separator, no bare point. Throws {@link DecimalError}.
 */
export function parseDecimal(text: string): Decimal {
  const match = PLAIN.exec(text);
  if (match === null) throw new DecimalError(`not a plain decimal number: ${JSON.stringify(text)}`);
  const fraction = match[3] ?? '';
  const magnitude = BigInt(`${match[2] ?? ''}${fraction}`);
  return {
    coefficient: match[1] === '-' ? -magnitude : magnitude,
    decimals: fraction.length,
  };
}

/**
 * The count of `10^-decimals` in the decimal. Throws {@link DecimalError} when digits would be
 * lost: nothing is rounded on the way in.
 */
export function toScaled(value: Decimal, decimals: number): bigint {
  if (value.decimals <= decimals) {
    return value.coefficient * powerOfTen(decimals - value.decimals);
  }
  const scaled = divideExact(value.coefficient, powerOfTen(value.decimals - decimals));
  if (scaled === undefined) {
    throw new DecimalError(`${formatDecimal(value)} has more than ${decimals} decimals`);
  }
  return scaled;
}

/** Parses text straight to a count of `10^-decimals`. Throws {@link DecimalError}. */
export function parseScaled(text: string, decimals: number): bigint {
  return toScaled(parseDecimal(text), decimals);
}

/** Plain text of `coefficient × 10^-decimals` with exactly `decimals` digits after the point. */
export function formatScaled(coefficient: bigint, decimals: number): string {
  const negative = coefficient < 0n;
  const digits = (negative ? -coefficient : coefficient).toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = decimals === 0 ? '' : `.${digits.slice(digits.length - decimals)}`;
  return `${negative ? '-' : ''}${whole}${fraction}`;
}

export function formatDecimal(value: Decimal): string {
  return formatScaled(value.coefficient, value.decimals);
}
