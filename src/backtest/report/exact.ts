import { divideRounded, powerOfTen } from '../../model/arithmetic.ts';
import { formatScaled, parseScaled } from '../../model/decimal.ts';
import { trimZeros } from '../results/decimal-text.ts';

/** Digits that sums are kept with: those of the finest account currency and more. */
const DECIMALS = 12;
const MONEY_DECIMALS_MIN = 2;

/** Money as a whole count of 10⁻¹². */
export type Exact = bigint & { readonly __unit: 'exact' };

export const ZERO = 0n as Exact;

/** Throws `DecimalError` for what is no plain decimal. */
export function exact(text: string): Exact {
  return parseScaled(text, DECIMALS) as Exact;
}

export function plus(a: Exact, b: Exact): Exact {
  return (a + b) as Exact;
}

export function minus(a: Exact, b: Exact): Exact {
  return (a - b) as Exact;
}

export function magnitude(a: Exact): Exact {
  return (a < 0n ? -a : a) as Exact;
}

/** The decimal as results print money: all digits, zeros at the end trimmed down to two. */
export function exactText(amount: Exact): string {
  return trimZeros(formatScaled(amount, DECIMALS), MONEY_DECIMALS_MIN);
}

/** The decimal with two digits behind the point, rounded half away from zero. */
export function centsText(amount: Exact): string {
  const cents = divideRounded(amount, powerOfTen(DECIMALS - MONEY_DECIMALS_MIN));
  return formatScaled(cents, MONEY_DECIMALS_MIN);
}

/** As a double, for a chart or a statistic; never for money that is shown. */
export function approximately(amount: Exact): number {
  return Number(formatScaled(amount, DECIMALS));
}
