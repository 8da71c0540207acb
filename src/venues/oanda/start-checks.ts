import { powerOfTen } from '../../model/arithmetic.ts';
import { type Decimal, DecimalError, formatDecimal, parseDecimal } from '../../model/decimal.ts';
import type { Instrument } from '../../model/instrument.ts';
import type { WireAccount, WireInstrument } from './schemas.ts';
import { wireName } from './wire-values.ts';

/** Why an adapter does not start, in words for whoever configured it. */
export class VenueStartError extends Error {
  readonly code = 'VENUE_START';
  override readonly name = 'VenueStartError';
}

/** The account that the engine was configured for. */
export interface ExpectedAccount {
  readonly id: string;
  readonly currency: string;
}

/** What is wrong with the account, a sentence each. */
export function accountFaults(expected: ExpectedAccount, account: WireAccount): readonly string[] {
  const faults: string[] = [];
  if (account.id !== expected.id) {
    faults.push(`the broker answers for account ${account.id}, not ${expected.id}`);
  }
  if (account.currency !== expected.currency) {
    const text = `its currency is ${account.currency}, the configuration says ${expected.currency}`;
    faults.push(`${text}: set account.currency`);
  }
  if (account.hedgingEnabled) {
    faults.push('it allows hedging; an account that nets is needed: use another sub-account');
  }
  return faults;
}

function isSame(a: Decimal, b: Decimal): boolean {
  const decimals = Math.max(a.decimals, b.decimals);
  return scaled(a, decimals) === scaled(b, decimals);
}

function scaled({ coefficient, decimals }: Decimal, to: number): bigint {
  return coefficient * powerOfTen(to - decimals);
}

/** 10^exponent, of either sign. */
function power(exponent: number): Decimal {
  return exponent >= 0
    ? { coefficient: powerOfTen(exponent), decimals: 0 }
    : { coefficient: 1n, decimals: -exponent };
}

/**
 * What the broker says otherwise of an instrument than the configuration, a sentence each: prices
 * and sizes are counted in its increments, and a wrong one would be a wrong order.
 */
export function instrumentFaults(
  instrument: Instrument,
  theirs: readonly WireInstrument[],
): readonly string[] {
  const name = wireName(instrument);
  const found = theirs.find((one) => one.name === name);
  if (found === undefined) return [`${name} is not an instrument of this account`];
  const { priceIncrement, sizeIncrement, pipSize } = instrument;
  const faults: string[] = [];
  const check = (what: string, ours: Decimal, their: Decimal): void => {
    if (isSame(ours, their)) return;
    const text = `${formatDecimal(ours)}, the broker's is ${formatDecimal(their)}`;
    faults.push(`${name}: ${what} is ${text}`);
  };
  check('priceIncrement', priceIncrement, power(-found.displayPrecision));
  check('pipSize', pipSize, power(found.pipLocation));
  const unit = power(-found.tradeUnitsPrecision);
  const decimals = Math.max(sizeIncrement.decimals, unit.decimals);
  const ours = scaled(sizeIncrement, decimals);
  if (ours % scaled(unit, decimals) !== 0n) {
    const text = `${formatDecimal(sizeIncrement)}, the broker's step is ${formatDecimal(unit)}`;
    faults.push(`${name}: sizeIncrement is ${text}`);
  }
  const least = leastSize(found);
  if (least === undefined) faults.push(`${name}: minimumTradeSize ${found.minimumTradeSize}`);
  else {
    const deep = Math.max(decimals, least.decimals);
    if (scaled(least, deep) > scaled(sizeIncrement, deep)) {
      const text = `sizeIncrement is ${formatDecimal(sizeIncrement)}, the smallest order`;
      faults.push(`${name}: ${text} ${formatDecimal(least)}`);
    }
  }
  return faults;
}

function leastSize({ minimumTradeSize }: WireInstrument): Decimal | undefined {
  try {
    return parseDecimal(minimumTradeSize);
  } catch (error) {
    if (error instanceof DecimalError) return undefined;
    throw error;
  }
}
