import { join } from 'node:path';
import type { Disk } from './disk.ts';
import { byFrame, type SegmentFile, segmentFilesAmong } from './segment.ts';
import { ARCHIVE_FOLDER, allSegmentFiles } from './segment-files.ts';

/** Files whose size is asked for in one step. */
const MEASURED_AT_ONCE = 256;

/** What stands of a journal; bytes as files have them, room made ahead left out. */
export interface JournalSizes {
  /** In the journal's own directory, the one that is being written among them. */
  readonly segments: number;
  readonly bytes: number;
  readonly archivedSegments: number;
  readonly archivedBytes: number;
  /** Of all of these, those whose market data was dropped. */
  readonly withoutMarketData: number;
}

/**
 * The segments of a journal and their sizes, listed once and then known from what becomes of them:
 * an archive of years is not to be listed between two turns. Each takes some two hundred bytes.
 */
export class SegmentInventory {
  readonly #disk: Disk;
  readonly #directory: string;
  #files: readonly SegmentFile[] | undefined;
  /** By name: a file keeps it, and its size, when it is moved. */
  #bytes = new Map<string, number>();
  #unmeasured: SegmentFile[] = [];
  readonly #own = { segments: 0, bytes: 0 };
  readonly #archived = { segments: 0, bytes: 0 };
  #withoutMarketData = 0;

  constructor(disk: Disk, directory: string) {
    this.#disk = disk;
    this.#directory = directory;
  }

  /** Every file of every segment, by first frame, of one segment the earlier form first. */
  files(): readonly SegmentFile[] {
    this.#files ??= this.#listed(allSegmentFiles(this.#disk, this.#directory));
    return this.#files;
  }

  get sizes(): JournalSizes {
    return {
      ...this.#own,
      archivedSegments: this.#archived.segments,
      archivedBytes: this.#archived.bytes,
      withoutMarketData: this.#withoutMarketData,
    };
  }

  bytesOf({ name }: SegmentFile): number {
    return this.#bytes.get(name) ?? 0;
  }

  /** Somebody else may have changed something: everything is listed anew. */
  forget(): void {
    this.#files = undefined;
  }

  /** A segment was begun: the journal's own directory is listed anew. */
  rolled(): void {
    if (this.#files === undefined) return;
    const archived = this.#files.filter(({ folder }) => folder !== '');
    const own = segmentFilesAmong(this.#disk.list(this.#directory));
    this.#files = this.#listed([...archived, ...own].sort(byFrame));
  }

  #listed(files: readonly SegmentFile[]): readonly SegmentFile[] {
    const known = this.#bytes;
    this.#bytes = new Map();
    this.#unmeasured = [];
    for (const part of [this.#own, this.#archived]) Object.assign(part, { segments: 0, bytes: 0 });
    this.#withoutMarketData = 0;
    for (const file of files) {
      const bytes = known.get(file.name);
      if (bytes === undefined) this.#unmeasured.push(file);
      else this.#bytes.set(file.name, bytes);
      this.#count(file, 1);
    }
    return files;
  }

  #count(file: SegmentFile, sign: 1 | -1): void {
    const part = file.folder === '' ? this.#own : this.#archived;
    part.segments += sign;
    part.bytes += sign * this.bytesOf(file);
    if (file.form === 'facts') this.#withoutMarketData += sign;
  }

  /** Asks for the sizes of some files; true when all are known. */
  measure(): boolean {
    for (const file of this.#unmeasured.splice(-MEASURED_AT_ONCE)) {
      const bytes = this.#disk.size(join(this.#directory, file.folder, file.name));
      this.#count(file, -1);
      this.#bytes.set(file.name, bytes);
      this.#count(file, 1);
    }
    return this.#unmeasured.length === 0;
  }

  added(file: SegmentFile, bytes: number): void {
    this.#bytes.set(file.name, bytes);
    this.#files = [...this.files(), file].sort(byFrame);
    this.#count(file, 1);
  }

  removed(file: SegmentFile): void {
    this.#files = this.files().filter((other) => other !== file);
    this.#count(file, -1);
    this.#bytes.delete(file.name);
  }

  archived(file: SegmentFile): void {
    const bytes = this.bytesOf(file);
    this.removed(file);
    this.added({ ...file, folder: ARCHIVE_FOLDER }, bytes);
  }
}
