import { divideRoundedSmall } from '../model/arithmetic.ts';
import type { Side } from '../model/order.ts';
import type { InstrumentIndex, Price, Quantity, TimeUs } from '../model/units.ts';

/** What a slippage model is asked: one order against one quote. */
export interface SlippageQuery {
  readonly instrument: InstrumentIndex;
  readonly side: Side;
  readonly quantity: Quantity;
  /** The touch: ask for a buy, bid for a sell (X34). */
  readonly touch: Price;
  readonly bid: Price;
  readonly ask: Price;
  readonly time: TimeUs;
}

/**
 * How far from the touch a taking order is expected to trade. One implementation serves the
 * simulated venue, the engine's expected prices and the analysis of costs.
 */
export interface SlippageModel {
  readonly name: string;
  /** Price counts, never negative: added to a buy's touch, taken from a sell's. */
  slippage(query: SlippageQuery): number;
}

/** Trades at the touch. */
export const zeroSlippage: SlippageModel = {
  name: 'zero',
  slippage: () => 0,
};

/** Parts of a basis point in which `fixed_bps` states its distance. */
export const BPS_DECIMALS = 4;
const BPS_SCALE = 100_000_000;

/**
 * A fixed share of the touch. `scaledBps` counts 10^-4 basis points, so one count is 10^-8 of the
 * price; the distance is rounded half away from zero to whole price increments.
 */
export function fixedBpsSlippage(scaledBps: number): SlippageModel {
  return {
    name: 'fixed_bps',
    slippage: (query) => divideRoundedSmall(query.touch * scaledBps, BPS_SCALE),
  };
}
