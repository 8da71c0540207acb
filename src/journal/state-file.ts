import { createHash } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CodecError, Decoder, Encoder } from '../model/codec.ts';

/** A state with what it belongs to. */
export interface SavedState {
  /** What the bytes are: instruments, strategies and account that the layout depends on. */
  readonly layout: string;
  /** Number and time (µs) of the last input in it. */
  readonly seq: number;
  readonly time: number;
  readonly state: Uint8Array;
}

/** A file of saved state that is damaged, with the file and what is wrong with it. */
export class StateFileError extends Error {
  readonly code = 'STATE_FILE_DAMAGED';
  override readonly name = 'StateFileError';
}

const MAGIC = 'TIYFSTATE';
const VERSION = 2;
const DIGEST_BYTES = 32;

function digest(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function encode(saved: SavedState): Uint8Array {
  const encoder = new Encoder(saved.state.length + 1024);
  encoder.text('magic', MAGIC);
  encoder.u16('version', VERSION);
  encoder.text('layout', saved.layout);
  encoder.int('seq', saved.seq);
  encoder.int('time', saved.time);
  encoder.u32('length', saved.state.length);
  return Buffer.concat([encoder.bytes, saved.state]);
}

function decode(bytes: Uint8Array, file: string): SavedState {
  const body = bytes.subarray(0, Math.max(0, bytes.length - DIGEST_BYTES));
  const stated = bytes.subarray(body.length);
  if (!digest(body).equals(stated)) throw new StateFileError(`${file}: checksum does not match`);
  try {
    const decoder = new Decoder(body);
    const magic = decoder.text('magic', '');
    const version = decoder.u16('version', 0);
    if (magic !== MAGIC || version !== VERSION) throw new CodecError(`version ${version}`);
    const layout = decoder.text('layout', '');
    const seq = decoder.int('seq', 0);
    const time = decoder.int('time', 0);
    const length = decoder.u32('length', 0);
    const state = body.subarray(decoder.offset);
    if (state.length !== length) throw new CodecError(`${state.length} bytes of ${length}`);
    return { layout, seq, time, state };
  } catch (cause) {
    throw new StateFileError(`${file}: ${String(cause)}`, { cause });
  }
}

function syncDirectory(directory: string): void {
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Writes a file beside its name, syncs it, and renames it into place: whole or not at all. */
export function writeDurably(file: string, bytes: Uint8Array): void {
  const temporary = `${file}.new`;
  const handle = openSync(temporary, 'w');
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(temporary, file);
  syncDirectory(dirname(file));
}

/** Saves a state with its SHA-256 at the end. */
export function writeStateFile(file: string, saved: SavedState): void {
  const body = encode(saved);
  writeDurably(file, Buffer.concat([body, digest(body)]));
}

/** Reads a saved state; `undefined` when there is no file. Throws {@link StateFileError}. */
export function readStateFile(file: string): SavedState | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cause;
  }
  return decode(bytes, file);
}

const SNAPSHOT = /^\d{16}\.state$/;

/**
 * Snapshots of the kernel in a directory, named by their number of inputs. The newest good one
 * wins, the one before is kept; a damaged one is reported and passed over, never used.
 */
export class SnapshotDirectory {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  #files(): string[] {
    const names = readdirSync(this.#directory).filter((name) => SNAPSHOT.test(name));
    return names.sort((a, b) => (a < b ? 1 : -1)).map((name) => join(this.#directory, name));
  }

  write(saved: SavedState): void {
    const name = `${saved.seq.toString().padStart(16, '0')}.state`;
    const file = join(this.#directory, name);
    writeStateFile(file, saved);
    // A snapshot that counts further than the state now is one that was passed over as damaged.
    const files = this.#files();
    const own = files.indexOf(file);
    for (const stale of [...files.slice(0, own), ...files.slice(own + 2)]) rmSync(stale);
  }

  /** The newest good snapshot; `damaged` is told of each file that was passed over. */
  newest(damaged: (error: StateFileError) => void): SavedState | undefined {
    for (const file of this.#files()) {
      try {
        return readStateFile(file);
      } catch (error) {
        if (!(error instanceof StateFileError)) throw error;
        damaged(new StateFileError(`${basename(file)} is passed over: ${error.message}`));
      }
    }
    return undefined;
  }
}
