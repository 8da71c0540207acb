import { join } from 'node:path';
import { ChainedJournal } from '../journal/chained-journal.ts';
import { stateBytes } from '../journal/hashes.ts';
import { DirectoryLock } from '../journal/lock.ts';
import { makeDirectories } from '../journal/make-directories.ts';
import { MemoryStore } from '../journal/memory-store.ts';
import { readStateFile, SnapshotDirectory, writeStateFile } from '../journal/state-file.ts';
import type { KernelConfig } from '../kernel/config.ts';
import { Kernel } from '../kernel/kernel.ts';
import type { ResolutionRefusal } from '../kernel/orders/doubt-desk.ts';
import type { RecordSink } from '../kernel/recorder.ts';
import { present } from '../model/assert.ts';
import { Decoder, type Walkable } from '../model/codec.ts';
import type { OrderResolution } from '../model/doubt.ts';
import { TradingState } from '../model/gate.ts';
import { type Configured, InputKind } from '../model/inputs.ts';
import type { TimeUs } from '../model/units.ts';
import type { SimVenueConfig } from '../venues/sim/config.ts';
import { SimVenue } from '../venues/sim/sim-venue.ts';
import { EmbeddedLoop } from './embedded-loop.ts';
import { FanOut } from './fan-out.ts';
import { type LastStop, StopNote } from './last-stop.ts';
import { type AlertPort, Outbox } from './outbox.ts';
import { Pacer, type WallClock } from './pacer.ts';
import type { LogPort } from './ports.ts';
import type { QuoteFeed } from './quote-feed.ts';
import { startInputs } from './start-inputs.ts';

/** What a running engine is made of. */
export interface LiveEngineParts {
  readonly kernel: KernelConfig;
  readonly venue: SimVenueConfig;
  readonly configured: Configured;
  readonly prefix: string;
  /** Nonce of this start: random, so that no id is ever issued twice (X4). */
  readonly nonce: string;
  readonly tradingState: TradingState;
  readonly directory: string;
  /** Opens the market at a time: the first quote wanted, or what comes after it on a tape. */
  readonly openFeed: (after: TimeUs | undefined) => Promise<OpenedFeed>;
  readonly speed: number;
  readonly clock: WallClock;
  readonly log: LogPort;
  readonly alerts: AlertPort;
  /** Further takers of records: metrics, hashes. */
  readonly sinks: readonly RecordSink[];
}

/** A market and the time at which it begins for this start. */
export interface OpenedFeed {
  readonly feed: QuoteFeed;
  readonly start: TimeUs;
  /** True where the market went on without the engine since `after`. */
  readonly missed: boolean;
}

/** Committed groups that the in-memory journal keeps. */
const JOURNAL_KEEP_BYTES = 16 * 1024 * 1024;
/** Quotes fed before the loop lets other work of the process in. */
const ROWS_PER_PUMP = 65_536;
/** A snapshot is taken at least this often, by market time, while quotes come. */
const SNAPSHOT_EVERY_US = 30_000_000;

/** The saved state belongs to another configuration than the one that is to run. */
export class LayoutError extends Error {
  readonly code = 'STATE_OF_OTHER_CONFIGURATION';
  override readonly name = 'LayoutError';
}

/** What state layout depends on: a state of one layout cannot be read with another. */
function layoutOf(parts: LiveEngineParts): string {
  const { kernel } = parts;
  return JSON.stringify({
    account: [kernel.account.currency, kernel.account.decimals, kernel.account.costBasis],
    instruments: kernel.instruments.map(({ symbol }) => symbol),
    strategies: kernel.strategies.map(({ id, definition }) => [
      id,
      definition.name,
      definition.version,
    ]),
    venue: kernel.venue.id,
  });
}

/**
 * An engine that runs on the embedded venue: it holds its directory, finds its books there, trades
 * as market time passes, and leaves its books so that the next start goes on.
 */
