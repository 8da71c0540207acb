import { stateBytes } from '../journal/hashes.ts';
import { JournalError } from '../journal/journal-error.ts';
import { KEEP_EVERYTHING } from '../journal/retention.ts';
import type { KernelConfig } from '../kernel/config.ts';
import { hash32Pair } from '../market/random.ts';
import { TradingState } from '../model/gate.ts';
import { type AppliedInput, type Configured, InputKind } from '../model/inputs.ts';
import type { TimeUs } from '../model/units.ts';
import { Engine, type EngineParts } from '../runtime/engine.ts';
import { RecoveryError } from '../runtime/recovery-error.ts';
import { KernelReceiver } from '../runtime/venue-receiver.ts';
import type { VenuePort } from '../venues/venue-port.ts';
import type { VenueReceiver } from '../venues/venue-receiver.ts';
import { auditJournal } from './audit.ts';
import type { Dice } from './dice.ts';
import type { EngineChecks } from './engine-checks.ts';
import type { FaultSource } from './faults.ts';
import type { JournalMark, JournalWatch } from './journal-watch.ts';
import { type DiskFault, SimulatedCrash, SimulatedDisk } from './simulated-disk.ts';
import { PREFIX } from './submission.ts';
import type { Timeline } from './timeline.ts';
import { Violation } from './violation.ts';

const MS = 1000;
const DIRECTORY = '/engine';
/** What was written is committed at the latest after this. */
const COMMIT_US = 50 * MS;
/** States are kept around a crash: of the last groups before it. */
const CAPTURES_AHEAD = 8;
/** It takes so long to find another disk, and longer while something may still arrive. */
const RESTORE_US = 2000 * MS;
const NEVER = Number.POSITIVE_INFINITY;

/** What strikes the processes and disks of a machine. */
export type MachineFault = 'process_killed' | 'disk_crash' | 'disk_error' | 'disk_full';

/** The way to the venue as a machine knows it: each life of the engine has a port of its own. */
export interface Way {
  /** The port of a new process. */
  open(): VenuePort;
  /** The engine is there: `begin` lets it begin, in this call or once the venue was found. */
  start(receiver: VenueReceiver, begin: () => void): void;
  /** The process is gone, and everything of it. */
  end(): void;
  /** Can nothing that was sent arrive any more? */
  readonly isQuiet: boolean;
  /** The venue's clock less the engine's, once it was measured. */
  readonly clockOffsetUs?: number | undefined;
}

/** What a machine needs of the world around it. */
export interface MachineParts {
  readonly seed: number;
  readonly config: KernelConfig;
  readonly timeline: Timeline;
  readonly dice: Dice;
  readonly faults: FaultSource<MachineFault>;
  readonly way: Way;
  readonly checker: EngineChecks;
  readonly journal: JournalWatch;
}

/** A copy of the disk, and what was true when it was made. */
interface Backup {
  readonly disk: SimulatedDisk;
  readonly journal: JournalMark;
  readonly decisions: ReadonlyMap<string, string>;
}

/** How often what happened to the processes of a run. */
export interface MachineFigures {
  boots: number;
  processEnds: number;
  machineEnds: number;
  fatalStops: number;
  statesCompared: number;
  /** Segments in the archive, of journals that were read whole at the end. */
  segmentsArchived: number;
}

/** The one crash that a life is to meet: at which of its disk operations, and how. */
export interface CrashPoint {
  readonly operation: number;
  readonly fault: Extract<DiskFault, 'crash_before' | 'crash_after'>;
  readonly machine: boolean;
}

/** Seeds of these worlds, modulo 16; those of the first are all verified at their end. */
const KEPT = [0, 5, 11];
const AT_ONCE = { ...KEEP_EVERYTHING, archiveOverBytes: 0, dropMarketOverBytes: 0 };
const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };
const DEAF: VenuePort = {
  submit: () => undefined,
  cancel: () => undefined,
  replace: () => undefined,
  lookUp: () => undefined,
  readLogFrom: () => undefined,
  takeSnapshot: () => undefined,
  takeOpening: () => undefined,
};

