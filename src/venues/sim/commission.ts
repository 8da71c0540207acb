import { absBig, divideRounded, powerOfTen } from '../../model/arithmetic.ts';
import type { Decimal } from '../../model/decimal.ts';
import type { Instrument } from '../../model/instrument.ts';
import { valueUnit } from '../../model/instrument.ts';
import type { Money, Price, Quantity } from '../../model/units.ts';
import type { Rate } from '../../model/venue.ts';

/**
 * What a fill costs. `per_unit` is money of the account currency for each unit of size (each lot
 * or contract where the size increment is one); `bps` is a share of the traded value. Both may
 * have a least amount a fill.
 */
export type CommissionSpec =
  | { readonly kind: 'none' }
  | { readonly kind: 'per_fill'; readonly amount: Decimal }
  | { readonly kind: 'per_unit'; readonly amount: Decimal; readonly minimum: Decimal }
  | { readonly kind: 'bps'; readonly rate: Decimal; readonly minimum: Decimal };

const BPS = 4;

function moneyOf(value: Decimal, decimals: number): Money {
  const { coefficient } = value;
  return divideRounded(coefficient * powerOfTen(decimals), powerOfTen(value.decimals)) as Money;
}

function atLeast(amount: bigint, minimum: Decimal, decimals: number): Money {
  const least = moneyOf(minimum, decimals);
  return (amount < least ? least : amount) as Money;
}

/** Commission of one fill in account money (10^-decimals), rounded once, half away from zero. */
export function commissionOf(
  spec: CommissionSpec,
  instrument: Instrument,
  quantity: Quantity,
  price: Price,
  rate: Rate,
  decimals: number,
): Money {
  switch (spec.kind) {
    case 'none':
      return 0n as Money;
    case 'per_fill':
      return moneyOf(spec.amount, decimals);
    case 'per_unit': {
      const { sizeIncrement } = instrument;
      const amount = divideRounded(
        BigInt(quantity) *
          sizeIncrement.coefficient *
          spec.amount.coefficient *
          powerOfTen(decimals),
        powerOfTen(sizeIncrement.decimals + spec.amount.decimals),
      );
      return atLeast(amount, spec.minimum, decimals);
    }
    case 'bps': {
      const unit = valueUnit(instrument);
      const value = BigInt(quantity) * BigInt(price) * unit.numerator * BigInt(rate.numerator);
      const shift = unit.decimals + spec.rate.decimals + BPS;
      const amount = divideRounded(
        absBig(value) * spec.rate.coefficient * powerOfTen(decimals),
        powerOfTen(shift) * BigInt(rate.denominator),
      );
      return atLeast(amount, spec.minimum, decimals);
    }
  }
}
