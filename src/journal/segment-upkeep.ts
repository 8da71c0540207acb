import { join } from 'node:path';
import { constants, zstdCompressSync } from 'node:zlib';
import type { Disk, DiskFile } from './disk.ts';
import { dropMarketPart } from './group.ts';
import { KEEP_EVERYTHING, type Reach, type Retention } from './retention.ts';
import { type SegmentFile, type SegmentForm, SegmentScan, segmentName } from './segment.ts';
import { ARCHIVE_FOLDER, firstTime, readSegment, type SegmentContent } from './segment-files.ts';
import { type JournalSizes, SegmentInventory } from './segment-inventory.ts';

/** Packed in one step: a few milliseconds. */
const STEP_BYTES = 1024 * 1024;
/** Of the segment behind, where its first group nearly always ends. */
const HEAD_BYTES = 256 * 1024;
const PACKING = {
  params: {
    [constants.ZSTD_c_compressionLevel]: 3,
    [constants.ZSTD_c_checksumFlag]: 1,
  },
};

/** A form of a segment that is made from bytes in memory, packed, a part at each step. */
class Packing {
  readonly file: SegmentFile;
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #bytes: Uint8Array;
  readonly #scan: SegmentScan | undefined;
  readonly #target: DiskFile;
  #isClosed = false;
  #read = 0;
  /** Bytes of the file so far. */
  written = 0;

  /** `scan` changes the bytes in their place, ahead of what is packed. */
  constructor(
    disk: Disk,
    directory: string,
    file: SegmentFile,
    bytes: Uint8Array,
    scan: SegmentScan | undefined,
  ) {
    this.#disk = disk;
    this.#directory = join(directory, file.folder);
    this.file = file;
    this.#bytes = bytes;
    this.#scan = scan;
    const left = disk.list(this.#directory).includes(`${file.name}.new`);
    if (left) disk.remove(this.#temporary);
    this.#target = disk.create(this.#temporary);
  }

  get #temporary(): string {
    return join(this.#directory, `${this.file.name}.new`);
  }

  /** True once the file stands under its name, durable. */
  step(): boolean {
    const end = this.#read + STEP_BYTES;
    const part = this.#bytes.subarray(this.#read, end);
    if (part.length > 0) {
      this.#scan?.advance(end);
      // Each part is a zstd frame of its own; one behind the other they unpack as one.
      const packed = zstdCompressSync(part, PACKING);
      this.#target.write(packed, this.written);
      this.#read += part.length;
      this.written += packed.length;
      return false;
    }
    this.#scan?.finish();
    this.#target.sync();
    this.#close();
    this.#disk.rename(this.#temporary, join(this.#directory, this.file.name));
    this.#disk.syncDirectory(this.#directory);
    return true;
  }

  #close(): void {
    if (!this.#isClosed) this.#target.close();
    this.#isClosed = true;
  }

  /** Gives up, and removes what was written: it takes room that the journal may need. */
  abandon(): void {
    this.#close();
    const isThere = this.#disk.list(this.#directory).includes(`${this.file.name}.new`);
    if (isThere) this.#disk.remove(this.#temporary);
  }
}

/** What a step of upkeep did to a segment. */
export const UPKEEP_STEPS = ['looked', 'packing', 'packed', 'removed', 'archived'] as const;
export type UpkeepStep = (typeof UPKEEP_STEPS)[number];

/** What is known of a segment from the one behind it. */
interface Seal {
  /** When it was sealed, µs of journal time; Infinity where nothing stands behind it yet. */
  readonly time: number;
  /** Where it ends. */
  readonly end: number;
}

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
  readonly #inventory: SegmentInventory;
  /** By first frame of the segment behind. */
  readonly #seals = new Map<number, Seal>();
  #packing: Packing | undefined;

  /** The directory `archive` is there where anything is to be archived. */
  constructor(disk: Disk, directory: string, retention: Retention) {
    this.#disk = disk;
    this.#directory = directory;
    this.#retention = retention;
    this.#inventory = new SegmentInventory(disk, directory);
  }

  /** What stands, as far as it was looked at. */
  get sizes(): JournalSizes {
    return this.#inventory.sizes;
  }

  /** Every file of the journal, listed anew: an operator may have taken some of the archive. */
  listed(): readonly SegmentFile[] {
    this.#inventory.forget();
    return this.#inventory.files();
  }

  /** To be told when the journal has begun another segment. */
  rolled(): void {
    this.#inventory.rolled();
  }

  /**
   * Makes the next step; `undefined` when there is nothing to do. `now` is journal time, µs. Only
   * whole segments within `reach` are dropped of their market data, and archived.
   */
  step(now: number, reach: Reach): UpkeepStep | undefined {
    try {
      return this.#packing === undefined ? this.#next(now, reach) : this.#goOn(this.#packing);
    } catch (error) {
      this.#giveUp();
      throw error;
    }
  }

  #goOn(packing: Packing): UpkeepStep {
    if (!packing.step()) return 'packing';
    this.#packing = undefined;
    this.#inventory.added(packing.file, packing.written);
    return 'packed';
  }

