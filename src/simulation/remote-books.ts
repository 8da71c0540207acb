import { present } from '../model/assert.ts';
import { InputKind } from '../model/inputs.ts';
import { type OrderRole, OrderState, type OrderTerms } from '../model/order.ts';
import type { Money, OrderHandle, Price, Quantity, TimeUs } from '../model/units.ts';
import {
  blankFill,
  blankLedgerFact,
  blankReport,
  type LedgerFact,
  type OrderReport,
  type VenueCapabilities,
} from '../model/venue.ts';
import type { VenueFact } from '../venues/sim/messages.ts';

/** Account money, 10⁻⁶ USD, in one count of price × quantity of these instruments. */
export const MONEY_PER_VALUE = 10;
export const OPENING_BALANCE = 100_000_000_000;

/** What an order was at a time: reads may be behind. */
interface Moment {
  readonly at: number;
  readonly state: OrderState;
  readonly filled: number;
  readonly terms: Readonly<OrderTerms>;
}

/** An order in the venue's own books. */
export interface RemoteOrder {
  readonly clientOrderId: string;
  readonly brokerOrderId: string;
  readonly role: OrderRole;
  readonly parent: RemoteOrder | undefined;
  readonly stopLossId: string;
  readonly takeProfitId: string;
  /** Traded by hand: none of ours. */
  readonly foreign: boolean;
  terms: Readonly<OrderTerms>;
  state: OrderState;
  filled: number;
  triggered: boolean;
  isProtected: boolean;
  readonly history: Moment[];
  readonly fills: Fact[];
}

/**
 * A fact of the venue's log. Orders are named by client order id: what number they have in the
 * engine is the adapter's business, when it tells the fact.
 */
export interface Fact {
  /** Dense from 1, whether or not the venue shows its log. */
  readonly number: number;
  readonly at: number;
  readonly clientOrderId: string;
  readonly parentId: string;
  readonly input: VenueFact;
  /** Somebody asked for what it tells, and has an answer of its own. */
  readonly solicited: boolean;
  readonly balance: number;
  readonly positions: readonly number[];
}

const OPEN: readonly OrderState[] = [
  OrderState.working,
  OrderState.partiallyFilled,
  OrderState.triggered,
  OrderState.suspended,
];

export function isOpen({ state }: RemoteOrder): boolean {
  return OPEN.includes(state);
}

/** A net position at average cost; closing q of Q releases round(cost·q/Q). */
class NetPosition {
  quantity = 0;
  #cost = 0;

  /** Books a signed quantity; returns the profit, in price × quantity. */
  apply(signed: number, price: number): { profit: number; closed: number } {
    const held = this.quantity;
    const opposite = held !== 0 && held > 0 !== signed > 0;
    const closed = opposite ? Math.min(Math.abs(signed), Math.abs(held)) : 0;
    let profit = 0;
    if (closed > 0) {
      const all = Math.abs(held);
      const released =
        closed === all ? this.#cost : Math.floor((2 * this.#cost * closed + all) / (2 * all));
      this.#cost -= released;
      profit = held > 0 ? price * closed - released : released - price * closed;
    }
    this.#cost += price * (Math.abs(signed) - closed);
    this.quantity += signed;
    return { profit, closed };
  }
}

/** The venue's books: orders, positions, money, and the log of all that happened to them. */
export class RemoteBooks {
  readonly capabilities: VenueCapabilities;
  readonly orders = new Map<string, RemoteOrder>();
  /** By instrument, oldest first. */
  readonly open: RemoteOrder[][];
  readonly positions: readonly NetPosition[];
  readonly mids: number[];
  /** By instrument: how often something that the engine did not ask for moved the position. */
  readonly upsets: number[];
  /** By instrument: the sum of what facts of the ledger did to the position. */
  readonly ledgerMoves: number[];
  readonly log: Fact[] = [];
  balance = OPENING_BALANCE;
  /** Called with each execution: the position before and after it. */
  onExecution: (order: RemoteOrder, before: number, after: number) => void = () => undefined;
  /** Called with each new fact. */
  onFact: (fact: Fact) => void = () => undefined;
  readonly #clock: () => number;
  readonly #skewUs: number = 0;
  #brokerIds = 0;
  #executions = 0;

  constructor(
    capabilities: VenueCapabilities,
    instruments: number,
    clock: () => number,
    skewUs: number,
  ) {
    this.capabilities = capabilities;
    this.#clock = clock;
    this.#skewUs = skewUs;
    const all = Array.from({ length: instruments }, (_, k) => k);
    this.open = all.map(() => []);
    this.positions = all.map(() => new NetPosition());
    this.mids = all.map((k) => 100_000 + 20_000 * k);
    this.upsets = all.map(() => 0);
    this.ledgerMoves = all.map(() => 0);
  }

