import type { TimeUs } from '../model/units.ts';

/**
 * Where times stand in the one array that quotes read and write, so that none of them allocates:
 * that of the input in force, that of the last quote, and how many quotes had that.
 */
export const NOW = 0;
export const QUOTED = 1;
export const QUOTES_THEN = 2;
/** Time of the market; 0 where it is the engine's own. */
export const MARKET = 3;
/** What the venue said of the quote in hand; 0 where it is the engine's time. */
export const QUOTE_MADE = 4;
export const CLOCK_SLOTS = 5;

/** The time that bars count. An array of one slot has no other than the engine's. */
export function marketTime(clock: Float64Array): TimeUs {
  return (clock[MARKET] || clock[NOW]) as TimeUs;
}
