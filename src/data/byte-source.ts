import { constants, createReadStream, type ReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { posix } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { crc32, createGunzip, createInflateRaw } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { DataError } from './data-error.ts';

/**
 * The text of one file, unpacked and pulled: at most one chunk is read ahead, whatever the size.
 * Truncation, damage and a wrong checksum of an archive are found at its end, so a reader must
 * read to the end before it trusts what it got.
 */
export interface ByteSource {
  /** Name inside the zip. */
  readonly entry: string | undefined;
  /** Share of the file (of the entry, in a zip) read from disk so far, 0 to 1. */
  readonly share: number;
  /** Reads up to `length` bytes into `into` from `at`; 0 at the end. Throws {@link DataError}. */
  read(into: Uint8Array, at: number, length: number): Promise<number>;
  close(): Promise<void>;
}

/** Packed and unpacked alike: larger chunks are 10 % faster and cost 25 MB of memory. */
const CHUNK_BYTES = 128 * 1024;
const NAMES_SHOWN_MAX = 5;
const STORED = 0;
const DEFLATED = 8;
/**
 * Text of quotes packs to a fifth or a twentieth. What unpacks to more than so many times its size
 * was made to do so; the first bytes are free, since a small file may be of one line repeated.
 */
const EXPANSION_MAX = 250;
const EXPANSION_FREE_BYTES = 64 * 1024 * 1024;

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

/** What a library threw on the way from disk to text, as an error of the disk or of the archive. */
function sourceError(file: string, cause: unknown): DataError {
  if (cause instanceof DataError) return cause;
  if (!(cause instanceof Error)) throw cause;
  if (isSystemError(cause)) {
    if (cause.code === 'ENOENT')
      return new DataError('DATA_FILE_MISSING', 'no such file', { file });
    const reason = `cannot be read: ${cause.code ?? cause.message}`;
    return new DataError('DATA_READ', reason, { file, cause });
  }
  const truncated = 'code' in cause && cause.code === 'Z_BUF_ERROR';
  const reason = truncated ? 'the archive is truncated' : `damaged archive: ${cause.message}`;
  return new DataError('DATA_ARCHIVE', reason, { file, cause });
}

interface OpenFile {
  readonly handle: FileHandle;
  readonly size: number;
}

/** A regular file, opened. A pipe or a device would hang or never end: refused. */
async function openFile(file: string): Promise<OpenFile> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const kind = await handle.stat();
    if (kind.isFile()) return { handle, size: kind.size };
    const what = kind.isDirectory() ? 'a directory' : 'a pipe or a device';
    throw new DataError('DATA_READ', `cannot be read: it is ${what}, not a file`, { file });
  } catch (cause) {
    await handle?.close();
    throw sourceError(file, cause);
  }
}

/**
 * The first and the last `length` bytes of a file, which may be shorter. Throws {@link DataError}
 * `DATA_FILE_MISSING`, `DATA_READ`.
 */
export async function readEnds(
  file: string,
  length: number,
): Promise<{ readonly head: Uint8Array; readonly tail: Uint8Array }> {
  const { handle, size } = await openFile(file);
  try {
    const count = Math.min(length, size);
    const head = new Uint8Array(count);
    const tail = new Uint8Array(count);
    await handle.read(head, 0, count, 0);
    await handle.read(tail, 0, count, size - count);
    return { head, tail };
  } catch (cause) {
    throw sourceError(file, cause);
  } finally {
    await handle.close();
  }
}

class PlainSource implements ByteSource {
  readonly entry = undefined;
  readonly #file: string;
  readonly #handle: FileHandle;
  readonly #size: number = 0;
  #read = 0;

  constructor(file: string, { handle, size }: OpenFile) {
    this.#file = file;
    this.#handle = handle;
    this.#size = size;
  }

