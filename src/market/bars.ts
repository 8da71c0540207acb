import { assert } from '../model/assert.ts';
import { CodecError, type FieldIo, type Walkable } from '../model/codec.ts';
import { US_PER_DAY, US_PER_SECOND } from '../model/time.ts';
import type { InstrumentIndex, Quantity, TimeUs } from '../model/units.ts';
import type { Calendar } from './calendar.ts';
import { marketTime } from './clock.ts';

/** The price of a quote that a bar is made of; `mid` is half of bid plus ask. */
export const BAR_BASES = ['bid', 'ask', 'mid'] as const;
export type BarBasis = (typeof BAR_BASES)[number];

/** Which bars of time: of what, how long (µs), of which price. */
export interface BarSpec {
  readonly kind: 'time';
  readonly instrument: InstrumentIndex;
  readonly durationUs: number;
  readonly basis: BarBasis;
}

/** What ends a bar that no clock ends: a number of quotes, quoted size, or its height. */
export const EVENT_BAR_KINDS = ['tick', 'volume', 'range'] as const;
export type EventBarKind = (typeof EVENT_BAR_KINDS)[number];

/** Which bars of events. `size` counts quotes, size increments or price increments, by `kind`. */
export interface EventBarSpec {
  readonly kind: EventBarKind;
  readonly instrument: InstrumentIndex;
  readonly size: number;
  readonly basis: BarBasis;
}

/**
 * Prices are counts of the instrument's price increment; those of `mid` bars are multiples of 0.5.
 * `ticks` is the number of quotes in it.
 */
interface BarPrices {
  readonly instrument: InstrumentIndex;
  readonly basis: BarBasis;
  readonly start: TimeUs;
  readonly end: TimeUs;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly ticks: number;
}

/** A finished bar over `[start, end)`, µs UTC. */
export interface TimeBar extends BarPrices {
  readonly kind: 'time';
  readonly durationUs: number;
}

/**
 * A finished bar of a number of quotes, of quoted size, or of a height. `start` is the time of its
 * first quote; `end` that of the quote that ended it, or the end of the trading day, which ends it
 * short. `size` is what was asked for, in quotes, size increments or price increments; `volume` the
 * quoted size in it, bid plus ask, in size increments: 0 where the source has no sizes.
 */
export interface EventBar extends BarPrices {
  readonly kind: EventBarKind;
  readonly size: number;
  readonly volume: Quantity;
}

/** A finished bar. `kind` and `durationUs` or `size` tell the series of an instrument apart. */
export type Bar = TimeBar | EventBar;

/** Why a bar may not last `durationUs`, or `undefined`: whole seconds that divide a day may. */
export function barSpecError(durationUs: number): string | undefined {
  if (!Number.isInteger(durationUs) || durationUs % US_PER_SECOND !== 0) {
    return `a bar lasts whole seconds, not ${durationUs} µs`;
  }
  if (durationUs < US_PER_SECOND || durationUs > US_PER_DAY) {
    return 'a bar lasts between one second and one day';
  }
  if (US_PER_DAY % durationUs !== 0) {
    return `bars of ${durationUs / US_PER_SECOND} s do not divide a day`;
  }
  return undefined;
}

/** `endTime` of a series that has no open bar: no input's time reaches it. */
const NEVER = Number.POSITIVE_INFINITY;

/**
 * Bars of one instrument from its quotes. A bar begins with its first quote (an interval without
 * quotes has no bar) and is aligned to the start of the trading day; a bar of a day is the trading
 * day, 23 or 25 hours long when the clock changes in it, and a shorter bar ends at the latest with
 * its trading day.
 *
 * The driver's duty: at the first input whose time is at or past {@link endTime}, call
 * {@link close} before any {@link update}. Times are read from `clock` (µs UTC,
 * {@link marketTime}), which the driver shares; only the first quote of a bar looks at it.
 */
