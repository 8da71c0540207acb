import type { Kernel } from '../kernel/kernel.ts';
import { ownerOf } from '../kernel/orders/ownership.ts';
import { present } from '../model/assert.ts';
import { clientOrderId } from '../model/ids.ts';
import type { AppliedInput } from '../model/inputs.ts';
import { type Money, NO_ORDER, type OrderHandle, type TimeUs } from '../model/units.ts';
import type { KnownOrder, VenueReceiver } from '../venues/venue-receiver.ts';

/** Where what a venue tells goes: into turns of the engine. */
export type Told = Pick<VenueReceiver, 'input' | 'quote'>;

/**
 * The engine as its adapter sees it: what is told goes to `told`, what is asked is answered from
 * the kernel's books, as they stand.
 */
export class KernelReceiver implements VenueReceiver {
  readonly #kernel: Kernel;
  readonly #told: Told;

  constructor(kernel: Kernel, told: Told) {
    this.#kernel = kernel;
    this.#told = told;
  }

  get cursor(): number {
    const { beginning, cursor } = this.#kernel.book;
    return beginning.isOpen ? cursor : 0;
  }
  get balance(): Money {
    return this.#kernel.book.account.balance;
  }
  get connection(): number {
    return this.#kernel.book.doubts.connection;
  }

  input(input: AppliedInput): void {
    this.#told.input(input);
  }

  quote(
    k: number,
    bid: number,
    ask: number,
    bidSize: number,
    askSize: number,
    venueTime: TimeUs,
  ): void {
    this.#told.quote(k, bid, ask, bidSize, askSize, venueTime);
  }

  resolve(id: string): OrderHandle {
    const { prefix, orders } = this.#kernel.book;
    const owner = ownerOf(prefix, orders, id);
    return owner.kind === 'ours' ? owner.order : NO_ORDER;
  }

  byBrokerId(brokerOrderId: string): OrderHandle {
    const { orders } = this.#kernel.book;
    for (const order of orders.open()) {
      if (order.brokerOrderIds.includes(brokerOrderId)) return order.handle;
    }
    return NO_ORDER;
  }

  clientOrderId(order: OrderHandle): string {
    const { prefix, orders } = this.#kernel.book;
    return clientOrderId(prefix, present(orders.bootOf(order), `boot of order ${order}`), order);
  }

  order(order: OrderHandle): KnownOrder | undefined {
    return this.#kernel.book.orders.find(order);
  }

  parentOf(child: OrderHandle): OrderHandle {
    return this.#kernel.book.orders.parentOf(child)?.handle ?? NO_ORDER;
  }
}
