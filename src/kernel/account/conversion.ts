import type { QuoteBoard } from '../../market/quote-board.ts';
import { divideRounded, divideRoundedSmall, powerOfTen } from '../../model/arithmetic.ts';
import { assert, present } from '../../model/assert.ts';
import { type Instrument, valueUnit } from '../../model/instrument.ts';
import type { InstrumentIndex, Money } from '../../model/units.ts';
import type { Rate } from '../../model/venue.ts';

/** One step of a conversion: through an instrument's price, or through its inverse. */
export interface ConversionLeg {
  readonly instrument: InstrumentIndex;
  /** True when the step goes from the instrument's quote currency to its base. */
  readonly inverse: boolean;
}

/** Steps from a currency to the account's; empty when they are the same. */
export type ConversionPath = readonly ConversionLeg[];

/** Rates are kept to this many significant digits where their exact terms are too long. */
const RATE_DIGITS = 15;

interface Step {
  readonly leg: ConversionLeg;
  readonly to: string;
}

function legsFrom(instruments: readonly Instrument[], currency: string): readonly Step[] {
  return instruments.flatMap((instrument, index): readonly Step[] => {
    if (instrument.assetClass === 'index' || instrument.assetClass === 'equity') return [];
    const at = index as InstrumentIndex;
    if (instrument.base === currency) {
      return [{ leg: { instrument: at, inverse: false }, to: instrument.quote }];
    }
    if (instrument.quote === currency) {
      return [{ leg: { instrument: at, inverse: true }, to: instrument.base }];
    }
    return [];
  });
}

/**
 * The shortest path of at most two steps over the configured instruments, the first in their order
 * among equals; `undefined` when there is none (X18: every traded currency has a path at start).
 */
export function findConversionPath(
  instruments: readonly Instrument[],
  from: string,
  to: string,
): ConversionPath | undefined {
  if (from === to) return [];
  const first = legsFrom(instruments, from);
  const direct = first.find((step) => step.to === to);
  if (direct !== undefined) return [direct.leg];
  for (const step of first) {
    const second = legsFrom(instruments, step.to).find((next) => next.to === to);
    if (second !== undefined) return [step.leg, second.leg];
  }
  return undefined;
}

/** One instrument's value unit in account money: `numerator ÷ denominator` before the rate. */
interface MoneyUnit {
  readonly numerator: bigint;
  readonly denominator: bigint;
  readonly numeratorNumber: number;
  readonly denominatorNumber: number;
}

function moneyUnit(instrument: Instrument, decimals: number): MoneyUnit {
  const unit = valueUnit(instrument);
  const shift = decimals - unit.decimals;
  const numerator = unit.numerator * (shift > 0 ? powerOfTen(shift) : 1n);
  const denominator = shift < 0 ? powerOfTen(-shift) : 1n;
  return {
    numerator,
    denominator,
    numeratorNumber: Number(numerator),
    denominatorNumber: Number(denominator),
  };
}

/**
 * Converts value units of each instrument's quote currency to account money. The rate of a leg is
 * the mid of the last quote, as an exact fraction; it is journaled with each booking that uses it.
 */
export class Conversion {
  readonly #paths: readonly ConversionPath[];
  readonly #units: readonly MoneyUnit[];
  /** By instrument: coefficient of its price increment, and twice the power of ten below it. */
  readonly #priceCoefficients: Float64Array;
  readonly #priceScales: Float64Array;

