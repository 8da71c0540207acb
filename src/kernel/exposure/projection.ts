import type { Side } from '../../model/order.ts';

/** Sums over all instruments, in account money. */
export interface Sums {
  netUp: number;
  netDown: number;
  gross: number;
  margin: number;
  /** Instruments with a position or an order that could open one. */
  active: number;
}

export function noSums(): Sums {
  return { netUp: 0, netDown: 0, gross: 0, margin: 0, active: 0 };
}

/** What an entry would add to what is held and reserved. */
export interface Addition {
  readonly instrument: number;
  readonly side: Side;
  /** Quantity, and its value in value units. */
  readonly quantity: number;
  readonly value: number;
}

/** How things would stand with an addition; the object is reused. */
export class Projection implements Sums {
  netUp = 0;
  netDown = 0;
  gross = 0;
  margin = 0;
  active = 0;
  /** The instrument has neither position nor order yet. */
  opens = false;
  /** Of the instrument alone: the worse of all buys and all sells. */
  instrument = 0;
  /** Of its base and its quote currency: the worse of both. */
  base = 0;
  quote = 0;
}