  get now(): number {
    return this.#clock();
  }
  /** The venue's clock is not ours. */
  get venueTime(): TimeUs {
    return (this.#clock() + this.#skewUs) as TimeUs;
  }
  nextBrokerId(): string {
    this.#brokerIds += 1;
    return `b${this.#brokerIds}`;
  }
  position(k: number): NetPosition {
    return present(this.positions[k], 'position');
  }
  bid(k: number): number {
    return present(this.mids[k], 'price') - 1;
  }
  ask(k: number): number {
    return present(this.mids[k], 'price') + 1;
  }

  add(order: RemoteOrder): void {
    this.orders.set(order.clientOrderId, order);
    if (isOpen(order)) present(this.open[order.terms.instrument], 'book').push(order);
  }

  /** Notes a new state; what ended is open no longer. */
  move(order: RemoteOrder, state: OrderState): void {
    const was = isOpen(order);
    order.state = state;
    this.changed(order);
    const book = present(this.open[order.terms.instrument], 'book');
    if (was && !isOpen(order)) book.splice(book.indexOf(order), 1);
    if (!was && isOpen(order)) book.push(order);
  }

  changed(order: RemoteOrder): void {
    const { state, filled, terms } = order;
    order.history.push({ at: this.now, state, filled, terms });
  }

  report(order: RemoteOrder, told: Partial<OrderReport>, solicited: boolean): Fact {
    const { brokerOrderId, role, parent } = order;
    const report = {
      ...blankReport(),
      brokerOrderId,
      role,
      venueTime: this.venueTime,
      ...told,
    };
    const parentId = parent?.clientOrderId ?? '';
    return this.#tell(order.clientOrderId, { kind: InputKind.report, report }, solicited, parentId);
  }

  /** An execution: position, money and the order's filled quantity, told with its figures. */
  fill(order: RemoteOrder, quantity: number, price: number): number {
    const { instrument, side } = order.terms;
    const position = this.position(instrument);
    const before = position.quantity;
    const { profit, closed } = position.apply(side * quantity, price);
    this.onExecution(order, before, position.quantity);
    const realized = profit * MONEY_PER_VALUE;
    const commission = quantity * 3;
    this.balance += realized - commission;
    order.filled += quantity;
    this.#executions += 1;
    const fill = {
      ...blankFill(),
      instrument,
      side,
      executionId: `x${this.#executions}`,
      quantity: quantity as Quantity,
      price: price as Price,
      realized: BigInt(realized) as Money,
      commission: BigInt(commission) as Money,
      balance: BigInt(this.balance) as Money,
      venueTime: this.venueTime,
    };
    order.fills.push(this.#tell(order.clientOrderId, { kind: InputKind.fill, fill }, false, ''));
    return closed;
  }

  /** A fact that the broker alone decides; `quantity` moves the position at `price`. */
  ledger(told: Partial<LedgerFact>, extra = 0): void {
    const { instrument, quantity, price } = { ...blankLedgerFact(), ...told };
    let amount = extra;
    if (quantity !== 0) {
      amount += this.position(instrument).apply(quantity, price).profit * MONEY_PER_VALUE;
      this.upsets[instrument] = present(this.upsets[instrument], 'upsets') + 1;
      this.ledgerMoves[instrument] = present(this.ledgerMoves[instrument], 'moves') + quantity;
    }
    this.balance += amount;
    const ledger = {
      ...blankLedgerFact(),
      ...told,
      amount: BigInt(amount) as Money,
      balance: BigInt(this.balance) as Money,
      venueTime: this.venueTime,
    };
    this.#tell('', { kind: InputKind.ledger, ledger }, false, '');
  }

  #tell(clientOrderId: string, input: VenueFact, solicited: boolean, parentId: string): Fact {
    const fact: Fact = {
      number: this.log.length + 1,
      at: this.now,
      clientOrderId,
      parentId,
      input,
      solicited,
      balance: this.balance,
      positions: this.positions.map(({ quantity }) => quantity),
    };
    this.log.push(fact);
    this.onFact(fact);
    return fact;
  }
}

/** How an order stood at a time, or `undefined` where it was not there yet. */
export function momentAt(order: RemoteOrder, at: number): Moment | undefined {
  return order.history.findLast((moment) => moment.at <= at);
}

/** What an order is made of beside its terms. */
export type OrderStart = Pick<
  RemoteOrder,
  'clientOrderId' | 'brokerOrderId' | 'role' | 'parent' | 'stopLossId' | 'takeProfitId'
>;

export function remoteOrder(start: OrderStart, terms: OrderTerms, foreign = false): RemoteOrder {
  return {
    ...start,
    foreign,
    terms,
    state: OrderState.working,
    filled: 0,
    triggered: false,
    isProtected: false,
    history: [],
    fills: [],
  };
}

/** Whose the numbers are is told when they are told: no handle is known here. */
export type Resolve = (clientOrderId: string) => OrderHandle;

/** The fact as the engine is told it, with its own numbers in it; a copy. */
export function inputOf(fact: Fact, resolve: Resolve, cursor: number): VenueFact {
  const { input, clientOrderId, parentId } = fact;
  if (input.kind === InputKind.report) {
    const order = resolve(clientOrderId);
    const parent = resolve(parentId);
    return { kind: input.kind, report: { ...input.report, order, parent, cursor } };
  }
  if (input.kind === InputKind.fill) {
    const order = resolve(clientOrderId);
    return {
      kind: input.kind,
      fill: { ...input.fill, order, rate: { ...input.fill.rate }, cursor },
    };
  }
  return { kind: input.kind, ledger: { ...input.ledger, cursor } };
}
