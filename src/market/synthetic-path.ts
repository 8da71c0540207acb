import { US_PER_DAY, US_PER_HOUR } from '../model/time.ts';
import { fmix32, hash32, hash32Pair, hash32Wide } from './random.ts';

/**
 * A random walk that can be asked for its place at any time without walking there: Brownian motion
 * by Lévy's construction. Over an interval of length P the path is the straight line between its
 * ends, plus a tent of random height with standard deviation σ√P/2 in the middle, plus the same
 * for each half. So a place is a sum over interval lengths of one hashed height each, and the
 * variance of a move over τ is σ²τ for every τ between the shortest and the longest interval.
 * Source: P. Lévy, "Processus stochastiques et mouvement brownien", 1948; also Mörters and Peres,
 * "Brownian Motion", section 1.1.
 *
 * Interval lengths are powers of two microseconds, which divide no hour or minute, and each path
 * has its own offset in time; no pattern of the clock shows. Only + − × ÷ and square roots.
 */

/** The longest interval, 2^45 µs, is 407 days. Beyond it the path has no memory. */
const TOP_EXPONENT = 45;
/** The path is straight over the shortest half interval, 2^18 µs: 0.26 s. */
const GRID_EXPONENT = 18;
const LEVELS = TOP_EXPONENT - GRID_EXPONENT - 1;
const TOP_CELLS = 2 ** (TOP_EXPONENT - GRID_EXPONENT);
const GRID_US = 2 ** GRID_EXPONENT;
/** Intervals of this level and above are summed once a block: 2^26 µs, 67 s. */
const BLOCK_LEVEL = 8;
const BLOCK_CELLS = 2 ** BLOCK_LEVEL;

/** Bursts of activity last about a minute (2^26 µs = 67 s) and an hour (2^32 µs = 72 min). */
const SHORT_BURST_US = 2 ** 26;
const LONG_BURST_US = 2 ** 32;

const TWO_MINUS_32 = 2 ** -32;

/** Hour of the day, 0 … 23 UTC. */
export function hourOfDay(time: number): number {
  const hours = Math.floor(time / US_PER_HOUR);
  return hours - Math.floor(hours / 24) * 24;
}

/** Roughly normal with mean 0 and variance 1, from one hash: the sum of its four bytes. */
function normalOf(hash: number): number {
  const sum = (hash & 0xff) + ((hash >>> 8) & 0xff) + ((hash >>> 16) & 0xff) + (hash >>> 24);
  // Four uniform bytes have mean 510 and variance 4 × (256² − 1) ÷ 12 = 21845.
  return (sum - 510) / NORMAL_SCALE;
}
const NORMAL_SCALE = Math.sqrt(21_845);

export class SyntheticPath {
  readonly #seed: number = 0;
  /** Added to a time before it is divided into intervals, µs. */
  readonly #phase: number = 0.5;
  readonly #hourVariance: Float64Array;
  /** Length of the intervals of each level, µs. */
  readonly #interval = new Float64Array(LEVELS);
  /** Standard deviation of a tent's height at each level, before activity. */
  readonly #amplitude = new Float64Array(LEVELS);
  readonly #topAmplitude: number = 0.5;
  /** The interval that each level was last asked for, and its height: saves time, no more. */
  readonly #cell = new Float64Array(LEVELS).fill(Number.NaN);
  readonly #height = new Float64Array(LEVELS).fill(0);
  /** The grid cell and the block that were last asked for: value at the start, slope per cell. */
  #grid = Number.NaN;
  #base = 0.5;
  #slope = 0.5;
  #block = Number.NaN;
  #blockBase = 0.5;
  #blockSlope = 0.5;
  #sum = 0.5;
  #rise = 0.5;
  #shortBurst = Number.NaN;
  #shortFactor = 0.5;
  #shortDeviation = 0.5;
  #longBurst = Number.NaN;
  #longFactor = 0.5;

  /**
   * `dailyVolatility` is the standard deviation of a day's move, as a share (0.005 is 50 bps).
   * `hourVariance` scales the variance of moves shorter than about half an hour by hour of the day
   * (UTC); its mean should be 1.
   */
  constructor(seed: number, dailyVolatility: number, hourVariance: readonly number[]) {
    this.#seed = seed;
    const phase = hash32(seed, 1) * TWO_MINUS_32 + hash32(seed, 2) * TWO_MINUS_32 * TWO_MINUS_32;
    this.#phase = Math.floor(phase * 2 ** TOP_EXPONENT);
    this.#hourVariance = Float64Array.from(hourVariance);
    const perRootUs = dailyVolatility / Math.sqrt(US_PER_DAY);
    let interval = 2 * GRID_US;
    for (let level = 0; level < LEVELS; level++) {
      this.#interval[level] = interval;
      this.#amplitude[level] = (perRootUs * Math.sqrt(interval)) / 2;
      interval *= 2;
    }
    // Two independent ends of the longest interval differ by its whole variance.
    this.#topAmplitude = perRootUs * Math.sqrt(2 ** TOP_EXPONENT / 2);
  }

