import { hash } from 'node:crypto';
import { assert } from '../model/assert.ts';
import { crc32cOf } from './crc32c.ts';

/** Groups begin at multiples of this: a torn write then only hurts what was not yet durable. */
export const BLOCK_BYTES = 4096;
/** Bytes before a group's frames. */
export const GROUP_HEADER_BYTES = 192;
/** Largest group, header included: far beyond any turn, and within every segment. */
export const GROUP_BYTES_MAX = 8 * 1024 * 1024;
/** Bytes before a frame's body: length, checksum, number. */
export const FRAME_HEADER_BYTES = 12;
export const DIGEST_BYTES = 32;

const MAGIC = 0x50475254;
const VERSION = 1;
const TWO_32 = 4_294_967_296;

/** Offsets within the header; all integers are little-endian. */
const AT = {
  magic: 0,
  version: 4,
  headerBytes: 6,
  factsBytes: 8,
  marketBytes: 12,
  frames: 16,
  firstFrame: 24,
  previous: 32,
  factsDigest: 64,
  marketDigest: 96,
  digest: 128,
  crc: 160,
  /** Zero, or {@link MARKET_DROPPED}. It is not hashed: the chain does not change by it. */
  dropped: 164,
  end: 168,
} as const;
const MARKET_DROPPED = 0x504f5244;

/**
 * What a commit group says of itself. Its frames stand in two parts: *facts*, and behind them
 * *market* data, each in order of number. Market data may be dropped later (X32): the group is
 * chained over the digests of the parts, so the chain outlives what it vouches for.
 */
export interface GroupHeader {
  readonly firstFrame: number;
  /** Of both parts: the numbers `firstFrame … firstFrame + frames − 1`. */
  readonly frames: number;
  readonly factsBytes: number;
  readonly marketBytes: number;
  /** Zeros stand in the place of the market data. */
  readonly marketDropped: boolean;
  /** Digest of the group before, or of the journal's genesis. */
  readonly previous: Buffer;
  /** SHA-256 over everything above, with the digests of the parts. */
  readonly digest: Buffer;
}

/**
 * A character for each byte of the digest: in one call and without an object, which for a few bytes
 * is a third of what anything else costs.
 */
function sha256(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'latin1');
}

function bytesOf(digest: string): Buffer {
  return Buffer.from(digest, 'latin1');
}

function putDigest(group: Uint8Array, at: number, digest: string): void {
  for (let i = 0; i < DIGEST_BYTES; i += 1) group[at + i] = digest.charCodeAt(i);
}

function hasDigest(group: Uint8Array, at: number, digest: string): boolean {
  for (let i = 0; i < DIGEST_BYTES; i += 1)
    if (group[at + i] !== digest.charCodeAt(i)) return false;
  return true;
}

/** Digest of a part that holds nothing, as most groups' market data. */
const NOTHING_DIGEST = sha256(new Uint8Array(0));

/** What stands in the chain before the first group. */
export function genesisDigest(journalId: string): Buffer {
  return bytesOf(sha256(Buffer.from(`tiyf-journal ${journalId}`)));
}

/** Bytes from one group's start to the next one's. */
export function blocksOf(bytes: number): number {
  return Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
}

/** What the sealing of a group needs to know beside its frames. */
export interface GroupParts {
  readonly firstFrame: number;
  readonly frames: number;
  readonly factsBytes: number;
  readonly marketBytes: number;
  readonly previous: Buffer;
}

