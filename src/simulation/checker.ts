import type { Kernel } from '../kernel/kernel.ts';
import { isSubmitInDoubt } from '../kernel/orders/doubts.ts';
import { EDGES, isFinal } from '../kernel/orders/transitions.ts';
import type { RecordSink } from '../kernel/recorder.ts';
import { parseClientOrderId } from '../model/ids.ts';
import type { Input } from '../model/inputs.ts';
import { ORDER_STATES, OrderRole, OrderState } from '../model/order.ts';
import { type KernelRecord, type OrderMovedRecord, RecordKind } from '../model/records.ts';
import type { OrderHandle } from '../model/units.ts';
import type { CancelSend, OrderSend, ReplaceSend } from '../model/venue.ts';
import type { JournalWatch } from './journal-watch.ts';
import { isOpen, type RemoteBooks, type RemoteOrder } from './remote-books.ts';
import type { RemoteVenue } from './remote-venue.ts';
import { PREFIX } from './submission.ts';
import { type Invariant, Violation } from './violation.ts';
import type { Wire, WireWatch } from './wire.ts';

/** An exit that was sent: what it may do to the position is checked when it fills. */
interface SentExit {
  /** Orders sent up to it. */
  readonly sent: number;
  /** What the broker had done to the position by itself, and whether the engine knew. */
  readonly upsets: number;
  readonly isClean: boolean;
}

/** An order that was sent with a part that opens risk. */
interface SentEntry {
  readonly clientOrderId: string;
  readonly sent: number;
  readonly entryQuantity: number;
}

const REVIVE = EDGES.indexOf('revive');

/**
 * Compares what the engine does with the truth, all the while: with the venue's own books, with
 * what is on its way, and with what the disk holds. The first violation is kept and thrown.
 */
export class Checker implements RecordSink, WireWatch {
  readonly #venue: RemoteVenue;
  readonly #books: RemoteBooks;
  readonly #journal: JournalWatch;
  readonly #sent = new Set<string>();
  #decisions = new Map<string, string>();
  readonly #exits = new Map<string, SentExit>();
  readonly #entries: SentEntry[] = [];
  violation: Violation | undefined;
  /** The process that runs now. */
  kernel: Kernel | undefined;
  wire: Wire | undefined;
  /** Called for each message that reaches the process; it may die of it. */
  onReceived: () => void = () => undefined;
  /** Mixes something into the trace. */
  trace: (what: string) => void = () => undefined;
  /** Notes something for who reads the trace; left out where nobody does. */
  note: ((kind: string, what: Input | KernelRecord) => void) | undefined;

  constructor(venue: RemoteVenue, journal: JournalWatch) {
    this.#venue = venue;
    this.#books = venue.books;
    this.#journal = journal;
    journal.keyUsedTwice = (key, first, second) =>
      this.fail('key_used_twice', `key ${key}: orders ${first} and ${second}`);
    journal.nonceRepeated = (nonce) => this.fail('nonce_repeated', `nonce ${nonce}`);
    journal.onLoss = (text) => this.fail('durable_lost', text);
  }

  /** The first violation stands: later ones may follow from it. */
  fail(invariant: Invariant, message: string): never {
    this.violation ??= new Violation(invariant, message);
    throw this.violation;
  }

  received(): void {
    this.onReceived();
  }

