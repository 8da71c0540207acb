import {
  type Bar,
  defineStrategy,
  type InstrumentIndex,
  type Price,
  parseQuantity,
  type Quantity,
  type Strategy,
  type StrategyContext,
  type StrategySetup,
} from 'tiyf-engine/strategy';
import { z } from 'zod';

const parameters = z
  .strictObject({
    bar: z.string().default('5m').describe('Length of a bar: 1s … 1d'),
    entry: z.int().min(2).max(1000).default(48).describe('Bars whose extremes a close must break'),
    exit: z.int().min(1).max(1000).default(16).describe('Bars whose opposite extreme ends a trade'),
    atr: z.int().min(1).max(1000).default(20).describe('Bars of the average true range'),
    stopAtrs: z.number().min(0.5).max(20).default(2).describe('Distance of the stop-loss, in ATRs'),
    units: z.string().describe('Size of a position, the same in every instrument'),
  })
  .refine(({ entry, exit }) => exit < entry, {
    path: ['exit'],
    message: 'must be shorter than the channel of the entry',
  });

type Parameters = z.infer<typeof parameters>;

/** Channels and position of one instrument. What it holds is all that it needs to remember. */
class Breakout {
  readonly instrument: InstrumentIndex;
  readonly #units: Quantity;
  readonly #stopAtrs: number;
  readonly #entry;
  readonly #exit;
  readonly #atr;

  constructor(setup: StrategySetup, instrument: InstrumentIndex, chosen: Parameters) {
    this.instrument = instrument;
    this.#units = parseQuantity(setup.definition(instrument), chosen.units);
    if (this.#units <= 0) throw new RangeError(`units: ${chosen.units}`);
    this.#stopAtrs = chosen.stopAtrs;
    this.#entry = setup.donchian(chosen.entry);
    this.#exit = setup.donchian(chosen.exit);
    this.#atr = setup.atr(chosen.atr);
    setup.bars(instrument, chosen.bar, 'mid');
  }

  onBar(context: StrategyContext, { high, low, close }: Bar): void {
    // The channels of the bars before this one: a bar cannot break out of its own extremes. Until
    // there are enough bars they are NaN, and no comparison with NaN is true.
    const above = close > this.#entry.upper;
    const below = close < this.#entry.lower;
    const held = context.position(this.instrument);
    const over = held > 0 ? close < this.#exit.lower : close > this.#exit.upper;
    this.#entry.update(high, low);
    this.#exit.update(high, low);
    this.#atr.update(high, low, close);
    if (held !== 0) {
      if (over) this.#leave(context, held);
    } else if ((above || below) && this.#atr.ready) {
      this.#enter(context, above ? 1 : -1);
    }
  }

  /** The stop-loss goes with the order: the venue opens it and ends it with the position. */
  #enter(context: StrategyContext, side: 1 | -1): void {
    const { instrument } = this;
    const quote = context.quote(instrument);
    if (quote === undefined) return;
    const distance = Math.max(1, Math.round(this.#atr.value * this.#stopAtrs));
    const stopLoss = side > 0 ? quote.bid - distance : quote.ask + distance;
    context.submit({
      instrument,
      side: side > 0 ? 'buy' : 'sell',
      type: 'market',
      quantity: this.#units,
      stopLoss: stopLoss as Price,
    });
  }

  /** Reduce-only, so that it cannot open the other side if the stop-loss comes first. */
  #leave(context: StrategyContext, held: Quantity): void {
    context.submit({
      instrument: this.instrument,
      side: held > 0 ? 'sell' : 'buy',
      type: 'market',
      quantity: Math.abs(held) as Quantity,
      reduceOnly: true,
    });
  }
}

/** Goes with a close outside the channel; leaves by a shorter channel or by the stop-loss. */
class DonchianBreakout implements Strategy {
  readonly #breakouts: readonly Breakout[];

  constructor(setup: StrategySetup, chosen: Parameters) {
    this.#breakouts = setup.instruments.map((one) => new Breakout(setup, one, chosen));
  }

  onBar(context: StrategyContext, bar: Bar): void {
    this.#breakouts.find(({ instrument }) => instrument === bar.instrument)?.onBar(context, bar);
  }
}

export const strategy = defineStrategy({
  name: 'donchian',
  version: 1,
  parameters,
  create: (setup, chosen) => new DonchianBreakout(setup, chosen),
});
