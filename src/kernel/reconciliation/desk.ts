import { present } from '../../model/assert.ts';
import { Question } from '../../model/doubt.ts';
import { OrderFlag } from '../../model/order.ts';
import {
  BREAK_KINDS,
  type Break,
  blankBreak,
  type Opening,
  type Snapshot,
  type SnapshotOrder,
} from '../../model/reconciliation.ts';
import { RecordKind } from '../../model/records.ts';
import { type Money, NO_ORDER, NO_TIME, type Quantity, type TimeUs } from '../../model/units.ts';
import type { VenueCapabilities } from '../../model/venue.ts';
import type { Book } from '../book.ts';
import type { Effect } from '../effects.ts';
import type { Alarms } from '../orders/alarms.ts';
import type { DoubtDesk } from '../orders/doubt-desk.ts';
import { isSubmitInDoubt, isUnanswered } from '../orders/doubts.ts';
import { backoffUs } from '../orders/in-doubt.ts';
import type { Order } from '../orders/order.ts';
import { ownerOf } from '../orders/ownership.ts';
import type { VenueDesk } from '../orders/venue-desk.ts';
import type { Recorder } from '../recorder.ts';
import { breakKey, breakName, ruleOf } from './breaks.ts';
import {
  type EngineOrder,
  type EngineView,
  type Matching,
  match,
  type Tolerances,
} from './match.ts';

/** The books agree to the last count, or they differ. */
const EXACT: Tolerances = { cash: 0n as Money };

/** Snapshots are asked for less often than orders in doubt: from a second on, doubling alike. */
const SNAPSHOT_STEP = 2;

const CHANGING =
  OrderFlag.cancelPending |
  OrderFlag.cancelInDoubt |
  OrderFlag.replacePending |
  OrderFlag.replaceInDoubt;

/** Compares the engine with the broker's snapshots, and holds new risk while they differ. */
export class ReconciliationDesk {
  readonly #book: Book;
  readonly #recorder: Recorder;
  readonly #venue: VenueCapabilities;
  readonly #desk: VenueDesk;
  readonly #doubts: DoubtDesk;
  readonly #alarms: Alarms;

  constructor(
    book: Book,
    recorder: Recorder,
    venue: VenueCapabilities,
    desk: VenueDesk,
    doubts: DoubtDesk,
    alarms: Alarms,
  ) {
    this.#book = book;
    this.#recorder = recorder;
    this.#venue = venue;
    this.#desk = desk;
    this.#doubts = doubts;
    this.#alarms = alarms;
  }

