import { present } from '../model/assert.ts';
import { Encoder } from '../model/codec.ts';
import { type Input, InputKind, type QuoteInput } from '../model/inputs.ts';
import type { KernelRecord } from '../model/records.ts';
import type { InstrumentIndex, Price, Quantity, TimeUs } from '../model/units.ts';
import { crc32cOf } from './crc32c.ts';
import { type DurableToken, issueDurableToken } from './durable.ts';
import { encodeInput, encodeRecord } from './frame.ts';
import { FRAME_HEADER_BYTES, GROUP_HEADER_BYTES, sealGroup } from './group.ts';
import type { GroupStore } from './group-store.ts';
import { CUT_BYTES, type Journal } from './journal.ts';
import { type FrameFormat, RECORD_FORMATS, type RecordFormats } from './record-formats.ts';

/** It grows with the largest group; most are far smaller. */
const BUFFER_BYTES = 16 * 1024;
const CHECKED_FROM = 8;

/**
 * A journal over a store of groups: it numbers frames, gives each its checksum, gathers them into a
 * commit group, and chains the group to the one before.
 */
export class ChainedJournal implements Journal {
  readonly store: GroupStore;
  readonly #format: FrameFormat;
  /** Room for the group's header, then the facts; market data is joined behind at the commit. */
  readonly #facts = new Encoder(BUFFER_BYTES);
  readonly #market = new Encoder(BUFFER_BYTES);
  #digest: Buffer;
  #appended = 0;
  #durable = 0;
  #time = 0;
  readonly #quote: QuoteInput = {
    kind: InputKind.quote,
    instrument: 0 as InstrumentIndex,
    bid: 0 as Price,
    ask: 0 as Price,
    bidSize: 0 as Quantity,
    askSize: 0 as Quantity,
    venueTime: 0 as TimeUs,
  };

  /** `formats` are all versions of the records that this release knows. */
  constructor(store: GroupStore, formats: RecordFormats = RECORD_FORMATS) {
    this.store = store;
    this.#format = present(formats.at(store.recordVersion), 'a version that the store has checked');
    this.#digest = store.opened.digest;
    this.#appended = store.opened.frame;
    this.#durable = store.opened.frame;
    this.#facts.room(GROUP_HEADER_BYTES);
  }

  get appended(): number {
    return this.#appended;
  }
  get durable(): number {
    return this.#durable;
  }
  /** Bytes that wait for a commit. */
  get waitingBytes(): number {
    return this.#facts.length + this.#market.length - GROUP_HEADER_BYTES;
  }
  /** Digest of the last durable group, hex: what the whole journal up to here hashes to. */
  get chainHead(): string {
    return this.#digest.toString('hex');
  }

  input(input: Input, seq: number, time: number): void {
    const io = input.kind === InputKind.quote ? this.#market : this.#facts;
    const at = io.room(FRAME_HEADER_BYTES);
    encodeInput(io, input, seq, time, this.#format);
    this.#close(io, at, time);
  }

  quote(
    seq: number,
    time: number,
    instrument: number,
    bid: number,
    ask: number,
    bidSize: number,
    askSize: number,
    venueTime: number,
  ): void {
    const quote = this.#quote;
    quote.instrument = instrument as InstrumentIndex;
    quote.bid = bid as Price;
    quote.ask = ask as Price;
    quote.bidSize = bidSize as Quantity;
    quote.askSize = askSize as Quantity;
    quote.venueTime = venueTime as TimeUs;
    this.input(quote, seq, time);
  }

  record(record: KernelRecord, seq: number, time: number): void {
    const at = this.#facts.room(FRAME_HEADER_BYTES);
    encodeRecord(this.#facts, record, seq, time, this.#format);
    this.#close(this.#facts, at, time);
  }

  /** Length, checksum and number of the frame that began at `at`. */
  #close(io: Encoder, at: number, time: number): void {
    this.#appended += 1;
    this.#time = time;
    const { view, length } = io;
    view.setUint32(at, length - at - FRAME_HEADER_BYTES, true);
    view.setUint32(at + 8, this.#appended, true);
    view.setUint32(at + 4, crc32cOf(view, at + CHECKED_FROM, length), true);
  }

  commit(): DurableToken {
    const frames = this.#appended - this.#durable;
    if (frames > 0) this.#append(frames);
    return issueDurableToken(this.#durable);
  }

  cut(): void {
    if (this.waitingBytes >= CUT_BYTES) this.commit();
  }

  #append(frames: number): void {
    const facts = this.#facts;
    const firstFrame = this.#durable + 1;
    const factsBytes = facts.length - GROUP_HEADER_BYTES;
    const marketBytes = this.#market.length;
    facts.append(this.#market.bytes);
    const group = facts.bytes;
    const previous = this.#digest;
    const parts = { firstFrame, frames, factsBytes, marketBytes, previous };
    const digest = sealGroup(group, parts);
    this.store.append(group, firstFrame, digest, this.#time);
    this.#digest = digest;
    this.#durable = this.#appended;
    facts.reset();
    facts.room(GROUP_HEADER_BYTES);
    this.#market.reset();
  }
}
