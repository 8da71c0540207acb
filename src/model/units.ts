import { assert } from './assert.ts';

/** Integer microseconds since the Unix epoch, UTC. Exact as a `number` until the year 2255. */
export type TimeUs = number & { readonly __unit: 'time_us' };

/** Integer count of an instrument's price increment; `EURUSD 1.08512` at 0.00001 is `108512`. */
export type Price = number & { readonly __unit: 'price' };

/** Integer count of an instrument's size increment; signed where it is a position. */
export type Quantity = number & { readonly __unit: 'quantity' };

/** Exact amount of the account currency: integer count of 10^-decimals of its unit. */
export type Money = bigint & { readonly __unit: 'money' };

/** Index of an instrument in the configured list; the hot path never uses the symbol. */
export type InstrumentIndex = number & { readonly __unit: 'instrument' };

/**
 * Number of a logical order, dense from 1 in one engine's life; the wire id is made at the edge.
 */
export type OrderHandle = number & { readonly __unit: 'order' };

/** Absence of a price in fixed-shape records: no tradable price is zero. */
export const NO_PRICE = 0 as Price;

/** Absence of an order in fixed-shape records: handles start at 1. */
export const NO_ORDER = 0 as OrderHandle;

/** Absence of a time in fixed-shape records. */
export const NO_TIME = 0 as TimeUs;

/** The largest price count a quote column holds. */
export const PRICE_COUNT_MAX = 2_147_483_647;

export function timeUs(value: number): TimeUs {
  assert(Number.isSafeInteger(value), `time is not a safe integer: ${value}`);
  return value as TimeUs;
}

export function price(value: number): Price {
  assert(Number.isSafeInteger(value), `price is not a safe integer: ${value}`);
  return value as Price;
}

export function quantity(value: number): Quantity {
  assert(Number.isSafeInteger(value), `quantity is not a safe integer: ${value}`);
  return value as Quantity;
}

export function money(value: bigint): Money {
  return value as Money;
}

export function instrumentIndex(value: number): InstrumentIndex {
  assert(Number.isInteger(value) && value >= 0 && value < 65_536, `instrument index ${value}`);
  return value as InstrumentIndex;
}

export function orderHandle(value: number): OrderHandle {
  assert(Number.isSafeInteger(value) && value >= 0, `order handle ${value}`);
  return value as OrderHandle;
}
