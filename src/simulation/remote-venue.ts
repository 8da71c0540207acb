import { present } from '../model/assert.ts';
import { blankLookUpAnswer, type LookUpAnswer, LookUpOutcome } from '../model/doubt.ts';
import { OrderRole, OrderState, type OrderTerms, TimeInForce } from '../model/order.ts';
import {
  blankSnapshot,
  type Opening,
  type Snapshot,
  type SnapshotOrder,
} from '../model/reconciliation.ts';
import {
  type InstrumentIndex,
  type Money,
  NO_TIME,
  type Price,
  type Quantity,
} from '../model/units.ts';
import { type OrderReport, ReportKind } from '../model/venue.ts';
import type { Dice } from './dice.ts';
import type { Faults } from './faults.ts';
import {
  type Fact,
  isOpen,
  momentAt,
  OPENING_BALANCE,
  type RemoteBooks,
  type RemoteOrder,
  type Resolve,
  remoteOrder,
} from './remote-books.ts';
import { end, execute, meet } from './remote-matching.ts';

/** An order as it travels. */
export interface Submission {
  readonly clientOrderId: string;
  readonly terms: OrderTerms;
  readonly stopLossId: string;
  readonly takeProfitId: string;
}

/** What the venue says to a request, and the fact in its log that it speaks of. */
export interface Answer {
  readonly told: Partial<OrderReport>;
  readonly fact: Fact | undefined;
}

const NOT_OPEN = 'order_not_open';

/** The broker: books of its own, which no death of the engine touches, and a market. */
export class RemoteVenue {
  readonly books: RemoteBooks;
  readonly #dice: Dice;
  readonly #faults: Faults;
  readonly #later: (delayUs: number, what: () => void) => void;
  /** Orders that were executed although their client order id had been there before. */
  readonly repeated: string[] = [];
  /** Orders that filled or lived on after their end was told: the broker's doing. */
  readonly undone = new Set<string>();
  /** By instrument: no order is taken before this time. */
  readonly haltedUntil: number[];

  constructor(
    books: RemoteBooks,
    dice: Dice,
    faults: Faults,
    later: (delayUs: number, what: () => void) => void,
  ) {
    this.books = books;
    this.#dice = dice;
    this.#faults = faults;
    this.#later = later;
    this.haltedUntil = books.mids.map(() => 0);
  }

  /** A submit arrives. */
  submit(submission: Submission): Answer {
    const { books } = this;
    const { clientOrderId, terms } = submission;
    const known = books.orders.get(clientOrderId);
    const { refusesRepeatedClientId } = books.capabilities;
    if (known !== undefined) {
      const isRefused =
        refusesRepeatedClientId === 'for_ever' ||
        (refusesRepeatedClientId === 'while_open' && isOpen(known));
      if (isRefused) return refused(ReportKind.refused, 'id_repeated');
      this.repeated.push(clientOrderId);
    }
    const order = remoteOrder(
      {
        ...submission,
        brokerOrderId: books.nextBrokerId(),
        role: OrderRole.order,
        parent: undefined,
      },
      terms,
    );
    const why = this.#refusal(terms);
    if (why !== undefined) {
      order.state = OrderState.rejected;
      books.add(order);
      books.changed(order);
      const fact = books.report(order, { report: ReportKind.rejected, reason: why }, true);
      return { told: { report: ReportKind.refused }, fact };
    }
    books.add(order);
    books.changed(order);
    const fact = books.report(order, { report: ReportKind.accepted }, true);
    meet(books, order, this.#dice);
    return { told: {}, fact };
  }

  #refusal(terms: OrderTerms): string | undefined {
    const { books } = this;
    const isLate = terms.timeInForce === TimeInForce.gtd && terms.expireTime < books.venueTime;
    if (isLate && books.capabilities.refusesPastDeadline) return 'past_deadline';
    if (this.isHalted(terms.instrument)) return 'halted';
    return this.#faults.meets('order_rejected') === 0 ? undefined : 'rejected';
  }

  cancel(clientOrderId: string): Answer {
    const { books } = this;
    const order = books.orders.get(clientOrderId);
    if (order === undefined || !isOpen(order)) return refused(ReportKind.cancelRefused, NOT_OPEN);
    end(books, order, ReportKind.cancelled, '', true);
    const fact = present(books.log.at(-1), 'fact');
    this.#cancelGoesWrong(order);
    return { told: {}, fact };
  }

