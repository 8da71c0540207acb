import { lstatSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fsReason, OutputError } from './output-error.ts';
import { TextFile } from './text-file.ts';

/**
 * Writes one file that appears complete or not at all. What stands there is replaced only where
 * that is asked for. Throws {@link OutputError}.
 */
export function writeWhole(path: string, content: string, overwrite: boolean): void {
  const stands = lstatSync(path, { throwIfNoEntry: false });
  if (stands !== undefined && !stands.isFile()) {
    throw new OutputError('OUTPUT_REFUSED', `${path} is not a file`);
  }
  if (stands !== undefined && !overwrite) {
    throw new OutputError('OUTPUT_REFUSED', `${path} exists; --overwrite replaces it`);
  }
  const temporary = join(dirname(path), `.${basename(path)}.tiyf-new-${process.pid}`);
  try {
    using file = new TextFile(temporary);
    file.write(content);
    file.finish();
    renameSync(temporary, path);
  } catch (cause) {
    rmSync(temporary, { force: true });
    if (cause instanceof OutputError) throw cause;
    throw new OutputError('OUTPUT_FAILED', `${path} cannot be written: ${fsReason(cause)}`, cause);
  }
}
