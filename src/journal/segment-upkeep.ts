import { join } from 'node:path';
import { constants, zstdCompressSync } from 'node:zlib';
import type { Disk, DiskFile } from './disk.ts';
import { dropMarketPart } from './group.ts';
import { type SegmentFile, type SegmentForm, scanSegment, segmentName } from './segment.ts';
import { ARCHIVE_FOLDER, allSegmentFiles, readSegment } from './segment-files.ts';

/** Packed in one step: a few milliseconds. */
const STEP_BYTES = 1024 * 1024;
const PACKING = {
  params: {
    [constants.ZSTD_c_compressionLevel]: 3,
    [constants.ZSTD_c_checksumFlag]: 1,
  },
};

/** What becomes of sealed segments; ages are engine time since a segment was sealed, µs. */
export interface Retention {
  /** Market data of segments sealed longer ago is dropped. Facts are never dropped. */
  readonly marketUs: number;
  /** Segments sealed longer ago are moved to the archive. */
  readonly archiveAfterUs: number;
  /** So many sealed segments stay in the journal's own directory; older ones are archived. */
  readonly sealedMax: number;
}

/** Sealed segments are packed, and nothing else. */
export const KEEP_EVERYTHING: Retention = {
  marketUs: Number.POSITIVE_INFINITY,
  archiveAfterUs: Number.POSITIVE_INFINITY,
  sealedMax: Number.POSITIVE_INFINITY,
};

/** A file that is made anew from bytes in memory, packed, a part at each step. */
class Packing {
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #name: string;
  readonly #bytes: Uint8Array;
  readonly #file: DiskFile;
  #read = 0;
  #written = 0;

  constructor(disk: Disk, directory: string, name: string, bytes: Uint8Array) {
    this.#disk = disk;
    this.#directory = directory;
    this.#name = name;
    this.#bytes = bytes;
    const left = disk.list(directory).includes(`${name}.new`);
    if (left) disk.remove(this.#temporary);
    this.#file = disk.create(this.#temporary);
  }

  get #temporary(): string {
    return join(this.#directory, `${this.#name}.new`);
  }

  /** True once the file stands under its name, durable. */
  step(): boolean {
    const part = this.#bytes.subarray(this.#read, this.#read + STEP_BYTES);
    if (part.length > 0) {
      // Each part is a zstd frame of its own; one behind the other they unpack as one.
      const packed = zstdCompressSync(part, PACKING);
      this.#file.write(packed, this.#written);
      this.#read += part.length;
      this.#written += packed.length;
      return false;
    }
    this.#file.sync();
    this.#file.close();
    this.#disk.rename(this.#temporary, join(this.#directory, this.#name));
    this.#disk.syncDirectory(this.#directory);
    return true;
  }

  /** Gives up; what was written is removed by the next attempt. */
  abandon(): void {
    this.#file.close();
  }
}

/** What a step of upkeep did to a segment. */
export const UPKEEP_STEPS = ['looked', 'packing', 'packed', 'removed', 'archived'] as const;
export type UpkeepStep = (typeof UPKEEP_STEPS)[number];

/**
 * Packs, thins out and archives sealed segments, in steps that a running engine makes between its
 * turns: a segment is read, or a part of one packed, in a step. A process that dies at any point
 * has lost nothing: a later form of a segment is whole before the earlier one is removed, and a
 * move is one rename. A step throws what the disk throws; the journal itself is not concerned.
 */
export class SegmentUpkeep {
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #retention: Retention;
  /** When segments were begun, and where those before them end; by first frame. */
  readonly #known = new Map<number, { readonly begun: number; readonly previousEnd: number }>();
  #packing: Packing | undefined;

  /** The directory `archive` is there where anything is to be archived. */
  constructor(disk: Disk, directory: string, retention: Retention) {
    this.#disk = disk;
    this.#directory = directory;
    this.#retention = retention;
  }

