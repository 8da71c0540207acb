import { Calendar } from '../../market/calendar.ts';
import { present } from '../../model/assert.ts';
import { type ExitRetry, RetryStep } from '../../model/exit-retry.ts';
import { TradingState } from '../../model/gate.ts';
import { OrderRole, OrderState, OrderType } from '../../model/order.ts';
import { AlertSeverity, RecordKind } from '../../model/records.ts';
import {
  type InstrumentIndex,
  NO_ORDER,
  NO_TIME,
  type Quantity,
  type TimeUs,
} from '../../model/units.ts';
import type { Book } from '../book.ts';
import type { KernelConfig } from '../config.ts';
import type { Recorder } from '../recorder.ts';
import { failureWaitUs } from './failures.ts';
import type { Order } from './order.ts';
import type { OrderDesk } from './order-desk.ts';
import { CANCEL_FLAGS } from './order-flags.ts';

/** Who sends the rest of an exit that ended short (X12). */
export const EXIT_RETRIERS = ['engine', 'strategy'] as const;
export type ExitRetrier = (typeof EXIT_RETRIERS)[number];

export interface ExitRules {
  /** Of stops that had triggered, and of exits that the engine itself made. */
  readonly retry: ExitRetrier;
  /** Of a strategy's own market exits. */
  readonly retryOwn: ExitRetrier;
  /** Orders sent for one exit before it is abandoned. */
  readonly attemptsMax: number;
}

/**
 * Watches over exits that end short of their full fill and over protection that ends: alerts at
 * once, and sends the rest again, within the exit budget, where that is the engine's part (X12).
 */
export class ExitDesk {
  readonly #book: Book;
  readonly #recorder: Recorder;
  readonly #orders: OrderDesk;
  readonly #rules: ExitRules;
  readonly #calendars: readonly Calendar[];

  constructor(
    book: Book,
    recorder: Recorder,
    orders: OrderDesk,
    config: Pick<KernelConfig, 'exits' | 'calendars'>,
  ) {
    this.#book = book;
    this.#recorder = recorder;
    this.#orders = orders;
    this.#rules = config.exits;
    this.#calendars = config.calendars.map((table) => new Calendar(table));
  }

  /** An order came to its end, from `from` and with these flags before it. */
  ended(order: Order, from: OrderState, flagsBefore: number): void {
    if (order.filled >= order.terms.quantity) return;
    const asked = (flagsBefore & CANCEL_FLAGS) !== 0;
    const retry = this.#book.exits.sentAs(order.handle);
    if (asked || !this.#reduces(order)) {
      if (retry !== undefined) this.#step({ ...retry, step: RetryStep.dropped });
      return;
    }
    if (order.role === OrderRole.stopLoss) this.#protectionEnded(order);
    if (isExit(order, from)) this.#endedShort(order, from, retry);
  }

