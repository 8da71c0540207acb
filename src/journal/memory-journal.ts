import { Encoder } from '../model/codec.ts';
import { type Input, InputKind, type QuoteInput } from '../model/inputs.ts';
import type { KernelRecord } from '../model/records.ts';
import type { InstrumentIndex, Price, Quantity, TimeUs } from '../model/units.ts';
import { type DurableToken, issueDurableToken } from './durable.ts';
import { encodeInput, encodeRecord } from './frame.ts';
import type { Journal } from './journal.ts';

interface Group {
  readonly bytes: Uint8Array;
  readonly frames: number;
}

/**
 * A journal in memory, with the record format of one on disk: as durable as the process. It keeps
 * the newest groups up to a bound; older ones are dropped and counted.
 */
export class MemoryJournal implements Journal {
  readonly #keepBytes: number = 0;
  readonly #encoder = new Encoder(64 * 1024);
  #groups: Group[] = [];
  #keptBytes = 0;
  #droppedFrames = 0;
  #appended = 0;
  #durable = 0;
  readonly #quote: QuoteInput = {
    kind: InputKind.quote,
    instrument: 0 as InstrumentIndex,
    bid: 0 as Price,
    ask: 0 as Price,
    bidSize: 0 as Quantity,
    askSize: 0 as Quantity,
    venueTime: 0 as TimeUs,
  };

  /** `keepBytes` bounds what is kept of committed groups. */
  constructor(keepBytes: number) {
    this.#keepBytes = keepBytes;
  }

  get appended(): number {
    return this.#appended;
  }
  get durable(): number {
    return this.#durable;
  }
  get droppedFrames(): number {
    return this.#droppedFrames;
  }
  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** Committed groups that are still kept, oldest first. */
  groups(): readonly Uint8Array[] {
    return this.#groups.map((group) => group.bytes);
  }

  input(input: Input, seq: number, time: number): void {
    encodeInput(this.#encoder, input, seq, time);
    this.#appended += 1;
  }

  quote(
    seq: number,
    time: number,
    instrument: number,
    bid: number,
    ask: number,
    bidSize: number,
    askSize: number,
  ): void {
    const quote = this.#quote;
    quote.instrument = instrument as InstrumentIndex;
    quote.bid = bid as Price;
    quote.ask = ask as Price;
    quote.bidSize = bidSize as Quantity;
    quote.askSize = askSize as Quantity;
    quote.venueTime = time as TimeUs;
    this.input(quote, seq, time);
  }

  record(record: KernelRecord, seq: number, time: number): void {
    encodeRecord(this.#encoder, record, seq, time);
    this.#appended += 1;
  }

  commit(): DurableToken {
    const frames = this.#appended - this.#durable;
    if (frames > 0) {
      const bytes = this.#encoder.bytes.slice();
      this.#encoder.reset();
      this.#groups.push({ bytes, frames });
      this.#keptBytes += bytes.length;
      this.#dropOld();
    }
    this.#durable = this.#appended;
    return issueDurableToken(this.#durable);
  }

  #dropOld(): void {
    let dropped = 0;
    for (const group of this.#groups) {
      if (this.#keptBytes <= this.#keepBytes) break;
      this.#keptBytes -= group.bytes.length;
      this.#droppedFrames += group.frames;
      dropped += 1;
    }
    if (dropped > 0) this.#groups = this.#groups.slice(dropped);
  }
}