/** The computer that the engine runs on: its disk, the process, and how they die and come back. */
export class Machine {
  disk = new SimulatedDisk();
  readonly figures: MachineFigures = {
    boots: 0,
    processEnds: 0,
    machineEnds: 0,
    fatalStops: 0,
    statesCompared: 0,
    segmentsArchived: 0,
  };
  engine: Engine | undefined;
  /** Crash points by boot, for runs that visit every one; left out: what the faults say. */
  crashes: ((boot: number) => CrashPoint | undefined) | undefined;
  /** Disk operations of this life. */
  operations = 0;
  /** Disk operations of the first life. */
  firstOperations = 0;
  readonly #parts: MachineParts;
  #crashAt = NEVER;
  #crashFault: DiskFault = 'crash_before';
  #isMachineEnd = false;
  #isDead = true;
  #hasBegun = false;
  #commitWaits = false;
  /** The kernel's state by the last frame in it, while a recovery may end there. */
  readonly #captures = new Map<number, Uint8Array>();
  readonly #capturesAll: boolean;
  #backup: Backup | undefined;
  /** A restore is declared until an engine has begun after it (X4). */
  #isRestored = false;

  constructor(parts: MachineParts) {
    this.#parts = parts;
    this.disk.watch = parts.journal;
    // Where a sync may fail, a cache that cannot be read around would be believed, and wrongly so.
    this.disk.readsAroundCache = !(parts.faults.isOff('disk_error') && parts.seed % 2 === 0);
    this.#capturesAll = parts.seed % 16 === 0;
    parts.journal.onGroup = (lastFrame) => this.#capture(lastFrame);
    parts.checker.onReceived = () => this.#mayBeKilled();
  }

