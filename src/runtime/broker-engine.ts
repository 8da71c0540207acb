import { join } from 'node:path';
import type { ChainedJournal } from '../journal/chained-journal.ts';
import { LocalDisk } from '../journal/local-disk.ts';
import { DirectoryLock } from '../journal/lock.ts';
import { makeDirectories } from '../journal/make-directories.ts';
import type { EnableRefusal, Kernel } from '../kernel/kernel.ts';
import type { ResolutionRefusal } from '../kernel/orders/doubt-desk.ts';
import type { ControlRefusal } from '../kernel/stopping/kill-switch.ts';
import type { EnableStrategy } from '../model/commands.ts';
import type { Control } from '../model/control.ts';
import type { OrderResolution } from '../model/doubt.ts';
import { type AppliedInput, InputKind } from '../model/inputs.ts';
import { NO_TIME, type TimeUs } from '../model/units.ts';
import type { HistoryWish, SeriesHistory } from '../venues/bar-history.ts';
import type { TimerPort } from '../venues/timer-port.ts';
import type { VenueAdapter, VenueStatus } from '../venues/venue-adapter.ts';
import { BackgroundWriter } from './background-writer.ts';
import { historicalInputs, historyWishes, seriesName } from './bar-history.ts';
import { Engine, type EngineParts } from './engine.ts';
import { EngineClock } from './engine-clock.ts';
import { DIRECTORY_PARTS } from './engine-directory.ts';
import type { JournalUpkeep } from './journal-keeper.ts';
import type { LastStop } from './last-stop.ts';
import type { LiveEngine } from './live-engine.ts';
import type { WallClock } from './pacer.ts';
import { type ArrivedQuote, QuoteQueue } from './quote-queue.ts';
import type { Recovery } from './recover.ts';
import { KernelReceiver } from './venue-receiver.ts';

/** What an engine at a broker is made of. */
export interface BrokerEngineParts extends Omit<EngineParts, 'disk' | 'writer' | 'venue'> {
  readonly clock: WallClock;
  /** A step of the wall clock beyond this stops new risk (X29). */
  readonly clockJumpMaxUs: number;
  /** A quote that is older when it could be taken is left out, µs by the venue's clock. */
  readonly quoteAgeMaxUs: number;
  /** A silence of the stream beyond this is told to the strategies as a gap. */
  readonly gapMinUs: number;
  /** Makes the way to the venue, on the engine's own time. */
  readonly connect: (timers: TimerPort) => VenueAdapter;
}

/** Quotes that wait in full; beyond them, one an instrument. */
const QUOTES_WAITING = 4096;
/** So far may the venue's time of a quote be before its clock as we know it, µs. */
const QUOTE_EARLY_MAX_US = 1_000_000;
/** What was written is durable at the latest after this, real time. */
const COMMIT_EVERY_US = 50_000;
/** How often the directory is looked at for a kill, and the clock for a step, real time. */
const LOOK_EVERY_US = 200_000;

/**
 * An engine that trades at a broker, over an adapter. What the broker tells is a turn at once, in
 * the callback that brings it; quotes wait for the end of that turn of the process, so that facts
 * go first and a burst is taken as one. Whatever fails ends the engine: nothing leaves after it.
 */
export class BrokerEngine implements LiveEngine {
  readonly #parts: BrokerEngineParts;
  readonly #lock: DirectoryLock;
  readonly #engine: Engine;
  readonly #adapter: VenueAdapter;
  readonly #clock: EngineClock;
  readonly #quotes: QuoteQueue;
  #drainPlanned = false;
  /** The engine has begun to begin: its journal knows of this start. */
  #begun = false;
  #started = false;
  /** Set when nothing is to be taken any more. */
  #isOver = false;
  #failure: { readonly error: unknown } | undefined;
  #lastPump = 0;
  #lastCommit = 0;
  #lastLook = 0;

