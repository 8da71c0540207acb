import type { TimeUs } from '../model/units.ts';

/**
 * Where times stand in the one array that quotes read and write, so that none of them allocates:
 * that of the input in force, that of the last quote, and how many quotes had that.
 */
export const NOW = 0;
export const QUOTED = 1;
export const QUOTES_THEN = 2;
/** Venue time up to which all bars have ended; 0 where the venue's time is the engine's. */
export const MARKET = 3;
/** Time of the quote in hand: as its venue states it, and as bars count it; 0 likewise. */
export const QUOTE_MADE = 4;
export const QUOTE_COUNTS = 5;
export const CLOCK_SLOTS = 6;

/** The time that bars count. An array of one slot has no other than the engine's. */
export function marketTime(clock: Float64Array): TimeUs {
  return (clock[QUOTE_COUNTS] || clock[NOW]) as TimeUs;
}
