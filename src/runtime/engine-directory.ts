import { join } from 'node:path';
import { ChainedJournal } from '../journal/chained-journal.ts';
import type { Disk } from '../journal/disk.ts';
import { JournalError } from '../journal/journal-error.ts';
import { KEEP_EVERYTHING, type Retention } from '../journal/retention.ts';
import { ARCHIVE_FOLDER } from '../journal/segment-files.ts';
import { DEFAULT_SEGMENTS, type SegmentOptions, SegmentStore } from '../journal/segment-store.ts';
import { DirectWriter, SnapshotStore, type SnapshotWriter } from '../journal/snapshot-store.ts';
import type { KernelConfig } from '../kernel/config.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { RecordSink } from '../kernel/recorder.ts';
import { TradingState } from '../model/gate.ts';
import {
  type AccountBinding,
  type Configured,
  InputKind,
  type StrategiesReset,
  StrategyReset,
} from '../model/inputs.ts';
import type { TimeUs } from '../model/units.ts';
import { FanOut } from './fan-out.ts';
import { JournalKeeper, type JournalUpkeep } from './journal-keeper.ts';
import { KillLatch, type Latch } from './kill-latch.ts';
import { type LastStop, StopNote } from './last-stop.ts';
import type { LogPort } from './ports.ts';
import {
  type Companion,
  type Recovery,
  recover,
  type StrategyPolicy,
  stateParts,
} from './recover.ts';

/** What an engine's directory is opened with. */
export interface DirectoryParts {
  readonly disk: Disk;
  /** It exists, with `journal` and `snapshots` in it, and nobody else writes there. */
  readonly directory: string;
  readonly kernel: KernelConfig;
  readonly configured: Configured;
  /** Earlier configurations by hash, for a tail that was decided under one of them. */
  readonly earlier?: ReadonlyMap<string, KernelConfig>;
  readonly binding: AccountBinding;
  readonly policy?: StrategyPolicy;
  readonly log: LogPort;
  /** Further takers of records: metrics, hashes. */
  readonly sinks: readonly RecordSink[];
  readonly segments?: SegmentOptions;
  /** What becomes of sealed segments; left out, they are packed and kept. */
  readonly retention?: Retention;
  /** Frames after which a snapshot is taken. */
  readonly snapshotEvery?: number;
  /** Writes snapshots while the engine runs; left out, at once. */
  readonly writer?: SnapshotWriter;
  /** The books that live with the engine: those of an embedded venue. */
  readonly companionOf?: (kernel: Kernel, configHash: string) => Companion;
}

const SNAPSHOT_EVERY = 200_000;

/** Directories of an engine, below its own. */
export const DIRECTORY_PARTS = [join('journal', ARCHIVE_FOLDER), 'snapshots'] as const;

/**
 * An engine's directory, open: its journal, its snapshots, how it ended last, and the state that
 * was rebuilt from them.
 */
export class EngineDirectory {
  readonly kernel: Kernel;
  readonly companion: Companion | undefined;
  readonly journal: ChainedJournal;
  readonly recovery: Recovery;
  readonly lastStop: LastStop | undefined;
  /** A kill that was left while no engine ran (X23). */
  readonly killed: Latch | undefined;
  readonly #parts: DirectoryParts;
  readonly #store: SegmentStore;
  readonly #snapshots: SnapshotStore;
  readonly #direct: DirectWriter;
  readonly #note: StopNote;
  readonly #keeper: JournalKeeper;
  readonly #latch: KillLatch;
  #snapshotAt = 0;

