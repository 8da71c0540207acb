import type { Decimal } from '../../model/decimal.ts';

/** `value ÷ step` as a number, for display. */
export function decimalRatio(value: Decimal, step: Decimal): number {
  const top = value.coefficient * 10n ** BigInt(step.decimals);
  const bottom = step.coefficient * 10n ** BigInt(value.decimals);
  return Number(top) / Number(bottom);
}
