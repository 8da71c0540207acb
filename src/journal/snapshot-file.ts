import { hash } from 'node:crypto';
import { assert } from '../model/assert.ts';
import { blankInput } from '../model/blank-input.ts';
import { CodecError, Decoder, Encoder, type FieldIo } from '../model/codec.ts';
import { type Configured, InputKind, walkInput } from '../model/inputs.ts';

/** One part of a saved state: what it is of, what its layout depends on, and its bytes. */
export interface StatePart {
  readonly name: string;
  readonly layout: string;
  readonly bytes: Uint8Array;
}

/** The state of an engine through a frame of its journal. */
export interface Snapshot {
  readonly journalId: string;
  /** The last frame whose effect is in it; a group of the journal ends there. */
  readonly frame: number;
  /** Digest of that group, hex: the journal that it belongs to, and no other, has it. */
  readonly chainHead: string;
  /** Number and time (µs) of the last input in it. */
  readonly seq: number;
  readonly time: number;
  /** The configuration in force. */
  readonly configured: Configured;
  readonly parts: readonly StatePart[];
}

/** A snapshot that is damaged, with the file and what is wrong with it. */
export class SnapshotError extends Error {
  readonly code = 'SNAPSHOT_DAMAGED';
  override readonly name = 'SnapshotError';
}

const MAGIC = 'TIYFSNAPSHOT';
const VERSION = 4;
const DIGEST_BYTES = 32;

interface Head {
  magic: string;
  version: number;
  journalId: string;
  frame: number;
  chainHead: string;
  seq: number;
  time: number;
  configured: Configured;
  parts: { name: string; layout: string; length: number }[];
}

function blankConfigured(): Configured {
  const blank = blankInput(InputKind.configured);
  assert(blank?.kind === InputKind.configured, 'a blank of its kind');
  return blank;
}

function walkHead(io: FieldIo, head: Head): void {
  head.magic = io.text('magic', head.magic);
  head.version = io.u16('version', head.version);
  if (head.magic !== MAGIC || head.version !== VERSION) {
    throw new CodecError(`a snapshot of version ${VERSION} was expected`);
  }
  head.journalId = io.text('journalId', head.journalId);
  head.frame = io.int('frame', head.frame);
  head.chainHead = io.text('chainHead', head.chainHead);
  head.seq = io.int('seq', head.seq);
  head.time = io.int('time', head.time);
  walkInput(io, head.configured);
  head.parts = io.list(
    'parts',
    head.parts,
    () => ({ name: '', layout: '', length: 0 }),
    (inner, part) => {
      part.name = inner.text('name', part.name);
      part.layout = inner.text('layout', part.layout);
      part.length = inner.u32('length', part.length);
    },
  );
}

/** Room for what stands before the states. */
const HEAD_BYTES = 4096;

function digest(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer');
}

/** A snapshot as it stands in its file, before the SHA-256 of it that ends the file. */
export function encodeSnapshot(snapshot: Snapshot): Uint8Array<ArrayBuffer> {
  const size = snapshot.parts.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const encoder = new Encoder(HEAD_BYTES + size);
  const parts = snapshot.parts.map(({ name, layout, bytes }) => {
    return { name, layout, length: bytes.length };
  });
  walkHead(encoder, { magic: MAGIC, version: VERSION, ...snapshot, parts });
  for (const { bytes } of snapshot.parts) encoder.append(bytes);
  return encoder.bytes;
}

/** The whole file: what was encoded, and its SHA-256. */
export function sealSnapshot(body: Uint8Array): Uint8Array {
  return Buffer.concat([body, digest(body)]);
}

/** Throws {@link SnapshotError}, naming `file`. */
export function decodeSnapshot(bytes: Uint8Array, file: string): Snapshot {
  const body = bytes.subarray(0, Math.max(0, bytes.length - DIGEST_BYTES));
  const stated = bytes.subarray(body.length);
  if (!digest(body).equals(stated)) throw new SnapshotError(`${file}: checksum does not match`);
  const head: Head = {
    magic: '',
    version: 0,
    journalId: '',
    frame: 0,
    chainHead: '',
    seq: 0,
    time: 0,
    configured: blankConfigured(),
    parts: [],
  };
  try {
    const decoder = new Decoder(body);
    walkHead(decoder, head);
    let at = decoder.offset;
    const parts = head.parts.map(({ name, layout, length }) => {
      at += length;
      return { name, layout, bytes: body.subarray(at - length, at) };
    });
    if (at !== body.length) throw new CodecError(`${body.length} bytes, ${at} stated`);
    const { journalId, frame, chainHead, seq, time, configured } = head;
    return { journalId, frame, chainHead, seq, time, configured, parts };
  } catch (cause) {
    throw new SnapshotError(`${file}: ${String(cause)}`, { cause });
  }
}
