import { assert, present } from '../model/assert.ts';
import { US_PER_SECOND } from '../model/time.ts';
import { type InstrumentIndex, PRICE_COUNT_MAX, type TimeUs } from '../model/units.ts';
import type { Calendar } from './calendar.ts';
import type { QuoteBlock } from './quotes.ts';
import { fmix32, hash32, hash32Pair, hash32Wide } from './random.ts';
import { hourOfDay, SyntheticPath } from './synthetic-path.ts';

/** One instrument of a synthetic market. Hours are UTC, profiles have 24 values. */
export interface SyntheticInstrument {
  readonly instrument: InstrumentIndex;
  /** Where the mid stands at `anchor`, in counts of the price increment. */
  readonly startPrice: number;
  /** Time (µs UTC) at which the mid is `startPrice`: usually the start of the run. */
  readonly anchor: TimeUs;
  /**
   * Standard deviation of a day's move of its own, in basis points: 50 is usual for EURUSD. What
   * follows another moves with that one besides.
   */
  readonly dailyVolatilityBps: number;
  /** Spread in busy hours, in counts of the price increment; need not be whole. */
  readonly spread: number;
  /** Mean over the hours of a day in which the market is open. */
  readonly quotesPerSecond: number;
  /** Relative activity by hour; only its shape counts. Default {@link FX_ACTIVITY}. */
  readonly activityByHour?: readonly number[];
  /** Factor of the spread by hour. Default {@link FX_SPREAD}. */
  readonly spreadByHour?: readonly number[];
  /** Sizes at bid and ask lie in `[sizeMin, sizeMax]`, counts of the size increment. */
  readonly sizeMin: number;
  readonly sizeMax: number;
  /**
   * To its own walk it adds `weight` times that of another instrument, which follows none itself.
   * What is left between the two is its own walk: it has no mean to come back to.
   */
  readonly follows?: { readonly instrument: InstrumentIndex; readonly weight: number };
  /** No quotes while it is closed; absent for a market that never closes. */
  readonly calendar?: Calendar;
}

/**
 * Quotes by hour in EURUSD, relative: OANDA and FXCM, 2014-05-01 … 09, with the hours of that
 * week's announcements (11 and 12 UTC) brought into line with their neighbours.
 */
export const FX_ACTIVITY: readonly number[] = [
  0.4, 0.35, 0.37, 0.23, 0.21, 0.36, 1.06, 1.45, 1.28, 1.1, 1.01, 1.3, 1.9, 2.15, 2.3, 1.12, 0.64,
  0.69, 0.48, 0.46, 0.45, 0.32, 0.21, 0.15,
];

/** Median spread by hour in EURUSD, relative to the busy hours: OANDA, 2014-05-01 … 09. */
export const FX_SPREAD: readonly number[] = [
  1.15, 1.15, 1.1, 1.1, 1.1, 1.1, 1.05, 1, 1, 1, 1, 1.05, 1.1, 1, 1, 1, 1, 1, 1, 1, 1.2, 1.7, 1.5,
  1.25,
];

const TWO_MINUS_32 = 2 ** -32;
const NEVER = Number.POSITIVE_INFINITY;
/** Quotes are placed in cells of time that hold this many on average. */
const QUOTES_PER_CELL = 4;
const CELL_US_MIN = 1_000;
const CELL_US_MAX = 600 * US_PER_SECOND;

/**
 * A market that is a pure function of a seed and of time: the same quotes come out of it whatever
 * was asked before, in whatever portions, on every machine. Prices follow a random walk
 * ({@link SyntheticPath}); quotes, spreads and sizes vary by hour and in bursts. It is made to
 * exercise an engine at length, not to be traded against: there is nothing in it to predict.
 */
export class SyntheticMarket {
  readonly #streams: readonly QuoteStream[];

