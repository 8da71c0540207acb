import {
  closeSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  utimesSync,
} from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { makeDirectories } from '../../journal/make-directories.ts';
import { ColumnFileError, ColumnFileReader, ColumnFileWriter } from '../columns/column-file.ts';
import { cacheEntries, entryPath, memoPath } from './cache-entries.ts';
import { HashMemo } from './hash-memo.ts';
import { isSystemError, removeDeadTemporaries, succeeds, temporaryIn } from './temporary-files.ts';

/** Where a cache lies and what it may take. */
export interface QuoteCacheOptions {
  readonly directory: string;
  /** Entries that were not used for longest are removed until the rest is no larger than this. */
  readonly bytesMax: number;
  /** True when a user named the directory: it is then refused inside a folder of sources. */
  readonly named?: boolean;
  /** Told of damage, and once of a cache that cannot be written. The run goes on either way. */
  readonly warn: (text: string) => void;
}

/** A cache may not lie there. */
export class QuoteCacheError extends Error {
  readonly code = 'CACHE_REFUSED';
  override readonly name = 'QuoteCacheError';
}

/** The path with the links of the part that exists followed. */
function realPath(path: string): string {
  const missing: string[] = [];
  for (let at = resolve(path); ; at = dirname(at)) {
    if (succeeds(() => void realpathSync(at)) || dirname(at) === at) {
      return join(realpathSync(at), ...missing);
    }
    missing.unshift(at.slice(dirname(at).length).replace(sep, ''));
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

/** An entry that is being written. It takes blocks even after the disk has refused one. */
export class CacheWriter {
  readonly #cache: QuoteCache;
  readonly #temporary: string;
  readonly #target: string;
  readonly #kind: string;
  readonly #key: string;
  #file: ColumnFileWriter | undefined;

  constructor(cache: QuoteCache, kind: string, key: string, temporary: string) {
    this.#cache = cache;
    this.#kind = kind;
    this.#key = key;
    this.#temporary = temporary;
    this.#target = cache.fileOf(kind, key);
    this.#try(() => {
      this.#file = new ColumnFileWriter(temporary);
    });
  }

  #try(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.discard();
      this.#cache.unwritable(error);
    }
  }

  add(raw: Uint8Array): void {
    this.#try(() => this.#file?.add(raw));
  }

  /** Puts the file into its place, durably. Two processes may: their files are the same. */
  publish(content: unknown): void {
    const file = this.#file;
    if (file === undefined) return;
    this.#try(() => {
      file.finish(this.#kind, this.#key, content);
      renameSync(this.#temporary, this.#target);
      this.#file = undefined;
      syncDirectory(dirname(this.#target));
    });
  }

  /** Leaves nothing, unless it was published. */
  discard(): void {
    if (this.#file === undefined) return;
    this.#file[Symbol.dispose]();
    this.#file = undefined;
    succeeds(() => rmSync(this.#temporary, { force: true }));
  }
}

/**
 * Files made from market data, by key, in a directory that can be lost at any time. Whatever its
 * disk does, the run goes on: what cannot be read is built anew, what cannot be written is said.
 */
export class QuoteCache {
  readonly #options: QuoteCacheOptions;
  readonly #directory: string;
  /** Entries that this run reads or has made. */
  readonly #inUse = new Set<string>();
  #writable: boolean | undefined;
  readonly hashes: HashMemo;

  constructor(options: QuoteCacheOptions) {
    this.#options = options;
    this.#directory = resolve(options.directory);
    this.hashes = new HashMemo({
      file: memoPath(this.#directory),
      damaged: (text) => options.warn(text),
    });
  }

  fileOf(kind: string, key: string): string {
    return entryPath(this.#directory, kind, key);
  }

  /** Throws {@link QuoteCacheError} for a directory that the user named within one of `folders`. */
  refuseWithin(folders: readonly string[]): void {
    if (this.#options.named !== true) return;
    const here = realPath(this.#directory);
    const folder = folders.find((one) => {
      const real = realPath(one);
      return here === real || here.startsWith(real.endsWith(sep) ? real : `${real}${sep}`);
    });
    if (folder === undefined) return;
    const where = `the cache ${this.#options.directory} lies in ${folder}, which holds market data`;
    throw new QuoteCacheError(`${where}: choose another directory`);
  }

  /** Said once: from now on nothing more is written. */
  unwritable(error: Error): void {
    if (this.#writable === false) return;
    this.#writable = false;
    this.#options.warn(`the cache cannot be written, the run goes on without: ${error.message}`);
  }

  warn(text: string): void {
    this.#options.warn(text);
  }

  #isWritable(): boolean {
    if (this.#writable !== undefined) return this.#writable;
    try {
      makeDirectories(this.#directory);
      removeDeadTemporaries(this.#directory);
      this.#writable = true;
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.unwritable(error);
    }
    return this.#writable === true;
  }

  /** Opens an entry; `undefined` when there is none that can be used. */
  open(kind: string, key: string): ColumnFileReader | undefined {
    const file = this.fileOf(kind, key);
    try {
      const reader = ColumnFileReader.open(file, kind, key);
      if (reader === undefined) return undefined;
      this.#inUse.add(file);
      const now = new Date();
      // Of another user, or on a disk that is only read: then it merely looks older than it is.
      succeeds(() => utimesSync(file, now, now));
      return reader;
    } catch (error) {
      if (!(error instanceof ColumnFileError)) throw error;
      this.drop(kind, key, error);
      return undefined;
    }
  }

  /** Deletes an entry that cannot be used, and says so. */
  drop(kind: string, key: string, error: ColumnFileError): void {
    const file = this.fileOf(kind, key);
    this.#options.warn(`${file} is not used and made anew: ${error.message}`);
    this.#inUse.delete(file);
    succeeds(() => rmSync(file, { force: true }));
  }

  /** Begins an entry; `undefined` where nothing can be written. */
  create(kind: string, key: string): CacheWriter | undefined {
    if (!this.#isWritable()) return undefined;
    this.#inUse.add(this.fileOf(kind, key));
    return new CacheWriter(this, kind, key, temporaryIn(this.#directory));
  }

  /** Writes down the hashes that were computed. */
  saveHashes(): void {
    if (!this.hashes.changed || !this.#isWritable()) return;
    try {
      this.hashes.save();
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.unwritable(error);
    }
  }

  /** Removes what was not used for longest until the rest is within its bound. */
  evict(): void {
    succeeds(() => {
      const entries = cacheEntries(this.#directory);
      let total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
      for (const { file, bytes } of entries) {
        if (total <= this.#options.bytesMax) return;
        if (this.#inUse.has(file)) continue;
        rmSync(file, { force: true });
        total -= bytes;
      }
    });
  }
}
