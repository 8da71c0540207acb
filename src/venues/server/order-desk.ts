import { assert } from '../../model/assert.ts';
import { type OrderTerms, OrderType, Side, TimeInForce } from '../../model/order.ts';
import {
  type InstrumentIndex,
  NO_ORDER,
  NO_PRICE,
  type OrderHandle,
  type Price,
  type Quantity,
  type TimeUs,
} from '../../model/units.ts';
import { expiryOf } from '../sim/sim-order.ts';
import type { OrderEntry } from './entries.ts';
import { CLIENT_ID_TAKEN, type Ledger, lotOf } from './ledger.ts';
import { isProtective, type OrderSpec, type WireTimeInForce } from './order-spec.ts';
import { fields, type Transaction, type WireObject } from './wire.ts';

/** Open orders that an account may have. */
const PENDING_MAX = 10_000;
/** The most units that one order may ask for, in counts of the size increment. */
export const ORDER_UNITS_MAX = 1_000_000_000_000;

const TIME_IN_FORCE: Readonly<Record<WireTimeInForce, TimeInForce>> = {
  GTC: TimeInForce.gtc,
  GTD: TimeInForce.gtd,
  GFD: TimeInForce.day,
  FOK: TimeInForce.fok,
  IOC: TimeInForce.ioc,
};

/** What an order is made for, beside its terms. */
export interface Making {
  /** `CLIENT_ORDER`, `REPLACEMENT`, `ON_FILL`, `TRADE_CLOSE` and so on. */
  readonly reason: string;
  /** More fields of its transaction. */
  readonly more?: WireObject;
  /** Fields of the order itself. */
  readonly end?: WireObject;
  readonly fillReason?: string;
  /** Where a stop that goes on stood; else one by distance is set from the market. */
  readonly stop?: number;
}

/** Makes, cancels and places orders. What becomes of them in the matching core is settled apart. */
export class OrderDesk {
  readonly #ledger: Ledger;
  /** Takes what the matching core has to say. */
  readonly #settle: () => void;

  constructor(ledger: Ledger, settle: () => void) {
    this.#ledger = ledger;
    this.#settle = settle;
  }