  #giveUp(): void {
    const packing = this.#packing;
    this.#packing = undefined;
    this.#inventory.forget();
    try {
      packing?.abandon();
    } catch {
      // Why the step failed is what is told; what is left of it the next attempt removes.
    }
  }

  #next(now: number, reach: Reach): UpkeepStep | undefined {
    const files = this.#inventory.files();
    if (!this.#inventory.measure()) return 'looked';
    for (const [i, file] of files.entries()) {
      const next = files[i + 1];
      // The newest is being written.
      if (next === undefined) break;
      if (next.firstFrame === file.firstFrame) return this.#remove(file);
      if (file.form === 'plain') return this.#pack(file, next, 'packed');
    }
    return this.#dropMarket(files, now, reach.drop) ?? this.#archive(files, now, reach.archive);
  }

  /** A later form of it stands beside it. */
  #remove(file: SegmentFile): UpkeepStep {
    const directory = join(this.#directory, file.folder);
    this.#disk.remove(join(directory, file.name));
    this.#disk.syncDirectory(directory);
    this.#inventory.removed(file);
    return 'removed';
  }

  /** What the segment behind one says of it; `undefined` in the step in which that is read. */
  #seal(next: SegmentFile): Seal | undefined {
    const known = this.#seals.get(next.firstFrame);
    if (known === undefined) {
      const content = readSegment(this.#disk, this.#directory, next, HEAD_BYTES);
      const whole = (): SegmentContent => readSegment(this.#disk, this.#directory, next);
      const time = firstTime(content) ?? firstTime(whole()) ?? Number.POSITIVE_INFINITY;
      this.#seals.set(next.firstFrame, { time, end: content.header.previousEnd });
    }
    return known;
  }

  /** Was it sealed at least so long ago? `undefined` in the step in which that is read. */
  #isOlder(next: SegmentFile, now: number, afterUs: number): boolean | undefined {
    if (afterUs === Number.POSITIVE_INFINITY) return false;
    const seal = this.#seal(next);
    if (seal === undefined) return undefined;
    // Nothing stood behind it: that is asked again.
    if (seal.time === Number.POSITIVE_INFINITY) this.#seals.delete(next.firstFrame);
    return now - seal.time >= afterUs;
  }

  #pack(file: SegmentFile, next: SegmentFile, form: SegmentForm): UpkeepStep {
    const seal = this.#seal(next);
    if (seal === undefined) return 'looked';
    const { bytes, header } = readSegment(this.#disk, this.#directory, file);
    const { end } = seal;
    const kept = bytes.subarray(0, end);
    const options = { name: file.name, form: file.form, end, digests: false };
    const scan =
      form === 'facts'
        ? new SegmentScan(kept, header, { ...options, take: dropMarketPart })
        : undefined;
    const made = { ...file, form, name: segmentName(file.firstFrame, form) };
    this.#packing = new Packing(this.#disk, this.#directory, made, kept, scan);
    return 'packing';
  }

  /** The oldest that still has its market data, where it is old enough or all take too much. */
  #dropMarket(files: readonly SegmentFile[], now: number, through: number): UpkeepStep | undefined {
    const { dropMarketAfterUs, dropMarketOverBytes } = this.#retention;
    const at = files.findIndex(({ form }) => form === 'packed');
    const next = files[at + 1];
    const file = files[at];
    if (file === undefined || next === undefined || next.firstFrame - 1 > through) return;
    if (this.#sealedBytes(files) + this.sizes.archivedBytes <= dropMarketOverBytes) {
      const isOld = this.#isOlder(next, now, dropMarketAfterUs);
      if (isOld === undefined) return 'looked';
      if (!isOld) return;
    }
    const step = this.#pack(file, next, 'facts');
    if (step === 'packing') this.#seals.delete(file.firstFrame);
    return step;
  }

  /** Bytes of what is sealed in the journal's own directory. */
  #sealedBytes(files: readonly SegmentFile[]): number {
    const newest = files.at(-1);
    return this.sizes.bytes - (newest === undefined ? 0 : this.#inventory.bytesOf(newest));
  }

  /** The oldest that is not in the archive, where it is old enough or they take too much. */
  #archive(files: readonly SegmentFile[], now: number, through: number): UpkeepStep | undefined {
    const { archiveAfterUs, archiveOverBytes } = this.#retention;
    const at = files.findIndex(({ folder }) => folder === '');
    const next = files[at + 1];
    const oldest = files[at];
    if (oldest === undefined || next === undefined || next.firstFrame - 1 > through) return;
    if (this.#sealedBytes(files) <= archiveOverBytes) {
      const isOld = this.#isOlder(next, now, archiveAfterUs);
      if (isOld === undefined) return 'looked';
      if (!isOld) return;
    }
    const archive = join(this.#directory, ARCHIVE_FOLDER);
    this.#disk.rename(join(this.#directory, oldest.name), join(archive, oldest.name));
    this.#disk.syncDirectory(archive);
    this.#disk.syncDirectory(this.#directory);
    this.#inventory.archived(oldest);
    this.#seals.delete(oldest.firstFrame);
    return 'archived';
  }
}

/** Packs every sealed segment at once, for a journal that nobody waits for. */
export function compressSealed(disk: Disk, directory: string): void {
  const upkeep = new SegmentUpkeep(disk, directory, KEEP_EVERYTHING);
  while (upkeep.step(0, { drop: 0, archive: 0 }) !== undefined);
}
