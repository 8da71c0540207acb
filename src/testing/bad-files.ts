import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { DataError, type DataErrorCode } from '../data/data-error.ts';
import type { QuoteFormat } from '../data/quote-format.ts';
import { instrumentIndex } from '../model/units.ts';
import { format, priced, readAll, TemporaryFolder } from './quote-files.ts';

/** A file that must not be read in silence, and what must be said of it. */
export interface BadFile {
  readonly title: string;
  readonly content?: string | Uint8Array;
  readonly name?: string;
  readonly format?: QuoteFormat;
  readonly entry?: string;
  readonly code: DataErrorCode;
  /** For a bad row its reason; else words of the message. */
  readonly reason: string;
  readonly line?: number;
  /** In a file without lines. */
  readonly row?: number;
}

const NAME = 'quotes.csv';

/** Writes the file and reads it; with `skipAll` the rows of its reason may be skipped. */
export async function readBad(bad: BadFile, folder: TemporaryFolder, skipAll: boolean) {
  const file = folder.join(bad.name ?? NAME);
  if (bad.content !== undefined) writeFileSync(file, bad.content);
  else if (bad.code === 'DATA_READ') mkdirSync(file);
  const policy = { [bad.reason]: 'skip' };
  return await readAll({
    instrument: priced('EURUSD', '0.00001'),
    index: instrumentIndex(0),
    files: [file],
    format: bad.format ?? format(),
    ...(bad.entry === undefined ? {} : { entry: bad.entry }),
    badRows: skipAll ? { policy, maxSkippedShare: 1 } : {},
  });
}

/** Reads the file and checks that it is refused with file, line and reason. */
export async function assertRefused(bad: BadFile): Promise<void> {
  using folder = new TemporaryFolder();
  await assert.rejects(readBad(bad, folder, false), (error) => {
    assert(error instanceof DataError, String(error));
    assert.equal(error.code, bad.code, error.message);
    assert.equal(error.file, folder.join(bad.name ?? NAME));
    assert.equal(error.line, bad.line, error.message);
    assert.equal(error.row, bad.row, error.message);
    assert(error.message.includes(error.file));
    if (bad.code === 'DATA_BAD_ROW') assert.equal(error.reason, bad.reason);
    else assert(error.message.includes(bad.reason), error.message);
    return true;
  });
}
