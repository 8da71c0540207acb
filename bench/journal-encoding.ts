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

/** A call that an engine made to its journal; quotes have their row instead of an object. */
interface Call {
  readonly quote: Parameters<Journal['quote']> | undefined;
  readonly input: Input | undefined;
  readonly record: KernelRecord | undefined;
  readonly seq: number;
  readonly time: number;
}

function replay(journal: Journal, calls: readonly Call[]): void {
  for (const { quote, input, record, seq, time } of calls) {
    if (record !== undefined) journal.record(record, seq, time);
    else if (input !== undefined) journal.input(input, seq, time);
    else if (quote !== undefined) {
      journal.quote(seq, time, quote[2], quote[3], quote[4], quote[5], quote[6], time);
    }
  }
}

/** Keeps what an engine journals, to journal it again: its own objects, as it made them. */
class Captured implements Journal {
  readonly calls: Call[] = [];
  get appended(): number {
    return this.calls.length;
  }
  get durable(): number {
    return this.calls.length;
  }
  input(input: Input, seq: number, time: number): void {
    this.calls.push({ quote: undefined, input, record: undefined, seq, time });
  }
  record(record: KernelRecord, seq: number, time: number): void {
    this.calls.push({ quote: undefined, input: undefined, record, seq, time });
  }
  quote(...quote: Parameters<Journal['quote']>): void {
    const [seq, time] = quote;
    this.calls.push({ quote, input: undefined, record: undefined, seq, time });
  }
  cut(): void {
    // Groups are cut by whoever journals it again.
  }
  commit(): DurableToken {
    return issueDurableToken(this.calls.length);
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
      replay(journal, calls);
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
  const { encode: encodeNs, seal: sealNs } = timesOf(captured.calls);
  const bytes = bytesAFrame;
  return {
    encodeNs,
    sealNs,
    bytes,
    recordNs: timesOf(captured.calls.filter(({ quote }) => quote === undefined)).encode,
  };
}