  #held(k: InstrumentIndex): Quantity {
    return this.#book.account.reducible(k);
  }

  #reduces({ terms: { instrument, side } }: Order): boolean {
    const held = this.#held(instrument);
    return held !== 0 && held > 0 !== side > 0;
  }

  #endedShort(order: Order, from: OrderState, retry: ExitRetry | undefined): void {
    const { handle, terms, filled } = order;
    const held = this.#held(terms.instrument);
    const text = `order ${handle} filled ${filled} of ${terms.quantity}; position ${held}`;
    this.#recorder.alert(AlertSeverity.critical, 'exit_unfilled', text);
    if (retry !== undefined) this.#again(retry);
    else if (this.#book.exits.jobs.of(handle) !== undefined) return;
    else if (this.#isRetried(order, from)) this.#first(order);
  }

  /**
   * A stop that had not triggered was no exit yet, and a limit names the price at which to leave:
   * what to do without them is for the strategy.
   */
  #isRetried(order: Order, from: OrderState): boolean {
    const { terms, decision } = order;
    // The engine's own is retried by its plan; without one it is wanted no more.
    if (decision.number < 0) return false;
    const { retry, retryOwn } = this.#rules;
    if (terms.type === OrderType.stop) return retry === 'engine' && hadTriggered(order, from);
    return terms.type === OrderType.market && retryOwn === 'engine';
  }

  #first({ handle, terms: { instrument, side, quantity }, filled, decision }: Order): void {
    const others = this.#book.exits.wanted(instrument, NO_ORDER);
    const most = Math.abs(this.#held(instrument)) - others;
    const rest = Math.min(quantity - filled, most) as Quantity;
    if (rest <= 0) return;
    const { strategy } = decision;
    const of = { order: handle, retry: NO_ORDER, strategy, instrument, side, quantity: rest };
    this.#plan({ ...of, step: RetryStep.planned, attempts: 0, nextAt: NO_TIME });
  }

  #again(retry: ExitRetry): void {
    if (retry.attempts < this.#rules.attemptsMax) {
      this.#plan(retry);
      return;
    }
    const { order, attempts, quantity, instrument } = retry;
    this.#step({ ...retry, step: RetryStep.abandoned, nextAt: NO_TIME });
    const rest = `${quantity} of it are left, position ${this.#held(instrument)}`;
    const text = `exit of order ${order}: ${attempts} attempts ended short; ${rest}`;
    this.#recorder.alert(AlertSeverity.critical, 'exit_abandoned', text);
  }

  #plan(retry: ExitRetry): void {
    const at = this.#book.time + failureWaitUs(retry.attempts + 1);
    const nextAt = this.#inSession(retry.instrument, at as TimeUs);
    this.#step({ ...retry, step: RetryStep.planned, nextAt });
  }

  /** The time itself, or the next opening where the market is closed then. */
  #inSession(k: InstrumentIndex, at: TimeUs): TimeUs {
    const calendar = present(this.#calendars[k], 'calendar');
    const isKnown = at >= calendar.from && at < calendar.horizon;
    if (!isKnown || calendar.sessionAt(at) !== undefined) return at;
    return calendar.openAfter(at) ?? at;
  }

  #step(exitRetry: ExitRetry): void {
    this.#recorder.emit({ kind: RecordKind.exitRetry, exitRetry });
  }

  /** Sends what is due. */
  act(now: TimeUs): void {
    if (this.#book.exits.due > now) return;
    for (const retry of this.#book.exits.all()) {
      if (retry.step === RetryStep.planned && retry.nextAt <= now) this.#send(retry);
    }
  }

  /** After an input: what was blocked may be sent again. */
  advanced(): void {
    if (this.#book.exits.size === 0) return;
    for (const retry of this.#book.exits.all()) {
      if (retry.step === RetryStep.blocked && this.#allowed(retry) > 0) this.#plan(retry);
      else if (retry.step === RetryStep.sent) this.#nextSlice(retry);
    }
  }

  /** A slice has filled, and something is left: the next goes as messages permit (X20). */
  #nextSlice(retry: ExitRetry): void {
    const last = this.#book.orders.find(retry.retry);
    if (last?.state !== OrderState.filled) return;
    const nextAt = Math.max(this.#book.time, this.#orders.exitFitsAt(retry.instrument)) as TimeUs;
    this.#step({ ...retry, step: RetryStep.planned, attempts: 0, nextAt });
  }

  /** What of the rest may go out: nothing in a halt, nor beyond what can only reduce (X13). */
  #allowed({ instrument, side, quantity }: ExitRetry): Quantity {
    if (this.#book.tradingState === TradingState.halted) return 0 as Quantity;
    const cap = this.#orders.orderCap(instrument);
    return Math.min(quantity, cap, this.#orders.exitBudget(instrument, side)) as Quantity;
  }

  #send(retry: ExitRetry): void {
    const { order, strategy, instrument, side } = retry;
    const quantity = this.#allowed(retry);
    if (quantity === 0) {
      this.#step({ ...retry, step: RetryStep.blocked, nextAt: NO_TIME });
      return;
    }
    const attempts = retry.attempts + 1;
    const key = `engine|exit ${order}|${attempts}`;
    const sent = this.#orders.exit(strategy, instrument, side, quantity, key);
    if (sent.ok) {
      this.#step({ ...retry, step: RetryStep.sent, attempts, retry: sent.order, nextAt: NO_TIME });
    } else this.#again({ ...retry, attempts });
  }

  /**
   * A stop-loss ended by the venue: whatever of its bracket neither leg has closed stands without
   * protection (X14).
   */
  #protectionEnded({ handle, parent: of, filled, terms }: Order): void {
    const { orders } = this.#book;
    const parent = orders.find(of);
    if (parent !== undefined) {
      const target = orders.find(parent.takeProfitOrder)?.filled ?? 0;
      if (parent.filled - filled - target <= 0) return;
    }
    const held = this.#held(terms.instrument);
    const text = `stop-loss ${handle} of order ${of} ended; position ${held}`;
    this.#recorder.alert(AlertSeverity.critical, 'unprotected', text);
  }
}

/** Was the order all exit, or a stop-loss that had triggered? One that had not was no exit yet. */
function isExit(order: Order, from: OrderState): boolean {
  const { role, exitQuantity, terms } = order;
  if (role === OrderRole.order) return exitQuantity === terms.quantity;
  return role === OrderRole.stopLoss && hadTriggered(order, from);
}

function hadTriggered({ filled }: Order, from: OrderState): boolean {
  return from === OrderState.triggered || filled > 0;
}
