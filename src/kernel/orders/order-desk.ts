import { blankExitJob, type ExitJob, ExitJobStep } from '../../model/exit-job.ts';
import { denyReason, GATE_NAMES, TradingState } from '../../model/gate.ts';
import {
  blankTerms,
  type DecisionRef,
  type OrderTerms,
  OrderType,
  type Side,
  TimeInForce,
} from '../../model/order.ts';
import { Action, RecordKind } from '../../model/records.ts';
import {
  type InstrumentIndex,
  NO_ORDER,
  NO_PRICE,
  NO_TIME,
  type OrderHandle,
  type Price,
  type Quantity,
} from '../../model/units.ts';
import type { VenueCapabilities } from '../../model/venue.ts';
import type { Book } from '../book.ts';
import { reservedPrice } from '../exposure/reserved-price.ts';
import { type Denial, deny, type Gate, type ProposedOrder } from '../gates/gate.ts';
import type { GatePipeline, Judgement } from '../gates/pipeline.ts';
import type { Recorder } from '../recorder.ts';
import type { ChangeResult, SubmitResult } from '../strategy/api.ts';
import type { DecisionDesk } from '../strategy/context.ts';
import { nextAttempt } from './cancel-keys.ts';
import { type Competing, competingWith } from './competing.ts';
import { exitBudget, exitPosition, isExitInDoubt } from './exit-budget.ts';
import { EVICTION_ALERT } from './identity.ts';
import { OrderEvent } from './life-cycle.ts';
import type { Order } from './order.ts';
import { type Change, isExitOrder, ORDER_NOT_OPEN, replaceDenial } from './replace-rules.ts';
import { isFinal, transition } from './transitions.ts';

const GATE_NUMBER: ReadonlyMap<string, number> = new Map(GATE_NAMES.map((name, i) => [name, i]));

type Refusal = Extract<SubmitResult, { readonly ok: false }>;

/** Stand for gates where the desk itself says no. */
const VALIDITY_GATE: Gate = { name: 'order_validity', mode: 'enforce', judge: () => undefined };
const KEY_GATE: Gate = { name: 'duplicate_intent', mode: 'enforce', judge: () => undefined };

/** Decides what strategies, and the engine for them, ask for: submit, cancel, replace. */
export class OrderDesk implements DecisionDesk {
  readonly #book: Book;
  readonly #recorder: Recorder;
  readonly #gates: GatePipeline;
  readonly #venue: VenueCapabilities;

  constructor(book: Book, recorder: Recorder, gates: GatePipeline, venue: VenueCapabilities) {
    this.#book = book;
    this.#recorder = recorder;
    this.#gates = gates;
    this.#venue = venue;
  }

  submit(strategy: number, terms: OrderTerms, key: string): SubmitResult {
    const decision = this.#decide(strategy, terms, key, Action.submit, NO_ORDER);
    return this.#submit(decision, terms, key);
  }

  /**
   * An exit that the engine decides for a strategy: at the market, and never more than an exit.
   * `byOperator`: it is an operator's, which passes in a halt as well (X21).
   */
  exit(
    strategy: number,
    instrument: InstrumentIndex,
    side: Side,
    quantity: Quantity,
    key: string,
    byOperator = false,
  ): SubmitResult {
    const type = OrderType.market;
    const of = { instrument, side, type, timeInForce: TimeInForce.ioc, quantity };
    return this.exitAs(strategy, { ...blankTerms(), ...of }, key, byOperator);
  }

