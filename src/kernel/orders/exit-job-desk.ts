import { Calendar } from '../../market/calendar.ts';
import { present } from '../../model/assert.ts';
import { type ExitJob, ExitJobStep } from '../../model/exit-job.ts';
import { TradingState } from '../../model/gate.ts';
import { type OrderTerms, OrderType } from '../../model/order.ts';
import { AlertSeverity, RecordKind } from '../../model/records.ts';
import { NO_ORDER, NO_TIME, type Quantity, type TimeUs } from '../../model/units.ts';
import type { Book } from '../book.ts';
import type { KernelConfig } from '../config.ts';
import type { Recorder } from '../recorder.ts';
import { cancelDue } from '../stopping/cancel-due.ts';
import { failureWaitUs } from './failures.ts';
import { isAtBroker, type Order } from './order.ts';
import type { OrderDesk } from './order-desk.ts';
import { isFinal } from './transitions.ts';

const NEVER = Number.POSITIVE_INFINITY;

/**
 * Leads exits that take more than one order: those above the size of one order go out in slices,
 * one after the other (X20); those that compete with our own protection wait for its end, and it is
 * put back where they stay unfilled (X14). Each step is a record, so a restart goes on from there.
 */
export class ExitJobDesk {
  readonly #book: Book;
  readonly #recorder: Recorder;
  readonly #orders: OrderDesk;
  readonly #calendars: readonly Calendar[];
  readonly #attemptsMax: number = 0;

  constructor(
    book: Book,
    recorder: Recorder,
    orders: OrderDesk,
    config: Pick<KernelConfig, 'exits' | 'calendars'>,
  ) {
    this.#book = book;
    this.#recorder = recorder;
    this.#orders = orders;
    this.#attemptsMax = config.exits.attemptsMax;
    this.#calendars = config.calendars.map((table) => new Calendar(table));
  }

  /** When something is to be done without an event. */
  get due(): number {
    const { jobs } = this.#book.exits;
    if (jobs.size === 0) return NEVER;
    let due = jobs.due;
    for (const { step, legs } of jobs.all()) {
      if (step !== ExitJobStep.ending) continue;
      for (const leg of this.#open(legs)) due = Math.min(due, cancelDue(leg) ?? NEVER);
    }
    return due;
  }

  /** Does of each job what can be done now. */
  act(): void {
    const { exits, stops, tradingState } = this.#book;
    if (exits.jobs.size === 0 || stops.starting || tradingState === TradingState.halted) return;
    for (const { job } of exits.jobs.all()) this.#advance(job);
  }

  /** Steps on until something has to be waited for. */
  #advance(number: number): void {
    for (let job = this.#book.exits.jobs.find(number); job !== undefined; ) {
      const before = job;
      this.#step(job);
      job = this.#book.exits.jobs.find(number);
      if (job === undefined || job === before || job.step === ExitJobStep.waiting) return;
    }
  }

  #step(job: ExitJob): void {
    // A flatten closes all of it, and no protection stands in its way.
    if (this.#book.stops.job(job.terms.instrument) !== undefined) this.#done(job, 'flatten');
    else if (job.step === ExitJobStep.ending) this.#endLegs(job);
    else if (job.step === ExitJobStep.protecting) this.#protect(job);
    else this.#exit(job);
  }

