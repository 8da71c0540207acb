import { join } from 'node:path';
import type { Disk } from './disk.ts';
import { JournalError } from './journal-error.ts';
import { namesIn, writeWhole } from './segment-files.ts';

/** Says in which version records are written. A journal without it is written in the first one. */
export const VERSION_NOTE = 'record-version.json';
const FIRST = 1;

/**
 * The version in which a journal's records are written: the one it was begun in, until an operator
 * commits to a later one. So a release that has just been installed writes what the one before it
 * can read, and going back to that one loses nothing. Throws {@link JournalError}: `JOURNAL_NEWER`
 * where it is none that this release knows.
 */
export function writtenVersion(disk: Disk, directory: string, known: number): number {
  if (!namesIn(disk, directory).includes(VERSION_NOTE)) return FIRST;
  const path = join(directory, VERSION_NOTE);
  const version = parsed(Buffer.from(disk.readDurable(path)).toString('utf8'));
  if (version === undefined) throw new JournalError('JOURNAL_DAMAGED', `${path}: is not a version`);
  if (version <= known) return version;
  const text =
    `${path}: records are written in version ${version}, and this release knows ${known}: ` +
    'start the release that committed to it, or a later one';
  throw new JournalError('JOURNAL_NEWER', text);
}

function parsed(text: string): number | undefined {
  const match = /^\{ "recordVersion": (\d{1,3}) \}\n$/.exec(text);
  const version = Number(match?.[1] ?? 0);
  return version >= FIRST ? version : undefined;
}

/** Notes the version in which records are written from the next start on. */
export function noteVersion(disk: Disk, directory: string, version: number): void {
  const note = Buffer.from(`{ "recordVersion": ${version} }\n`);
  writeWhole(disk, directory, VERSION_NOTE, note);
}

/** Notes the version of a journal that is begun; the first needs no note. */
export function noteFirstVersion(disk: Disk, directory: string, version: number): void {
  if (version !== FIRST || namesIn(disk, directory).includes(VERSION_NOTE)) {
    noteVersion(disk, directory, version);
  }
}
