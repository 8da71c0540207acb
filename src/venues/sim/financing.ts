import { absBig, divideRounded, powerOfTen } from '../../model/arithmetic.ts';
import { type FinancingSpec, type Instrument, valueUnit } from '../../model/instrument.ts';
import type { Money, Quantity } from '../../model/units.ts';
import type { Rate } from '../../model/venue.ts';

/**
 * X35: what holding a position over one rollover brings, in account money: |quantity| × mid × value
 * unit × yearly rate × days ÷ day count, rounded once. Negative is paid. `twiceMid` is bid + ask.
 */
export function financingOf(
  instrument: Instrument,
  spec: FinancingSpec,
  quantity: Quantity,
  twiceMid: number,
  days: number,
  rate: Rate,
  decimals: number,
): Money {
  const yearly = quantity > 0 ? spec.longRate : spec.shortRate;
  const unit = valueUnit(instrument);
  const value = absBig(BigInt(quantity)) * BigInt(twiceMid) * unit.numerator;
  const shift = unit.decimals + yearly.decimals;
  return divideRounded(
    value * yearly.coefficient * BigInt(days) * BigInt(rate.numerator) * powerOfTen(decimals),
    2n * powerOfTen(shift) * BigInt(spec.dayCount) * BigInt(rate.denominator),
  ) as Money;
}
