import {
  type Bar,
  defineStrategy,
  formatPrice,
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

const parameters = z
  .strictObject({
    first: z.string().describe('Symbol whose price is divided'),
    second: z.string().describe('Symbol by whose price it is divided'),
    bar: z.string().default('1m').describe('Length of a bar: 1s … 1d'),
    period: z.int().min(10).max(1000).default(120).describe('Bars of the mean of the ratio'),
    enter: z.number().min(0.5).max(10).default(2).describe('Standard score at which to enter'),
    leave: z.number().min(0).max(5).default(0.5).describe('Standard score at which to leave'),
    units: z.string().describe('Size of the first leg; the second is worth the same'),
  })
  .refine(({ enter, leave }) => leave < enter, {
    path: ['leave'],
    message: 'must be nearer to the mean than `enter`',
  })
  .refine(({ first, second }) => first !== second, {
    path: ['second'],
    message: 'must be another instrument',
  });

type Parameters = z.infer<typeof parameters>;

/** Signed quantities of the two legs. */
type Legs = readonly [number, number];
const FLAT: Legs = [0, 0];

/**
 * Trades the ratio of two prices: sells the dear leg and buys the cheap one when the ratio is far
 * from its mean, and undoes both when it is near again.
 *
 * The risk of two legs is to be left with one. `#target` is what should be held; once no order is
 * open, what is held must equal it. If it does not, because a leg was denied, rejected or filled in
 * part, the target becomes flat and what is held is closed.
 */
class Spread implements Strategy {
  readonly #first: InstrumentIndex;
  readonly #second: InstrumentIndex;
  readonly #chosen: Parameters;
  readonly #units: Quantity;
  readonly #score;
  #target: Legs = FLAT;

  constructor(setup: StrategySetup, chosen: Parameters) {
    this.#first = setup.instrument(chosen.first);
    this.#second = setup.instrument(chosen.second);
    this.#chosen = chosen;
    this.#units = parseQuantity(setup.definition(this.#first), chosen.units);
    if (this.#units <= 0) throw new RangeError(`units: ${chosen.units}`);
    this.#score = setup.zScore(chosen.period);
    setup.bars(this.#first, chosen.bar, 'mid');
  }

  /** One bar gives the rhythm; both prices are those of its end. */
  onBar(context: StrategyContext, _bar: Bar): void {
    const prices = [this.#mid(context, this.#first), this.#mid(context, this.#second)] as const;
    const [first, second] = prices;
    if (first === undefined || second === undefined) return;
    this.#score.update(first / second);
    if (this.#isWaiting(context)) return;
    if (!this.#isOnTarget(context)) {
      this.#flatten(context);
      return;
    }
    const score = this.#score.value;
    const side = Math.sign(this.#target[0]);
    if (side === 0 && Math.abs(score) > this.#chosen.enter) {
      this.#enter(context, score > 0 ? -1 : 1, first / second);
    } else if (side !== 0 && -score * side < this.#chosen.leave) {
      this.#flatten(context);
    }
  }

  /** The moment the last order of an entry has ended, both legs must be there. */
  onOrder(context: StrategyContext): void {
    const isEntering = this.#target[0] !== 0;
    if (!isEntering || this.#isWaiting(context) || this.#isOnTarget(context)) return;
    // What cannot be closed now is tried again at each bar, not at once and for ever.
    this.#flatten(context);
  }

  /** Mid as a number in the unit of the quote currency: a ratio needs no exact price. */
  #mid(context: StrategyContext, instrument: InstrumentIndex): number | undefined {
    const quote = context.quote(instrument);
    if (quote === undefined) return undefined;
    const definition = context.instrument(instrument);
    const value = (price: Price): number => Number(formatPrice(definition, price));
    return (value(quote.bid) + value(quote.ask)) / 2;
  }

  #isWaiting(context: StrategyContext): boolean {
    return context.openOrders().length > 0;
  }

  #isOnTarget(context: StrategyContext): boolean {
    const [first, second] = this.#target;
    return context.position(this.#first) === first && context.position(this.#second) === second;
  }

  /** Sends both legs together. A denied first leg is not followed by the second. */
  #enter(context: StrategyContext, side: 1 | -1, ratio: number): void {
    const units = Math.round(this.#units * ratio);
    this.#target = [side * this.#units, -side * units];
    const [first, second] = this.#target;
    if (!this.#send(context, this.#first, first, false)) this.#target = FLAT;
    else this.#send(context, this.#second, second, false);
  }

  #flatten(context: StrategyContext): void {
    this.#target = FLAT;
    for (const leg of [this.#first, this.#second]) {
      const held = context.position(leg);
      if (held !== 0) this.#send(context, leg, -held, true);
    }
  }

  #send(
    context: StrategyContext,
    instrument: InstrumentIndex,
    quantity: number,
    reduceOnly: boolean,
  ): boolean {
    const side = quantity > 0 ? 'buy' : 'sell';
    const size = Math.abs(quantity) as Quantity;
    return context.submit({ instrument, side, type: 'market', quantity: size, reduceOnly }).ok;
  }

  save(): PlainData {
    return [...this.#target];
  }

  restore(data: PlainData): void {
    this.#target = z.tuple([z.int(), z.int()]).parse(data);
  }
}

export const strategy = defineStrategy({
  name: 'spread',
  version: 1,
  parameters,
  create: (setup, chosen) => new Spread(setup, chosen),
});
