import {
  type Bar,
  defineStrategy,
  type InstrumentIndex,
  type OrderView,
  type Price,
  parseQuantity,
  type Quantity,
  type Strategy,
  type StrategyContext,
  type StrategySetup,
  type TimerView,
  type TimeUs,
} from 'tiyf-engine/strategy';
import { z } from 'zod';

const US_PER_SECOND = 1_000_000;

const parameters = z.strictObject({
  bar: z.string().default('1m').describe('Length of a bar: 1s … 1d'),
  period: z.int().min(10).max(1000).default(60).describe('Bars of the mean and its deviation'),
  score: z.number().min(0.5).max(10).default(2).describe('Standard score beyond which to enter'),
  stopScores: z
    .number()
    .min(0.5)
    .max(10)
    .default(1.5)
    .describe('Distance from entry to stop-loss, in standard deviations'),
  patienceSeconds: z.int().min(1).max(86_400).default(300).describe('How long an entry may wait'),
  units: z.string().describe('Size of a position, the same in every instrument'),
});

type Parameters = z.infer<typeof parameters>;

/** The mean of one instrument, and the order that waits for its price to come back to it. */
class Reverter {
  readonly instrument: InstrumentIndex;
  /** Name of the timer after which its entry is stale. */
  readonly timer: string;
  readonly #units: Quantity;
  readonly #chosen: Parameters;
  readonly #score;

  constructor(setup: StrategySetup, instrument: InstrumentIndex, chosen: Parameters) {
    const definition = setup.definition(instrument);
    this.instrument = instrument;
    this.timer = `stale ${definition.symbol}`;
    this.#units = parseQuantity(definition, chosen.units);
    if (this.#units <= 0) throw new RangeError(`units: ${chosen.units}`);
    this.#chosen = chosen;
    this.#score = setup.zScore(chosen.period);
    setup.bars(instrument, chosen.bar, 'mid');
  }

  onBar(context: StrategyContext, bar: Bar): void {
    this.#score.update(bar.close);
    const isBusy = context.position(this.instrument) !== 0 || this.#entry(context) !== undefined;
    if (isBusy || !this.#score.ready) return;
    // Far below its mean it is bought, far above sold.
    if (Math.abs(this.#score.value) > this.#chosen.score) {
      this.#enter(context, this.#score.value < 0 ? 1 : -1);
    }
  }

  /** Its entry that is still open, if any: stop-loss and take-profit have another role. */
  #entry(context: StrategyContext): OrderView | undefined {
    return context
      .openOrders()
      .find(({ instrument, role }) => instrument === this.instrument && role === 'order');
  }

  /** A limit at the near side of the market: it waits to be met and pays no spread. */
  #enter(context: StrategyContext, side: 1 | -1): void {
    const { instrument } = this;
    const quote = context.quote(instrument);
    if (quote === undefined) return;
    const limitPrice = side > 0 ? quote.bid : quote.ask;
    const mean = Math.round(this.#score.mean);
    const distance = Math.round(this.#score.deviation * this.#chosen.stopScores);
    // A quiet market has its mean within the spread: there is nothing to come back to.
    if ((mean - limitPrice) * side <= quote.ask - quote.bid || distance < 1) return;
    const result = context.submit({
      instrument,
      side: side > 0 ? 'buy' : 'sell',
      type: 'limit',
      quantity: this.#units,
      limitPrice,
      takeProfit: mean as Price,
      stopLoss: (limitPrice - side * distance) as Price,
    });
    if (!result.ok) return;
    const patience = this.#chosen.patienceSeconds * US_PER_SECOND;
    context.setTimer(this.timer, (context.time + patience) as TimeUs);
  }

  /** The mean that the entry was made for is an old one by now. */
  onStale(context: StrategyContext): void {
    const entry = this.#entry(context);
    if (entry !== undefined) context.cancel(entry.order);
  }
}

/** Bids below and offers above the mean of the last bars, and leaves at the mean. */
class MeanReversion implements Strategy {
  readonly #reverters: readonly Reverter[];

  constructor(setup: StrategySetup, chosen: Parameters) {
    this.#reverters = setup.instruments.map((one) => new Reverter(setup, one, chosen));
  }

  onBar(context: StrategyContext, bar: Bar): void {
    this.#reverters.find(({ instrument }) => instrument === bar.instrument)?.onBar(context, bar);
  }

  onTimer(context: StrategyContext, { name }: TimerView): void {
    this.#reverters.find(({ timer }) => timer === name)?.onStale(context);
  }
}

export const strategy = defineStrategy({
  name: 'mean-reversion',
  version: 1,
  parameters,
  create: (setup, chosen) => new MeanReversion(setup, chosen),
});
