import type { BarBasis } from '../../market/bars.ts';
import { barSpecError } from '../../market/bars.ts';
import { Atr, Ema, Sma } from '../../market/indicators.ts';
import { SeededRandom } from '../../market/random.ts';
import { present } from '../../model/assert.ts';
import type { Walkable } from '../../model/codec.ts';
import type { Instrument } from '../../model/instrument.ts';
import { parseDuration } from '../../model/time.ts';
import type { InstrumentIndex } from '../../model/units.ts';
import type { StrategyBinding } from '../config.ts';
import type { StrategySetup } from './api.ts';
import { StrategyError } from './guard.ts';

/** A bar series that a strategy asked for. */
export interface BarWish {
  readonly instrument: InstrumentIndex;
  readonly durationUs: number;
  readonly basis: BarBasis;
}

/** Collects what a strategy declares in `create`. */
export class SetupCollector implements StrategySetup {
  readonly #binding: StrategyBinding;
  readonly #all: readonly Instrument[];
  readonly #seed: number = 0;
  readonly #stream: number = 0;
  readonly quoteWishes: InstrumentIndex[] = [];
  readonly barWishes: BarWish[] = [];
  readonly parts: Walkable[] = [];

  constructor(binding: StrategyBinding, all: readonly Instrument[], seed: number, stream: number) {
    this.#binding = binding;
    this.#all = all;
    this.#seed = seed;
    this.#stream = stream;
  }

  get instruments(): readonly InstrumentIndex[] {
    return this.#binding.instruments;
  }

  instrument(symbol: string): InstrumentIndex {
    for (const index of this.#binding.instruments) {
      if (this.#all[index]?.symbol === symbol) return index;
    }
    throw new StrategyError(`${symbol} is not among the strategy's instruments`);
  }

  definition(index: InstrumentIndex): Instrument {
    this.#refuseForeign(index);
    return present(this.#all[index], 'instrument');
  }

  #refuseForeign(index: InstrumentIndex): void {
    if (this.#binding.instruments.includes(index)) return;
    throw new StrategyError(`instrument ${index} is not among the strategy's instruments`);
  }

  quotes(instrument: InstrumentIndex): void {
    this.#refuseForeign(instrument);
    if (!this.quoteWishes.includes(instrument)) this.quoteWishes.push(instrument);
  }

  bars(instrument: InstrumentIndex, duration: string, basis: BarBasis): void {
    this.#refuseForeign(instrument);
    const durationUs = parseDuration(duration);
    if (durationUs === undefined) throw new StrategyError(`${duration} is not a span of time`);
    const error = barSpecError(durationUs);
    if (error !== undefined) throw new StrategyError(error);
    this.barWishes.push({ instrument, durationUs, basis });
  }

  #keep<T extends Walkable>(part: T): T {
    this.parts.push(part);
    return part;
  }

  sma(period: number): Sma {
    return this.#keep(new Sma(period));
  }

  ema(period: number): Ema {
    return this.#keep(new Ema(period));
  }

  atr(period: number): Atr {
    return this.#keep(new Atr(period));
  }

  random(): SeededRandom {
    return this.#keep(new SeededRandom(this.#seed, this.#stream * 1000 + this.parts.length));
  }
}
