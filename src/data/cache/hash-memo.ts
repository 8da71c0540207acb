import { createHash } from 'node:crypto';
import { type BigIntStats, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { temporaryIn } from './temporary-files.ts';

/** How a memo works. */
export interface HashMemoOptions {
  /** Where it is kept; left out, every file is hashed every time. */
  readonly file?: string;
  /** Milliseconds since 1970; for tests. */
  readonly now?: () => number;
  /** Told when the memo is damaged; it is then begun anew. */
  readonly damaged?: (text: string) => void;
}

/** What is remembered of a file; nanoseconds as decimal text, `at` in milliseconds. */
interface Entry {
  readonly size: string;
  readonly mtime: string;
  readonly ctime: string;
  /** When the hash was begun. */
  readonly at: number;
  readonly sha256: string;
}

const VERSION = 1;
const ENTRIES_MAX = 65_536;
const CHUNK_BYTES = 1024 * 1024;
/**
 * A file that was changed this shortly before it was hashed is hashed again: a further change in
 * the same tick of the disk's clock would show in no time stamp. Two seconds is the coarsest tick.
 */
const RACY_MS = 2000;

/** The names of a file's content at one moment. */
function entryOf(stat: BigIntStats, at: number, sha256: string): Entry {
  const { size, mtimeNs, ctimeNs } = stat;
  return { size: `${size}`, mtime: `${mtimeNs}`, ctime: `${ctimeNs}`, at, sha256 };
}

function isSame(a: Entry, b: Entry): boolean {
  return a.size === b.size && a.mtime === b.mtime && a.ctime === b.ctime;
}

async function hashOf(handle: FileHandle): Promise<string> {
  const hash = createHash('sha256');
  const buffer = new Uint8Array(CHUNK_BYTES);
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, null);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(buffer.subarray(0, bytesRead));
  }
}

/**
 * SHA-256 of files, remembered by device, inode, size, and the times of their last change. The
 * time of change (ctime) is set by the system alone, so that an edit which keeps size and mtime
 * is noticed.
 */
export class HashMemo {
  readonly #options: HashMemoOptions;
  #entries: Map<string, Entry> | undefined;
  #changed = false;

  constructor(options: HashMemoOptions = {}) {
    this.#options = options;
  }

  /** True when there is something new to save. */
  get changed(): boolean {
    return this.#changed;
  }

  /** Hexadecimal SHA-256 of a file's bytes as they are now. Throws the system's errors. */
  async sha256(path: string): Promise<string> {
    const handle = await open(path, 'r');
    try {
      const at = this.#options.now?.() ?? Date.now();
      const stat = await handle.stat({ bigint: true });
      const id = `${stat.dev}:${stat.ino}`;
      const now = entryOf(stat, at, '');
      const known = this.#known().get(id);
      if (known !== undefined && isSame(known, now) && isSettled(known)) return known.sha256;
      const sha256 = await hashOf(handle);
      const after = entryOf(await handle.stat({ bigint: true }), at, sha256);
      if (isSame(now, after)) this.#remember(id, after);
      return sha256;
    } finally {
      await handle.close();
    }
  }

  #remember(id: string, entry: Entry): void {
    const entries = this.#known();
    // Deleted first, so that the map stays in order of age.
    entries.delete(id);
    entries.set(id, entry);
    for (const oldest of entries.keys()) {
      if (entries.size <= ENTRIES_MAX) break;
      entries.delete(oldest);
    }
    this.#changed = true;
  }

  #known(): Map<string, Entry> {
    this.#entries ??= this.#read();
    return this.#entries;
  }

  #read(): Map<string, Entry> {
    const { file, damaged } = this.#options;
    if (file === undefined) return new Map();
    let text: string;
    try {
      text = readFileSync(file, 'latin1');
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code !== 'ENOENT' && code !== 'ENOTDIR')
        damaged?.(`${file} is not used: ${String(error)}`);
      return new Map();
    }
    const [digest, body = ''] = text.split('\n');
    if (digest !== createHash('sha256').update(body).digest('hex')) {
      damaged?.(`${file} is not used and made anew: it is damaged`);
      return new Map();
    }
    // Under its checksum, it is what some version wrote.
    const saved = JSON.parse(body) as { version: number; entries: [string, Entry][] };
    return new Map(saved.version === VERSION ? saved.entries : []);
  }

  /** Writes it, whole or not at all. Throws the system's errors. */
  save(): void {
    const { file } = this.#options;
    if (file === undefined || !this.#changed) return;
    const body = JSON.stringify({ version: VERSION, entries: [...this.#known()] });
    const digest = createHash('sha256').update(body).digest('hex');
    const temporary = temporaryIn(dirname(file));
    try {
      writeFileSync(temporary, `${digest}\n${body}\n`);
      renameSync(temporary, file);
    } finally {
      rmSync(temporary, { force: true });
    }
    this.#changed = false;
  }
}

/** Nobody can have changed the file since without its ctime showing it. */
function isSettled({ ctime, at }: Entry): boolean {
  return Number(BigInt(ctime) / 1_000_000n) + RACY_MS < at;
}