  /** It was matched at the same moment, or the broker takes the cancel back. */
  #cancelGoesWrong(order: RemoteOrder): void {
    const { books } = this;
    const { clientOrderId, terms } = order;
    if (order.role !== OrderRole.order || terms.reduceOnly) return;
    const late = this.#faults.meets('fill_after_cancel');
    // Where reads lag, a cancel that is read after it was taken back looks the younger of the two.
    const { lookUpByClientIdUs, readLagUs } = books.capabilities;
    const isTold = lookUpByClientIdUs === 0 || readLagUs === 0;
    const undone = late === 0 && isTold ? this.#faults.meets('cancel_undone') : 0;
    const drawn = late || undone;
    if (drawn === 0) return;
    this.undone.add(clientOrderId);
    this.#later(1000 + (drawn % 800_000), () => {
      const k = terms.instrument;
      books.upsets[k] = present(books.upsets[k], 'upsets') + 1;
      if (late === 0) {
        books.move(order, OrderState.working);
        books.report(order, { report: ReportKind.accepted }, false);
        return;
      }
      const left = terms.quantity - order.filled;
      const price = terms.side > 0 ? books.ask(k) : books.bid(k);
      const quantity = 1 + (drawn % left);
      books.fill(order, quantity, price);
      const isDone = order.filled >= terms.quantity;
      if (isDone) books.move(order, OrderState.filled);
      else books.changed(order);
    });
  }

  replace(clientOrderId: string, quantity: number, limitPrice: Price, stopPrice: Price): Answer {
    const { books } = this;
    const order = books.orders.get(clientOrderId);
    if (order === undefined || !isOpen(order)) return refused(ReportKind.replaceRefused, NOT_OPEN);
    // Of a leg the venue sets the quantity itself: it follows what there is to protect.
    const size = order.role === OrderRole.order ? quantity : order.terms.quantity;
    if (size <= order.filled) return refused(ReportKind.replaceRefused, 'quantity_filled');
    if (order.triggered) return refused(ReportKind.replaceRefused, 'triggered');
    order.terms = { ...order.terms, quantity: size as Quantity, limitPrice, stopPrice };
    books.changed(order);
    const told = { quantity: size as Quantity, limitPrice, stopPrice };
    const fact = books.report(order, { report: ReportKind.replaced, ...told }, true);
    return { told: {}, fact };
  }

  /** A moment of the market: the price moves, orders expire, are triggered and filled. */
  tick(k: number): void {
    const { books } = this;
    const dice = this.#dice;
    const step = dice.chance(0.04) ? dice.between(-60, 60) : dice.between(-8, 8);
    books.mids[k] = Math.max(50_000, present(books.mids[k], 'price') + step);
    this.settle(k);
    for (const order of [...present(books.open[k], 'book')])
      if (!order.foreign) meet(books, order, dice);
  }

  /** What time alone does: orders expire, and a halt ends. */
  settle(k: number): void {
    const { books } = this;
    this.#resume(k);
    for (const order of [...present(books.open[k], 'book')]) {
      const { timeInForce, expireTime } = order.terms;
      if (timeInForce !== TimeInForce.gtd || expireTime === NO_TIME) continue;
      if (isOpen(order) && expireTime <= books.venueTime) {
        end(books, order, ReportKind.expired, '', false);
      }
    }
  }

  isHalted(k: number): boolean {
    return present(this.haltedUntil[k], 'instrument') > this.books.now;
  }

  /** No trading on the instrument for a while. */
  halt(k: number, us: number): void {
    const { books } = this;
    this.haltedUntil[k] = books.now + us;
    for (const order of present(books.open[k], 'book')) {
      if (order.foreign || order.state !== OrderState.working) continue;
      books.move(order, OrderState.suspended);
      books.report(order, { report: ReportKind.suspended }, false);
    }
  }

  #resume(k: number): void {
    const { books } = this;
    if (this.isHalted(k)) return;
    for (const order of present(books.open[k], 'book')) {
      if (order.state !== OrderState.suspended) continue;
      books.move(order, OrderState.working);
      books.report(order, { report: ReportKind.resumed }, false);
    }
  }

  /** Everything is as at the beginning: orders gone, positions closed, the balance set. */
  reset(closeOut: (k: number) => void): number {
    const { books } = this;
    this.cancelAll('account_reset');
    for (const [k, { quantity }] of books.positions.entries()) if (quantity !== 0) closeOut(k);
    return OPENING_BALANCE - books.balance;
  }

  /** Every order that works and was not placed by hand is cancelled there. */
  cancelAll(reason: string): void {
    const { books } = this;
    for (const book of books.open) {
      for (const order of [...book]) {
        if (order.foreign) continue;
        if (isOpen(order)) end(books, order, ReportKind.cancelled, reason, false);
      }
    }
  }

  /** An order as it was at a time: its fills, then the answer. */
  lookUp(
    clientOrderId: string,
    asOf: number,
  ): { readonly fills: readonly Fact[]; readonly answer: LookUpAnswer } {
    const { books } = this;
    const { lookUpByClientIdUs } = books.capabilities;
    const order = books.orders.get(clientOrderId);
    const moment = order === undefined ? undefined : momentAt(order, asOf);
    const answer = { ...blankLookUpAnswer(), venueTime: books.venueTime };
    const isKept =
      order !== undefined &&
      moment !== undefined &&
      (isOpen(order) || asOf - moment.at <= lookUpByClientIdUs);
    if (!isKept) return { fills: [], answer: { ...answer, outcome: LookUpOutcome.notFound } };
    const { state, terms } = moment;
    return {
      fills: order.fills.filter(({ at }) => at <= asOf),
      answer: {
        ...answer,
        outcome: LookUpOutcome.found,
        state,
        brokerOrderId: order.brokerOrderId,
        quantity: terms.quantity,
        filled: moment.filled as Quantity,
        limitPrice: terms.limitPrice,
        stopPrice: terms.stopPrice,
      },
    };
  }

  /** Facts of the log after a number, as far as they were there at a time. */
  factsAfter(number: number, asOf: number): readonly Fact[] {
    return this.books.log.slice(number).filter(({ at }) => at <= asOf);
  }

  /** The account as it was at a time. */
  snapshot(asOf: number, resolve: Resolve): Snapshot {
    const { books } = this;
    const last = books.log.findLast(({ at }) => at <= asOf);
    const positions = last?.positions ?? books.positions.map(() => 0);
    const openOrders: SnapshotOrder[] = [];
    for (const order of books.orders.values()) {
      const moment = momentAt(order, asOf);
      if (moment === undefined || !isOpen({ ...order, state: moment.state })) continue;
      openOrders.push(snapshotOrder(order, moment, resolve));
    }
    return {
      ...blankSnapshot(),
      cursor: books.capabilities.denseLog ? (last?.number ?? 0) : 0,
      complete: true,
      balance: BigInt(last?.balance ?? OPENING_BALANCE) as Money,
      positions: positions.flatMap((quantity, k) =>
        quantity === 0
          ? []
          : [{ instrument: k as InstrumentIndex, quantity: quantity as Quantity }],
      ),
      openOrders,
      venueTime: books.venueTime,
    };
  }

  /** With what was paid for the positions, about: the engine books no profit from it. */
  openingOf(snapshot: Snapshot): Opening {
    const lots = snapshot.positions.map(({ instrument, quantity }) => {
      const price = present(this.books.mids[instrument], 'mid') as Price;
      return { instrument, quantity, price, venueTime: snapshot.venueTime };
    });
    return { snapshot, lots };
  }

  /** A late execution of an order, for the tests of the books. */
  execute(order: RemoteOrder, quantity: number, price: number): void {
    execute(this.books, order, quantity, price);
  }
}

function refused(report: OrderReport['report'], reason: string): Answer {
  return { told: { report, reason }, fact: undefined };
}

function snapshotOrder(
  order: RemoteOrder,
  moment: NonNullable<ReturnType<typeof momentAt>>,
  resolve: Resolve,
): SnapshotOrder {
  const { instrument, side, quantity, limitPrice, stopPrice } = moment.terms;
  return {
    order: resolve(order.clientOrderId),
    clientOrderId: order.clientOrderId,
    brokerOrderId: order.brokerOrderId,
    instrument,
    side,
    state: moment.state,
    quantity,
    filled: moment.filled as Quantity,
    limitPrice,
    stopPrice,
  };
}
