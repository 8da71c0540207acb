import { join } from 'node:path';
import type { Disk } from './disk.ts';
import { snapshotsToKeep } from './retention.ts';
import { writeWhole } from './segment-files.ts';
import {
  decodeSnapshot,
  encodeSnapshot,
  type Snapshot,
  SnapshotError,
  sealSnapshot,
} from './snapshot-file.ts';

const NAME = /^\d{20}\.state$/;
const UNFINISHED = /^\d{20}\.state\.new$/;
const DIGITS = 20;

/** Takes a snapshot to write: at once, or behind the back of the loop. */
export interface SnapshotWriter {
  /** True while one is on its way: no other is taken then. */
  readonly busy: boolean;
  /** `body`: the file but for the SHA-256 at its end. */
  write(directory: string, name: string, body: Uint8Array<ArrayBuffer>): void;
}

/** Writes at once, through the disk. */
export class DirectWriter implements SnapshotWriter {
  readonly busy = false;
  readonly #disk: Disk;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  write(directory: string, name: string, body: Uint8Array): void {
    writeWhole(this.#disk, directory, name, sealSnapshot(body));
  }
}

/**
 * Snapshots in a directory, named by the frame through which they hold. The newest good one wins
 * and the one before is kept; a damaged one is passed over, never used.
 */
export class SnapshotStore {
  readonly #disk: Disk;
  readonly #directory: string;
  /** Files that hold no state of this journal: damaged, or beyond its end. */
  readonly #bad = new Set<string>();

  constructor(disk: Disk, directory: string) {
    this.#disk = disk;
    this.#directory = directory;
  }

  /** Names, the newest first. */
  names(): readonly string[] {
    const names = this.#disk.list(this.#directory).filter((name) => NAME.test(name));
    return names.sort((a, b) => (a < b ? 1 : -1));
  }

  /** Frames through which they hold, but for those that were passed over. */
  frames(): number[] {
    return this.#good.map((name) => Number.parseInt(name, 10));
  }

  get #good(): readonly string[] {
    return this.names().filter((name) => !this.#bad.has(name));
  }

  /** Reads one by name. Throws {@link SnapshotError}. */
  read(name: string): Snapshot {
    const file = join(this.#directory, name);
    const snapshot = decodeSnapshot(this.#disk.readDurable(file), file);
    if (nameOf(snapshot.frame) === name) return snapshot;
    throw new SnapshotError(`${file}: it holds frame ${snapshot.frame}`);
  }

  /** Notes that a file is of no use: it is not counted among those that are kept. */
  passOver(name: string): void {
    this.#bad.add(name);
  }

  /**
   * Hands a snapshot to the writer. Those passed over go first, and the older ones but the last;
   * one behind each stretch of dropped market data stays, given by the stretch's last frame (X32).
   * What a process that died left half written goes too: what is on its way is of later frames.
   */
  write(snapshot: Snapshot, writer: SnapshotWriter, droppedEnds: readonly number[] = []): void {
    const good = this.#good;
    const frames = good.map((name) => Number.parseInt(name, 10));
    const keep = snapshotsToKeep([snapshot.frame, ...frames], droppedEnds).map(nameOf);
    const stale = good.filter((name) => !keep.includes(name));
    for (const name of [...this.#bad, ...stale, ...this.#unfinished(good[0])]) this.#remove(name);
    this.#bad.clear();
    writer.write(this.#directory, nameOf(snapshot.frame), encodeSnapshot(snapshot));
  }

  #unfinished(newest: string | undefined): readonly string[] {
    if (newest === undefined) return [];
    const names = this.#disk.list(this.#directory);
    return names.filter((name) => UNFINISHED.test(name) && name < newest);
  }

  #remove(name: string): void {
    if (this.#disk.list(this.#directory).includes(name))
      this.#disk.remove(join(this.#directory, name));
  }
}

function nameOf(frame: number): string {
  return `${String(frame).padStart(DIGITS, '0')}.state`;
}
