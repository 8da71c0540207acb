import { present } from '../../model/assert.ts';
import { Question } from '../../model/doubt.ts';
import { type Dispatched, DispatchOutcome } from '../../model/inputs.ts';
import { ORDER_ROLES, ORDER_STATES, OrderRole, type OrderState, Side } from '../../model/order.ts';
import { AlertSeverity, RecordKind } from '../../model/records.ts';
import {
  type Money,
  NO_ORDER,
  NO_PRICE,
  type OrderHandle,
  type Quantity,
  type TimeUs,
} from '../../model/units.ts';
import {
  blankReport,
  type FillReport,
  LEDGER_KINDS,
  type LedgerFact,
  LedgerKind,
  type OrderReport,
  ReportKind,
  type VenueCapabilities,
} from '../../model/venue.ts';
import type { ClosedSlice } from '../account/position.ts';
import type { Book } from '../book.ts';
import type { Recorder } from '../recorder.ts';
import type { FillView, OrderEventView } from '../strategy/api.ts';
import { orderView } from '../strategy/context.ts';
import type { Alarms } from './alarms.ts';
import { isUnanswered } from './doubts.ts';
import { ledgerId } from './executions.ts';
import type { ExitDesk } from './exit-desk.ts';
import { backoffUs } from './in-doubt.ts';
import { ORDER_EVENTS, OrderEvent } from './life-cycle.ts';
import type { Order } from './order.ts';
import { flagsAfter } from './order-flags.ts';
import { ownerOf } from './ownership.ts';
import { isOfEarlierReplace, stepOf, withLatestTerms } from './steps.ts';
import { EDGES, isFinal, type Transition, transition } from './transitions.ts';

/** Who is told what happened to its orders. */
export interface OrderListener {
  /** Does the strategy ask for order events? Views are made only for those that do. */
  wantsOrderEvents(strategy: number): boolean;
  orderEvent(strategy: number, view: OrderEventView): void;
  fill(strategy: number, view: FillView): void;
}

const EVENT_OF_REPORT: Readonly<Record<ReportKind, OrderEvent>> = {
  [ReportKind.accepted]: OrderEvent.accepted,
  [ReportKind.refused]: OrderEvent.refused,
  [ReportKind.unknown]: OrderEvent.unknown,
  [ReportKind.rejected]: OrderEvent.rejected,
  [ReportKind.triggered]: OrderEvent.triggered,
  [ReportKind.suspended]: OrderEvent.suspended,
  [ReportKind.resumed]: OrderEvent.resumed,
  [ReportKind.cancelled]: OrderEvent.cancelled,
  [ReportKind.expired]: OrderEvent.expired,
  [ReportKind.cancelRefused]: OrderEvent.cancelRefused,
  [ReportKind.replaced]: OrderEvent.replaced,
  [ReportKind.replaceRefused]: OrderEvent.replaceRefused,
  [ReportKind.childAccepted]: OrderEvent.accepted,
  [ReportKind.cancelUnknown]: OrderEvent.cancelUnknown,
  [ReportKind.replaceUnknown]: OrderEvent.replaceUnknown,
};

/** Reports by which a child that was never told of has ended. */
const END_OF_CHILD: ReadonlyMap<ReportKind, OrderEvent> = new Map<ReportKind, OrderEvent>([
  [ReportKind.refused, OrderEvent.rejected],
  [ReportKind.rejected, OrderEvent.rejected],
  [ReportKind.cancelled, OrderEvent.cancelled],
  [ReportKind.expired, OrderEvent.expired],
]);

/** Ledger facts after which only exits are allowed (X24). */
const STOPS_ENTRIES: readonly LedgerKind[] = [
  LedgerKind.foreignFill,
  LedgerKind.marginCloseout,
  LedgerKind.accountReset,
  LedgerKind.unknown,
];

/** Stands for a venue's words where the engine speaks of its own act. */
const NOTHING_TOLD: Readonly<OrderReport> = blankReport();

function withReason(reason: string): OrderReport {
  return { ...blankReport(), reason };
}

/** Decides what the venue's words mean: states, fills, money, and what does not fit together. */
export class VenueDesk {
  readonly #book: Book;
  readonly #recorder: Recorder;
  readonly #listener: OrderListener;
  readonly #venue: VenueCapabilities;
  readonly #alarms: Alarms;
  readonly #exits: ExitDesk;

  constructor(
    book: Book,
    recorder: Recorder,
    listener: OrderListener,
    venue: VenueCapabilities,
    alarms: Alarms,
    exits: ExitDesk,
  ) {
    this.#book = book;
    this.#recorder = recorder;
    this.#listener = listener;
    this.#venue = venue;
    this.#alarms = alarms;
    this.#exits = exits;
  }