/** Fills in the header of a group whose frames stand in place. Returns the group's digest. */
export function sealGroup(group: Uint8Array, parts: GroupParts): Buffer {
  const { factsBytes, marketBytes } = parts;
  const factsEnd = GROUP_HEADER_BYTES + factsBytes;
  assert(group.length === factsEnd + marketBytes, 'a group holds its parts and nothing else');
  assert(group.length <= GROUP_BYTES_MAX, `a group of ${group.length} bytes is beyond any turn`);
  const view = new DataView(group.buffer, group.byteOffset, GROUP_HEADER_BYTES);
  group.fill(0, 0, GROUP_HEADER_BYTES);
  view.setUint32(AT.magic, MAGIC, true);
  view.setUint16(AT.version, VERSION, true);
  view.setUint16(AT.headerBytes, GROUP_HEADER_BYTES, true);
  view.setUint32(AT.factsBytes, factsBytes, true);
  view.setUint32(AT.marketBytes, marketBytes, true);
  view.setUint32(AT.frames, parts.frames, true);
  view.setBigInt64(AT.firstFrame, BigInt(parts.firstFrame), true);
  group.set(parts.previous, AT.previous);
  putDigest(group, AT.factsDigest, sha256(group.subarray(GROUP_HEADER_BYTES, factsEnd)));
  const market = marketBytes === 0 ? NOTHING_DIGEST : sha256(group.subarray(factsEnd));
  putDigest(group, AT.marketDigest, market);
  const digest = sha256(group.subarray(0, AT.digest));
  putDigest(group, AT.digest, digest);
  view.setUint32(AT.crc, crc32cOf(view, 0, AT.crc), true);
  return bytesOf(digest);
}

/** Why bytes are not a whole group. */
export const GROUP_FAULTS = ['no_header', 'cut_short', 'frame', 'digest'] as const;
export type GroupFault = (typeof GROUP_FAULTS)[number];

/**
 * The header at `bytes[at]`, or `undefined` where there is none: other bytes, damage, zeros. Its
 * own checksum and digest are checked, not its frames.
 */
export function readGroupHeader(bytes: Uint8Array, at: number): GroupHeader | undefined {
  if (bytes.length - at < GROUP_HEADER_BYTES) return undefined;
  // Most of what is asked about is empty: that is seen before anything is made to look closer.
  if (bytes[at] !== (MAGIC & 0xff)) return undefined;
  const header = bytes.subarray(at, at + GROUP_HEADER_BYTES);
  const view = new DataView(header.buffer, header.byteOffset, GROUP_HEADER_BYTES);
  if (view.getUint32(AT.magic, true) !== MAGIC) return undefined;
  if (view.getUint32(AT.crc, true) !== crc32cOf(view, 0, AT.crc)) return undefined;
  if (view.getUint16(AT.version, true) !== VERSION) return undefined;
  if (view.getUint16(AT.headerBytes, true) !== GROUP_HEADER_BYTES) return undefined;
  for (let i = AT.end; i < GROUP_HEADER_BYTES; i += 1) if (header[i] !== 0) return undefined;
  const mark = view.getUint32(AT.dropped, true);
  const marketBytes = view.getUint32(AT.marketBytes, true);
  if (mark !== 0 && (mark !== MARKET_DROPPED || marketBytes === 0)) return undefined;
  const digest = sha256(header.subarray(0, AT.digest));
  if (!hasDigest(header, AT.digest, digest)) return undefined;
  const high = view.getUint32(AT.firstFrame + 4, true);
  return {
    firstFrame: high * TWO_32 + view.getUint32(AT.firstFrame, true),
    frames: view.getUint32(AT.frames, true),
    factsBytes: view.getUint32(AT.factsBytes, true),
    marketBytes,
    marketDropped: mark !== 0,
    previous: Buffer.from(header.subarray(AT.previous, AT.previous + DIGEST_BYTES)),
    digest: bytesOf(digest),
  };
}

/** Length of a group, header included. */
export function groupBytes({ factsBytes, marketBytes }: GroupHeader): number {
  return GROUP_HEADER_BYTES + factsBytes + marketBytes;
}

/** Do the parts hash to what the header says? A whole reading asks; a quick recovery does not. */
export function hasStatedDigests(group: Uint8Array, header: GroupHeader): boolean {
  const factsEnd = GROUP_HEADER_BYTES + header.factsBytes;
  const facts = sha256(group.subarray(GROUP_HEADER_BYTES, factsEnd));
  if (!hasDigest(group, AT.factsDigest, facts)) return false;
  if (header.marketDropped) return true;
  const market = header.marketBytes === 0 ? NOTHING_DIGEST : sha256(group.subarray(factsEnd));
  return hasDigest(group, AT.marketDigest, market);
}

/**
 * Puts zeros in the place of a group's market data, and says so in its header. What the chain is
 * over stays as it was: the digest of what was dropped, and everything of the facts.
 */
