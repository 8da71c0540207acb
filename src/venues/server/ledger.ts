import { Calendar } from '../../market/calendar.ts';
import { QuoteBoard } from '../../market/quote-board.ts';
import { present } from '../../model/assert.ts';
import type { FieldIo, Walkable } from '../../model/codec.ts';
import type { DecisionRef } from '../../model/order.ts';
import type { InstrumentIndex, OrderHandle, TimeUs } from '../../model/units.ts';
import type { SimVenueConfig } from '../sim/config.ts';
import { SimVenue } from '../sim/sim-venue.ts';
import type { FillWatch } from '../sim/venue-rules.ts';
import {
  type AccountState,
  blankAccountState,
  loadText,
  type OrderEntry,
  saveText,
  type Trade,
} from './entries.ts';
import { Format, wireTime } from './format.ts';
import { TransactionLog } from './transaction-log.ts';
import { fields, type Transaction, type WireObject } from './wire.ts';

/** What the books of one account are made of. */
export interface BooksConfig {
  /** Its latency is 0: a request is answered at once. Its cost basis is `lots`: a trade is one. */
  readonly venue: SimVenueConfig;
  /** `101-001-1234567-001`. */
  readonly accountId: string;
  /** Transactions that can be read back. */
  readonly transactionsKept: number;
  /** Ended orders, and closed trades, that can be read back. */
  readonly endedKept: number;
}

/** How a reason ends that says that the client id of an order is in use. */
export const CLIENT_ID_TAKEN = 'CLIENT_ORDER_ID_ALREADY_EXISTS';

/** The lot of a trade is named by the order that opened it. */
export function lotOf(handle: number, k: number): DecisionRef {
  return { strategy: 0, instrument: k as InstrumentIndex, number: handle };
}

interface Saved {
  readonly orders: readonly OrderEntry[];
  readonly trades: readonly Trade[];
  readonly last: number;
  readonly transactions: readonly Transaction[];
}

/**
 * All that is known of the account, and how a transaction is written. It decides nothing: the desks
 * do.
 */
export class Ledger implements Walkable {
  readonly config: BooksConfig;
  readonly format: Format;
  readonly board: QuoteBoard;
  readonly venue: SimVenue;
  readonly calendars: readonly Calendar[];
  readonly log: TransactionLog;
  account: AccountState = blankAccountState();
  /** Pending and ended, by number, oldest first. */
  readonly orders = new Map<number, OrderEntry>();
  readonly trades = new Map<number, Trade>();
  /** Pending orders, by number. */
  readonly pending = new Map<number, OrderEntry>();
  /** Open trades, by the handle of the order that opened them. */
  readonly open = new Map<number, Trade>();
  readonly #byHandle = new Map<number, OrderEntry>();
  /** Time of what is happening. */
  now = 0 as TimeUs;
  /** No held order expires before this time; it may be earlier than the first that does. */
  heldUntil = Number.POSITIVE_INFINITY;
  /** First transaction of what is happening; 0 when it has made none yet. */
  #batch = 0;

  constructor(config: BooksConfig, watch: FillWatch) {
    const { instruments, account, calendars } = config.venue;
    this.config = config;
    this.format = new Format(instruments, account.decimals);
    this.board = new QuoteBoard(instruments.length);
    this.calendars = calendars.map((table) => new Calendar(table));
    this.log = new TransactionLog(config.transactionsKept);
    this.venue = new SimVenue(config.venue, this.board, watch, {
      tradesOnStanding: (k) => this.isTradeable(k),
      lotOf: (handle) => this.#lotClosedBy(handle),
      openingRefusal: (handle) => this.#takenProtection(handle),
    });
  }

  /** Is there a price, is it a session, and is the instrument not halted? */
  isTradeable(k: number): boolean {
    const calendar = present(this.calendars[k], 'calendar');
    return this.board.has(k) && !this.account.halted.includes(k) && calendar.isOpen(this.now);
  }

