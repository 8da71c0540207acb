import { join } from 'node:path';
import type { ChainedJournal } from '../journal/chained-journal.ts';
import { LocalDisk } from '../journal/local-disk.ts';
import { DirectoryLock } from '../journal/lock.ts';
import { makeDirectories } from '../journal/make-directories.ts';
import type { EnableRefusal, Kernel } from '../kernel/kernel.ts';
import type { ResolutionRefusal } from '../kernel/orders/doubt-desk.ts';
import type { ControlRefusal } from '../kernel/stopping/kill-switch.ts';
import { present } from '../model/assert.ts';
import type { EnableStrategy } from '../model/commands.ts';
import type { Control } from '../model/control.ts';
import type { OrderResolution } from '../model/doubt.ts';
import type { TimeUs } from '../model/units.ts';
import type { SimVenue } from '../venues/sim/sim-venue.ts';
import { BackgroundWriter } from './background-writer.ts';
import { EmbeddedEngine, type EmbeddedEngineParts } from './embedded-engine.ts';
import { DIRECTORY_PARTS } from './engine-directory.ts';
import type { JournalUpkeep } from './journal-keeper.ts';
import type { LastStop } from './last-stop.ts';
import type { LiveEngine } from './live-engine.ts';
import { Pacer, type WallClock } from './pacer.ts';
import type { FeedPosition, QuoteFeed } from './quote-feed.ts';
import type { Recovery } from './recover.ts';

/** What a running engine is made of. */
export interface PacedEngineParts extends Omit<EmbeddedEngineParts, 'disk' | 'writer'> {
  /** Opens the market: where an earlier life left it, or at its beginning. */
  readonly openFeed: (left: FeedPosition | undefined) => Promise<OpenedFeed>;
  readonly speed: number;
  readonly clock: WallClock;
  /** A step of the wall clock beyond this stops new risk (X29); left out, none does. */
  readonly clockJumpMaxUs?: number;
}

/** A market and the time at which it begins for this start. */
export interface OpenedFeed {
  readonly feed: QuoteFeed;
  readonly start: TimeUs;
  /** True where the market went on without the engine since `after`. */
  readonly missed: boolean;
}

/** Quotes fed before the loop lets other work of the process in. */
const ROWS_PER_PUMP = 65_536;
/** Quotes wait at most this long for their group, real time. */
const COMMIT_EVERY_US = 50_000;
/** How often the directory is looked at for a kill, and the clock for a step, real time. */
const LOOK_EVERY_US = 200_000;

/**
 * An engine that runs on the embedded venue: it holds its directory, trades as market time passes,
 * and can be killed at any instant.
 */
export class PacedEngine implements LiveEngine {
  readonly #parts: PacedEngineParts;
  readonly #lock: DirectoryLock;
  readonly #engine: EmbeddedEngine;
  #feed: QuoteFeed | undefined;
  #started = false;
  #pacer: Pacer | undefined;
  #lastPump: number = 0;
  #lastCommit: number = 0;
  #lastLook: number = 0;
  /** How far the wall is ahead of what counts evenly. */
  #wallAhead: number = 0;

  /** Takes the directory. Throws `LockError`, `JournalError`, `RecoveryError`. */
  constructor(parts: PacedEngineParts) {
    this.#parts = parts;
    const { directory, clock, log } = parts;
    this.#lastPump = clock.monotonicUs();
    this.#wallAhead = clock.wallUs() - this.#lastPump;
    for (const part of DIRECTORY_PARTS) makeDirectories(join(directory, part));
    this.#lock = DirectoryLock.take(directory);
    const writer = new BackgroundWriter((error) =>
      log.error({ code: 'SNAPSHOT_FAILED' }, `a snapshot was not written: ${String(error)}`),
    );
    try {
      const disk = new LocalDisk();
      this.#engine = new EmbeddedEngine({ ...parts, disk, writer }, clock.wallUs() as TimeUs);
    } catch (error) {
      this.#lock[Symbol.dispose]();
      throw error;
    }
  }

