import type { Journal } from '../journal/journal.ts';
import { NoJournal } from '../journal/no-journal.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { QuoteBlock } from '../market/quotes.ts';
import { assert } from '../model/assert.ts';
import type { AppliedInput } from '../model/inputs.ts';
import type { TimeUs } from '../model/units.ts';
import { DUE_ANY, DUE_REPORT, DUE_REQUEST, type SimVenue } from '../venues/sim/sim-venue.ts';
import type { Outbox } from './outbox.ts';
import { Moment, Turns } from './turns.ts';

/** Reports at one moment; more is a strategy that answers itself for ever. */
const REPORTS_MAX = 20_000;

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
  readonly #turns: Turns;
  readonly #reports = new Moment('reports', REPORTS_MAX);

  constructor(kernel: Kernel, venue: SimVenue, journal: Journal, outbox: Outbox) {
    this.#kernel = kernel;
    this.#venue = venue;
    this.#journal = journal;
    this.#journalsQuotes = !(journal instanceof NoJournal);
    this.#turns = new Turns(kernel, journal, outbox);
  }

  /** Takes at most a quote a second of an instrument: there is little room left to journal them. */
  thin(): void {
    this.#turns.thinned = true;
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
    const { thinned } = this.#turns;
    for (let i = from; i < to; i++) {
      const t = time[i] as number;
      if (t >= (venueDue[DUE_ANY] as number) || t >= (kernelDue[0] as number)) this.#drain(t);
      const k = instrument[i] as number;
      if (thinned && this.#turns.skips(k, t)) continue;
      assert(t >= (clock[0] as number), 'quotes go back in time');
      clock[0] = t;
      book.seq += 1;
      const bidNow = bid[i] as number;
      const askNow = ask[i] as number;
      const bidSizeNow = sized ? (bidSize[i] as number) : 0;
      const askSizeNow = sized ? (askSize[i] as number) : 0;
      if (journal !== undefined) {
        journal.quote(book.seq, t, k, bidNow, askNow, bidSizeNow, askSizeNow, t);
      }
      kernel.quote(k, bidNow, askNow, bidSizeNow, askSizeNow);
      // The venue shares the board. What it fills here is told later, so the order is free.
      venue.quoted(k);
      if (effects.length !== 0) this.#turns.end();
      else if (journal !== undefined) journal.cut();
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
  input(input: AppliedInput, time: TimeUs): void {
    this.#turns.input(input, time);
  }

  /** Everything that comes before a quote at `t`: requests that arrive at `t` come after it. */
  #drain(t: number): void {
    const { due } = this.#venue;
    for (;;) {
      const report = due[DUE_REPORT] as number;
      const request = due[DUE_REQUEST] as number;
      const boundary = this.#kernel.due[0] as number;
      if (report <= t && report <= boundary && report <= request) this.#deliver(report);
      else if (boundary <= t && boundary <= request) this.#turns.boundary(boundary);
      else if (request < t) this.#venue.arrive();
      else return;
    }
  }

  #deliver(time: number): void {
    const input = this.#venue.takeReport(time as TimeUs);
    if (input === undefined) return;
    this.#reports.count(time);
    this.#turns.input(input, this.#notBefore(time));
  }

  /** What fell due while the engine was down happens at the first moment it is up. */
  #notBefore(time: number): TimeUs {
    return Math.max(time, this.#kernel.book.time) as TimeUs;
  }
}
