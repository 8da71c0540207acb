import { type Bar, BarSeries } from '../../market/bars.ts';
import { Calendar } from '../../market/calendar.ts';
import { assert, present } from '../../model/assert.ts';
import type { FieldIo, Walkable } from '../../model/codec.ts';
import type { InstrumentIndex, TimeUs } from '../../model/units.ts';
import type { Book } from '../book.ts';
import type { KernelConfig, StrategyBinding } from '../config.ts';
import type { FillView, OrderEventView, Strategy } from './api.ts';
import { Context, type DecisionDesk, QuoteViewObject } from './context.ts';
import { callbackGuard, StrategyError } from './guard.ts';
import { type BarWish, SetupCollector } from './setup.ts';
import { type BarSubscription, StrategySlot } from './slot.ts';

interface Running {
  readonly slot: StrategySlot;
  readonly context: Context;
}

const NEVER = Number.POSITIVE_INFINITY;

/**
 * Runs the strategies: feeds them quotes, bars, timers and order events in one fixed order, and
 * owns the state that is theirs (bars, indicators, timers, random sources, saved data). Book state
 * never depends on it (X3).
 */
export class StrategyHost implements Walkable {
  readonly #book: Book;
  readonly #running: readonly Running[];
  readonly #quoteSubscribers: readonly Running[][];
  readonly #bars: readonly BarSubscription[];
  /** The same series by instrument, for the hot path. */
  readonly #barsByInstrument: readonly BarSeries[][];
  readonly #views: readonly QuoteViewObject[];
  readonly #trigger = new Float64Array(1);
  /** Slot 0: when the next boundary is due: timer, bar end or sample. Read at every quote. */
  readonly due = new Float64Array(1).fill(NEVER);
  #sampleDue = NEVER;
  #workDue = NEVER;

  constructor(config: KernelConfig, book: Book, desk: DecisionDesk, clock: Float64Array) {
    this.#book = book;
    const { instruments } = config;
    this.#views = instruments.map((_, k) => new QuoteViewObject(k as InstrumentIndex));
    this.#quoteSubscribers = instruments.map(() => []);
    this.#barsByInstrument = instruments.map(() => []);
    const bars: BarSubscription[] = [];
    const calendars = config.calendars.map((table) => new Calendar(table));
    this.#running = config.strategies.map((binding, index) => {
      const setup = new SetupCollector(binding, instruments, config.seed, index);
      const slot = new StrategySlot(index, binding, createStrategy(binding, setup), setup.parts);
      const refresh = (): void => this.refreshDue();
      const context = new Context(book, desk, slot, this.#views, this.#trigger, refresh);
      const running = { slot, context };
      for (const k of setup.quoteWishes) present(this.#quoteSubscribers[k], 'k').push(running);
      for (const wish of setup.barWishes) {
        subscribe(bars, slot, wish, () => {
          const calendar = present(calendars[wish.instrument], 'calendar');
          const series = new BarSeries(wish, calendar, clock);
          present(this.#barsByInstrument[wish.instrument], 'k').push(series);
          return series;
        });
      }
      return running;
    });
    this.#bars = bars;
  }

  get strategyCount(): number {
    return this.#running.length;
  }

  /** Hot path: a quote already taken by the book goes into the bars, then to its subscribers. */
  quote(k: number, bid: number, ask: number): void {
    const series = this.#barsByInstrument[k] as BarSeries[];
    for (let i = 0; i < series.length; i++) {
      const one = series[i] as BarSeries;
      one.update(bid, ask);
      if (one.endTime < (this.due[0] as number)) this.due[0] = one.endTime;
    }
    const subscribers = this.#quoteSubscribers[k] as Running[];
    if (subscribers.length !== 0) this.#callQuote(k, subscribers);
  }

  #callQuote(k: number, subscribers: readonly Running[]): void {
    const { board } = this.#book;
    const view = this.#views[k] as QuoteViewObject;
    view.bid = board.bid[k] as QuoteViewObject['bid'];
    view.ask = board.ask[k] as QuoteViewObject['ask'];
    view.bidSize = board.bidSize[k] as QuoteViewObject['bidSize'];
    view.askSize = board.askSize[k] as QuoteViewObject['askSize'];
    view.venueTime = board.time[k] as TimeUs;
    this.#trigger[0] = board.time[k] as number;
    for (let i = 0; i < subscribers.length; i++) {
      const { slot, context } = subscribers[i] as Running;
      callbackGuard.active = true;
      try {
        const result: unknown = slot.strategy.onQuote?.(context, view);
        if (result !== undefined) slot.refuseResult('onQuote', result);
      } catch (cause) {
        throw slot.failure('onQuote', cause);
      } finally {
        callbackGuard.active = false;
      }
    }
  }

