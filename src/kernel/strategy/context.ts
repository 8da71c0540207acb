import { assert, present } from '../../model/assert.ts';
import { TRADING_STATES, type TradingStateName } from '../../model/gate.ts';
import type { Instrument } from '../../model/instrument.ts';
import {
  ORDER_ROLES,
  ORDER_STATES,
  ORDER_TYPES,
  type OrderTerms,
  OrderType,
  Side,
  TIMES_IN_FORCE,
  TimeInForce,
} from '../../model/order.ts';
import {
  type InstrumentIndex,
  NO_PRICE,
  NO_TIME,
  type OrderHandle,
  type Price,
  type Quantity,
  type TimeUs,
} from '../../model/units.ts';
import type { Book } from '../book.ts';
import type { Order } from '../orders/order.ts';
import type {
  ChangeResult,
  OrderRequest,
  OrderView,
  QuoteView,
  StrategyContext,
  SubmitResult,
} from './api.ts';
import { callbackGuard, StrategyError } from './guard.ts';
import type { StrategySlot } from './slot.ts';

/** The decisions that a context asks the kernel for. */
export interface DecisionDesk {
  submit(strategy: number, terms: OrderTerms, key: string): SubmitResult;
  cancel(strategy: number, order: OrderHandle): ChangeResult;
  replace(
    strategy: number,
    order: OrderHandle,
    change: { readonly quantity: Quantity; readonly limitPrice: Price; readonly stopPrice: Price },
  ): ChangeResult;
}

/** A quote's view, reused for every quote of an instrument. */
export class QuoteViewObject implements QuoteView {
  readonly instrument: InstrumentIndex = 0 as InstrumentIndex;
  bid = 0 as Price;
  ask = 0 as Price;
  bidSize = 0 as Quantity;
  askSize = 0 as Quantity;
  venueTime = 0.5 as TimeUs;

  constructor(instrument: InstrumentIndex) {
    this.instrument = instrument;
  }
}

/** The view of an order that a strategy is given: a copy. */
export function orderView(order: Order): OrderView {
  const { terms } = order;
  return {
    order: order.handle,
    instrument: terms.instrument,
    side: terms.side === Side.buy ? 'buy' : 'sell',
    type: present(ORDER_TYPES[terms.type], 'order type'),
    role: present(ORDER_ROLES[order.role], 'order role'),
    state: present(ORDER_STATES[order.state], 'order state'),
    quantity: terms.quantity,
    filled: order.filled,
    limitPrice: terms.limitPrice === NO_PRICE ? undefined : terms.limitPrice,
    stopPrice: terms.stopPrice === NO_PRICE ? undefined : terms.stopPrice,
    key: order.key,
  };
}

function integer(value: number | undefined, name: string): number {
  if (value === undefined) return 0;
  if (Number.isSafeInteger(value)) return value;
  throw new StrategyError(`${name} must be an integer count of increments, not ${value}`);
}

function defaultTimeInForce(type: OrderType): TimeInForce {
  return type === OrderType.market ? TimeInForce.ioc : TimeInForce.gtc;
}

function termsOf(request: OrderRequest, instruments: number): OrderTerms {
  const type = ORDER_TYPES.indexOf(request.type) as OrderType;
  const side = request.side === 'buy' ? Side.buy : Side.sell;
  const known = request.side === 'buy' || request.side === 'sell';
  if (!known || !ORDER_TYPES[type]) {
    throw new StrategyError(`an order of side ${request.side} and type ${request.type}`);
  }
  if (!(request.instrument >= 0 && request.instrument < instruments)) {
    throw new StrategyError(`no instrument ${request.instrument}`);
  }
  const { timeInForce } = request;
  const tif = timeInForce === undefined ? -1 : TIMES_IN_FORCE.indexOf(timeInForce);
  if (timeInForce !== undefined && tif < 0) {
    throw new StrategyError(`no time in force ${timeInForce}`);
  }
  return {
    instrument: request.instrument,
    side,
    type,
    timeInForce: tif < 0 ? defaultTimeInForce(type) : (tif as TimeInForce),
    quantity: integer(request.quantity, 'quantity') as Quantity,
    limitPrice: integer(request.limitPrice ?? NO_PRICE, 'limitPrice') as Price,
    stopPrice: integer(request.stopPrice ?? NO_PRICE, 'stopPrice') as Price,
    expireTime: integer(request.expireTime ?? NO_TIME, 'expireTime') as TimeUs,
    reduceOnly: request.reduceOnly ?? false,
    stopLoss: integer(request.stopLoss ?? NO_PRICE, 'stopLoss') as Price,
    takeProfit: integer(request.takeProfit ?? NO_PRICE, 'takeProfit') as Price,
  };
}

const RUN_ENDED: ChangeResult = { ok: false, reason: 'run_ended' };
const HISTORICAL: ChangeResult = { ok: false, reason: 'historical_bar' };

