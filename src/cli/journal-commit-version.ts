import { LocalDisk } from '../journal/local-disk.ts';
import { DirectoryLock } from '../journal/lock.ts';
import { findJournal } from '../journal/read-journal.ts';
import { RECORD_VERSION } from '../journal/record-formats.ts';
import { noteVersion, writtenVersion } from '../journal/written-version.ts';
import { type CommandCall, isSet, textOption } from './command.ts';
import { ExitCode } from './exit-code.ts';
import { printOut } from './output.ts';

/** `tiyf journal commit-version`, of an engine that does not run. */
export async function run(call: CommandCall): Promise<ExitCode> {
  const disk = new LocalDisk();
  const data = textOption(call, 'data') ?? '';
  const journal = findJournal(disk, data);
  using _lock = DirectoryLock.take(data);
  const from = writtenVersion(disk, journal, RECORD_VERSION);
  const to = RECORD_VERSION;
  if (from !== to) noteVersion(disk, journal, to);
  if (isSet(call, 'json')) printOut(`${JSON.stringify({ from, to }, undefined, 2)}\n`);
  else if (from === to) printOut(`records are written in version ${to}, the newest there is\n`);
  else printOut(`records are written in version ${to} from the next start on, until now ${from}\n`);
  return ExitCode.done;
}