  #lotClosedBy(handle: OrderHandle): DecisionRef | undefined {
    const spec = this.#byHandle.get(handle)?.spec;
    if (spec === undefined || spec.tradeId === 0) return undefined;
    const trade = this.trades.get(spec.tradeId);
    return trade === undefined ? undefined : lotOf(trade.handle, trade.instrument);
  }

  /** A trade does not open whose protection would take the client id of a pending order. */
  #takenProtection(handle: OrderHandle): string | undefined {
    const protections = this.#byHandle.get(handle)?.spec.protections ?? [];
    const taken = protections.find(({ client }) => this.isTaken(client?.id));
    return taken && `${taken.kind}_ON_FILL_${CLIENT_ID_TAKEN}`;
  }

  /** Client ids are unique among pending orders only: an ended order's may be used again. */
  isTaken(clientId: string | undefined, except?: OrderEntry): boolean {
    if (clientId === undefined) return false;
    for (const order of this.pending.values()) {
      if (order.client?.id === clientId && order !== except) return true;
    }
    return false;
  }

  /** Begins what makes transactions together: a request, or an event of the market. */
  begin(now: TimeUs): void {
    this.now = now;
    this.#batch = 0;
  }

  /** Writes the next transaction. */
  record(type: string, more: WireObject): Transaction {
    const id = this.log.last + 1;
    if (this.#batch === 0) this.#batch = id;
    const transaction: Transaction = {
      id: String(id),
      time: wireTime(this.now),
      accountID: this.config.accountId,
      userID: this.userId,
      batchID: String(this.#batch),
      requestID: String(this.account.requests),
      type,
      ...fields(more),
    };
    this.log.add(transaction);
    return transaction;
  }

  get userId(): number {
    return Number(this.config.accountId.split('-')[2]);
  }

  add(order: OrderEntry): void {
    this.orders.set(order.id, order);
    this.pending.set(order.id, order);
    this.#byHandle.set(order.handle, order);
  }

  byHandle(handle: number): OrderEntry {
    return present(this.#byHandle.get(handle), `order of handle ${handle}`);
  }

  /** What ended is kept for a while, the oldest end first to go. */
  ended(order: OrderEntry): void {
    this.pending.delete(order.id);
    drop(this.orders, this.config.endedKept, this.pending, (old) =>
      this.#byHandle.delete(old.handle),
    );
  }

  addTrade(trade: Trade): void {
    this.trades.set(trade.id, trade);
    this.open.set(trade.handle, trade);
  }

  closed(trade: Trade): void {
    this.open.delete(trade.handle);
    const open = {
      has: (id: number) => this.trades.get(id)?.units !== 0,
      size: this.open.size,
    };
    drop(this.trades, this.config.endedKept, open, () => undefined);
  }

  /** Open trades, oldest first; of one instrument where `k` is given. */
  openTrades(k?: number): readonly Trade[] {
    const all = [...this.open.values()];
    return k === undefined ? all : all.filter(({ instrument }) => instrument === k);
  }

  walk(io: FieldIo): void {
    this.now = io.int('now', this.now) as TimeUs;
    this.venue.walk(io);
    this.account = json(io, 'account', [this.account])[0] ?? this.account;
    const last = io.int('last', this.log.last);
    const transactions = json(io, 'transactions', this.log.save());
    const orders = json(io, 'orders', [...this.orders.values()]);
    const trades = json(io, 'trades', [...this.trades.values()]);
    if (io.reading) this.#load({ orders, trades, last, transactions });
  }

  #load({ orders, trades, last, transactions }: Saved): void {
    for (const order of orders) {
      this.add(order);
      if (order.state !== 'PENDING') this.pending.delete(order.id);
    }
    for (const trade of trades) {
      this.addTrade(trade);
      if (trade.units === 0) this.open.delete(trade.handle);
    }
    this.log.load(transactions, last);
    this.planExpiries();
  }

  /** Looks for the first expiry of a held order. */
  planExpiries(): void {
    this.heldUntil = Number.POSITIVE_INFINITY;
    for (const { held, expiresAt } of this.pending.values()) {
      if (held && expiresAt !== 0) this.heldUntil = Math.min(this.heldUntil, expiresAt);
    }
  }
}

/** A list saved as JSON, a text for each: one text for all would have no bound. */
function json<T>(io: FieldIo, name: string, items: readonly T[]): readonly T[] {
  const texts = io.reading ? [] : items.map(saveText);
  const found = io.scalars(name, texts, '', (inner, text) => inner.text(name, text));
  return io.reading ? found.map((text) => loadText(text) as T) : items;
}

/** Drops the oldest that are not among `alive`, until twice `keep` have become `keep`. */
function drop<T>(
  all: Map<number, T>,
  keep: number,
  alive: { has(id: number): boolean; readonly size: number },
  dropped: (one: T) => void,
): void {
  if (all.size - alive.size <= 2 * keep) return;
  for (const [id, one] of all) {
    if (all.size - alive.size <= keep) return;
    if (alive.has(id)) continue;
    all.delete(id);
    dropped(one);
  }
}