  #open(legs: ExitJob['legs']): readonly Order[] {
    return legs.flatMap((leg) => {
      const order = this.#book.orders.find(leg);
      return order === undefined || isFinal(order.state) ? [] : [order];
    });
  }

  #endLegs(job: ExitJob): void {
    const open = this.#open(job.legs);
    for (const leg of open) {
      const due = cancelDue(leg);
      if (due !== undefined && due <= this.#book.time) this.#orders.insistOnCancel(leg.handle);
    }
    if (open.length > 0) return;
    const protection = job.legs.flatMap((handle) => {
      const leg = this.#book.orders.find(handle);
      if (leg === undefined || leg.remaining === 0) return [];
      return [{ ...leg.terms, quantity: leg.remaining }];
    });
    this.#emit({ ...job, step: ExitJobStep.exiting, legs: [], protection });
  }

  #exit(job: ExitJob): void {
    const { orders, time } = this.#book;
    const last = orders.find(job.order);
    if (last !== undefined) {
      if (isFinal(last.state)) this.#sliceEnded(job, last);
      else if (!isResting(last)) return;
      else this.#emit({ ...job, order: NO_ORDER });
      return;
    }
    if (!this.#reduces(job)) {
      this.#done(job, 'position_gone');
      return;
    }
    const { terms } = job;
    if (terms.quantity === 0) {
      this.#emit({ ...job, step: ExitJobStep.protecting, nextAt: NO_TIME });
      return;
    }
    if (job.step === ExitJobStep.waiting && job.nextAt > time) return;
    const waits = this.#waitsUntil(job);
    if (waits > time) {
      const reason = 'waits';
      if (waits !== NEVER) this.#emit({ ...job, step: ExitJobStep.waiting, nextAt: waits, reason });
      return;
    }
    this.#send(job);
  }

  #reduces({ terms: { instrument, side } }: ExitJob): boolean {
    const held = this.#book.account.reducible(instrument);
    return held !== 0 && held > 0 !== side > 0;
  }

  /** When the next slice may go: the session, the connection, the messages that are left (X20). */
  #waitsUntil({ terms: { instrument: k, type } }: ExitJob): TimeUs {
    const { doubts, time } = this.#book;
    if (doubts.closedSince !== undefined) return NEVER as TimeUs;
    const fits = this.#orders.exitFitsAt(k);
    const calendar = present(this.#calendars[k], 'calendar');
    const isKnown = time >= calendar.from && time < calendar.horizon;
    if (type !== OrderType.market || !isKnown || calendar.isOpen(time)) return fits as TimeUs;
    return Math.max(fits, calendar.openAfter(time) ?? NEVER) as TimeUs;
  }

  #send(job: ExitJob): void {
    const { terms, decision } = job;
    const { instrument, side } = terms;
    const budget = this.#orders.exitBudget(instrument, side);
    const cap = this.#orders.orderCap(instrument);
    const quantity = Math.min(terms.quantity, budget, cap) as Quantity;
    // What stands in the way ends by an event.
    if (quantity <= 0) return;
    const key = `engine|exit job ${job.job}|${this.#book.orders.lastHandle + 1}`;
    const sent = this.#orders.exitAs(decision.strategy, { ...terms, quantity }, key);
    if (!sent.ok) {
      this.#short({ ...job, order: NO_ORDER }, sent.reason, job.attempts + 1);
      return;
    }
    this.#emit({
      ...job,
      step: ExitJobStep.exiting,
      terms: { ...terms, quantity: (terms.quantity - quantity) as Quantity },
      first: job.first === NO_ORDER ? sent.order : job.first,
      order: sent.order,
      nextAt: NO_TIME,
      reason: '',
    });
  }

  /** What a slice has not filled is still to be sent. */
  #sliceEnded(job: ExitJob, { terms: { quantity }, filled }: Order): void {
    const rest = Math.max(0, quantity - filled);
    if (rest === 0) {
      this.#emit({ ...job, order: NO_ORDER, attempts: 0 });
      return;
    }
    const left = (job.terms.quantity + rest) as Quantity;
    const attempts = filled > 0 ? 1 : job.attempts + 1;
    const terms = { ...job.terms, quantity: left };
    this.#short({ ...job, order: NO_ORDER, terms }, 'exit_unfilled', attempts);
  }

  /** Tries again later; not where protection waits to be put back, nor without end. */
  #short(job: ExitJob, reason: string, attempts: number): void {
    const nextAt = (this.#book.time + failureWaitUs(attempts)) as TimeUs;
    const most = job.protection.length > 0 ? 1 : this.#attemptsMax;
    if (attempts < most) {
      this.#emit({ ...job, step: ExitJobStep.waiting, attempts, nextAt, reason });
      return;
    }
    const { quantity } = job.terms;
    this.#alert('exit_abandoned', `exit job ${job.job}: ${reason}, ${quantity} of it are left`);
    this.#emit({ ...job, step: ExitJobStep.protecting, attempts, nextAt: NO_TIME, reason });
  }

  /** Puts back what protected the part that is still held. */
  #protect(job: ExitJob): void {
    const last = this.#book.orders.find(job.order);
    if (last !== undefined && !isFinal(last.state) && !isResting(last)) return;
    const { protection, decision } = job;
    const legs = this.#reduces(job) ? [...protection].sort(stopsFirst) : [];
    for (const leg of legs) {
      const budget = this.#orders.exitBudget(leg.instrument, leg.side);
      const quantity = Math.min(leg.quantity, budget) as Quantity;
      const key = `engine|exit job ${job.job}|${this.#book.orders.lastHandle + 1}`;
      const sent =
        quantity > 0 && this.#orders.exitAs(decision.strategy, { ...leg, quantity }, key).ok;
      if (sent) continue;
      this.#alert('unprotected', `exit job ${job.job}: an ended leg could not be put back`);
    }
    this.#done(job, job.reason);
  }

  #done(job: ExitJob, reason: string): void {
    this.#emit({ ...job, step: ExitJobStep.done, nextAt: NO_TIME, reason });
  }

  #alert(key: string, text: string): void {
    this.#recorder.alert(AlertSeverity.critical, key, text);
  }

  #emit(exitJob: ExitJob): void {
    this.#recorder.emit({ kind: RecordKind.exitJob, exitJob });
  }
}

/** Does it wait at the broker, and let others go beside it? */
function isResting(order: Order): boolean {
  return order.terms.type !== OrderType.market && isAtBroker(order);
}

/** A stop is put back before a target, where the position carries one of them alone. */
function stopsFirst(a: OrderTerms, b: OrderTerms): number {
  return Number(b.stopPrice > 0) - Number(a.stopPrice > 0);
}
