import { join } from 'node:path';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { present } from '../model/assert.ts';
import type { Disk } from './disk.ts';
import type { GroupHeader } from './group.ts';
import { JournalError } from './journal-error.ts';
import {
  decodeSegmentHeader,
  type SegmentFile,
  type SegmentHeader,
  scanSegment,
  segmentsAmong,
} from './segment.ts';

const ZSTD_LEVEL = 3;
/** No segment is larger; a damaged archive must not unpack to more. */
const SEGMENT_BYTES_MAX = 1024 * 1024 * 1024;

/** A segment read from a disk. */
export interface SegmentContent {
  readonly file: SegmentFile;
  readonly header: SegmentHeader;
  readonly bytes: Uint8Array;
}

/** Reads a segment, unpacked. Throws {@link JournalError}, or what the disk throws. */
export function readSegment(disk: Disk, directory: string, file: SegmentFile): SegmentContent {
  const stored = disk.readDurable(join(directory, file.name));
  const bytes = file.compressed ? unpack(stored, file.name) : stored;
  return { file, bytes, header: decodeSegmentHeader(bytes, file.name) };
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
  const files = segmentsAmong(disk.list(directory));
  const first = Math.max(
    0,
    files.findLastIndex(({ firstFrame }) => firstFrame <= from),
  );
  let current = files[first] && readSegment(disk, directory, files[first]);
  for (let i = first; current !== undefined; i += 1) {
    const { header, bytes, file } = current;
    const nextFile = files[i + 1];
    const next = nextFile && readSegment(disk, directory, nextFile);
    const end = scanSegment(bytes, header, {
      name: file.name,
      end: next?.header.previousEnd,
      digests,
      take: (group, groupHeader) => {
        if (groupHeader.firstFrame + groupHeader.frames > from) take(group, groupHeader, file);
      },
    });
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

/** Replaces every sealed segment by a compressed copy, written beside it, synced and renamed. */
export function compressSealed(disk: Disk, directory: string): void {
  const names = disk.list(directory);
  const files = segmentsAmong(names);
  for (const [i, file] of files.entries()) {
    const packed = `${file.name}.zst`;
    if (file.compressed || i === files.length - 1) continue;
    if (!names.includes(packed)) {
      const { bytes } = readSegment(disk, directory, file);
      const next = readSegment(disk, directory, present(files[i + 1], 'next segment'));
      writeWhole(disk, directory, packed, packedUpTo(bytes, next.header.previousEnd));
    }
    disk.remove(join(directory, file.name));
    disk.syncDirectory(directory);
  }
}

function packedUpTo(bytes: Uint8Array, end: number): Uint8Array {
  const params = {
    [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL,
    [constants.ZSTD_c_checksumFlag]: 1,
  };
  return zstdCompressSync(bytes.subarray(0, end), { params });
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