export class LiveEngine implements Disposable {
  readonly kernel: Kernel;
  readonly venue: SimVenue;
  readonly journal = new ChainedJournal(new MemoryStore(JOURNAL_KEEP_BYTES));
  readonly lastStop: LastStop | undefined;
  readonly #parts: LiveEngineParts;
  readonly #loop: EmbeddedLoop;
  readonly #lock: DirectoryLock;
  readonly #snapshots: SnapshotDirectory;
  readonly #stopNote: StopNote;
  readonly #layout: string;
  readonly #restored: boolean;
  #feed: QuoteFeed | undefined;
  #pacer: Pacer | undefined;
  #saved = '';
  #savedAt = 0;
  #lastPump: number = 0;

  /** Takes the directory and reads what is in it. Throws `LockError`, `LayoutError`. */
  constructor(parts: LiveEngineParts) {
    this.#parts = parts;
    this.#layout = layoutOf(parts);
    this.#lastPump = parts.clock.monotonicUs();
    const { directory } = parts;
    for (const part of ['snapshots', 'venue']) {
      makeDirectories(join(directory, part));
    }
    this.#lock = DirectoryLock.take(directory);
    try {
      this.#snapshots = new SnapshotDirectory(join(directory, 'snapshots'));
      this.#stopNote = new StopNote(directory);
      this.lastStop = this.#stopNote.read();
      this.kernel = new Kernel(parts.kernel, new FanOut([this.journal, ...parts.sinks]));
      this.venue = new SimVenue(parts.venue, this.kernel.book.board);
      this.#restored = this.#restore();
      const outbox = new Outbox(this.kernel, this.venue, parts.alerts);
      this.#loop = new EmbeddedLoop(this.kernel, this.venue, this.journal, outbox);
    } catch (error) {
      this.#lock[Symbol.dispose]();
      throw error;
    }
  }

  get restored(): boolean {
    return this.#restored;
  }
  /** True once a tape has been played to its end. */
  get ended(): boolean {
    return this.#feed?.ended ?? false;
  }
  /** Real time since the loop last came round, µs. */
  get loopAgeUs(): number {
    return this.#parts.clock.monotonicUs() - this.#lastPump;
  }
  /** Market time now. */
  get now(): TimeUs {
    const pacer = this.#pacer;
    return pacer === undefined || pacer.unpaced ? this.kernel.book.time : pacer.now();
  }

  #booksFile(): string {
    return join(this.#parts.directory, 'venue', 'books.state');
  }

