import { present } from '../model/assert.ts';
import { blankLogRead, blankLookUpAnswer, type LookUp, ReadOutcome } from '../model/doubt.ts';
import { type AppliedInput, InputKind } from '../model/inputs.ts';
import { TimeInForce } from '../model/order.ts';
import type { Snapshot } from '../model/reconciliation.ts';
import { NO_ORDER, type OrderHandle } from '../model/units.ts';
import {
  blankReport,
  type CancelSend,
  type OrderSend,
  type ReplaceSend,
  ReportKind,
} from '../model/venue.ts';
import type { VenuePort } from '../venues/venue-port.ts';
import type { VenueReceiver } from '../venues/venue-receiver.ts';
import type { Dice } from './dice.ts';
import type { Faults } from './faults.ts';
import type { Way } from './machine.ts';
import { type Fact, inputOf } from './remote-books.ts';
import type { Answer, RemoteVenue, Submission } from './remote-venue.ts';
import { submissionOf } from './submission.ts';
import type { Timeline } from './timeline.ts';

const MS = 1000;
const SECOND = 1_000_000;
/** An answer is given up after this; then its connection is closed and opened anew. */
const ANSWER_TIMEOUT_US = 2 * SECOND;
/** Of a venue that declares no end, a late request arrives within this. */
const LATE_MAX_US = 60 * SECOND;
/** What was told so shortly before a crash may not have become durable: it is told again. */
const RETOLD_US = SECOND;

/** Sees every request before it leaves. */
export interface WireWatch {
  submitted(send: OrderSend): void;
  cancelled(send: CancelSend): void;
  replaced(send: ReplaceSend): void;
  asked(ask: number): void;
  /** A message reached the process: it may die of it. */
  received(): void;
}

/** The reports that stand for a lost answer, and for a request that did not leave. */
interface Kinds {
  readonly unknown: ReportKind;
  readonly refused: ReportKind;
}

interface Connection {
  closedAt: number | undefined;
}

interface Request {
  readonly order: OrderHandle;
  readonly unknown: ReportKind;
  readonly connection: Connection;
}

interface Flight {
  readonly arrivesAt: number;
  readonly connection: Connection;
  readonly submission: Submission;
}

/**
 * The adapter and the network between engine and venue: requests and answers are lost, delayed and
 * cut off; the venue's stream is lost, repeated and reordered as far as its kind allows.
 */
export class Wire implements VenuePort, Way {
  readonly #timeline: Timeline;
  readonly #dice: Dice;
  readonly #faults: Faults;
  readonly #venue: RemoteVenue;
  readonly #watch: WireWatch;
  #receiver: VenueReceiver | undefined;
  #connection: Connection = { closedAt: 0 };
  #outstanding = new Set<Request>();
  /** Cancels and replaces on the wire, by order. */
  readonly #changes = new Map<string, number>();
  readonly #flights = new Map<string, Flight>();
  /** By fact: when it was told last; undefined while it was not. */
  readonly #toldAt: (number | undefined)[] = [];
  #settled = 0;
  /** Where the venue has no log, its stream keeps its order. */
  #streamedUntil = 0;

  constructor(
    timeline: Timeline,
    dice: Dice,
    faults: Faults,
    venue: RemoteVenue,
    watch: WireWatch,
  ) {
    this.#timeline = timeline;
    this.#dice = dice;
    this.#faults = faults;
    this.#venue = venue;
    this.#watch = watch;
    venue.books.onFact = (fact) => this.#stream(fact);
  }

