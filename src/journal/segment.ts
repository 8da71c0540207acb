import {
  CodecError,
  type Decoder,
  Encoder,
  type FieldIo,
  Decoder as Reader,
} from '../model/codec.ts';
import { crc32c } from './crc32c.ts';
import {
  BLOCK_BYTES,
  blocksOf,
  type GroupHeader,
  groupBytes,
  readGroup,
  readGroupHeader,
} from './group.ts';
import { JournalError } from './journal-error.ts';

const MAGIC = 'TIYFJRNL';
const VERSION = 1;
const CRC_BYTES = 4;

/**
 * First block of a segment. It says where the segment before it ends, so that a damaged tail stays
 * where it is, sealed off and never rewritten.
 */
export interface SegmentHeader {
  journalId: string;
  /** Number of the first frame in it; the segment's name. */
  firstFrame: number;
  /** Digest (hex) of the last group before it. */
  previousDigest: string;
  /** First frame of the segment before; 0 for the first one. */
  previousSegment: number;
  /** Offset behind the last group of the segment before. */
  previousEnd: number;
  /** Bytes behind that end that were not zero: what was cut off there may have been sent. */
  previousStray: number;
  /** Bytes of the whole segment. */
  bytes: number;
  /** Engine time at which it was begun, µs. */
  begun: number;
}

function walkSegmentHeader(io: FieldIo, header: SegmentHeader): void {
  header.journalId = io.text('journalId', header.journalId);
  header.firstFrame = io.int('firstFrame', header.firstFrame);
  header.previousDigest = io.text('previousDigest', header.previousDigest);
  header.previousSegment = io.int('previousSegment', header.previousSegment);
  header.previousEnd = io.int('previousEnd', header.previousEnd);
  header.previousStray = io.int('previousStray', header.previousStray);
  header.bytes = io.int('bytes', header.bytes);
  header.begun = io.int('begun', header.begun);
}

function walkPreamble(io: Encoder | Decoder): void {
  const magic = io.text('magic', MAGIC);
  const version = io.u16('version', VERSION);
  if (magic !== MAGIC || version !== VERSION) throw new CodecError(`version ${version}`);
}

/** The block at the start of a segment. */
export function encodeSegmentHeader(header: SegmentHeader): Uint8Array {
  const io = new Encoder(BLOCK_BYTES);
  walkPreamble(io);
  walkSegmentHeader(io, header);
  io.skip(BLOCK_BYTES - CRC_BYTES - io.length);
  io.u32('crc', crc32c(io.bytes));
  return io.bytes.slice();
}

/** Reads the first block of a segment. Throws {@link JournalError} `JOURNAL_DAMAGED`. */
export function decodeSegmentHeader(bytes: Uint8Array, name: string): SegmentHeader {
  const block = bytes.subarray(0, BLOCK_BYTES);
  const body = block.subarray(0, BLOCK_BYTES - CRC_BYTES);
  const damaged = (why: string): JournalError =>
    new JournalError('JOURNAL_DAMAGED', `${name}, offset 0: the segment's header ${why}`);
  if (block.length < BLOCK_BYTES) throw damaged(`is ${block.length} bytes of ${BLOCK_BYTES}`);
  const crc = new Reader(block.subarray(body.length)).u32('crc', 0);
  if (crc !== crc32c(body)) throw damaged('does not match its checksum');
  const header = blankSegmentHeader();
  try {
    const io = new Reader(body);
    walkPreamble(io);
    walkSegmentHeader(io, header);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw damaged(`cannot be read: ${error.message}`);
  }
  return header;
}

function blankSegmentHeader(): SegmentHeader {
  return {
    journalId: '',
    firstFrame: 0,
    previousDigest: '',
    previousSegment: 0,
    previousEnd: 0,
    previousStray: 0,
    bytes: 0,
    begun: 0,
  };
}

const DIGITS = 20;
const NAME = /^(\d{20})(?:(\.log)|(\.log\.zst)|(\.facts\.log\.zst))$/;

/**
 * How a segment stands on the disk: as it was written; packed; or packed without market data. A
 * later form is made whole before the earlier one is removed.
 */
export const SEGMENT_FORMS = ['plain', 'packed', 'facts'] as const;
export type SegmentForm = (typeof SEGMENT_FORMS)[number];
const ENDINGS: Readonly<Record<SegmentForm, string>> = {
  plain: '.log',
  packed: '.log.zst',
  facts: '.facts.log.zst',
};

/** File name of the segment that begins with a frame. */
export function segmentName(firstFrame: number, form: SegmentForm = 'plain'): string {
  return `${String(firstFrame).padStart(DIGITS, '0')}${ENDINGS[form]}`;
}

/** A segment as a file. */
export interface SegmentFile {
  readonly firstFrame: number;
  readonly name: string;
  readonly form: SegmentForm;
  /** Path from the journal's directory to it: empty, or that of the archive. */
  readonly folder: string;
}

/** Every file of a segment among these names, by first frame, the earlier form first. */
export function segmentFilesAmong(names: readonly string[], folder = ''): SegmentFile[] {
  const files: SegmentFile[] = [];
  for (const name of names) {
    const match = NAME.exec(name);
    if (match === null) continue;
    const form = match[2] !== undefined ? 'plain' : match[3] !== undefined ? 'packed' : 'facts';
    files.push({ firstFrame: Number(match[1]), name, form, folder });
  }
  return files.sort(byFrame);
}

