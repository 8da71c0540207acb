import { assert } from '../model/assert.ts';
import { blankLookUpAnswer, type LookUp, LookUpOutcome, ReadOutcome } from '../model/doubt.ts';
import { type AppliedInput, InputKind, type SnapshotInput } from '../model/inputs.ts';
import { OrderState, type OrderTerms, OrderType, TimeInForce } from '../model/order.ts';
import type { SnapshotOrder } from '../model/reconciliation.ts';
import type { Money, OrderHandle, Price, Quantity, TimeUs } from '../model/units.ts';
import {
  blankFill,
  blankReport,
  type CancelSend,
  type OrderReport,
  type OrderSend,
  type ReplaceSend,
  ReportKind,
  type VenueCapabilities,
} from '../model/venue.ts';
import type { VenuePort } from '../venues/venue-port.ts';

const SECOND = 1_000_000;
/** What really becomes of a request. Delays in µs; `undefined` is never. */
export interface Fate {
  readonly arrives: number | undefined;
  readonly answer: number | undefined;
  /** What the venue does with an order. */
  readonly outcome: 'work' | 'fill' | 'reject';
  /** Delay of the venue's own report of it; `undefined` where it is lost. */
  readonly told: number | undefined;
  /** After giving up on the answer, the time until the connection is closed. */
  readonly closes: number;
}

export const WELL: Fate = {
  arrives: 10_000,
  answer: 20_000,
  outcome: 'work',
  told: 15_000,
  closes: 0,
};

/** What becomes of a read: it fails, or answers after a delay with what was a while ago. */
export interface ReadFate {
  readonly fails: boolean;
  /** The answer comes, and the facts that it speaks of do not. */
  readonly losesFacts: boolean;
  readonly delay: number;
  /** Share of the declared read lag by which it is behind, 0 … 1. */
  readonly lag: number;
}

/** A fact of a log that the stream lost is told again after this. */
const REREAD_US = 9 * SECOND;
/** The engine's answer is given up after this; its connection is closed and opened anew. */
export const ANSWER_TIMEOUT_US = 2 * SECOND;
/** The venue's clock is ahead of ours. */
export const CLOCK_SKEW_US = 7 * SECOND;
const PRICE = 100_000 as Price;

interface Moment {
  readonly at: number;
  readonly state: OrderState;
  readonly filled: number;
  readonly terms: Readonly<OrderTerms>;
}

/** An order in the venue's own book, with all that it ever was. */
export interface FakeOrder {
  readonly order: OrderHandle;
  readonly clientOrderId: string;
  readonly brokerOrderId: string;
  readonly history: Moment[];
  readonly executionIds: string[];
}

type OtherInput = AppliedInput;

/** Where the fake puts what happens later. */
export interface Schedule {
  /** Runs at the venue: it does not care whether the engine lives. */
  atVenue(delay: number, what: () => void): void;
  /** Reaches the engine, unless it died on the way. */
  toEngine(delay: number, what: () => void): void;
  /** The venue's stream: what the engine missed is told when it is back. */
  stream(delay: number, input: OtherInput): void;
  input(input: OtherInput): void;
  now(): TimeUs;
}

const OPEN: readonly OrderState[] = [OrderState.working, OrderState.partiallyFilled];

/** A venue with its own books, whose wire loses and delays what a test says. */
export class FakeVenue implements VenuePort {
  readonly capabilities: VenueCapabilities;
  readonly orders = new Map<string, FakeOrder>();
  /** Client ids of submits on the wire that will arrive. */
  readonly onTheWire = new Map<string, { readonly order: OrderHandle; readonly at: number }>();
  readonly #schedule: Schedule;
  readonly #log: OtherInput[] = [];
  /** Fates of the requests to come; then all goes well. */
  readonly fates: Fate[] = [];
  readonly readFates: ReadFate[] = [];
  #connection = 1;
  position = 0;
  /** Orders that arrived more than once. */
  repeated = 0;
  readonly balance: Money;

  constructor(capabilities: VenueCapabilities, balance: Money, schedule: Schedule) {
    this.capabilities = capabilities;
    this.balance = balance;
    this.#schedule = schedule;
  }

