import { rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ColumnFileError, ColumnFileReader } from '../columns/column-file.ts';
import { ORDER_KIND, type OrderContent } from '../columns/order-file.ts';
import { STREAM_KIND, type StreamContent } from '../columns/stream-file.ts';
import { namesIn, removeDeadTemporaries } from './temporary-files.ts';

/** A file of the cache, as its directory shows it. */
export interface CacheEntry {
  readonly file: string;
  readonly bytes: number;
  /** Milliseconds since 1970; every use of an entry sets it. */
  readonly usedAtMs: number;
}

/** What a file of the cache holds. */
export interface EntryContent {
  readonly kind: string;
  readonly symbols: readonly string[];
  readonly rows: number;
}

const ENTRY = /^(?<key>[0-9a-f]{64})\.(?<kind>quotes|order)$/;
const MEMO = 'hashes.json';

export function entryPath(directory: string, kind: string, key: string): string {
  return join(directory, `${key}.${kind}`);
}

/** Where the hashes of source files are kept. */
export function memoPath(directory: string): string {
  return join(directory, MEMO);
}

/** Entries of a cache's directory, least recently used first; none where there is no directory. */
export function cacheEntries(directory: string): CacheEntry[] {
  const entries: CacheEntry[] = [];
  for (const name of namesIn(directory)) {
    if (!ENTRY.test(name)) continue;
    const file = join(directory, name);
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat !== undefined) entries.push({ file, bytes: stat.size, usedAtMs: stat.mtimeMs });
  }
  return entries.sort((a, b) => a.usedAtMs - b.usedAtMs || (a.file < b.file ? -1 : 1));
}

/** What stands in an entry's footer; `undefined` when it cannot be used. */
export function entryContent({ file }: CacheEntry): EntryContent | undefined {
  const { key = '', kind = '' } = ENTRY.exec(basename(file))?.groups ?? {};
  try {
    using reader = ColumnFileReader.open(file, kind, key);
    if (reader === undefined) return undefined;
    if (kind === STREAM_KIND) {
      const { symbol, rows } = reader.content as StreamContent;
      return { kind, symbols: [symbol], rows };
    }
    const { symbols, rows } = reader.content as OrderContent;
    return { kind: ORDER_KIND, symbols, rows };
  } catch (error) {
    if (error instanceof ColumnFileError) return undefined;
    throw error;
  }
}

/** Removes what a cache has in its directory, and nothing else; returns the entries removed. */
export function clearCache(directory: string): CacheEntry[] {
  const entries = cacheEntries(directory);
  for (const { file } of entries) rmSync(file, { force: true });
  rmSync(memoPath(directory), { force: true });
  removeDeadTemporaries(directory);
  return entries;
}
