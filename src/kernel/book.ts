import { CLOCK_SLOTS, NOW, QUOTE_MADE, QUOTED, QUOTES_THEN } from '../market/clock.ts';
import { QuoteBoard } from '../market/quote-board.ts';
import { present, unreachable } from '../model/assert.ts';
import { bindingOf, blankBinding } from '../model/blank-input.ts';
import type { FieldIo, Walkable } from '../model/codec.ts';
import { ReadOutcome } from '../model/doubt.ts';
import { TRADING_STATES, TradingState } from '../model/gate.ts';
import { type AccountBinding, type AppliedInput, InputKind, walkBinding } from '../model/inputs.ts';
import type { Instrument } from '../model/instrument.ts';
import { OrderFlag, type OrderTerms } from '../model/order.ts';
import type { Opening } from '../model/reconciliation.ts';
import {
  type CancelIntentRecord,
  type ChildOpenedRecord,
  type FillBookedRecord,
  type IntentRecord,
  type KernelRecord,
  type OrderMovedRecord,
  RecordKind,
  type ReplaceIntentRecord,
} from '../model/records.ts';
import { NO_PRICE, NO_TIME, type Quantity, type TimeUs } from '../model/units.ts';
import type { LedgerFact } from '../model/venue.ts';
import { Account } from './account/account.ts';
import { Beginning } from './account/beginning.ts';
import { bookLedger } from './account/book-ledger.ts';
import { Conversion } from './account/conversion.ts';
import type { ClosedSlice } from './account/position.ts';
import type { KernelConfig } from './config.ts';
import { DecisionCounts } from './decision-counts.ts';
import { MarketClock } from './market-clock.ts';
import { cursorOf, Doubts, isOperatorsWord } from './orders/doubts.ts';
import { Executions, ledgerId } from './orders/executions.ts';
import { ExitRetries } from './orders/exit-retries.ts';
import { Failures, isFailure, neverReached } from './orders/failures.ts';
import { EVICTION_ALERT, Identity } from './orders/identity.ts';
import { OrderEvent } from './orders/life-cycle.ts';
import { Order } from './orders/order.ts';
import { CHANGING_FLAGS, FILL_FLAGS } from './orders/order-flags.ts';
import { OrderStore } from './orders/order-store.ts';
import { EDGES, isFinal } from './orders/transitions.ts';
import { Reconciliation } from './reconciliation/state.ts';
import { Risk } from './risk/risk.ts';
import { Sampling } from './sampling.ts';
import { Stops } from './stopping/stops.ts';

/**
 * The book state of the engine: orders, account, quotes, keys, trading state. It changes only by
 * `evolve`, applied to a decided record, and by `take`, applied to an input. Folding the journal
 * over it is recovery (X1).
 */
export class Book implements Walkable {
  readonly instruments: readonly Instrument[];
  readonly board: QuoteBoard;
  readonly account: Account;
  readonly orders: OrderStore;
  readonly identity: Identity;
  readonly doubts = new Doubts();
  readonly failures: Failures;
  readonly exits = new ExitRetries();
  /** Counts changes of positions, and of orders' states and sizes, since this process began. */
  exposureChanges = 0;
  readonly reconciliation = new Reconciliation();
  readonly stops = new Stops();
  readonly risk: Risk;
  /** Terms of the last decision, which an intent right behind it was made from. */
  #asked: OrderTerms | undefined;
  readonly decisions: DecisionCounts;
  tradingState: TradingState = TradingState.active;
  /** The times that quotes read and write: `market/clock.ts` says what stands where. */
  readonly clock = new Float64Array(CLOCK_SLOTS);
  readonly market = new MarketClock(this.clock);
  /** Number of the input in force. */
  seq = 0;
  /** Inputs that were not quotes. */
  #otherInputs = 0;
  readonly sampling: Sampling;
  /** Last number of the venue's dense log that was booked. */
  cursor = 0;
  readonly executions = new Executions();
  readonly beginning: Beginning;
  /** The latest venue time that anything told us. */
  venueTime: TimeUs = NO_TIME;
  /** Orders that may have reached the broker, in all (X36). */
  reached = 0;
  /** The account that the engine is bound to; undefined before the first start (X4). */
  binding: AccountBinding | undefined;
  /** Prefix of the client order ids of this boot. */
  prefix = '';
  /** A restore was declared: orders of boots that we do not know are ours (X4). */
  restored = false;
  readonly #atomicReplace: boolean;

