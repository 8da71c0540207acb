import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeDurably } from '../journal/write-durably.ts';

const schema = z.strictObject({
  url: z.string(),
  readTokenEnv: z.string(),
  controlTokenEnv: z.string(),
});

/** Where a running engine is reached, and the variables that its tokens may be in. */
export type Address = z.output<typeof schema>;

/** `host.json` in the engine's directory: by it the command line finds a running engine. */
export class HostAddress {
  readonly #file: string;

  constructor(directory: string) {
    this.#file = join(directory, 'host.json');
  }

  write(address: Address): void {
    writeDurably(this.#file, Buffer.from(`${JSON.stringify(address)}\n`));
  }

  /** `undefined` where no engine has left one. */
  read(): Address | undefined {
    let text: string;
    try {
      text = readFileSync(this.#file, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
    return schema.parse(JSON.parse(text));
  }

  forget(): void {
    rmSync(this.#file, { force: true });
  }
}
