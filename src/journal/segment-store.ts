import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { assert, present } from '../model/assert.ts';
import type { Disk, DiskFile } from './disk.ts';
import { BLOCK_BYTES, blocksOf, GROUP_BYTES_MAX, genesisDigest } from './group.ts';
import type { ChainEnd, GroupStore, GroupTaker, TailCut } from './group-store.ts';
import { JournalError } from './journal-error.ts';
import { RECORD_VERSION } from './record-formats.ts';
import { encodeSegmentHeader, type SegmentHeader, segmentName, segmentsAmong } from './segment.ts';
import { allSegmentFiles, type WalkEnd, walkSegments, writeWhole } from './segment-files.ts';
import { noteFirstVersion, writtenVersion } from './written-version.ts';

const SPARE = 'spare.new';
/** Zeros written in one step of making room ahead. */
const STEP_BYTES = 1024 * 1024;
const ZEROS = new Uint8Array(STEP_BYTES);

export interface SegmentOptions {
  /** Bytes of a segment: whole blocks, with room for the largest group. */
  readonly segmentBytes: number;
  /** A segment older than this (engine time, µs) is followed by a new one. */
  readonly ageMaxUs: number;
  /** Id of a journal that is begun; left out: a random one. */
  readonly journalId?: string;
  /** The newest version of the records that is known; a journal is begun in it. */
  readonly recordVersion?: number;
}

export const DEFAULT_SEGMENTS: SegmentOptions = {
  segmentBytes: 16 * 1024 * 1024,
  ageMaxUs: 24 * 3_600_000_000,
};

/** Room for the next segment, being filled with zeros. */
interface Spare {
  readonly file: DiskFile;
  filled: number;
}

/** A cut that no group has followed yet has not been acted upon: it is told again. */
function tailCutOf(found: WalkEnd | undefined): TailCut | undefined {
  if (found === undefined) return undefined;
  const { file, header, frame, offset, strayBytes } = found;
  if (strayBytes > 0) return { segment: file.name, offset, bytes: strayBytes };
  if (frame >= file.firstFrame || header.previousStray === 0) return undefined;
  return {
    segment: segmentName(header.previousSegment),
    offset: header.previousEnd,
    bytes: header.previousStray,
  };
}

/**
 * Commit groups in zero-filled segments on a disk. A group is one write and one sync at the start
 * of a fresh block. Files never grow: room for the next segment is made ahead, in steps. A failed
 * write or sync is the end of the store: the system may have dropped what it held, and a second
 * sync would report success.
 */
export class SegmentStore implements GroupStore {
  readonly journalId: string;
  readonly recordVersion: number = 0;
  readonly opened: ChainEnd;
  readonly tailCut: TailCut | undefined;
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #options: SegmentOptions;
  #header: SegmentHeader;
  #file: DiskFile;
  /** Behind the last group. */
  #end = BLOCK_BYTES;
  #digest: Buffer;
  #spare: Spare | undefined;
  #full: JournalError | undefined;
  #failure: JournalError | undefined;

  /**
   * Opens the journal in a directory that exists, or begins one. What was found is synced before it
   * is trusted, sealed off where it ends, and followed by a new segment. Throws
   * {@link JournalError}.
   */
  constructor(disk: Disk, directory: string, now: number, options = DEFAULT_SEGMENTS) {
    const { segmentBytes } = options;
    assert(segmentBytes % BLOCK_BYTES === 0, 'a segment is whole blocks');
    assert(segmentBytes >= 2 * BLOCK_BYTES, 'a segment has room for a group');
    this.#disk = disk;
    this.#directory = directory;
    this.#options = options;
    const found = this.#guard('open', () => this.#find());
    this.recordVersion = this.#guard('open', () => this.#versionOf(found));
    this.journalId =
      found?.header.journalId ?? options.journalId ?? randomBytes(16).toString('hex');
    this.opened =
      found === undefined
        ? { frame: 0, digest: genesisDigest(this.journalId) }
        : { frame: found.frame, digest: found.digest };
    this.tailCut = tailCutOf(found);
    this.#digest = this.opened.digest;
    this.#header = this.#headerAfter(found, now);
    this.#file = this.#guard('open', () => this.#begin(found));
  }