  get share(): number {
    return Math.min(1, this.#read / Math.max(1, this.#size));
  }

  async read(into: Uint8Array, at: number, length: number): Promise<number> {
    try {
      const { bytesRead } = await this.#handle.read(into, at, length, null);
      this.#read += bytesRead;
      return bytesRead;
    } catch (cause) {
      throw sourceError(this.#file, cause);
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** What a zip's directory says of an entry; the text must be exactly that. */
interface Promised {
  readonly name: string;
  readonly bytes: number;
  readonly crc32: number;
}

/** The packed bytes on their way to a decompressor. */
interface PackedBytes {
  /** Undefined where there are none to read. */
  readonly stream: ReadStream | undefined;
  readonly size: number;
}

/**
 * A stream of unpacked chunks. gzip checks itself; a zip entry is checked against its directory.
 */
class StreamSource implements ByteSource {
  readonly entry: string | undefined;
  readonly #file: string;
  readonly #packed: PackedBytes;
  readonly #stream: Readable;
  readonly #chunks: AsyncIterator<unknown>;
  readonly #promised: Promised | undefined;
  #chunk: Uint8Array = new Uint8Array(0);
  #used = 0;
  #total = 0;
  #crc = 0;

  constructor(file: string, packed: PackedBytes, text: Readable, entry?: Promised) {
    this.entry = entry?.name;
    this.#file = file;
    this.#packed = packed;
    this.#stream = text;
    this.#chunks = text[Symbol.asyncIterator]();
    this.#promised = entry;
  }

  get share(): number {
    const { stream, size } = this.#packed;
    return stream === undefined ? 1 : Math.min(1, stream.bytesRead / Math.max(1, size));
  }

  async read(into: Uint8Array, at: number, length: number): Promise<number> {
    if (this.#used === this.#chunk.length && !(await this.#advance())) return 0;
    const part = this.#chunk.subarray(this.#used, this.#used + length);
    into.set(part, at);
    this.#used += part.length;
    return part.length;
  }

  async #advance(): Promise<boolean> {
    try {
      const next = await this.#chunks.next();
      if (next.done !== true && next.value instanceof Uint8Array) {
        this.#chunk = next.value;
        this.#used = 0;
        this.#count(next.value);
        return true;
      }
      this.#checkWhole();
      return false;
    } catch (cause) {
      throw sourceError(this.#file, cause);
    }
  }

  #count(chunk: Uint8Array): void {
    this.#total += chunk.length;
    this.#checkExpansion();
    if (this.#promised === undefined) return;
    this.#crc = crc32(chunk, this.#crc);
    if (this.#total > this.#promised.bytes) this.#refuseSize('more');
  }

  /** Memory does not grow with the text, but a small file must not keep a run busy for hours. */
  #checkExpansion(): void {
    if (this.#total <= EXPANSION_FREE_BYTES) return;
    if (this.#total <= this.#packed.size * EXPANSION_MAX) return;
    const reason = `unpacks to more than ${EXPANSION_MAX} times its size: this is no market data`;
    throw new DataError('DATA_ARCHIVE', reason, { file: this.#file });
  }

  #checkWhole(): void {
    if (this.#promised === undefined) return;
    if (this.#total < this.#promised.bytes) this.#refuseSize('fewer');
    if (this.#crc === this.#promised.crc32) return;
    const reason = `entry ${this.entry}: its CRC-32 does not match, the data is damaged`;
    throw new DataError('DATA_ARCHIVE', reason, { file: this.#file });
  }

  #refuseSize(word: 'more' | 'fewer'): never {
    const declared = this.#promised?.bytes;
    const reason = `entry ${this.entry}: ${word} than the ${declared} bytes it declares`;
    throw new DataError('DATA_ARCHIVE', reason, { file: this.#file });
  }

  async close(): Promise<void> {
    if (this.#stream.closed) return;
    const closed = new Promise<void>((resolve) => {
      this.#stream.once('close', resolve);
    });
    this.#stream.destroy();
    await closed;
  }
}

function ignoreCallback(): void {
  // `pipeline` needs a callback; an error also reaches whoever reads the last stream of it.
}

async function openGzip(file: string): Promise<ByteSource> {
  const { handle, size } = await openFile(file);
  const stream = handle.createReadStream({ highWaterMark: CHUNK_BYTES });
  const text = createGunzip({ chunkSize: CHUNK_BYTES });
  pipeline(stream, text, ignoreCallback);
  return new StreamSource(file, { stream, size }, text);
}

function shownNames(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN_MAX).join(', ');
  return names.length > NAMES_SHOWN_MAX ? `${shown}, …` : shown;
}

/** The one entry that is meant: the only file, or the only one whose name matches the glob. */
async function chooseEntry(zip: ZipFile, file: string, glob: string | undefined): Promise<Entry> {
  const found: Entry[] = [];
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName.endsWith('/')) continue;
    if (glob === undefined || posix.matchesGlob(entry.fileName, glob)) found.push(entry);
    if (found.length > NAMES_SHOWN_MAX) break;
  }
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  const what = glob === undefined ? 'files' : `files that match "${glob}"`;
  const names = shownNames(found.map((entry) => entry.fileName));
  const reason =
    first === undefined ? `the zip has no ${what}` : `the zip has several ${what}: ${names}`;
  const detail = first === undefined ? undefined : 'name one by `entry`';
  throw new DataError('DATA_ARCHIVE', reason, { file, detail });
}

function checkReadable(entry: Entry, file: string): void {
  const refuse = (why: string): never => {
    throw new DataError('DATA_ARCHIVE', `entry ${entry.fileName} ${why}`, { file });
  };
  if (entry.isEncrypted()) refuse('is encrypted');
  if (entry.compressionMethod !== DEFLATED && entry.compressionMethod !== STORED) {
    refuse(`uses compression method ${entry.compressionMethod}; only deflate and stored are read`);
  }
}

/**
 * yauzl reads the directory, as the format asks; the entry itself is read and inflated here, since
 * its own streams neither check the CRC nor stop cleanly when a reader leaves early.
 */
async function openZip(file: string, glob: string | undefined): Promise<ByteSource> {
  const { handle } = await openFile(file);
  await handle.close();
  let zip: ZipFile | undefined;
  try {
    zip = await openPromise(file, { autoClose: false, lazyEntries: true });
    const entry = await chooseEntry(zip, file, glob);
    checkReadable(entry, file);
    const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
    return unpackEntry(file, entry, fileDataStart);
  } catch (cause) {
    throw sourceError(file, cause);
  } finally {
    zip?.close();
  }
}

function unpackEntry(file: string, entry: Entry, start: number): ByteSource {
  const size = entry.compressedSize;
  const end = start + size - 1;
  // An empty range has no form in createReadStream.
  const stream =
    size === 0 ? undefined : createReadStream(file, { start, end, highWaterMark: CHUNK_BYTES });
  const packed = stream ?? Readable.from([]);
  const promised = { name: entry.fileName, bytes: entry.uncompressedSize, crc32: entry.crc32 };
  if (entry.compressionMethod === STORED) {
    return new StreamSource(file, { stream, size }, packed, promised);
  }
  const text = createInflateRaw({ chunkSize: CHUNK_BYTES, rejectGarbageAfterEnd: true });
  pipeline(packed, text, ignoreCallback);
  return new StreamSource(file, { stream, size }, text, promised);
}

/**
 * Opens a file by its name's ending: `.gz`, `.zip` (one entry, chosen by `entryGlob` when there are
 * several), else plain. Throws {@link DataError} `DATA_FILE_MISSING`, `DATA_READ`, `DATA_ARCHIVE`.
 */
export async function openBytes(file: string, entryGlob?: string): Promise<ByteSource> {
  const name = file.toLowerCase();
  if (name.endsWith('.gz')) return openGzip(file);
  if (name.endsWith('.zip')) return openZip(file, entryGlob);
  return new PlainSource(file, await openFile(file));
}
