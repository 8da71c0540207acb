import type { Kernel } from '../kernel/kernel.ts';
import { isFinal } from '../kernel/orders/transitions.ts';
import { ORDER_STATES, OrderRole, OrderState } from '../model/order.ts';
import type { OrderHandle } from '../model/units.ts';
import type { OrderSend } from '../model/venue.ts';
import { EngineChecks, type SentEntry } from './engine-checks.ts';
import type { JournalWatch } from './journal-watch.ts';
import { isOpen, type RemoteBooks, type RemoteOrder } from './remote-books.ts';
import type { RemoteVenue } from './remote-venue.ts';
import type { Wire, WireWatch } from './wire.ts';

/** An exit that was sent: what it may do to the position is checked when it fills. */
interface SentExit {
  /** Orders sent up to it. */
  readonly sent: number;
  /** What the broker had done to the position by itself, and whether the engine knew. */
  readonly upsets: number;
  readonly isClean: boolean;
}

/**
 * Compares what the engine does with the truth, all the while: with the venue's own books, with
 * what is on its way, and with what the disk holds.
 */
export class Checker extends EngineChecks implements WireWatch {
  readonly #venue: RemoteVenue;
  readonly #books: RemoteBooks;
  readonly #journal: JournalWatch;
  readonly #exits = new Map<string, SentExit>();
  readonly #entries: SentEntry[] = [];
  wire: Wire | undefined;

  constructor(venue: RemoteVenue, journal: JournalWatch) {
    super(journal, venue.books.capabilities.reduceOnly);
    this.#venue = venue;
    this.#books = venue.books;
    this.#journal = journal;
  }

  protected override entrySent(entry: SentEntry): void {
    this.#entries.push(entry);
  }

  protected override exitSent({ clientOrderId, terms }: OrderSend, sent: number): void {
    const k = terms.instrument;
    const upsets = this.#books.upsets[k] ?? 0;
    this.#exits.set(clientOrderId, { sent, upsets, isClean: this.#knowsAll(k) });
  }

