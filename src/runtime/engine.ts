import type { Kernel } from '../kernel/kernel.ts';
import { TradingState } from '../model/gate.ts';
import { type AppliedInput, InputKind } from '../model/inputs.ts';
import { US_PER_MS } from '../model/time.ts';
import { NO_ORDER, type TimeUs } from '../model/units.ts';
import type { VenuePort } from '../venues/venue-port.ts';
import { type DirectoryParts, EngineDirectory } from './engine-directory.ts';
import { latchControl } from './kill-latch.ts';
import { OperatorDesk } from './operator-desk.ts';
import { type AlertPort, Outbox } from './outbox.ts';
import type { Recovery } from './recover.ts';
import { NO_ROOM, startInputs, stopEntries } from './start-inputs.ts';
import { Turns } from './turns.ts';

/** What an engine on a venue outside the process is made of. */
export interface EngineParts extends DirectoryParts {
  readonly prefix: string;
  /** Nonce of this start: random, so that no id is ever issued twice (X4). */
  readonly nonce: string;
  /** Trading state of a first start. */
  readonly tradingState: TradingState;
  /** A restore from a backup was declared (X4). */
  readonly restored: boolean;
  readonly venue: VenuePort;
  readonly alerts: AlertPort;
}

/** What the venue's clock may move before the kernel is told. */
const OFFSET_TOLD_US = 50 * US_PER_MS;

/**
 * An engine on its directory, trading at a venue outside the process. It is synchronous: whoever
 * drives it brings the inputs, one at a time, and the time. What it throws ends its life; what was
 * durable stands.
 */
export class Engine {
  readonly kernel: Kernel;
  readonly #parts: EngineParts;
  readonly directory: EngineDirectory;
  readonly operator: OperatorDesk;
  readonly #turns: Turns;
  /** Strategies are to be told that they go on, once the venue was compared. */
  #resuming = false;

  /** Opens the directory and rebuilds the state. Throws `JournalError`, `RecoveryError`. */
  constructor(parts: EngineParts, now: TimeUs) {
    this.#parts = parts;
    this.directory = new EngineDirectory(parts, now);
    this.kernel = this.directory.kernel;
    const outbox = new Outbox(this.kernel, parts.venue, parts.alerts);
    this.operator = new OperatorDesk(this.directory, (input, at) => this.input(input, at));
    this.#turns = new Turns(this.kernel, this.directory.journal, outbox);
  }

  get recovery(): Recovery {
    return this.directory.recovery;
  }

  /** When the next boundary is due, µs; Infinity for never. */
  get due(): number {
    return this.kernel.due[0] as number;
  }

  /** Frames that are durable. */
  get durable(): number {
    return this.directory.journal.durable;
  }

  /**
   * Starts: what it is built from, the boot, the connection. What was on its way is in doubt from
   * here on, and the venue is asked at the next boundary.
   */
  begin(now: TimeUs): void {
    const { configured, binding, prefix, nonce, tradingState, restored } = this.#parts;
    const { recovery, lostEnd, latched, killed, strategiesReset } = this.directory;
    for (const input of startInputs({
      configured,
      binding,
      prefix,
      nonce,
      handlesTaken: NO_ORDER,
      known: recovery.known,
      tradingState,
      latched,
      killed: killed && latchControl(killed),
      strategiesReset,
      restored: restored || lostEnd,
      connection: this.kernel.book.doubts.sendsOn + 1,
      opening: undefined,
    })) {
      this.input(input, now);
    }
    this.directory.snapshot();
    this.directory.begun();
    this.#resuming = recovery.known;
  }

  /** One turn of an input that is not a quote. */
  input(input: AppliedInput, now: TimeUs): void {
    this.#turns.input(input, now);
    this.#spareReserve(now);
    if (!this.#resuming || !this.kernel.book.reconciliation.armed) return;
    this.#resuming = false;
    this.#turns.input({ kind: InputKind.resumed }, now);
  }

  /** One turn of a quote, which its venue made at `venueTime`: counts of its instrument. */
  quote(
    k: number,
    bid: number,
    ask: number,
    bidSize: number,
    askSize: number,
    now: TimeUs,
    venueTime: TimeUs = now,
  ): void {
    this.#turns.quote(k, bid, ask, bidSize, askSize, now, venueTime);
  }

  /**
   * The venue's clock stands `offsetUs` before ours. Told where it moved; from the first time on
   * quotes count by the time that the venue states.
   */
  measured(offsetUs: number, now: TimeUs): void {
    const { market } = this.kernel.book;
    if (market.isOwn && Math.abs(offsetUs - market.offsetUs) <= OFFSET_TOLD_US) return;
    this.input({ kind: InputKind.venueClock, offsetUs }, now);
  }

  /** Lets the boundaries happen that are due up to `now`. */
  pass(now: TimeUs): void {
    while (this.due <= now) this.#turns.boundary(this.due);
  }

  /** Makes everything so far durable, and does what is to be done between turns. */
  commit(now: TimeUs, idle = false): void {
    this.directory.journal.commit();
    this.directory.tend(idle);
    this.#spareReserve(now);
  }

  /** A full disk leaves room for exits, cancels and facts alone (X23). */
  #spareReserve(now: TimeUs): void {
    if (!this.directory.inReserve || this.#turns.thinned) return;
    this.#turns.thinned = true;
    if (this.kernel.book.tradingState !== TradingState.active) return;
    this.#turns.input(stopEntries(NO_ROOM), now);
  }

  /** The clock stepped further than may be hidden (X29). */
  clockJumped(fromTime: TimeUs, toTime: TimeUs, now: TimeUs): void {
    this.input({ kind: InputKind.clockJump, fromTime, toTime }, now);
  }

  /** Stops cleanly: everything saved, the reason noted. */
  stop(reason: string): void {
    this.directory.snapshot();
    this.directory.note({ clean: true, reason, time: this.kernel.book.time });
  }

  /** Notes why the engine died: the next start takes no new risk (X23). */
  fail(reason: string): void {
    this.directory.note({ clean: false, reason, time: this.kernel.book.time });
  }
}
