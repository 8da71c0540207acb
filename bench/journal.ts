import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChainedJournal } from '../src/journal/chained-journal.ts';
import { BLOCK_BYTES, blocksOf } from '../src/journal/group.ts';
import type { GroupStore } from '../src/journal/group-store.ts';
import { LocalDisk } from '../src/journal/local-disk.ts';
import { MemoryStore } from '../src/journal/memory-store.ts';
import { DEFAULT_SEGMENTS, SegmentStore } from '../src/journal/segment-store.ts';
import { blankRecord } from '../src/model/blank-record.ts';
import { InputKind } from '../src/model/inputs.ts';
import { type KernelRecord, RecordKind } from '../src/model/records.ts';

/**
 * Figures of the journal, each beside its floor in the same run: a commit against a bare write and
 * fdatasync of the same bytes into a zero-filled file, in turns, so that both meet the same disk.
 */

const TURNS = 3000;
const WARM_UP = 200;

function decided(kind: number): KernelRecord {
  const record = blankRecord(kind);
  if (record === undefined) throw new Error(`no record of kind ${kind}`);
  return record;
}

const DECISION = decided(RecordKind.decision);
const INTENT = decided(RecordKind.intent);

function turn(journal: ChainedJournal, seq: number, decisions: number): void {
  journal.input({ kind: InputKind.boundary }, seq, seq);
  for (let i = 0; i < decisions; i += 1) {
    journal.record(DECISION, seq, seq);
    journal.record(INTENT, seq, seq);
  }
}

/** A store that notes the bytes of the last group. */
class Measured implements GroupStore {
  readonly #store: GroupStore;
  last: Uint8Array = new Uint8Array(0);

  constructor(store: GroupStore) {
    this.#store = store;
  }
  get journalId(): string {
    return this.#store.journalId;
  }
  get opened(): GroupStore['opened'] {
    return this.#store.opened;
  }
  get tailCut(): GroupStore['tailCut'] {
    return this.#store.tailCut;
  }
  get inReserve(): boolean {
    return this.#store.inReserve;
  }
  append(group: Uint8Array, firstFrame: number, digest: Buffer, time: number): void {
    this.last = group.slice();
    this.#store.append(group, firstFrame, digest, time);
  }
  prepare(): void {
    this.#store.prepare();
  }
  read(...call: Parameters<GroupStore['read']>): void {
    this.#store.read(...call);
  }
  close(): void {
    this.#store.close();
  }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** A file like a segment, for the floor. */
function zeroFilled(path: string): number {
  const fd = openSync(path, 'w');
  const zeros = new Uint8Array(1024 * 1024);
  for (let at = 0; at < DEFAULT_SEGMENTS.segmentBytes; at += zeros.length) writeSync(fd, zeros);
  fdatasyncSync(fd);
  return fd;
}

function commitFigures(directory: string, decisions: number): void {
  const store = new Measured(new SegmentStore(new LocalDisk(), directory, 0));
  const journal = new ChainedJournal(store);
  const bare: number[] = [];
  const ours: number[] = [];
  const path = join(directory, 'floor');
  let fd = zeroFilled(path);
  let at = BLOCK_BYTES;
  for (let n = 0; n < TURNS + WARM_UP; n += 1) {
    const began = performance.now();
    turn(journal, n + 1, decisions);
    journal.commit();
    const done = performance.now();
    store.prepare();
    if (at + store.last.length > DEFAULT_SEGMENTS.segmentBytes) {
      closeSync(fd);
      fd = zeroFilled(path);
      at = BLOCK_BYTES;
    }
    const floor = performance.now();
    writeSync(fd, store.last, 0, store.last.length, at);
    fdatasyncSync(fd);
    const floorDone = performance.now();
    at += blocksOf(store.last.length);
    if (n < WARM_UP) continue;
    ours.push((done - began) * 1000);
    bare.push((floorDone - floor) * 1000);
  }
  const p50 = quantile(ours, 0.5);
  const p99 = quantile(ours, 0.99);
  const ratio50 = (p50 / quantile(bare, 0.5)).toFixed(2);
  const ratio99 = (p99 / quantile(bare, 0.99)).toFixed(2);
  const mean = ours.reduce((sum, one) => sum + one, 0) / ours.length;
  const rate = Math.round((decisions * 1e6) / mean);
  const what = `${decisions} decisions a turn (${store.last.length} B)`;
  const half = `p50 ${p50.toFixed(0)} µs = ${ratio50} of the bare write and sync`;
  const most = `p99 ${p99.toFixed(0)} µs = ${ratio99} of its p99`;
  process.stdout.write(`${what}: ${half}, ${most}; ${rate} durable/s\n`);
  store.close();
}

function encodingFigure(): void {
  const journal = new ChainedJournal(new MemoryStore(0));
  const rounds: number[] = [];
  for (let round = 0; round < 50; round += 1) {
    const began = performance.now();
    for (let n = 0; n < 200; n += 1) turn(journal, n, 50);
    rounds.push(((performance.now() - began) * 1e6) / (200 * 101));
    journal.commit();
  }
  process.stdout.write(`encoding with checksum: ${quantile(rounds, 0.5).toFixed(0)} ns a record\n`);
}

const directory = mkdtempSync(join(process.env['TIYF_BENCH_DIRECTORY'] ?? tmpdir(), 'tiyf-bench-'));
try {
  encodingFigure();
  for (const decisions of [1, 128]) commitFigures(mkdtempSync(join(directory, 'j')), decisions);
} finally {
  rmSync(directory, { recursive: true });
}
