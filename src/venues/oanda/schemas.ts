import { z } from 'zod';

/**
 * What is read of OANDA's answers and streams (v20 API, its Swagger document names the fields).
 * Fields that nothing here reads are let through: the broker may add some at any time.
 */
const text = z.string().max(1000);
const id = z.string().regex(/^[1-9]\d{0,14}$/);
const lastId = z.string().regex(/^\d{1,15}$/);

export const extensionsSchema = z.looseObject({ id: text.optional() });

/** What every transaction has; the rest is read by its type. */
export const transactionSchema = z.looseObject({ id, time: text, type: text });
export type WireTransaction = z.output<typeof transactionSchema>;

export const heartbeatSchema = z.looseObject({
  type: z.literal('HEARTBEAT'),
  time: text,
  lastTransactionID: lastId.optional(),
});

const protectionSchema = z.looseObject({ price: text.optional() });

/** A transaction that made an order, or refused one. */
export const orderMadeSchema = z.looseObject({
  instrument: text.optional(),
  units: text.optional(),
  price: text.optional(),
  priceBound: text.optional(),
  tradeID: id.optional(),
  reason: text.optional(),
  rejectReason: text.optional(),
  clientExtensions: extensionsSchema.optional(),
  replacesOrderID: id.optional(),
  cancellingTransactionID: id.optional(),
  intendedReplacesOrderID: id.optional(),
  stopLossOnFill: protectionSchema.optional(),
  takeProfitOnFill: protectionSchema.optional(),
});
export type OrderMade = z.output<typeof orderMadeSchema>;

const tradeChangeSchema = z.looseObject({ tradeID: id, units: text });
const factorSchema = z.looseObject({ factor: text });

export const orderFillSchema = z.looseObject({
  orderID: id.optional(),
  clientOrderID: text.optional(),
  instrument: text,
  units: text,
  price: text,
  reason: text.optional(),
  pl: text.optional(),
  financing: text.optional(),
  commission: text.optional(),
  guaranteedExecutionFee: text.optional(),
  accountBalance: text,
  gainQuoteHomeConversionFactor: text.optional(),
  lossQuoteHomeConversionFactor: text.optional(),
  homeConversionFactors: z
    .looseObject({
      gainQuoteHome: factorSchema.optional(),
      lossQuoteHome: factorSchema.optional(),
    })
    .optional(),
  tradeOpened: tradeChangeSchema.optional(),
  tradeReduced: tradeChangeSchema.optional(),
  tradesClosed: z.array(tradeChangeSchema).max(10_000).optional(),
});
export type OrderFill = z.output<typeof orderFillSchema>;

export const orderEndSchema = z.looseObject({
  orderID: id.optional(),
  clientOrderID: text.optional(),
  reason: text.optional(),
  rejectReason: text.optional(),
  replacedByOrderID: id.optional(),
});
export type OrderEnd = z.output<typeof orderEndSchema>;

export const moneySchema = z.looseObject({
  amount: text.optional(),
  financing: text.optional(),
  dividendAdjustment: text.optional(),
  accountBalance: text.optional(),
  fundingReason: text.optional(),
  reason: text.optional(),
  comment: text.optional(),
  rejectReason: text.optional(),
  positionFinancings: z.array(z.looseObject({ instrument: text })).optional(),
});

/** The answer to an order: the transactions that it made. */
export const orderAnswerSchema = z.looseObject({
  orderCreateTransaction: transactionSchema.optional(),
  orderFillTransaction: transactionSchema.optional(),
  orderCancelTransaction: transactionSchema.optional(),
  orderReissueTransaction: transactionSchema.optional(),
  orderReissueRejectTransaction: transactionSchema.optional(),
  replacingOrderCancelTransaction: transactionSchema.optional(),
  lastTransactionID: id,
});

/** A refusal: with the transaction that says so, or without one. */
export const refusalSchema = z.looseObject({
  orderRejectTransaction: transactionSchema.optional(),
  orderCancelRejectTransaction: transactionSchema.optional(),
  lastTransactionID: id.optional(),
  errorCode: text.optional(),
  errorMessage: z.string().max(10_000),
});

export const transactionsSchema = z.looseObject({
  transactions: z.array(transactionSchema).max(5000),
  lastTransactionID: lastId,
});

/** An order as it stands. */
export const orderSchema = z.looseObject({
  id,
  type: text,
  state: text,
  instrument: text.optional(),
  units: text.optional(),
  price: text.optional(),
  priceBound: text.optional(),
  tradeID: id.optional(),
  clientExtensions: extensionsSchema.optional(),
  replacedByOrderID: id.optional(),
});
export type WireOrder = z.output<typeof orderSchema>;

export const orderReadSchema = z.looseObject({ order: orderSchema, lastTransactionID: lastId });

const sideSchema = z.looseObject({ units: text });

export const accountSchema = z.looseObject({
  account: z.looseObject({
    id: text,
    currency: text,
    balance: text,
    hedgingEnabled: z.boolean(),
    positions: z
      .array(z.looseObject({ instrument: text, long: sideSchema, short: sideSchema }))
      .max(10_000),
    orders: z.array(orderSchema).max(10_000),
    trades: z
      .array(
        z.looseObject({ id, instrument: text, currentUnits: text, price: text, openTime: text }),
      )
      .max(10_000),
  }),
  lastTransactionID: lastId,
});
export type WireAccount = z.output<typeof accountSchema>['account'];

export const summarySchema = z.looseObject({ lastTransactionID: lastId });

export const instrumentsSchema = z.looseObject({
  instruments: z
    .array(
      z.looseObject({
        name: text,
        pipLocation: z.int(),
        displayPrecision: z.int(),
        tradeUnitsPrecision: z.int(),
        minimumTradeSize: text,
      }),
    )
    .max(10_000),
});
export type WireInstrument = z.output<typeof instrumentsSchema>['instruments'][number];

const candleSideSchema = z.looseObject({ o: text, h: text, l: text, c: text });

export const candlesSchema = z.looseObject({
  instrument: text,
  granularity: text,
  candles: z
    .array(
      z.looseObject({
        time: text,
        complete: z.boolean(),
        volume: z.int().min(1).max(4_294_967_295),
        bid: candleSideSchema.optional(),
        ask: candleSideSchema.optional(),
        mid: candleSideSchema.optional(),
      }),
    )
    .max(5000),
});
export type WireCandles = z.output<typeof candlesSchema>;
export type WireCandle = WireCandles['candles'][number];

const bucketSchema = z.looseObject({
  price: text,
  liquidity: z.union([z.number(), text]).optional(),
});

export const priceSchema = z.looseObject({
  type: z.literal('PRICE'),
  instrument: text,
  time: text,
  tradeable: z.boolean().optional(),
  bids: z.array(bucketSchema).max(100),
  asks: z.array(bucketSchema).max(100),
});

/** JSON text through a schema; `undefined` where it is no JSON or does not fit. */
export function readJson<T>(schema: z.ZodType<T>, json: string): T | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  const result = schema.safeParse(value);
  return result.success ? result.data : undefined;
}