  /** The same with terms of its own. */
  exitAs(strategy: number, asked: OrderTerms, key: string, byOperator = false): SubmitResult {
    const { instrument } = asked;
    const number = this.#book.decisions.nextOfEngine(strategy, instrument);
    const decision: DecisionRef = { strategy, instrument, number };
    const terms = { ...asked, reduceOnly: true, stopLoss: NO_PRICE, takeProfit: NO_PRICE };
    const action = Action.submit;
    this.#recorder.emit({
      kind: RecordKind.decision,
      action,
      decision,
      key,
      terms,
      order: NO_ORDER,
    });
    return this.#submit(decision, terms, key, byOperator);
  }

  #submit(decision: DecisionRef, terms: OrderTerms, key: string, byOperator = false): SubmitResult {
    const { strategy } = decision;
    const budget = this.exitBudget(terms.instrument, terms.side);
    const isOwn = decision.number > 0;
    const held = isOwn ? competingWith(this.#book, this.#venue, terms, budget) : undefined;
    if (held !== undefined) return this.#endLegsFirst(decision, key, terms, held);
    const wanted = terms.reduceOnly ? Math.min(terms.quantity, budget) : terms.quantity;
    const exitQuantity = Math.max(0, Math.min(wanted, budget)) as Quantity;
    const entryQuantity = (wanted - exitQuantity) as Quantity;
    const { risk, board, time } = this.#book;
    const price = reservedPrice(terms, board, risk.profile, time);
    const parts = { exitQuantity, entryQuantity, reservedPrice: price, byOperator };
    const judgement = this.#gates.judge({ strategy, key, terms, ...parts }, this.#book);
    if (judgement.denials.length > 0) this.#recordDenials(decision, judgement);
    if (judgement.verdict === 'denied') return refusal(judgement);
    if (wanted <= 0) return this.#nothingToReduce(decision);
    const cap = this.orderCap(terms.instrument);
    if (isOwn && exitQuantity > cap) {
      return this.#slice(decision, key, terms, { ...parts, exitQuantity: cap }, exitQuantity);
    }
    const entry = Math.min(judgement.entryQuantity, entryQuantity);
    return this.#intend(decision, key, terms, { ...parts, entryQuantity: entry as Quantity });
  }

  /** The most that one order may be; Infinity for any. */
  orderCap(k: InstrumentIndex): Quantity {
    return this.#gates.orderCap(k) as Quantity;
  }

  /** When the limits on messages have room for one exit more. */
  exitFitsAt(k: InstrumentIndex): number {
    return this.#gates.exitFitsAt(this.#book, k);
  }

  /** The first slice of an exit that is too large for one order; a job sends the rest (X20). */
  #slice(
    decision: DecisionRef,
    key: string,
    terms: OrderTerms,
    parts: Pick<ProposedOrder, 'exitQuantity' | 'reservedPrice'>,
    whole: Quantity,
  ): SubmitResult {
    const first = this.#intend(decision, key, terms, {
      ...parts,
      entryQuantity: 0 as Quantity,
    });
    if (!first.ok) return first;
    const later = (whole - first.quantity) as Quantity;
    const { order } = first;
    this.#beginJob({
      step: ExitJobStep.exiting,
      decision,
      terms: { ...terms, quantity: later },
      first: order,
      order,
    });
    return { ...first, later };
  }

  /** The exit competes with our own protection: that ends first, and a job sees to it (X14). */
  #endLegsFirst(
    decision: DecisionRef,
    key: string,
    asked: OrderTerms,
    { legs, quantity }: Competing,
  ): SubmitResult {
    const terms = { ...asked, quantity };
    const { risk, board, time } = this.#book;
    const price = reservedPrice(terms, board, risk.profile, time);
    const parts = { exitQuantity: quantity, entryQuantity: 0 as Quantity, reservedPrice: price };
    const { strategy } = decision;
    const judgement = this.#gates.judge({ strategy, key, terms: asked, ...parts }, this.#book);
    if (judgement.denials.length > 0) this.#recordDenials(decision, judgement);
    if (judgement.verdict === 'denied') return refusal(judgement);
    this.#beginJob({ step: ExitJobStep.ending, decision, key, terms, legs });
    return { ok: true, order: NO_ORDER, quantity: 0 as Quantity, later: quantity };
  }

  #beginJob(of: Partial<ExitJob>): void {
    const exitJob = { ...blankExitJob(), job: this.#book.exits.jobs.next, ...of };
    this.#recorder.emit({ kind: RecordKind.exitJob, exitJob });
  }

  /**
   * What the order may reduce (X13). While an order of its side is in doubt, and might reduce the
   * position as well, a further exit is one only where the venue's own flag makes it safe.
   */
  exitBudget(instrument: InstrumentIndex, side: Side): Quantity {
    const book = this.#book;
    if (!this.#venue.reduceOnly && isExitInDoubt(book, instrument, side)) return 0 as Quantity;
    const position = exitPosition(book, instrument);
    return exitBudget(book.orders, instrument, position, side);
  }

  #decide(
    strategy: number,
    terms: OrderTerms,
    key: string,
    action: Action,
    order: OrderHandle,
  ): DecisionRef {
    const { instrument } = terms;
    const number = this.#book.decisions.next(strategy, instrument);
    const decision: DecisionRef = { strategy, instrument, number };
    this.#recorder.emit({ kind: RecordKind.decision, action, decision, key, terms, order });
    return decision;
  }

  #recordDenials(decision: DecisionRef, judgement: Judgement): void {
    const goesOn = judgement.verdict !== 'denied';
    for (const { gate, denial } of judgement.denials) {
      this.#recordDenial(decision, gate, denial, goesOn);
      this.#alert(gate, denial);
    }
  }

  /** Denials are told by gate, and not each of them: a strategy may ask at every quote. */
  #alert(gate: Gate, { reason, limit, observed }: Denial): void {
    const { risk } = this.#book;
    if (!risk.denialAlerts.isDue(GATE_NUMBER.get(gate.name) ?? 0)) return;
    const shadow = gate.mode === 'enforce' ? '' : 'in shadow, ';
    const key = `gate_${gate.name}`;
    this.#recorder.warn(key, `${shadow}${reason}: ${observed} where the limit is ${limit}`);
  }

  #recordDenial(decision: DecisionRef, gate: Gate, denial: Denial, goesOn: boolean): void {
    this.#recorder.emit({
      kind: RecordKind.denial,
      decision,
      gate: GATE_NUMBER.get(gate.name) ?? 0,
      reason: denyReason(denial.reason),
      limit: denial.limit,
      observed: denial.observed,
      shadow: gate.mode !== 'enforce',
      entryOnly: goesOn && denial.scope === 'entry',
      allowed: denial.allowed,
      configHash: this.#book.risk.configHash,
    });
  }

  /** A reduce-only order that finds nothing left to reduce is denied, not turned into an entry. */
  #nothingToReduce(decision: DecisionRef): SubmitResult {
    this.#recordDenial(decision, VALIDITY_GATE, deny('order', 'nothing_to_reduce'), false);
    return { ok: false, gate: 'order_validity', reason: 'nothing_to_reduce' };
  }

  #intend(
    decision: DecisionRef,
    key: string,
    asked: OrderTerms,
    parts: Pick<ProposedOrder, 'exitQuantity' | 'entryQuantity' | 'reservedPrice'>,
  ): SubmitResult {
    const book = this.#book;
    const { exitQuantity, entryQuantity } = parts;
    const quantity = (exitQuantity + entryQuantity) as Quantity;
    const order = (book.orders.lastHandle + 1) as OrderHandle;
    const isExit = exitQuantity === quantity;
    // An exit carries the venue's own flag as well (X13), and needs no children.
    const reduceOnly = asked.reduceOnly || (isExit && this.#venue.reduceOnly);
    const terms: OrderTerms = {
      ...asked,
      quantity,
      reduceOnly,
      stopLoss: isExit ? NO_PRICE : asked.stopLoss,
      takeProfit: isExit ? NO_PRICE : asked.takeProfit,
    };
    const hasStop = terms.stopLoss !== NO_PRICE;
    const stopLossOrder = (hasStop ? order + 1 : NO_ORDER) as OrderHandle;
    const takeProfitOrder = (
      terms.takeProfit === NO_PRICE ? NO_ORDER : order + (hasStop ? 2 : 1)
    ) as OrderHandle;
    this.#recorder.emit({
      kind: RecordKind.intent,
      order,
      decision,
      key,
      terms,
      requested: asked.quantity,
      exitQuantity,
      reservedPrice: parts.reservedPrice,
      stopLossOrder,
      takeProfitOrder,
    });
    this.#warnOfEvictions();
    this.#recorder.effects.push({ kind: 'submit', order });
    return { ok: true, order, quantity };
  }

  /** The first at once, then a count: a full store must not flood the journal. */
  #warnOfEvictions(): void {
    const { identity, time } = this.#book;
    const text = identity.evictionsToTell(time);
    if (text !== undefined) this.#recorder.warn(EVICTION_ALERT, text);
  }

  cancel(strategy: number, handle: OrderHandle): ChangeResult {
    const order = this.#book.orders.find(handle);
    if (order === undefined) return { ok: false, reason: 'order_unknown' };
    const job = this.#book.exits.jobs.of(handle);
    const endsJob = job !== undefined && job.step !== ExitJobStep.protecting;
    if (isFinal(order.state) && !endsJob) return ORDER_NOT_OPEN;
    if (this.#book.tradingState === TradingState.halted) return { ok: false, reason: 'halted' };
    if (endsJob) {
      const exitJob = {
        ...job,
        step: ExitJobStep.protecting,
        nextAt: NO_TIME,
        reason: 'cancelled',
      };
      this.#recorder.emit({ kind: RecordKind.exitJob, exitJob });
      const last = this.#book.orders.find(job.order);
      if (isFinal(order.state) && last !== undefined && !isFinal(last.state)) {
        return this.cancel(strategy, last.handle);
      }
      if (isFinal(order.state)) return { ok: true };
    }
    const decision = this.#decide(strategy, order.terms, '', Action.cancel, handle);
    if (this.#isAsked(order)) return this.#repeatedCancel(order, decision);
    this.#cancel(order, decision);
    return { ok: true };
  }

  /**
   * A cancel for an operator, a kill or a flatten: never suppressed, whatever has been asked before
   * (X6).
   */
  insistOnCancel(handle: OrderHandle): ChangeResult {
    const order = this.#book.orders.find(handle);
    if (order === undefined) return { ok: false, reason: 'order_unknown' };
    if (isFinal(order.state)) return ORDER_NOT_OPEN;
    this.#cancel(order, this.#engineDecision(order, order.terms));
    return { ok: true };
  }

  /** Cancels for the engine itself, unless it is asked for already. */
  cancelForEngine(order: Order): void {
    if (!this.#isAsked(order)) this.#cancel(order, this.#engineDecision(order, order.terms));
  }

  /** Shrinks an order for the engine. */
  shrinkForEngine(order: Order, quantity: Quantity): void {
    const { terms } = order;
    const { limitPrice, stopPrice } = terms;
    const decision = this.#engineDecision(order, { ...terms, quantity }, Action.replace);
    this.#replace(order, decision, { quantity, limitPrice, stopPrice });
  }

  #engineDecision(
    { handle: order, decision: { strategy, instrument } }: Order,
    terms: OrderTerms,
    action: Action = Action.cancel,
  ): DecisionRef {
    const number = this.#book.decisions.nextOfEngine(strategy, instrument);
    const decision: DecisionRef = { strategy, instrument, number };
    this.#recorder.emit({ kind: RecordKind.decision, action, decision, key: '', terms, order });
    return decision;
  }

  /** Is an equal cancel unanswered, and its answer not late (X6)? */
  #isAsked({ handle, cancelAttempts }: Order): boolean {
    const { identity, time } = this.#book;
    return identity.cancels.isAwaited(handle, cancelAttempts, time);
  }

  #repeatedCancel({ handle, cancelAttempts }: Order, decision: DecisionRef): ChangeResult {
    const reason = 'cancel_pending';
    const limit = `order ${handle}`;
    const observed = `attempt ${cancelAttempts}`;
    this.#recordDenial(decision, KEY_GATE, { ...deny('order', reason), limit, observed }, false);
    return { ok: false, reason };
  }

  #cancel(order: Order, decision: DecisionRef): void {
    const { handle, state } = order;
    transition(state, OrderEvent.cancelRequested);
    const attempt = nextAttempt(order.cancelAttempts);
    this.#recorder.emit({ kind: RecordKind.cancelIntent, order: handle, attempt, decision });
    this.#recorder.effects.push({ kind: 'cancel', order: handle, attempt });
    this.#warnOfEvictions();
  }

  replace(strategy: number, handle: OrderHandle, change: Change): ChangeResult {
    const order = this.#book.orders.find(handle);
    if (order === undefined) return { ok: false, reason: 'order_unknown' };
    const denial = replaceDenial(this.#book.tradingState, order, change);
    if (denial !== undefined) return denial;
    const terms: OrderTerms = { ...order.terms, ...change };
    const decision = this.#decide(strategy, terms, '', Action.replace, handle);
    const judgement = this.#gates.judge(this.#proposedChange(strategy, order, terms), this.#book);
    if (judgement.denials.length > 0) this.#recordDenials(decision, judgement);
    if (judgement.verdict !== 'pass') return refusal(judgement);
    this.#replace(order, decision, change);
    return { ok: true };
  }

  #replace({ handle: order, state, replaceAttempts }: Order, decision: DecisionRef, to: Change) {
    transition(state, OrderEvent.replaceRequested);
    const attempt = replaceAttempts + 1;
    this.#recorder.emit({ kind: RecordKind.replaceIntent, order, attempt, decision, ...to });
    this.#recorder.effects.push({ kind: 'replace', order, attempt, ...to });
  }

  /** A replace as the gates judge it: what it adds to the reservation that the order has. */
  #proposedChange(strategy: number, order: Order, terms: OrderTerms): ProposedOrder {
    const { quantity, limitPrice, stopPrice } = terms;
    const reserved = this.#venue.atomicReplace
      ? Math.max(order.terms.quantity, quantity)
      : order.terms.quantity + quantity;
    const own = Math.max(limitPrice, stopPrice) + order.premium;
    const price = Math.max(own, order.reservedPrice) as Price;
    const remaining = Math.max(0, reserved - order.filled);
    const value = price * remaining - order.reservedPrice * order.remaining;
    const entryQuantity = (isExitOrder(order) ? 0 : quantity - order.filled) as Quantity;
    return {
      strategy,
      key: order.key,
      terms,
      exitQuantity: (quantity - order.filled - entryQuantity) as Quantity,
      entryQuantity,
      reservedPrice: price,
      change: { quantity: remaining - order.remaining, value },
    };
  }
}

function refusal(judgement: Judgement): Refusal {
  const enforcing = judgement.denials.filter(({ gate }) => gate.mode === 'enforce');
  const last = enforcing[enforcing.length - 1];
  if (last === undefined) return { ok: false, gate: 'order_validity', reason: 'order_unknown' };
  return { ok: false, gate: last.gate.name, reason: last.denial.reason };
}