  constructor(config: KernelConfig) {
    const { instruments } = config;
    this.instruments = instruments;
    this.board = new QuoteBoard(instruments.length);
    const { account, conversionPaths } = config;
    const conversion = new Conversion(instruments, conversionPaths, account.decimals);
    this.account = new Account(account, instruments, conversion, this.board);
    // Where no flag holds exits to the position, one may fill behind a leg, and turn it (X13).
    const { protectionTiedToPosition, reduceOnly, denseLog } = config.venue;
    this.beginning = new Beginning(denseLog);
    const isFree = protectionTiedToPosition && reduceOnly;
    this.orders = new OrderStore(instruments.length, config.endedOrdersMax, isFree);
    this.identity = new Identity(config.keys);
    this.#atomicReplace = config.venue.atomicReplace;
    this.failures = new Failures(config.failures, config.strategies.length, instruments.length);
    this.decisions = new DecisionCounts(config.strategies.length, instruments.length);
    this.sampling = new Sampling(config.equityIntervalUs);
    this.risk = new Risk(config, this.account, this.orders.reservations, this.board);
  }

  /** Time of the input in force. */
  get time(): TimeUs {
    return this.clock[0] as TimeUs;
  }

  /** Quotes taken since the engine's life began. */
  get quotes(): number {
    return this.seq - this.#otherInputs;
  }

  /** Applies a decided record. Returns the slices that a fill closed, for the trade records. */
  evolve(record: KernelRecord): readonly ClosedSlice[] | undefined {
    const slices = this.#evolve(record);
    this.risk.follow(record, this.time, this.orders);
    return slices;
  }

  #evolve(record: KernelRecord): readonly ClosedSlice[] | undefined {
    switch (record.kind) {
      case RecordKind.decision:
        this.decisions.note(record.decision);
        this.#asked = record.terms;
        return undefined;
      case RecordKind.intent:
        this.#intended(record);
        return undefined;
      case RecordKind.orderMoved:
        this.#orderMoved(record);
        return undefined;
      case RecordKind.fillBooked:
        return this.#fillBooked(record);
      case RecordKind.childOpened:
        this.#childOpened(record);
        return undefined;
      case RecordKind.cancelIntent:
        this.#cancelIntended(record);
        return undefined;
      case RecordKind.replaceIntent:
        this.#replaceIntended(record);
        return undefined;
      case RecordKind.ledgerBooked:
        this.#ledgerBooked(record.ledger);
        return undefined;
      case RecordKind.tradingState:
        this.tradingState = record.to;
        this.stops.moved(record, this.time);
        return undefined;
      case RecordKind.overridden:
      case RecordKind.flattening:
        this.stops.follow(record, this.time);
        return undefined;
      case RecordKind.asked:
        for (const asker of [this.doubts, this.reconciliation]) asker.asked(record.asked);
        return undefined;
      case RecordKind.verdict:
        this.doubts.judged(record.verdict);
        if (isOperatorsWord(record.verdict)) this.reconciliation.disarm(this.time);
        return undefined;
      case RecordKind.reconciled:
        this.reconciliation.compared(record.reconciled);
        this.stops.compared(record.reconciled);
        this.#told(record.reconciled.venueTime);
        return undefined;
      case RecordKind.adopted:
        this.beginning.adopted();
        this.reconciliation.disarm(this.time);
        return undefined;
      case RecordKind.exitRetry:
        this.exits.stepped(record.exitRetry);
        return undefined;
      case RecordKind.exitJob:
        this.exits.jobs.stepped(record.exitJob);
        this.identity.jobStepped(record.exitJob, this.#asked, this.time);
        return undefined;
      case RecordKind.denial:
        this.identity.denied(record);
        return undefined;
      case RecordKind.alert:
        if (record.key === EVICTION_ALERT) this.identity.toldEvictions(this.time);
        return undefined;
      case RecordKind.tradeClosed:
      case RecordKind.equityMark:
      case RecordKind.riskDay:
      case RecordKind.railTripped:
        return undefined;
      default:
        return unreachable(record);
    }
  }

  /** Hot path: a quote at the time in force, in counts. True where a loss rail must look. */
  quote(k: number, bid: number, ask: number, bidSize: number, askSize: number): boolean {
    const { board, clock } = this;
    const time = clock[NOW] as number;
    board.bid[k] = bid;
    board.ask[k] = ask;
    board.bidSize[k] = bidSize;
    board.askSize[k] = askSize;
    board.time[k] = clock[QUOTE_MADE] || time;
    clock[QUOTES_THEN] = time === clock[QUOTED] ? (clock[QUOTES_THEN] as number) + 1 : 1;
    clock[QUOTED] = time;
    if (!this.account.mark(k, bid, ask)) return false;
    this.risk.rails?.marked(this.time);
    return true;
  }