/** What one strategy sees and may do. */
export class Context implements StrategyContext {
  readonly #book: Book;
  readonly #desk: DecisionDesk;
  readonly #slot: StrategySlot;
  readonly #views: readonly QuoteViewObject[];
  /** Time that stands in default keys: of the quote, bar or timer being handled. */
  readonly #trigger: Float64Array;
  readonly #timersChanged: () => void;
  /** Set when the run has ended: what is asked for in `onStop` is refused. */
  closed = false;
  isHistorical = false;

  constructor(
    book: Book,
    desk: DecisionDesk,
    slot: StrategySlot,
    views: readonly QuoteViewObject[],
    trigger: Float64Array,
    timersChanged: () => void,
  ) {
    this.#book = book;
    this.#desk = desk;
    this.#slot = slot;
    this.#views = views;
    this.#trigger = trigger;
    this.#timersChanged = timersChanged;
  }

  get time(): TimeUs {
    return this.#book.time;
  }

  get tradingState(): TradingStateName {
    return present(TRADING_STATES[this.#book.tradingState], 'trading state');
  }

  instrument(index: InstrumentIndex): Instrument {
    return present(this.#book.instruments[index], `instrument ${index}`);
  }

  quote(index: InstrumentIndex): QuoteView | undefined {
    const { board } = this.#book;
    if (!board.has(index)) return undefined;
    return {
      instrument: index,
      bid: board.bid[index] as Price,
      ask: board.ask[index] as Price,
      bidSize: board.bidSize[index] as Quantity,
      askSize: board.askSize[index] as Quantity,
      venueTime: board.time[index] as TimeUs,
    };
  }

  /** The reused view of an instrument, for `onQuote`. */
  view(index: number): QuoteViewObject {
    return this.#views[index] as QuoteViewObject;
  }

  position(index: InstrumentIndex): Quantity {
    return present(this.#book.account.positions[index], `instrument ${index}`).quantity;
  }

  order(handle: OrderHandle): OrderView | undefined {
    const order = this.#own(handle);
    return order === undefined ? undefined : orderView(order);
  }

  #own(handle: OrderHandle): Order | undefined {
    const order = this.#book.orders.find(handle);
    return order?.decision.strategy === this.#slot.index ? order : undefined;
  }

  openOrders(): readonly OrderView[] {
    const views: OrderView[] = [];
    for (const order of this.#book.orders.open()) {
      if (order.decision.strategy === this.#slot.index) views.push(orderView(order));
    }
    return views;
  }

  /** The run has ended, or the engine is about to stop. */
  get #isClosed(): boolean {
    return this.closed || this.#book.stops.closing;
  }

  submit(request: OrderRequest): SubmitResult {
    this.#refuseOutside();
    if (this.#isClosed) return { ok: false, gate: 'trading_state', reason: 'run_ended' };
    if (this.isHistorical) return { ok: false, gate: 'trading_state', reason: 'historical_bar' };
    const terms = termsOf(request, this.#book.instruments.length);
    if (!this.#slot.binding.instruments.includes(terms.instrument)) {
      throw new StrategyError(`instrument ${terms.instrument} is not one of this strategy's`);
    }
    return this.#desk.submit(this.#slot.index, terms, this.#keyOf(request, terms));
  }

  #keyOf(request: OrderRequest, terms: OrderTerms): string {
    const { id } = this.#slot.binding;
    if (request.key !== undefined) return `${id}|${request.key}`;
    const { symbol } = this.instrument(terms.instrument);
    return `${id}|${symbol}|${request.side}|${request.type}|${this.#trigger[0]}`;
  }

  /** What is asked for between inputs would follow from none of them. */
  #refuseOutside(): void {
    if (!callbackGuard.active)
      throw new StrategyError('a context is of use during a callback only');
  }

  cancel(order: OrderHandle): ChangeResult {
    this.#refuseOutside();
    if (this.#isClosed) return RUN_ENDED;
    if (this.isHistorical) return HISTORICAL;
    if (this.#own(order) === undefined) return { ok: false, reason: 'order_unknown' };
    return this.#desk.cancel(this.#slot.index, order);
  }

  replace(
    handle: OrderHandle,
    change: { quantity?: Quantity; limitPrice?: Price; stopPrice?: Price },
  ): ChangeResult {
    this.#refuseOutside();
    if (this.#isClosed) return RUN_ENDED;
    if (this.isHistorical) return HISTORICAL;
    const order = this.#own(handle);
    if (order === undefined) return { ok: false, reason: 'order_unknown' };
    const { terms } = order;
    return this.#desk.replace(this.#slot.index, handle, {
      quantity: integer(change.quantity ?? terms.quantity, 'quantity') as Quantity,
      limitPrice: integer(change.limitPrice ?? terms.limitPrice, 'limitPrice') as Price,
      stopPrice: integer(change.stopPrice ?? terms.stopPrice, 'stopPrice') as Price,
    });
  }

  setTimer(name: string, due: TimeUs): void {
    this.#refuseOutside();
    assert(Number.isSafeInteger(due), `timer ${name}: due ${due}`);
    this.#slot.setTimer(name, due);
    this.#timersChanged();
  }

  cancelTimer(name: string): void {
    this.#refuseOutside();
    this.#slot.cancelTimer(name);
    this.#timersChanged();
  }
}
