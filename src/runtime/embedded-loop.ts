import type { Journal } from '../journal/journal.ts';
import { NoJournal } from '../journal/no-journal.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { StrategyError } from '../kernel/strategy/guard.ts';
import type { QuoteBlock } from '../market/quotes.ts';
import { assert } from '../model/assert.ts';
import { type AppliedInput, InputKind } from '../model/inputs.ts';
import type { TimeUs } from '../model/units.ts';
import { DUE_ANY, DUE_REPORT, DUE_REQUEST, type SimVenue } from '../venues/sim/sim-venue.ts';
import { type Outbox, sealEffects } from './outbox.ts';

/** Rounds of orders that answer orders within one turn; more is a strategy that runs away. */
const ROUNDS_MAX = 100;

/** Boundaries, and reports, at one moment; more is a strategy that answers itself for ever. */
const BOUNDARIES_MAX = 1000;
const REPORTS_MAX = 20_000;

const BOUNDARY: OtherInput = { kind: InputKind.boundary };

type OtherInput = AppliedInput;

/**
 * Drives kernel and simulated venue through a tape of quotes in the one order of things: venue
 * events; timers and calendar boundaries; bar closes; quotes by instrument index; then orders
 * reaching the venue. Backtest and running engine share it; they differ in the journal behind it
 * and in how fast the tape is fed.
 */
export class EmbeddedLoop {
  readonly #kernel: Kernel;
  readonly #venue: SimVenue;
  readonly #journal: Journal;
  readonly #journalsQuotes: boolean;
  readonly #outbox: Outbox;
  readonly #boundaries = new Moment('boundaries', BOUNDARIES_MAX);
  readonly #reports = new Moment('reports', REPORTS_MAX);

  constructor(kernel: Kernel, venue: SimVenue, journal: Journal, outbox: Outbox) {
    this.#kernel = kernel;
    this.#venue = venue;
    this.#journal = journal;
    this.#journalsQuotes = !(journal instanceof NoJournal);
    this.#outbox = outbox;
  }

  /** Feeds rows `from … to − 1` of a block. Times never go back, within it or across calls. */
  feed(block: QuoteBlock, from: number, to: number): void {
    const { time, instrument, bid, ask, bidSize, askSize } = block;
    const kernel = this.#kernel;
    const venue = this.#venue;
    const journal = this.#journalsQuotes ? this.#journal : undefined;
    const { book, effects } = kernel;
    const sized = bidSize.length !== 0;
    const { clock } = book;
    const venueDue = venue.due;
    const kernelDue = kernel.due;
    for (let i = from; i < to; i++) {
      const t = time[i] as number;
      if (t >= (venueDue[DUE_ANY] as number) || t >= (kernelDue[0] as number)) this.#drain(t);
      assert(t >= (clock[0] as number), 'quotes go back in time');
      clock[0] = t;
      book.seq += 1;
      const k = instrument[i] as number;
      const bidNow = bid[i] as number;
      const askNow = ask[i] as number;
      const bidSizeNow = sized ? (bidSize[i] as number) : 0;
      const askSizeNow = sized ? (askSize[i] as number) : 0;
      if (journal !== undefined) {
        journal.quote(book.seq, t, k, bidNow, askNow, bidSizeNow, askSizeNow);
      }
      kernel.quote(k, bidNow, askNow, bidSizeNow, askSizeNow);
      // The venue shares the board. What it fills here is told later, so the order is free.
      venue.quoted(k);
      if (effects.length !== 0) this.#endTurn();
    }
  }

  /** Lets everything happen that is due up to `now`, where every quote up to it has been fed. */
  advanceTo(now: TimeUs): void {
    this.#drain(now);
    while ((this.#venue.due[DUE_REQUEST] as number) <= now) {
      this.#venue.arrive();
      this.#drain(now);
    }
  }

  /** Applies an input that is not a quote, at `time`. */
  input(input: OtherInput, time: TimeUs): void {
    const { book } = this.#kernel;
    assert(time >= book.time, 'inputs go back in time');
    book.clock[0] = time;
    this.#apply(input);
    this.#endTurn();
  }

  #apply(input: OtherInput): void {
    const { book } = this.#kernel;
    book.seq += 1;
    this.#journal.input(input, book.seq, book.time);
    this.#kernel.apply(input);
  }

  /** Everything that comes before a quote at `t`: requests that arrive at `t` come after it. */
  #drain(t: number): void {
    const { due } = this.#venue;
    for (;;) {
      const report = due[DUE_REPORT] as number;
      const request = due[DUE_REQUEST] as number;
      const boundary = this.#kernel.due[0] as number;
      if (report <= t && report <= boundary && report <= request) this.#deliver(report);
      else if (boundary <= t && boundary <= request) this.#boundary(boundary);
      else if (request < t) this.#venue.arrive();
      else return;
    }
  }

  #deliver(time: number): void {
    const input = this.#venue.takeReport(time as TimeUs);
    if (input === undefined) return;
    this.#reports.count(time);
    this.input(input, this.#notBefore(time));
  }

  #boundary(time: number): void {
    this.#boundaries.count(this.#notBefore(time));
    this.input(BOUNDARY, this.#notBefore(time));
  }

  /** What fell due while the engine was down happens at the first moment it is up. */
  #notBefore(time: number): TimeUs {
    return Math.max(time, this.#kernel.book.time) as TimeUs;
  }

  /** Makes the turn durable, then lets its effects out; what that brings is the next turn. */
  #endTurn(): void {
    const { effects, book } = this.#kernel;
    for (let round = 0; effects.length !== 0; round++) {
      if (round === ROUNDS_MAX) throw new StrategyError(`${ROUNDS_MAX} rounds of orders in a turn`);
      const sealed = sealEffects(effects.splice(0), this.#journal.appended);
      const token = this.#journal.commit();
      for (const outcome of this.#outbox.dispatch(token, sealed, book.time)) this.#apply(outcome);
    }
  }
}

/** Counts what happens at one time, up to a bound. */
class Moment {
  readonly #what: string;
  readonly #most: number = 0;
  #time = 0.5;
  #count = 0;

  constructor(what: string, most: number) {
    this.#what = what;
    this.#most = most;
  }

  count(time: number): void {
    this.#count = time === this.#time ? this.#count + 1 : 1;
    this.#time = time;
    if (this.#count <= this.#most) return;
    throw new StrategyError(`more than ${this.#most} ${this.#what} at one moment: ${time} µs`);
  }
}
