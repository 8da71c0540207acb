import { divideRounded, powerOfTen } from '../../model/arithmetic.ts';
import { formatScaled } from '../../model/decimal.ts';
import type { Instrument } from '../../model/instrument.ts';
import type { Money } from '../../model/units.ts';
import type { Rate } from '../../model/venue.ts';

/** Digits that an average price is printed with beyond those of the instrument's prices. */
const AVERAGE_PRICE_EXTRA_DIGITS = 5;
const MONEY_DECIMALS_MIN = 2;
const RATIO_DECIMALS = 6;
const RATE_DECIMALS = 12;

/** Takes zeros off the end of a plain decimal, but leaves at least `decimalsMin` digits. */
export function trimZeros(text: string, decimalsMin: number): string {
  const point = text.indexOf('.');
  if (point < 0) return text;
  const shortest = point + 1 + decimalsMin;
  let end = text.length;
  while (end > shortest && text.charAt(end - 1) === '0') end -= 1;
  return text.slice(0, end === point + 1 ? point : end);
}

/**
 * Money as every result prints it: a decimal with the account's decimals, zeros at the end trimmed
 * down to two (`12.50`, `0.00`, `-3.141593`); exact, nothing is rounded.
 */
export function moneyText(amount: Money, decimals: number): string {
  return trimZeros(formatScaled(amount, decimals), Math.min(MONEY_DECIMALS_MIN, decimals));
}

/**
 * Average price of a cost in value units over a quantity count: five digits beyond the
 * instrument's price decimals, rounded half away from zero, zeros trimmed down to the decimals.
 */
export function averagePriceText(instrument: Instrument, cost: bigint, quantity: number): string {
  const { coefficient, decimals } = instrument.priceIncrement;
  const scaled = cost * coefficient * powerOfTen(AVERAGE_PRICE_EXTRA_DIGITS);
  const digits = decimals + AVERAGE_PRICE_EXTRA_DIGITS;
  return trimZeros(formatScaled(divideRounded(scaled, BigInt(quantity)), digits), decimals);
}

/** `numerator ÷ denominator` with six decimals; empty where the denominator is not positive. */
export function ratioText(numerator: bigint, denominator: bigint): string {
  if (denominator <= 0n) return '';
  const scaled = divideRounded(numerator * powerOfTen(RATIO_DECIMALS), denominator);
  return formatScaled(scaled, RATIO_DECIMALS);
}

/** A conversion rate as a decimal, rounded to twelve places; `1` where nothing is converted. */
export function rateText({ numerator, denominator }: Rate): string {
  const scaled = divideRounded(BigInt(numerator) * powerOfTen(RATE_DECIMALS), BigInt(denominator));
  return trimZeros(formatScaled(scaled, RATE_DECIMALS), 0);
}
