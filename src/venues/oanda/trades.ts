import { NO_ORDER, type OrderHandle } from '../../model/units.ts';

/** An open trade of the account, and the protection of ours that rests on it. */
export interface OpenTrade {
  readonly id: string;
  /** Signed, in counts. */
  units: number;
  stopLoss: OrderHandle;
  takeProfit: OrderHandle;
}

/** Trades that are known at once; OANDA allows an account fewer. The oldest go. */
const TRADES_MAX = 20_000;

/**
 * The account's open trades, as fills and snapshots tell them. Orders that protect a trade state no
 * units and are changed by naming it; both are known from here.
 */
export class Trades {
  readonly #byId = new Map<string, OpenTrade>();
  readonly #byOrder = new Map<OrderHandle, string>();

  find(id: string): OpenTrade | undefined {
    return this.#byId.get(id);
  }

  /** The trade that a protecting order of ours rests on. */
  ofOrder(order: OrderHandle): OpenTrade | undefined {
    const id = this.#byOrder.get(order);
    return id === undefined ? undefined : this.#byId.get(id);
  }

  opened(id: string, units: number): void {
    this.#byId.set(id, { id, units, stopLoss: NO_ORDER, takeProfit: NO_ORDER });
    for (const first of this.#byId.keys()) {
      if (this.#byId.size <= TRADES_MAX) break;
      this.closed(first);
    }
  }

  closed(id: string): void {
    const trade = this.#byId.get(id);
    if (trade === undefined) return;
    this.#byId.delete(id);
    // An order that goes by its id may rest on another trade by now.
    for (const order of [trade.stopLoss, trade.takeProfit]) {
      if (this.#byOrder.get(order) === id) this.#byOrder.delete(order);
    }
  }

  /**
   * An order of ours rests on a trade, which may be one that nobody told of, and on no other any
   * more: protection that opens again for another part of its entry goes by the same id.
   */
  protect(id: string, kind: 'stopLoss' | 'takeProfit', order: OrderHandle): void {
    const before = this.ofOrder(order);
    if (before !== undefined) before[kind] = NO_ORDER;
    this.#byOrder.delete(order);
    const trade = this.#byId.get(id);
    if (trade === undefined) return;
    this.#byOrder.delete(trade[kind]);
    trade[kind] = order;
    this.#byOrder.set(order, id);
  }

  /** Forgets everything: a snapshot tells it anew. */
  clear(): void {
    this.#byId.clear();
    this.#byOrder.clear();
  }
}
