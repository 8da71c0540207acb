import { type Bar, BarSeries, type EventBarSpec } from '../../market/bars.ts';
import { Calendar } from '../../market/calendar.ts';
import { marketTime } from '../../market/clock.ts';
import type { EventBarSeries } from '../../market/event-bars.ts';
import { assert, present } from '../../model/assert.ts';
import type { FieldIo, Walkable } from '../../model/codec.ts';
import { formatUtc } from '../../model/time.ts';
import type { InstrumentIndex, TimeUs } from '../../model/units.ts';
import type { Book } from '../book.ts';
import type { KernelConfig, StrategyBinding } from '../config.ts';
import type { FillView, OrderEventView, Strategy } from './api.ts';
import { type BarSubscription, subscribe } from './bar-subscriptions.ts';
import { Context, type DecisionDesk, QuoteViewObject } from './context.ts';
import { callbackGuard, StrategyError } from './guard.ts';
import { SetupCollector } from './setup.ts';
import { StrategySlot } from './slot.ts';

interface Running {
  readonly slot: StrategySlot;
  readonly context: Context;
}

/** Who looks at each quote of an instrument: bars that quotes end, and strategies. */
interface Listeners {
  readonly events: BarSubscription<EventBarSeries>[];
  readonly subscribers: Running[];
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
  /** By instrument; none where no one has to look, so that such a quote costs least. */
  readonly #listeners: (Listeners | undefined)[];
  readonly #bars: readonly BarSubscription[];
  /** Bars of time by instrument, for the hot path. */
  readonly #barsByInstrument: readonly BarSeries[][];
  readonly #views: readonly QuoteViewObject[];
  readonly #trigger = new Float64Array(1);
  /**
   * Slot 0: when the next boundary is due: timer, bar end or sample. Slot 1: how long after its
   * end a bar is due, engine time. Read at every quote.
   */
  readonly due = new Float64Array([NEVER, 0]);
  #workDue = NEVER;
  /** Bars closed so far. */
  barsClosed = 0;

