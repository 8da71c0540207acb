import { type ClientExtensions, fields, type WireObject } from './wire.ts';

/** The types of order that can be created. */
export const ORDER_KINDS = [
  'MARKET',
  'LIMIT',
  'STOP',
  'MARKET_IF_TOUCHED',
  'TAKE_PROFIT',
  'STOP_LOSS',
  'TRAILING_STOP_LOSS',
] as const;
export type OrderKind = (typeof ORDER_KINDS)[number];

export const TIMES_IN_FORCE = ['GTC', 'GTD', 'GFD', 'FOK', 'IOC'] as const;
export type WireTimeInForce = (typeof TIMES_IN_FORCE)[number];

export const POSITION_FILLS = ['OPEN_ONLY', 'REDUCE_FIRST', 'REDUCE_ONLY', 'DEFAULT'] as const;
export type PositionFill = (typeof POSITION_FILLS)[number];

/** Protection that is made when its order opens a trade, or is asked for on an open one. */
export interface Protection {
  readonly kind: 'TAKE_PROFIT' | 'STOP_LOSS' | 'TRAILING_STOP_LOSS';
  readonly price: number;
  readonly distance: number;
  readonly timeInForce: WireTimeInForce;
  readonly gtdTime: number;
  readonly client: ClientExtensions | undefined;
  /** As the client wrote it. */
  readonly wire: WireObject;
}

/** What a client asks for, in counts of increments; 0 is "none" for prices, trades and times. */
export interface OrderSpec {
  readonly kind: OrderKind;
  readonly instrument: number;
  /** Signed: negative sells. Of an order on a trade: what closes it. */
  readonly units: number;
  readonly price: number;
  readonly bound: number;
  readonly distance: number;
  readonly timeInForce: WireTimeInForce;
  readonly gtdTime: number;
  readonly positionFill: PositionFill;
  /** The trade that it closes. */
  readonly tradeId: number;
  readonly client: ClientExtensions | undefined;
  readonly tradeClient: ClientExtensions | undefined;
  readonly protections: readonly Protection[];
  /** The terms as they stand in order and transaction. */
  readonly wire: WireObject;
}

/** True for orders that rest on a trade and close it. */
export function isProtective(kind: OrderKind): kind is Protection['kind'] {
  return kind === 'TAKE_PROFIT' || kind === 'STOP_LOSS' || kind === 'TRAILING_STOP_LOSS';
}

/** Names of the fields of `…OnFill`, and of orders of a trade. */
export const PROTECTION_FIELDS = {
  TAKE_PROFIT: 'takeProfit',
  STOP_LOSS: 'stopLoss',
  TRAILING_STOP_LOSS: 'trailingStopLoss',
} as const;

/** What a market order for the account itself is: to close a trade or a position. */
export function closingSpec(
  instrument: number,
  units: number,
  tradeId: number,
  wire: WireObject,
  client?: ClientExtensions,
): OrderSpec {
  return {
    kind: 'MARKET',
    instrument,
    units,
    price: 0,
    bound: 0,
    distance: 0,
    timeInForce: 'FOK',
    gtdTime: 0,
    positionFill: 'REDUCE_ONLY',
    tradeId,
    client,
    tradeClient: undefined,
    protections: [],
    wire: fields({ ...wire, timeInForce: 'FOK', positionFill: 'REDUCE_ONLY' }),
  };
}