  /** Decisions that were sent up to now, and who made them. */
  get decisions(): ReadonlyMap<string, string> {
    return new Map(this.#decisions);
  }

  /** The engine goes on from an older copy: what it decided since is not known to it. */
  goBackTo(decisions: ReadonlyMap<string, string>): void {
    this.#decisions = new Map(decisions);
  }

  #needs(cause: string, what: string): void {
    if (this.#journal.holds(cause)) return;
    this.fail('sent_before_durable', `${what} leaves, and the disk does not hold its cause`);
  }

  submitted(send: OrderSend): void {
    const { order, clientOrderId, decision, terms } = send;
    this.trace(`submit ${clientOrderId}`);
    const what = `order ${order} (${clientOrderId})`;
    if (this.#sent.has(clientOrderId)) this.fail('sent_twice', `${what} is sent again`);
    this.#sent.add(clientOrderId);
    const ref = `${decision.strategy}/${decision.instrument}/${decision.number}`;
    const before = this.#decisions.get(ref);
    if (before !== undefined) {
      this.fail('sent_twice', `${what} is sent for decision ${ref}, as ${before} was`);
    }
    this.#decisions.set(ref, clientOrderId);
    const nonce = parseClientOrderId(PREFIX, clientOrderId)?.nonce;
    this.#needs(`submit ${nonce}/${order}`, what);
    const exitQuantity = this.kernel?.book.orders.find(order)?.exitQuantity ?? 0;
    const entryQuantity = terms.quantity - exitQuantity;
    const sent = this.#sent.size;
    if (entryQuantity > 0) {
      this.#checkDoubts(send, what);
      this.#entries.push({ clientOrderId, sent, entryQuantity });
      return;
    }
    const { reduceOnly } = this.#books.capabilities;
    if (reduceOnly && !terms.reduceOnly) {
      this.fail('exit_flips', `${what} is an exit without the venue's flag`);
    }
    this.#checkBudget(send, what);
    const k = terms.instrument;
    const upsets = this.#books.upsets[k] ?? 0;
    this.#exits.set(clientOrderId, { sent, upsets, isClean: this.#knowsAll(k) });
  }

  /** Whatever may still fill on its side, sent or on its way before it, is within the position. */
  #checkBudget({ order, terms: { instrument, side, quantity } }: OrderSend, what: string): void {
    const { orders, account } = this.kernel?.book ?? {};
    if (orders === undefined || account === undefined) return;
    let may = 0;
    for (const { handle, role, terms, filled } of orders.open()) {
      const isBefore = handle <= order && role === OrderRole.order;
      if (!isBefore || terms.instrument !== instrument || terms.side !== side) continue;
      may += Math.max(0, terms.quantity - filled);
    }
    const held = account.positions[instrument]?.quantity ?? 0;
    if (may > Math.abs(held)) {
      this.fail('exit_over_budget', `${what}: ${may} may leave a position of ${held}`);
    }
    // What the broker has closed by itself is not there to be closed again.
    const whole = held + (account.external[instrument]?.quantity ?? 0);
    const left = held * whole > 0 ? Math.min(Math.abs(held), Math.abs(whole)) : 0;
    if (quantity <= left) return;
    this.fail('exit_over_budget', `${what} of ${quantity}: ${held} is held, ${whole} in all`);
  }

  #checkDoubts({ order, terms: { instrument } }: OrderSend, what: string): void {
    for (const other of this.kernel?.book.orders.open() ?? []) {
      if (other.handle === order || other.terms.instrument !== instrument) continue;
      if (!isSubmitInDoubt(other)) continue;
      this.fail('risk_in_doubt', `${what} opens risk while order ${other.handle} is in doubt`);
    }
  }

  /** Was the engine told of all that the broker did to the position by itself? */
  #knowsAll(k: number): boolean {
    const { account, orders } = this.kernel?.book ?? {};
    if (account === undefined || orders === undefined) return false;
    let expected = this.#books.ledgerMoves[k] ?? 0;
    for (const order of this.#books.orders.values()) {
      const isLeg = order.role !== OrderRole.order;
      if (order.terms.instrument !== k || (order.fills.length === 0 && !isLeg)) continue;
      const ours = orders.find(this.#handleOf(order.clientOrderId));
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

  #handleOf(clientOrderId: string): OrderHandle {
    const parsed = parseClientOrderId(PREFIX, clientOrderId);
    const orders = this.kernel?.book.orders;
    const handle = parsed && orders?.handleOf(parsed.nonce, parsed.counter);
    return handle === undefined || handle === 'lost' ? (0 as OrderHandle) : handle;
  }

  cancelled({ order, attempt }: CancelSend): void {
    this.trace(`cancel ${order}`);
    this.#needs(`cancel ${order}/${attempt}`, `the cancel of order ${order}`);
  }

  replaced({ order, attempt }: ReplaceSend): void {
    this.trace(`replace ${order}`);
    this.#needs(`replace ${order}/${attempt}`, `the replace of order ${order}`);
  }

  asked(ask: number): void {
    this.#needs(`ask ${ask}`, `question ${ask}`);
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

  record(record: KernelRecord): void {
    this.note?.('  decides', record);
    if (record.kind === RecordKind.orderMoved) this.#moved(record);
    if (record.kind === RecordKind.fillBooked && record.edge !== REVIVE) {
      const state = this.kernel?.book.orders.find(record.fill.order)?.state;
      if (state !== undefined && isFinal(state) && !isFinal(record.to)) {
        this.fail('reopened', `order ${record.fill.order} reopens by a fill that is no revival`);
      }
    }
  }

  #moved(record: OrderMovedRecord): void {
    const { order, from, to, edge } = record;
    if (isFinal(from) && !isFinal(to) && edge !== REVIVE) {
      const step = `${ORDER_STATES[from]} to ${ORDER_STATES[to]}`;
      this.fail('reopened', `order ${order} goes from ${step} and is not revived`);
    }
    if (!isFinal(to) || isFinal(from)) return;
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
