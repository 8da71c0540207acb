import type { FieldIo, Walkable } from '../../model/codec.ts';
import {
  type Asked,
  blankEvidence,
  type DoubtVerdict,
  doubtBranch,
  type Evidence,
  Question,
  Verdict,
  walkEvidence,
} from '../../model/doubt.ts';
import { type AppliedInput, InputKind } from '../../model/inputs.ts';
import { OrderFlag, OrderState } from '../../model/order.ts';
import {
  type InstrumentIndex,
  NO_ORDER,
  NO_TIME,
  type OrderHandle,
  type TimeUs,
} from '../../model/units.ts';
import type { Order } from './order.ts';

/** Number in the venue's log of the fact that an input tells; 0 for none. */
export function cursorOf(input: AppliedInput): number {
  if (input.kind === InputKind.report) return input.report.cursor;
  if (input.kind === InputKind.fill) return input.fill.cursor;
  return input.kind === InputKind.ledger ? input.ledger.cursor : 0;
}

const NEVER = Number.POSITIVE_INFINITY;

/** States in which the venue has not answered yet. */
const UNANSWERED: readonly OrderState[] = [
  OrderState.intended,
  OrderState.inFlight,
  OrderState.inDoubt,
  OrderState.presumedAbsent,
];

export function isUnanswered(state: OrderState): boolean {
  return UNANSWERED.includes(state);
}

/** What of an order is in doubt; the first that applies. */
export const DOUBTED = ['submit', 'cancel', 'replace'] as const;
export const Doubted = { submit: 0, cancel: 1, replace: 2 } as const;
export type Doubted = (typeof Doubted)[keyof typeof Doubted];

/** One order in doubt. */
export class Doubt {
  order: OrderHandle = NO_ORDER;
  instrument = 0 as InstrumentIndex;
  about: Doubted = Doubted.submit;
  /** Questions numbered up to this one were asked before it arose. */
  asksBefore = 0;
  /** When it arose, engine time. */
  since: TimeUs = NO_TIME;
  attempts = 0;
  /** When it is asked next, engine time; Infinity for never. */
  nextAt: number = NEVER;
  evidence: Evidence = blankEvidence();

  walk(io: FieldIo): void {
    this.order = io.int('order', this.order) as OrderHandle;
    this.instrument = io.u16('instrument', this.instrument) as InstrumentIndex;
    this.about = io.code('about', this.about, DOUBTED) as Doubted;
    this.asksBefore = io.int('asksBefore', this.asksBefore);
    this.since = io.int('since', this.since) as TimeUs;
    this.attempts = io.int('attempts', this.attempts);
    this.nextAt = walkDue(io, 'nextAt', this.nextAt);
    walkEvidence(io, this.evidence);
  }
}

/** A time that may be never. */
export function walkDue(io: FieldIo, name: string, due: number): number {
  const is = io.bool(`has_${name}`, due !== NEVER);
  return is ? io.int(name, io.reading ? 0 : due) : NEVER;
}

const OPERATOR = doubtBranch('operator');

/** An operator said that an order is at the broker: the next snapshot has to agree. */
export function isOperatorsWord({ verdict, branch }: DoubtVerdict): boolean {
  return verdict === Verdict.found && branch === OPERATOR;
}

/** Is it unknown whether the order exists? */
export function isSubmitInDoubt({ state }: Pick<Order, 'state'>): boolean {
  return state === OrderState.inDoubt || state === OrderState.presumedAbsent;
}

function doubted(order: Order): Doubted | undefined {
  if (isSubmitInDoubt(order)) return Doubted.submit;
  if ((order.flags & OrderFlag.cancelInDoubt) !== 0) return Doubted.cancel;
  return (order.flags & OrderFlag.replaceInDoubt) !== 0 ? Doubted.replace : undefined;
}

/**
 * The orders in doubt, the questions about them, and the connection that orders go out on. A part
 * of the book: it changes by records and by inputs alone.
 */
export class Doubts implements Walkable {
  readonly #doubts = new Map<OrderHandle, Doubt>();
  /** Questions asked since the engine's life began. */
  asks = 0;
  /** When the log is asked for again if no clean read comes; Infinity while none is awaited. */
  logDue: number = NEVER;
  logAttempts = 0;
  /** The highest number of the venue's log that we have heard of. */
  seen = 0;
  #connection = 0;
  #open = true;
  #closedAt: TimeUs = NO_TIME;
  /** Questions above this number were asked when the last connection had closed. */
  #asksAtClose = 0;

