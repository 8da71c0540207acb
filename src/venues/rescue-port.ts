/** An order that waits at the venue, in the venue's own words. */
export interface RescueOrder {
  readonly id: string;
  /** Empty where it has none. */
  readonly clientOrderId: string;
  readonly symbol: string;
  /** It can only close what is held: a stop or target of a trade, or reduce-only. */
  readonly protective: boolean;
  /** For people. */
  readonly text: string;
}

/** What is held on one side of an instrument. */
export interface RescuePosition {
  readonly symbol: string;
  readonly side: 'long' | 'short';
  /** Exact decimal, more than zero. */
  readonly quantity: string;
}

/** One consistent look at an account. */
export interface RescueView {
  readonly orders: readonly RescueOrder[];
  readonly positions: readonly RescuePosition[];
  /** How far the venue's log was. */
  readonly cursor: string;
}

/** A market order that can only reduce. */
export interface Reduction extends RescuePosition {
  readonly clientOrderId: string;
}

/** By what an order is looked for in the log. */
export type OrderName = { readonly id: string } | { readonly clientOrderId: string };

/**
 * What became of a request: done, refused by the venue, or not known. A time-out, a cut answer or
 * one that cannot be read is not known, never done and never refused.
 */
export interface Outcome {
  readonly kind: 'done' | 'refused' | 'unknown';
  readonly text: string;
}

/** The venue cannot be read. */
export class RescueUnreachableError extends Error {
  readonly code = 'VENUE_UNREACHABLE';
  override readonly name = 'RescueUnreachableError';
}

/** What a rescue asks of a venue. A port never repeats a request that changes something. */
export interface RescuePort {
  readonly account: string;
  /** Throws {@link RescueUnreachableError}. */
  look(): Promise<RescueView>;
  cancel(order: string): Promise<Outcome>;
  reduce(reduction: Reduction): Promise<Outcome>;
  /** What the venue's log behind the cursor says; `unknown` where it says nothing (X11). */
  readEnd(cursor: string, order: OrderName): Promise<Outcome>;
}
