import { assert } from '../model/assert.ts';
import { CodecError, type FieldIo, type Walkable } from '../model/codec.ts';
import type { Quantity, TimeUs } from '../model/units.ts';
import type { EventBar, EventBarSpec } from './bars.ts';
import type { Calendar } from './calendar.ts';
import { marketTime } from './clock.ts';

/** `endTime` of a series that has no open bar, and the bound of what does not end it. */
const NEVER = Number.POSITIVE_INFINITY;

/** Leaves room for the quote that completes a bar: sums stay safe integers. */
const SIZE_MAX = 2 ** 51;

/** Why a bar of events may not be of `size`, or `undefined`: a positive count may. */
export function eventBarSizeError(size: number): string | undefined {
  if (Number.isInteger(size) && size >= 1 && size <= SIZE_MAX) return undefined;
  return `a bar's size is a whole number of 1 … 2^51, not ${size}`;
}

/**
 * Bars of one instrument that quotes end, not the clock. A bar begins with its first quote. It ends
 *
 * - `tick`: with the quote that makes it `size` quotes;
 * - `volume`: with the quote that brings its quoted size, bid plus ask, to `size` or more. A quote
 *   is never divided: what is above `size` stays in the bar, and the next one begins at nothing;
 * - `range`: before the quote that would make high − low more than `size` price increments. That
 *   quote begins the next bar, however far it jumped: a price that nobody quoted is in no bar, so
 *   no bar is higher than `size` and a jump over several ranges makes no bars in between.
 *
 * So a quote ends at most one bar of a series. A bar that is open when its trading day ends, ends
 * there, short: the driver calls {@link close} at {@link endTime}, before any {@link update}, as it
 * does for bars of time. Times are read from `clock` ({@link marketTime}), which the driver shares.
 */
export class EventBarSeries implements Walkable {
  readonly spec: EventBarSpec;
  /** End of the trading day in which a bar is open, µs UTC; Infinity when none is open. */
  endTime = NEVER;
  readonly #calendar: Calendar;
  readonly #clock: Float64Array;
  readonly #bidWeight: number = 1;
  readonly #askWeight: number = 1;
  /** What the open bar may reach; only one of the three is finite. */
  readonly #ticksMax: number = NEVER;
  readonly #volumeMax: number = NEVER;
  readonly #heightMax: number = NEVER;
  #start = 0.5;
  /** Prices as the sum of the sides that count: whole numbers, twice the price for mid. */
  #open = 0;
  #high = 0;
  #low = 0;
  #last = 0;
  #ticks = 0;
  #volume = 0;

  constructor(spec: EventBarSpec, calendar: Calendar, clock: Float64Array) {
    const error = eventBarSizeError(spec.size);
    assert(error === undefined, `bar specification: ${error}`);
    this.spec = spec;
    this.#calendar = calendar;
    this.#clock = clock;
    this.#bidWeight = spec.basis === 'ask' ? 0 : 1;
    this.#askWeight = spec.basis === 'bid' ? 0 : 1;
    if (spec.kind === 'tick') this.#ticksMax = spec.size;
    else if (spec.kind === 'volume') this.#volumeMax = spec.size;
    else this.#heightMax = spec.size * this.#scale;
  }

  get #scale(): number {
    return this.#bidWeight + this.#askWeight;
  }

  /**
   * Takes a quote at `clock[0]`: prices in counts of the price increment, `volume` the sum of its
   * sizes in counts of the size increment. Returns the bar that it ends, if any.
   */
  update(bid: number, ask: number, volume: number): EventBar | undefined {
    assert(volume > 0 || this.#volumeMax === NEVER, 'a volume bar of quotes without sizes');
    const price = bid * this.#bidWeight + ask * this.#askWeight;
    if (this.#ticks === 0) {
      this.#begin(price, volume);
    } else if (Math.max(this.#high, price) - Math.min(this.#low, price) > this.#heightMax) {
      const bar = this.#finish(marketTime(this.#clock));
      this.#begin(price, volume);
      return bar;
    } else {
      this.#add(price, volume);
    }
    if (this.#ticks < this.#ticksMax && this.#volume < this.#volumeMax) return undefined;
    return this.#finish(marketTime(this.#clock));
  }

  #begin(price: number, volume: number): void {
    const time = marketTime(this.#clock);
    this.#start = time;
    this.endTime = this.#calendar.nextDayStart(time);
    this.#open = price;
    this.#high = price;
    this.#low = price;
    this.#last = price;
    this.#ticks = 1;
    this.#volume = volume;
  }

  #add(price: number, volume: number): void {
    if (price > this.#high) this.#high = price;
    if (price < this.#low) this.#low = price;
    this.#last = price;
    this.#ticks++;
    this.#volume += volume;
    assert(this.#volume <= Number.MAX_SAFE_INTEGER, 'the volume of a bar is no safe integer');
  }

  /** Ends the open bar with its trading day. There must be one: `endTime` is finite. */
  close(): EventBar {
    assert(this.#ticks > 0, 'no bar is open');
    return this.#finish(this.endTime as TimeUs);
  }

  #finish(end: TimeUs): EventBar {
    const { kind, size, instrument, basis } = this.spec;
    const scale = this.#scale;
    const bar: EventBar = {
      kind,
      size,
      instrument,
      basis,
      start: this.#start as TimeUs,
      end,
      open: this.#open / scale,
      high: this.#high / scale,
      low: this.#low / scale,
      close: this.#last / scale,
      ticks: this.#ticks,
      volume: this.#volume as Quantity,
    };
    this.#ticks = 0;
    this.#volume = 0;
    this.endTime = NEVER;
    return bar;
  }

  /** The open bar, if any; specification, calendar and clock come from configuration. */
  walk(io: FieldIo): void {
    this.#ticks = io.u32('ticks', this.#ticks);
    if (this.#ticks === 0) {
      this.#volume = 0;
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
    this.#volume = io.int('volume', this.#volume);
  }
}