  /** Fires the timers that are due at `now`, strategies in their order, earliest first. */
  fireTimers(now: TimeUs): void {
    for (const { slot, context } of this.#running) {
      if (slot.timerDue > now) continue;
      // A timer that a callback sets waits for the next boundary, be it due already.
      const among = slot.timersSet;
      for (;;) {
        const timer = slot.takeTimer(now, among);
        if (timer === undefined) break;
        this.#trigger[0] = timer.due;
        slot.run('onTimer', () => slot.strategy.onTimer?.(context, timer));
      }
    }
  }

  /** Closes the bars whose end has come and hands them to who asked for them. */
  closeBars(now: TimeUs): number {
    let closed = 0;
    for (const { series, slots } of this.#bars) {
      if (series.endTime > now) continue;
      const bar = series.close();
      closed += 1;
      for (const slot of slots) this.#callBar(slot, bar);
    }
    this.refreshDue();
    return closed;
  }

  /** As `slot.run`, without its closure: bars are frequent. */
  #callBar(slot: StrategySlot, bar: Bar): void {
    this.#trigger[0] = bar.end;
    const { context } = this.#running[slot.index] as Running;
    callbackGuard.active = true;
    try {
      const result: unknown = slot.strategy.onBar?.(context, bar);
      if (result !== undefined) slot.refuseResult('onBar', result);
    } catch (cause) {
      throw slot.failure('onBar', cause);
    } finally {
      callbackGuard.active = false;
    }
  }

  /** When the equity curve is sampled next; Infinity before the start. */
  get sampleDue(): number {
    return this.#sampleDue;
  }

  planSample(due: number): void {
    this.#sampleDue = due;
    this.refreshDue();
  }

  /** When the kernel itself has something to do at a boundary; Infinity for nothing. */
  get workDue(): number {
    return this.#workDue;
  }

  planWork(due: number): void {
    this.#workDue = due;
    this.refreshDue();
  }

  /** Looks again for what is due first. */
  refreshDue(): void {
    let due = Math.min(this.#sampleDue, this.#workDue);
    for (const { slot } of this.#running) if (slot.timerDue < due) due = slot.timerDue;
    for (const { series } of this.#bars) if (series.endTime < due) due = series.endTime;
    this.due[0] = due;
  }

  wantsOrderEvents(strategy: number): boolean {
    return present(this.#running[strategy], 'strategy').slot.strategy.onOrder !== undefined;
  }

  orderEvent(strategy: number, view: OrderEventView): void {
    const { slot, context } = present(this.#running[strategy], 'strategy');
    this.#trigger[0] = this.#book.time;
    slot.run('onOrder', () => slot.strategy.onOrder?.(context, view));
  }

  fill(strategy: number, view: FillView): void {
    const { slot, context } = present(this.#running[strategy], 'strategy');
    if (slot.strategy.onFill === undefined) return;
    this.#trigger[0] = this.#book.time;
    slot.run('onFill', () => slot.strategy.onFill?.(context, view));
  }

  /** First start of a strategy, or none if it has run before. */
  start(): void {
    this.#each((slot, context) => {
      if (slot.started) return;
      slot.started = true;
      slot.run('onStart', () => slot.strategy.onStart?.(context));
    });
  }

  resume(): void {
    this.#each((slot, context) => slot.run('onResume', () => slot.strategy.onResume?.(context)));
  }

  gap(from: TimeUs, to: TimeUs): void {
    const gap = { from, to };
    this.#each((slot, context) => slot.run('onGap', () => slot.strategy.onGap?.(context, gap)));
  }

  stop(): void {
    this.#each((slot, context) => {
      context.closed = true;
      slot.run('onStop', () => slot.strategy.onStop?.(context));
    });
  }

  #each(visit: (slot: StrategySlot, context: Context) => void): void {
    this.#trigger[0] = this.#book.time;
    for (const { slot, context } of this.#running) visit(slot, context);
  }

  walk(io: FieldIo): void {
    const count = io.u16('strategies', this.#running.length);
    assert(count === this.#running.length, 'saved state is of other strategies');
    for (const { slot } of this.#running) slot.walk(io);
    const series = io.u16('series', this.#bars.length);
    assert(series === this.#bars.length, 'saved state is of other bar series');
    for (const bar of this.#bars) bar.series.walk(io);
    if (io.reading) this.refreshDue();
  }
}

function createStrategy(binding: StrategyBinding, setup: SetupCollector): Strategy {
  callbackGuard.active = true;
  try {
    return binding.definition.create(setup, binding.parameters);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new StrategyError(`strategy ${binding.id}, create: ${message}`, { cause });
  } finally {
    callbackGuard.active = false;
  }
}

/** Equal wishes share a series. */
function subscribe(
  bars: BarSubscription[],
  slot: StrategySlot,
  wish: BarWish,
  create: () => BarSeries,
): void {
  const same = bars.find(
    ({ series: { spec } }) =>
      spec.instrument === wish.instrument &&
      spec.durationUs === wish.durationUs &&
      spec.basis === wish.basis,
  );
  if (same === undefined) bars.push({ series: create(), slots: [slot] });
  else if (!same.slots.includes(slot)) same.slots.push(slot);
}
