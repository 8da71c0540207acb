import { millionthsOf } from '../../model/arithmetic.ts';
import type { FieldIo, Walkable } from '../../model/codec.ts';

const NONE = Number.POSITIVE_INFINITY;

/** A limit as money counts, as millionths of what it is measured from, or both. */
export interface RailBound {
  readonly amount: number | undefined;
  readonly millionths: number | undefined;
}

/** How much may be lost, and how much trips at once. */
export interface RailLimits {
  readonly max: RailBound;
  readonly hard: RailBound;
  /** Off: it is in shadow, says so and stops nothing. */
  readonly enforced: boolean;
}

function boundOf({ amount, millionths }: RailBound, base: number): number {
  if (millionths === undefined) return amount ?? NONE;
  return Math.min(millionthsOf(base, millionths), amount ?? NONE);
}

/** One loss rail: what is lost from a base, and the marks that found too much lost. */
export class Rail implements Walkable {
  readonly limits: RailLimits;
  /** Equity that loss is measured from, money counts; −1 before there is one. */
  base = -1;
  limit = NONE;
  hard = NONE;
  /** Marks in a row that found the limit reached; the time of the first and of the last. */
  marks = 0;
  #firstAt = 0;
  #lastAt = 0;
  #hardReached = false;
  /** It has tripped, or in shadow said so, and was not armed again. */
  tripped = false;

  constructor(limits: RailLimits) {
    this.limits = limits;
  }

  /** Measures from another base; bounds that are shares follow it. */
  setBase(base: number): void {
    this.base = base;
    this.limit = base < 0 ? NONE : boundOf(this.limits.max, base);
    this.hard = base < 0 ? NONE : boundOf(this.limits.hard, base);
  }

  /** Counts begin anew. */
  rearm(): void {
    this.marks = 0;
    this.#hardReached = false;
    this.tripped = false;
  }

  /** A certain mark of equity. */
  mark(equity: number, time: number): void {
    const loss = this.base - equity;
    if (loss < this.limit) {
      this.marks = 0;
      this.#hardReached = false;
      return;
    }
    if (this.marks === 0) this.#firstAt = time;
    this.marks += 1;
    this.#lastAt = time;
    this.#hardReached = loss >= this.hard;
  }

  /** Why the marks trip it: beyond the hard limit, or as many over as long a time as must be. */
  tripOf(count: number, overUs: number): 'hard' | 'marks' | undefined {
    if (this.#hardReached) return 'hard';
    const enough = this.marks >= count && this.#lastAt - this.#firstAt >= overUs;
    return enough ? 'marks' : undefined;
  }

  walk(io: FieldIo): void {
    this.setBase(io.int('base', this.base));
    this.marks = io.int('marks', this.marks);
    this.#firstAt = io.int('firstMark', this.#firstAt);
    this.#lastAt = io.int('lastMark', this.#lastAt);
    this.#hardReached = io.bool('hardReached', this.#hardReached);
    this.tripped = io.bool('tripped', this.tripped);
  }
}