  /** Was the engine told of all that the broker did to the position by itself? */
  #knowsAll(k: number): boolean {
    const { account, orders } = this.kernel?.book ?? {};
    if (account === undefined || orders === undefined) return false;
    let expected = this.#books.ledgerMoves[k] ?? 0;
    for (const order of this.#books.orders.values()) {
      const isLeg = order.role !== OrderRole.order;
      if (order.terms.instrument !== k || (order.fills.length === 0 && !isLeg)) continue;
      const ours = orders.find(this.handleOf(order.clientOrderId));
      // Legs follow what their parent fills: how large they are now may not be told yet.
      if (isLeg && ours?.terms.quantity !== order.terms.quantity) return false;
      // Its end was told and its fills were not: that is no fault of the engine.
      if (order.fills.length === 0) continue;
      if (ours === undefined || (isFinal(ours.state) && ours.filled < order.filled)) return false;
      expected += order.terms.side * ours.filled;
    }
    const own = account.positions[k]?.quantity ?? 0;
    return expected === own + (account.external[k]?.quantity ?? 0);
  }

  /** An execution at the venue, with the position before and after it. */
  executed(order: RemoteOrder, before: number, after: number): void {
    const { clientOrderId, terms } = order;
    const exit = this.#exits.get(clientOrderId);
    if (exit === undefined || !exit.isClean) return;
    if (exit.upsets !== this.#books.upsets[terms.instrument]) return;
    const isTurned = before * after < 0 || (before === 0 && after !== 0);
    // What was sent as an entry behind the exit may fill before it: then the exit turns by that.
    if (!isTurned || Math.abs(after) <= this.#enteredSince(exit.sent, order)) return;
    this.fail('exit_flips', `exit ${clientOrderId} takes the position from ${before} to ${after}`);
  }

  /** Quantity that entries of the same side have filled which were sent after an exit. */
  #enteredSince(since: number, { terms: { instrument, side } }: RemoteOrder): number {
    let filled = 0;
    for (const { clientOrderId, sent, entryQuantity } of this.#entries) {
      const order = sent > since ? this.#books.orders.get(clientOrderId) : undefined;
      if (order?.terms.instrument !== instrument || order.terms.side !== side) continue;
      filled += Math.min(entryQuantity, order.filled);
    }
    return filled;
  }

  /** Nothing was executed twice. */
  checkRepeated(): void {
    const [id] = this.#venue.repeated;
    if (id !== undefined) this.fail('executed_twice', `the venue executed ${id} again`);
  }

  protected override ended(order: OrderHandle, to: OrderState): void {
    const kernel = this.kernel;
    if (kernel === undefined || to === OrderState.filled) return;
    const id = kernel.orderSend(order).clientOrderId;
    const what = `order ${order} (${id}) ends as ${ORDER_STATES[to]}`;
    if (this.wire?.willArrive(id) === true) {
      this.fail('released_without_ground', `${what} while its submit may still arrive`);
    }
    const theirs = this.#books.orders.get(id);
    if (theirs === undefined) return;
    const never = to === OrderState.withdrawn || to === OrderState.notPlaced;
    if (never && theirs.state !== OrderState.rejected) {
      this.fail('released_without_ground', `${what}, and the venue has it`);
    }
    if (isOpen(theirs) && !this.#venue.undone.has(id)) {
      this.fail('released_without_ground', `${what} while it is open at the venue`);
    }
  }

  /** At the end, when all was told: the engine's books and the venue's are the same. */
  compare(): void {
    const kernel = this.kernel;
    if (kernel === undefined) this.fail('no_progress', 'no engine runs at the end');
    this.checkRepeated();
    this.#compareFills();
    const { account } = kernel.book;
    for (const [k, { quantity }] of this.#books.positions.entries()) {
      const own = account.positions[k]?.quantity ?? 0;
      const external = account.external[k]?.quantity ?? 0;
      if (own + external === quantity) continue;
      const ours = `own ${own}, external ${external}`;
      this.fail('positions_differ', `instrument ${k}: ${ours}, venue ${quantity}`);
    }
    if (account.balance !== BigInt(this.#books.balance)) {
      this.fail('cash_differs', `engine ${account.balance}, venue ${this.#books.balance}`);
    }
    this.#compareOrders(kernel);
  }

  #compareFills(): void {
    const booked = new Map(this.#journal.executions);
    for (const order of this.#books.orders.values()) {
      for (const { input } of order.fills) {
        if (!('fill' in input)) continue;
        const { executionId } = input.fill;
        const times = booked.get(executionId) ?? 0;
        booked.delete(executionId);
        if (times === 1) continue;
        const what = `execution ${executionId} of ${order.clientOrderId}`;
        this.fail('fills_differ', `${what} is booked ${times} times`);
      }
    }
    for (const id of booked.keys()) {
      if (id.startsWith('x')) this.fail('fills_differ', `execution ${id} is none of the venue's`);
    }
  }

  #compareOrders(kernel: Kernel): void {
    const theirs = new Map<string, RemoteOrder>();
    for (const order of this.#books.orders.values()) {
      if (isOpen(order) && !order.foreign) theirs.set(order.clientOrderId, order);
    }
    for (const ours of kernel.book.orders.open()) {
      const id = kernel.orderSend(ours.handle).clientOrderId;
      const their = theirs.get(id);
      theirs.delete(id);
      const { terms, filled } = ours;
      const what = `order ${ours.handle} (${id})`;
      if (their === undefined) {
        const state = ORDER_STATES[ours.state];
        this.fail('orders_differ', `${what} is ${state} here and not open at the venue`);
      }
      const isSame =
        filled === their.filled &&
        terms.quantity === their.terms.quantity &&
        terms.limitPrice === their.terms.limitPrice &&
        terms.stopPrice === their.terms.stopPrice;
      if (!isSame) this.fail('orders_differ', `${what} has other terms at the venue`);
    }
    for (const [id, { role }] of theirs) {
      const kind = role === OrderRole.order ? 'order' : 'leg';
      this.fail('orders_differ', `${kind} ${id} is open at the venue and not here`);
    }
  }
}
