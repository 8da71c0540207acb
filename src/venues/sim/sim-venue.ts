import { Account } from '../../kernel/account/account.ts';
import { Conversion } from '../../kernel/account/conversion.ts';
import { Calendar } from '../../market/calendar.ts';
import type { QuoteBoard } from '../../market/quote-board.ts';
import { assert, present } from '../../model/assert.ts';
import type { FieldIo, Walkable } from '../../model/codec.ts';
import type { LookUp } from '../../model/doubt.ts';
import { InputKind, type OpeningInput, type SnapshotInput } from '../../model/inputs.ts';
import { OrderRole, OrderType, TimeInForce } from '../../model/order.ts';
import type { InstrumentIndex, OrderHandle, TimeUs } from '../../model/units.ts';
import {
  blankReport,
  type CancelSend,
  type OrderReport,
  type OrderSend,
  type ReplaceSend,
  ReportKind,
  type VenueCapabilities,
} from '../../model/venue.ts';
import { logReadAnswer, lookUpAnswer, openingInput, snapshotInput } from './answers.ts';
import { type SimVenueConfig, simCapabilities } from './config.ts';
import { FactLog } from './fact-log.ts';
import { Fifo } from './fifo.ts';
import { Fills } from './fills.ts';
import {
  blankChange,
  blankOutgoing,
  blankSubmit,
  ChangeKind,
  type ChangeRequest,
  isFirst,
  type OutgoingMessage,
  type SubmitRequest,
  type VenueInput,
  walkChange,
  walkOutgoing,
  walkSubmit,
} from './messages.ts';
import { Rollovers } from './rollovers.ts';
import { expiryOf, SimOrder } from './sim-order.ts';
import { type FillWatch, LOOP_RULES, unwatched, type VenueRules } from './venue-rules.ts';

const NEVER = Number.POSITIVE_INFINITY;

/** Slots of `due`: the earlier of the two that follow it, a report, a request. */
export const DUE_ANY = 0;
export const DUE_REPORT = 1;
export const DUE_REQUEST = 2;

/**
 * A broker of our own: it keeps an account, holds orders, and matches them against quotes. It has
 * no clock; the driver tells it quotes and lets it act when something is due. Every fact it makes
 * gets the next number of its dense log.
 */
export class SimVenue implements Walkable {
  readonly capabilities: VenueCapabilities;
  readonly board: QuoteBoard;
  readonly account: Account;
  readonly #config: SimVenueConfig;
  readonly #rules: VenueRules;
  readonly #calendars: readonly Calendar[];
  readonly #fills: Fills;
  /** Working orders by instrument, oldest first. */
  readonly #working: readonly SimOrder[][];
  readonly #reports = new Fifo<OutgoingMessage>();
  readonly #submits = new Fifo<SubmitRequest>();
  readonly #changes = new Fifo<ChangeRequest>();
  readonly #log: FactLog;
  #sent = 0;
  #lastHandle = 0 as OrderHandle;
  #cursor = 0;
  /** Time of what is happening. */
  #now = 0 as TimeUs;
  readonly #rollovers: Rollovers;
  #nextExpiry = NEVER;
  /** Earliest report or calendar event, and earliest arrival of a request. */
  readonly due = new Float64Array(3).fill(NEVER);