  constructor(config: KernelConfig, book: Book, desk: DecisionDesk, clock: Float64Array) {
    this.#book = book;
    const { instruments } = config;
    this.#views = instruments.map((_, k) => new QuoteViewObject(k as InstrumentIndex));
    this.#listeners = instruments.map(() => undefined);
    this.#barsByInstrument = instruments.map(() => []);
    const bars: BarSubscription[] = [];
    const calendars = config.calendars.map((table) => new Calendar(table));
    this.#running = config.strategies.map((binding, index) => {
      const setup = new SetupCollector(binding, instruments, calendars, config.seed, index);
      const slot = new StrategySlot(index, binding, createStrategy(binding, setup), setup.parts);
      const refresh = (): void => this.refreshDue();
      const context = new Context(book, desk, slot, this.#views, this.#trigger, refresh);
      const running = { slot, context };
      for (const k of setup.quoteWishes) this.#listen(k).subscribers.push(running);
      for (const wish of setup.barWishes) {
        const calendar = present(calendars[wish.instrument], 'calendar');
        subscribe(bars, slot, wish, calendar, clock);
      }
      return running;
    });
    this.#bars = bars;
    this.#sortBars();
  }

  #listen(k: number): Listeners {
    const listeners = this.#listeners[k] ?? { events: [], subscribers: [] };
    this.#listeners[k] = listeners;
    return listeners;
  }

  #sortBars(): void {
    for (const { series, slots } of this.#bars) {
      const k = series.spec.instrument;
      if (series instanceof BarSeries) present(this.#barsByInstrument[k], 'k').push(series);
      else this.#listen(k).events.push({ series, slots });
    }
  }

  get strategyCount(): number {
    return this.#running.length;
  }

  /**
   * Hot path: a quote already taken by the book goes into the bars, then to those who hear of a bar
   * that it ended, then to its subscribers.
   */
  quote(k: number, bid: number, ask: number): void {
    const series = this.#barsByInstrument[k] as BarSeries[];
    for (let i = 0; i < series.length; i++) {
      const one = series[i] as BarSeries;
      one.update(bid, ask);
      const due = one.endTime + (this.due[1] as number);
      if (due < (this.due[0] as number)) this.due[0] = due;
    }
    const listeners = this.#listeners[k];
    if (listeners !== undefined) this.#tell(k, listeners, bid, ask);
  }

  #tell(k: number, { events, subscribers }: Listeners, bid: number, ask: number): void {
    for (let i = 0; i < events.length; i++) {
      this.#eventBar(events[i] as BarSubscription<EventBarSeries>, k, bid, ask);
    }
    if (subscribers.length !== 0) this.#callQuote(k, subscribers);
  }

  #eventBar(
    { series, slots }: BarSubscription<EventBarSeries>,
    k: number,
    bid: number,
    ask: number,
  ) {
    const { board } = this.#book;
    const volume = (board.bidSize[k] as number) + (board.askSize[k] as number);
    if (volume === 0 && series.spec.kind === 'volume') throw this.#noSizes(series.spec, slots);
    const bar = series.update(bid, ask, volume);
    if (bar === undefined) {
      const due = series.endTime + (this.due[1] as number);
      if (due < (this.due[0] as number)) this.due[0] = due;
      return;
    }
    this.barsClosed += 1;
    for (const slot of slots) this.#callBar(slot, bar);
    // The end of its day is due no more, or due for another bar.
    this.refreshDue();
  }

  #noSizes({ instrument }: EventBarSpec, slots: readonly StrategySlot[]): StrategyError {
    const { symbol } = present(this.#book.instruments[instrument], 'instrument');
    const id = present(slots[0], 'slot').binding.id;
    const at = formatUtc(this.#book.time);
    const what = `the quote of ${symbol} at ${at} has no sizes`;
    return new StrategyError(`strategy ${id}: volume bars need quoted sizes, and ${what}`);
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

  /** Closes the bars whose end the market has come to and hands them to who asked for them. */
  closeBars(time: TimeUs): void {
    for (const one of this.#bars) if (one.series.endTime <= time) this.#closeBar(one);
    this.refreshDue();
  }

  /** The same of one instrument, before a quote of it counts. */
  closeBarsOf(k: number): void {
    const time = marketTime(this.#book.clock);
    let closed = 0;
    for (const one of this.#bars) {
      if (one.series.spec.instrument !== k || one.series.endTime > time) continue;
      this.#closeBar(one);
      closed += 1;
    }
    if (closed > 0) this.refreshDue();
  }

  /** Open bars are none: nobody hears of them. */
  dropBars(): void {
    for (const { series } of this.#bars) if (series.endTime < NEVER) series.close();
  }

  #closeBar({ series, slots }: BarSubscription): void {
    const bar = series.close();
    this.barsClosed += 1;
    for (const slot of slots) this.#callBar(slot, bar);
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
    let due = Math.min(this.#book.sampling.due, this.#workDue);
    for (const { slot } of this.#running) if (slot.timerDue < due) due = slot.timerDue;
    const lag = this.#book.market.lagUs;
    for (const { series } of this.#bars) due = Math.min(due, series.endTime + lag);
    this.due[0] = due;
    this.due[1] = lag;
  }

  wantsOrderEvents(strategy: number): boolean {
    return this.#running[strategy]?.slot.strategy.onOrder !== undefined;
  }

  orderEvent(strategy: number, view: OrderEventView): void {
    const { slot, context } = present(this.#running[strategy], 'strategy');
    this.#trigger[0] = this.#book.time;
    slot.run('onOrder', () => slot.strategy.onOrder?.(context, view));
  }

  fill(strategy: number, view: FillView): void {
    const running = this.#running[strategy];
    if (running?.slot.strategy.onFill === undefined) return;
    const { slot, context } = running;
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
    this.barsClosed = io.int('bars', this.barsClosed);
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
