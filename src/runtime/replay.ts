import { encodeRecord } from '../journal/frame.ts';
import { type GroupHeader, readFrames } from '../journal/group.ts';
import { JournalError } from '../journal/journal-error.ts';
import { frameAt, readFrame } from '../journal/read-frame.ts';
import { RECORD_FORMATS } from '../journal/record-formats.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { RecordSink } from '../kernel/recorder.ts';
import { StrategyError } from '../kernel/strategy/guard.ts';
import { assert } from '../model/assert.ts';
import { Decoder, Encoder } from '../model/codec.ts';
import { type AppliedInput, type Configured, type Input, InputKind } from '../model/inputs.ts';
import { type KernelRecord, RecordKind } from '../model/records.ts';
import type { TimeUs } from '../model/units.ts';
import { RecoveryError } from './recovery-error.ts';

/** Kinds of decided records start here. */
const FIRST_RECORD_KIND = RecordKind.decision;
const NO_FRAME = -1;

/** Where what is decided anew differs from the journal for the first time. */
export interface Divergence {
  /** Number of the frame. */
  readonly frame: number;
  /** Names of the kinds: what the journal has there, and what was decided now. */
  readonly journaled: string;
  readonly decided: string;
}

/** What follows the journal beside the kernel: the books of an embedded venue. */
export interface Follower {
  /** An input that is no quote is about to be applied. */
  input(input: AppliedInput, time: TimeUs): void;
  /** A quote of this time is about to be applied. */
  quoting(time: TimeUs): void;
  /** The board has a new quote of the instrument. */
  quoted(k: number): void;
  /** A record of the input in force. */
  decided(record: KernelRecord): void;
  /** The journal is at its end. */
  end(): void;
}

class Diverged extends Error {}

/** A frame from which on another configuration is in force. */
export interface Changed {
  readonly frame: number;
  readonly configured: Configured;
}

function kindName(kind: number): string {
  const all = Object.entries({ ...InputKind, ...RecordKind });
  return all.find(([, number]) => number === kind)?.[0] ?? `kind ${kind}`;
}

/**
 * Applies journaled frames to a kernel. *Deciding anew*, it lets the kernel decide from each input
 * and compares every record with the journal's, to the byte; the kernel's sink must be this
 * replay. *Folding*, it applies inputs and records as they stand, and strategies hear nothing (X1).
 */
export class Replay implements RecordSink {
  readonly #kernel: Kernel;
  readonly #decides: boolean;
  readonly #follower: Follower | undefined;
  readonly #scratch = new Encoder(4096);
  #group: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #decoder = new Decoder(new Uint8Array(0));
  #firstFrame = 0;
  /** Where the frames of the group stand, pairs of offsets. */
  #bounds: number[] = [];
  #at = 0;
  #divergence: Divergence | undefined;
  #changed: Changed | undefined;
  readonly #configHash: string;
  /** Frames applied. */
  frames = 0;

  /** `configHash`: of the configuration that the kernel is built from. */
  constructor(
    kernel: Kernel,
    decides: boolean,
    follower: Follower | undefined,
    configHash: string,
  ) {
    this.#kernel = kernel;
    this.#decides = decides;
    this.#follower = follower;
    this.#configHash = configHash;
  }

  get divergence(): Divergence | undefined {
    return this.#divergence;
  }

  /**
   * Applies the frames of a group from number `from` on. `diverged`: what was decided differs, and
   * the kernel is of no use. Stops before a change of configuration and returns it.
   */
  group(group: Uint8Array, header: GroupHeader, from: number): 'applied' | 'diverged' | Changed {
    this.#open(group, header, from);
    while (this.#at < this.#bounds.length) {
      try {
        this.#next();
      } catch (error) {
        // A strategy's callback wraps what is thrown within it.
        if (this.#divergence !== undefined) return 'diverged';
        if (!this.#decides || !(error instanceof StrategyError)) throw error;
        this.#differs('an error of the strategy');
        return 'diverged';
      }
      if (this.#changed !== undefined) return this.#changed;
    }
    return 'applied';
  }

  #open(group: Uint8Array, header: GroupHeader, from: number): void {
    if (header.marketDropped) {
      const { firstFrame } = header;
      const text = `market data of frame ${firstFrame} was dropped: a snapshot behind it is needed`;
      throw new RecoveryError('SNAPSHOT_MISSING', text);
    }
    this.#group = group;
    this.#view = new DataView(group.buffer, group.byteOffset, group.byteLength);
    this.#decoder = new Decoder(group);
    this.#bounds = [];
    this.#at = 0;
    this.#firstFrame = Math.max(header.firstFrame, from);
    const whole = readFrames(group, header, (number, _, start, end) => {
      if (number >= from) this.#bounds.push(start, end);
    });
    if (!whole) throw new JournalError('JOURNAL_DAMAGED', 'a group is not what it was');
  }

  /** Number of the frame here. */
  get #number(): number {
    return this.#firstFrame + this.#at / 2;
  }

  get #kind(): number {
    const start = this.#bounds[this.#at];
    return start === undefined ? NO_FRAME : (this.#group[start] as number);
  }

  #next(): void {
    const kind = this.#kind;
    if (kind === InputKind.quote) this.#quote();
    else if (kind >= FIRST_RECORD_KIND) this.#record();
    else this.#input();
  }

