import { createHash } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/**
 * A file of compressed blocks, written from front to back and complete or nothing:
 *
 * 1. 16 bytes: text `TIYFCOLS`, u32 version, u32 zero;
 * 2. the blocks, each one zstd frame, with nothing between them;
 * 3. the footer, JSON: what the file is, and of each block its length, its length unpacked, and
 *    the CRC-32 of its packed bytes;
 * 4. 36 bytes: u32 length of the footer, SHA-256 of parts 1 and 3.
 *
 * Numbers are little-endian. Every byte is under a checksum or compared with what it must be.
 */
const MAGIC = 'TIYFCOLS';
/** Raised when the layout changes; files of another version are built anew. */
export const COLUMN_FILE_VERSION = 1;
const START_BYTES = 16;
const DIGEST_BYTES = 32;
const END_BYTES = 4 + DIGEST_BYTES;
/** The library takes no smaller one. */
const CHUNK_BYTES_MIN = 64;
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** Why a file cannot be used: damaged, cut short, unreadable, or of another version. */
export class ColumnFileError extends Error {
  readonly code = 'COLUMN_FILE';
  override readonly name = 'ColumnFileError';
}

/** Packed length, unpacked length, CRC-32 of the packed bytes. */
type BlockPlace = readonly [packed: number, unpacked: number, crc: number];

/** What stands in the footer beside the blocks: plain JSON. */
interface Footer {
  /** What the blocks are, and for what: a file under another's name is noticed. */
  readonly kind: string;
  readonly key: string;
  readonly blocks: readonly BlockPlace[];
  readonly content: unknown;
}

function startBytes(): Uint8Array {
  const bytes = new Uint8Array(START_BYTES);
  bytes.set(new TextEncoder().encode(MAGIC));
  new DataView(bytes.buffer).setUint32(MAGIC.length, COLUMN_FILE_VERSION, true);
  return bytes;
}

function digestOf(footer: Uint8Array): Buffer {
  return createHash('sha256').update(startBytes()).update(footer).digest();
}

/** Writes a file from front to back. Throws the system's errors. */
export class ColumnFileWriter implements Disposable {
  readonly #handle: number = -1;
  readonly #blocks: BlockPlace[] = [];
  #open = true;

  /** `path` must not exist yet. */
  constructor(path: string) {
    this.#handle = openSync(path, 'wx');
    this.#write(startBytes());
  }

  #write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#handle, bytes, at);
  }

  add(raw: Uint8Array): void {
    const packed = zstdCompressSync(raw, LEVEL);
    this.#blocks.push([packed.length, raw.length, crc32(packed)]);
    this.#write(packed);
  }

  /** Ends the file and waits until the disk has it. */
  finish(kind: string, key: string, content: unknown): void {
    const footer: Footer = { kind, key, blocks: this.#blocks, content };
    const text = new TextEncoder().encode(JSON.stringify(footer));
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, text.length, true);
    this.#write(text);
    this.#write(length);
    this.#write(digestOf(text));
    fsyncSync(this.#handle);
    this[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    if (this.#open) closeSync(this.#handle);
    this.#open = false;
  }
}

function readExactly(handle: number, into: Uint8Array, position: number): void {
  for (let at = 0; at < into.length; ) {
    const count = readSync(handle, into, at, into.length - at, position + at);
    if (count === 0) throw new ColumnFileError('it is cut short');
    at += count;
  }
}

/** Runs `read`; what the system says of it becomes a {@link ColumnFileError}. */
function guarded<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof ColumnFileError || !(cause instanceof Error)) throw cause;
    throw new ColumnFileError(`it cannot be read: ${cause.message}`, { cause });
  }
}

function checkStart(handle: number): void {
  const start = new Uint8Array(START_BYTES);
  readExactly(handle, start, 0);
  const wanted = startBytes();
  if (Buffer.compare(start, wanted) === 0) return;
  const isOurs = Buffer.compare(start.subarray(0, MAGIC.length), wanted.subarray(0, 8)) === 0;
  throw new ColumnFileError(isOurs ? 'it is of another version' : 'it is damaged at its start');
}

