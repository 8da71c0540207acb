import type { CalendarTable } from '../../market/calendar.ts';
import type { QuoteBlock } from '../../market/quotes.ts';
import type { Instrument } from '../../model/instrument.ts';
import type { InstrumentIndex } from '../../model/units.ts';
import { RepeatFigures } from './repeat-figures.ts';
import { SessionFigures } from './session-figures.ts';
import { Slots } from './slots.ts';
import { SpreadFigures, STANDING_MAX_US } from './spread-figures.ts';
import { StepFigures } from './step-figures.ts';
import { TopList } from './top-list.ts';

/** A move between two quotes that follow each other. */
export interface Jump {
  readonly time: number;
  /** Of bid + ask: twice the move of the mid. */
  readonly doubleMove: number;
  readonly bps: number;
  readonly afterUs: number;
}

const JUMPS_LISTED = 10;
const BPS = 10_000;

/**
 * Takes in the quotes of one instrument, block by block in time order, and keeps figures of them.
 * Memory is bounded by the period (some 0.5 MB a year) and not by the rows.
 */
export class InstrumentAccumulator {
  readonly instrument: Instrument;
  readonly table: CalendarTable;
  readonly spreads = new SpreadFigures();
  readonly repeats = new RepeatFigures();
  readonly steps = new StepFigures();
  readonly slots = new Slots();
  readonly session: SessionFigures;
  readonly #jumps = new TopList<Jump>(JUMPS_LISTED);
  readonly #index: number = 0;
  quotes = 0;
  first = 0.5;
  last = 0.5;
  /** Quotes at times for which no calendar can be compiled. */
  implausible = 0;
  firstImplausible = 0.5;
  #bid = 0;
  #ask = 0;

  /** `table` is the instrument's calendar, for any time that can be. */
  constructor(instrument: Instrument, index: InstrumentIndex, table: CalendarTable) {
    this.instrument = instrument;
    this.#index = index;
    this.table = table;
    this.session = new SessionFigures(table);
  }

  get jumps(): readonly Jump[] {
    return this.#jumps.items;
  }

  /** Rows of other instruments are passed over. */
  add({ count, instrument, time, bid, ask }: QuoteBlock): void {
    for (let row = 0; row < count; row++) {
      if (instrument[row] !== this.#index) continue;
      this.#quote(time[row] as number, bid[row] as number, ask[row] as number);
    }
  }

  #quote(time: number, bid: number, ask: number): void {
    const covered = this.session.covers(time);
    if (this.quotes > 0) this.#follow(time, bid + ask);
    else this.first = time;
    this.spreads.add(time, ask - bid);
    this.repeats.add(time, bid, ask);
    this.steps.add(time, bid, ask);
    if (covered) {
      this.session.add(time);
      this.slots.add(time);
    } else {
      if (this.implausible === 0) this.firstImplausible = time;
      this.implausible += 1;
    }
    this.quotes += 1;
    this.last = time;
    this.#bid = bid;
    this.#ask = ask;
  }

  /** What the coming of the next quote says about the one before. */
  #follow(time: number, sum: number): void {
    const before = this.last;
    const spacing = time - before;
    const standing = Math.min(spacing, STANDING_MAX_US);
    const spread = this.#ask - this.#bid;
    this.spreads.stood(before, spread, standing);
    if (this.session.covers(before)) this.slots.stood(before, spread, standing);
    this.steps.follow(spacing);
    const move = Math.abs(sum - this.#bid - this.#ask);
    const bps = (move * BPS) / (this.#bid + this.#ask);
    if (bps > this.#jumps.threshold) {
      const doubleMove = sum - this.#bid - this.#ask;
      this.#jumps.add(bps, { time, doubleMove, bps, afterUs: spacing });
    }
  }
}