  get size(): number {
    return this.#doubts.size;
  }
  /** Oldest first. */
  all(): readonly Doubt[] {
    return [...this.#doubts.values()];
  }
  find(order: OrderHandle): Doubt | undefined {
    return this.#doubts.get(order);
  }

  /** An order in doubt on the instrument, if any: no new risk is taken there. */
  on(k: InstrumentIndex): OrderHandle | undefined {
    if (this.#doubts.size === 0) return undefined;
    for (const doubt of this.#doubts.values()) if (doubt.instrument === k) return doubt.order;
    return undefined;
  }

  /** When the next question is due. */
  get due(): number {
    let due = this.logDue;
    for (const { nextAt } of this.#doubts.values()) if (nextAt < due) due = nextAt;
    return due;
  }

  /** Number of the last connection that was opened. */
  get connection(): number {
    return this.#connection;
  }

  /**
   * The connection on which what is sent now goes out; the next one while none is open. So the
   * first one of another process has a number beyond it.
   */
  get sendsOn(): number {
    return this.#open ? this.#connection : this.#connection + 1;
  }

  isClosed(connection: number): boolean {
    return connection < this.#connection || (connection === this.#connection && !this.#open);
  }

  /** Was the question asked when every connection up to this one had closed? */
  askedAfterClose(connection: number, ask: number): boolean {
    return this.isClosed(connection) && ask > this.#asksAtClose;
  }

  /** Since when no connection has been open, engine time; `undefined` while one is. */
  get closedSince(): TimeUs | undefined {
    return this.#open ? undefined : this.#closedAt;
  }

  connected(connection: number, open: boolean, time: TimeUs): void {
    if (open && this.#open && connection === this.#connection) return;
    if (!open && this.#open) this.#closedAt = time;
    this.#asksAtClose = this.asks;
    this.#connection = Math.max(connection, this.#connection);
    this.#open = open;
  }

  /** The process died: so did its connection. */
  disconnected(time: TimeUs): void {
    this.connected(this.#connection, false, time);
  }

  /** The order changed: it is in doubt from now on, still, or no longer. */
  follow(order: Order, time: TimeUs): void {
    const known = this.#doubts.get(order.handle);
    const about = doubted(order);
    if (about === undefined) {
      if (known !== undefined) this.#doubts.delete(order.handle);
      return;
    }
    if (known?.about === about) return;
    // What is known of one request says nothing of another: evidence starts afresh.
    const doubt = new Doubt();
    doubt.order = order.handle;
    doubt.about = about;
    doubt.instrument = order.terms.instrument;
    doubt.asksBefore = this.asks;
    doubt.since = time;
    doubt.nextAt = time;
    this.#doubts.set(order.handle, doubt);
  }

  asked({ ask, question, order, attempt, nextAt }: Asked): void {
    this.asks = ask;
    const next = nextAt === NO_TIME ? NEVER : nextAt;
    if (question === Question.log) {
      this.logDue = next;
      this.logAttempts = attempt;
    }
    const doubt = this.#doubts.get(order);
    if (question !== Question.order || doubt === undefined) return;
    doubt.attempts = attempt;
    doubt.nextAt = next;
    doubt.evidence = { ...doubt.evidence, unanswered: doubt.evidence.unanswered + 1 };
  }

  saw(cursor: number): void {
    if (cursor > this.seen) this.seen = cursor;
  }

  /** The log was read without a gap. */
  logWasRead(): void {
    this.logDue = NEVER;
    this.logAttempts = 0;
  }

  judged({ order, evidence, nextAt }: DoubtVerdict): void {
    const doubt = this.#doubts.get(order);
    if (doubt === undefined) return;
    doubt.evidence = { ...evidence };
    doubt.nextAt = nextAt === NO_TIME ? NEVER : nextAt;
  }

  walk(io: FieldIo): void {
    this.asks = io.int('asks', this.asks);
    this.logDue = walkDue(io, 'logDue', this.logDue);
    this.logAttempts = io.int('logAttempts', this.logAttempts);
    this.seen = io.int('seen', this.seen);
    this.#connection = io.int('connection', this.#connection);
    this.#open = io.bool('connectionOpen', this.#open);
    this.#closedAt = io.int('closedAt', this.#closedAt) as TimeUs;
    this.#asksAtClose = io.int('asksAtClose', this.#asksAtClose);
    const doubts = io.list(
      'doubts',
      [...this.#doubts.values()],
      () => new Doubt(),
      (inner, doubt) => doubt.walk(inner),
    );
    if (!io.reading) return;
    this.#doubts.clear();
    for (const doubt of doubts) this.#doubts.set(doubt.order, doubt);
  }
}
