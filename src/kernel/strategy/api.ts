import type { Bar } from '../../market/bars.ts';
import type { Atr } from '../../market/indicators/atr.ts';
import type { Bollinger } from '../../market/indicators/bollinger.ts';
import type { Donchian } from '../../market/indicators/donchian.ts';
import type { Ema } from '../../market/indicators/ema.ts';
import type { Macd } from '../../market/indicators/macd.ts';
import type { PercentileRank } from '../../market/indicators/percentile-rank.ts';
import type { Rsi } from '../../market/indicators/rsi.ts';
import type { SessionVwap, VwapWeight } from '../../market/indicators/session-vwap.ts';
import type { Sma } from '../../market/indicators/sma.ts';
import type { ZScore } from '../../market/indicators/z-score.ts';
import type { SeededRandom } from '../../market/random.ts';
import type { DenyReasonName, GateName, TradingStateName } from '../../model/gate.ts';
import type { BarBasis } from '../../model/historical.ts';
import type { Instrument } from '../../model/instrument.ts';
import type {
  OrderRoleName,
  OrderStateName,
  OrderTypeName,
  TimeInForceName,
} from '../../model/order.ts';
import type { InstrumentIndex, OrderHandle, Price, Quantity, TimeUs } from '../../model/units.ts';

export type { Bar, EventBar, TimeBar } from '../../market/bars.ts';
export type { BarBasis } from '../../model/historical.ts';
export type { Instrument } from '../../model/instrument.ts';
export { formatPrice, formatQuantity, parsePrice, parseQuantity } from '../../model/instrument.ts';
export type { InstrumentIndex, OrderHandle, Price, Quantity, TimeUs } from '../../model/units.ts';

/** What a strategy may save: JSON data, no `undefined`, no NaN, no class instances. */
export type PlainData =
  | null
  | boolean
  | number
  | string
  | readonly PlainData[]
  | { readonly [name: string]: PlainData };

/** A quote as a strategy sees it. The object is reused: copy what is to be kept. */
export interface QuoteView {
  readonly instrument: InstrumentIndex;
  readonly bid: Price;
  readonly ask: Price;
  /** Quoted sizes as counts of the size increment; 0 where the source has none. */
  readonly bidSize: Quantity;
  readonly askSize: Quantity;
  readonly venueTime: TimeUs;
}

/** What a strategy asks for. Prices and quantities are counts of the instrument's increments. */
export interface OrderRequest {
  readonly instrument: InstrumentIndex;
  readonly side: 'buy' | 'sell';
  readonly type: OrderTypeName;
  readonly quantity: Quantity;
  readonly limitPrice?: Price;
  readonly stopPrice?: Price;
  /** Default: `gtc`, and `ioc` for a market order. */
  readonly timeInForce?: TimeInForceName;
  readonly expireTime?: TimeUs;
  readonly reduceOnly?: boolean;
  readonly stopLoss?: Price;
  readonly takeProfit?: Price;
  /**
   * Idempotency key: one key, one order. Default: instrument, side, type and the venue time of the
   * quote, bar or timer that is being handled; two equal orders of one moment need keys.
   */
  readonly key?: string;
}

/**
 * The answer to a request: on its way, or denied with gate and reason. A refusal is a value.
 * `later`: what of an exit the engine sends itself after this, in slices, or once protection that
 * was in its way has ended; `order` is 0 where all of it waits for that. Cancelling an order of
 * such an exit ends the rest of it.
 */
export type SubmitResult =
  | {
      readonly ok: true;
      readonly order: OrderHandle;
      readonly quantity: Quantity;
      readonly later?: Quantity;
    }
  | { readonly ok: false; readonly gate: GateName; readonly reason: DenyReasonName };

export type ChangeResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: DenyReasonName };

/** An order as a strategy sees it. A copy: it does not change. */
export interface OrderView {
  readonly order: OrderHandle;
  readonly instrument: InstrumentIndex;
  readonly side: 'buy' | 'sell';
  readonly type: OrderTypeName;
  readonly role: OrderRoleName;
  readonly state: OrderStateName;
  readonly quantity: Quantity;
  readonly filled: Quantity;
  readonly limitPrice: Price | undefined;
  readonly stopPrice: Price | undefined;
  readonly key: string;
}

/** An order of the strategy changed state; `reason` is the venue's, where it gave one. */
export interface OrderEventView {
  readonly order: OrderView;
  readonly event: string;
  readonly reason: string;
}

/** A fill of the strategy's order. */
export interface FillView {
  readonly order: OrderHandle;
  readonly instrument: InstrumentIndex;
  readonly side: 'buy' | 'sell';
  readonly role: OrderRoleName;
  readonly quantity: Quantity;
  readonly price: Price;
  readonly venueTime: TimeUs;
}

/** A timer that is due: its name, and when it was meant to fire. */
export interface TimerView {
  readonly name: string;
  readonly due: TimeUs;
}