export function dropMarketPart(group: Uint8Array, { factsBytes, marketBytes }: GroupHeader): void {
  if (marketBytes === 0) return;
  group.fill(0, GROUP_HEADER_BYTES + factsBytes);
  const view = new DataView(group.buffer, group.byteOffset, GROUP_HEADER_BYTES);
  view.setUint32(AT.dropped, MARKET_DROPPED, true);
}

/** Takes the body of each frame: its number, and where it stands. */
export type FrameTaker = (number: number, group: Uint8Array, from: number, to: number) => void;

/** Position in one part of a group. */
class PartCursor {
  readonly #view: DataView;
  readonly #end: number = 0;
  #at = 0;
  /** Number of the frame here, low 32 bits; −1 at the end. */
  number = -1;
  from = 0;
  to = 0;

  constructor(view: DataView, from: number, end: number) {
    this.#view = view;
    this.#at = from;
    this.#end = end;
  }

  /** Goes to the next frame; false when what stands there is none. */
  next(): boolean {
    if (this.#at === this.#end) {
      this.number = -1;
      return true;
    }
    const at = this.#at;
    if (this.#end - at < FRAME_HEADER_BYTES) return false;
    const to = at + FRAME_HEADER_BYTES + this.#view.getUint32(at, true);
    if (to > this.#end) return false;
    if (this.#view.getUint32(at + 4, true) !== crc32cOf(this.#view, at + 8, to)) return false;
    this.number = this.#view.getUint32(at + 8, true);
    this.from = at + FRAME_HEADER_BYTES;
    this.to = to;
    this.#at = to;
    return true;
  }
}

/**
 * Hands over the frames of a group in order of number, each checked against its checksum; where the
 * market data was dropped, the facts. False where one is damaged or missing; what was handed over
 * before stands.
 */
export function readFrames(group: Uint8Array, header: GroupHeader, take: FrameTaker): boolean {
  const view = new DataView(group.buffer, group.byteOffset, group.length);
  const factsEnd = GROUP_HEADER_BYTES + header.factsBytes;
  const facts = new PartCursor(view, GROUP_HEADER_BYTES, factsEnd);
  if (header.marketDropped) {
    return isZero(group, factsEnd) && readFacts(group, header, facts, take);
  }
  const market = new PartCursor(view, factsEnd, factsEnd + header.marketBytes);
  if (!facts.next() || !market.next()) return false;
  for (let i = 0; i < header.frames; i += 1) {
    const number = header.firstFrame + i;
    const low = number % TWO_32;
    const part = facts.number === low ? facts : market;
    if (part.number !== low) return false;
    take(number, group, part.from, part.to);
    if (!part.next()) return false;
  }
  return facts.number === -1 && market.number === -1;
}

/** Which numbers are missing between facts nobody can say: they rise, within the group's range. */
function readFacts(
  group: Uint8Array,
  { firstFrame, frames }: GroupHeader,
  facts: PartCursor,
  take: FrameTaker,
): boolean {
  let last = -1;
  if (!facts.next()) return false;
  while (facts.number !== -1) {
    const offset = (facts.number - (firstFrame % TWO_32)) >>> 0;
    if (offset <= last || offset >= frames) return false;
    take(firstFrame + offset, group, facts.from, facts.to);
    last = offset;
    if (!facts.next()) return false;
  }
  return true;
}

function isZero(bytes: Uint8Array, from: number): boolean {
  for (let at = from; at < bytes.length; at += 1) if (bytes[at] !== 0) return false;
  return true;
}

const IGNORE: FrameTaker = () => undefined;

/** A group read whole, or why it is none. */
export type ReadGroup =
  | { readonly header: GroupHeader; readonly group: Uint8Array }
  | { readonly fault: GroupFault };

/**
 * The group at `bytes[at]`, with every frame's checksum checked, and its digests too when `digests`
 * says so.
 */
export function readGroup(bytes: Uint8Array, at: number, digests: boolean): ReadGroup {
  const header = readGroupHeader(bytes, at);
  if (header === undefined) return { fault: 'no_header' };
  const length = groupBytes(header);
  if (length > GROUP_BYTES_MAX || at + length > bytes.length) return { fault: 'cut_short' };
  const group = bytes.subarray(at, at + length);
  if (!readFrames(group, header, IGNORE)) return { fault: 'frame' };
  if (digests && !hasStatedDigests(group, header)) return { fault: 'digest' };
  return { header, group };
}
