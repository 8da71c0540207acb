import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileWriter } from '../journal/snapshot-store.ts';

/**
 * Writes a file behind the back of the loop: beside its name, synced, then renamed, as it is done
 * at once elsewhere. One at a time.
 */
export class BackgroundWriter implements FileWriter {
  readonly #failed: (error: unknown) => void;
  #busy = false;

  /** `failed` hears of a file that was not written; what stood there before still does. */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  get busy(): boolean {
    return this.#busy;
  }

  write(directory: string, name: string, bytes: Uint8Array): void {
    this.#busy = true;
    void this.#write(directory, name, bytes)
      .catch(this.#failed)
      .finally(() => {
        this.#busy = false;
      });
  }

  async #write(directory: string, name: string, bytes: Uint8Array): Promise<void> {
    const temporary = join(directory, `${name}.new`);
    await rm(temporary, { force: true });
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(bytes);
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
