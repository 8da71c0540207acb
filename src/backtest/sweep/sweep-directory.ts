import {
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { makeDirectories } from '../../journal/make-directories.ts';
import { fsReason, OutputError } from '../results/output-error.ts';
import { SweepError } from './sweep-error.ts';

export const JOURNAL_NAME = 'journal.jsonl';

/** Everything that a sweep writes, by name. */
const NAMES: readonly string[] = [JOURNAL_NAME, 'sweep.csv', 'sweep.html', 'walk-forward.csv'];
const UNFINISHED = '.part';

function isOurs(name: string): boolean {
  return NAMES.includes(name) || NAMES.some((own) => name === `${own}${UNFINISHED}`);
}

/**
 * Makes the directory of a sweep, or takes one that a sweep was in before: with its journal it
 * goes on. With `overwrite` what a sweep wrote there is removed. Throws {@link SweepError} where
 * there is anything else in it.
 */
export function openSweepDirectory(path: string, overwrite: boolean): void {
  let names: string[];
  try {
    makeDirectories(path);
    names = readdirSync(path);
  } catch (cause) {
    const reason = `${path} cannot be used: ${fsReason(cause)}`;
    throw new OutputError('OUTPUT_REFUSED', reason, cause);
  }
  const other = names.find((name) => !isOurs(name));
  if (other !== undefined) {
    throw new SweepError(`${path} holds ${other}, which is not of a sweep: choose another --out`);
  }
  if (names.length > 0 && !names.includes(JOURNAL_NAME) && !overwrite) {
    throw new SweepError(
      `${path} is not empty and has no ${JOURNAL_NAME}; --overwrite begins anew`,
    );
  }
  if (overwrite) for (const name of names) rmSync(join(path, name));
}

/** Writes a result so that it stands there whole or not at all. */
export function writeSweepFile(path: string, name: string, text: string): void {
  const file = join(path, name);
  const part = `${file}${UNFINISHED}`;
  try {
    const fd = openSync(part, 'w');
    try {
      writeFileSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(part, file);
  } catch (cause) {
    throw new OutputError('OUTPUT_FAILED', `cannot write results: ${fsReason(cause)}`, cause);
  }
}
