import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeDurably } from '../journal/state-file.ts';

/** How the last life of the engine ended. */
export interface LastStop {
  readonly clean: boolean;
  readonly reason: string;
  /** Market time, µs. */
  readonly time: number;
}

function isLastStop(value: unknown): value is LastStop {
  if (typeof value !== 'object' || value === null) return false;
  const { clean, reason, time } = value as Partial<Record<keyof LastStop, unknown>>;
  return typeof clean === 'boolean' && typeof reason === 'string' && typeof time === 'number';
}

/** `last-stop.json`: written at a stop, taken away at a start; its absence is an unclean end. */
export class StopNote {
  readonly #file: string;

  constructor(directory: string) {
    this.#file = join(directory, 'last-stop.json');
  }

  /** `undefined` when there is none; one that cannot be read counts as an unclean end. */
  read(): LastStop | undefined {
    let text: string;
    try {
      text = readFileSync(this.#file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    try {
      const value: unknown = JSON.parse(text);
      if (isLastStop(value)) return value;
    } catch {
      return { clean: false, reason: 'last-stop.json is not JSON', time: 0 };
    }
    return { clean: false, reason: 'last-stop.json is malformed', time: 0 };
  }

  write(stop: LastStop): void {
    writeDurably(this.#file, Buffer.from(`${JSON.stringify(stop)}\n`));
  }

  clear(): void {
    rmSync(this.#file, { force: true });
  }
}
