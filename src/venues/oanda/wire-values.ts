import { divideRounded, powerOfTen } from '../../model/arithmetic.ts';
import { DecimalError, parseDecimal, parseScaled } from '../../model/decimal.ts';
import type { Instrument } from '../../model/instrument.ts';
import { formatUtc } from '../../model/time.ts';
import {
  type InstrumentIndex,
  type Money,
  PRICE_COUNT_MAX,
  type Price,
  type TimeUs,
} from '../../model/units.ts';
import type { Rate } from '../../model/venue.ts';

const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/;
/** 10 to this is a safe integer. */
const RATE_DECIMALS_MAX = 15;
const ID = /^[1-9]\d{0,14}$/;

/** What a broker wrote is not what its API says it writes. */
export class WireError extends Error {
  readonly code = 'WIRE_INVALID';
  override readonly name = 'WireError';
}

/** `EUR_USD`. */
export function wireName({ base, quote }: Instrument): string {
  return `${base}_${quote}`;
}

/** Instruments by the names that OANDA gives them. */
export function byWireName(
  instruments: readonly Instrument[],
): ReadonlyMap<string, InstrumentIndex> {
  return new Map(instruments.map((one, k) => [wireName(one), k as InstrumentIndex]));
}

/** µs of an RFC 3339 time in UTC, cut below a microsecond. Throws {@link WireError}. */
export function readTime(text: string): TimeUs {
  const match = RFC3339.exec(text);
  const ms = match === null ? Number.NaN : Date.parse(`${match[1]}Z`);
  if (Number.isNaN(ms)) throw new WireError(`not a time: ${JSON.stringify(text.slice(0, 60))}`);
  const micros = Number((match?.[2] ?? '').padEnd(6, '0').slice(0, 6));
  return (ms * 1000 + micros) as TimeUs;
}

/** RFC 3339 with nine digits of a second. */
export function writeTime(time: TimeUs): string {
  return `${formatUtc(time).slice(0, -1)}000Z`;
}

/** The number of a transaction or an order. Throws {@link WireError}. */
export function readId(text: string): number {
  if (!ID.test(text)) throw new WireError(`not a number of a transaction: ${text.slice(0, 40)}`);
  return Number(text);
}

/** Account money to its count. Throws {@link DecimalError} where digits would be lost. */
export function readMoney(text: string | undefined, decimals: number): Money {
  return (text === undefined ? 0n : parseScaled(text, decimals)) as Money;
}

/** The price count nearest to an average price, which may lie between two. */
export function nearestPrice({ priceIncrement }: Instrument, text: string): Price {
  const { coefficient, decimals } = parseDecimal(text);
  const numerator = coefficient * powerOfTen(priceIncrement.decimals);
  const count = divideRounded(numerator, priceIncrement.coefficient * powerOfTen(decimals));
  if (count <= 0n || count > BigInt(PRICE_COUNT_MAX)) throw new WireError(`not a price: ${text}`);
  return Number(count) as Price;
}

function greatestDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestDivisor(b, a % b);
}

/**
 * A conversion factor as a ratio in lowest terms: exact, unless it has more digits than two safe
 * integers hold; then it is rounded to as many decimals as they do. Throws {@link DecimalError}
 * where it is not positive.
 */
export function readRate(text: string): Rate {
  const { coefficient, decimals } = parseDecimal(text);
  if (coefficient <= 0n) throw new DecimalError(`a rate is positive, not ${text}`);
  for (let kept = Math.min(decimals, RATE_DECIMALS_MAX); kept >= 0; kept -= 1) {
    const whole = divideRounded(coefficient, powerOfTen(decimals - kept));
    const scale = powerOfTen(kept);
    const divisor = greatestDivisor(whole, scale);
    const numerator = Number(whole / divisor);
    if (numerator > 0 && Number.isSafeInteger(numerator)) {
      return { numerator, denominator: Number(scale / divisor) };
    }
  }
  throw new DecimalError(`the rate ${text} is beyond a safe integer`);
}
