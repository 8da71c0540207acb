import { join } from 'node:path';
import type { Disk } from '../journal/disk.ts';
import { writeWhole } from '../journal/segment-files.ts';

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

const NAME = 'last-stop.json';

/**
 * `last-stop.json`: written at a stop, taken away at a start; its absence is an end that nobody
 * noted, as when the process was killed. After a fatal end it is the latch: the next start is
 * exit-only (X23).
 */
export class StopNote {
  readonly #disk: Disk;
  readonly #directory: string;

  constructor(disk: Disk, directory: string) {
    this.#disk = disk;
    this.#directory = directory;
  }

  get #exists(): boolean {
    return this.#disk.list(this.#directory).includes(NAME);
  }

  /** `undefined` when there is none; one that cannot be read counts as a fatal end. */
  read(): LastStop | undefined {
    if (!this.#exists) return undefined;
    const bytes = this.#disk.readDurable(join(this.#directory, NAME));
    try {
      const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
      if (isLastStop(value)) return value;
    } catch {
      return { clean: false, reason: 'last-stop.json is not JSON', time: 0 };
    }
    return { clean: false, reason: 'last-stop.json is malformed', time: 0 };
  }

  write(stop: LastStop): void {
    const bytes = Buffer.from(`${JSON.stringify(stop)}\n`);
    writeWhole(this.#disk, this.#directory, NAME, bytes);
  }

  clear(): void {
    if (!this.#exists) return;
    this.#disk.remove(join(this.#directory, NAME));
    this.#disk.syncDirectory(this.#directory);
  }
}