  /** Takes the directory. Throws as its parts do: lock, journal, recovery, adapter. */
  constructor(parts: BrokerEngineParts) {
    this.#parts = parts;
    const { directory, clock, log } = parts;
    this.#lastPump = clock.monotonicUs();
    for (const part of DIRECTORY_PARTS) makeDirectories(join(directory, part));
    this.#lock = DirectoryLock.take(directory);
    const writer = new BackgroundWriter((error) =>
      log.error({ code: 'SNAPSHOT_FAILED' }, `a snapshot was not written: ${String(error)}`),
    );
    try {
      // Until the journal says how far time has come, the adapter asks for none.
      let time: EngineClock | undefined;
      const timers: TimerPort = {
        now: () => (time ?? new EngineClock(clock, NO_TIME)).now(),
        evenUs: () => clock.monotonicUs(),
        after: (us, what) => {
          const timer = setTimeout(() => this.#guarded(what), Math.ceil(us / 1000));
          return () => clearTimeout(timer);
        },
        random: () => Math.random(),
      };
      this.#adapter = parts.connect(timers);
      const now = clock.wallUs() as TimeUs;
      const disk = new LocalDisk();
      this.#engine = new Engine({ ...parts, disk, writer, venue: this.#adapter }, now);
      time = new EngineClock(clock, this.#engine.kernel.book.time);
      this.#clock = time;
      this.#quotes = new QuoteQueue(this.kernel.book.instruments.length, QUOTES_WAITING);
    } catch (error) {
      this.#lock[Symbol.dispose]();
      throw error;
    }
  }

  get kernel(): Kernel {
    return this.#engine.kernel;
  }
  get venue(): Pick<VenueAdapter, 'capabilities'> {
    return this.#adapter;
  }
  get venueStatus(): Readonly<VenueStatus> {
    return this.#adapter.status;
  }
  /** Quotes that gave way to later ones, and those that came too late. */
  get quotesLeftOut(): { readonly conflated: number; readonly stale: number } {
    const { conflated, stale } = this.#quotes;
    return { conflated, stale };
  }
  get journal(): ChainedJournal {
    return this.#engine.directory.journal;
  }
  get recovery(): Recovery {
    return this.#engine.recovery;
  }
  get lastStop(): LastStop | undefined {
    return this.#engine.directory.lastStop;
  }
  get restored(): boolean {
    return this.recovery.known;
  }
  get started(): boolean {
    return this.#started;
  }
  get ended(): boolean {
    return false;
  }
  get loopAgeUs(): number {
    return this.#parts.clock.monotonicUs() - this.#lastPump;
  }
  get now(): TimeUs {
    return this.#clock.now();
  }
  get inFlight(): boolean {
    return this.#started && this.#engine.operator.inFlight;
  }
  get inReserve(): boolean {
    return this.#engine.directory.inReserve;
  }
  get upkeep(): JournalUpkeep {
    return this.#engine.directory.upkeep;
  }

  /** Looks for the broker; the engine begins when it is found, and `started` says so (X30). */
  start(): Promise<void> {
    const receiver = new KernelReceiver(this.kernel, {
      input: (input) => this.#guarded(() => this.#input(input)),
      quote: (k, bid, ask, bidSize, askSize, venueTime) =>
        this.#arrived({ k, bid, ask, bidSize, askSize, venueTime }),
    });
    this.#adapter.start(receiver, {
      history: () => this.#wishes(),
      ready: (history) => this.#guarded(() => this.#begin(history)),
      failed: (error) => this.#end(error),
    });
    return Promise.resolve();
  }