  get #now(): TimeUs {
    return this.#parts.timeline.now as TimeUs;
  }

  #capture(lastFrame: number): void {
    const { engine } = this;
    const isNear = this.#crashAt - this.operations <= CAPTURES_AHEAD;
    if (engine === undefined || !(isNear || this.#capturesAll)) return;
    const { durableFrame } = this.#parts.journal;
    for (const frame of this.#captures.keys()) {
      if (frame < durableFrame) this.#captures.delete(frame);
    }
    this.#captures.set(lastFrame, stateBytes(engine.kernel));
  }

  #mayBeKilled(): void {
    const drawn = this.#parts.faults.meets('process_killed');
    if (drawn === 0) return;
    this.#isMachineEnd = drawn % 3 === 0;
    this.#isDead = true;
    throw new SimulatedCrash('killed');
  }

  /** What the next operation of the disk meets. */
  #meet(operation: string): DiskFault {
    this.operations += 1;
    if (this.figures.boots === 1) this.firstOperations = this.operations;
    if (this.#isDead) return 'crash_before';
    const isOff = this.#parts.faults.calm && this.crashes === undefined;
    if (this.operations === this.#crashAt && !isOff) {
      this.#isDead = true;
      return this.#crashFault;
    }
    const { faults } = this.#parts;
    if (faults.meets('disk_error') !== 0) return 'EIO';
    const grows = operation === 'write' || operation === 'create';
    return grows && faults.meets('disk_full') !== 0 ? 'ENOSPC' : 'none';
  }

  #planCrash(): void {
    this.operations = 0;
    this.#crashAt = NEVER;
    this.#isDead = false;
    if (this.crashes !== undefined) {
      const point = this.crashes(this.figures.boots - 1);
      if (point === undefined) return;
      this.#crashAt = point.operation;
      this.#crashFault = point.fault;
      this.#isMachineEnd = point.machine;
      return;
    }
    const drawn = this.#parts.faults.meets('disk_crash');
    if (drawn === 0) return;
    this.#crashAt = 1 + ((drawn >>> 8) % (drawn % 4 === 0 ? 30 : 160));
    this.#crashFault = (drawn & 4) === 0 ? 'crash_before' : 'crash_after';
    this.#isMachineEnd = (drawn & 8) === 0;
  }

  #nonce(boot: number): string {
    const a = hash32Pair(this.#parts.seed | 0, boot, 1).toString(36);
    const b = hash32Pair(this.#parts.seed | 0, boot, 2).toString(36);
    return `${a}${b}0000000000`.slice(0, 10);
  }

  #engineParts(boot: number, venue: VenuePort): EngineParts {
    const { config, checker } = this.#parts;
    const configured: Configured = {
      kind: InputKind.configured,
      configuration: '{}',
      configHash: '',
      dataVersion: '',
      engineVersion: 'simulated',
      timeZoneVersion: '',
      strategySources: [''],
    };
    return {
      disk: this.disk,
      directory: DIRECTORY,
      kernel: config,
      configured,
      binding: { venue: config.venue.id, environment: 'sim', account: '1', currency: 'USD' },
      prefix: PREFIX,
      nonce: this.#nonce(boot),
      tradingState: TradingState.active,
      restored: this.#isRestored,
      venue,
      alerts: { alert: () => undefined },
      log: SILENT,
      sinks: [checker],
      segments: { segmentBytes: 80 * 1024, ageMaxUs: 3_600_000_000, journalId: 'simulation' },
      snapshotEvery: 150 + (this.#parts.seed % 7) * 150,
      retention: this.#isKept ? AT_ONCE : KEEP_EVERYTHING,
    };
  }

  /** Starts a process; it may die on the way. */
  boot(): void {
    const { checker, way, journal } = this.#parts;
    const boot = this.figures.boots;
    this.figures.boots += 1;
    this.#planCrash();
    this.disk.meet((operation) => this.#meet(operation));
    const parts = this.#engineParts(boot, way.open());
    checker.trace(`boot ${boot}`);
    const engine = new Engine(parts, this.#now);
    journal.opened(engine.durable);
    this.#checkRecovery(engine, parts);
    this.engine = engine;
    checker.kernel = engine.kernel;
    this.#captures.clear();
    this.#hasBegun = false;
    const receiver = new KernelReceiver(engine.kernel, {
      input: (input) => this.input(input),
      quote: (k, bid, ask, _bidSize, _askSize, venueTime) => this.quote(k, bid, ask, venueTime),
    });
    way.start(receiver, () => {
      this.#hasBegun = true;
      engine.begin(this.#now);
      this.#isRestored = false;
    });
    this.#planCommit();
  }

  #checkRecovery(engine: Engine, parts: EngineParts): void {
    const { checker } = this.#parts;
    const frames = engine.durable;
    const expected = this.#captures.get(frames);
    if (expected === undefined) return;
    this.figures.statesCompared += 1;
    const found = stateBytes(engine.kernel);
    if (Buffer.compare(found, expected) !== 0) {
      checker.fail('recovered_state_differs', `the state after frame ${frames} is another`);
    }
    if (this.figures.boots % 4 !== 1) return;
    const again = new Engine(
      { ...parts, disk: this.disk.copy(), venue: DEAF, sinks: [] },
      this.#now,
    );
    const isSame = Buffer.compare(stateBytes(again.kernel), found) === 0;
    if (again.durable !== frames || !isSame) {
      checker.fail('second_recovery_differs', `a second recovery finds another state`);
    }
  }

  input(input: AppliedInput): void {
    this.#parts.checker.note?.('told', input);
    this.engine?.input(input, this.#now);
    this.#planCommit();
  }

  /** A quote; `venueTime` where its venue states when it was made. */
  quote(k: number, bid: number, ask: number, venueTime?: TimeUs): void {
    if (this.engine === undefined || !this.#hasBegun) return;
    const offsetUs = venueTime === undefined ? undefined : this.#parts.way.clockOffsetUs;
    if (offsetUs !== undefined) this.engine.measured(offsetUs, this.#now);
    if (venueTime !== undefined && venueTime < (this.engine.kernel.book.board.time[k] ?? 0)) return;
    this.engine.quote(k, bid, ask, 0, 0, this.#now, venueTime);
    this.#planCommit();
  }

  #planCommit(): void {
    const { engine } = this;
    if (this.#commitWaits || engine === undefined) return;
    this.#commitWaits = true;
    this.#parts.timeline.after(COMMIT_US, () => {
      this.#commitWaits = false;
      if (engine === this.engine && this.#hasBegun) this.#commit(engine);
    });
  }

  #commit(engine: Engine): void {
    engine.commit(this.#now, this.#isKept);
    // An engine trades on where its upkeep fails; a process that died in it does not.
    if (this.#isDead) throw new SimulatedCrash('in its upkeep');
  }

  /** In some worlds sealed segments are archived and thinned out as soon as they may be. */
  get #isKept(): boolean {
    return KEPT.includes(this.#parts.seed % 16);
  }

  /** Reads the whole journal as an auditor would, and one in which somebody changed a fact. */
  verify(): void {
    const { checker, dice } = this.#parts;
    this.disk.meet(() => 'none');
    this.figures.segmentsArchived = auditJournal(this.disk, DIRECTORY, checker, dice);
  }

  /** The operator stops the engine, in good order, and starts it again. */
  restart(): void {
    const { checker, way, timeline, dice } = this.#parts;
    const { engine } = this;
    if (engine === undefined) return;
    checker.trace('stop');
    // A start that has not found the venue yet has nothing to save.
    if (this.#hasBegun) engine.stop('restart');
    this.engine = undefined;
    checker.kernel = undefined;
    way.end();
    this.#isDead = true;
    this.disk.endProcess();
    timeline.after(dice.between(50 * MS, 4000 * MS), () => this.boot());
  }

  /** The operator has the disk copied, as it stands at this moment, while the engine runs. */
  backUp(): void {
    const { journal, checker } = this.#parts;
    if (this.engine === undefined) return;
    const { decisions } = checker;
    this.#backup = { disk: this.disk.copy(), journal: journal.mark(), decisions };
  }

  get canRestore(): boolean {
    return this.engine !== undefined && this.#backup !== undefined;
  }

  /**
   * The disk is gone. The operator waits until nothing that was sent can arrive, has `clean` leave
   * nothing at the broker that works, puts the last copy in the place of the disk, and starts the
   * engine on it with the word that it was restored (X4).
   */
  restore(clean: () => void): void {
    const { checker, way, journal, timeline } = this.#parts;
    const backup = this.#backup;
    if (backup === undefined) return;
    checker.trace('the disk is gone');
    this.engine = undefined;
    checker.kernel = undefined;
    way.end();
    this.figures.machineEnds += 1;
    const restored = (): void => {
      if (!way.isQuiet) {
        timeline.after(RESTORE_US, restored);
        return;
      }
      clean();
      this.disk = backup.disk.copy();
      this.disk.watch = journal;
      journal.goBackTo(backup.journal);
      checker.goBackTo(backup.decisions);
      this.#captures.clear();
      this.#isRestored = true;
      this.boot();
    };
    timeline.after(RESTORE_US, restored);
  }

  /** When the engine wants to be called; Infinity when it does not, or is not there. */
  get due(): number {
    return this.#hasBegun ? (this.engine?.due ?? NEVER) : NEVER;
  }

  pass(): void {
    this.engine?.pass(this.#now);
    this.#planCommit();
  }

  /** The process has died of `cause`; what is no simulated death is a violation. */
  died(cause: unknown): void {
    const { checker, way, dice, timeline } = this.#parts;
    if (cause instanceof Violation || checker.violation !== undefined)
      throw checker.violation ?? cause;
    const isFatalStop = !this.#isDead && isOperating(cause);
    if (!this.#isDead && !isFatalStop) {
      const what = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
      const isRefused = cause instanceof JournalError || cause instanceof RecoveryError;
      checker.fail(isRefused ? 'recovery_refused' : 'engine_failed', what);
    }
    const { engine } = this;
    this.engine = undefined;
    checker.kernel = undefined;
    way.end();
    checker.trace(isFatalStop ? 'fatal stop' : 'death');
    if (isFatalStop) {
      this.figures.fatalStops += 1;
      this.#noteEnd(engine, String(cause));
      this.#isMachineEnd = dice.chance(0.3);
    }
    if (this.#isMachineEnd) {
      this.figures.machineEnds += 1;
      this.disk.crash((below) => dice.below(below));
    } else {
      this.figures.processEnds += 1;
      this.disk.endProcess();
    }
    this.#isDead = true;
    timeline.after(dice.between(50 * MS, 4000 * MS), () => this.boot());
  }

  /** Whoever drives an engine notes why it ended, if the disk lets it. */
  #noteEnd(engine: Engine | undefined, reason: string): void {
    if (!this.#hasBegun) return;
    try {
      engine?.fail(reason);
    } catch (error) {
      this.#parts.checker.trace(`the end was not noted: ${String(error)}`);
    }
  }
}

/** Did the disk fail, rather than the engine? */
export function isOperating(error: unknown): boolean {
  if (error instanceof JournalError) {
    return error.code === 'JOURNAL_FAILED' || error.code === 'JOURNAL_FULL';
  }
  return error instanceof Error && Reflect.get(error, 'syscall') === 'simulated';
}