  /** What the outbox did with a submit. */
  dispatched(input: Dispatched): void {
    const order = present(this.#book.orders.find(input.order), `order ${input.order}`);
    const sent = input.outcome === DispatchOutcome.sent;
    const event = sent ? OrderEvent.sent : OrderEvent.withdrawn;
    this.move(order, event, input.reason === '' ? NOTHING_TOLD : withReason(input.reason));
  }

  report(report: OrderReport): void {
    if (this.#skips(report.cursor)) return;
    if (report.report === ReportKind.childAccepted) {
      this.#childAccepted(report);
      return;
    }
    const order = this.#book.orders.find(report.order);
    if (order === undefined) {
      if (!this.#childEnded(report)) this.#unknownOrder(report);
      return;
    }
    this.move(order, this.#eventOf(order, report), report);
  }

  /**
   * A change that is refused because the order is not open says that it is gone, and not why: where
   * no log will tell, it is looked up like one whose answer was lost (X11).
   */
  #eventOf(order: Order, { report, reason }: OrderReport): OrderEvent {
    const { denseLog, lookUpByClientIdUs } = this.#venue;
    const wasThere = !isFinal(order.state) && !isUnanswered(order.state);
    const isGone = reason === 'order_not_open' && wasThere;
    if (isGone && !denseLog && lookUpByClientIdUs > 0) {
      if (report === ReportKind.cancelRefused) return OrderEvent.cancelUnknown;
      if (report === ReportKind.replaceRefused) return OrderEvent.replaceUnknown;
    }
    return EVENT_OF_REPORT[report];
  }

  /**
   * Facts are booked in the order of the venue's dense log. One at or below our cursor is booked
   * already, and before the books are open nothing is; one beyond the next waits, for the log is
   * read from our cursor and tells it again.
   */
  #skips(cursor: number): boolean {
    const last = this.#book.cursor;
    if (cursor === 0) return false;
    if (cursor <= last || !this.#book.beginning.isOpen) return true;
    if (cursor === last + 1 || !this.#venue.denseLog) return false;
    if (this.#book.doubts.logDue !== Number.POSITIVE_INFINITY) return true;
    this.#recorder.warn('cursor_gap', `venue log: ${cursor} follows ${last}`);
    this.askLog();
    return true;
  }

  /** Asks for the log from our cursor, and again until it was read without a gap. */
  askLog(): void {
    const { doubts, time, cursor } = this.#book;
    const ask = doubts.asks + 1;
    const attempt = doubts.logAttempts + 1;
    const nextAt = (time + backoffUs(attempt)) as TimeUs;
    const question = Question.log;
    this.#recorder.emit({
      kind: RecordKind.asked,
      asked: { ask, question, order: NO_ORDER, attempt, nextAt },
    });
    this.#recorder.effects.push({ kind: 'read_log', from: cursor, ask });
  }

  /** An event of an order, and what was told with it. */
  move(order: Order, event: OrderEvent, told: Readonly<OrderReport>): void {
    const { state } = order;
    const isReplaced = event === OrderEvent.replaced;
    const report = isReplaced ? withLatestTerms(order, told) : told;
    const legal = transition(state, event);
    const step = stepOf(order, event, report, legal);
    const { flags: flagsBefore } = order;
    const isNoAnswer = isReplaced && !isFinal(step.to) && isOfEarlierReplace(order, told);
    const isKept = step.edge === 'break' || isNoAnswer;
    const flags = isKept ? order.flags : flagsAfter(order.flags, event, step);
    const from = order.state;
    this.#recorder.emit({
      kind: RecordKind.orderMoved,
      order: order.handle,
      event,
      from,
      to: step.to,
      edge: EDGES.indexOf(step.edge),
      flags,
      brokerOrderId: report.brokerOrderId,
      reason: report.reason,
      quantity: report.quantity,
      limitPrice: report.limitPrice,
      stopPrice: report.stopPrice,
      venueTime: report.venueTime,
      cursor: report.cursor,
    });
    this.#alarm(order, event, from, step);
    if (step.edge === 'move') {
      if (isFinal(order.state)) this.#exits.ended(order, from, flagsBefore);
      this.#alarms.moved(order);
    }
    if (event === OrderEvent.cancelUnknown || event === OrderEvent.replaceUnknown) {
      this.#alarms.changeInDoubt(order, event);
    }
    this.#tell(order, event, report.reason);
  }

  #tell(order: Order, event: OrderEvent, reason: string): void {
    if (!this.#listener.wantsOrderEvents(order.decision.strategy)) return;
    // X9: that it is presumed absent settles nothing, and is not told as if it did.
    const isOpen = event === OrderEvent.presumedAbsent;
    const name = isOpen ? 'unresolved' : present(ORDER_EVENTS[event], 'event');
    this.#listener.orderEvent(order.decision.strategy, {
      order: orderView(order),
      event: name,
      reason,
    });
  }

  #alarm(order: Order, event: OrderEvent, from: OrderState, step: Transition): void {
    if (step.edge === 'move' || step.edge === 'same') return;
    const what = `order ${order.handle}: ${ORDER_EVENTS[event]} in state ${ORDER_STATES[from]}`;
    this.#recorder.alert(AlertSeverity.critical, `order_${step.edge}`, what);
    if (step.edge === 'revive') this.#alarms.stopEntries(`order ${order.handle} was revived`);
  }

  #unknownOrder(report: OrderReport): void {
    const text = `the venue reports an order that is not ours: ${report.brokerOrderId}`;
    this.#recorder.alert(AlertSeverity.critical, 'unknown_order', text);
    this.#ledger({
      fact: LedgerKind.foreignOrder,
      instrument: 0 as LedgerFact['instrument'],
      hasInstrument: false,
      quantity: report.quantity,
      price: NO_PRICE,
      amount: 0n as Money,
      balance: this.#book.account.balance,
      reference: report.brokerOrderId,
      reason: report.reason,
      venueTime: report.venueTime,
      cursor: report.cursor,
    });
  }

  #childAccepted(report: OrderReport): void {
    const parent = this.#book.orders.find(report.parent);
    const known = this.#book.orders.find(report.order);
    // One that was told of and is forgotten has ended before.
    const role = parent && roleOf(parent, report.order);
    if (role === undefined || (known === undefined && wasTold(parent, role))) {
      this.#unknownOrder(report);
      return;
    }
    if (known !== undefined) {
      this.move(known, OrderEvent.accepted, report);
      return;
    }
    this.#recorder.emit({
      kind: RecordKind.childOpened,
      order: report.order,
      parent: report.parent,
      role,
      brokerOrderId: report.brokerOrderId,
      quantity: report.quantity,
      limitPrice: report.limitPrice,
      stopPrice: report.stopPrice,
      venueTime: report.venueTime,
      cursor: report.cursor,
    });
    const child = present(this.#book.orders.find(report.order), 'child');
    this.#tell(child, OrderEvent.accepted, report.reason);
  }

  /** Protection that the venue refused: opened and ended in one, so that it is known (X14). */
  #childEnded(report: OrderReport): boolean {
    const event = END_OF_CHILD.get(report.report);
    const parent = this.#book.orders.parentOf(report.order);
    if (event === undefined || parent === undefined) return false;
    const isStop = report.order === parent.stopLossOrder;
    const role = isStop ? OrderRole.stopLoss : OrderRole.takeProfit;
    if (wasTold(parent, role)) return false;
    const { stopLoss, takeProfit } = parent.terms;
    this.#recorder.emit({
      kind: RecordKind.childOpened,
      order: report.order,
      parent: parent.handle,
      role,
      brokerOrderId: report.brokerOrderId,
      quantity: Math.max(parent.filled, report.quantity) as Quantity,
      limitPrice: isStop ? NO_PRICE : takeProfit,
      stopPrice: isStop ? stopLoss : NO_PRICE,
      venueTime: report.venueTime,
      cursor: report.cursor,
    });
    this.move(present(this.#book.orders.find(report.order), 'child'), event, report);
    return true;
  }

  fill(fill: FillReport): void {
    if (this.#skips(fill.cursor)) return;
    if (fill.cursor === 0 && this.#book.executions.has(fill.executionId)) return;
    const order = this.#book.orders.find(fill.order);
    if (order === undefined) {
      this.#fillOfUnknownOrder(fill);
      return;
    }
    const filled = (order.filled + fill.quantity) as Quantity;
    const complete = filled >= order.terms.quantity;
    const event = complete ? OrderEvent.filled : OrderEvent.partiallyFilled;
    const from = order.state;
    const step = transition(from, event);
    const { instrument, side } = fill;
    const { role } = order;
    const slices = this.#recorder.emit({
      kind: RecordKind.fillBooked,
      fill,
      role,
      to: step.to,
      edge: EDGES.indexOf(step.edge),
      filled,
    });
    if (filled > order.terms.quantity) this.#overfilled(order);
    this.#closedTrades(order, fill, slices ?? []);
    this.#alarm(order, event, from, step);
    this.#listener.fill(order.decision.strategy, {
      order: order.handle,
      instrument,
      side: side === Side.buy ? 'buy' : 'sell',
      role: present(ORDER_ROLES[role], 'role'),
      quantity: fill.quantity,
      price: fill.price,
      venueTime: fill.venueTime,
    });
    this.#tell(order, event, '');
  }

  #overfilled(order: Order): void {
    const text = `order ${order.handle} filled ${order.filled} of ${order.terms.quantity}`;
    this.#recorder.alert(AlertSeverity.critical, 'overfill', text);
  }

  /** Trade records, and the check of the venue's money against our own (X25). */
  #closedTrades(order: Order, fill: FillReport, slices: readonly ClosedSlice[]): void {
    const { account } = this.#book;
    const k = order.terms.instrument;
    let own = 0n;
    for (const slice of slices) {
      const pnl = account.conversion.moneyOf(slice.pnl, k, fill.rate);
      own += pnl;
      this.#recorder.emit({
        kind: RecordKind.tradeClosed,
        instrument: k,
        side: slice.side,
        quantity: slice.quantity,
        openTime: slice.openTime,
        closeTime: fill.venueTime,
        entryCost: slice.entryCost,
        exitPrice: fill.price,
        pnlNative: slice.pnl,
        pnl,
        riskNative: slice.risk,
        decision: slice.decision,
      });
    }
    if (!account.agrees(own as Money, fill.realized, slices.length)) {
      this.#cashBreak(`realised: venue ${fill.realized}, engine ${own}, fill ${fill.executionId}`);
    }
    this.#checkBalance(fill.balance);
  }

  #checkBalance(stated: Money): void {
    const { balance } = this.#book.account;
    if (balance !== stated) this.#cashBreak(`balance: venue ${stated}, engine ${balance}`);
  }

  #cashBreak(text: string): void {
    this.#recorder.alert(AlertSeverity.critical, 'cash_break', text);
  }

  /** A fill of an order that we do not know is a fact all the same: it is external (X24). */
  #fillOfUnknownOrder(fill: FillReport): void {
    this.#ledger({
      fact: LedgerKind.foreignFill,
      instrument: fill.instrument,
      hasInstrument: true,
      quantity: (fill.side * fill.quantity) as Quantity,
      price: fill.price,
      amount: (fill.realized - fill.commission) as Money,
      balance: fill.balance,
      reference: fill.executionId,
      reason: 'order_unknown',
      venueTime: fill.venueTime,
      cursor: fill.cursor,
    });
    this.#checkBalance(fill.balance);
  }

  ledger(fact: LedgerFact): void {
    if (this.#skips(fact.cursor)) return;
    if (fact.cursor === 0 && this.#book.executions.has(ledgerId(fact))) return;
    this.#ledger(fact);
    this.#checkBalance(fact.balance);
  }

  #ledger(told: LedgerFact): void {
    const fact = isWhole(told) ? told : { ...told, fact: LedgerKind.unknown };
    this.#recorder.emit({ kind: RecordKind.ledgerBooked, ledger: fact });
    if (fact.fact === LedgerKind.foreignOrder) {
      const owner = ownerOf(this.#book.prefix, this.#book.orders, fact.reference);
      this.#alarms.notInBooks(owner, fact.reference);
    }
    if (!STOPS_ENTRIES.includes(fact.fact)) return;
    const name = present(LEDGER_KINDS[fact.fact], 'fact');
    this.#recorder.alert(AlertSeverity.critical, `ledger_${name}`, `${name} ${fact.reference}`);
    this.#alarms.stopEntries(`broker fact: ${name}`);
  }
}

/**
 * A position cannot be booked without its instrument and quantity; then the fact holds the account.
 */
function isWhole({ fact, hasInstrument, quantity }: LedgerFact): boolean {
  const movesPosition = fact === LedgerKind.foreignFill || fact === LedgerKind.marginCloseout;
  return !movesPosition || (hasInstrument && quantity !== 0);
}

/** Did the venue tell of the child with this role before? */
function wasTold(parent: Order | undefined, role: OrderRole): boolean {
  return parent !== undefined && (parent.childrenTold & (1 << role)) !== 0;
}

/** The role that a child's id was issued for, whatever a venue calls it; `undefined` for none. */
function roleOf(parent: Order, child: OrderHandle): OrderRole | undefined {
  if (child === parent.stopLossOrder) return OrderRole.stopLoss;
  return child === parent.takeProfitOrder ? OrderRole.takeProfit : undefined;
}
