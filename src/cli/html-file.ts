import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { fsReason, OutputError } from '../backtest/results/output-error.ts';

/** Refuses a file that stands already. Throws `OutputError` `OUTPUT_REFUSED`; call before work. */
export function refuseStanding(path: string, overwrite: boolean): void {
  if (overwrite || !existsSync(path)) return;
  throw new OutputError('OUTPUT_REFUSED', `${path} exists; --overwrite replaces it`);
}

/** Writes a file that appears whole or not at all. Throws `OutputError` `OUTPUT_FAILED`. */
export function writeWhole(path: string, text: string): void {
  const temporary = `${path}.tiyf-new-${process.pid}`;
  try {
    const fd = openSync(temporary, 'wx');
    try {
      const bytes = Buffer.from(text, 'utf8');
      let done = 0;
      while (done < bytes.length) done += writeSync(fd, bytes, done);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw new OutputError('OUTPUT_FAILED', `${path} cannot be written: ${fsReason(cause)}`, cause);
  }
}
