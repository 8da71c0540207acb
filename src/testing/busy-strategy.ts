import type {
  Bar,
  OrderRequest,
  PlainData,
  QuoteView,
  Strategy,
  StrategyContext,
  StrategySetup,
} from '../kernel/strategy/api.ts';
import type { Donchian } from '../market/indicators/donchian.ts';
import type { Ema } from '../market/indicators/ema.ts';
import type { SessionVwap } from '../market/indicators/session-vwap.ts';
import type { Sma } from '../market/indicators/sma.ts';
import type { SeededRandom } from '../market/random.ts';
import { US_PER_MINUTE } from '../model/time.ts';
import type { Price, Quantity, TimeUs } from '../model/units.ts';
import { strategyOf } from './puppet.ts';

interface Counts {
  readonly bars: number;
  readonly fills: number;
  readonly last: string;
}

/**
 * A strategy that uses everything that it could lose in a restart: indicators, a random source,
 * timers, bars, saved data, orders of every kind, cancels and replaces.
 */
class Busy implements Strategy {
  readonly #setup: StrategySetup;
  readonly #fast: Ema;
  readonly #slow: Sma;
  readonly #random: SeededRandom;
  /** Each other indicator that takes a value; what they say is told in what is saved. */
  readonly #scores: readonly { update(value: number): void; readonly value: number }[];
  readonly #channel: Donchian;
  readonly #vwap: SessionVwap;
  #counts: Counts = { bars: 0, fills: 0, last: '' };

  constructor(setup: StrategySetup) {
    this.#setup = setup;
    for (const k of setup.instruments) {
      setup.quotes(k);
      setup.bars(k, '1m', 'mid');
      setup.tickBars(k, 100, 'mid');
      setup.rangeBars(k, '0.00050', 'bid');
    }
    this.#fast = setup.ema(5);
    this.#slow = setup.sma(20);
    this.#random = setup.random();
    const averages = [setup.bollinger(20, 2), setup.macd(5, 9, 3)];
    this.#scores = [setup.rsi(14), setup.zScore(20), setup.percentileRank(20), ...averages];
    this.#channel = setup.donchian(10);
    this.#vwap = setup.sessionVwap(setup.instrument('EURUSD'), 'ticks');
  }

  onStart(context: StrategyContext): void {
    context.setTimer('beat', (context.time + US_PER_MINUTE) as TimeUs);
  }

  onQuote(_context: StrategyContext, quote: QuoteView): void {
    if (quote.instrument === this.#setup.instrument('EURUSD')) this.#vwap.update(quote);
  }

  onBar(context: StrategyContext, bar: Bar): void {
    this.#channel.update(bar.high, bar.low);
    for (const score of this.#scores) score.update(bar.close);
    this.#counts = { ...this.#counts, bars: this.#counts.bars + 1 };
    this.#fast.update(bar.close);
    this.#slow.update(bar.close);
    if (!this.#slow.ready || this.#random.nextInt(3) === 0) return;
    const up = this.#fast.value > this.#slow.value;
    const quantity = (1000 + this.#random.nextInt(2000)) as Quantity;
    const { instrument } = bar;
    const quote = context.quote(instrument);
    if (quote === undefined) return;
    const side = up ? 'buy' : 'sell';
    const away = up ? -1 : 1;
    const limitPrice = (quote.bid + away * this.#random.nextInt(20)) as Price;
    const shapes: readonly Omit<OrderRequest, 'instrument' | 'side' | 'quantity'>[] = [
      { type: 'market' },
      { type: 'limit', limitPrice },
      { type: 'stop', stopPrice: (quote.ask - away * 15) as Price },
      {
        type: 'limit',
        limitPrice,
        stopLoss: (limitPrice + away * 60) as Price,
        takeProfit: (limitPrice - away * 40) as Price,
      },
      { type: 'market', reduceOnly: true },
    ];
    const shape = shapes[this.#random.nextInt(shapes.length)];
    if (shape !== undefined) context.submit({ instrument, side, quantity, ...shape });
  }

  onTimer(context: StrategyContext): void {
    context.setTimer('beat', (context.time + 7 * US_PER_MINUTE) as TimeUs);
    const open = context.openOrders();
    const order = open[this.#random.nextInt(open.length + 1)];
    if (order === undefined) return;
    if (order.limitPrice === undefined || this.#random.nextInt(2) === 0)
      context.cancel(order.order);
    else context.replace(order.order, { limitPrice: (order.limitPrice + 3) as Price });
  }

  onFill(_context: StrategyContext, fill: { quantity: Quantity }): void {
    this.#counts = { ...this.#counts, fills: this.#counts.fills + fill.quantity };
  }

  onOrder(_context: StrategyContext, event: { event: string }): void {
    const last = `${event.event} of ${this.#setup.instruments.length}`;
    this.#counts = { ...this.#counts, last };
  }

  save(): PlainData {
    const told = [...this.#scores, this.#channel, this.#vwap].map(({ value }) => String(value));
    return { ...this.#counts, told: told.join(' ') };
  }

  restore(data: PlainData): void {
    const { bars, fills, last } = data as unknown as Counts;
    this.#counts = { bars, fills, last };
  }
}

export const busyStrategy = strategyOf((setup) => new Busy(setup));
