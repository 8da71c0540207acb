import type { FieldIo } from './codec.ts';
import {
  type InstrumentIndex,
  NO_PRICE,
  NO_TIME,
  type Price,
  type Quantity,
  type TimeUs,
} from './units.ts';

/** Side of an order or a fill, as the sign it gives to a position. */
export const Side = { buy: 1, sell: -1 } as const;
export type Side = (typeof Side)[keyof typeof Side];

export const ORDER_TYPES = ['market', 'limit', 'stop', 'stop_limit'] as const;
export type OrderTypeName = (typeof ORDER_TYPES)[number];
export const OrderType = { market: 0, limit: 1, stop: 2, stopLimit: 3 } as const;
export type OrderType = (typeof OrderType)[keyof typeof OrderType];

/**
 * How long an order lives: GTC until cancelled, GTD until its time, IOC fills at once what it can,
 * FOK fills at once and whole or not at all, DAY until the end of the instrument's trading day.
 */
export const TIMES_IN_FORCE = ['gtc', 'gtd', 'ioc', 'fok', 'day'] as const;
export type TimeInForceName = (typeof TIMES_IN_FORCE)[number];
export const TimeInForce = { gtc: 0, gtd: 1, ioc: 2, fok: 3, day: 4 } as const;
export type TimeInForce = (typeof TimeInForce)[keyof typeof TimeInForce];

/**
 * What an order is for: one that was asked for, or a child that protects the fill of its parent.
 */
export const ORDER_ROLES = ['order', 'stop_loss', 'take_profit'] as const;
export type OrderRoleName = (typeof ORDER_ROLES)[number];
export const OrderRole = { order: 0, stopLoss: 1, takeProfit: 2 } as const;
export type OrderRole = (typeof OrderRole)[keyof typeof OrderRole];

/** States of the life of an order that has an intent (X7); `created` and `denied` have none. */
export const ORDER_STATES = [
  'intended',
  'withdrawn',
  'in_flight',
  'in_doubt',
  'presumed_absent',
  'working',
  'triggered',
  'suspended',
  'partially_filled',
  'filled',
  'cancelled',
  'expired',
  'rejected',
  'not_placed',
] as const;
export type OrderStateName = (typeof ORDER_STATES)[number];
export const OrderState = {
  intended: 0,
  withdrawn: 1,
  inFlight: 2,
  inDoubt: 3,
  presumedAbsent: 4,
  working: 5,
  triggered: 6,
  suspended: 7,
  partiallyFilled: 8,
  filled: 9,
  cancelled: 10,
  expired: 11,
  rejected: 12,
  notPlaced: 13,
} as const;
export type OrderState = (typeof OrderState)[keyof typeof OrderState];

/**
 * Flags that stand beside the state: a pending change never makes the engine forget a live order.
 */
export const OrderFlag = {
  cancelPending: 1,
  replacePending: 2,
  cancelInDoubt: 4,
  replaceInDoubt: 8,
  /** A broker fact reopened a final state (X10). */
  revived: 16,
  /** A fill was booked after the order had ended. */
  lateFill: 32,
} as const;

/** What is asked of a venue. Absent prices and times are `NO_PRICE` and `NO_TIME`. */
export interface OrderTerms {
  instrument: InstrumentIndex;
  side: Side;
  type: OrderType;
  timeInForce: TimeInForce;
  quantity: Quantity;
  limitPrice: Price;
  stopPrice: Price;
  /** When a GTD order ends, by the venue's clock. */
  expireTime: TimeUs;
  reduceOnly: boolean;
  /** Trigger price of the attached stop-loss, or `NO_PRICE`. */
  stopLoss: Price;
  /** Limit price of the attached take-profit, or `NO_PRICE`. */
  takeProfit: Price;
}

export function blankTerms(): OrderTerms {
  return {
    instrument: 0 as InstrumentIndex,
    side: Side.buy,
    type: OrderType.market,
    timeInForce: TimeInForce.gtc,
    quantity: 0 as Quantity,
    limitPrice: NO_PRICE,
    stopPrice: NO_PRICE,
    expireTime: NO_TIME,
    reduceOnly: false,
    stopLoss: NO_PRICE,
    takeProfit: NO_PRICE,
  };
}

const SIDE_NAMES = ['sell', 'buy'] as const;

/** Visits a side as one byte: 0 sell, 1 buy. */
export function walkSide(io: FieldIo, name: string, side: Side): Side {
  return io.code(name, side === Side.buy ? 1 : 0, SIDE_NAMES) === 1 ? Side.buy : Side.sell;
}

export function walkTerms(io: FieldIo, terms: OrderTerms): void {
  terms.instrument = io.u16('instrument', terms.instrument) as InstrumentIndex;
  terms.side = walkSide(io, 'side', terms.side);
  terms.type = io.code('type', terms.type, ORDER_TYPES) as OrderType;
  terms.timeInForce = io.code('timeInForce', terms.timeInForce, TIMES_IN_FORCE) as TimeInForce;
  terms.quantity = io.int('quantity', terms.quantity) as Quantity;
  terms.limitPrice = io.int('limitPrice', terms.limitPrice) as Price;
  terms.stopPrice = io.int('stopPrice', terms.stopPrice) as Price;
  terms.expireTime = io.int('expireTime', terms.expireTime) as TimeUs;
  terms.reduceOnly = io.bool('reduceOnly', terms.reduceOnly);
  terms.stopLoss = io.int('stopLoss', terms.stopLoss) as Price;
  terms.takeProfit = io.int('takeProfit', terms.takeProfit) as Price;
}

/** Terms of the child that protects what its parent opened: the other side, reduce-only. */
export function protectionTerms(
  parent: Readonly<OrderTerms>,
  role: OrderRole,
  quantity: Quantity,
  limitPrice: Price,
  stopPrice: Price,
): OrderTerms {
  return {
    instrument: parent.instrument,
    side: -parent.side as Side,
    type: role === OrderRole.stopLoss ? OrderType.stop : OrderType.limit,
    timeInForce: TimeInForce.gtc,
    quantity,
    limitPrice,
    stopPrice,
    expireTime: NO_TIME,
    reduceOnly: true,
    stopLoss: NO_PRICE,
    takeProfit: NO_PRICE,
  };
}

/** A strategy's decision: unique for ever, the same on replay. */
export interface DecisionRef {
  /** Index of the strategy in the configuration. */
  strategy: number;
  instrument: InstrumentIndex;
  /**
   * Counter of this strategy's decisions on this instrument, dense from 1; downwards from −1 for
   * those that the engine took for it.
   */
  number: number;
}

export function blankDecision(): DecisionRef {
  return { strategy: 0, instrument: 0 as InstrumentIndex, number: 0 };
}

export function walkDecision(io: FieldIo, decision: DecisionRef): void {
  decision.strategy = io.u16('strategy', decision.strategy);
  decision.instrument = io.u16('instrument', decision.instrument) as InstrumentIndex;
  decision.number = io.int('decision', decision.number);
}
