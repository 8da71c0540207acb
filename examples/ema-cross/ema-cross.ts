import {
  type Bar,
  defineStrategy,
  type InstrumentIndex,
  type PlainData,
  type Price,
  parseQuantity,
  type Quantity,
  type Strategy,
  type StrategyContext,
  type StrategySetup,
} from 'tiyf-engine/strategy';
import { z } from 'zod';

/** What may stand under `parameters` in the configuration, and what it is when left out. */
const parameters = z
  .strictObject({
    bar: z.string().default('1m').describe('Length of a bar: 1s … 1d'),
    fast: z.int().min(1).max(1000).default(12).describe('Bars of the fast average'),
    slow: z.int().min(2).max(1000).default(48).describe('Bars of the slow average'),
    atr: z.int().min(1).max(1000).default(14).describe('Bars of the average true range'),
    stopAtrs: z.number().min(0.5).max(20).default(3).describe('Distance of the stop-loss, in ATRs'),
    units: z
      .record(z.string(), z.string())
      .describe('Size of a position in units, by symbol; "*" is every other symbol'),
  })
  .refine(({ fast, slow }) => fast < slow, {
    path: ['fast'],
    message: 'must be shorter than the slow average',
  });

type Parameters = z.infer<typeof parameters>;

/** Averages and position of one instrument. */
class Crossing {
  readonly instrument: InstrumentIndex;
  readonly #units: Quantity;
  readonly #stopAtrs: number;
  readonly #fast;
  readonly #slow;
  readonly #atr;
  /** +1 while the fast average is above the slow one, −1 below, 0 before they are known. */
  side = 0;

  constructor(setup: StrategySetup, instrument: InstrumentIndex, chosen: Parameters) {
    const definition = setup.definition(instrument);
    const units = chosen.units[definition.symbol] ?? chosen.units['*'];
    if (units === undefined) throw new RangeError(`units: none for ${definition.symbol}`);
    this.instrument = instrument;
    this.#units = parseQuantity(definition, units);
    if (this.#units <= 0) throw new RangeError(`units: ${units} of ${definition.symbol}`);
    this.#stopAtrs = chosen.stopAtrs;
    this.#fast = setup.ema(chosen.fast);
    this.#slow = setup.ema(chosen.slow);
    this.#atr = setup.atr(chosen.atr);
    setup.bars(instrument, chosen.bar, 'mid');
  }

  onBar(context: StrategyContext, bar: Bar): void {
    this.#fast.update(bar.close);
    this.#slow.update(bar.close);
    this.#atr.update(bar.high, bar.low, bar.close);
    if (!this.#slow.ready || !this.#atr.ready) return;
    const before = this.side;
    this.side = this.#fast.value >= this.#slow.value ? 1 : -1;
    // The first comparison only says where we stand; a cross is a change.
    if (before !== 0 && before !== this.side) this.#turn(context);
  }

  /** One order closes what is held the wrong way and opens the other side. */
  #turn(context: StrategyContext): void {
    const { instrument } = this;
    const quote = context.quote(instrument);
    const wanted = this.side * this.#units - context.position(instrument);
    if (quote === undefined || wanted * this.side <= 0) return;
    const distance = Math.max(1, Math.round(this.#atr.value * this.#stopAtrs));
    const stopLoss = this.side > 0 ? quote.bid - distance : quote.ask + distance;
    context.submit({
      instrument,
      side: this.side > 0 ? 'buy' : 'sell',
      type: 'market',
      quantity: Math.abs(wanted) as Quantity,
      stopLoss: stopLoss as Price,
    });
  }
}

/** Buys when a fast average of mid prices crosses above a slow one, sells when below. */
class EmaCross implements Strategy {
  readonly #crossings: readonly Crossing[];

  constructor(setup: StrategySetup, chosen: Parameters) {
    this.#crossings = setup.instruments.map((one) => new Crossing(setup, one, chosen));
  }

  onBar(context: StrategyContext, bar: Bar): void {
    this.#crossings.find(({ instrument }) => instrument === bar.instrument)?.onBar(context, bar);
  }

  /** Averages save themselves; which of them was above is ours to keep. */
  save(): PlainData {
    return this.#crossings.map(({ side }) => side);
  }

  restore(data: PlainData): void {
    const sides = z.array(z.int()).length(this.#crossings.length).parse(data);
    for (const [at, crossing] of this.#crossings.entries()) crossing.side = sides[at] ?? 0;
  }
}

export const strategy = defineStrategy({
  name: 'ema-cross',
  version: 1,
  parameters,
  create: (setup, chosen) => new EmaCross(setup, chosen),
});