/** What a strategy may do and see during a callback, and only then. */
export interface StrategyContext {
  /** Time of the input that is being handled. The only clock there is. */
  readonly time: TimeUs;
  readonly tradingState: TradingStateName;
  /**
   * A bar of the past is being told, to warm up on: what is asked of orders is refused, with
   * `historical_bar`.
   */
  readonly isHistorical: boolean;
  instrument(index: InstrumentIndex): Instrument;
  /** The last quote, or `undefined` before the first. */
  quote(index: InstrumentIndex): QuoteView | undefined;
  /** Signed quantity that this account's strategies hold: positive is long. */
  position(index: InstrumentIndex): Quantity;
  order(order: OrderHandle): OrderView | undefined;
  /** Open orders of this strategy, oldest first. */
  openOrders(): readonly OrderView[];
  submit(request: OrderRequest): SubmitResult;
  cancel(order: OrderHandle): ChangeResult;
  /** Asks the venue to change quantity or prices of a working order. */
  replace(
    order: OrderHandle,
    change: {
      readonly quantity?: Quantity;
      readonly limitPrice?: Price;
      readonly stopPrice?: Price;
    },
  ): ChangeResult;
  /** Sets a timer, or moves the one of that name. */
  setTimer(name: string, due: TimeUs): void;
  cancelTimer(name: string): void;
}

/** What bars of time may be asked for with. */
export interface BarOptions {
  /**
   * Bars of the past to be told before the first live one, where the broker has them: whole,
   * 0 … 5000, by default none. After a restart those that were missed are told instead. A run over
   * recorded data tells none: it warms up on what it begins with.
   */
  readonly history?: number;
}

/** What a strategy declares when it is created. Instruments are named once, here. */
export interface StrategySetup {
  /** Throws when the symbol is not among the strategy's instruments. */
  instrument(symbol: string): InstrumentIndex;
  readonly instruments: readonly InstrumentIndex[];
  /** The instrument's definition, to turn decimal text into counts and back. */
  definition(index: InstrumentIndex): Instrument;
  /** Asks for every quote of the instrument. */
  quotes(instrument: InstrumentIndex): void;
  /** Asks for bars: `1s … 1d`, from `bid`, `ask` or `mid`; aligned to the trading day. */
  bars(instrument: InstrumentIndex, duration: string, basis: BarBasis, options?: BarOptions): void;
  /** Asks for bars of `count` quotes. They and the next two end at the latest with the day. */
  tickBars(instrument: InstrumentIndex, count: number, basis: BarBasis): void;
  /**
   * Asks for bars that end when their quoted size, bid plus ask, reaches `volume` (decimal text, in
   * units or contracts). A quote without sizes fails the run.
   */
  volumeBars(instrument: InstrumentIndex, volume: string, basis: BarBasis): void;
  /** Asks for bars no higher than `range` (decimal text, a distance of prices). */
  rangeBars(instrument: InstrumentIndex, range: string, basis: BarBasis): void;
  /** Indicators save and restore themselves with the strategy. */
  sma(period: number): Sma;
  ema(period: number): Ema;
  atr(period: number): Atr;
  /** Wilder's relative strength index of values. */
  rsi(period: number): Rsi;
  /** `deviations` population standard deviations around the simple average: often 20 and 2. */
  bollinger(period: number, deviations: number): Bollinger;
  /** Highest high and lowest low of the last bars, the newest included. */
  donchian(period: number): Donchian;
  /** Often 12, 26, 9. */
  macd(fast: number, slow: number, signal: number): Macd;
  /** The newest value's distance from the mean of the last ones, in standard deviations. */
  zScore(period: number): ZScore;
  /** 0 … 100: where the newest value stands among the last ones; ties count half. */
  percentileRank(period: number): PercentileRank;
  /** Average mid of the trading day, weighed by quoted `size` or by `ticks`; takes quotes. */
  sessionVwap(instrument: InstrumentIndex, weight: VwapWeight): SessionVwap;
  /** A random source seeded from the run's seed and the strategy: it saves itself too. */
  random(): SeededRandom;
}

/** A running strategy: the callbacks it has. None may be `async`. */
export interface Strategy {
  /** Once in a strategy's life, before its first input. */
  onStart?(context: StrategyContext): void;
  onQuote?(context: StrategyContext, quote: QuoteView): void;
  onBar?(context: StrategyContext, bar: Bar): void;
  onOrder?(context: StrategyContext, event: OrderEventView): void;
  onFill?(context: StrategyContext, fill: FillView): void;
  onTimer?(context: StrategyContext, timer: TimerView): void;
  /** Market data was missing over this span. */
  onGap?(context: StrategyContext, gap: { readonly from: TimeUs; readonly to: TimeUs }): void;
  /** The engine was restarted; positions and open orders stand in the context. */
  onResume?(context: StrategyContext): void;
  /** The run ends; orders are refused from here on. */
  onStop?(context: StrategyContext): void;
  /** Own state as plain data; left out by a strategy that keeps none beside indicators. */
  save?(): PlainData;
  restore?(data: PlainData): void;
}

/** Checks parameters from a configuration: the shape of a zod schema. */
export interface ParameterSchema<P> {
  safeParse(value: unknown):
    | { readonly success: true; readonly data: P }
    | {
        readonly success: false;
        readonly error: {
          readonly issues: readonly {
            readonly path: readonly PropertyKey[];
            readonly message: string;
          }[];
        };
      };
}

/** What a strategy module exports as `strategy`. */
export interface StrategyDefinition<P> {
  readonly name: string;
  /** Raised when saved state of an earlier version cannot be restored. */
  readonly version: number;
  readonly parameters: ParameterSchema<P>;
  create(setup: StrategySetup, parameters: P): Strategy;
}

/** Gives a definition its types; the value is returned as it is. */
export function defineStrategy<P>(definition: StrategyDefinition<P>): StrategyDefinition<P> {
  return definition;
}