  #restore(): boolean {
    const { log } = this.#parts;
    const snapshot = this.#snapshots.newest((error) =>
      log.error({ code: error.code }, error.message),
    );
    const books = readStateFile(this.#booksFile());
    if (books !== undefined) this.#load(this.venue, books.state, books.layout, 'venue books');
    if (snapshot === undefined) return false;
    this.#load(this.kernel, snapshot.state, snapshot.layout, 'snapshot');
    return true;
  }

  #load(target: Walkable, state: Uint8Array, layout: string, what: string): void {
    if (layout !== this.#layout) {
      const { directory } = this.#parts;
      throw new LayoutError(
        `${directory}: the ${what} is of another configuration (${layout}); ` +
          'run with that configuration, or with another data directory',
      );
    }
    const decoder = new Decoder(state);
    target.walk(decoder);
    decoder.end();
  }

  /** Starts, or goes on from where the last life ended. */
  async start(): Promise<void> {
    const { kernel } = this;
    const after = this.#restored ? kernel.book.time : undefined;
    const { feed, start, missed } = await this.#parts.openFeed(after);
    const now = Math.max(start, kernel.book.time) as TimeUs;
    this.#feed = feed;
    this.#pacer = new Pacer(this.#parts.clock, now, this.#parts.speed);
    if (this.venue.cursor === 0 && !this.#restored) this.venue.open(now);
    this.#stopNote.clear();
    const { configured, prefix, nonce } = this.#parts;
    const known = this.#restored || this.venue.cursor > 0;
    const tradingState = known ? undefined : this.#parts.tradingState;
    const handlesTaken = this.venue.lastHandle;
    const connection = kernel.book.doubts.connection + 1;
    const opening = known ? undefined : this.venue.snapshot(0, now);
    const parts = { configured, prefix, nonce, handlesTaken, tradingState, connection, opening };
    for (const input of startInputs({ ...parts, restored: false })) this.#loop.input(input, now);
    if (known) this.#catchUp(missed ? after : undefined, now);
    this.#save(true);
  }

  /** Reads what the venue did since our cursor, and says what cannot be told from its log. */
  #catchUp(after: TimeUs | undefined, now: TimeUs): void {
    this.venue.dropUndelivered();
    const facts = this.venue.readLog(this.kernel.book.cursor);
    if (facts === undefined) this.#exitOnly(now, 'the venue log does not reach back to our cursor');
    for (const fact of facts ?? []) this.#loop.input(fact, now);
    if (this.#restored && this.lastStop?.clean !== true) {
      this.#parts.log.warn(
        {},
        'the last stop was not clean; the venue log was read from our cursor',
      );
    }
    if (after !== undefined && now > after) {
      this.#loop.input({ kind: InputKind.gap, from: after, to: now }, now);
    }
    this.#loop.input(this.venue.snapshot(0, now), now);
    this.#loop.input({ kind: InputKind.resumed }, now);
  }

  /**
   * An operator's word on an order in doubt (X9): `undefined` when it was taken, else why not. It
   * is an input either way, and durable when this returns.
   */
  resolveOrder(resolution: OrderResolution): ResolutionRefusal | undefined {
    const refusal = this.kernel.resolutionRefusal(resolution);
    this.#loop.input({ kind: InputKind.resolveOrder, resolution }, this.kernel.book.time);
    this.journal.commit();
    return refusal;
  }

  #exitOnly(now: TimeUs, reason: string): void {
    const tradingState = TradingState.exitOnly;
    this.#loop.input({ kind: InputKind.command, tradingState, by: 'engine', reason }, now);
  }

  /** Does what is due now. Call it again soon; it returns whether there was anything to feed. */
  async pump(): Promise<boolean> {
    const pacer = present(this.#pacer, 'a started engine');
    const feed = present(this.#feed, 'a started engine');
    const until = pacer.unpaced ? Number.POSITIVE_INFINITY : pacer.now();
    let rows = 0;
    while (rows < ROWS_PER_PUMP) {
      const slice = await feed.next(until);
      if (slice === undefined) break;
      this.#loop.feed(slice.block, slice.from, slice.to);
      rows += slice.to - slice.from;
    }
    // Every quote up to `until` must have been fed before time may pass it.
    if (rows < ROWS_PER_PUMP) this.#pass(pacer.unpaced ? this.kernel.book.time : until);
    this.journal.commit();
    this.#save(false);
    this.#lastPump = this.#parts.clock.monotonicUs();
    return rows > 0;
  }

  #pass(now: number): void {
    this.#loop.advanceTo(now as TimeUs);
  }

  /** The venue's books first: then they are never behind what the engine remembers. */
  #save(force: boolean): void {
    const { book } = this.kernel;
    const { lastHandle } = book.orders;
    const state = `${this.venue.cursor}/${this.venue.requests}/${lastHandle}/${book.tradingState}`;
    const stale = book.time - this.#savedAt >= SNAPSHOT_EVERY_US;
    if (!force && !stale && state === this.#saved) return;
    this.#saved = state;
    this.#savedAt = book.time;
    const at = { layout: this.#layout, seq: book.seq, time: book.time };
    writeStateFile(this.#booksFile(), { ...at, state: stateBytes(this.venue) });
    this.#snapshots.write({ ...at, state: stateBytes(this.kernel) });
  }

  /** A tape has ended: the strategies are told, as at the end of a backtest. */
  finish(): void {
    this.#loop.input({ kind: InputKind.stopped, reason: 'end of data' }, this.kernel.book.time);
  }

  /** Stops cleanly: no further input, everything saved, the reason noted. */
  stop(reason: string): void {
    this.journal.commit();
    this.#save(true);
    this.#stopNote.write({ clean: true, reason, time: this.kernel.book.time });
  }

  /** Notes why the engine died. What is on disk stays as it was last saved. */
  fail(reason: string): void {
    this.#stopNote.write({ clean: false, reason, time: this.kernel.book.time });
  }

  [Symbol.dispose](): void {
    this.#lock[Symbol.dispose]();
  }
}
