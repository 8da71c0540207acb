import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { writeDurably } from './write-durably.ts';

/** The directory is held by another engine, or cannot be locked. */
export class LockError extends Error {
  readonly code = 'DIRECTORY_LOCKED';
  override readonly name = 'LockError';
}

function holderOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return 'unknown';
  }
}

const UNLOCKABLE = 'cannot be locked';
const SQLITE_BUSY = 5;

function isBusy(error: unknown): boolean {
  return error instanceof Error && Reflect.get(error, 'errcode') === SQLITE_BUSY;
}

function openDatabase(directory: string): DatabaseSync {
  try {
    return new DatabaseSync(join(directory, 'lock.sqlite'), { timeout: 0 });
  } catch (cause) {
    throw new LockError(`${directory} ${UNLOCKABLE}: ${String(cause)}`, { cause });
  }
}

function lockError(directory: string, holder: string, cause: unknown): LockError {
  const busy = isBusy(cause);
  const why = busy ? `is held by another engine: ${holderOf(holder)}` : `${UNLOCKABLE}: ${cause}`;
  return new LockError(`${directory} ${why}`, { cause });
}

function identity(): { readonly pid: number; readonly host: string } {
  return { pid: process.pid, host: hostname() };
}

/**
 * One engine per directory: an exclusive transaction on a small SQLite file. The system frees it
 * when the process dies, however it dies; Node has no flock. Who holds it stands beside it.
 */
export class DirectoryLock implements Disposable {
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Takes the lock or throws {@link LockError} at once, naming the holder. */
  static take(directory: string): DirectoryLock {
    const holder = join(directory, 'lock.json');
    const database = openDatabase(directory);
    try {
      database.exec('BEGIN EXCLUSIVE');
      writeDurably(holder, Buffer.from(`${JSON.stringify(identity())}\n`));
      return new DirectoryLock(database);
    } catch (cause) {
      database.close();
      throw lockError(directory, holder, cause);
    }
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