  get #now(): number {
    return this.#timeline.now;
  }
  get #hasLog(): boolean {
    return this.#venue.books.capabilities.denseLog;
  }
  get isOpen(): boolean {
    return this.#receiver !== undefined && this.#connection.closedAt === undefined;
  }
  /** What is on its way or was not told yet, or `undefined`. */
  get waiting(): string | undefined {
    if (this.#outstanding.size > 0) return 'a request has no answer';
    this.#settle();
    if (this.#settled < this.#venue.books.log.length)
      return `fact ${this.#settled + 1} was not told`;
    for (const id of this.#flights.keys()) if (this.willArrive(id)) return `${id} may still arrive`;
    return this.isOpen ? undefined : 'no connection is open';
  }

  /** Can nothing that was sent arrive any more? */
  get isQuiet(): boolean {
    for (const count of this.#changes.values()) if (count > 0) return false;
    for (const id of this.#flights.keys()) if (this.willArrive(id)) return false;
    return this.#outstanding.size === 0;
  }

  /** Could a cancel or replace of this order still arrive? */
  mayChange(clientOrderId: string): boolean {
    return (this.#changes.get(clientOrderId) ?? 0) > 0;
  }

  /** Could a submit with this id still arrive and be executed? */
  willArrive(clientOrderId: string): boolean {
    const flight = this.#flights.get(clientOrderId);
    if (flight === undefined || this.#isDead(flight)) return false;
    const { terms } = flight.submission;
    const { capabilities, venueTime } = this.#venue.books;
    const isTimed = terms.timeInForce === TimeInForce.gtd && capabilities.refusesPastDeadline;
    return !isTimed || flight.arrivesAt + (venueTime - this.#now) <= terms.expireTime;
  }

  #isDead({ arrivesAt, connection: { closedAt } }: Flight): boolean {
    const { inFlightHorizonUs } = this.#venue.books.capabilities;
    return closedAt !== undefined && arrivesAt > closedAt + inFlightHorizonUs;
  }

  /** It is a port for any process: it has none of its own to lose. */
  open(): VenuePort {
    return this;
  }

  /** A new process is connected. */
  start(receiver: VenueReceiver, begin: () => void): void {
    this.#receiver = receiver;
    this.#connection = { closedAt: undefined };
    this.#outstanding.clear();
    begin();
    this.resync();
  }

  /** The process has died: so has its connection. */
  end(): void {
    this.#receiver = undefined;
    this.#connection.closedAt ??= this.#now;
    this.#outstanding.clear();
    this.#untell();
  }

  /** What may have been forgotten with the process counts as not told, where no log tells it. */
  #untell(): void {
    if (this.#hasLog) return;
    const { log } = this.#venue.books;
    for (let i = log.length - 1; i >= 0; i -= 1) {
      const toldAt = this.#toldAt[i];
      if (toldAt !== undefined && toldAt >= this.#now - RETOLD_US) {
        this.#toldAt[i] = undefined;
        this.#settled = Math.min(this.#settled, i);
      }
    }
  }

  /** What was not told yet is told, in order. */
  resync(): void {
    const { log } = this.#venue.books;
    this.#settle();
    let delay = this.#dice.between(5 * MS, 60 * MS);
    for (let i = this.#settled; i < log.length; i += 1) {
      if (this.#toldAt[i] !== undefined) continue;
      delay += 1;
      this.#deliverLater(present(log[i], 'fact'), delay);
    }
  }

  /** Facts up to here were told. */
  #settle(): void {
    const { log } = this.#venue.books;
    while (this.#settled < log.length && this.#toldAt[this.#settled] !== undefined) {
      this.#settled += 1;
    }
  }

  #stream(fact: Fact): void {
    const faults = this.#faults;
    const { lookUpByClientIdUs } = this.#venue.books.capabilities;
    const lost = faults.meets('told_lost');
    const late = faults.meets('told_late');
    let delay = this.#dice.between(2 * MS, 60 * MS);
    if (late !== 0) delay += 100 * MS + (late % (4 * SECOND));
    if (lost !== 0) {
      // Of an order whose cancel the broker took back nobody knows what to ask any more.
      const isKnown = !this.#venue.undone.has(fact.clientOrderId);
      const isForgotten = !this.#hasLog && lookUpByClientIdUs > 0 && fact.solicited && isKnown;
      if (isForgotten) {
        this.#toldAt[fact.number - 1] = this.#now;
        return;
      }
      // Who follows a stream hears by its heartbeat that something is missing.
      delay += 3 * SECOND + (lost % (5 * SECOND));
    }
    this.#deliverLater(fact, delay);
    const twice = faults.meets('told_twice');
    if (twice !== 0) this.#deliverLater(fact, delay + 10 * MS + (twice % (3 * SECOND)));
  }

  #deliverLater(fact: Fact, delay: number): void {
    let at = this.#now + delay;
    if (!this.#hasLog) {
      at = Math.max(at, this.#streamedUntil + 1);
      if (this.#toldAt[fact.number - 1] === undefined) this.#streamedUntil = at;
    }
    const connection = this.#connection;
    this.#timeline.after(at - this.#now, () => {
      if (this.isOpen && connection === this.#connection) this.#deliver(fact);
    });
  }

  #deliver(fact: Fact): void {
    this.#toldAt[fact.number - 1] = this.#now;
    this.#tell(this.#inputOf(fact));
  }

  #inputOf(fact: Fact): AppliedInput {
    const receiver = present(this.#receiver, 'receiver');
    const resolve = (id: string): OrderHandle => (id === '' ? NO_ORDER : receiver.resolve(id));
    return inputOf(fact, resolve, this.#hasLog ? fact.number : 0);
  }

  #tell(input: AppliedInput): void {
    const receiver = present(this.#receiver, 'receiver');
    this.#watch.received();
    receiver.input(input);
    if (this.#faults.meets('disconnect') !== 0) this.#close();
  }

  /** Closes the connection, says so, and that what was unanswered on it is unknown. */
  #close(): void {
    const receiver = this.#receiver;
    if (receiver === undefined || !this.isOpen) return;
    this.#connection.closedAt = this.#now;
    const unanswered = [...this.#outstanding];
    this.#outstanding.clear();
    const kind = InputKind.connection;
    receiver.input({ kind, connection: receiver.connection, open: false });
    for (const { order, unknown } of unanswered) {
      const report = { ...blankReport(), order, report: unknown };
      receiver.input({ kind: InputKind.report, report });
    }
    this.#timeline.after(this.#dice.between(20 * MS, 2 * SECOND), () => {
      if (receiver !== this.#receiver || this.isOpen) return;
      this.#connection = { closedAt: undefined };
      receiver.input({ kind, connection: receiver.connection + 1, open: true });
      this.resync();
    });
  }

  submit(send: OrderSend): void {
    this.#watch.submitted(send);
    const submission = submissionOf(send);
    const { clientOrderId } = send;
    const kinds = { unknown: ReportKind.unknown, refused: ReportKind.refused };
    const arrival = this.#request(send.order, kinds, () => {
      this.#flights.delete(clientOrderId);
      return this.#venue.submit(submission);
    });
    if (arrival === undefined) return;
    const connection = this.#connection;
    this.#flights.set(clientOrderId, { arrivesAt: arrival, connection, submission });
  }

  cancel(send: CancelSend): void {
    this.#watch.cancelled(send);
    const id = present(this.#receiver, 'receiver').clientOrderId(send.order);
    const kinds = { unknown: ReportKind.cancelUnknown, refused: ReportKind.cancelRefused };
    this.#change(send.order, id, kinds, () => this.#venue.cancel(id));
  }

  replace(send: ReplaceSend): void {
    this.#watch.replaced(send);
    const id = present(this.#receiver, 'receiver').clientOrderId(send.order);
    const { quantity, limitPrice, stopPrice } = send;
    const kinds = { unknown: ReportKind.replaceUnknown, refused: ReportKind.replaceRefused };
    this.#change(send.order, id, kinds, () =>
      this.#venue.replace(id, quantity, limitPrice, stopPrice),
    );
  }

  #change(order: OrderHandle, id: string, kinds: Kinds, atVenue: () => Answer): void {
    const count = (by: number): number => (this.#changes.get(id) ?? 0) + by;
    const arrivesAt = this.#request(order, kinds, atVenue);
    if (arrivesAt === undefined) return;
    this.#changes.set(id, count(1));
    this.#timeline.after(arrivesAt + 1 - this.#now, () => this.#changes.set(id, count(-1)));
  }

  /** Sends a request; returns when it arrives, or `undefined` where it never does. */
  #request(order: OrderHandle, kinds: Kinds, atVenue: () => Answer): number | undefined {
    if (!this.isOpen) {
      const told = { report: kinds.refused, reason: 'not_connected' };
      const receiver = this.#receiver;
      this.#timeline.after(MS, () => {
        if (receiver === this.#receiver) this.#report(order, told, undefined);
      });
      return undefined;
    }
    const connection = this.#connection;
    const request: Request = { order, unknown: kinds.unknown, connection };
    this.#outstanding.add(request);
    this.#timeline.after(ANSWER_TIMEOUT_US, () => {
      if (connection === this.#connection && this.#outstanding.has(request)) this.#close();
    });
    if (this.#faults.meets('request_lost') !== 0) return undefined;
    const late = this.#faults.meets('request_late');
    const lateMax = Math.min(this.#venue.books.capabilities.inFlightHorizonUs, LATE_MAX_US);
    const usual = this.#dice.between(MS, 40 * MS);
    const delay = late === 0 ? usual : 200 * MS + (late % (ANSWER_TIMEOUT_US + lateMax));
    const arrivesAt = this.#now + delay;
    this.#timeline.after(delay, () => {
      const { closedAt } = connection;
      const { inFlightHorizonUs } = this.#venue.books.capabilities;
      if (closedAt !== undefined && this.#now > closedAt + inFlightHorizonUs) return;
      this.#answer(request, atVenue());
    });
    return arrivesAt;
  }

  #answer(request: Request, answer: Answer): void {
    if (this.#faults.meets('answer_lost') !== 0) return;
    const late = this.#faults.meets('answer_late');
    let at = this.#now + this.#dice.between(MS, 40 * MS);
    if (late !== 0) at += 100 * MS + (late % (3 * SECOND));
    // Where no log says what came first, an answer does not overtake the stream.
    if (!this.#hasLog) at = Math.max(at, this.#streamedUntil + 1);
    this.#timeline.after(at - this.#now, () => {
      if (!this.#outstanding.delete(request)) return;
      this.#report(request.order, answer.told, answer.fact);
    });
  }

  #report(order: OrderHandle, told: Answer['told'], fact: Fact | undefined): void {
    const spoken = fact?.input.kind === InputKind.report ? fact.input.report : blankReport();
    const venueTime = fact === undefined ? this.#venue.books.venueTime : spoken.venueTime;
    const cursor = this.#hasLog && fact !== undefined ? fact.number : 0;
    const report = { ...spoken, ...told, order, venueTime, cursor };
    this.#tell({ kind: InputKind.report, report });
  }

  /** Does something later, unless the process or its connection dies before. */
  #afterwards(delay: number, what: () => void): void {
    const receiver = this.#receiver;
    const connection = this.#connection;
    this.#timeline.after(delay, () => {
      if (receiver === this.#receiver && connection === this.#connection) what();
    });
  }

  /** Question and answer each take their time; `asOf` is what the venue shows. */
  #read(ask: number, answer: (asOf: number, fails: boolean) => readonly AppliedInput[]): void {
    this.#watch.asked(ask);
    const faults = this.#faults;
    if (!this.isOpen || faults.meets('read_lost') !== 0) return;
    const fails = faults.meets('read_fails') !== 0;
    const stale = faults.meets('read_stale');
    const lag = Math.min(this.#venue.books.capabilities.readLagUs, 20 * SECOND);
    const behind = stale === 0 || lag === 0 ? 0 : stale % lag;
    const delay = this.#dice.between(5 * MS, 150 * MS);
    this.#afterwards(delay, () => {
      const inputs = answer(this.#now - behind, fails);
      this.#afterwards(delay, () => {
        const connection = this.#connection;
        for (const input of inputs) {
          if (this.isOpen && connection === this.#connection) this.#tell(input);
        }
      });
    });
  }

  lookUp({ ask, order, clientOrderId }: LookUp): void {
    this.#read(ask, (asOf, fails) => {
      const { fills, answer } = this.#venue.lookUp(clientOrderId, asOf);
      const kind = InputKind.lookUpAnswer;
      const failed = { ...blankLookUpAnswer(), venueTime: answer.venueTime };
      const told = fails ? failed : answer;
      const facts = fails ? [] : fills.map((fact) => this.#inputOf(fact));
      return [...facts, { kind, answer: { ...told, ask, order } }];
    });
  }

  readLogFrom(from: number, ask: number): void {
    this.#read(ask, (asOf, fails) => {
      const facts = this.#venue.factsAfter(from, asOf);
      const cursor = facts.at(-1)?.number ?? from;
      const { venueTime } = this.#venue.books;
      const outcome = fails ? ReadOutcome.failed : ReadOutcome.clean;
      const logRead = { ...blankLogRead(), ask, outcome, cursor, venueTime };
      const loses = this.#faults.meets('read_loses_facts') !== 0;
      // A read that fails has told a part of it.
      const told = loses ? [] : facts.slice(0, fails ? 1 : undefined);
      return [...told.map((fact) => this.#inputOf(fact)), { kind: InputKind.logRead, logRead }];
    });
  }

  takeSnapshot(ask: number): void {
    this.#read(ask, (asOf, fails) => {
      const snapshot = this.#snapshot(ask, asOf, fails);
      return [{ kind: InputKind.snapshot, snapshot }];
    });
  }

  takeOpening(ask: number): void {
    this.#read(ask, (asOf, fails) => {
      const snapshot = this.#snapshot(ask, asOf, fails);
      return [{ kind: InputKind.opening, opening: this.#venue.openingOf(snapshot) }];
    });
  }

  #snapshot(ask: number, asOf: number, fails: boolean): Snapshot {
    const resolve = (id: string): OrderHandle => this.#receiver?.resolve(id) ?? NO_ORDER;
    return { ...this.#venue.snapshot(asOf, resolve), ask, complete: !fails };
  }
}
