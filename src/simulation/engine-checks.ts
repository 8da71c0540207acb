import type { Kernel } from '../kernel/kernel.ts';
import { isSubmitInDoubt } from '../kernel/orders/doubts.ts';
import { EDGES, isFinal } from '../kernel/orders/transitions.ts';
import type { RecordSink } from '../kernel/recorder.ts';
import { parseClientOrderId } from '../model/ids.ts';
import type { Input } from '../model/inputs.ts';
import { ORDER_STATES, OrderRole, type OrderState } from '../model/order.ts';
import { type KernelRecord, type OrderMovedRecord, RecordKind } from '../model/records.ts';
import type { OrderHandle } from '../model/units.ts';
import type { CancelSend, OrderSend, ReplaceSend } from '../model/venue.ts';
import type { JournalWatch } from './journal-watch.ts';
import { PREFIX } from './submission.ts';
import { type Invariant, Violation } from './violation.ts';

/** An order that was sent with a part that opens risk. */
export interface SentEntry {
  readonly clientOrderId: string;
  /** Orders sent up to it. */
  readonly sent: number;
  readonly entryQuantity: number;
}

const REVIVE = EDGES.indexOf('revive');

/**
 * Compares what an engine does with its own rules and with what the disk holds. What else there is
 * to compare with, the venue's own books, is for those who build on this. The first violation is
 * kept and thrown.
 */
export abstract class EngineChecks implements RecordSink {
  readonly #journal: JournalWatch;
  readonly #sent = new Set<string>();
  #decisions = new Map<string, string>();
  /** Does the venue know orders that only reduce? */
  readonly #reduceOnly: boolean = false;
  violation: Violation | undefined;
  /** The process that runs now. */
  kernel: Kernel | undefined;
  /** Called for each message that reaches the process; it may die of it. */
  onReceived: () => void = () => undefined;
  /** Mixes something into the trace. */
  trace: (what: string) => void = () => undefined;
  /** Notes something for who reads the trace; left out where nobody does. */
  note: ((kind: string, what: Input | KernelRecord) => void) | undefined;

  constructor(journal: JournalWatch, reduceOnly: boolean) {
    this.#journal = journal;
    this.#reduceOnly = reduceOnly;
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

  /** An order that opens risk was sent. */
  protected abstract entrySent(entry: SentEntry): void;
  /** An exit was sent: `sent` orders up to it. */
  protected abstract exitSent(send: OrderSend, sent: number): void;
  /** An order has come to a final state. */
  protected abstract ended(order: OrderHandle, to: OrderState): void;

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
      this.entrySent({ clientOrderId, sent, entryQuantity });
      return;
    }
    if (this.#reduceOnly && !terms.reduceOnly) {
      this.fail('exit_flips', `${what} is an exit without the venue's flag`);
    }
    this.#checkBudget(send, what);
    this.exitSent(send, sent);
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

  /** The engine's number of an order of its own; 0 for none. */
  protected handleOf(clientOrderId: string): OrderHandle {
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
    this.ended(order, to);
  }
}