  /** Why an order cannot be made now, in the words of reject reasons; `replacing` leaves first. */
  refusalOf(spec: OrderSpec, replacing?: OrderEntry): string | undefined {
    const { account, pending, board, venue, trades } = this.#ledger;
    if (account.isClosed) return 'ACCOUNT_NOT_ACTIVE';
    if (account.isLocked) return 'ACCOUNT_LOCKED';
    if (account.isOrderCreationLocked) return 'ACCOUNT_ORDER_CREATION_LOCKED';
    if (Math.abs(spec.units) > ORDER_UNITS_MAX) return 'UNITS_LIMIT_EXCEEDED';
    const k = spec.instrument;
    const rate = { numerator: 1, denominator: 1 };
    if (!board.has(k) || !venue.account.conversion.rate(k, board, rate)) {
      return 'INSTRUMENT_PRICE_UNKNOWN';
    }
    if (spec.timeInForce === 'GTD' && spec.gtdTime <= this.#ledger.now) {
      return 'TIME_IN_FORCE_GTD_TIMESTAMP_IN_PAST';
    }
    if (this.#ledger.isTaken(spec.client?.id, replacing)) return CLIENT_ID_TAKEN;
    if (pending.size >= PENDING_MAX) return 'PENDING_ORDERS_ALLOWED_EXCEEDED';
    if (!isProtective(spec.kind)) return undefined;
    const trade = trades.get(spec.tradeId);
    if (trade === undefined || trade.units === 0) return 'TRADE_DOESNT_EXIST';
    const other = trade.orders[spec.kind];
    const isOther = other !== 0 && other !== replacing?.id;
    return isOther ? `${spec.kind}_ORDER_ALREADY_EXISTS` : undefined;
  }

  reject(spec: OrderSpec, reason: string, more: WireObject = {}): Transaction {
    return this.#ledger.record(`${spec.kind}_ORDER_REJECT`, {
      ...spec.wire,
      reason: 'CLIENT_ORDER',
      ...more,
      rejectReason: reason,
    });
  }

  /** Writes the order down, and lets it meet the market. */
  create(given: OrderSpec, making: Making): OrderEntry {
    const ledger = this.#ledger;
    const { stop } = making;
    const spec = stop === undefined ? this.#withStop(given) : { ...given, price: stop };
    const handle = ledger.account.lastHandle + 1;
    ledger.account.lastHandle = handle;
    const created = ledger.record(`${spec.kind}_ORDER`, {
      ...spec.wire,
      reason: making.reason,
      ...making.more,
    });
    const { kind, instrument: k, price } = spec;
    const isTouched = kind === 'MARKET_IF_TOUCHED';
    const market = (spec.units > 0 ? ledger.board.ask[k] : ledger.board.bid[k]) ?? 0;
    const order: OrderEntry = {
      id: Number(created.id),
      handle,
      spec,
      created: created.time,
      fillReason: making.fillReason ?? (kind === 'MARKET' ? 'MARKET_ORDER' : `${kind}_ORDER`),
      state: 'PENDING',
      client: spec.client,
      tradeClient: spec.tradeClient,
      stop: spec.price,
      fromAbove: price < market,
      held: isTouched,
      expiresAt: 0,
      end: fields({
        initialMarketPrice: isTouched ? ledger.format.price(k, market) : undefined,
        ...making.end,
      }),
    };
    ledger.add(order);
    this.#tie(order, order.id);
    if (isTouched) this.#hold(order);
    else this.place(order);
    return order;
  }

  /** A stop by distance gets its price from the market of now. */
  #withStop(spec: OrderSpec): OrderSpec {
    if (spec.distance === 0) return spec;
    const { board, format } = this.#ledger;
    const k = spec.instrument;
    const closesLong = spec.units < 0;
    const touch = (closesLong ? board.bid[k] : board.ask[k]) ?? 0;
    const price = Math.max(1, closesLong ? touch - spec.distance : touch + spec.distance);
    const isTrailing = spec.kind === 'TRAILING_STOP_LOSS';
    const wire = isTrailing ? spec.wire : { ...spec.wire, price: format.price(k, price) };
    return { ...spec, price, wire };
  }

  #tie(order: OrderEntry, id: number): void {
    const { kind, tradeId } = order.spec;
    if (!isProtective(kind)) return;
    const trade = this.#ledger.trades.get(tradeId);
    if (trade !== undefined && (id !== 0 || trade.orders[kind] === order.id)) {
      trade.orders[kind] = id;
    }
  }

  #hold(order: OrderEntry): void {
    const { calendars, now } = this.#ledger;
    const { instrument: k } = order.spec;
    const calendar = calendars[k];
    assert(calendar !== undefined, 'an instrument has a calendar');
    const at = expiryOf(termsOf(order), calendar, now);
    order.expiresAt = Number.isFinite(at) ? at : 0;
    this.#ledger.heldUntil = Math.min(this.#ledger.heldUntil, at);
  }

  /** Hands an order to the matching core. */
  place(order: OrderEntry): void {
    const { venue, now } = this.#ledger;
    const { spec, handle } = order;
    const isImmediate = spec.timeInForce === 'FOK' || spec.timeInForce === 'IOC' || order.held;
    if (isImmediate && !this.#ledger.isTradeable(spec.instrument)) {
      this.cancel(order, 'MARKET_HALTED');
      return;
    }
    const terms = order.held ? touchedTerms(order) : termsOf(order);
    order.held = false;
    venue.submit(
      {
        order: handle as OrderHandle,
        clientOrderId: String(handle),
        decision: lotOf(handle, spec.instrument),
        terms,
        stopLossOrder: NO_ORDER,
        takeProfitOrder: NO_ORDER,
      },
      now,
    );
    venue.arrive();
    this.#settle();
  }

  /** Moves a stop that follows the market. */
  moveStop(order: OrderEntry, stop: number): void {
    const { venue, now } = this.#ledger;
    order.stop = stop;
    const { quantity } = termsOf(order);
    venue.replace(
      {
        order: order.handle as OrderHandle,
        attempt: 1,
        quantity,
        limitPrice: NO_PRICE,
        stopPrice: stop as Price,
      },
      now,
    );
    venue.arrive();
    this.#settle();
  }

  /** Ends a pending order: a transaction, and out of the matching core if it is there. */
  cancel(order: OrderEntry, reason: string, more: WireObject = {}): Transaction {
    const wasHeld = order.held;
    const cancelled = this.end(order, reason, more);
    if (!wasHeld) this.withdraw(order);
    return cancelled;
  }

  /** Writes the end of an order that the matching core no longer has. */
  end(order: OrderEntry, reason: string, more: WireObject = {}): Transaction {
    const cancelled = this.#ledger.record('ORDER_CANCEL', {
      orderID: String(order.id),
      clientOrderID: order.client?.id,
      reason,
      ...more,
    });
    order.end = {
      ...order.end,
      ...more,
      cancellingTransactionID: cancelled.id,
      cancelledTime: cancelled.time,
    };
    this.finish(order, 'CANCELLED');
    return cancelled;
  }

  finish(order: OrderEntry, state: OrderEntry['state']): void {
    order.state = state;
    order.held = false;
    this.#tie(order, 0);
    this.#ledger.ended(order);
  }

  /** Takes an order out of the matching core, where it still is. */
  withdraw({ handle }: OrderEntry): void {
    const { venue, now } = this.#ledger;
    venue.cancel({ order: handle as OrderHandle, attempt: 1 }, now);
    venue.arrive();
    this.#settle();
  }
}

/** The terms for the matching core. */
function termsOf({ spec, stop }: OrderEntry): OrderTerms {
  const { kind, bound } = spec;
  const isLimit = kind === 'LIMIT' || kind === 'TAKE_PROFIT';
  const isMarket = kind === 'MARKET' || kind === 'MARKET_IF_TOUCHED';
  const plain = isMarket ? OrderType.market : OrderType.stop;
  const bounded = isMarket ? OrderType.limit : OrderType.stopLimit;
  const type = isLimit ? OrderType.limit : bound === 0 ? plain : bounded;
  return {
    instrument: spec.instrument as InstrumentIndex,
    side: spec.units > 0 ? Side.buy : Side.sell,
    type,
    timeInForce: TIME_IN_FORCE[spec.timeInForce],
    quantity: Math.abs(spec.units) as Quantity,
    limitPrice: (isLimit ? spec.price : bound) as Price,
    stopPrice: (isLimit || isMarket ? NO_PRICE : stop) as Price,
    expireTime: spec.gtdTime as TimeUs,
    reduceOnly: spec.positionFill === 'REDUCE_ONLY' || spec.tradeId !== 0,
    stopLoss: NO_PRICE,
    takeProfit: NO_PRICE,
  };
}

/** Once touched it is a market order, at its bound if it has one. */
function touchedTerms(order: OrderEntry): OrderTerms {
  return { ...termsOf(order), timeInForce: TimeInForce.fok, expireTime: 0 as TimeUs };
}
