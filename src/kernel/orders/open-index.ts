import type { DecisionRef } from '../../model/order.ts';
import { isAtBroker, type Order } from './order.ts';

/**
 * Open orders by idempotency key and by decision, so that a twin of an order is found without a
 * look at each of them (X6). Kept by the order store; a function of the open orders, and no state.
 */
export class OpenIndex {
  readonly #instruments: number = 0;
  readonly #byKey = new Groups<string>();
  /** Decision number and instrument in one number; strategies are compared where one is found. */
  readonly #byDecision = new Groups<number>();

  constructor(instruments: number) {
    this.#instruments = instruments;
  }

  add(order: Order): void {
    // Children have no key of their own.
    if (order.key !== '') this.#byKey.add(order.key, order);
    const { instrument, number } = order.decision;
    this.#byDecision.add(this.#place(instrument, number), order);
  }

  remove(order: Order): void {
    if (order.key !== '') this.#byKey.remove(order.key, order);
    const { instrument, number } = order.decision;
    this.#byDecision.remove(this.#place(instrument, number), order);
  }

  clear(): void {
    this.#byKey.clear();
    this.#byDecision.clear();
  }

  /** Keys and decisions that are known. */
  get size(): number {
    return this.#byKey.size + this.#byDecision.size;
  }

  #place(instrument: number, number: number): number {
    return number * this.#instruments + instrument;
  }

  /** The oldest order that works at the broker and has this key, or is of this decision. */
  atBroker(key: string, { strategy, instrument, number }: DecisionRef): Order | undefined {
    const byKey = this.#byKey.oldest(key, isAtBroker);
    const byDecision = this.#byDecision.oldest(
      this.#place(instrument, number),
      (order) => order.decision.strategy === strategy && isAtBroker(order),
    );
    if (byKey === undefined || byDecision === undefined) return byKey ?? byDecision;
    return byKey.handle < byDecision.handle ? byKey : byDecision;
  }
}

/** Orders in groups; most groups are of one. */
class Groups<K> {
  readonly #first = new Map<K, Order>();
  readonly #others = new Map<K, Order[]>();

  add(name: K, order: Order): void {
    if (!this.#first.has(name)) {
      this.#first.set(name, order);
      return;
    }
    const others = this.#others.get(name);
    if (others === undefined) this.#others.set(name, [order]);
    else others.push(order);
  }

  remove(name: K, order: Order): void {
    const others = this.#others.get(name);
    if (this.#first.get(name) !== order) others?.splice(others.indexOf(order), 1);
    else {
      const next = others?.pop();
      if (next === undefined) this.#first.delete(name);
      else this.#first.set(name, next);
    }
    if (others?.length === 0) this.#others.delete(name);
  }

  get size(): number {
    return this.#first.size;
  }

  oldest(name: K, fits: (order: Order) => boolean): Order | undefined {
    const first = this.#first.get(name);
    if (first === undefined) return undefined;
    let oldest = fits(first) ? first : undefined;
    if (this.#others.size === 0) return oldest;
    for (const order of this.#others.get(name) ?? []) {
      if (fits(order) && (oldest === undefined || order.handle < oldest.handle)) oldest = order;
    }
    return oldest;
  }

  clear(): void {
    this.#first.clear();
    this.#others.clear();
  }
}
