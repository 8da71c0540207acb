import type { KernelConfig } from '../kernel/config.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { QuoteBlock } from '../market/quotes.ts';
import { assert, present } from '../model/assert.ts';
import { TradingState } from '../model/gate.ts';
import { InputKind } from '../model/inputs.ts';
import type { TimeUs } from '../model/units.ts';
import type { SimVenueConfig } from '../venues/sim/config.ts';
import { SimVenue } from '../venues/sim/sim-venue.ts';
import { EmbeddedFollower } from './embedded-follower.ts';
import { EmbeddedLoop } from './embedded-loop.ts';
import { type DirectoryParts, EngineDirectory } from './engine-directory.ts';
import { latchControl } from './kill-latch.ts';
import { OperatorDesk } from './operator-desk.ts';
import { type AlertPort, Outbox } from './outbox.ts';
import { NO_ROOM, startInputs, stopEntries } from './start-inputs.ts';

/** The two sides of one configuration. */
export interface EmbeddedConfigs {
  readonly kernel: KernelConfig;
  readonly venue: SimVenueConfig;
}

/** What an engine with its venue in the process is made of. */
export interface EmbeddedEngineParts extends Omit<DirectoryParts, 'companionOf' | 'earlier'> {
  readonly kernel: KernelConfig;
  readonly venue: SimVenueConfig;
  /** Earlier configurations by hash, for a tail that was decided under one of them. */
  readonly earlier?: ReadonlyMap<string, EmbeddedConfigs>;
  readonly prefix: string;
  /** Nonce of this start: random, so that no id is ever issued twice (X4). */
  readonly nonce: string;
  /** Trading state of a first start. */
  readonly tradingState: TradingState;
  readonly alerts: AlertPort;
}

/**
 * An engine on its directory whose venue lives in the process: it rebuilds its books and the
 * venue's from the journal. It is synchronous; whoever drives it brings quotes and time.
 */
export class EmbeddedEngine {
  readonly directory: EngineDirectory;
  readonly venue: SimVenue;
  readonly operator: OperatorDesk;
  readonly #parts: EmbeddedEngineParts;
  readonly #loop: EmbeddedLoop;

  /** Opens the directory and rebuilds the state. Throws `JournalError`, `RecoveryError`. */
  constructor(parts: EmbeddedEngineParts, now: TimeUs) {
    const { alerts, earlier = new Map<string, EmbeddedConfigs>() } = parts;
    this.#parts = parts;
    const companionOf = (
      kernel: Kernel,
      configHash: string,
    ): { state: SimVenue; follower: EmbeddedFollower } => {
      const { venue: config } = earlier.get(configHash) ?? parts;
      const state = new SimVenue(config, kernel.book.board);
      return { state, follower: new EmbeddedFollower(kernel, state) };
    };
    const kernels = new Map([...earlier].map(([hash, { kernel }]) => [hash, kernel]));
    this.directory = new EngineDirectory({ ...parts, earlier: kernels, companionOf }, now);
    const { kernel, journal, companion } = this.directory;
    const venue = present(companion, 'the embedded venue').state;
    assert(venue instanceof SimVenue, 'the companion is the embedded venue');
    this.venue = venue;
    this.#loop = new EmbeddedLoop(kernel, venue, journal, new Outbox(kernel, venue, alerts));
    this.operator = new OperatorDesk(this.directory, (input, at) => this.#loop.input(input, at));
  }

  get kernel(): Kernel {
    return this.directory.kernel;
  }

  /**
   * Starts at `now`, or goes on and brings engine and venue together. `missedFrom`: the market went
   * on without the engine from then on.
   */
  begin(now: TimeUs, missedFrom?: TimeUs): void {
    const { configured, binding, prefix, nonce, tradingState } = this.#parts;
    const { latched, killed, strategiesReset, lostEnd, recovery } = this.directory;
    const { known } = recovery;
    if (!known) this.venue.open(now);
    for (const input of startInputs({
      configured,
      binding,
      prefix,
      nonce,
      handlesTaken: this.venue.lastHandle,
      known,
      tradingState,
      latched,
      killed: killed && latchControl(killed),
      strategiesReset,
      restored: lostEnd,
      connection: this.kernel.book.doubts.sendsOn + 1,
      opening: known ? undefined : this.venue.opening(now),
    })) {
      this.#loop.input(input, now);
    }
    if (known) this.#catchUp(missedFrom, now);
    this.directory.snapshot();
    this.directory.begun();
  }

  /** Reads what the venue did since our cursor, and says what cannot be told from its log. */
  #catchUp(missedFrom: TimeUs | undefined, now: TimeUs): void {
    this.venue.dropUndelivered();
    const facts = this.venue.readLog(this.kernel.book.cursor);
    if (facts === undefined) this.#stopEntries(now, 'the venue log does not reach back to us');
    for (const fact of facts ?? []) this.#loop.input(fact, now);
    if (missedFrom !== undefined && now > missedFrom) {
      this.#loop.input({ kind: InputKind.gap, from: missedFrom, to: now }, now);
    }
    this.#loop.input(this.venue.snapshot(0, now), now);
    this.#loop.input({ kind: InputKind.resumed }, now);
  }

  /** Feeds rows `from … to − 1` of a block. */
  feed(block: QuoteBlock, from: number, to: number): void {
    this.#loop.feed(block, from, to);
  }

  /** Lets everything happen that is due up to `now`, where every quote up to it has been fed. */
  pass(now: TimeUs): void {
    this.#loop.advanceTo(now);
  }

  /** Makes everything so far durable. */
  commit(): void {
    this.directory.journal.commit();
  }

  /** What is to be done between turns, the more where nothing waits. */
  tend(idle = false): void {
    this.directory.tend(idle);
    if (!this.directory.inReserve) return;
    // A full disk leaves room for exits, cancels and facts alone (X23).
    this.#loop.thin();
    this.#stopEntries(this.kernel.book.time, NO_ROOM);
  }

  #stopEntries(now: TimeUs, reason: string): void {
    if (this.kernel.book.tradingState !== TradingState.active) return;
    this.#loop.input(stopEntries(reason), now);
  }

  /** The wall clock stepped further than may be hidden (X29). */
  clockJumped(fromTime: TimeUs, toTime: TimeUs): void {
    this.#loop.input({ kind: InputKind.clockJump, fromTime, toTime }, this.kernel.book.time);
  }

  /** A tape has ended: the strategies are told, as at the end of a backtest. */
  finish(): void {
    this.#loop.input({ kind: InputKind.stopped, reason: 'end of data' }, this.kernel.book.time);
  }

  /** Stops cleanly: everything saved, the reason noted. */
  stop(reason: string): void {
    this.directory.snapshot();
    this.directory.note({ clean: true, reason, time: this.kernel.book.time });
  }
}
