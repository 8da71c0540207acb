import { TradingState } from '../../model/gate.ts';
import { OrderRole, OrderType } from '../../model/order.ts';
import type { Quantity } from '../../model/units.ts';
import type { VenueCapabilities } from '../../model/venue.ts';
import type { Book } from '../book.ts';
import { isAtBroker, type Order } from './order.ts';
import type { OrderDesk } from './order-desk.ts';
import { CHANGING_FLAGS } from './order-flags.ts';

/**
 * X15: in exit-only and under a hold, working orders are classified anew when a position or an
 * order changes, and when such a time begins: an exit that the position no longer carries is an
 * entry, and is shrunk to what still is one where the venue replaces in one step, else cancelled.
 * The engine's own exits are held to the position at all times.
 *
 * Not before engine and broker were compared: until then facts are missing that would say so
 * (X27). Nor in a halt, where only an operator acts.
 */
export class WorkingExits {
  readonly #book: Book;
  readonly #orders: OrderDesk;
  readonly #venue: VenueCapabilities;
  /** As they were before the input in force. */
  #changes = 0;
  #regime = 0;
  #hadRetries = false;

  constructor(book: Book, orders: OrderDesk, venue: VenueCapabilities) {
    this.#book = book;
    this.#orders = orders;
    this.#venue = venue;
  }

  /** Before an input. */
  note(): void {
    this.#changes = this.#book.exposureChanges;
    this.#regime = this.#regimeNow();
    this.#hadRetries = this.#book.exits.size > 0;
  }

  /** All that decides whether orders are looked at, as one number. */
  #regimeNow(): number {
    const { tradingState, reconciliation, doubts } = this.#book;
    const { armed, held } = reconciliation;
    return tradingState + (armed ? 4 : 0) + (held ? 8 : 0) + 16 * doubts.size;
  }

  /** After it. */
  settle(): void {
    const { tradingState, reconciliation, doubts, exposureChanges, orders } = this.#book;
    const hasMoved = exposureChanges !== this.#changes;
    if (!hasMoved && this.#regimeNow() === this.#regime) return;
    if (tradingState === TradingState.halted || orders.openCount === 0) return;
    const { armed, held } = reconciliation;
    const isExitOnly = tradingState === TradingState.exitOnly || held;
    const isWatched = isExitOnly || doubts.size > 0 || this.#hadRetries;
    if (isWatched && (armed || held)) this.#classify(isExitOnly);
  }

  #classify(isExitOnly: boolean): void {
    const { orders, doubts } = this.#book;
    // What the position still carries, by instrument and side, oldest order first.
    const left = new Map<number, number>();
    for (const order of [...orders.open()]) {
      const { terms, role, exitQuantity, filled, decision } = order;
      if (role !== OrderRole.order) continue;
      const exit = Math.max(0, Math.min(exitQuantity, terms.quantity) - filled);
      if (exit === 0) continue;
      const slot = terms.instrument * 2 + (terms.side > 0 ? 1 : 0);
      const carried = left.get(slot) ?? this.#carried(order);
      const stays = Math.min(exit, carried);
      left.set(slot, carried - stays);
      const isHeld = isExitOnly || doubts.on(terms.instrument) !== undefined;
      if (stays < exit && (isHeld || decision.number < 0)) this.#hold(order, stays);
    }
  }

  #carried({ terms: { instrument, side } }: Order): number {
    const held = this.#book.account.reducible(instrument);
    return held !== 0 && held > 0 !== side > 0 ? Math.abs(held) : 0;
  }

  #hold(order: Order, stays: number): void {
    if (!isAtBroker(order) || (order.flags & CHANGING_FLAGS) !== 0) return;
    const { terms, filled } = order;
    const shrinks = this.#venue.atomicReplace && terms.type !== OrderType.market;
    if (stays === 0 || !shrinks) this.#orders.cancelForEngine(order);
    else this.#orders.shrinkForEngine(order, (filled + stays) as Quantity);
  }
}