  /** `board` holds the market that the venue trades in; who feeds it also calls {@link quoted}. */
  constructor(
    config: SimVenueConfig,
    board: QuoteBoard,
    watch: FillWatch = unwatched,
    rules: VenueRules = LOOP_RULES,
  ) {
    const { instruments } = config;
    this.#config = config;
    this.#log = new FactLog(config.logMax);
    this.#rules = rules;
    this.capabilities = simCapabilities(config.latency);
    this.board = board;
    const { decimals } = config.account;
    const conversion = new Conversion(instruments, config.conversionPaths, decimals);
    this.account = new Account(config.account, instruments, conversion, this.board);
    this.#calendars = config.calendars.map((table) => new Calendar(table));
    this.#working = instruments.map(() => []);
    this.#rollovers = new Rollovers(config, this.account, board);
    this.#fills = new Fills(config, this.account, this.board, {
      report: (report) => this.#report(report),
      send: (input) => this.#send(input),
      nextCursor: () => this.#nextCursor(),
      nextBrokerOrderId: () => String(this.#cursor + 1),
      now: () => this.#now,
      filled: watch,
      rules,
      add: (order) => this.#add(order),
      find: (k, handle) => this.#find(k, handle),
      working: (k) => this.#ordersOf(k),
    });
  }

  get cursor(): number {
    return this.#cursor;
  }

  /** Requests taken so far: with the cursor it tells whether the books changed. */
  get requests(): number {
    return this.#sent;
  }

  /** The highest order handle that a request has named, children included. */
  get lastHandle(): OrderHandle {
    return this.#lastHandle;
  }

  /** Orders that are working at the venue, by instrument and age. */
  workingOrders(): readonly SimOrder[] {
    return this.#working.flat();
  }

  /** Starts the calendar; called once before the first quote of a run. */
  open(now: TimeUs): void {
    this.#now = now;
    this.#rollovers.plan(now);
    this.#refreshDue();
  }

  /** Hot path: the board has a new quote of the instrument; matches what works in it. */
  quoted(k: number): void {
    this.#fills.untouched[k] = 1;
    const working = this.#working[k] as SimOrder[];
    if (working.length === 0) return;
    this.#now = this.board.time[k] as TimeUs;
    this.#match(k as InstrumentIndex);
  }

  #ordersOf(k: number): SimOrder[] {
    return present(this.#working[k], 'instrument');
  }

  #match(k: InstrumentIndex): void {
    const working = this.#ordersOf(k);
    const before = this.#cursor;
    this.#fills.matchAll(k, working);
    if (this.#cursor === before) return;
    this.#sweep(k);
    this.#refreshDue();
  }

  #sweep(k: number): void {
    const working = this.#ordersOf(k);
    let kept = 0;
    for (const order of working) {
      if (!order.gone) {
        working[kept] = order;
        kept += 1;
      }
    }
    working.length = kept;
  }

  submit(send: OrderSend, now: TimeUs): void {
    const { order, stopLossOrder, takeProfitOrder } = send;
    const handles = [this.#lastHandle, order, stopLossOrder, takeProfitOrder];
    this.#lastHandle = Math.max(...handles) as OrderHandle;
    this.#sent += 1;
    const at = now + this.#config.latency.submitUs;
    this.#submits.push({ ...send, at, sent: this.#sent });
    this.#refreshDue();
  }

  cancel(send: CancelSend, now: TimeUs): void {
    this.#change({ ...blankChange(), kind: ChangeKind.cancel, order: send.order }, now);
  }

  replace(send: ReplaceSend, now: TimeUs): void {
    const { order, quantity, limitPrice, stopPrice } = send;
    const change = { kind: ChangeKind.replace, order, quantity, limitPrice, stopPrice };
    this.#change({ ...blankChange(), ...change }, now);
  }

  #change(request: ChangeRequest, now: TimeUs): void {
    this.#sent += 1;
    request.at = now + this.#config.latency.cancelUs;
    request.sent = this.#sent;
    this.#changes.push(request);
    this.#refreshDue();
  }

  /** Lets the next request arrive. Its time is `due[DUE_REQUEST]`. */
  arrive(): void {
    const submit = this.#submits.peek();
    const change = this.#changes.peek();
    assert(submit !== undefined || change !== undefined, 'no request is on its way');
    if (submit !== undefined && isFirst(submit, change)) {
      this.#submits.shift();
      this.#now = submit.at as TimeUs;
      this.#submitted(submit);
    } else if (change !== undefined) {
      this.#changes.shift();
      this.#now = change.at as TimeUs;
      this.#changed(change);
    }
    this.#refreshDue();
  }

  #submitted(request: SubmitRequest): void {
    const reason = this.#refusal(request);
    const report: OrderReport = { ...blankReport(), order: request.order };
    if (reason !== undefined) {
      this.#report({ ...report, report: ReportKind.refused, reason });
      return;
    }
    const order = new SimOrder(request.terms, request.decision);
    const k = request.terms.instrument;
    order.order = request.order;
    order.clientOrderId = request.clientOrderId;
    order.stopLossOrder = request.stopLossOrder;
    order.takeProfitOrder = request.takeProfitOrder;
    order.brokerOrderId = String(this.#cursor + 1);
    order.expiresAt = expiryOf(order.terms, present(this.#calendars[k], 'calendar'), this.#now);
    this.#report({
      ...report,
      report: ReportKind.accepted,
      brokerOrderId: order.brokerOrderId,
    });
    this.#add(order);
    this.#meetStanding(k);
  }

  /** A quote of this very moment has been told already: the order meets it. Else it waits. */
  #meetStanding(k: InstrumentIndex): void {
    const isNow = this.board.time[k] === this.#now;
    if (isNow || this.#rules.tradesOnStanding(k, this.#now)) this.#match(k);
  }

  #refusal(request: SubmitRequest): string | undefined {
    const { terms, clientOrderId } = request;
    const k = terms.instrument;
    const repeated = this.#working.some((orders) =>
      orders.some((order) => order.clientOrderId === clientOrderId),
    );
    if (repeated) return 'client_order_id_in_use';
    if (terms.timeInForce === TimeInForce.gtd && terms.expireTime <= this.#now) {
      return 'expire_time_passed';
    }
    const calendar = present(this.#calendars[k], 'calendar');
    if (terms.type === OrderType.market && !calendar.isOpen(this.#now)) return 'market_closed';
    return this.#config.marginCheck ? this.#fills.marginRefusal(terms) : undefined;
  }

  #add(order: SimOrder): void {
    this.#ordersOf(order.terms.instrument).push(order);
    if (order.expiresAt < this.#nextExpiry) this.#nextExpiry = order.expiresAt;
  }

  #find(k: number, handle: OrderHandle): SimOrder | undefined {
    return this.#ordersOf(k).find((order) => order.order === handle && !order.gone);
  }

  #findAnywhere(handle: OrderHandle): SimOrder | undefined {
    return this.workingOrders().find((order) => order.order === handle && !order.gone);
  }

  #changed(request: ChangeRequest): void {
    const order = this.#findAnywhere(request.order);
    const cancels = request.kind === ChangeKind.cancel;
    if (order === undefined) {
      const report = cancels ? ReportKind.cancelRefused : ReportKind.replaceRefused;
      this.#report({ ...blankReport(), report, order: request.order, reason: 'order_not_open' });
      return;
    }
    const k = order.terms.instrument;
    if (cancels) {
      this.#fills.cancel(order, 'cancelled_by_client');
      this.#sweep(k);
      return;
    }
    this.#replaced(order, request);
    this.#meetStanding(k);
  }

  #replaced(order: SimOrder, request: ChangeRequest): void {
    if (order.role === OrderRole.order && request.quantity <= order.filled) {
      const report = ReportKind.replaceRefused;
      const reason = 'quantity_already_filled';
      this.#report({ ...blankReport(), report, order: order.order, reason });
      return;
    }
    // Protection follows what its parent opened; only its prices are the client's to move.
    const isOwn = order.role === OrderRole.order;
    const quantity = isOwn ? request.quantity : order.terms.quantity;
    const { limitPrice, stopPrice } = request;
    order.terms = { ...order.terms, quantity, limitPrice, stopPrice };
    order.fresh = true;
    this.#fills.reportReplaced(order, '');
  }

  /** When the next message for the engine is due; Infinity for none. */
  get nextMessageAt(): number {
    return this.#reports.peek()?.at ?? NEVER;
  }
  /** The next report that is due for the engine, after the calendar has acted; if any. */
  takeReport(now: TimeUs): VenueInput | undefined {
    this.#actOnCalendar(now);
    const next = this.#reports.peek();
    const isDue = next !== undefined && next.at <= now;
    if (isDue) this.#reports.shift();
    this.#refreshDue();
    return isDue ? next.input : undefined;
  }

  #actOnCalendar(now: TimeUs): void {
    if (this.#nextExpiry <= now) {
      this.#now = this.#nextExpiry as TimeUs;
      this.#expire();
    }
    if (this.#rollovers.next <= now) {
      this.#now = this.#rollovers.next as TimeUs;
      this.#finance();
    }
  }

  #expire(): void {
    const now = this.#now;
    let next = NEVER;
    for (const [k, orders] of this.#working.entries()) {
      for (const order of orders) {
        if (order.expiresAt <= now) this.#fills.end(order, ReportKind.expired, 'expired');
        else if (order.expiresAt < next) next = order.expiresAt;
      }
      this.#sweep(k);
    }
    this.#nextExpiry = next;
  }

  #finance(): void {
    this.#rollovers.charge(this.#now, (ledger) => {
      ledger.cursor = this.#nextCursor();
      ledger.reference = String(ledger.cursor);
      this.#send({ kind: InputKind.ledger, ledger });
    });
  }

  #nextCursor(): number {
    this.#cursor += 1;
    return this.#cursor;
  }

  /** Numbers a report, and sends it. */
  #report(report: OrderReport): void {
    report.cursor = this.#nextCursor();
    report.venueTime = this.#now;
    this.#send({ kind: InputKind.report, report });
  }

  #send(input: VenueInput): void {
    const message = { at: this.#now + this.#config.latency.reportUs, input };
    this.#reports.push(message);
    this.#log.push(message);
  }

  /** The log after a cursor, oldest first; `undefined`: it is not kept so long. Never guess. */
  readLog(cursor: number): readonly VenueInput[] | undefined {
    return this.#log.last(this.#cursor - cursor);
  }

  lookUp({ ask, order }: LookUp, now: TimeUs): void {
    this.#answer(lookUpAnswer(this.#findAnywhere(order), ask, order, now), now);
  }

  /** Tells the facts after the cursor again, then that they were all. */
  readLogFrom(cursor: number, ask: number, now: TimeUs): void {
    const facts = this.readLog(cursor);
    for (const fact of facts ?? []) this.#answer(fact, now);
    this.#answer(logReadAnswer(ask, this.#cursor, facts !== undefined, now), now);
  }

  takeSnapshot(ask: number, now: TimeUs): void {
    this.#answer(this.snapshot(ask, now), now);
  }

  takeOpening(ask: number, now: TimeUs): void {
    this.#answer(openingInput(this.snapshot(ask, now), this.account), now);
  }

  /** The account as it stands. */
  snapshot(ask: number, now: TimeUs): SnapshotInput {
    return snapshotInput(this.account, this.workingOrders(), this.#cursor, ask, now);
  }

  /** The account to begin with. */
  opening(now: TimeUs): OpeningInput {
    return openingInput(this.snapshot(0, now), this.account);
  }

  #answer(input: VenueInput, now: TimeUs): void {
    this.#reports.push({ at: now + this.#config.latency.reportUs, input });
    this.#refreshDue();
  }

  /** Drops reports on their way: who reads the log from a cursor gets them from there. */
  dropUndelivered(): void {
    while (this.#reports.shift() !== undefined);
    this.#refreshDue();
  }

  #refreshDue(): void {
    const report = this.#reports.peek()?.at ?? NEVER;
    this.due[DUE_REPORT] = Math.min(report, this.#nextExpiry, this.#rollovers.next);
    this.due[DUE_REQUEST] = Math.min(
      this.#submits.peek()?.at ?? NEVER,
      this.#changes.peek()?.at ?? NEVER,
    );
    this.due[DUE_ANY] = Math.min(this.due[DUE_REPORT], this.due[DUE_REQUEST]);
  }

  walk(io: FieldIo): void {
    this.#now = io.int('now', this.#now) as TimeUs;
    this.#sent = io.int('sent', this.#sent);
    this.#lastHandle = io.int('lastHandle', this.#lastHandle) as OrderHandle;
    this.#cursor = io.int('cursor', this.#cursor);
    const expires = io.bool('expires', this.#nextExpiry !== NEVER);
    this.#nextExpiry = expires ? io.int('nextExpiry', io.reading ? 0 : this.#nextExpiry) : NEVER;
    this.board.walk(io);
    this.account.walk(io);
    this.#fills.walk(io);
    const blank = (): SimOrder => SimOrder.blank();
    for (const orders of this.#working) {
      io.list('working', orders, blank, (inner, order) => order.walk(inner));
    }
    this.#reports.walk(io, 'reports', blankOutgoing, walkOutgoing);
    this.#submits.walk(io, 'submits', blankSubmit, walkSubmit);
    this.#changes.walk(io, 'changes', blankChange, walkChange);
    this.#log.walk(io);
    if (!io.reading) return;
    this.#rollovers.plan(this.#now);
    this.#refreshDue();
  }
}