  /** The path's place at `time` (µs UTC) as a share: 0.01 is one per cent up from the middle. */
  at(time: number): number {
    const shifted = time + this.#phase;
    const grid = Math.floor(shifted / GRID_US);
    if (grid !== this.#grid) this.#locate(grid);
    return this.#base + this.#slope * (shifted / GRID_US - grid);
  }

  /** Value at the start of a grid cell and slope over it. */
  #locate(grid: number): void {
    const block = Math.floor(grid / BLOCK_CELLS);
    if (block !== this.#block) this.#locateBlock(block);
    this.#sum = this.#blockBase + this.#blockSlope * (grid - block * BLOCK_CELLS);
    this.#rise = this.#blockSlope;
    this.#addTents(grid, 0, BLOCK_LEVEL);
    this.#grid = grid;
    this.#base = this.#sum;
    this.#slope = this.#rise;
  }

  /** The same for the longer intervals alone, which together are straight over a block. */
  #locateBlock(block: number): void {
    const grid = block * BLOCK_CELLS;
    const top = Math.floor(grid / TOP_CELLS);
    const left = this.#topAmplitude * normalOf(hash32Wide(this.#seed ^ LEVELS, top));
    const right = this.#topAmplitude * normalOf(hash32Wide(this.#seed ^ LEVELS, top + 1));
    this.#rise = (right - left) / TOP_CELLS;
    this.#sum = left + this.#rise * (grid - top * TOP_CELLS);
    this.#addTents(grid, BLOCK_LEVEL, LEVELS);
    this.#block = block;
    this.#blockBase = this.#sum;
    this.#blockSlope = this.#rise;
  }

  #addTents(grid: number, firstLevel: number, endLevel: number): void {
    let scale = GRID_US / (this.#interval[firstLevel] ?? 1);
    for (let level = firstLevel; level < endLevel; level++) {
      const cell = Math.floor(grid * scale);
      if (cell !== this.#cell[level]) this.#draw(level, cell);
      const height = 2 * (this.#height[level] ?? 0);
      // Place in the tent, 0 … 1: up to its middle it rises, then it falls.
      const place = grid * scale - cell;
      if (place < 0.5) {
        this.#sum += height * place;
        this.#rise += height * scale;
      } else {
        this.#sum += height * (1 - place);
        this.#rise -= height * scale;
      }
      scale /= 2;
    }
  }

  #draw(level: number, cell: number): void {
    const interval = this.#interval[level] ?? 0;
    const middle = (cell + 0.5) * interval;
    let activity = 1;
    if (interval < SHORT_BURST_US) {
      this.#enterShort(middle);
      activity = this.#shortDeviation;
    } else if (interval < LONG_BURST_US) {
      this.#enterLong(middle);
      activity = Math.sqrt(this.#longFactor * this.#hourFactor(middle));
    }
    const deviation = (this.#amplitude[level] ?? 0) * activity;
    this.#cell[level] = cell;
    this.#height[level] = deviation * normalOf(hash32Wide(this.#seed ^ level, cell));
  }

  /**
   * How lively the market is at `time`: 1 on average, 0.25 … 6.25. It moves the size of moves, and
   * the caller lets it move the number of quotes and the spread, which in real markets go together.
   */
  burst(time: number): number {
    this.#enterShort(time + this.#phase);
    return this.#shortFactor;
  }

  #enterShort(shifted: number): void {
    const cell = Math.floor(shifted / SHORT_BURST_US);
    if (cell === this.#shortBurst) return;
    // Bursts of a minute lie in one of an hour each, since both lengths are powers of two.
    this.#enterLong(shifted);
    this.#shortBurst = cell;
    this.#shortFactor = this.#longFactor * burstFactor(this.#seed ^ 0x5348_0000, cell);
    const hourFactor = this.#hourFactor((cell + 0.5) * SHORT_BURST_US);
    this.#shortDeviation = Math.sqrt(this.#shortFactor * hourFactor);
  }

  #enterLong(shifted: number): void {
    const cell = Math.floor(shifted / LONG_BURST_US);
    if (cell === this.#longBurst) return;
    this.#longBurst = cell;
    this.#longFactor = burstFactor(this.#seed ^ 0x4c4f_0000, cell);
  }

  #hourFactor(shifted: number): number {
    return this.#hourVariance[hourOfDay(shifted - this.#phase)] ?? 1;
  }
}

/** 0.5 … 2.5 with mean 1 and a long right tail: ½ + 2u³ for u uniform. */
function burstFactor(seed: number, cell: number): number {
  const u = fmix32(hash32Pair(seed, cell | 0, Math.floor(cell * TWO_MINUS_32) | 0)) * TWO_MINUS_32;
  return 0.5 + 2 * u * u * u;
}
