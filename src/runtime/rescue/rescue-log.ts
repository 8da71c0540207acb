import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Name of the log in the engine's directory. */
export const RESCUE_LOG = 'rescue.log';

/** `rescue.log`: a JSON object a line, each durable before this process goes on. Never a token. */
export class RescueLog implements Disposable {
  readonly #handle: number = -1;

  /** Opens it, behind what earlier rescues wrote. */
  constructor(directory: string) {
    this.#handle = openSync(join(directory, RESCUE_LOG), 'a', 0o600);
  }

  write(line: object): void {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#handle, bytes, at);
    fsyncSync(this.#handle);
  }

  [Symbol.dispose](): void {
    closeSync(this.#handle);
  }
}