  snapshot(snapshot: Snapshot): void {
    const { cursor } = this.#book;
    // Older than our books: what it says has been overtaken (X26).
    if (snapshot.cursor < cursor) return;
    if (snapshot.cursor === cursor || !this.#book.beginning.isOpen) {
      this.#compare(snapshot);
      return;
    }
    if (this.#venue.denseLog) this.#desk.askLog();
  }

  /** The books were opened, or are still to be: what was told meanwhile is read from there on. */
  opening({ snapshot }: Opening): void {
    this.snapshot(snapshot);
    const { doubts, cursor, beginning } = this.#book;
    if (beginning.isOpen && doubts.seen > cursor) this.#desk.askLog();
  }

  /** Facts were booked: a snapshot may have been waiting for them. */
  advanced(): void {
    const { cursor, reconciliation } = this.#book;
    const { pending } = reconciliation;
    if (pending === undefined || pending.cursor > cursor) return;
    this.#book.settle();
    if (pending.cursor === cursor) this.#compare(pending);
  }

  /** Asks for a snapshot when one is due. */
  act(now: TimeUs): void {
    const { reconciliation } = this.#book;
    if (reconciliation.nextAt > now) return;
    const { pending } = reconciliation;
    if (pending !== undefined) this.#compare({ ...pending, complete: false });
    this.ask();
  }

  /** Asks for a snapshot now, and again until one is of use. */
  ask(): void {
    const { reconciliation, doubts, time: now } = this.#book;
    const { attempts } = reconciliation;
    const attempt = attempts + 1;
    const nextAt = (now + backoffUs(attempts + SNAPSHOT_STEP)) as TimeUs;
    const ask = doubts.asks + 1;
    this.#recorder.emit({
      kind: RecordKind.asked,
      asked: { ask, question: Question.snapshot, order: NO_ORDER, attempt, nextAt },
    });
    this.#recorder.effects.push(snapshotEffect(this.#book, ask));
  }

  #compare(told: Snapshot): void {
    const { reconciliation, time } = this.#book;
    const snapshot = { ...told, openOrders: told.openOrders.map((order) => this.#owned(order)) };
    if (snapshot.complete) this.#adopt(snapshot);
    const matching = this.#matching(snapshot);
    const acting = matching.breaks.filter((found) => this.#isActedOn(found));
    const news = matching.breaks.filter((found) => !reconciliation.seen.includes(breakKey(found)));
    const isClean = matching.breaks.every(
      (found) => ruleOf(found).reaction === 'alert' && breakName(found) !== 'stale_source',
    );
    // A stale source shows nothing: what was held stays held, and what was clean stays clean.
    const held = snapshot.complete ? acting.length > 0 : reconciliation.held;
    const nextAt = (
      isClean ? NO_TIME : time + backoffUs(reconciliation.attempts + SNAPSHOT_STEP)
    ) as TimeUs;
    this.#record(snapshot, matching, { clean: isClean, held, nextAt });
    for (const found of news) this.#alert(found);
  }

  #matching(snapshot: Snapshot): Matching {
    const { isOpen, found } = this.#book.beginning;
    const whole = isOpen ? snapshot : { ...snapshot, complete: false };
    const matching = match(this.#view(), whole, EXACT);
    if (found === '') return matching;
    // What stood there before us belongs to nobody until somebody says so by name (X27).
    const kind = BREAK_KINDS.indexOf('foreign_activity');
    const foreign = { ...blankBreak(), kind, reference: 'opening', theirs: found };
    return { ...matching, breaks: [...matching.breaks, foreign] };
  }

  #record(
    { ask, cursor, venueTime, complete }: Snapshot,
    { breaks, agreed, drifts }: Matching,
    outcome: { readonly clean: boolean; readonly held: boolean; readonly nextAt: TimeUs },
  ): void {
    const { reached, orders, reconciliation } = this.#book;
    let unanswered = 0;
    for (const { state } of orders.open()) if (isUnanswered(state)) unanswered += 1;
    this.#recorder.emit({
      kind: RecordKind.reconciled,
      reconciled: {
        ask,
        cursor,
        venueTime,
        ...outcome,
        breaks: [...breaks],
        agreed,
        matched: reached - unanswered,
        reached,
        drifts: [...(complete ? drifts : reconciliation.drifts)],
      },
    });
  }

  #isActedOn(found: Break): boolean {
    const { reaction, seenTwice } = ruleOf(found);
    if (reaction !== 'hold') return false;
    return !seenTwice || this.#book.reconciliation.seen.includes(breakKey(found));
  }

  #alert(found: Break): void {
    const name = breakName(found);
    const { symbol } = present(this.#book.instruments[found.instrument], 'instrument');
    const about =
      found.order === NO_ORDER ? `${symbol} ${found.reference}` : `order ${found.order}`;
    const text = `${name}, ${about}: engine ${found.ours}, broker ${found.theirs}`;
    this.#recorder.alert(ruleOf(found).severity, `break_${name}`, text);
  }

  /** Names an order by its client id where the adapter could not; a twin's stops everything. */
  #owned(order: SnapshotOrder): SnapshotOrder {
    if (order.order !== NO_ORDER) return order;
    const owner = ownerOf(this.#book.prefix, this.#book.orders, order.clientOrderId);
    if (owner.kind === 'ours') return { ...order, order: owner.order };
    this.#alarms.notInBooks(owner, order.clientOrderId);
    return order;
  }

  /** An order in doubt that the broker lists is there. */
  #adopt({ openOrders, ask, venueTime }: Snapshot): void {
    for (const their of openOrders) {
      const order = this.#book.orders.find(their.order);
      if (order === undefined || !isSubmitInDoubt(order)) continue;
      this.#doubts.shown(order, { ...their, reason: 'snapshot', venueTime, ask });
    }
  }

  #view(): EngineView {
    const { orders, account } = this.#book;
    return {
      orders: [...orders.open()].map(engineOrder),
      positions: account.positions.map(
        ({ quantity }, k) => (quantity + (account.external[k]?.quantity ?? 0)) as Quantity,
      ),
      balance: account.balance,
      ended: (order) => orders.find(order)?.state,
    };
  }
}

/** Asks for the account: as it stands, or to begin with where our books are not open yet. */
export function snapshotEffect({ beginning }: Book, ask: number): Effect {
  return { kind: beginning.isOpen ? 'snapshot' : 'opening', ask };
}

function engineOrder({ handle, terms, filled, state, flags }: Order): EngineOrder {
  const confirmed = !isUnanswered(state);
  return { order: handle, terms, filled, state, confirmed, changing: (flags & CHANGING) !== 0 };
}
