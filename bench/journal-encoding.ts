import { ChainedJournal } from '../src/journal/chained-journal.ts';
import { type DurableToken, issueDurableToken } from '../src/journal/durable.ts';
import type { Journal } from '../src/journal/journal.ts';
import { MemoryStore } from '../src/journal/memory-store.ts';
import type { Input } from '../src/model/inputs.ts';
import type { KernelRecord } from '../src/model/records.ts';
import { createOrderEngine, runEngine } from './engine-loop.ts';
import { type Figures, median } from './fresh-process.ts';
import { randomWalkTape } from './tape.ts';

/** An order at each fourth quote: four quotes, three inputs and six records an order. */
const QUOTES_AN_ORDER = 4;
const QUOTES = 600;
const ROUNDS = 600;

type Call = (journal: Journal) => void;

/** Keeps what an engine journals, to journal it again: its own objects, as it made them. */
class Captured implements Journal {
  readonly quotes: Call[] = [];
  readonly others: Call[] = [];
  readonly all: Call[] = [];
  get appended(): number {
    return this.all.length;
  }
  get durable(): number {
    return this.all.length;
  }
  #keep(kind: Call[], call: Call): void {
    kind.push(call);
    this.all.push(call);
  }
  input(input: Input, seq: number, time: number): void {
    this.#keep(this.others, (journal) => journal.input(input, seq, time));
  }
  record(record: KernelRecord, seq: number, time: number): void {
    this.#keep(this.others, (journal) => journal.record(record, seq, time));
  }
  quote(...[seq, time, k, bid, ask, bidSize, askSize]: Parameters<Journal['quote']>): void {
    this.#keep(this.quotes, (to) => to.quote(seq, time, k, bid, ask, bidSize, askSize));
  }
  cut(): void {
    // Groups are cut by whoever journals it again.
  }
  commit(): DurableToken {
    return issueDurableToken(this.all.length);
  }
}

/**
 * Nanoseconds to encode a frame with its checksum, as an engine makes them order after order, and
 * what sealing the group (its digests) adds to each.
 */
export async function encoding(): Promise<Figures> {
  const captured = new Captured();
  runEngine(createOrderEngine(QUOTES_AN_ORDER, captured), randomWalkTape(QUOTES, 1));
  const journal = new ChainedJournal(new MemoryStore(0));
  const timesOf = (calls: readonly Call[]): { readonly encode: number; readonly seal: number } => {
    const encode: number[] = [];
    const seal: number[] = [];
    let bytes = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const began = performance.now();
      for (const call of calls) call(journal);
      const encoded = performance.now();
      bytes = journal.waitingBytes;
      journal.commit();
      encode.push(((encoded - began) * 1e6) / calls.length);
      seal.push(((performance.now() - encoded) * 1e6) / calls.length);
    }
    bytesAFrame = bytes / calls.length;
    return { encode: median(encode), seal: median(seal) };
  };
  let bytesAFrame = 0;
  const { encode: encodeNs, seal: sealNs } = timesOf(captured.all);
  const bytes = bytesAFrame;
  return { encodeNs, sealNs, bytes, recordNs: timesOf(captured.others).encode };
}