  /** `paths[k]` leads from the quote currency of instrument k to the account currency. */
  constructor(
    instruments: readonly Instrument[],
    paths: readonly ConversionPath[],
    decimals: number,
  ) {
    this.#paths = paths;
    this.#priceCoefficients = Float64Array.from(instruments, ({ priceIncrement }) =>
      Number(priceIncrement.coefficient),
    );
    this.#priceScales = Float64Array.from(
      instruments,
      ({ priceIncrement }) => 2 * Number(powerOfTen(priceIncrement.decimals)),
    );
    this.#units = instruments.map((instrument) => moneyUnit(instrument, decimals));
  }

  /**
   * Money counts per value unit where no rate and no rounding stand between them, else 0: then a
   * mark is one multiplication.
   */
  directMultiplier(k: number): number {
    const unit = present(this.#units[k], 'money unit');
    const direct = this.path(k).length === 0 && unit.denominator === 1n;
    return direct ? unit.numeratorNumber : 0;
  }

  /** Instruments through whose quotes instrument `k` is converted. */
  path(k: number): ConversionPath {
    return present(this.#paths[k], 'conversion path');
  }

  /**
   * Writes the present rate of instrument `k` into `out`; false while a leg has no quote yet.
   * Nothing is allocated but for two-legged paths.
   */
  rate(k: number, board: QuoteBoard, out: Rate): boolean {
    const path = this.#paths[k] as ConversionPath;
    out.numerator = 1;
    out.denominator = 1;
    const first = path[0];
    if (first === undefined) return true;
    if (!this.#legRate(first, board, out)) return false;
    const second = path[1];
    if (second === undefined) return true;
    const { numerator, denominator } = out;
    if (!this.#legRate(second, board, out)) return false;
    multiplyRates(numerator, denominator, out);
    return true;
  }

  #legRate(leg: ConversionLeg, board: QuoteBoard, out: Rate): boolean {
    const at = leg.instrument;
    if (!board.has(at)) return false;
    const twiceMid = (board.bid[at] as number) + (board.ask[at] as number);
    const price = twiceMid * (this.#priceCoefficients[at] as number);
    const scale = this.#priceScales[at] as number;
    out.numerator = leg.inverse ? scale : price;
    out.denominator = leg.inverse ? price : scale;
    return true;
  }

  /** Account money of exact value units of instrument `k` at `rate`, rounded once. */
  moneyOf(native: bigint, k: number, rate: Rate): Money {
    const unit = present(this.#units[k], 'money unit');
    if (rate.numerator === 1 && rate.denominator === 1) {
      return divideRounded(native * unit.numerator, unit.denominator) as Money;
    }
    return divideRounded(
      native * unit.numerator * BigInt(rate.numerator),
      unit.denominator * BigInt(rate.denominator),
    ) as Money;
  }

  /**
   * The same for marks on the hot path: value units in, money count out, both as safe integers.
   * Falls back to `bigint` where a product leaves the safe range, so the result is the same.
   */
  markOf(native: number, k: number, rate: Rate): number {
    const value = this.valueOf(native, k, rate);
    assert(Number.isSafeInteger(value), `mark of instrument ${k} is beyond a safe integer`);
    return value;
  }

  /** The same for what is compared and never kept: beyond a safe integer the nearest number. */
  valueOf(native: number, k: number, rate: Rate): number {
    const unit = this.#units[k] as MoneyUnit;
    const numerator = native * unit.numeratorNumber * rate.numerator;
    const denominator = unit.denominatorNumber * rate.denominator;
    if (Number.isSafeInteger(numerator) && Number.isSafeInteger(denominator)) {
      return denominator === 1 ? numerator : divideRoundedSmall(numerator, denominator);
    }
    return Number(this.moneyOf(BigInt(native), k, rate));
  }
}

function multiplyRates(numerator: number, denominator: number, out: Rate): void {
  const top = numerator * out.numerator;
  const bottom = denominator * out.denominator;
  if (Number.isSafeInteger(top) && Number.isSafeInteger(bottom)) {
    out.numerator = top;
    out.denominator = bottom;
    return;
  }
  const exactTop = BigInt(numerator) * BigInt(out.numerator);
  const exactBottom = BigInt(denominator) * BigInt(out.denominator);
  if (exactTop >= exactBottom) {
    [out.numerator, out.denominator] = ratioDigits(exactTop, exactBottom);
  } else {
    [out.denominator, out.numerator] = ratioDigits(exactBottom, exactTop);
  }
}

/**
 * A ratio of at least one, too long for two safe integers, as digits over a power of ten. The
 * larger term is the one that is rounded, so that small rates keep their digits too.
 */
function ratioDigits(large: bigint, small: bigint): readonly [number, number] {
  let shift = 0;
  let digits = divideRounded(large, small);
  while (digits < powerOfTen(RATE_DIGITS - 1) && shift < RATE_DIGITS) {
    shift += 1;
    digits = divideRounded(large * powerOfTen(shift), small);
  }
  const ratio = Number(digits);
  assert(Number.isSafeInteger(ratio), 'conversion rate is beyond a safe integer');
  return [ratio, Number(powerOfTen(shift))];
}
