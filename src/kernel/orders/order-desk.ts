import { denyReason, GATE_NAMES, TradingState } from '../../model/gate.ts';
import {
  type DecisionRef,
  OrderFlag,
  OrderRole,
  type OrderTerms,
  OrderType,
} from '../../model/order.ts';
import { Action, RecordKind } from '../../model/records.ts';
import {
  NO_ORDER,
  NO_PRICE,
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
import { exitBudget } from './exit-budget.ts';
import { OrderEvent } from './life-cycle.ts';
import type { Order } from './order.ts';
import { isFinal, transition } from './transitions.ts';

const GATE_NUMBER: ReadonlyMap<string, number> = new Map(GATE_NAMES.map((name, i) => [name, i]));

interface Change {
  readonly quantity: Quantity;
  readonly limitPrice: Price;
  readonly stopPrice: Price;
}

type Refusal = Extract<SubmitResult, { readonly ok: false }>;

const ORDER_NOT_OPEN: ChangeResult = { ok: false, reason: 'order_not_open' };

/** Decides what strategies ask for: submit, cancel, replace. */
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
    const budget = this.#exitBudget(terms);
    const wanted = terms.reduceOnly ? Math.min(terms.quantity, budget) : terms.quantity;
    const exitQuantity = Math.max(0, Math.min(wanted, budget)) as Quantity;
    const entryQuantity = (wanted - exitQuantity) as Quantity;
    const { risk, board, time } = this.#book;
    const price = reservedPrice(terms, board, risk.profile, time);
    const parts = { exitQuantity, entryQuantity, reservedPrice: price };
    const judgement = this.#gates.judge({ strategy, key, terms, ...parts }, this.#book);
    if (judgement.denials.length > 0) this.#recordDenials(decision, judgement);
    if (judgement.verdict === 'denied') return refusal(judgement);
    if (wanted <= 0) return this.#nothingToReduce(decision);
    const entry = Math.min(judgement.entryQuantity, entryQuantity);
    return this.#intend(decision, key, terms, { ...parts, entryQuantity: entry as Quantity });
  }

  /**
   * What the order may reduce (X13). While an order of its side is in doubt, and might reduce the
   * position as well, a further exit is one only where the venue's own flag makes it safe.
   */
  #exitBudget({ instrument, side }: OrderTerms): Quantity {
    const { orders, doubts, account, reconciliation } = this.#book;
    if (!this.#venue.reduceOnly && doubts.size !== 0) {
      const risky = doubts.all().some(({ order }) => {
        const terms = orders.find(order)?.terms;
        return terms?.instrument === instrument && terms.side === side;
      });
      if (risky) return 0 as Quantity;
    }
    const held = account.positions[instrument]?.quantity ?? (0 as Quantity);
    const position = reconciliation.exitPosition(instrument, held);
    return exitBudget(orders, instrument, position, side);
  }

  #decide(
    strategy: number,
    terms: OrderTerms,
    key: string,
    action: Action,
    order: OrderHandle,
  ): DecisionRef {
    const { instrument } = terms;
    const number = this.#book.nextDecision(strategy, instrument);
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
    const gate: Gate = { name: 'order_validity', mode: 'enforce', judge: () => undefined };
    this.#recordDenial(decision, gate, deny('order', 'nothing_to_reduce'), false);
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
    const evictions = book.keys.evictions;
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
    if (book.keys.evictions !== evictions) this.#warnOfEvictions(book.keys.evictions);
    this.#recorder.effects.push({ kind: 'submit', order });
    return { ok: true, order, quantity };
  }

  /**
   * The first eviction, and then one in a store's worth: a full store must not flood the journal.
   */
  #warnOfEvictions(evictions: number): void {
    const { size } = this.#book.keys;
    if ((evictions - 1) % size !== 0) return;
    const text = `the key store is full at ${size} keys; ${evictions} evicted so far`;
    this.#recorder.warn('idempotency_eviction', text);
  }

  cancel(strategy: number, handle: OrderHandle): ChangeResult {
    const order = this.#book.orders.find(handle);
    if (order === undefined) return { ok: false, reason: 'order_unknown' };
    if (isFinal(order.state)) return ORDER_NOT_OPEN;
    if (this.#book.tradingState === TradingState.halted) return { ok: false, reason: 'halted' };
    if ((order.flags & OrderFlag.cancelPending) !== 0) {
      return { ok: false, reason: 'cancel_pending' };
    }
    transition(order.state, OrderEvent.cancelRequested);
    const decision = this.#decide(strategy, order.terms, '', Action.cancel, handle);
    const attempt = order.cancelAttempts + 1;
    this.#recorder.emit({ kind: RecordKind.cancelIntent, order: handle, attempt, decision });
    this.#recorder.effects.push({ kind: 'cancel', order: handle, attempt });
    return { ok: true };
  }

  replace(strategy: number, handle: OrderHandle, change: Change): ChangeResult {
    const order = this.#book.orders.find(handle);
    if (order === undefined) return { ok: false, reason: 'order_unknown' };
    const denial = this.#replaceDenial(order, change);
    if (denial !== undefined) return denial;
    transition(order.state, OrderEvent.replaceRequested);
    const terms: OrderTerms = { ...order.terms, ...change };
    const decision = this.#decide(strategy, terms, '', Action.replace, handle);
    const judgement = this.#gates.judge(this.#proposedChange(strategy, order, terms), this.#book);
    if (judgement.denials.length > 0) this.#recordDenials(decision, judgement);
    if (judgement.verdict !== 'pass') return refusal(judgement);
    const attempt = order.replaceAttempts + 1;
    this.#recorder.emit({
      kind: RecordKind.replaceIntent,
      order: handle,
      attempt,
      decision,
      ...change,
    });
    this.#recorder.effects.push({ kind: 'replace', order: handle, attempt, ...change });
    return { ok: true };
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

  #replaceDenial(order: Order, change: Change): ChangeResult | undefined {
    if (isFinal(order.state)) return ORDER_NOT_OPEN;
    const { tradingState } = this.#book;
    if (tradingState === TradingState.halted) return { ok: false, reason: 'halted' };
    // Moving an entry is entering (X21); an exit may be moved.
    if (tradingState === TradingState.exitOnly && !isExitOrder(order)) {
      return { ok: false, reason: 'exit_only' };
    }
    const pending = OrderFlag.replacePending | OrderFlag.cancelPending;
    if ((order.flags & pending) !== 0) return { ok: false, reason: 'replace_pending' };
    const { terms } = order;
    const hasLimit = terms.type === OrderType.limit || terms.type === OrderType.stopLimit;
    const hasStop = terms.type === OrderType.stop || terms.type === OrderType.stopLimit;
    const valid =
      terms.type !== OrderType.market &&
      change.quantity > order.filled &&
      hasLimit === change.limitPrice > 0 &&
      hasStop === change.stopPrice > 0;
    if (!valid) return { ok: false, reason: 'replace_not_allowed' };
    // Growing an order is an entry by another name: it is asked for as a new order (X13).
    if (change.quantity > terms.quantity) return { ok: false, reason: 'replace_not_allowed' };
    return undefined;
  }
}

function isExitOrder({ role, exitQuantity, terms }: Order): boolean {
  return role !== OrderRole.order || exitQuantity >= terms.quantity;
}

function refusal(judgement: Judgement): Refusal {
  const enforcing = judgement.denials.filter(({ gate }) => gate.mode === 'enforce');
  const last = enforcing[enforcing.length - 1];
  if (last === undefined) return { ok: false, gate: 'order_validity', reason: 'order_unknown' };
  return { ok: false, gate: last.gate.name, reason: last.denial.reason };
}
