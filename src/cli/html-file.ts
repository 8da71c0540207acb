import { existsSync } from 'node:fs';
import { OutputError } from '../backtest/results/output-error.ts';
import { writeWholeFile } from '../backtest/results/whole-file.ts';

/** Refuses a file that stands already. Throws `OutputError` `OUTPUT_REFUSED`; call before work. */
export function refuseStanding(path: string, overwrite: boolean): void {
  if (overwrite || !existsSync(path)) return;
  throw new OutputError('OUTPUT_REFUSED', `${path} exists; --overwrite replaces it`);
}

/** Writes a file that appears whole or not at all. Throws `OutputError` `OUTPUT_FAILED`. */
export function writeWhole(path: string, text: string): void {
  writeWholeFile(path, text, `${path}.tiyf-new-${process.pid}`);
}