  /**
   * Opens the journal and rebuilds the state. Throws `JournalError` and `RecoveryError`; nothing of
   * what was there is lost by it.
   */
  constructor(parts: DirectoryParts, now: TimeUs) {
    const { disk, directory, sinks, segments } = parts;
    this.#parts = parts;
    this.#direct = new DirectWriter(disk);
    // Before anything else: whatever is found below, the engine was killed.
    this.#latch = new KillLatch(disk, directory);
    this.killed = this.#latch.take();
    this.#note = new StopNote(disk, directory);
    this.lastStop = this.#note.read();
    this.#snapshots = new SnapshotStore(disk, join(directory, 'snapshots'));
    const journal = join(directory, 'journal');
    this.#checkComplete(journal);
    this.#store = new SegmentStore(disk, journal, now, segments ?? DEFAULT_SEGMENTS);
    this.#keeper = new JournalKeeper({
      disk,
      directory: journal,
      retention: parts.retention ?? KEEP_EVERYTHING,
      store: this.#store,
      snapshots: this.#snapshots,
      log: parts.log,
    });
    try {
      this.journal = new ChainedJournal(this.#store);
      const { kernel, companion, recovery } = recover({
        store: this.#store,
        snapshots: this.#snapshots,
        kernel: parts.kernel,
        configured: parts.configured,
        earlier: parts.earlier ?? new Map(),
        policy: parts.policy ?? { kind: 'continue' },
        sink: new FanOut([this.journal, ...sinks]),
        companionOf: parts.companionOf,
      });
      this.kernel = kernel;
      this.companion = companion;
      this.recovery = recovery;
      this.#checkBinding();
    } catch (error) {
      this.#store.close();
      throw error;
    }
    this.#snapshotAt = this.journal.appended;
    this.#report();
  }

  /** Snapshots whose journal is gone: to begin anew would forget what was sent. */
  #checkComplete(journalDirectory: string): void {
    const { disk, directory } = this.#parts;
    const isEmpty = !disk.list(journalDirectory).some((name) => name.includes('.log'));
    if (!isEmpty || this.#snapshots.names().length === 0) return;
    const text = `${directory}: there are snapshots and no journal; restore it, or begin elsewhere`;
    throw new JournalError('JOURNAL_MISSING', text);
  }

  #checkBinding(): void {
    const { binding } = this.kernel.book;
    if (!this.recovery.known) return;
    const wanted = words(this.#parts.binding);
    const found = binding === undefined ? 'no account' : words(binding);
    if (found === wanted) return;
    const text = `${this.#parts.directory} is of ${found}, not of ${wanted}`;
    throw new JournalError('JOURNAL_FOREIGN', text);
  }

  #report(): void {
    const { log } = this.#parts;
    const { passedOver, tailCut, lostTail, divergence, frames, snapshot } = this.recovery;
    for (const reason of passedOver) log.error({ code: 'SNAPSHOT_PASSED_OVER' }, reason);
    if (divergence !== undefined) {
      log.warn({ ...divergence }, 'a strategy decides otherwise than the journal says it did');
    }
    if (tailCut !== undefined) {
      log.error({ ...tailCut, code: 'TAIL_CUT' }, 'the end of the journal was cut off');
    }
    if (lostTail) log.error({ code: 'TAIL_LOST' }, 'a snapshot reaches beyond the journal');
    if (this.recovery.known) log.info({ frames, snapshot }, 'the state was rebuilt');
  }

  /** Only what must pass is journaled any more: the disk has no room for another segment (X23). */
  get inReserve(): boolean {
    return this.#store.inReserve;
  }

  /** What of the journal's end may have been sent and is not in the state (§9). */
  get lostEnd(): boolean {
    return this.recovery.tailCut !== undefined || this.recovery.lostTail;
  }

  /** Why the next life takes no new risk until somebody says so; empty for no reason (X23). */
  get latched(): string {
    if (this.kernel.book.tradingState !== TradingState.active) return '';
    if (this.lastStop?.clean === false) return `the last stop was fatal: ${this.lastStop.reason}`;
    if (this.lostEnd) return 'the end of the journal was lost: orders may have been sent by it';
    return '';
  }

  /** The operator's word on the strategies, as an input, where it made a difference. */
  get strategiesReset(): StrategiesReset | undefined {
    const { policy } = this.#parts;
    const { strategies } = this.recovery;
    const differs = strategies === 'fresh' || strategies === 'none';
    if (policy === undefined || policy.kind === 'continue' || !differs) return undefined;
    const reset = strategies === 'fresh' ? StrategyReset.fresh : StrategyReset.none;
    return { kind: InputKind.strategiesReset, reset, by: policy.by, reason: policy.reason };
  }

  /**
   * Between turns: room for the next segment is made, and a snapshot taken when one is due. `idle`:
   * nothing waits, and a step of keeping sealed segments may be made; not while a snapshot is on
   * its way, by which is judged what a start may need.
   */
  tend(idle = false): void {
    this.#store.prepare();
    if (idle && !this.#writer.busy) this.#keeper.tend(this.kernel.book.time);
    const { appended } = this.journal;
    const every = this.#parts.snapshotEvery ?? SNAPSHOT_EVERY;
    if (appended - this.#snapshotAt >= every) this.snapshotBehind();
  }

  /** Begins a snapshot of now; none where one is still being written. */
  snapshotBehind(): void {
    if (!this.#writer.busy) this.#snapshot(this.#writer);
  }

  get #writer(): SnapshotWriter {
    return this.#parts.writer ?? this.#direct;
  }

  /** What stands of the journal, and how its upkeep goes. */
  get upkeep(): JournalUpkeep {
    return this.#keeper.status;
  }

  /** Takes a snapshot now; it stands when this returns. */
  snapshot(): void {
    this.#snapshot(this.#direct);
  }

  #snapshot(writer: SnapshotWriter): void {
    this.journal.commit();
    const { kernel, companion, journal } = this;
    const { kernel: config, configured } = this.#parts;
    const parts = stateParts(config, { kernel, companion }, kernel.runsStrategies);
    const { journalId } = this.#store;
    const { seq, time } = kernel.book;
    const [frame, chainHead] = [journal.durable, journal.chainHead];
    const snapshot = { journalId, frame, chainHead, seq, time, configured, parts };
    this.#snapshots.write(snapshot, writer, this.#keeper.droppedEnds());
    this.#snapshotAt = frame;
  }

  /** The start is durable: how the last life ended is told no more. */
  begun(): void {
    this.#note.clear();
    this.#latch.clear();
  }

  /** A kill that was left since; `clearLatch` when what it says is durable. */
  takeLatch(): Latch | undefined {
    return this.#latch.take();
  }

  clearLatch(): void {
    this.#latch.clear();
  }

  /** Notes how this life ends. */
  note(stop: LastStop): void {
    this.#note.write(stop);
  }

  close(): void {
    this.#store.close();
  }
}

function words({ venue, environment, account, currency }: AccountBinding): string {
  return `${environment} account ${account} at ${venue} in ${currency}`;
}