export class BarSeries implements Walkable {
  readonly spec: BarSpec;
  /** End of the open bar, µs UTC; Infinity when none is open. */
  endTime = NEVER;
  readonly #calendar: Calendar;
  readonly #clock: Float64Array;
  /**
   * The sides that count: −1 takes a price whole, 0 drops it. Prices are kept as the sum of the
   * sides, so they are whole numbers, twice the price for mid. Masks are exact, since a price is
   * an int32 (`PRICE_COUNT_MAX`), and half the cost of weights or a branch.
   */
  #bidMask = -1;
  #askMask = -1;
  /** The trading day of the last bar, so that the calendar is asked once a day. */
  #dayStart = 0.5;
  #dayEnd = 0.5;
  #start = 0.5;
  #open = 0;
  #high = 0;
  #low = 0;
  #last = 0;
  #ticks = 0;

  constructor(spec: BarSpec, calendar: Calendar, clock: Float64Array) {
    const error = barSpecError(spec.durationUs);
    assert(error === undefined, `bar specification: ${error}`);
    this.spec = spec;
    this.#calendar = calendar;
    this.#clock = clock;
    this.#bidMask = spec.basis === 'ask' ? 0 : -1;
    this.#askMask = spec.basis === 'bid' ? 0 : -1;
    this.#start = NEVER;
  }

  /** Takes a quote at `clock[0]`: prices in counts of the price increment. */
  update(bid: number, ask: number): void {
    const price = (bid & this.#bidMask) + (ask & this.#askMask);
    if (this.#ticks === 0) {
      this.#begin(price);
      return;
    }
    if (price > this.#high) this.#high = price;
    if (price < this.#low) this.#low = price;
    this.#last = price;
    this.#ticks++;
  }

  #begin(price: number): void {
    const time = marketTime(this.#clock);
    if (time < this.#dayStart || time >= this.#dayEnd) {
      this.#dayStart = this.#calendar.dayStart(time);
      this.#dayEnd = this.#calendar.nextDayStart(time);
    }
    const dayStart = this.#dayStart;
    const dayEnd = this.#dayEnd;
    const { durationUs } = this.spec;
    if (durationUs === US_PER_DAY) {
      this.#start = dayStart;
      this.endTime = dayEnd;
    } else {
      this.#start = dayStart + Math.floor((time - dayStart) / durationUs) * durationUs;
      this.endTime = Math.min(this.#start + durationUs, dayEnd);
    }
    this.#open = price;
    this.#high = price;
    this.#low = price;
    this.#last = price;
    this.#ticks = 1;
  }

  /** Ends the open bar and hands it over. There must be one: `endTime` is finite. */
  close(): TimeBar {
    assert(this.#ticks > 0, 'no bar is open');
    const scale = this.spec.basis === 'mid' ? 2 : 1;
    const bar: TimeBar = {
      kind: 'time',
      instrument: this.spec.instrument,
      basis: this.spec.basis,
      durationUs: this.spec.durationUs,
      start: this.#start as TimeUs,
      end: this.endTime as TimeUs,
      open: this.#open / scale,
      high: this.#high / scale,
      low: this.#low / scale,
      close: this.#last / scale,
      ticks: this.#ticks,
    };
    this.#ticks = 0;
    this.endTime = NEVER;
    return bar;
  }

  /** The open bar, if any; specification, calendar and clock come from configuration. */
  walk(io: FieldIo): void {
    this.#ticks = io.u32('ticks', this.#ticks);
    if (this.#ticks === 0) {
      this.endTime = NEVER;
      return;
    }
    this.#start = io.int('start', this.#start);
    this.endTime = io.int('end', this.endTime);
    if (this.endTime <= this.#start) throw new CodecError('bar: end is not after start');
    this.#open = io.int('open', this.#open);
    this.#high = io.int('high', this.#high);
    this.#low = io.int('low', this.#low);
    this.#last = io.int('close', this.#last);
  }
}
