import type { ClosedSlice } from '../../kernel/account/position.ts';
import type { DecisionRef } from '../../model/order.ts';
import type { InstrumentIndex, OrderHandle, Price, TimeUs } from '../../model/units.ts';

/**
 * Told of each fill as it is made: its number in the log, the quote that it traded on, and the
 * slices of lots that it closed.
 */
export type FillWatch = (
  cursor: number,
  bid: Price,
  ask: Price,
  slices: readonly ClosedSlice[],
) => void;

export const unwatched: FillWatch = () => undefined;

/** What may differ between a venue that a loop feeds and one that answers requests at once. */
export interface VenueRules {
  /** May an order that arrives now trade on a quote from before? */
  tradesOnStanding(k: InstrumentIndex, now: TimeUs): boolean;
  /** The lot that an order closes before all others, by what opened it. */
  lotOf(order: OrderHandle): DecisionRef | undefined;
  /** Why an order may not open a position now, in the venue's words; `undefined`: it may. */
  openingRefusal(order: OrderHandle): string | undefined;
}

/** In a loop an order trades on the first quote at or after its arrival, the oldest lot first. */
export const LOOP_RULES: VenueRules = {
  tradesOnStanding: () => false,
  lotOf: () => undefined,
  openingRefusal: () => undefined,
};
