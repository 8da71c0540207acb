import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fsReason, OutputError } from '../backtest/results/output-error.ts';
import { writeWholeFile } from '../backtest/results/whole-file.ts';

function refused(message: string): OutputError {
  return new OutputError('OUTPUT_REFUSED', message);
}

function isDirectory(path: string): boolean | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory();
  } catch (cause) {
    throw refused(`${path} cannot be used: ${fsReason(cause)}`);
  }
}

/**
 * Refuses a file that stands already, and a place where none can be. Throws `OutputError`
 * `OUTPUT_REFUSED`; call before work.
 */
export function refuseStanding(path: string, overwrite: boolean): void {
  if (path === '') throw refused('the name of the file to write is empty');
  const isOne = isDirectory(path);
  if (isOne === true) throw refused(`${path} is a directory; name a file`);
  if (isOne === false && !overwrite) throw refused(`${path} exists; --overwrite replaces it`);
  const parent = dirname(path);
  if (isDirectory(parent) !== true) throw refused(`${path}: there is no directory ${parent}`);
}

/** Writes a file that appears whole or not at all. Throws `OutputError` `OUTPUT_FAILED`. */
export function writeWhole(path: string, text: string): void {
  writeWholeFile(path, text, `${path}.tiyf-new-${process.pid}`);
}