  #read(): ReturnType<typeof readFrame> {
    const start = this.#bounds[this.#at] as number;
    this.#decoder.seek(start);
    const frame = frameAt(`frame ${this.#number}`, () => readFrame(this.#decoder));
    const end = this.#bounds[this.#at + 1] as number;
    if (this.#decoder.offset !== end) {
      throw new JournalError('JOURNAL_DAMAGED', `frame ${this.#number} has bytes left over`);
    }
    this.#advance();
    return frame;
  }

  #advance(): void {
    this.#at += 2;
    this.frames += 1;
  }

  #int(at: number): number {
    return this.#view.getInt32(at + 4, true) * 4_294_967_296 + this.#view.getUint32(at, true);
  }

  /** Reads a quote's fields in place: most frames are quotes. */
  #quote(): void {
    const at = (this.#bounds[this.#at] as number) + 2;
    const { book } = this.#kernel;
    const time = this.#int(at + 8);
    const k = this.#view.getUint16(at + 16, true);
    const [bid, ask] = [this.#int(at + 18), this.#int(at + 26)];
    const [bidSize, askSize] = [this.#int(at + 34), this.#int(at + 42)];
    const venueTime = this.#int(at + 50);
    this.#follower?.quoting(time as TimeUs);
    book.clock[0] = time;
    book.seq = this.#int(at);
    this.#advance();
    if (this.#decides) {
      this.#kernel.quoteMade(venueTime, k, bid, ask, bidSize, askSize);
      this.#turnEnds();
    } else {
      book.market.quoting(venueTime);
      book.quote(k, bid, ask, bidSize, askSize);
    }
    this.#follower?.quoted(k);
  }

  #input(): void {
    const number = this.#number;
    const frame = this.#read();
    assert(frame.what === 'input', 'kinds below the first record are inputs');
    const input = applied(frame.input);
    if (input.kind === InputKind.configured && input.configHash !== this.#configHash) {
      this.frames -= 1;
      this.#changed = { frame: number, configured: input };
      return;
    }
    if (this.#decides && input.kind === InputKind.strategiesReset) {
      this.#divergence = { frame: number, journaled: 'strategiesReset', decided: 'nothing' };
      throw new Diverged();
    }
    this.#follower?.input(input, frame.time as TimeUs);
    const { book } = this.#kernel;
    book.clock[0] = frame.time;
    book.seq = frame.seq;
    if (!this.#decides) {
      this.#kernel.fold(input);
      return;
    }
    this.#kernel.apply(input);
    this.#turnEnds();
  }

  /** What was decided is what the journal has: no more of its records may be left. */
  #turnEnds(): void {
    this.#kernel.effects.length = 0;
    if (this.#kind < FIRST_RECORD_KIND) return;
    this.#differs('nothing');
    throw new Diverged();
  }

  #record(): void {
    assert(!this.#decides, 'records are consumed by their input');
    const frame = this.#read();
    assert(frame.what === 'record', 'a kind of record');
    this.#kernel.foldRecord(frame.record);
    this.#follower?.decided(frame.record);
  }

  /** A record decided anew: it must be the next frame, to the byte. */
  record(record: KernelRecord, seq: number, time: number): void {
    const scratch = this.#scratch;
    scratch.reset();
    const start = this.#bounds[this.#at] ?? 0;
    // In the version that the frame here is written in, which may be an earlier one (X33).
    const format = RECORD_FORMATS.at(this.#group[start + 1] as number);
    encodeRecord(scratch, record, seq, time, format);
    const end = this.#bounds[this.#at + 1] ?? 0;
    if (!sameBytes(scratch.buffer, scratch.length, this.#group, start, end)) {
      this.#differs(kindName(record.kind));
      throw new Diverged();
    }
    this.#advance();
    this.#follower?.decided(record);
  }

  #differs(decided: string): void {
    const kind = this.#kind;
    const journaled = kind >= FIRST_RECORD_KIND ? kindName(kind) : 'nothing';
    this.#divergence ??= { frame: this.#number, journaled, decided };
  }
}

function sameBytes(
  ours: Uint8Array,
  length: number,
  theirs: Uint8Array,
  start: number,
  end: number,
): boolean {
  if (end - start !== length) return false;
  for (let i = 0; i < length; i++) if (ours[i] !== theirs[start + i]) return false;
  return true;
}

function applied(input: Input): AppliedInput {
  if (input.kind === InputKind.quotes || input.kind === InputKind.quote) {
    throw new JournalError('JOURNAL_FOREIGN', 'it is the journal of a backtest');
  }
  return input;
}
