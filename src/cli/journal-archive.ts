import { join } from 'node:path';
import { archiveJournal } from '../journal/archive-journal.ts';
import { LocalDisk } from '../journal/local-disk.ts';
import { DirectoryLock } from '../journal/lock.ts';
import { makeDirectories } from '../journal/make-directories.ts';
import { findJournal } from '../journal/read-journal.ts';
import { ARCHIVE_FOLDER } from '../journal/segment-files.ts';
import { type CommandCall, isSet, numberOption, textOption } from './command.ts';
import { ExitCode } from './exit-code.ts';
import { printOut } from './output.ts';

/** `tiyf journal archive`, of an engine that does not run. */
export async function run(call: CommandCall): Promise<ExitCode> {
  const disk = new LocalDisk();
  const data = textOption(call, 'data') ?? '';
  const journal = findJournal(disk, data);
  // A backtest's journal is nobody's to write: only an engine's directory has a lock.
  using _lock = journal === data ? undefined : DirectoryLock.take(data);
  makeDirectories(join(journal, ARCHIVE_FOLDER));
  disk.syncDirectory(journal);
  const marketUs = numberOption(call, 'keepMarket') ?? Number.POSITIVE_INFINITY;
  const summary = archiveJournal(disk, { data, journal }, marketUs, Date.now());
  if (isSet(call, 'json')) {
    printOut(`${JSON.stringify(summary, undefined, 2)}\n`);
    return ExitCode.done;
  }
  const { archived, inArchive, withoutMarketData, droppableThrough } = summary;
  printOut(`${archived} segments archived; ${inArchive} in ${join(journal, ARCHIVE_FOLDER)}, `);
  printOut(`${withoutMarketData} of them without market data\n`);
  if (Number.isFinite(marketUs) && droppableThrough === 0) {
    printOut('market data is kept: there are not two snapshots behind it to start from\n');
  }
  return ExitCode.done;
}
