import { present } from '../../model/assert.ts';
import {
  type DoubtBranchName,
  doubtBranch,
  type Evidence,
  type LogRead,
  type LookUpAnswer,
  LookUpOutcome,
  type OrderResolution,
  Question,
  ReadOutcome,
  Resolution,
  Verdict,
} from '../../model/doubt.ts';
import { OrderFlag, OrderRole, OrderState, TimeInForce } from '../../model/order.ts';
import { AlertSeverity, RecordKind } from '../../model/records.ts';
import { NO_ORDER, NO_TIME, type OrderHandle, type TimeUs } from '../../model/units.ts';
import { blankReport, type OrderReport, type VenueCapabilities } from '../../model/venue.ts';
import type { Book } from '../book.ts';
import type { Recorder } from '../recorder.ts';
import { nextAttempt } from './cancel-keys.ts';
import { type Doubt, Doubted } from './doubts.ts';
import { ATTEMPTS_MAX, backoffUs, decideDoubt, goesBeyond } from './in-doubt.ts';
import { OrderEvent } from './life-cycle.ts';
import type { Order } from './order.ts';
import type { VenueDesk } from './venue-desk.ts';

const NEVER = Number.POSITIVE_INFINITY;

/** What the venue shows of an order: from a look-up, or from a snapshot's list. */
export type Shown = Pick<
  LookUpAnswer,
  'state' | 'brokerOrderId' | 'quantity' | 'filled' | 'limitPrice' | 'stopPrice' | 'reason'
> & { readonly venueTime: TimeUs; readonly ask: number };

/** The event that a state at the venue stands for; the rest cannot be adopted as they are. */
const EVENT_OF_STATE: ReadonlyMap<OrderState, OrderEvent> = new Map<OrderState, OrderEvent>([
  [OrderState.working, OrderEvent.accepted],
  [OrderState.partiallyFilled, OrderEvent.accepted],
  [OrderState.triggered, OrderEvent.triggered],
  [OrderState.suspended, OrderEvent.suspended],
  [OrderState.cancelled, OrderEvent.cancelled],
  [OrderState.expired, OrderEvent.expired],
  [OrderState.rejected, OrderEvent.rejected],
]);
const ENDS: readonly OrderEvent[] = [OrderEvent.cancelled, OrderEvent.expired, OrderEvent.rejected];

/** Why an operator's word on an order is not taken. */
export type ResolutionRefusal = 'order_unknown' | 'order_not_in_doubt' | 'name_or_reason_missing';

/**
 * Resolves what is in doubt: asks the venue, weighs what comes back, and moves the order when the
 * table of `in-doubt.ts` says so (X8–X11).
 */
export class DoubtDesk {
  readonly #book: Book;
  readonly #recorder: Recorder;
  readonly #venue: VenueCapabilities;
  readonly #desk: VenueDesk;
  readonly #canLookUp: boolean;

  constructor(book: Book, recorder: Recorder, venue: VenueCapabilities, desk: VenueDesk) {
    this.#book = book;
    this.#recorder = recorder;
    this.#venue = venue;
    this.#desk = desk;
    this.#canLookUp = venue.lookUpByClientIdUs > 0;
  }

  /** A restart: what was on its way, and what was asked of orders, is in doubt (X8). */
  recovered(): void {
    for (const order of [...this.#book.orders.open()]) {
      if (order.state === OrderState.intended || order.state === OrderState.inFlight) {
        this.#move(order, OrderEvent.recovered, { reason: 'restart' });
      }
      if ((order.flags & OrderFlag.cancelPending) !== 0) {
        this.#move(order, OrderEvent.cancelUnknown, { reason: 'restart' });
      }
      if ((order.flags & OrderFlag.replacePending) !== 0) {
        this.#move(order, OrderEvent.replaceUnknown, { reason: 'restart' });
      }
    }
  }

  /** Asks what is due. */
  act(now: TimeUs): void {
    const { doubts } = this.#book;
    let asksLog = doubts.logDue <= now;
    for (const doubt of doubts.all()) {
      if (doubt.nextAt > now) continue;
      this.#ask(doubt, now);
      asksLog = true;
    }
    if (asksLog && this.#venue.denseLog) this.#desk.askLog();
  }

  #ask(doubt: Doubt, now: TimeUs): void {
    if (!this.#canLookUp && !this.#venue.denseLog) {
      this.#unaskable(doubt);
      return;
    }
    const { order } = doubt;
    const ask = this.#book.doubts.asks + 1;
    const attempt = doubt.attempts + 1;
    const nextAt = (now + backoffUs(doubt.attempts)) as TimeUs;
    const question = Question.order;
    this.#recorder.emit({
      kind: RecordKind.asked,
      asked: { ask, question, order, attempt, nextAt },
    });
    if (this.#canLookUp) this.#recorder.effects.push({ kind: 'look_up', order, ask });
    if (doubt.evidence.unanswered !== ATTEMPTS_MAX) return;
    const text = `order ${order}: ${ATTEMPTS_MAX} questions in a row had no answer of use`;
    this.#recorder.alert(AlertSeverity.critical, 'stale_source', text);
  }

