import { present } from '../../model/assert.ts';
import { type Flattening, FlattenStep } from '../../model/control.ts';
import { OrderRole, OrderState, Side } from '../../model/order.ts';
import { AlertSeverity, RecordKind } from '../../model/records.ts';
import { US_PER_HOUR } from '../../model/time.ts';
import {
  type InstrumentIndex,
  NO_ORDER,
  NO_TIME,
  type Quantity,
  type TimeUs,
} from '../../model/units.ts';
import type { VenueCapabilities } from '../../model/venue.ts';
import type { Book } from '../book.ts';
import type { KernelConfig } from '../config.ts';
import { backoffUs } from '../orders/in-doubt.ts';
import type { Order } from '../orders/order.ts';
import type { OrderDesk } from '../orders/order-desk.ts';
import { isFinal } from '../orders/transitions.ts';
import type { ReconciliationDesk } from '../reconciliation/desk.ts';
import type { Recorder } from '../recorder.ts';
import { cancelDue } from './cancel-due.ts';
import type { StopCauses } from './stop-causes.ts';
import type { FlattenJob } from './stops.ts';

const NEVER = Number.POSITIVE_INFINITY;
/** A next exit waits from a second on, doubling to a minute. */
const RETRY_STEP = 2;
/** While it waits for a session or the venue, it says so again this often. */
const TELL_AGAIN_US = US_PER_HOUR;

/** Why a job waits. */
type Waiting =
  | 'market_closed'
  | 'venue_lost'
  | 'not_compared'
  | 'exit_unfilled'
  | 'exit_budget'
  | 'message_budget'
  | 'exit_denied';

/** What a wait ends with by itself, without its time having come. */
const ENDS_BY_EVENT: readonly string[] = ['market_closed', 'venue_lost', 'not_compared'];

/**
 * Closes positions, one durable job for an instrument (X22): its orders end, one reduce-only order
 * goes out for the position as it is known then, the next only when that is resolved, protection
 * ends once flat, and it is done when the broker says flat as well. Each step is a record, so a
 * restart goes on where it stood.
 */
export class FlattenDesk {
  readonly #book: Book;
  readonly #recorder: Recorder;
  readonly #venue: VenueCapabilities;
  readonly #causes: StopCauses;
  readonly #owners: readonly (readonly InstrumentIndex[])[];
  readonly #orders: OrderDesk;
  readonly #reconciliation: ReconciliationDesk;

  constructor(
    book: Book,
    recorder: Recorder,
    causes: StopCauses,
    config: Pick<KernelConfig, 'strategies' | 'venue'>,
    orders: OrderDesk,
    reconciliation: ReconciliationDesk,
  ) {
    this.#owners = config.strategies.map(({ instruments }) => instruments);
    this.#book = book;
    this.#recorder = recorder;
    this.#venue = config.venue;
    this.#causes = causes;
    this.#orders = orders;
    this.#reconciliation = reconciliation;
  }

