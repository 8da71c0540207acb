import { join } from 'node:path';
import type { Disk } from './disk.ts';
import {
  BrokerIds,
  concerns,
  type FrameFilter,
  FramePrinter,
  OrderNames,
  type PrintedFrame,
} from './frame-printer.ts';
import { type GroupHeader, readFrames } from './group.ts';
import { JournalError } from './journal-error.ts';
import { frameAt } from './read-frame.ts';
import { firstOfEach, type SegmentFile, segmentsAmong } from './segment.ts';
import { allSegmentFiles, walkSegments } from './segment-files.ts';

/** Where the segments stand in an engine's directory. */
export function journalDirectory(dataDirectory: string): string {
  return join(dataDirectory, 'journal');
}

/** The directory of the segments. Throws {@link JournalError} `JOURNAL_MISSING`. */
export function findJournal(disk: Disk, dataDirectory: string): string {
  // An engine keeps its journal in a folder of its own; a backtest writes it where it is told.
  for (const directory of [journalDirectory(dataDirectory), dataDirectory]) {
    try {
      if (segmentsAmong(disk.list(directory)).length > 0) return directory;
    } catch (cause) {
      if (!(cause instanceof Error) || Reflect.get(cause, 'code') !== 'ENOENT') throw cause;
    }
  }
  throw new JournalError('JOURNAL_MISSING', `${dataDirectory}: there is no journal`);
}

/**
 * Hands over the frames that a filter asks for, in order. The engine may be running: what it is
 * just writing is not seen. Throws {@link JournalError}.
 */
export function printJournal(
  disk: Disk,
  dataDirectory: string,
  filter: FrameFilter,
  take: (frame: PrintedFrame) => void,
): void {
  const directory = findJournal(disk, dataDirectory);
  if (filter.order === undefined) {
    eachFrame(disk, directory, (frame) => {
      if (concerns(frame, filter)) take(frame);
    });
    return;
  }
  const names = new OrderNames(filter.order);
  // What an order is called later is asked for from its beginning on: the journal is read twice.
  if (names.order === undefined) eachFrame(disk, directory, (frame) => names.look(frame));
  const { order } = names;
  if (order === undefined) return;
  const ids = new BrokerIds(order);
  eachFrame(disk, directory, (frame) => {
    const whole = ids.with(frame);
    if (concerns(frame, { ...filter, order })) take(whole);
  });
}

function placeOf({ folder, name }: SegmentFile, frame: number): string {
  return `${join(folder, name)}: frame ${frame}`;
}

function eachFrame(disk: Disk, directory: string, take: (frame: PrintedFrame) => void): void {
  const printer = new FramePrinter();
  walkSegments(disk, directory, {
    from: 1,
    digests: false,
    take: (group, header, file) => {
      readFrames(group, header, (number, bytes, from, to) => {
        const body = bytes.subarray(from, to);
        take(frameAt(placeOf(file, number), () => printer.print(number, body)));
      });
    },
  });
}

/** Frames from one to another, both included. */
export interface FrameRange {
  readonly from: number;
  readonly to: number;
}

/** What a whole journal was found to be. */
export interface JournalCheck {
  readonly journalId: string;
  readonly segments: number;
  readonly groups: number;
  /** The first frame that is there: not 1 where the archive before it is kept elsewhere. */
  readonly firstFrame: number;
  /** Number of the last frame. */
  readonly frames: number;
  /** Where market data is there too, and not its digest alone. */
  readonly marketData: readonly FrameRange[];
  /** Digest of the last group: everything before it hashes to this. */
  readonly head: string;
  /** Bytes behind the last group that are not zero: a torn or damaged last group. */
  readonly strayBytes: number;
}

/** Stretches of groups whose segments hold market data. */
class MarketRanges {
  readonly ranges: { from: number; to: number }[] = [];

  take({ firstFrame, frames }: GroupHeader, { form }: SegmentFile): void {
    if (form === 'facts') return;
    const last = this.ranges.at(-1);
    if (last?.to === firstFrame - 1) last.to += frames;
    else this.ranges.push({ from: firstFrame, to: firstFrame + frames - 1 });
  }
}

/**
 * Checks every checksum, digest, number and link from the first group to the last, and that every
 * frame can be read. Throws {@link JournalError} `JOURNAL_DAMAGED` at the first that is wrong.
 */
export function verifyJournal(disk: Disk, dataDirectory: string): JournalCheck {
  const directory = findJournal(disk, dataDirectory);
  const printer = new FramePrinter();
  const market = new MarketRanges();
  let groups = 0;
  const end = walkSegments(disk, directory, {
    from: 1,
    digests: true,
    take: (group, header, file) => {
      groups += 1;
      market.take(header, file);
      readFrames(group, header, (number, bytes, from, to) => {
        const body = bytes.subarray(from, to);
        frameAt(placeOf(file, number), () => printer.read(body));
      });
    },
  });
  const files = firstOfEach(allSegmentFiles(disk, directory));
  if (end === undefined) throw new JournalError('JOURNAL_MISSING', `${directory}: no journal`);
  return {
    journalId: end.header.journalId,
    segments: files.length,
    groups,
    firstFrame: files[0]?.firstFrame ?? 1,
    frames: end.frame,
    marketData: market.ranges,
    head: `sha256:${end.digest.toString('hex')}`,
    strayBytes: end.strayBytes,
  };
}
