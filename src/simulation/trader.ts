import type {
  OrderRequest,
  OrderView,
  PlainData,
  Strategy,
  StrategyContext,
  StrategyDefinition,
  StrategySetup,
} from '../kernel/strategy/api.ts';
import type { SeededRandom } from '../market/random.ts';
import { present } from '../model/assert.ts';
import type { InstrumentIndex, Price, Quantity, TimeUs } from '../model/units.ts';

const MS = 1000;

export interface TraderParameters {
  /** Engine time at which it stops acting. */
  readonly until: number;
  /** Mean time between two acts, µs. */
  readonly paceUs: number;
  readonly reduceOnly: boolean;
  /** Without a horizon a lost replace cannot be told from a late one. */
  readonly replaces: boolean;
  /** Entries bring their protection with them. */
  readonly legs: boolean;
}

function isParameters(value: unknown): value is TraderParameters {
  return typeof value === 'object' && value !== null && 'until' in value;
}

/** The strategy of the simulation: it does a little of everything, at random, and remembers. */
export const TRADER: StrategyDefinition<TraderParameters> = {
  name: 'trader',
  version: 1,
  parameters: {
    safeParse: (value) =>
      isParameters(value)
        ? { success: true, data: value }
        : { success: false, error: { issues: [{ path: [], message: 'not its parameters' }] } },
  },
  create: (setup, parameters) => new Trader(setup, parameters),
};

class Trader implements Strategy {
  readonly #parameters: TraderParameters;
  readonly #random: SeededRandom;
  readonly #instruments: readonly InstrumentIndex[];
  /** Counts what was asked for: part of the keys, saved and restored. */
  #asked = 0;

  constructor(setup: StrategySetup, parameters: TraderParameters) {
    this.#parameters = parameters;
    this.#random = setup.random();
    this.#instruments = setup.instruments;
  }

  #below(bound: number): number {
    return this.#random.nextInt(bound);
  }

  #wait(context: StrategyContext): void {
    const us = 20 * MS + this.#below(2 * this.#parameters.paceUs);
    context.setTimer('act', (context.time + us) as TimeUs);
  }

  onStart(context: StrategyContext): void {
    this.#wait(context);
  }

  onTimer(context: StrategyContext): void {
    if (context.time >= this.#parameters.until) return;
    this.#act(context);
    if (this.#below(4) === 0) this.#act(context);
    this.#wait(context);
  }

  onFill(context: StrategyContext): void {
    if (context.time < this.#parameters.until && this.#below(10) === 0) this.#act(context);
  }

  onOrder(context: StrategyContext): void {
    if (context.time < this.#parameters.until && this.#below(20) === 0) this.#act(context);
  }

  /** A probe: one order on each instrument, whatever the hour. */
  onGap(context: StrategyContext): void {
    for (const instrument of this.#instruments) {
      context.submit({
        instrument,
        side: context.position(instrument) < 0 ? 'sell' : 'buy',
        type: 'market',
        quantity: 1 as Quantity,
        key: `probe-${instrument}-${context.time}`,
      });
    }
  }

  #act(context: StrategyContext): void {
    const instrument = present(this.#instruments[this.#below(this.#instruments.length)], 'k');
    const open = context.openOrders();
    const some = open[this.#below(Math.max(1, open.length))];
    switch (this.#below(10)) {
      case 0:
      case 1:
        if (some !== undefined) context.cancel(some.order);
        return;
      case 2:
        if (some !== undefined) this.#replace(context, some);
        return;
      case 3:
      case 4:
        this.#leave(context, instrument);
        return;
      default:
        this.#enter(context, instrument);
    }
  }

  #replace(context: StrategyContext, order: OrderView): void {
    if (!this.#parameters.replaces) return;
    const { limitPrice, stopPrice } = order;
    const by = this.#below(21) - 10;
    const quantity = Math.max(1, order.quantity - this.#below(3)) as Quantity;
    context.replace(order.order, {
      quantity,
      ...(limitPrice === undefined ? {} : { limitPrice: (limitPrice + by) as Price }),
      ...(stopPrice === undefined ? {} : { stopPrice: (stopPrice + by) as Price }),
    });
  }

  /** Leaves a part of the position, all of it, or turns it. */
  #leave(context: StrategyContext, instrument: InstrumentIndex): void {
    const held = context.position(instrument);
    if (held === 0) return;
    const all = Math.abs(held);
    const quantities = [all, all, 1 + this.#below(all), 2 * all];
    const quantity = present(quantities[this.#below(4)], 'quantity') as Quantity;
    const reduceOnly = this.#parameters.reduceOnly && this.#below(2) === 0;
    const side = held > 0 ? 'sell' : 'buy';
    this.#submit(context, {
      instrument,
      side,
      quantity,
      reduceOnly,
      ...this.#type(context, instrument, side),
    });
  }

  #enter(context: StrategyContext, instrument: InstrumentIndex): void {
    const side = this.#below(2) === 0 ? 'buy' : 'sell';
    const quantity = (1 + this.#below(20)) as Quantity;
    const type = this.#type(context, instrument, side);
    const quote = context.quote(instrument);
    if (quote === undefined || this.#below(3) > 0 || !this.#parameters.legs) {
      this.#submit(context, { instrument, side, quantity, ...type });
      return;
    }
    const sign = side === 'buy' ? 1 : -1;
    const at = type.limitPrice ?? type.stopPrice ?? quote.ask;
    const leg = (by: number): Price => (at + sign * by) as Price;
    const stop = { stopLoss: leg(-20 - this.#below(60)) };
    const target = { takeProfit: leg(20 + this.#below(60)) };
    const both = { ...stop, ...target };
    const legs = [both, both, stop, target][this.#below(4)];
    this.#submit(context, { instrument, side, quantity, ...type, ...legs });
  }

  /** Kind, prices and time of an order. */
  #type(
    context: StrategyContext,
    instrument: InstrumentIndex,
    side: 'buy' | 'sell',
  ): Pick<OrderRequest, 'type' | 'limitPrice' | 'stopPrice' | 'timeInForce' | 'expireTime'> {
    const quote = context.quote(instrument);
    const sign = side === 'buy' ? 1 : -1;
    const kind = this.#below(8);
    if (quote === undefined || kind < 3) return { type: 'market' };
    const away = this.#below(25);
    const price = side === 'buy' ? quote.ask : quote.bid;
    const expires = {
      timeInForce: 'gtd' as const,
      expireTime: (context.time + 500 * MS + this.#below(20_000) * MS) as TimeUs,
    };
    const time = this.#below(3) === 0 ? expires : {};
    const below = { limitPrice: (price - sign * away) as Price };
    const beyond = { stopPrice: (price + sign * (3 + away)) as Price };
    if (kind === 3) return { type: 'limit', ...below, timeInForce: this.#below(2) ? 'ioc' : 'fok' };
    if (kind < 6) return { type: 'limit', ...below, ...time };
    if (kind === 6) return { type: 'stop', ...beyond, ...time };
    const limitPrice = (beyond.stopPrice + sign * 5) as Price;
    return { type: 'stop_limit', ...beyond, limitPrice, ...time };
  }

  /** Mostly under a key of its own; now and then the last one is used again. */
  #submit(context: StrategyContext, request: Omit<OrderRequest, 'key'>): void {
    if (this.#below(12) !== 0) this.#asked += 1;
    context.submit({ ...request, key: `key-${this.#asked}` });
  }

  save(): PlainData {
    return { asked: this.#asked };
  }

  restore(data: PlainData): void {
    if (typeof data === 'object' && data !== null && 'asked' in data) {
      this.#asked = Number(data['asked']);
    }
  }
}