  /** Begins a job for every instrument with a position or an order; one that runs goes on. */
  begin(by: string, reason: string): void {
    const { account, orders, stops, instruments } = this.#book;
    const ordered = new Set([...orders.open()].map(({ terms }) => terms.instrument));
    for (let k = 0; k < instruments.length; k++) {
      const instrument = k as InstrumentIndex;
      const held = account.positions[k]?.quantity ?? 0;
      if ((held === 0 && !ordered.has(instrument)) || stops.job(instrument) !== undefined) continue;
      this.#emit({
        instrument,
        step: FlattenStep.begun,
        order: NO_ORDER,
        attempt: 0,
        nextAt: NO_TIME,
        by,
        reason,
      });
    }
  }

  /** An operator arms the engine although jobs are not done: they end as they stand. */
  giveUp(by: string, reason: string): void {
    for (const { last } of this.#book.stops.jobs) {
      this.#emit({ ...last, step: FlattenStep.givenUp, nextAt: NO_TIME, by, reason });
      this.#alert(last.instrument, `given up by ${by}: ${reason}`);
    }
  }

  /** When a job goes on by itself. */
  get due(): number {
    let due = NEVER;
    for (const { last } of this.#book.stops.jobs) {
      if (last.nextAt !== NO_TIME && last.nextAt < due) due = last.nextAt;
      for (const leg of this.#legs(last.instrument)) due = Math.min(due, cancelDue(leg) ?? NEVER);
    }
    return due;
  }

  /** Does of each job what can be done now. */
  act(): void {
    const { stops } = this.#book;
    if (stops.starting) return;
    for (const job of stops.jobs) this.#advance(job);
  }

  #advance(job: FlattenJob): void {
    const { orders, account } = this.#book;
    const { last } = job;
    const k = last.instrument;
    // The next exit only when the previous is resolved, and when nothing else could still fill.
    for (const { terms, role } of orders.open()) {
      if (terms.instrument === k && role === OrderRole.order) return;
    }
    if (!this.#protectionEnds(k)) return;
    const held = account.positions[k]?.quantity ?? 0;
    if (held === 0) {
      this.#prove(job);
      return;
    }
    const exit = last.step === FlattenStep.exit ? orders.find(last.order) : undefined;
    if (exit?.state === OrderState.filled) {
      // A slice of what is larger than an order may be: the next goes as messages permit (X20).
      const fits = this.#orders.exitFitsAt(k);
      if (fits <= this.#book.time) this.#exit(last);
      else {
        const nextAt = fits as TimeUs;
        this.#emit({
          ...last,
          step: FlattenStep.wait,
          attempt: 0,
          nextAt,
          reason: 'message_budget',
        });
      }
      return;
    }
    if (exit !== undefined && isFinal(exit.state)) {
      // What filled in part goes on; what did not fill at all waits longer each time.
      const attempt = exit.filled > 0 ? 1 : last.attempt + 1;
      this.#wait(last, 'exit_unfilled', attempt);
      return;
    }
    this.#exit(last);
  }

  #exit(last: Flattening): void {
    const now = this.#book.time;
    const obstacle = this.#obstacle(last.instrument);
    const isWaiting = last.step === FlattenStep.wait && last.nextAt > now;
    if (isWaiting && !ENDS_BY_EVENT.includes(last.reason)) return;
    if (obstacle !== undefined) {
      if (!isWaiting || last.reason !== obstacle) this.#wait(last, obstacle, last.attempt);
      return;
    }
    const { instrument } = last;
    const held = this.#book.account.positions[instrument]?.quantity ?? 0;
    const side = held > 0 ? Side.sell : Side.buy;
    const budget = this.#orders.exitBudget(instrument, side);
    // Asked only where it would be let through: a denied attempt is no step.
    if (budget === 0) {
      this.#wait(last, 'exit_budget', last.attempt + 1);
      return;
    }
    const key = `flatten/${instrument}/${this.#book.orders.lastHandle + 1}`;
    const strategy = this.#owner(instrument);
    const most = Math.min(budget, this.#orders.orderCap(instrument)) as Quantity;
    const sent = this.#orders.exit(strategy, instrument, side, most, key, true);
    if (!sent.ok) this.#wait(last, 'exit_denied', last.attempt + 1);
    else this.#emit({ ...last, step: FlattenStep.exit, order: sent.order, nextAt: NO_TIME });
  }

  /** The strategy that has the instrument; the first where none has. */
  #owner(k: InstrumentIndex): number {
    return Math.max(
      0,
      this.#owners.findIndex((instruments) => instruments.includes(k)),
    );
  }

  /** What keeps an exit from going out now; it is never queued. */
  #obstacle(k: InstrumentIndex): Waiting | undefined {
    const { stops, doubts, time } = this.#book;
    if (doubts.closedSince !== undefined) return 'venue_lost';
    if (!stops.caughtUp) return 'not_compared';
    const calendar = this.#causes.calendar(k);
    const isKnown = time >= calendar.from && time < calendar.horizon;
    return isKnown && !calendar.isOpen(time) ? 'market_closed' : undefined;
  }

  #wait(last: Flattening, reason: Waiting, attempt: number): void {
    const now = this.#book.time;
    const isRetry = !ENDS_BY_EVENT.includes(reason);
    const wait = isRetry ? backoffUs(attempt + RETRY_STEP - 1) : TELL_AGAIN_US;
    const opens = reason === 'market_closed' ? this.#opening(last.instrument) : NEVER;
    const nextAt = Math.min(now + wait, opens) as TimeUs;
    this.#emit({ ...last, step: FlattenStep.wait, attempt, nextAt, reason });
    const held = this.#book.account.positions[last.instrument]?.quantity ?? 0;
    this.#alert(last.instrument, `waits, ${reason}; position ${held}`);
  }

  #opening(k: InstrumentIndex): number {
    const { time } = this.#book;
    return this.#causes.calendar(k).openAfter(time) ?? NEVER;
  }

  /** We are flat: the broker is asked whether it is flat as well. */
  #prove(job: FlattenJob): void {
    const { last } = job;
    if (last.step !== FlattenStep.verify) {
      this.#emit({ ...last, step: FlattenStep.verify, order: NO_ORDER, nextAt: NO_TIME });
      this.#reconciliation.ask();
      return;
    }
    if (!job.flat) return;
    this.#emit({ ...last, step: FlattenStep.done, nextAt: NO_TIME });
    const { symbol } = present(this.#book.instruments[last.instrument], 'instrument');
    this.#recorder.alert(AlertSeverity.info, 'flatten_done', `${symbol} is flat`);
  }

  /**
   * Is no protection in the way? Where the venue ties it to the position it ends with that, and
   * stays until then; elsewhere an exit competes with it, so the legs end first (X14).
   */
  #protectionEnds(k: InstrumentIndex): boolean {
    const legs = this.#legs(k);
    for (const order of legs) {
      const due = cancelDue(order);
      if (due !== undefined && due <= this.#book.time) this.#orders.insistOnCancel(order.handle);
    }
    return legs.length === 0;
  }

  #legs(k: InstrumentIndex): readonly Order[] {
    if (this.#venue.protectionTiedToPosition) return [];
    return [...this.#book.orders.open()].filter(
      ({ terms, role }) => terms.instrument === k && role !== OrderRole.order,
    );
  }

  #alert(k: InstrumentIndex, text: string): void {
    const { symbol } = present(this.#book.instruments[k], 'instrument');
    this.#recorder.alert(AlertSeverity.critical, 'flatten', `${symbol} ${text}`);
  }

  #emit(flattening: Flattening): void {
    this.#recorder.emit({ kind: RecordKind.flattening, flattening });
  }
}
