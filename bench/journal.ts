import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChainedJournal } from '../src/journal/chained-journal.ts';
import type { DurableToken } from '../src/journal/durable.ts';
import type { GroupStore } from '../src/journal/group-store.ts';
import type { Journal } from '../src/journal/journal.ts';
import { LocalDisk } from '../src/journal/local-disk.ts';
import { SegmentStore } from '../src/journal/segment-store.ts';
import { TapeJournal } from '../src/journal/tape-journal.ts';
import type { Input } from '../src/model/inputs.ts';
import { type KernelRecord, RecordKind } from '../src/model/records.ts';
import { BareFile, quantile } from './bare-file.ts';
import { createBurstEngine, createEngine, runEngine } from './engine-loop.ts';
import type { Figures } from './fresh-process.ts';
import { randomWalkTape } from './tape.ts';

/**
 * Figures of the journal, each beside its floor in the same run: a commit against a bare write and
 * fdatasync of the same bytes into a zero-filled file, in turns, so that both meet the same disk.
 */

const WARM_UP = 200;
/** Quotes between two turns of decisions: room for the venue's answers and fills. */
const QUOTES_A_TURN = 4;

function inDirectory<T>(act: (directory: string) => T): T {
  const base = process.env['TIYF_BENCH_DIRECTORY'] ?? tmpdir();
  const directory = mkdtempSync(join(base, 'tiyf-bench-'));
  try {
    return act(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/**
 * The journal of a running engine. A turn is timed from its first decision, and from the quote that
 * it was made from, until it is durable. Then the same bytes go to the bare file.
 */
class TimedJournal implements Journal {
  readonly #journal: ChainedJournal;
  readonly #bare: BareFile;
  #last: Uint8Array = new Uint8Array(0);
  #quoteAt = 0;
  #decidedAt = 0;
  /** Milliseconds a turn: from the quote, from the decision, and bare. */
  readonly turns: number[] = [];
  readonly ours: number[] = [];
  readonly floor: number[] = [];
  bytes = 0;

  constructor(store: GroupStore, bare: BareFile) {
    const append = store.append.bind(store);
    store.append = (group, ...rest) => {
      this.#last = group;
      append(group, ...rest);
    };
    this.#journal = new ChainedJournal(store);
    this.#bare = bare;
  }

  get appended(): number {
    return this.#journal.appended;
  }
  get durable(): number {
    return this.#journal.durable;
  }
  quote(...call: Parameters<Journal['quote']>): void {
    this.#quoteAt = performance.now();
    this.#journal.quote(...call);
  }
  input(input: Input, seq: number, time: number): void {
    this.#journal.input(input, seq, time);
  }
  record(record: KernelRecord, seq: number, time: number): void {
    if (record.kind === RecordKind.decision && this.#decidedAt === 0) {
      this.#decidedAt = performance.now();
    }
    this.#journal.record(record, seq, time);
  }
  cut(): void {
    this.#journal.cut();
  }
  commit(): DurableToken {
    const token = this.#journal.commit();
    const now = performance.now();
    if (this.#decidedAt === 0) return token;
    this.ours.push(now - this.#decidedAt);
    this.turns.push(now - this.#quoteAt);
    this.#decidedAt = 0;
    this.#journal.store.prepare();
    this.floor.push(this.#bare.timed(this.#last));
    this.bytes = this.#last.length;
    return token;
  }
}

/** Turns of `decisions` decisions through kernel, gates and journal, on a disk. */
function turns(decisions: number, count: number): Figures {
  return inDirectory((directory) => {
    const store = new SegmentStore(new LocalDisk(), directory, 0);
    const bare = new BareFile(join(directory, 'floor'));
    const journal = new TimedJournal(store, bare);
    const engine = createBurstEngine(decisions, QUOTES_A_TURN, journal);
    runEngine(engine, randomWalkTape((count + WARM_UP) * QUOTES_A_TURN, 1));
    const ours = journal.ours.slice(-count);
    const floor = journal.floor.slice(-count);
    const all = journal.turns.slice(-count).reduce((sum, one) => sum + one, 0);
    store.close();
    bare.close();
    return {
      p50Us: quantile(ours, 0.5) * 1000,
      p99Us: quantile(ours, 0.99) * 1000,
      ratio50: quantile(ours, 0.5) / quantile(floor, 0.5),
      ratio99: quantile(ours, 0.99) / quantile(floor, 0.99),
      bytes: journal.bytes,
      perSecond: (decisions * count * 1000) / all,
    };
  });
}

export async function turnOfOne(): Promise<Figures> {
  return turns(1, 3000);
}

export async function turnOfMany(): Promise<Figures> {
  return turns(128, 1000);
}

const QUOTES = 5_000_000;
/** As `src/backtest/journal-output.ts` makes them. */
const BACKTEST_SEGMENTS = { segmentBytes: 4 * 1024 * 1024, ageMaxUs: Number.POSITIVE_INFINITY };

/** What a backtest takes with its journal on, as a share of one without: time, processor time. */
export async function journaledBacktest(): Promise<Figures> {
  const tape = randomWalkTape(QUOTES, 8);
  const timed = (journal?: TapeJournal): { readonly ms: number; readonly cpu: number } => {
    const engine = createEngine(8, true, journal);
    const cpu = process.cpuUsage();
    const began = performance.now();
    runEngine(engine, tape);
    journal?.finish();
    const ms = performance.now() - began;
    const { user, system } = process.cpuUsage(cpu);
    return { ms, cpu: user + system };
  };
  timed();
  const before = timed();
  const on = inDirectory((directory) => {
    const store = new SegmentStore(new LocalDisk(), directory, 0, BACKTEST_SEGMENTS);
    return timed(new TapeJournal(new ChainedJournal(store)));
  });
  const after = timed();
  return {
    share: (2 * on.ms) / (before.ms + after.ms),
    cpuShare: (2 * on.cpu) / (before.cpu + after.cpu),
  };
}
