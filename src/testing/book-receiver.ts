import { type AppliedInput, InputKind } from '../model/inputs.ts';
import { OrderRole, OrderState } from '../model/order.ts';
import { type Money, NO_ORDER, type OrderHandle, type Quantity } from '../model/units.ts';
import { type OrderSend, ReportKind } from '../model/venue.ts';
import type { KnownOrder, VenueReceiver } from '../venues/venue-receiver.ts';

/** Stands for an engine: notes what it is told, and keeps of it what an adapter must ask for. */
export class BookReceiver implements VenueReceiver {
  readonly told: AppliedInput[] = [];
  readonly #sends = new Map<OrderHandle, OrderSend>();
  readonly #orders = new Map<OrderHandle, KnownOrder>();
  cursor = 0;
  balance = 0n as Money;
  connection = 1;

  /** The engine sends an order. */
  sent(send: OrderSend): void {
    const { order, terms, decision, stopLossOrder, takeProfitOrder } = send;
    this.#sends.set(order, send);
    this.#orders.set(order, {
      role: OrderRole.order,
      state: OrderState.working,
      parent: NO_ORDER,
      terms,
      filled: 0 as Quantity,
      brokerOrderId: '',
      decision,
      stopLossOrder,
      takeProfitOrder,
    });
  }

  input(input: AppliedInput): void {
    this.told.push(input);
    switch (input.kind) {
      case InputKind.connection:
        this.connection = input.connection;
        return;
      case InputKind.report: {
        const { order, report, brokerOrderId, quantity, limitPrice, stopPrice } = input.report;
        this.cursor = Math.max(this.cursor, input.report.cursor);
        this.#change(order, ({ terms, brokerOrderId: before }) => ({
          brokerOrderId: brokerOrderId === '' ? before : brokerOrderId,
          terms:
            report === ReportKind.replaced ? { ...terms, quantity, limitPrice, stopPrice } : terms,
        }));
        return;
      }
      case InputKind.fill: {
        const { order, quantity, cursor, balance } = input.fill;
        this.cursor = Math.max(this.cursor, cursor);
        this.balance = balance;
        this.#change(order, ({ filled }) => ({ filled: (filled + quantity) as Quantity }));
        return;
      }
      case InputKind.ledger:
        this.cursor = Math.max(this.cursor, input.ledger.cursor);
        this.balance = input.ledger.balance;
        return;
      case InputKind.opening:
        this.cursor = input.opening.snapshot.cursor;
        this.balance = input.opening.snapshot.balance;
        return;
      default:
        return;
    }
  }

  #change(order: OrderHandle, change: (known: KnownOrder) => Partial<KnownOrder>): void {
    const known = this.#orders.get(order);
    if (known !== undefined) this.#orders.set(order, { ...known, ...change(known) });
  }

  quote(): void {
    // Prices are no matter to who asks here.
  }

  resolve(clientOrderId: string): OrderHandle {
    for (const send of this.#sends.values()) {
      if (send.clientOrderId === clientOrderId) return send.order;
    }
    return NO_ORDER;
  }

  byBrokerId(brokerOrderId: string): OrderHandle {
    for (const [order, known] of this.#orders) {
      if (known.brokerOrderId === brokerOrderId) return order;
    }
    return NO_ORDER;
  }

  clientOrderId(order: OrderHandle): string {
    return this.#sends.get(order)?.clientOrderId ?? `child${order}`;
  }

  order(order: OrderHandle): KnownOrder | undefined {
    return this.#orders.get(order);
  }

  parentOf(): OrderHandle {
    return NO_ORDER;
  }
}
