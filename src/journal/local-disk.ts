import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import type { Disk, DiskFile } from './disk.ts';

/** Reads around the cache want buffers, offsets and lengths in multiples of this. */
const ALIGNMENT = 4096;
const PAGE_BYTES = 65_536;

class LocalFile implements DiskFile {
  readonly #fd: number = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  write(bytes: Uint8Array, at: number): void {
    const written = writeSync(this.#fd, bytes, 0, bytes.length, at);
    // A short write is a failed one: what it left out may never fit.
    if (written !== bytes.length) throw new Error(`wrote ${written} of ${bytes.length} bytes`);
  }

  sync(): void {
    fdatasyncSync(this.#fd);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** The one class of WebAssembly that is used here; absent where there is no compiler. */
declare const WebAssembly:
  | {
      readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
    }
  | undefined;

/** Memory whose address is a multiple of a page, as reads around the cache need it. */
function alignedBuffer(bytes: number): Uint8Array | undefined {
  if (typeof WebAssembly === 'undefined') return undefined;
  const pages = Math.max(1, Math.ceil(bytes / PAGE_BYTES));
  return new Uint8Array(new WebAssembly.Memory({ initial: pages }).buffer);
}

function readAll(fd: number, into: Uint8Array, size: number): Uint8Array {
  let at = 0;
  while (at < size) {
    const length = Math.ceil((size - at) / ALIGNMENT) * ALIGNMENT;
    const read = readSync(fd, into, at, Math.min(length, into.length - at), at);
    if (read === 0) break;
    at += read;
  }
  if (at < size) throw new Error(`read ${at} of ${size} bytes`);
  return into.subarray(0, size);
}

/** Files of this machine. */
export class LocalDisk implements Disk {
  list(directory: string): readonly string[] {
    return readdirSync(directory).sort((a, b) => (a < b ? -1 : 1));
  }

  create(path: string): DiskFile {
    return new LocalFile(openSync(path, 'wx'));
  }

  open(path: string): DiskFile {
    return new LocalFile(openSync(path, 'r+'));
  }

  readDurable(path: string, most = Number.POSITIVE_INFINITY): Uint8Array {
    const around = this.#readAroundCache(path, most);
    if (around !== undefined) return around;
    const fd = openSync(path, 'r');
    try {
      const size = Math.min(most, fstatSync(fd).size);
      return readAll(fd, new Uint8Array(size + ALIGNMENT), size);
    } finally {
      closeSync(fd);
    }
  }

  /** `undefined` where the system or the file system has no such reads. */
  #readAroundCache(path: string, most: number): Uint8Array | undefined {
    if (constants.O_DIRECT === undefined) return undefined;
    let fd: number;
    try {
      fd = openSync(path, constants.O_RDONLY | constants.O_DIRECT);
    } catch (error) {
      if (isUnsupported(error)) return undefined;
      throw error;
    }
    try {
      const size = Math.min(most, fstatSync(fd).size);
      const buffer = alignedBuffer(size + ALIGNMENT);
      return buffer === undefined ? undefined : readAll(fd, buffer, size);
    } catch (error) {
      if (isUnsupported(error)) return undefined;
      throw error;
    } finally {
      closeSync(fd);
    }
  }

  size(path: string): number {
    return statSync(path).size;
  }

  rename(from: string, to: string): void {
    renameSync(from, to);
  }

  remove(path: string): void {
    rmSync(path);
  }

  syncDirectory(directory: string): void {
    const fd = openSync(directory, 'r');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }
}

/** `EINVAL`: a file system without reads around the cache (tmpfs and others). */
function isUnsupported(error: unknown): boolean {
  return error instanceof Error && Reflect.get(error, 'code') === 'EINVAL';
}