  get venueTime(): TimeUs {
    return (this.#schedule.now() + CLOCK_SKEW_US) as TimeUs;
  }
  get connection(): number {
    return this.#connection;
  }

  /** A new connection. What is on the wire of the old one arrives within the horizon, or dies. */
  reconnect(): void {
    const end = this.#schedule.now() + this.capabilities.inFlightHorizonUs;
    for (const [id, { at }] of this.onTheWire) if (at > end) this.onTheWire.delete(id);
    this.#connection += 1;
    this.#schedule.input({
      kind: InputKind.connection,
      connection: this.#connection,
      open: true,
    });
  }

  openOrders(): readonly FakeOrder[] {
    return [...this.orders.values()].filter((order) => OPEN.includes(last(order).state));
  }

  #fate(): Fate {
    return this.fates.shift() ?? WELL;
  }

  submit(send: OrderSend): void {
    const fate = this.#fate();
    const { order, clientOrderId, terms } = send;
    if (fate.arrives !== undefined) {
      this.onTheWire.set(clientOrderId, { order, at: this.#schedule.now() + fate.arrives });
      this.#schedule.atVenue(fate.arrives, () => {
        const lives = this.onTheWire.delete(clientOrderId);
        if (lives) this.#arrived(order, clientOrderId, terms, fate);
      });
    }
    this.#answer(fate, ReportKind.unknown, order, () => {
      const found = this.orders.get(clientOrderId);
      const refused = found === undefined || last(found).state === OrderState.rejected;
      const report = refused ? ReportKind.refused : ReportKind.accepted;
      const since = found?.history[0]?.at ?? this.#schedule.now();
      const venueTime = (since + CLOCK_SKEW_US) as TimeUs;
      return { report, brokerOrderId: found?.brokerOrderId ?? '', venueTime };
    });
  }

  #arrived(order: OrderHandle, clientOrderId: string, terms: OrderTerms, fate: Fate): void {
    if (this.orders.has(clientOrderId)) {
      this.repeated += 1;
      return;
    }
    const isLate = terms.timeInForce === TimeInForce.gtd && terms.expireTime < this.venueTime;
    const refused = fate.outcome === 'reject' || (this.capabilities.refusesPastDeadline && isLate);
    const brokerOrderId = `b${this.orders.size + 1}`;
    const found: FakeOrder = {
      order,
      clientOrderId,
      brokerOrderId,
      history: [],
      executionIds: [],
    };
    this.orders.set(clientOrderId, found);
    this.#change(found, refused ? OrderState.rejected : OrderState.working, 0, terms);
    const report = refused ? ReportKind.refused : ReportKind.accepted;
    this.#tellReport(found, { report, brokerOrderId }, fate);
    if (!refused && (fate.outcome === 'fill' || terms.type === OrderType.market)) {
      this.#fill(found, fate);
    }
  }

  #change(order: FakeOrder, state: OrderState, filled: number, terms: OrderTerms): void {
    order.history.push({ at: this.#schedule.now(), state, filled, terms });
  }

  #fill(order: FakeOrder, fate: Fate): void {
    const { terms } = last(order);
    this.position += terms.side * terms.quantity;
    this.#change(order, OrderState.filled, terms.quantity, terms);
    order.executionIds.push(`x-${order.brokerOrderId}`);
    this.#tell(this.#fillInput(order), fate.told ?? 30_000, fate.told === undefined);
  }

  #fillInput(order: FakeOrder): OtherInput & { kind: typeof InputKind.fill } {
    const { terms } = last(order);
    return {
      kind: InputKind.fill,
      fill: {
        ...blankFill(),
        order: order.order,
        instrument: terms.instrument,
        side: terms.side,
        executionId: order.executionIds[0] ?? '',
        quantity: terms.quantity,
        price: PRICE,
        balance: this.balance,
        venueTime: this.venueTime,
      },
    };
  }

  #tellReport(order: FakeOrder, report: Partial<OrderReport>, fate: Fate): void {
    const whole = { ...blankReport(), order: order.order, venueTime: this.venueTime, ...report };
    const { told } = fate;
    this.#tell({ kind: InputKind.report, report: whole }, told ?? 0, told === undefined);
  }

  /**
   * Tells a fact by the stream. What is lost there can be read in the log, or looked up; fills of
   * a venue without a log are late and never lost, and where nothing can be asked nothing is.
   */
  #tell(
    input: OtherInput & { kind: typeof InputKind.report | typeof InputKind.fill },
    delay: number,
    lost: boolean,
  ): void {
    const { denseLog, lookUpByClientIdUs } = this.capabilities;
    if (denseLog) {
      const cursor = this.#log.length + 1;
      if (input.kind === InputKind.fill) input.fill.cursor = cursor;
      else input.report.cursor = cursor;
      this.#log.push(input);
    }
    const isFill = input.kind === InputKind.fill;
    if (lost && !denseLog && lookUpByClientIdUs > 0 && !isFill) return;
    // Who follows a log by its stream reads on from the last number that it heard.
    this.#schedule.stream(lost ? REREAD_US : delay, input);
  }

  cancel({ order }: CancelSend): void {
    const fate = this.#fate();
    let done = false;
    if (fate.arrives !== undefined) {
      this.#schedule.atVenue(fate.arrives, () => {
        const found = this.#open(order);
        if (found === undefined) return;
        done = true;
        const { filled, terms } = last(found);
        this.#change(found, OrderState.cancelled, filled, terms);
        this.#tellReport(found, { report: ReportKind.cancelled }, fate);
      });
    }
    this.#answer(fate, ReportKind.cancelUnknown, order, () =>
      done
        ? { report: ReportKind.cancelled, venueTime: this.venueTime }
        : { report: ReportKind.cancelRefused, reason: 'order_not_open' },
    );
  }

  replace({ order, quantity, limitPrice, stopPrice }: ReplaceSend): void {
    const fate = this.#fate();
    let done = false;
    const change = { quantity, limitPrice, stopPrice };
    if (fate.arrives !== undefined) {
      this.#schedule.atVenue(fate.arrives, () => {
        const found = this.#open(order);
        if (found === undefined) return;
        done = true;
        const { state, filled, terms } = last(found);
        this.#change(found, state, filled, { ...terms, ...change });
        this.#tellReport(found, { report: ReportKind.replaced, ...change }, fate);
      });
    }
    this.#answer(fate, ReportKind.replaceUnknown, order, () =>
      done
        ? { report: ReportKind.replaced, ...change }
        : { report: ReportKind.replaceRefused, reason: 'order_not_open' },
    );
  }

  #open(order: OrderHandle): FakeOrder | undefined {
    return this.openOrders().find((found) => found.order === order);
  }

  /** Answers after the request arrived, or gives up: closes, says so, and opens anew. */
  #answer(
    fate: Fate,
    unknown: ReportKind,
    order: OrderHandle,
    words: () => Partial<OrderReport>,
  ): void {
    const { arrives, answer } = fate;
    const report = (told: Partial<OrderReport>): void =>
      this.#schedule.input({
        kind: InputKind.report,
        report: { ...blankReport(), order, ...told },
      });
    if (arrives !== undefined && answer !== undefined && answer < ANSWER_TIMEOUT_US) {
      this.#schedule.toEngine(Math.max(arrives + 1, answer), () => {
        report(words());
      });
      if (Math.max(arrives + 1, answer) < ANSWER_TIMEOUT_US) return;
    }
    const connection = this.#connection;
    this.#schedule.toEngine(ANSWER_TIMEOUT_US, () => {
      if (fate.closes === 0) this.#close(connection);
      report({ report: unknown });
    });
    this.#schedule.toEngine(ANSWER_TIMEOUT_US + fate.closes, () => this.#close(connection));
  }

  #close(connection: number): void {
    if (connection !== this.#connection) return;
    this.#schedule.input({ kind: InputKind.connection, connection, open: false });
    this.reconnect();
  }

  #readFate(): ReadFate {
    return this.readFates.shift() ?? { fails: false, losesFacts: false, delay: 30_000, lag: 0 };
  }

  /** Request and answer each take half of the delay. */
  #read(fate: ReadFate, answer: () => readonly OtherInput[]): void {
    this.#schedule.toEngine(fate.delay / 2, () => {
      const inputs = answer();
      this.#schedule.toEngine(fate.delay / 2, () => {
        for (const input of inputs) this.#schedule.input(input);
      });
    });
  }

  lookUp({ ask, order, clientOrderId }: LookUp): void {
    const fate = this.#readFate();
    assert(this.capabilities.lookUpByClientIdUs > 0, 'only a venue that can is asked');
    const { readLagUs, lookUpByClientIdUs } = this.capabilities;
    this.#read(fate, () => {
      const asOf = this.#schedule.now() - fate.lag * Math.min(readLagUs, 20 * SECOND);
      const found = this.orders.get(clientOrderId);
      const moment = found?.history.findLast(({ at }) => at <= asOf);
      const isKept =
        moment !== undefined &&
        (OPEN.includes(moment.state) || asOf - moment.at <= lookUpByClientIdUs);
      const kind = InputKind.lookUpAnswer;
      const answer = { ...blankLookUpAnswer(), ask, order, venueTime: this.venueTime };
      if (fate.fails) return [{ kind, answer }];
      if (found === undefined || moment === undefined || !isKept) {
        return [{ kind, answer: { ...answer, outcome: LookUpOutcome.notFound } }];
      }
      const { state, terms } = moment;
      const filled = moment.filled as Quantity;
      const { brokerOrderId } = found;
      const { quantity, limitPrice, stopPrice } = terms;
      const outcome = LookUpOutcome.found;
      const shown = { outcome, state, filled, brokerOrderId, quantity, limitPrice, stopPrice };
      const told: OtherInput = { kind, answer: { ...answer, ...shown } };
      return filled > 0 ? [this.#fillInput(found), told] : [told];
    });
  }

  readLogFrom(from: number, ask: number): void {
    const fate = this.#readFate();
    assert(this.capabilities.denseLog, 'only a venue with a log is asked');
    this.#read(fate, () => {
      const { venueTime } = this;
      const outcome = fate.fails ? ReadOutcome.failed : ReadOutcome.clean;
      const cursor = this.#log.length;
      const read: OtherInput = {
        kind: InputKind.logRead,
        logRead: { ask, outcome, cursor, venueTime },
      };
      // A read that fails has told a part of it.
      const facts = this.#log.slice(from, fate.fails ? from + 1 : undefined);
      return fate.losesFacts ? [read] : [...facts, read];
    });
  }

  takeSnapshot(ask: number): void {
    const fate = this.#readFate();
    this.#read(fate, () => [this.snapshot(ask, !fate.fails)]);
  }

  takeOpening(ask: number): void {
    const fate = this.#readFate();
    this.#read(fate, () => [this.opening(ask, !fate.fails)]);
  }

  /** What the position was bought at is no matter to who asks here. */
  opening(ask: number, complete = true): OtherInput {
    const { snapshot } = this.snapshot(ask, complete);
    const lots = snapshot.positions.map((position) => ({
      ...position,
      price: 100_000 as Price,
      venueTime: snapshot.venueTime,
    }));
    return { kind: InputKind.opening, opening: { snapshot, lots } };
  }

  snapshot(ask: number, complete = true): SnapshotInput {
    const openOrders = this.openOrders().map((order): SnapshotOrder => {
      const { terms, state, filled } = last(order);
      const { instrument, side, quantity, limitPrice, stopPrice } = terms;
      return {
        order: order.order,
        clientOrderId: order.clientOrderId,
        brokerOrderId: order.brokerOrderId,
        instrument,
        side,
        state,
        quantity,
        filled: filled as Quantity,
        limitPrice,
        stopPrice,
      };
    });
    const quantity = this.position as Quantity;
    return {
      kind: InputKind.snapshot,
      snapshot: {
        ask,
        cursor: this.#log.length,
        complete,
        balance: this.balance,
        positions:
          quantity === 0 ? [] : [{ instrument: 0 as SnapshotOrder['instrument'], quantity }],
        openOrders: complete ? openOrders : [],
        venueTime: this.venueTime,
      },
    };
  }
}

/** What the order is now. */
export function last(order: FakeOrder): Moment {
  const moment = order.history[order.history.length - 1];
  assert(moment !== undefined, 'an order has a beginning');
  return moment;
}