  /** Applies what an input changes by itself, before anything is decided from it. */
  take(input: AppliedInput): void {
    this.#otherInputs += 1;
    this.market.take(input);
    this.risk.take(input);
    switch (input.kind) {
      case InputKind.started:
        this.prefix = input.prefix;
        this.restored = input.restored;
        this.orders.issued(input.handlesTaken);
        this.orders.begin(input.nonce);
        this.sampling.start(this.time);
        this.identity.started(this.time);
        if (!this.reconciliation.armed) this.reconciliation.disarm(this.time);
        return;
      case InputKind.bound:
        this.binding = bindingOf(input);
        return;
      case InputKind.boundary:
        this.sampling.pass(this.time, this.quotes);
        return;
      case InputKind.connection:
        this.doubts.connected(input.connection, input.open, this.time);
        this.stops.connected(input.open);
        return;
      case InputKind.configured:
      case InputKind.closing:
        this.stops.turn(input.kind);
        return;
      case InputKind.recovered:
        this.doubts.disconnected(this.time);
        this.reconciliation.disarm(this.time);
        return;
      case InputKind.logRead: {
        const { outcome, cursor, venueTime } = input.logRead;
        if (outcome !== ReadOutcome.clean || cursor > this.cursor) return;
        // What was told meanwhile and had to wait is beyond this read: it is read again.
        if (this.doubts.seen <= this.cursor) this.doubts.logWasRead();
        this.#told(venueTime);
        return;
      }
      case InputKind.opening:
        if (this.beginning.takes(input.opening)) this.#opened(input.opening);
        else this.reconciliation.shown(input.opening.snapshot, this.cursor);
        return;
      case InputKind.snapshot:
        this.reconciliation.shown(input.snapshot, this.cursor);
        return;
      default:
        // The rest changes nothing by itself; a fact may have to wait for those before it.
        this.doubts.saw(cursorOf(input));
    }
  }