  get kernel(): Kernel {
    return this.#engine.kernel;
  }
  get venue(): SimVenue {
    return this.#engine.venue;
  }
  /** A paced market waits for the engine. */
  get quotesLeftOut(): LiveEngine['quotesLeftOut'] {
    return { conflated: 0, stale: 0 };
  }
  get venueStatus(): undefined {
    return undefined;
  }
  get journal(): ChainedJournal {
    return this.#engine.directory.journal;
  }
  get recovery(): Recovery {
    return this.#engine.directory.recovery;
  }
  get lastStop(): LastStop | undefined {
    return this.#engine.directory.lastStop;
  }
  /** There was an earlier life, and this one goes on from it. */
  get restored(): boolean {
    return this.recovery.known;
  }
  /** The start has come to its end: inputs are taken. */
  get started(): boolean {
    return this.#started;
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

  /** Opens the market, starts or goes on, and brings engine and venue together. */
  async start(): Promise<void> {
    const { book } = this.kernel;
    const [, quoteTime = 0, quotes = 0] = book.clock;
    const left = { time: book.time, quoteTime, quotes };
    const { feed, start, missed } = await this.#parts.openFeed(this.restored ? left : undefined);
    const now = Math.max(start, book.time) as TimeUs;
    this.#feed = feed;
    this.#pacer = new Pacer(this.#parts.clock, now, this.#parts.speed);
    if (this.restored && this.lastStop?.clean !== true) {
      this.#parts.log.warn({}, 'the last stop was not clean; the journal was read to its end');
    }
    this.#engine.begin(now, missed ? left.time : undefined);
    this.#started = true;
  }

  resolveOrder(resolution: OrderResolution): ResolutionRefusal | undefined {
    return this.#engine.operator.resolveOrder(resolution, this.kernel.book.time);
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
      this.#engine.feed(slice.block, slice.from, slice.to);
      rows += slice.to - slice.from;
    }
    // Every quote up to `until` must have been fed before time may pass it.
    if (rows < ROWS_PER_PUMP) {
      this.#engine.pass(pacer.unpaced ? this.kernel.book.time : (until as TimeUs));
    }
    // A market with quotes at every look is no reason to leave segments as they are.
    this.#tend(rows < ROWS_PER_PUMP);
    return rows > 0;
  }

  #tend(idle: boolean): void {
    const now = this.#parts.clock.monotonicUs();
    this.#lastPump = now;
    if (now - this.#lastCommit >= COMMIT_EVERY_US) {
      this.#engine.commit();
      this.#lastCommit = now;
    }
    this.#engine.tend(idle);
    if (now - this.#lastLook < LOOK_EVERY_US) return;
    this.#lastLook = now;
    this.#engine.operator.obeyLatch(this.kernel.book.time);
    this.#checkClock();
  }

  /** The wall and the monotonic clock go apart slowly, or somebody has set the wall. */
  #checkClock(): void {
    const { clock, clockJumpMaxUs = Number.POSITIVE_INFINITY } = this.#parts;
    const wall = clock.wallUs();
    const ahead = wall - clock.monotonicUs();
    const step = ahead - this.#wallAhead;
    this.#wallAhead = ahead;
    if (Math.abs(step) <= clockJumpMaxUs) return;
    this.#engine.clockJumped((wall - step) as TimeUs, wall as TimeUs);
  }

  control(control: Control): ControlRefusal | undefined {
    return this.#engine.operator.control(control, this.kernel.book.time);
  }

  enableStrategy(enable: EnableStrategy): EnableRefusal | undefined {
    return this.#engine.operator.enableStrategy(enable, this.kernel.book.time);
  }

  /** From here on strategies ask for nothing new; what is in flight may end. */
  close(reason: string): void {
    this.#engine.operator.close(reason, this.kernel.book.time);
  }

  /** Is anything on its way, or unanswered? */
  get inFlight(): boolean {
    return this.#engine.operator.inFlight;
  }

  /** The disk has no room for another segment of the journal. */
  get inReserve(): boolean {
    return this.#engine.directory.inReserve;
  }
  get upkeep(): JournalUpkeep {
    return this.#engine.directory.upkeep;
  }

  /** A tape has ended: the strategies are told, as at the end of a backtest. */
  finish(): void {
    this.#engine.finish();
  }

  /** Stops cleanly: no further input, everything saved, the reason noted. */
  stop(reason: string): void {
    this.#engine.stop(reason);
  }

  /** Notes why the engine died: the next start takes no new risk (X23). */
  fail(reason: string): void {
    try {
      this.#engine.directory.note({ clean: false, reason, time: this.kernel.book.time });
    } catch (error) {
      const text = `the reason of the stop could not be noted: ${String(error)}`;
      this.#parts.log.error({ reason }, text);
    }
  }

  [Symbol.dispose](): void {
    this.#engine.directory.close();
    this.#lock[Symbol.dispose]();
  }
}
