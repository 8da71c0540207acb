import { divideExact, powerOfTen } from './arithmetic.ts';
import { assert } from './assert.ts';
import { type Decimal, DecimalError, formatScaled, parseDecimal } from './decimal.ts';
import { PRICE_COUNT_MAX, type Price, type Quantity } from './units.ts';

/** When an instrument trades, in its own time zone. Compiled at the edge into UTC tables. */
export interface SessionSpec {
  /** IANA zone, e.g. `America/New_York`. */
  readonly timeZone: string;
  /** Weekly sessions; an interval may span days (`Sun 17:00` to `Fri 17:00`). */
  readonly weekly: readonly WeeklyInterval[];
  /**
   * Local start of the trading day: `17:00` for FX. Bars of a day, DAY orders, financing use it.
   */
  readonly dayStart: string;
  /** Local dates (`2026-12-25`) on which the trading day that ends on that date has no session. */
  readonly holidays: readonly string[];
}

export const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** From `open` (inclusive) to `close` (exclusive), each a weekday and a local `HH:MM`. */
export interface WeeklyInterval {
  readonly open: readonly [Weekday, string];
  readonly close: readonly [Weekday, string];
}

export const ASSET_CLASSES = ['fx', 'metal', 'index', 'crypto', 'future', 'equity'] as const;
export type AssetClass = (typeof ASSET_CLASSES)[number];

/** Cost of holding a position overnight, as yearly shares of its value (X35). */
export interface FinancingSpec {
  /** Yearly rate booked on a long position: negative is paid, positive is received. */
  readonly longRate: Decimal;
  readonly shortRate: Decimal;
  /** Days of the year in the market's convention: 360 or 365. */
  readonly dayCount: 360 | 365;
}

/** What is traded, with every number that the engine may need stated and none guessed. */
export interface Instrument {
  readonly symbol: string;
  readonly assetClass: AssetClass;
  readonly base: string;
  readonly quote: string;
  /** Smallest step of a price; prices are counted in it. */
  readonly priceIncrement: Decimal;
  /** Smallest step of a size, in units of base currency or contracts; quantities count it. */
  readonly sizeIncrement: Decimal;
  /** The trade's own unit of price movement: 0.0001 for EURUSD, 0.01 for USDJPY. */
  readonly pipSize: Decimal;
  /** Units of base per unit of size: 1 for spot FX, 125000 for a 6E future. */
  readonly contractSize: Decimal;
  /** Share of the position's value that the broker asks as margin: 0.02 is 50:1. */
  readonly marginRate: Decimal;
  readonly sessions: SessionSpec;
  /**
   * Business days from trade to settlement: 2 for most pairs, 1 for USDCAD; places the triple day.
   */
  readonly settlementLagDays: 0 | 1 | 2;
  /** Absent for an instrument that has no financing. */
  readonly financing?: FinancingSpec;
}

/**
 * One price count times one quantity count is worth `numerator × 10^-decimals` of quote currency:
 * price increment × size increment × contract size. A position's cost is kept in that unit, exact.
 */
export interface ValueUnit {
  readonly numerator: bigint;
  readonly decimals: number;
}

export function valueUnit(instrument: Instrument): ValueUnit {
  const { priceIncrement, sizeIncrement, contractSize } = instrument;
  return {
    numerator: priceIncrement.coefficient * sizeIncrement.coefficient * contractSize.coefficient,
    decimals: priceIncrement.decimals + sizeIncrement.decimals + contractSize.decimals,
  };
}

function countOf(text: string, increment: Decimal, what: string): bigint {
  const value = parseDecimal(text);
  const decimals = Math.max(value.decimals, increment.decimals);
  const count = divideExact(
    value.coefficient * powerOfTen(decimals - value.decimals),
    increment.coefficient * powerOfTen(decimals - increment.decimals),
  );
  if (count === undefined) {
    const step = formatScaled(increment.coefficient, increment.decimals);
    throw new DecimalError(`${what} ${text} is not a multiple of ${step}`);
  }
  return count;
}

/** Price text to its count. Throws {@link DecimalError} off the increment, below 1 or too large. */
export function parsePrice(instrument: Instrument, text: string): Price {
  const count = countOf(text, instrument.priceIncrement, 'price');
  if (count <= 0n || count > BigInt(PRICE_COUNT_MAX)) {
    throw new DecimalError(`price ${text} is outside 1…${PRICE_COUNT_MAX} increments`);
  }
  return Number(count) as Price;
}

/**
 * Size text to its count. Throws {@link DecimalError} off the increment or beyond a safe integer.
 */
export function parseQuantity(instrument: Instrument, text: string): Quantity {
  const count = countOf(text, instrument.sizeIncrement, 'quantity');
  if (count > BigInt(Number.MAX_SAFE_INTEGER) || count < -BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new DecimalError(`quantity ${text} is beyond a safe integer of increments`);
  }
  return Number(count) as Quantity;
}

function formatCount(count: number, increment: Decimal): string {
  assert(Number.isSafeInteger(count), `count ${count}`);
  return formatScaled(BigInt(count) * increment.coefficient, increment.decimals);
}

/** Price count to plain text with the increment's decimals. */
export function formatPrice(instrument: Instrument, price: Price): string {
  return formatCount(price, instrument.priceIncrement);
}

/** Quantity count to plain text with the increment's decimals. */
export function formatQuantity(instrument: Instrument, quantity: Quantity): string {
  return formatCount(quantity, instrument.sizeIncrement);
}