  #opened(opening: Opening): void {
    const { balance, cursor, venueTime } = opening.snapshot;
    this.risk.rails?.transferred(Number(balance - this.account.balance));
    this.beginning.open(opening, this.account);
    this.exposureChanges += 1;
    this.#advance(cursor);
    this.#told(venueTime);
  }

  /** After an input: a snapshot that our books have reached or passed waits no longer. */
  settle(): void {
    const reached = this.reconciliation.pending?.cursor ?? Number.POSITIVE_INFINITY;
    if (reached <= this.cursor) this.reconciliation.pending = undefined;
  }

  #told(venueTime: TimeUs): void {
    if (venueTime > this.venueTime) this.venueTime = venueTime;
  }

  /** An order that is about to change: every change of one comes from here. */
  #order(handle: number): Order {
    return present(this.orders.find(handle as Order['handle']), `order ${handle}`).changing();
  }

  #intended(record: IntentRecord): void {
    const order = Order.intended(record);
    order.intendedAt = this.time;
    order.knownBefore = this.venueTime;
    order.connection = this.doubts.sendsOn;
    this.reached += 1;
    this.orders.add(order);
    this.orders.issued(record.stopLossOrder);
    this.orders.issued(record.takeProfitOrder);
    // A key stands for what was asked for, not for what a cut or the exit budget made of it.
    const asked = present(this.#asked, 'a decision before its intent');
    this.identity.made(order, asked, this.time);
  }

  #orderMoved(record: OrderMovedRecord): void {
    const order = this.#order(record.order);
    this.#advance(record.cursor);
    this.#told(record.venueTime);
    // What cannot be is noted and alerted; nothing of the order follows it.
    if (EDGES[record.edge] === 'break') return;
    const wasFinal = isFinal(order.state);
    this.orders.update(order, () => {
      order.state = record.to;
      order.flags = record.flags;
      if (isFinal(order.state) !== wasFinal) order.endedAt = wasFinal ? NO_TIME : record.venueTime;
      order.named(record.brokerOrderId);
      if ((record.flags & (OrderFlag.replacePending | OrderFlag.replaceInDoubt)) === 0) {
        order.pendingQuantity = 0 as Quantity;
        order.reserved = 0 as Quantity;
      }
      if (record.event === OrderEvent.replaced) {
        order.replaced(record);
        this.exposureChanges += 1;
      }
      order.noted(record);
      if (record.event === OrderEvent.sent) order.connection = this.doubts.sendsOn;
    });
    this.identity.moved(order, wasFinal, record.event as OrderEvent, this.time);
    this.doubts.follow(order, this.time);
    this.#count(order, record);
  }

  /** What became of it, for the waits after a failure and for the coverage of reconciliation. */
  #count(order: Order, record: OrderMovedRecord): void {
    const { strategy, instrument } = order.decision;
    if (record.event === OrderEvent.accepted) this.failures.succeeded(strategy, instrument);
    const { from, to } = record;
    if (from === to) return;
    this.exposureChanges += 1;
    if (isFailure(record)) this.failures.failed(strategy, instrument, this.time);
    if (neverReached(to)) this.reached -= 1;
    if (neverReached(from)) this.reached += 1;
  }

  #advance(cursor: number): void {
    if (cursor > this.cursor) this.cursor = cursor;
  }

  #fillBooked(record: FillBookedRecord): readonly ClosedSlice[] {
    const { fill } = record;
    const order = this.#order(fill.order);
    const from = order.state;
    const wasFinal = isFinal(from);
    this.orders.update(order, () => {
      order.state = record.to;
      order.filled = record.filled;
      if (isFinal(order.state) !== wasFinal) order.endedAt = wasFinal ? NO_TIME : fill.venueTime;
      order.flags |= FILL_FLAGS[record.edge] ?? 0;
      if (isFinal(record.to)) order.flags &= ~CHANGING_FLAGS;
    });
    this.identity.moved(order, wasFinal, OrderEvent.filled, this.time);
    this.doubts.follow(order, this.time);
    this.#told(fill.venueTime);
    this.failures.succeeded(order.decision.strategy, order.decision.instrument);
    if (neverReached(from) && order.state !== from) this.reached += 1;
    const { stopLoss } = order.terms;
    const slices = this.account.applyFill(fill.instrument, {
      side: fill.side,
      quantity: fill.quantity,
      price: fill.price,
      time: fill.venueTime,
      decision: order.decision,
      stopDistance: stopLoss === NO_PRICE ? -1 : Math.abs(fill.price - stopLoss),
    });
    this.exposureChanges += 1;
    const { quantity } = present(this.account.positions[fill.instrument], 'position');
    this.exits.filled(order.handle, fill.quantity, fill.instrument, quantity);
    this.account.bookTrade(fill.realized, fill.commission);
    this.#advance(fill.cursor);
    if (fill.cursor === 0) this.executions.add(fill.executionId);
    return slices;
  }

  #childOpened(record: ChildOpenedRecord): void {
    const parent = this.#order(record.parent);
    parent.childrenTold |= 1 << record.role;
    this.reached += 1;
    this.orders.add(Order.child(record, parent));
    this.#advance(record.cursor);
    this.#told(record.venueTime);
  }

  #cancelIntended(record: CancelIntentRecord): void {
    const order = this.#order(record.order);
    order.cancelAsked(record.attempt, this.time);
    this.identity.cancels.asked(order.handle, record.attempt, this.time);
    this.doubts.follow(order, this.time);
  }

  #replaceIntended(record: ReplaceIntentRecord): void {
    const order = this.#order(record.order);
    this.orders.update(order, () => {
      order.replaceAsked(record, this.#atomicReplace, this.doubts.sendsOn);
    });
    this.doubts.follow(order, this.time);
  }

  #ledgerBooked(fact: LedgerFact): void {
    this.#advance(fact.cursor);
    this.#told(fact.venueTime);
    bookLedger(this.account, fact);
    if (fact.cursor === 0 && ledgerId(fact) !== '') this.executions.add(ledgerId(fact));
  }

  walk(io: FieldIo): void {
    this.market.walk(io);
    this.seq = io.int('seq', this.seq);
    this.#otherInputs = io.int('otherInputs', this.#otherInputs);
    this.sampling.walk(io);
    this.cursor = io.int('cursor', this.cursor);
    this.venueTime = io.int('venueTime', this.venueTime) as TimeUs;
    this.reached = io.int('reached', this.reached);
    if (io.bool('bound', this.binding !== undefined)) {
      this.binding = walkBinding(io, this.binding ?? blankBinding());
    }
    this.prefix = io.text('prefix', this.prefix);
    this.restored = io.bool('restored', this.restored);
    this.tradingState = io.code('tradingState', this.tradingState, TRADING_STATES) as TradingState;
    this.decisions.walk(io);
    this.board.walk(io);
    this.account.walk(io);
    this.orders.walk(io);
    this.identity.walk(io);
    this.doubts.walk(io);
    this.failures.walk(io);
    this.exits.walk(io);
    this.reconciliation.walk(io);
    this.stops.walk(io);
    this.executions.walk(io);
    this.beginning.walk(io);
    this.risk.walk(io);
  }
}
