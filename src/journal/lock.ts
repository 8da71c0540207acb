import { closeSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

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
    const database = new DatabaseSync(join(directory, 'lock.sqlite'), { timeout: 0 });
    try {
      database.exec('BEGIN EXCLUSIVE');
    } catch (cause) {
      database.close();
      const message = `${directory} is held by another engine: ${holderOf(holder)}`;
      throw new LockError(message, { cause });
    }
    const identity = { pid: process.pid, host: hostname() };
    const temporary = `${holder}.new`;
    const file = openSync(temporary, 'w');
    try {
      writeSync(file, `${JSON.stringify(identity)}\n`);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, holder);
    return new DirectoryLock(database);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