function readFooter(handle: number, size: number): { footer: Footer; bytes: number } {
  if (size < START_BYTES + END_BYTES) throw new ColumnFileError('it is cut short');
  const end = new Uint8Array(END_BYTES);
  readExactly(handle, end, size - END_BYTES);
  const bytes = new DataView(end.buffer).getUint32(0, true);
  if (bytes > size - START_BYTES - END_BYTES) throw new ColumnFileError('its end is damaged');
  const text = new Uint8Array(bytes);
  readExactly(handle, text, size - END_BYTES - bytes);
  if (!digestOf(text).equals(end.subarray(4))) throw new ColumnFileError('its end is damaged');
  // Under its checksum, it is what a writer of this version wrote.
  return { footer: JSON.parse(new TextDecoder().decode(text)) as Footer, bytes };
}

/** Reads a file's blocks in any order. Every fault is a {@link ColumnFileError}. */
export class ColumnFileReader implements Disposable {
  readonly #handle: number = -1;
  readonly #footer: Footer;
  readonly #offsets: Float64Array;
  #packed = new Uint8Array(0);
  #open = true;

  private constructor(handle: number, size: number, kind: string, key: string) {
    this.#handle = handle;
    checkStart(handle);
    const { footer, bytes } = readFooter(handle, size);
    if (footer.kind !== kind || footer.key !== key) {
      throw new ColumnFileError('it stands under the name of another file');
    }
    this.#footer = footer;
    this.#offsets = new Float64Array(footer.blocks.length);
    let offset = START_BYTES;
    let longest = 0;
    footer.blocks.forEach(([packed], block) => {
      this.#offsets[block] = offset;
      offset += packed;
      longest = Math.max(longest, packed);
    });
    if (offset + bytes + END_BYTES !== size) throw new ColumnFileError('its length is wrong');
    this.#packed = new Uint8Array(longest);
  }

  /** `undefined` when there is no such file. */
  static open(path: string, kind: string, key: string): ColumnFileReader | undefined {
    return guarded(() => {
      let handle: number;
      try {
        handle = openSync(path, 'r');
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? error.code : undefined;
        if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
        throw error;
      }
      try {
        return new ColumnFileReader(handle, fstatSync(handle).size, kind, key);
      } catch (error) {
        closeSync(handle);
        throw error;
      }
    });
  }

  /** Handed to the writer's `finish`, as JSON keeps it. */
  get content(): unknown {
    return this.#footer.content;
  }

  get blocks(): number {
    return this.#footer.blocks.length;
  }

  /** Packed bytes of a block, checked; valid until the next call. */
  packed(block: number): Uint8Array {
    const [length = 0, , crc] = this.#footer.blocks[block] ?? [];
    const packed = this.#packed.subarray(0, length);
    guarded(() => readExactly(this.#handle, packed, this.#offsets[block] ?? 0));
    if (crc32(packed) !== crc) throw new ColumnFileError(`its block ${block} is damaged`);
    return packed;
  }

  /** The bytes of a block as they were added. */
  read(block: number): Uint8Array {
    const packed = this.packed(block);
    const unpacked = this.#footer.blocks[block]?.[1] ?? 0;
    // One byte more than is needed: the library then makes one buffer and asks for no second.
    const chunkSize = Math.max(unpacked + 1, CHUNK_BYTES_MIN);
    const options = { chunkSize, maxOutputLength: unpacked + 1 };
    const raw = guarded(() => zstdDecompressSync(packed, options));
    if (raw.length !== unpacked) throw new ColumnFileError(`its block ${block} is damaged`);
    return raw;
  }

  [Symbol.dispose](): void {
    if (this.#open) closeSync(this.#handle);
    this.#open = false;
  }
}
