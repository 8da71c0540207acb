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
import { readFrames } from './group.ts';
import { JournalError } from './journal-error.ts';
import { segmentsAmong } from './segment.ts';
import { walkSegments } from './segment-files.ts';

/** Where the segments stand in an engine's directory. */
export function journalDirectory(dataDirectory: string): string {
  return join(dataDirectory, 'journal');
}

function existing(disk: Disk, dataDirectory: string): string {
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
  const directory = existing(disk, dataDirectory);
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

function eachFrame(disk: Disk, directory: string, take: (frame: PrintedFrame) => void): void {
  const printer = new FramePrinter();
  walkSegments(disk, directory, {
    from: 1,
    digests: false,
    take: (group, header) => {
      readFrames(group, header, (number, bytes, from, to) => {
        take(printer.print(number, bytes.subarray(from, to)));
      });
    },
  });
}

/** What a whole journal was found to be. */
export interface JournalCheck {
  readonly journalId: string;
  readonly segments: number;
  readonly groups: number;
  readonly frames: number;
  /** Digest of the last group: everything before it hashes to this. */
  readonly head: string;
  /** Bytes behind the last group that are not zero: a torn or damaged last group. */
  readonly strayBytes: number;
}

/**
 * Checks every checksum, digest, number and link from the first group to the last, and that every
 * frame can be read. Throws {@link JournalError} `JOURNAL_DAMAGED` at the first that is wrong.
 */
export function verifyJournal(disk: Disk, dataDirectory: string): JournalCheck {
  const directory = existing(disk, dataDirectory);
  const printer = new FramePrinter();
  let groups = 0;
  const end = walkSegments(disk, directory, {
    from: 1,
    digests: true,
    take: (group, header) => {
      groups += 1;
      readFrames(group, header, (number, bytes, from, to) => {
        printer.print(number, bytes.subarray(from, to));
      });
    },
  });
  const files = segmentsAmong(disk.list(directory));
  if (end === undefined) throw new JournalError('JOURNAL_MISSING', `${directory}: no journal`);
  return {
    journalId: end.header.journalId,
    segments: files.length,
    groups,
    frames: end.frame,
    head: `sha256:${end.digest.toString('hex')}`,
    strayBytes: end.strayBytes,
  };
}
