import { webcrypto } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SnapshotWriter } from '../journal/snapshot-store.ts';

/**
 * Writes snapshots behind the back of the loop: hashed, beside the name, synced, then renamed, as
 * it is done at once elsewhere. One at a time.
 */
export class BackgroundWriter implements SnapshotWriter {
  readonly #failed: (error: unknown) => void;
  #busy = false;

  /** `failed` hears of a file that was not written; what stood there before still does. */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  get busy(): boolean {
    return this.#busy;
  }

  write(directory: string, name: string, body: Uint8Array<ArrayBuffer>): void {
    this.#busy = true;
    void this.#write(directory, name, body)
      .catch(this.#failed)
      .finally(() => {
        this.#busy = false;
      });
  }

  async #write(directory: string, name: string, body: Uint8Array<ArrayBuffer>): Promise<void> {
    const digest = new Uint8Array(await webcrypto.subtle.digest('SHA-256', body));
    const temporary = join(directory, `${name}.new`);
    await rm(temporary, { force: true });
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(body);
      await file.writeFile(digest);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, join(directory, name));
    const handle = await open(directory, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}