  #wishes(): readonly HistoryWish[] {
    let wishes: readonly HistoryWish[] = [];
    this.#guarded(() => {
      wishes = historyWishes(this.kernel, this.#clock.now());
    });
    return wishes;
  }

  #begin(history: readonly SeriesHistory[]): void {
    if (this.restored && this.lastStop?.clean !== true) {
      this.#parts.log.warn({}, 'the last stop was not clean; the journal was read to its end');
    }
    this.#begun = true;
    this.#engine.begin(this.#clock.now());
    // Before any boundary: a bar that was open gives way to the whole one.
    for (const input of historicalInputs(this.kernel, history)) {
      this.#engine.input(input, this.#clock.now());
    }
    for (const { wish, problem } of history) {
      if (problem === '') continue;
      const name = seriesName(this.kernel, wish);
      this.#parts.log.warn({ code: 'HISTORY_MISSING' }, `no bars of the past, ${name}: ${problem}`);
    }
    this.#started = true;
    this.#measure();
  }

  /** What throws ends the engine, whoever called: the loop says so, and nothing leaves any more. */
  #guarded(what: () => void): void {
    if (this.#isOver) return;
    try {
      what();
    } catch (error) {
      this.#end(error);
    }
  }

  #end(error: unknown): void {
    this.#failure ??= { error };
    this.#over();
  }

  #over(): void {
    this.#isOver = true;
    this.#adapter.stop();
  }

  #input(input: AppliedInput): void {
    const now = this.#clock.now();
    this.#engine.pass(now);
    this.#engine.input(input, now);
  }

  #arrived(quote: ArrivedQuote): void {
    if (!this.#started) return;
    this.#quotes.push(quote);
    if (this.#drainPlanned) return;
    this.#drainPlanned = true;
    setImmediate(() => {
      this.#drainPlanned = false;
      this.#guarded(() => this.#drain());
    });
  }

  #drain(): void {
    const offsetUs = this.#measure();
    // Until the venue's clock was measured nobody can say how old they are: they wait.
    if (offsetUs === undefined) return;
    const venueNow = this.#clock.now() + offsetUs;
    const isWanted = (quote: ArrivedQuote): boolean => this.#isWanted(quote, venueNow);
    this.#quotes.drain(isWanted, (quote) => {
      const { k, bid, ask, bidSize, askSize, venueTime } = quote;
      const now = this.#clock.now();
      this.#engine.pass(now);
      this.#tellGap(now);
      this.#engine.quote(k, bid, ask, bidSize, askSize, now, venueTime);
    });
  }

  /** Neither too old, nor older than what is known, nor of a time that has not come. */
  #isWanted({ k, venueTime }: ArrivedQuote, venueNow: number): boolean {
    const { board } = this.kernel.book;
    const isEarly = venueTime > venueNow + QUOTE_EARLY_MAX_US;
    const known = board.time[k] as number;
    const isOvertaken = venueTime < known && known <= venueNow;
    return !isEarly && !isOvertaken && venueTime >= venueNow - this.#parts.quoteAgeMaxUs;
  }

  /** Bars and the ages of quotes go by the venue's clock (X29), once it was measured. */
  #measure(): number | undefined {
    const { clockOffsetUs } = this.#adapter.status;
    if (clockOffsetUs !== undefined) this.#engine.measured(clockOffsetUs, this.#clock.now());
    return clockOffsetUs;
  }

  /** Before the first quote after a silence the strategies are told of it (X30). */
  #tellGap(now: TimeUs): void {
    const [, last = 0] = this.kernel.book.clock;
    if (last === 0 || now - last < this.#parts.gapMinUs) return;
    this.#engine.input({ kind: InputKind.gap, from: last as TimeUs, to: now }, now);
  }

  pump(): Promise<boolean> {
    const { clock } = this.#parts;
    const elapsed = clock.monotonicUs();
    this.#lastPump = elapsed;
    this.#throwIfFailed();
    if (this.#started) this.#guarded(() => this.#tend(elapsed));
    this.#throwIfFailed();
    return Promise.resolve(false);
  }

  #throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #tend(elapsed: number): void {
    this.#engine.pass(this.#clock.now());
    if (this.#quotes.length > 0) this.#drain();
    if (elapsed - this.#lastCommit >= COMMIT_EVERY_US) {
      this.#engine.commit(this.#clock.now(), this.#quotes.length === 0);
      this.#lastCommit = elapsed;
    }
    if (elapsed - this.#lastLook < LOOK_EVERY_US) return;
    this.#lastLook = elapsed;
    this.#engine.operator.obeyLatch(this.#clock.now());
    const step = this.#clock.check(this.#parts.clockJumpMaxUs);
    if (step !== undefined) this.#engine.clockJumped(step.from, step.to, this.#clock.now());
  }

  resolveOrder(resolution: OrderResolution): ResolutionRefusal | undefined {
    return this.#engine.operator.resolveOrder(resolution, this.#clock.now());
  }

  control(control: Control): ControlRefusal | undefined {
    return this.#engine.operator.control(control, this.#clock.now());
  }

  enableStrategy(enable: EnableStrategy): EnableRefusal | undefined {
    return this.#engine.operator.enableStrategy(enable, this.#clock.now());
  }

  close(reason: string): void {
    if (this.#started) this.#engine.operator.close(reason, this.#clock.now());
  }

  finish(): void {
    // A broker's market has no end.
  }

  stop(reason: string): void {
    this.#over();
    if (this.#begun) this.#engine.stop(reason);
  }

  fail(reason: string): void {
    this.#over();
    // A start that was refused has done nothing that the next one need be careful of.
    if (!this.#begun) return;
    try {
      this.#engine.fail(reason);
    } catch (error) {
      const text = `the reason of the stop could not be noted: ${String(error)}`;
      this.#parts.log.error({ reason }, text);
    }
  }

  [Symbol.dispose](): void {
    this.#over();
    this.#engine.directory.close();
    this.#lock[Symbol.dispose]();
  }
}
