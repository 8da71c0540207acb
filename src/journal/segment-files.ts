import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import type { Disk } from './disk.ts';
import {
  BLOCK_BYTES,
  blocksOf,
  type GroupHeader,
  groupBytes,
  readFrames,
  readGroup,
} from './group.ts';
import { JournalError } from './journal-error.ts';
import { frameTime } from './read-frame.ts';
import {
  byFrame,
  decodeSegmentHeader,
  firstOfEach,
  type SegmentFile,
  type SegmentHeader,
  SegmentScan,
  segmentFilesAmong,
} from './segment.ts';

/** No segment is larger; a damaged archive must not unpack to more. */
const SEGMENT_BYTES_MAX = 1024 * 1024 * 1024;

/** A segment read from a disk. */
export interface SegmentContent {
  readonly file: SegmentFile;
  readonly header: SegmentHeader;
  readonly bytes: Uint8Array;
}

/** Where archived segments stand, below the journal's own directory. */
export const ARCHIVE_FOLDER = 'archive';

/** Every file of every segment, archived ones too, by first frame. */
export function allSegmentFiles(disk: Disk, directory: string): SegmentFile[] {
  const own = segmentFilesAmong(disk.list(directory));
  const archived = segmentFilesAmong(
    namesIn(disk, join(directory, ARCHIVE_FOLDER)),
    ARCHIVE_FOLDER,
  );
  return [...archived, ...own].sort(byFrame);
}

/** None in a directory that is not there. */
export function namesIn(disk: Disk, directory: string): readonly string[] {
  try {
    return disk.list(directory);
  } catch (error) {
    if (error instanceof Error && Reflect.get(error, 'code') === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Reads a segment, unpacked; of one that is not packed its first `most` bytes alone. Throws
 * {@link JournalError}, or what the disk throws.
 */
export function readSegment(
  disk: Disk,
  directory: string,
  file: SegmentFile,
  most?: number,
): SegmentContent {
  const path = join(directory, file.folder, file.name);
  const stored = disk.readDurable(path, file.form === 'plain' ? most : undefined);
  const bytes = file.form === 'plain' ? stored : unpack(stored, file.name);
  return { file, bytes, header: decodeSegmentHeader(bytes, file.name) };
}

/**
 * Time of the first frame that a segment holds, µs: that of the journal, so that a copy of it has
 * the same. `undefined` where there is none, or it lies beyond what was read; of market data that
 * was dropped nothing is known.
 */
export function firstTime({ bytes, header }: SegmentContent): number | undefined {
  let time: number | undefined;
  for (let at = BLOCK_BYTES, frame = header.firstFrame; time === undefined; ) {
    const read = readGroup(bytes, at, false);
    if ('fault' in read || read.header.firstFrame !== frame) break;
    readFrames(read.group, read.header, (_, group, from, to) => {
      time ??= frameTime(group.subarray(from, to));
    });
    at += blocksOf(groupBytes(read.header));
    frame += read.header.frames;
  }
  return time;
}

/** The segments of a journal, while a running engine may pack and move them. */
class Listing {
  readonly #disk: Disk;
  readonly #directory: string;
  #files: readonly SegmentFile[] = [];

  constructor(disk: Disk, directory: string) {
    this.#disk = disk;
    this.#directory = directory;
    this.#list();
  }

  #list(): void {
    this.#files = firstOfEach(allSegmentFiles(this.#disk, this.#directory));
  }

  /** The place of the segment that holds a frame; the first one's before all. */
  placeOf(frame: number): number {
    return Math.max(
      0,
      this.#files.findLastIndex(({ firstFrame }) => firstFrame <= frame),
    );
  }

  /** The segment at a place; one that is gone since it was listed is read where it is now. */
  read(at: number): SegmentContent | undefined {
    const file = this.#files[at];
    if (file === undefined) return undefined;
    try {
      return readSegment(this.#disk, this.#directory, file);
    } catch (error) {
      const isGone = error instanceof Error && Reflect.get(error, 'code') === 'ENOENT';
      if (!isGone) throw error;
      this.#list();
      const now = this.#files[at];
      const isMoved = now?.name !== file.name || now.folder !== file.folder;
      if (now?.firstFrame !== file.firstFrame || !isMoved) throw error;
      return this.read(at);
    }
  }
}

function unpack(stored: Uint8Array, name: string): Uint8Array {
  try {
    return zstdDecompressSync(stored, { maxOutputLength: SEGMENT_BYTES_MAX });
  } catch (cause) {
    throw new JournalError('JOURNAL_DAMAGED', `${name}: cannot be unpacked`, { cause });
  }
}

export interface WalkOptions {
  /** Groups before the one that holds this frame are passed over, their segments unread. */
  readonly from: number;
  /** Check the digests of the parts too, as a verification does. */
  readonly digests: boolean;
  readonly take: (group: Uint8Array, header: GroupHeader, file: SegmentFile) => void;
}

/** What a walk over all segments found at the end. */
export interface WalkEnd {
  readonly header: SegmentHeader;
  readonly file: SegmentFile;
  readonly offset: number;
  readonly frame: number;
  readonly digest: Buffer;
  readonly strayBytes: number;
}

/**
 * Walks the groups of a journal in order: each segment ends where the next one says, and the last
 * where its groups end. `undefined` for a directory without segments. Throws {@link JournalError}
 * `JOURNAL_DAMAGED`.
 */
export function walkSegments(
  disk: Disk,
  directory: string,
  { from, digests, take }: WalkOptions,
): WalkEnd | undefined {
  const listing = new Listing(disk, directory);
  const first = listing.placeOf(from);
  let current = listing.read(first);
  for (let i = first; current !== undefined; i += 1) {
    const { header, bytes, file } = current;
    const next = listing.read(i + 1);
    const end = new SegmentScan(bytes, header, {
      name: file.name,
      form: file.form,
      end: next?.header.previousEnd,
      digests,
      take: (group, groupHeader) => {
        if (groupHeader.firstFrame + groupHeader.frames > from) take(group, groupHeader, file);
      },
    }).finish();
    if (next === undefined) return { header, file, ...end };
    checkJoin(current, end, next);
    current = next;
  }
  return undefined;
}

function checkJoin(
  { file, header }: SegmentContent,
  end: { readonly frame: number; readonly digest: Buffer },
  next: SegmentContent,
): void {
  const { name } = next.file;
  const says = (what: string): JournalError =>
    new JournalError('JOURNAL_DAMAGED', `${name}, offset 0: ${what}`);
  if (next.header.journalId !== header.journalId) throw says('it is of another journal');
  if (next.header.previousSegment !== file.firstFrame) {
    throw says(`it follows segment ${next.header.previousSegment}, which is missing`);
  }
  if (next.header.firstFrame !== next.file.firstFrame) throw says('its name is not its own');
  if (next.header.firstFrame !== end.frame + 1) {
    throw says(`frame ${next.header.firstFrame} follows frame ${end.frame}`);
  }
  if (next.header.previousDigest !== end.digest.toString('hex')) throw says('the chain is broken');
}

/** Writes a file beside its name, syncs it and renames it: whole or not at all. */
export function writeWhole(disk: Disk, directory: string, name: string, bytes: Uint8Array): void {
  const temporary = join(directory, `${name}.new`);
  if (disk.list(directory).includes(`${name}.new`)) disk.remove(temporary);
  const file = disk.create(temporary);
  try {
    file.write(bytes, 0);
    file.sync();
  } finally {
    file.close();
  }
  disk.rename(temporary, join(directory, name));
  disk.syncDirectory(directory);
}