/** By first frame, of one segment the earlier form first. */
export function byFrame(a: SegmentFile, b: SegmentFile): number {
  const rank = ({ form }: SegmentFile): number => SEGMENT_FORMS.indexOf(form);
  return a.firstFrame - b.firstFrame || rank(a) - rank(b);
}

/** The segments among these names, in order; of two forms of one the earlier. */
export function segmentsAmong(names: readonly string[]): SegmentFile[] {
  return firstOfEach(segmentFilesAmong(names));
}

/** Of the files of one segment the first. */
export function firstOfEach(files: readonly SegmentFile[]): SegmentFile[] {
  return files.filter(({ firstFrame }, i) => files[i - 1]?.firstFrame !== firstFrame);
}

/** Where a scan of a segment ended. */
export interface SegmentEnd {
  /** Offset behind the last whole group. */
  readonly offset: number;
  /** Number of the last frame up to there. */
  readonly frame: number;
  readonly digest: Buffer;
  /** Bytes behind the last whole group, up to the segment's end, that are not zero. */
  readonly strayBytes: number;
}

export interface ScanOptions {
  readonly name: string;
  readonly form: SegmentForm;
  /** Where the next segment says that this one ends; `undefined` for the last one. */
  readonly end: number | undefined;
  /** Check the digests of the parts too, not the checksums alone. */
  readonly digests: boolean;
  readonly take: (group: Uint8Array, header: GroupHeader) => void;
}

/** Compared at once, which is many times as fast as looking at each byte. */
const ZEROS = new Uint8Array(64 * 1024);

function countNonZero(bytes: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at += ZEROS.length) {
    const part = bytes.subarray(at, Math.min(to, at + ZEROS.length));
    if (Buffer.compare(part, ZEROS.subarray(0, part.length)) === 0) continue;
    for (const byte of part) if (byte !== 0) count += 1;
  }
  return count;
}

/** Offset of the first group header behind `from`, at a block's start; −1 when there is none. */
function nextGroup(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at += BLOCK_BYTES) {
    if (readGroupHeader(bytes, at) !== undefined) return at;
  }
  return -1;
}

/**
 * Walks the groups of a segment, each checked against its checksums and the chain, as far at a time
 * as it is asked for. What follows the last whole group of an open segment is its tail: counted,
 * never trusted, since a damaged last group looks like a torn one. Damage with a whole group behind
 * it, or within a sealed segment, is `JOURNAL_DAMAGED`.
 */
export class SegmentScan {
  readonly #bytes: Uint8Array;
  readonly #options: ScanOptions;
  #digest: Buffer;
  #frame: number = 0;
  #at = BLOCK_BYTES;
  /** Behind the last whole group; up to the place of the next there must be zeros. */
  #zeroFrom = BLOCK_BYTES;
  #isTail = false;

  constructor(bytes: Uint8Array, header: SegmentHeader, options: ScanOptions) {
    this.#bytes = bytes;
    this.#options = options;
    this.#digest = Buffer.from(header.previousDigest, 'hex');
    this.#frame = header.firstFrame - 1;
    // A packed segment holds nothing behind its end.
    const wanted = options.form === 'plain' ? header.bytes : options.end;
    if (bytes.length !== wanted) {
      throw this.#damaged(bytes.length, `the segment has ${bytes.length} bytes of ${wanted}`);
    }
  }

  #damaged(at: number, why: string): JournalError {
    return new JournalError('JOURNAL_DAMAGED', `${this.#options.name}, offset ${at}: ${why}`);
  }

  /** Goes on with the groups that begin before an offset. */
  advance(to: number): void {
    const until = Math.min(to, this.#options.end ?? this.#bytes.length);
    while (this.#at < until && !this.#isTail) this.#next();
  }

  #next(): void {
    const { end, digests, form, take } = this.#options;
    const [bytes, at] = [this.#bytes, this.#at];
    const read = readGroup(bytes, at, digests);
    if ('fault' in read) {
      if (end !== undefined) throw this.#damaged(at, `no whole group (${read.fault})`);
      const later = nextGroup(bytes, at + BLOCK_BYTES);
      this.#isTail = later === -1;
      if (this.#isTail) return;
      const text = `no whole group (${read.fault}), but there is one behind it, at ${later}`;
      throw this.#damaged(at, text);
    }
    const { header: group } = read;
    if (group.firstFrame !== this.#frame + 1) {
      throw this.#damaged(at, `frame ${group.firstFrame} follows frame ${this.#frame}`);
    }
    if (!group.previous.equals(this.#digest)) throw this.#damaged(at, 'the chain is broken');
    if (countNonZero(bytes, this.#zeroFrom, at) !== 0) {
      throw this.#damaged(this.#zeroFrom, 'bytes between two groups are not zero');
    }
    if (group.marketBytes > 0 && group.marketDropped !== (form === 'facts')) {
      throw this.#damaged(at, `its market data is ${group.marketDropped ? 'missing' : 'there'}`);
    }
    take(read.group, group);
    this.#digest = group.digest;
    this.#frame = group.firstFrame + group.frames - 1;
    this.#zeroFrom = at + groupBytes(group);
    this.#at = at + blocksOf(groupBytes(group));
  }

  /** Goes to the end, and says what was found there. */
  finish(): SegmentEnd {
    const bytes = this.#bytes;
    const { end } = this.#options;
    this.advance(bytes.length);
    const offset = this.#zeroFrom;
    if (end !== undefined && end !== offset) throw this.#damaged(offset, `ends before ${end}`);
    const strayBytes = end === undefined ? countNonZero(bytes, offset, bytes.length) : 0;
    return { offset, frame: this.#frame, digest: this.#digest, strayBytes };
  }
}