  /** First frame of the segment that is being written. */
  get segment(): number {
    return this.#header.firstFrame;
  }

  get inReserve(): boolean {
    return this.#full !== undefined;
  }

  /** Nothing has failed, and the room for the next segment is made. */
  get isAtEase(): boolean {
    return this.#failure === undefined && this.#full === undefined && this.#spareReady;
  }

  /** Turns whatever a disk throws into the one failure after which nothing is written. */
  #guard<T>(doing: string, act: () => T): T {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return act();
    } catch (cause) {
      if (cause instanceof JournalError) throw cause;
      const why = cause instanceof Error ? cause.message : String(cause);
      const message = `${this.#directory}: ${doing}: ${why}; nothing further is written`;
      this.#failure = new JournalError('JOURNAL_FAILED', message, { cause });
      throw this.#failure;
    }
  }

  /** The newest segment: synced, then read from the disk itself, then judged. */
  #find(): WalkEnd | undefined {
    const last = segmentsAmong(this.#disk.list(this.#directory)).at(-1);
    if (last === undefined) return this.#refuseArchiveAlone();
    this.#syncFound(join(this.#directory, last.name));
    const from = last.firstFrame;
    const take = (): void => undefined;
    return walkSegments(this.#disk, this.#directory, { from, digests: false, take });
  }

  #versionOf(found: WalkEnd | undefined): number {
    const { recordVersion = RECORD_VERSION } = this.#options;
    if (found !== undefined) return writtenVersion(this.#disk, this.#directory, recordVersion);
    noteFirstVersion(this.#disk, this.#directory, recordVersion);
    return recordVersion;
  }

  /** To begin anew beside an archive would be to forget what it holds. */
  #refuseArchiveAlone(): undefined {
    if (allSegmentFiles(this.#disk, this.#directory).length === 0) return undefined;
    const text = `${this.#directory}: there is an archive, and the segments after it are missing`;
    throw new JournalError('JOURNAL_MISSING', text);
  }

  /** What the cache shows may not be on the disk yet: it is put there before it is believed. */
  #syncFound(path: string): void {
    const file = this.#disk.open(path);
    try {
      file.sync();
    } finally {
      file.close();
    }
    this.#disk.syncDirectory(this.#directory);
  }

  #headerAfter(found: WalkEnd | undefined, now: number): SegmentHeader {
    const { frame, digest } = this.opened;
    return {
      journalId: this.journalId,
      firstFrame: frame + 1,
      previousDigest: digest.toString('hex'),
      previousSegment: found?.file.firstFrame ?? 0,
      previousEnd: found?.offset ?? 0,
      previousStray: found?.strayBytes ?? 0,
      bytes: this.#options.segmentBytes,
      begun: now,
    };
  }

  /**
   * The first segment of this life. One that holds no group yet is begun again: after a sync that
   * failed the system may show what the disk does not have, and would write it beside what follows.
   */
  #begin(found: WalkEnd | undefined): DiskFile {
    const disk = this.#disk;
    const spare = join(this.#directory, SPARE);
    if (disk.list(this.#directory).includes(SPARE)) disk.remove(spare);
    if (found !== undefined && found.frame < found.file.firstFrame) return this.#beginAgain(found);
    this.#fillSpare(Number.POSITIVE_INFINITY);
    return this.#promote(this.#header);
  }

  /**
   * The newest segment holds no whole group, at most what a torn write left: of that a copy is set
   * aside. A new one takes its number in one step, and the note that something was cut off with it.
   */
  #beginAgain(found: WalkEnd): DiskFile {
    const { header, strayBytes } = found;
    if (strayBytes > 0) this.#setAside(found);
    this.#header = { ...header, previousStray: header.previousStray + strayBytes };
    this.#fillSpare(Number.POSITIVE_INFINITY);
    return this.#promote(this.#header);
  }

  #setAside({ file }: WalkEnd): void {
    const names = this.#disk.list(this.#directory);
    let aside = 1;
    while (names.includes(`${file.name}.cut${aside}`)) aside += 1;
    const damaged = this.#disk.readDurable(join(this.#directory, file.name));
    writeWhole(this.#disk, this.#directory, `${file.name}.cut${aside}`, damaged);
  }

  /** Goes on with making room ahead, by at most `steps` steps. */
  #fillSpare(steps: number): void {
    const { segmentBytes } = this.#options;
    const path = join(this.#directory, SPARE);
    this.#spare ??= { file: this.#disk.create(path), filled: 0 };
    const spare = this.#spare;
    for (let step = 0; step < steps && spare.filled < segmentBytes; step += 1) {
      const bytes = Math.min(STEP_BYTES, segmentBytes - spare.filled);
      spare.file.write(bytes === STEP_BYTES ? ZEROS : ZEROS.subarray(0, bytes), spare.filled);
      // Synced step by step: one sync of a whole segment would stall the loop.
      spare.file.sync();
      spare.filled += bytes;
    }
  }

  get #spareReady(): boolean {
    return this.#spare?.filled === this.#options.segmentBytes;
  }

  /** Makes the spare the segment of this header: written, synced, renamed, directory synced. */
  #promote(header: SegmentHeader): DiskFile {
    assert(this.#spareReady, 'the spare segment is filled');
    const { file } = present(this.#spare, 'a spare segment');
    file.write(encodeSegmentHeader(header), 0);
    file.sync();
    const name = segmentName(header.firstFrame);
    this.#disk.rename(join(this.#directory, SPARE), join(this.#directory, name));
    this.#disk.syncDirectory(this.#directory);
    this.#spare = undefined;
    return file;
  }

  append(group: Uint8Array, firstFrame: number, digest: Buffer, time: number): void {
    assert(group.length <= GROUP_BYTES_MAX, 'a group fits');
    this.#guard('append', () => {
      const isOld = time - this.#header.begun >= this.#options.ageMaxUs;
      const isFull = blocksOf(this.#end) + group.length > this.#header.bytes;
      // One that holds no group has no end that the next could name.
      const holdsAny = this.#end > BLOCK_BYTES;
      const rolls = isFull || (isOld && holdsAny && this.#spareReady);
      if (rolls) this.#roll(group, firstFrame, time);
      const at = blocksOf(this.#end);
      this.#file.write(group, at);
      this.#file.sync();
      this.#end = at + group.length;
    });
    this.#digest = digest;
  }

  #roll(group: Uint8Array, firstFrame: number, time: number): void {
    const { segmentBytes } = this.#options;
    if (BLOCK_BYTES + group.length > segmentBytes) {
      throw new Error(`a group of ${group.length} bytes in segments of ${segmentBytes}`);
    }
    if (this.#full !== undefined) throw this.#full;
    if (!this.#spareReady) this.#fillSpare(Number.POSITIVE_INFINITY);
    this.#next(firstFrame, time);
  }

  #next(firstFrame: number, now: number): void {
    const header: SegmentHeader = {
      journalId: this.journalId,
      firstFrame,
      previousDigest: this.#digest.toString('hex'),
      previousSegment: this.#header.firstFrame,
      previousEnd: this.#end,
      previousStray: 0,
      bytes: this.#options.segmentBytes,
      begun: now,
    };
    const file = this.#promote(header);
    this.#file.close();
    this.#file = file;
    this.#header = header;
    this.#end = BLOCK_BYTES;
  }

  prepare(): void {
    if (this.#spareReady || this.#full !== undefined) return;
    this.#guard('prepare', () => {
      try {
        this.#fillSpare(1);
      } catch (cause) {
        if (!(cause instanceof Error) || Reflect.get(cause, 'code') !== 'ENOSPC') throw cause;
        this.#full = new JournalError('JOURNAL_FULL', `${this.#directory}: no room for a segment`, {
          cause,
        });
      }
    });
  }

  read(from: number, take: GroupTaker): void {
    // What the taker throws is its own affair, and no failure of the journal.
    let thrown: { readonly error: unknown } | undefined;
    const guarded: GroupTaker = (group, header) => {
      if (thrown !== undefined) return;
      try {
        take(group, header);
      } catch (error) {
        thrown = { error };
      }
    };
    this.#guard('read', () =>
      walkSegments(this.#disk, this.#directory, { from, digests: false, take: guarded }),
    );
    if (thrown !== undefined) throw thrown.error;
  }

  close(): void {
    this.#file.close();
    if (this.#spare === undefined) return;
    this.#spare.file.close();
    this.#disk.remove(join(this.#directory, SPARE));
  }
}