  /** The venue can be asked nothing: only its own word, or the operator's, ends the doubt. */
  #unaskable(doubt: Doubt): void {
    const order = this.#order(doubt.order);
    if (doubt.about === Doubted.submit) {
      this.#judge(order, doubt, doubt.evidence, 0);
      return;
    }
    this.#record(doubt, Verdict.ask, 'nothing_to_ask', doubt.evidence, 0, NEVER);
    const text = `order ${order.handle}: the answer to a cancel or replace is lost, none to ask`;
    this.#recorder.alert(AlertSeverity.critical, 'order_unresolved', text);
  }

  lookUpAnswer(answer: LookUpAnswer): void {
    const order = this.#book.orders.find(answer.order);
    if (order === undefined || answer.outcome === LookUpOutcome.failed) return;
    const doubt = this.#book.doubts.find(answer.order);
    const found = answer.outcome === LookUpOutcome.found;
    if (doubt === undefined || answer.ask <= doubt.asksBefore) {
      if (found) this.#contradicted(order, answer);
      return;
    }
    if (found) {
      this.#found(order, doubt, answer);
      return;
    }
    const told = this.#answered(order, doubt, answer.ask, answer.venueTime);
    const notFoundAt = later(told.notFoundAt, answer.venueTime);
    const evidence = { ...told, notFoundAt };
    if (doubt.about === Doubted.submit) this.#judge(order, doubt, evidence, answer.ask);
    // It was there once: gone, and the log or its own report will say why (X11).
    else this.#wait(doubt, 'change_gone', evidence, answer.ask);
  }

  /** A snapshot lists an order that is in doubt. */
  shown(order: Order, shown: Shown): void {
    const doubt = this.#book.doubts.find(order.handle);
    if (doubt?.about === Doubted.submit) this.#found(order, doubt, shown);
  }

  /** An order that the venue never had, by our proof, is there: the proof was wrong (X10). */
  #contradicted(order: Order, answer: LookUpAnswer): void {
    if (order.state !== OrderState.notPlaced && order.state !== OrderState.withdrawn) return;
    this.#move(order, EVENT_OF_STATE.get(answer.state) ?? OrderEvent.accepted, answer);
  }

  #found(order: Order, doubt: Doubt, shown: Shown): void {
    const told = this.#answered(order, doubt, shown.ask, shown.venueTime);
    const evidence = { ...told, found: true };
    const event = eventOf(order, shown);
    // No fill is inferred: until it is told, what has filled stays reserved (X26).
    if (event === undefined || shown.filled > order.filled) {
      this.#wait(doubt, 'found_awaits_facts', evidence, shown.ask);
      return;
    }
    if (doubt.about === Doubted.submit || ENDS.includes(event) || event === OrderEvent.replaced) {
      const isSubmit = doubt.about === Doubted.submit;
      const verdict = isSubmit ? Verdict.found : Verdict.changeEnded;
      const branch = isSubmit ? 'found' : 'change_done';
      this.#record(doubt, verdict, branch, evidence, shown.ask, NEVER);
      this.#move(order, event, shown);
    } else if (doubt.about === Doubted.cancel) {
      this.#cancelAgain(order, doubt, evidence, shown.ask);
    } else this.#replaceFound(order, doubt, evidence, shown);
  }

  /**
   * It is still alive: cancelling twice is safe, and it was asked for. The more often it was tried,
   * the more looks it takes, so that a read that lags behind makes no storm of cancels.
   */
  #cancelAgain(order: Order, doubt: Doubt, evidence: Evidence, ask: number): void {
    this.#wait(doubt, 'change_alive', evidence, ask);
    if ((order.flags & OrderFlag.cancelPending) !== 0) return;
    if (doubt.attempts < Math.min(order.cancelAttempts, ATTEMPTS_MAX)) return;
    const attempt = nextAttempt(order.cancelAttempts);
    const { handle, decision } = order;
    this.#recorder.emit({ kind: RecordKind.cancelIntent, order: handle, attempt, decision });
    this.#recorder.effects.push({ kind: 'cancel', order: handle, attempt });
  }

  #replaceFound(order: Order, doubt: Doubt, evidence: Evidence, shown: Shown): void {
    const { terms, termsAt, pendingQuantity, pendingLimitPrice, pendingStopPrice } = order;
    // What it shows may be as old as the lag: terms that were told since may not be in it yet.
    const isOlder = termsAt !== NO_TIME && !goesBeyond(shown.venueTime, termsAt, this.#venue);
    if (isOlder) {
      this.#wait(doubt, 'change_open', evidence, shown.ask);
      return;
    }
    const isOwn = order.role === OrderRole.order;
    const has = (quantity: number, limitPrice: number, stopPrice: number): boolean =>
      (!isOwn || shown.quantity === quantity) &&
      shown.limitPrice === limitPrice &&
      shown.stopPrice === stopPrice;
    const isNew = has(pendingQuantity, pendingLimitPrice, pendingStopPrice);
    if (!isNew && has(terms.quantity, terms.limitPrice, terms.stopPrice)) {
      this.#replaceNotDone(order, doubt, evidence, shown.ask, shown.venueTime);
      return;
    }
    this.#record(doubt, Verdict.changeEnded, 'change_done', evidence, shown.ask, NEVER);
    this.#move(order, OrderEvent.replaced, shown);
  }

  /** The old terms stand; the replace is lost once it can no longer arrive (X11). */
  #replaceNotDone(
    order: Order,
    doubt: Doubt,
    evidence: Evidence,
    ask: number,
    readAt: TimeUs,
  ): void {
    const { inFlightHorizonUs, readLagUs } = this.#venue;
    const { closedBy } = evidence;
    const isLost = closedBy !== NO_TIME && readAt > closedBy + inFlightHorizonUs + readLagUs;
    if (!isLost) {
      this.#wait(doubt, 'change_open', evidence, ask);
      return;
    }
    this.#record(doubt, Verdict.changeEnded, 'change_lost', evidence, ask, NEVER);
    this.#move(order, OrderEvent.replaceRefused, { reason: 'lost' });
  }

  /** The log was read. What is in it has been booked: it speaks of what is not in it. */
  logRead(read: LogRead): void {
    // Facts that were read and not told are missing: such a read is no evidence.
    if (read.outcome === ReadOutcome.failed || read.cursor > this.#book.cursor) return;
    for (const doubt of this.#book.doubts.all()) {
      if (read.ask > doubt.asksBefore) this.#logClean(doubt, read);
    }
  }

  #logClean(doubt: Doubt, { ask, venueTime }: LogRead): void {
    const order = this.#order(doubt.order);
    const told = this.#answered(order, doubt, ask, venueTime);
    const evidence = { ...told, logCleanAt: later(told.logCleanAt, venueTime) };
    switch (doubt.about) {
      case Doubted.submit:
        this.#judge(order, doubt, evidence, ask);
        return;
      case Doubted.cancel: {
        // The log has no end of it: it lives, unless a later look-up did not find it.
        const { notFoundAt } = evidence;
        const lives = notFoundAt === NO_TIME || venueTime > notFoundAt + this.#venue.readLagUs;
        if (lives) this.#cancelAgain(order, doubt, evidence, ask);
        else this.#wait(doubt, 'change_gone', evidence, ask);
        return;
      }
      default:
        this.#replaceNotDone(order, doubt, evidence, ask, venueTime);
    }
  }

  /** Evidence after an answer: it was asked, and what it says of the connection. */
  #answered(order: Order, doubt: Doubt, ask: number, venueTime: TimeUs): Evidence {
    const { evidence } = doubt;
    const { about } = doubt;
    const sentOn = about === Doubted.submit ? order.connection : order.replaceConnection;
    // Of a cancel the end of its connection says nothing: it is asked for until the order is gone.
    const isJudgedByIt = about !== Doubted.cancel;
    const isAfterClose = isJudgedByIt && this.#book.doubts.askedAfterClose(sentOn, ask);
    const closedBy = evidence.closedBy === NO_TIME && isAfterClose ? venueTime : evidence.closedBy;
    return { ...evidence, closedBy, unanswered: 0 };
  }

  #judge(order: Order, doubt: Doubt, evidence: Evidence, ask: number): void {
    const { terms, knownBefore, connection } = order;
    const decision = decideDoubt(this.#venue, {
      evidence,
      attempts: doubt.attempts,
      connectionClosed: this.#book.doubts.isClosed(connection),
      deadline: terms.timeInForce === TimeInForce.gtd ? terms.expireTime : NO_TIME,
      knownBefore,
    });
    const { verdict, branch, askInUs } = decision;
    this.#record(doubt, verdict, branch, evidence, ask, askInUs);
    if (verdict === Verdict.notPlaced) {
      this.#move(order, OrderEvent.provenAbsent, { reason: branch });
    } else if (verdict === Verdict.presumedAbsent && order.state === OrderState.inDoubt) {
      this.#move(order, OrderEvent.presumedAbsent, { reason: branch });
    }
  }

  #wait(doubt: Doubt, branch: DoubtBranchName, evidence: Evidence, ask: number): void {
    this.#record(doubt, Verdict.ask, branch, evidence, ask, backoffUs(doubt.attempts));
  }

  #record(
    doubt: Doubt,
    verdict: Verdict,
    branch: DoubtBranchName,
    evidence: Evidence,
    ask: number,
    askInUs: number,
  ): void {
    const nextAt = askInUs === NEVER ? NO_TIME : ((this.#book.time + askInUs) as TimeUs);
    const { order } = doubt;
    this.#recorder.emit({
      kind: RecordKind.verdict,
      verdict: { order, verdict, branch: doubtBranch(branch), ask, evidence, nextAt },
    });
  }

  /** Why an operator's word would not be taken, or `undefined`. */
  refusal(resolution: OrderResolution): ResolutionRefusal | undefined {
    if (resolution.by === '' || resolution.reason === '') return 'name_or_reason_missing';
    if (this.#book.orders.find(resolution.order) === undefined) return 'order_unknown';
    const doubt = this.#book.doubts.find(resolution.order);
    return doubt === undefined ? 'order_not_in_doubt' : undefined;
  }

  /**
   * The operator's word (X9). Of a submit, `placed` means that the venue has it: it works from here
   * on, and no new risk is taken until a snapshot agrees; `not_placed` means that it never had it.
   * Of a cancel or replace, that the order is still there as it was, or that it is gone.
   */
  resolve(resolution: OrderResolution): void {
    const { order: handle, as, by, reason, brokerOrderId } = resolution;
    const refusal = this.refusal(resolution);
    if (refusal !== undefined) {
      this.#recorder.alert(AlertSeverity.info, 'resolve_refused', `order ${handle}: ${refusal}`);
      return;
    }
    const order = this.#order(handle);
    const doubt = present(this.#book.doubts.find(handle), 'doubt');
    const isPlaced = as === Resolution.placed;
    const { about, evidence } = doubt;
    const isSubmit = about === Doubted.submit;
    const ended = isPlaced ? Verdict.found : Verdict.notPlaced;
    const verdict = isSubmit ? ended : Verdict.changeEnded;
    this.#record(doubt, verdict, 'operator', evidence, 0, NEVER);
    const told = { brokerOrderId, reason: `${by}: ${reason}` };
    if (isSubmit) this.#move(order, isPlaced ? OrderEvent.accepted : OrderEvent.provenAbsent, told);
    else if (!isPlaced) this.#move(order, OrderEvent.cancelled, told);
    else {
      const isCancel = about === Doubted.cancel;
      this.#move(order, isCancel ? OrderEvent.cancelRefused : OrderEvent.replaceRefused, told);
    }
  }

  #order(handle: OrderHandle): Order {
    return present(this.#book.orders.find(handle), `order ${handle}`);
  }

  #move(order: Order, event: OrderEvent, told: Partial<OrderReport>): void {
    const { brokerOrderId, reason, quantity, limitPrice, stopPrice, venueTime } = told;
    const blank = blankReport();
    this.#desk.move(order, event, {
      ...blank,
      order: NO_ORDER,
      brokerOrderId: brokerOrderId ?? '',
      reason: reason ?? '',
      quantity: quantity ?? blank.quantity,
      limitPrice: limitPrice ?? blank.limitPrice,
      stopPrice: stopPrice ?? blank.stopPrice,
      venueTime: venueTime ?? NO_TIME,
    });
  }
}

/**
 * What the venue shows of the order, as an event; none while fills of it were not told. One that
 * has filled with less than we know of was cut down before.
 */
function eventOf(order: Order, { state, filled, quantity }: Shown): OrderEvent | undefined {
  const isCut = state === OrderState.filled && quantity <= filled && filled === order.filled;
  return isCut ? OrderEvent.replaced : EVENT_OF_STATE.get(state);
}

function later(a: TimeUs, b: TimeUs): TimeUs {
  return a > b ? a : b;
}
