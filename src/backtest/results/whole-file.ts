import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { fsReason, OutputError } from './output-error.ts';

/**
 * Writes a file that stands there whole or not at all, over one that stands there already: first
 * under the name `temporary` beside it. Throws {@link OutputError} `OUTPUT_FAILED`.
 */
export function writeWholeFile(path: string, text: string, temporary: string): void {
  try {
    const fd = openSync(temporary, 'w');
    try {
      const bytes = Buffer.from(text, 'utf8');
      for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
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
