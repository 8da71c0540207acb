import type { Journal } from '../journal/journal.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { StrategyError } from '../kernel/strategy/guard.ts';
import { assert } from '../model/assert.ts';
import { type AppliedInput, InputKind } from '../model/inputs.ts';
import { US_PER_SECOND } from '../model/time.ts';
import type { TimeUs } from '../model/units.ts';
import { type Outbox, sealEffects } from './outbox.ts';

/** Rounds of orders that answer orders within one turn; more is a strategy that runs away. */
const ROUNDS_MAX = 100;
/** Boundaries at one moment; more is a strategy that answers itself for ever. */
const BOUNDARIES_MAX = 1000;

const BOUNDARY: AppliedInput = { kind: InputKind.boundary };

/**
 * Takes the inputs of an engine one by one: each is numbered, journaled and applied, and what was
 * decided from it leaves once it is durable (X8). One turn is over before the next begins.
 */
export class Turns {
  readonly #kernel: Kernel;
  readonly #journal: Journal;
  readonly #outbox: Outbox;
  readonly #boundaries = new Moment('boundaries', BOUNDARIES_MAX);
  /** Takes at most a quote a second of an instrument, to spare what room is left to the journal. */
  thinned = false;

  constructor(kernel: Kernel, journal: Journal, outbox: Outbox) {
    this.#kernel = kernel;
    this.#journal = journal;
    this.#outbox = outbox;
  }

  /** A turn of one input that is not a quote, at `time`; time never goes back. */
  input(input: AppliedInput, time: TimeUs): void {
    const { book } = this.#kernel;
    assert(time >= book.time, 'inputs go back in time');
    book.clock[0] = time;
    this.#apply(input);
    this.end();
  }

  /** A turn of one quote, which its venue made at `venueTime`. Prices and sizes are counts. */
  quote(
    k: number,
    bid: number,
    ask: number,
    bidSize: number,
    askSize: number,
    time: TimeUs,
    venueTime: TimeUs,
  ): void {
    const { book } = this.#kernel;
    if (this.skips(k, venueTime)) return;
    assert(time >= book.time, 'quotes go back in time');
    book.clock[0] = time;
    book.seq += 1;
    this.#journal.quote(book.seq, time, k, bid, ask, bidSize, askSize, venueTime);
    this.#kernel.quoteMade(venueTime, k, bid, ask, bidSize, askSize);
    this.end();
  }

  /** Is a quote of the instrument of this venue time passed over? */
  skips(k: number, time: number): boolean {
    if (!this.thinned) return false;
    const { board } = this.#kernel.book;
    return board.has(k) && time - (board.time[k] as number) < US_PER_SECOND;
  }

  /** Applies the boundary that was due at `due`; after a pause it is late, and comes at once. */
  boundary(due: number): void {
    const time = Math.max(due, this.#kernel.book.time) as TimeUs;
    this.#boundaries.count(time);
    this.input(BOUNDARY, time);
  }

  #apply(input: AppliedInput): void {
    const { book } = this.#kernel;
    book.seq += 1;
    this.#journal.input(input, book.seq, book.time);
    this.#kernel.apply(input);
  }

  /** Makes the turn durable, then lets its effects out; what that brings is applied at once. */
  end(): void {
    const { effects, book } = this.#kernel;
    for (let round = 0; effects.length !== 0; round++) {
      if (round === ROUNDS_MAX) throw new StrategyError(`${ROUNDS_MAX} rounds of orders in a turn`);
      const sealed = sealEffects(effects.splice(0), this.#journal.appended);
      const token = this.#journal.commit();
      for (const outcome of this.#outbox.dispatch(token, sealed, book.time)) this.#apply(outcome);
    }
    this.#journal.cut();
  }
}

/** Counts what happens at one time, up to a bound. */
export class Moment {
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
