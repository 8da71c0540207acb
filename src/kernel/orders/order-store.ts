import { assert } from '../../model/assert.ts';
import type { FieldIo, Walkable } from '../../model/codec.ts';
import type { Boot } from '../../model/ids.ts';
import { OrderRole, type OrderState, type Side } from '../../model/order.ts';
import {
  type InstrumentIndex,
  NO_ORDER,
  type OrderHandle,
  type Quantity,
} from '../../model/units.ts';
import { Reservations } from '../exposure/reservations.ts';
import { FifoMap } from './fifo-map.ts';
import { OpenIndex } from './open-index.ts';
import { Order } from './order.ts';
import { isFinal } from './transitions.ts';

/** Boots whose orders may still be asked about; older ones are dropped, the newest never. */
const BOOTS_MAX = 1000;

/**
 * Every order that is open, and the last ones that ended. Ended orders are kept for late facts up
 * to a bound; an order is found by its integer handle, the id on the wire is made from that.
 */
export class OrderStore implements Walkable {
  readonly #open = new Map<OrderHandle, Order>();
  readonly #ended = new FifoMap<OrderHandle, Order>();
  readonly #endedMax: number = 0;
  #boots: Boot[] = [];
  #lastHandle = 0 as OrderHandle;
  /** What open orders that are not position-tied protection could still fill. */
  readonly reservations: Reservations;
  /** Open orders by key and by decision. */
  readonly twins: OpenIndex;
  readonly #protectionCounts: boolean;

  /**
   * `protectionTied`: the venue ends stops and targets with the position they protect, so they
   * count nothing in the exit budget (X14).
   */
  constructor(instruments: number, endedMax: number, protectionTied: boolean) {
    this.#endedMax = endedMax;
    this.reservations = new Reservations(instruments);
    this.twins = new OpenIndex(instruments);
    this.#protectionCounts = !protectionTied;
  }

  get lastHandle(): OrderHandle {
    return this.#lastHandle;
  }
  get openCount(): number {
    return this.#open.size;
  }
  get endedCount(): number {
    return this.#ended.size;
  }
  get boots(): readonly Boot[] {
    return this.#boots;
  }

  find(handle: OrderHandle): Order | undefined {
    return this.#open.get(handle) ?? this.#ended.get(handle);
  }

  /** The order whose bracket reserved the handle, if it is still known. */
  parentOf(child: OrderHandle): Order | undefined {
    // Ids of children follow their parent's: stop-loss, then take-profit.
    for (const before of [1, 2]) {
      const parent = this.find((child - before) as OrderHandle);
      if (parent === undefined || child === NO_ORDER) continue;
      if (parent.stopLossOrder === child || parent.takeProfitOrder === child) return parent;
    }
    return undefined;
  }

  /** Open orders, oldest first. */
  open(): IterableIterator<Order> {
    return this.#open.values();
  }

  /** The boot in which the handle was issued. */
  bootOf(handle: OrderHandle): Boot | undefined {
    for (let i = this.#boots.length - 1; i >= 0; i--) {
      const boot = this.#boots[i];
      if (boot !== undefined && boot.handleBefore < handle) return boot;
    }
    return undefined;
  }

  /**
   * The handle that a counter of a boot stands for. `lost`: a boot of ours issued it, and our books
   * end before it; `undefined`: no boot of ours.
   */
  handleOf(nonce: string, counter: number): OrderHandle | 'lost' | undefined {
    const at = this.#boots.findIndex((known) => known.nonce === nonce);
    const boot = this.#boots[at];
    if (boot === undefined) return undefined;
    const handle = (boot.handleBefore + counter) as OrderHandle;
    const last = this.#boots[at + 1]?.handleBefore ?? handle;
    return handle > last ? 'lost' : handle;
  }

  /** A new boot: ids issued from now on carry its nonce. */
  begin(nonce: string): void {
    this.#boots.push({ nonce, handleBefore: this.#lastHandle });
    if (this.#boots.length > BOOTS_MAX) this.#boots.shift();
  }

  /** Notes that handles up to this one are issued: they are never issued again. */
  issued(handle: OrderHandle): void {
    if (handle > this.#lastHandle) this.#lastHandle = handle;
  }

  add(order: Order): void {
    assert(this.find(order.handle) === undefined, `order ${order.handle} exists`);
    this.#open.set(order.handle, order);
    this.twins.add(order);
    this.issued(order.handle);
    this.#count(order, 1);
  }

  /** Changes an order's state or quantities through `change`, keeping the sums right. */
  update(order: Order, change: () => void): void {
    if (!isFinal(order.state)) this.#count(order, -1);
    const wasFinal = isFinal(order.state);
    change();
    const nowFinal = isFinal(order.state);
    if (!nowFinal) this.#count(order, 1);
    if (wasFinal !== nowFinal) this.#move(order, nowFinal);
  }

  #move(order: Order, toEnded: boolean): void {
    if (!toEnded) {
      this.#ended.delete(order.handle);
      this.#open.set(order.handle, order);
      this.twins.add(order);
      return;
    }
    this.#open.delete(order.handle);
    this.twins.remove(order);
    this.#ended.add(order.handle, order);
    if (this.#ended.size > this.#endedMax) this.#ended.shift();
  }

  #count(order: Order, sign: 1 | -1): void {
    if (order.role !== OrderRole.order && !this.#protectionCounts) return;
    const { instrument, side } = order.terms;
    this.reservations.count(instrument, side, sign * order.remaining, order.reservedPrice);
  }

  /** Remaining quantity of the open orders of one side, in every state that could still fill. */
  openQuantity(k: InstrumentIndex, side: Side): Quantity {
    return this.reservations.quantity(k, side);
  }

  /** How many orders of an instrument stand in the state. */
  countIn(k: InstrumentIndex, state: OrderState): number {
    let count = 0;
    for (const order of this.#open.values()) {
      if (order.terms.instrument === k && order.state === state) count += 1;
    }
    return count;
  }

  walk(io: FieldIo): void {
    this.#lastHandle = io.int('lastHandle', this.#lastHandle) as OrderHandle;
    this.#boots = io.list(
      'boots',
      this.#boots,
      () => ({ nonce: '', handleBefore: 0 as OrderHandle }),
      (inner, boot) => {
        boot.nonce = inner.text('nonce', boot.nonce);
        boot.handleBefore = inner.int('handleBefore', boot.handleBefore) as OrderHandle;
      },
    );
    const walkOrder = (inner: FieldIo, order: Order): void => order.walk(inner);
    const blank = (): Order => Order.blank();
    const open = io.list('open', [...this.#open.values()], blank, walkOrder);
    const ended = io.list('ended', [...this.#ended.values()], blank, walkOrder);
    if (!io.reading) return;
    this.#open.clear();
    this.#ended.clear();
    this.twins.clear();
    for (const order of open) {
      this.#open.set(order.handle, order);
      this.twins.add(order);
    }
    for (const order of ended) this.#ended.add(order.handle, order);
    this.reservations.clear();
    for (const order of open) this.#count(order, 1);
  }
}
