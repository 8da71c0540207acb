import type { EventBarKind } from '../../market/bars.ts';
import { barSpecError } from '../../market/bars.ts';
import type { Calendar } from '../../market/calendar.ts';
import { eventBarSizeError } from '../../market/event-bars.ts';
import { Atr } from '../../market/indicators/atr.ts';
import { Bollinger } from '../../market/indicators/bollinger.ts';
import { Donchian } from '../../market/indicators/donchian.ts';
import { Ema } from '../../market/indicators/ema.ts';
import { Macd } from '../../market/indicators/macd.ts';
import { PercentileRank } from '../../market/indicators/percentile-rank.ts';
import { Rsi } from '../../market/indicators/rsi.ts';
import { SessionVwap, type VwapWeight } from '../../market/indicators/session-vwap.ts';
import { Sma } from '../../market/indicators/sma.ts';
import { ZScore } from '../../market/indicators/z-score.ts';
import { SeededRandom } from '../../market/random.ts';
import { present } from '../../model/assert.ts';
import type { Walkable } from '../../model/codec.ts';
import { DecimalError } from '../../model/decimal.ts';
import type { BarBasis } from '../../model/historical.ts';
import { type Instrument, parsePrice, parseQuantity } from '../../model/instrument.ts';
import { parseDuration } from '../../model/time.ts';
import type { InstrumentIndex } from '../../model/units.ts';
import type { StrategyBinding } from '../config.ts';
import type { BarOptions, StrategySetup } from './api.ts';
import { type BarWish, HISTORY_MAX, type TimeBarWish } from './bar-subscriptions.ts';
import { StrategyError } from './guard.ts';

/** Collects what a strategy declares in `create`. */
export class SetupCollector implements StrategySetup {
  readonly #binding: StrategyBinding;
  readonly #all: readonly Instrument[];
  readonly #calendars: readonly Calendar[];
  readonly #seed: number = 0;
  readonly #stream: number = 0;
  readonly quoteWishes: InstrumentIndex[] = [];
  readonly barWishes: BarWish[] = [];
  readonly parts: Walkable[] = [];

  constructor(
    binding: StrategyBinding,
    all: readonly Instrument[],
    calendars: readonly Calendar[],
    seed: number,
    stream: number,
  ) {
    this.#binding = binding;
    this.#all = all;
    this.#calendars = calendars;
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

  bars(
    instrument: InstrumentIndex,
    duration: string,
    basis: BarBasis,
    { history = 0 }: BarOptions = {},
  ): void {
    this.#refuseForeign(instrument);
    const durationUs = parseDuration(duration);
    if (durationUs === undefined) throw new StrategyError(`${duration} is not a span of time`);
    const error = barSpecError(durationUs);
    if (error !== undefined) throw new StrategyError(error);
    if (!Number.isInteger(history) || history < 0 || history > HISTORY_MAX) {
      const text = `a whole number of 0 … ${HISTORY_MAX}, not ${String(history)}`;
      throw new StrategyError(`the history of bars is ${text}`);
    }
    this.#timeBars({ kind: 'time', instrument, durationUs, basis, history });
  }

  /** A series that is asked for twice is one, with the longer history of the two. */
  #timeBars(wish: TimeBarWish): void {
    const at = this.barWishes.findIndex(
      (one) =>
        one.kind === 'time' &&
        one.instrument === wish.instrument &&
        one.durationUs === wish.durationUs &&
        one.basis === wish.basis,
    );
    const before = this.barWishes[at];
    if (before?.kind !== 'time') this.barWishes.push(wish);
    else if (before.history < wish.history) this.barWishes[at] = wish;
  }

  tickBars(instrument: InstrumentIndex, count: number, basis: BarBasis): void {
    this.#refuseForeign(instrument);
    this.#eventBars('tick', instrument, count, basis);
  }

  volumeBars(instrument: InstrumentIndex, volume: string, basis: BarBasis): void {
    const definition = this.definition(instrument);
    const size = countOf('volume bars', () => parseQuantity(definition, volume));
    this.#eventBars('volume', instrument, size, basis);
  }

  rangeBars(instrument: InstrumentIndex, range: string, basis: BarBasis): void {
    const definition = this.definition(instrument);
    const size = countOf('range bars', () => parsePrice(definition, range));
    this.#eventBars('range', instrument, size, basis);
  }

  #eventBars(kind: EventBarKind, instrument: InstrumentIndex, size: number, basis: BarBasis): void {
    const error = eventBarSizeError(size);
    if (error !== undefined) throw new StrategyError(`${kind} bars: ${error}`);
    this.barWishes.push({ kind, instrument, size, basis });
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

  rsi(period: number): Rsi {
    return this.#keep(new Rsi(period));
  }

  bollinger(period: number, deviations: number): Bollinger {
    return this.#keep(new Bollinger(period, deviations));
  }

  donchian(period: number): Donchian {
    return this.#keep(new Donchian(period));
  }

  macd(fast: number, slow: number, signal: number): Macd {
    return this.#keep(new Macd(fast, slow, signal));
  }

  zScore(period: number): ZScore {
    return this.#keep(new ZScore(period));
  }

  percentileRank(period: number): PercentileRank {
    return this.#keep(new PercentileRank(period));
  }

  sessionVwap(instrument: InstrumentIndex, weight: VwapWeight): SessionVwap {
    this.#refuseForeign(instrument);
    return this.#keep(new SessionVwap(present(this.#calendars[instrument], 'calendar'), weight));
  }

  random(): SeededRandom {
    return this.#keep(new SeededRandom(this.#seed, this.#stream * 1000 + this.parts.length));
  }
}

/** A decimal off the instrument's increment is a mistake of the strategy, named as such. */
function countOf(what: string, parse: () => number): number {
  try {
    return parse();
  } catch (cause) {
    if (!(cause instanceof DecimalError)) throw cause;
    throw new StrategyError(`${what}: ${cause.message}`, { cause });
  }
}
