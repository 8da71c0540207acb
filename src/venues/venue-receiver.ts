import type { AppliedInput } from '../model/inputs.ts';
import type { DecisionRef, OrderRole, OrderState, OrderTerms } from '../model/order.ts';
import type { Money, OrderHandle, Quantity, TimeUs } from '../model/units.ts';

/** An order of the engine, as far as an adapter must know it. */
export interface KnownOrder {
  readonly role: OrderRole;
  readonly state: OrderState;
  readonly parent: OrderHandle;
  readonly terms: Readonly<OrderTerms>;
  readonly filled: Quantity;
  readonly brokerOrderId: string;
  readonly decision: DecisionRef;
  /** Reserved for the children of its bracket; `NO_ORDER` for none. */
  readonly stopLossOrder: OrderHandle;
  readonly takeProfitOrder: OrderHandle;
}

/** The engine as an adapter sees it. Everything that it tells is taken in the call. */
export interface VenueReceiver {
  /** Number of the last transaction that the engine has booked; 0 when it knows nothing yet. */
  readonly cursor: number;
  /** The engine's own balance: what a fact states that says nothing of one. */
  readonly balance: Money;
  /** Number of the last connection that was told. */
  readonly connection: number;
  input(input: AppliedInput): void;
  /** Prices and sizes as counts; `venueTime` is the venue's own time of the quote. */
  quote(
    k: number,
    bid: number,
    ask: number,
    bidSize: number,
    askSize: number,
    venueTime: TimeUs,
  ): void;
  /** The order that a client order id stands for, or `NO_ORDER`. */
  resolve(clientOrderId: string): OrderHandle;
  /** The order that the broker calls so, now or before, or `NO_ORDER`. */
  byBrokerId(brokerOrderId: string): OrderHandle;
  /** Of any order that was issued, and of children that are only reserved. */
  clientOrderId(order: OrderHandle): string;
  order(order: OrderHandle): KnownOrder | undefined;
  /** The order whose bracket reserved the handle, or `NO_ORDER`. */
  parentOf(child: OrderHandle): OrderHandle;
}