  /**
   * Makes the next step; `undefined` when there is nothing to do. `now` is engine time, µs; market
   * data is dropped through frame `droppableThrough` at most: see `retention.ts`.
   */
  step(now: number, droppableThrough: number): UpkeepStep | undefined {
    try {
      if (this.#packing !== undefined) {
        if (!this.#packing.step()) return 'packing';
        this.#packing = undefined;
        return 'packed';
      }
      return this.#next(now, droppableThrough);
    } catch (error) {
      this.#packing?.abandon();
      this.#packing = undefined;
      throw error;
    }
  }

  #next(now: number, droppableThrough: number): UpkeepStep | undefined {
    const files = allSegmentFiles(this.#disk, this.#directory);
    for (const [i, file] of files.entries()) {
      const next = files[i + 1];
      // The newest is being written.
      if (next === undefined) break;
      if (next.firstFrame === file.firstFrame) return this.#remove(file);
      if (file.form === 'plain') return this.#pack(file, next, 'packed');
    }
    return this.#dropMarket(files, now, droppableThrough) ?? this.#archive(files, now);
  }

  /** A later form of it stands beside it. */
  #remove(file: SegmentFile): UpkeepStep {
    const directory = join(this.#directory, file.folder);
    this.#disk.remove(join(directory, file.name));
    this.#disk.syncDirectory(directory);
    return 'removed';
  }

  /** What the header of a segment says of it and of the one before; read once. */
  #aboutNext(
    file: SegmentFile,
  ): { readonly begun: number; readonly previousEnd: number } | undefined {
    const known = this.#known.get(file.firstFrame);
    if (known === undefined) {
      const { begun, previousEnd } = readSegment(this.#disk, this.#directory, file).header;
      this.#known.set(file.firstFrame, { begun, previousEnd });
    }
    return known;
  }

  #pack(file: SegmentFile, next: SegmentFile, form: SegmentForm): UpkeepStep {
    const about = this.#aboutNext(next);
    if (about === undefined) return 'looked';
    const { bytes, header } = readSegment(this.#disk, this.#directory, file);
    const end = about.previousEnd;
    const kept = bytes.subarray(0, end);
    if (form === 'facts') {
      const options = { name: file.name, form: file.form, end, digests: false };
      scanSegment(kept, header, { ...options, take: dropMarketPart });
    }
    const name = segmentName(file.firstFrame, form);
    this.#packing = new Packing(this.#disk, join(this.#directory, file.folder), name, kept);
    return 'packing';
  }

  /** The oldest that still has its market data, where that is old enough. */
  #dropMarket(
    files: readonly SegmentFile[],
    now: number,
    droppableThrough: number,
  ): UpkeepStep | undefined {
    const { marketUs } = this.#retention;
    const at = files.findIndex(({ form }) => form === 'packed');
    const next = files[at + 1];
    const file = files[at];
    if (marketUs === Number.POSITIVE_INFINITY || file === undefined || next === undefined) return;
    if (next.firstFrame - 1 > droppableThrough) return;
    const about = this.#aboutNext(next);
    if (about === undefined) return 'looked';
    if (now - about.begun < marketUs) return;
    return this.#pack(file, next, 'facts');
  }

  /** The oldest that is not in the archive, where it is old enough or there are too many. */
  #archive(files: readonly SegmentFile[], now: number): UpkeepStep | undefined {
    const { archiveAfterUs, sealedMax } = this.#retention;
    const own = files.filter(({ folder }) => folder === '');
    const [oldest, next] = own;
    if (oldest === undefined || next === undefined) return;
    if (own.length - 1 <= sealedMax) {
      if (archiveAfterUs === Number.POSITIVE_INFINITY) return;
      const about = this.#aboutNext(next);
      if (about === undefined) return 'looked';
      if (now - about.begun < archiveAfterUs) return;
    }
    const archive = join(this.#directory, ARCHIVE_FOLDER);
    this.#disk.rename(join(this.#directory, oldest.name), join(archive, oldest.name));
    this.#disk.syncDirectory(archive);
    this.#disk.syncDirectory(this.#directory);
    this.#known.delete(oldest.firstFrame);
    return 'archived';
  }
}

/** Packs every sealed segment at once, for a journal that nobody waits for. */
export function compressSealed(disk: Disk, directory: string): void {
  const upkeep = new SegmentUpkeep(disk, directory, KEEP_EVERYTHING);
  while (upkeep.step(0, 0) !== undefined);
}