  /**
   * `seed` is a safe integer; each instrument's quotes depend on it, on its own settings and index,
   * and on those of the instrument that it follows.
   */
  constructor(seed: number, instruments: readonly SyntheticInstrument[]) {
    assert(Number.isSafeInteger(seed), `seed ${seed} is not a safe integer`);
    const sorted = [...instruments].sort((a, b) => a.instrument - b.instrument);
    for (let i = 0; i < sorted.length; i++) {
      const { instrument } = present(sorted[i], 'instrument');
      assert(sorted[i + 1]?.instrument !== instrument, `instrument ${instrument} is given twice`);
    }
    this.#streams = sorted.map((spec) => new QuoteStream(seed, spec, leaderOf(spec, sorted)));
  }

  /**
   * Appends the quotes with time in `[from, to)` to `block`, by time and then by instrument, until
   * they are all there or the block is full. Returns the time from which to go on: `to` when all
   * are there; all quotes before the returned time are in the block and none at or after it. The
   * block must have room for one quote of each instrument. Throws `CalendarHorizonError` for times
   * that an instrument's calendar does not cover.
   */
  fill(block: QuoteBlock, from: TimeUs, to: TimeUs): TimeUs {
    const capacity = block.time.length;
    assert(capacity >= this.#streams.length, `a block of ${capacity} is too small`);
    if (!(from < to)) return to;
    for (const stream of this.#streams) stream.seek(from, to);
    for (;;) {
      let earliest: QuoteStream | undefined;
      let time = NEVER;
      let second = NEVER;
      for (const stream of this.#streams) {
        const next = stream.next;
        if (next < time) {
          second = time;
          time = next;
          earliest = stream;
        } else if (next < second) {
          second = next;
        }
      }
      if (earliest === undefined) return to;
      if (capacity - block.count < (second === time ? this.#countAt(time) : 1))
        return time as TimeUs;
      // Ties go by instrument: the first of them stays ahead only while it is strictly earlier.
      do earliest.take(block);
      while (earliest.next < second && block.count < capacity);
    }
  }

  #countAt(time: number): number {
    let count = 0;
    for (const stream of this.#streams) if (stream.next === time) count++;
    return count;
  }
}

/** Quotes of one instrument in time order. Holds only what can be computed again from the time. */
class QuoteStream {
  /** Time of the quote that {@link take} would give; Infinity when none is before the limit. */
  next = NEVER;
  readonly #spec: SyntheticInstrument;
  readonly #path: SyntheticPath;
  /** Path of the instrument that it follows, how much of it counts, and its place at the anchor. */
  readonly #leaderPath: SyntheticPath | undefined;
  readonly #leaderWeight: number = 0.5;
  readonly #leaderOrigin: number = 0.5;
  readonly #seed: number = 0;
  readonly #cellUs: number = 0.5;
  /** Mean number of quotes in a cell, by hour. */
  readonly #perCell: Float64Array;
  readonly #spreadByHour: Float64Array;
  readonly #origin: number = 0.5;
  #limit = NEVER;
  #cell = Number.NaN;
  #cellStart = 0.5;
  #cellSeed = 0;
  #cellSpread = 0.5;
  #count = 0;
  #stepUs = 0.5;
  /** The quote in the cell that comes after `next`. */
  #index = 0;
  /** Hash of the quote at `next`. */
  #hash = 0;
  /** Close of the session that was last looked up; never without a calendar. */
  #close = NEVER;

  constructor(marketSeed: number, spec: SyntheticInstrument, leader?: SyntheticInstrument) {
    checkSpec(spec);
    const { quotesPerSecond } = spec;
    this.#spec = spec;
    this.#seed = seedOf(marketSeed, spec);
    const cellUs = Math.round((QUOTES_PER_CELL * US_PER_SECOND) / quotesPerSecond);
    this.#cellUs = Math.min(Math.max(cellUs, CELL_US_MIN), CELL_US_MAX);
    const activity = relative(spec.activityByHour ?? FX_ACTIVITY);
    this.#perCell = activity.map((a) => (a * quotesPerSecond * this.#cellUs) / US_PER_SECOND);
    this.#spreadByHour = Float64Array.from(spec.spreadByHour ?? FX_SPREAD, (f) => f * spec.spread);
    this.#path = pathOf(marketSeed, spec);
    this.#origin = this.#path.at(spec.anchor);
    // A path of its own: what a path remembers of where it was last asked for must not be shared.
    this.#leaderPath = leader === undefined ? undefined : pathOf(marketSeed, leader);
    this.#leaderWeight = spec.follows?.weight ?? 0;
    this.#leaderOrigin = this.#leaderPath?.at(spec.anchor) ?? 0;
  }

  /** Goes to the first quote at or after `from`; none at or after `limit` will be given. */
  seek(from: number, limit: number): void {
    this.#limit = limit;
    const { calendar } = this.#spec;
    if (calendar !== undefined) {
      // Both ends must be covered; the session at hand may be a later one.
      calendar.isOpen(from as TimeUs);
      calendar.isOpen((limit - 1) as TimeUs);
      this.#close = Number.NEGATIVE_INFINITY;
    }
    this.#enter(Math.floor(from / this.#cellUs));
    this.#advance(from);
  }

  /** Appends the quote at `next` and goes on to the one after it. */
  take(block: QuoteBlock): void {
    const row = block.count++;
    const { instrument, sizeMin, sizeMax, startPrice } = this.#spec;
    // Eight bits for the spread, twelve for each size.
    const bits = fmix32(this.#hash + 0x9e37_79b9);
    const noise = 0.75 + (bits & 0xff) / 510;
    const wide = Math.min(Math.round(this.#cellSpread * noise), PRICE_COUNT_MAX - 1);
    const spread = Math.max(1, wide);
    let place = this.#path.at(this.next) - this.#origin;
    if (this.#leaderPath !== undefined) {
      place += this.#leaderWeight * (this.#leaderPath.at(this.next) - this.#leaderOrigin);
    }
    // Never below zero, and as far down by a factor as up: a stand-in for the exponential.
    const mid = place >= 0 ? startPrice * (1 + place) : startPrice / (1 - place);
    const bid = Math.max(1, Math.min(Math.round(mid - spread / 2), PRICE_COUNT_MAX - spread));
    block.time[row] = this.next;
    block.instrument[row] = instrument;
    block.bid[row] = bid;
    block.ask[row] = bid + spread;
    const bidShare = ((bits >>> 8) & 0xfff) / 4096;
    const askShare = (bits >>> 20) / 4096;
    const sizes = sizeMax - sizeMin + 1;
    block.bidSize[row] = sizeMin + Math.floor(sizes * bidShare * bidShare);
    block.askSize[row] = sizeMin + Math.floor(sizes * askShare * askShare);
    this.#advance(Number.NEGATIVE_INFINITY);
  }

  /** Sets `next` to the quote at `#index` or the first one after it that is not before `from`. */
  #advance(from: number): void {
    for (;;) {
      while (this.#index < this.#count) {
        const index = this.#index++;
        const hash = hash32(this.#cellSeed, index);
        // Each quote has its own slot of the cell, so times ascend strictly.
        const slot = Math.floor((index * this.#cellUs) / this.#count);
        const time = this.#cellStart + slot + Math.floor(hash * TWO_MINUS_32 * this.#stepUs);
        if (time >= this.#limit) {
          this.next = NEVER;
          return;
        }
        if (time < from) continue;
        if (time >= this.#close && !this.#findSession(time)) continue;
        this.#hash = hash;
        this.next = time;
        return;
      }
      this.#enter(this.#cell + 1);
      if (this.#cellStart >= this.#limit) {
        this.next = NEVER;
        return;
      }
    }
  }

  /** True when the market is open at `time`; else goes to the cell of the next opening. */
  #findSession(time: number): boolean {
    const calendar = present(this.#spec.calendar, 'calendar');
    const session = calendar.sessionAt(time as TimeUs);
    if (session === undefined) {
      const reopens = calendar.openAfter(time as TimeUs) ?? this.#limit;
      const cell = Math.floor(reopens / this.#cellUs);
      if (cell > this.#cell) this.#enter(cell);
      return false;
    }
    this.#close = session.close;
    return true;
  }

  #enter(cell: number): void {
    this.#index = 0;
    if (cell === this.#cell) return;
    const start = cell * this.#cellUs;
    const hour = hourOfDay(start);
    const burst = this.#path.burst(start);
    this.#cell = cell;
    this.#cellStart = start;
    this.#cellSeed = hash32Pair(this.#seed, cell | 0, Math.floor(cell * TWO_MINUS_32) | 0);
    const chance = fmix32(this.#cellSeed ^ 0x636f_756e) * TWO_MINUS_32;
    const wanted = Math.floor((this.#perCell[hour] ?? 0) * burst + chance);
    this.#count = Math.min(wanted, this.#cellUs);
    this.#stepUs = Math.floor(this.#cellUs / Math.max(1, this.#count));
    const slow = 0.85 + 0.3 * fmix32(this.#cellSeed ^ 0x7370_7264) * TWO_MINUS_32;
    this.#cellSpread = (this.#spreadByHour[hour] ?? 1) * slow * (0.8 + 0.2 * burst);
  }
}

function seedOf(marketSeed: number, { instrument }: SyntheticInstrument): number {
  return hash32(hash32Wide(0x7469_7966, marketSeed), instrument);
}

/** The walk of an instrument: its own, without what it follows. */
function pathOf(marketSeed: number, spec: SyntheticInstrument): SyntheticPath {
  const activity = relative(spec.activityByHour ?? FX_ACTIVITY);
  // Livelier hours move more, though not in proportion: the quiet ones still move.
  const hourVariance = Array.from(activity, (a) => 0.25 + 0.75 * a);
  const pathSeed = hash32(seedOf(marketSeed, spec), 0x7061_7468);
  return new SyntheticPath(pathSeed, spec.dailyVolatilityBps / 10_000, hourVariance);
}

/** What an instrument follows, if anything. */
function leaderOf(
  { follows }: SyntheticInstrument,
  all: readonly SyntheticInstrument[],
): SyntheticInstrument | undefined {
  if (follows === undefined) return undefined;
  const leader = all.find(({ instrument }) => instrument === follows.instrument);
  assert(leader !== undefined, `instrument ${follows.instrument} is not there to follow`);
  assert(leader.follows === undefined, `instrument ${follows.instrument} follows another itself`);
  return leader;
}

/** The profile with mean 1. */
function relative(profile: readonly number[]): Float64Array {
  let sum = 0;
  for (const value of profile) sum += value;
  return Float64Array.from(profile, (value) => (value * profile.length) / sum);
}

function checkSpec(spec: SyntheticInstrument): void {
  const { startPrice, dailyVolatilityBps, spread, quotesPerSecond, sizeMin, sizeMax } = spec;
  assert(startPrice >= 1 && startPrice <= PRICE_COUNT_MAX, `startPrice ${startPrice}`);
  assert(dailyVolatilityBps >= 0 && dailyVolatilityBps <= 10_000, `volatility of a day`);
  assert(spread > 0 && spread < startPrice, `spread ${spread}`);
  const weight = spec.follows?.weight ?? 0;
  assert(weight >= -10 && weight <= 10, `weight ${weight} of what is followed`);
  assert(quotesPerSecond > 0 && quotesPerSecond <= 10_000, `${quotesPerSecond} quotes a second`);
  const sizes = Number.isSafeInteger(sizeMin) && Number.isSafeInteger(sizeMax);
  assert(sizes && sizeMin >= 0 && sizeMin <= sizeMax, `sizes ${sizeMin} … ${sizeMax}`);
  for (const profile of [spec.activityByHour, spec.spreadByHour]) {
    if (profile === undefined) continue;
    assert(profile.length === 24, 'a profile has 24 hours');
    assert(
      profile.every((value) => value >= 0 && value <= 1000),
      'a profile has factors of 0 … 1000',
    );
  }
  assert(spec.activityByHour?.some((value) => value > 0) ?? true, 'activity is 0 at every hour');
}
