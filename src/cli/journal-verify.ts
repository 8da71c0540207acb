import { JournalError } from '../journal/journal-error.ts';
import { LocalDisk } from '../journal/local-disk.ts';
import { type JournalCheck, verifyJournal } from '../journal/read-journal.ts';
import { type CommandCall, isSet, textOption } from './command.ts';
import { ExitCode } from './exit-code.ts';
import { printOut } from './output.ts';

/** `tiyf journal verify` */
export async function run(call: CommandCall): Promise<ExitCode> {
  const json = isSet(call, 'json');
  let check: JournalCheck;
  try {
    check = verifyJournal(new LocalDisk(), textOption(call, 'data') ?? '');
  } catch (error) {
    if (!(error instanceof JournalError) || error.code !== 'JOURNAL_DAMAGED') throw error;
    // It was asked whether the journal is whole, and this is the answer.
    const answer = { valid: false, problem: error.message };
    printOut(json ? `${JSON.stringify(answer, undefined, 2)}\n` : `${error.message}\n`);
    return ExitCode.wrong;
  }
  const valid = check.strayBytes === 0;
  if (json) printOut(`${JSON.stringify({ valid, ...check }, undefined, 2)}\n`);
  else {
    const { segments, groups, frames, head, strayBytes } = check;
    const stray = strayBytes === 0 ? '' : `, ${strayBytes} bytes behind the last group`;
    printOut(`${frames} frames in ${groups} groups and ${segments} segments, ${head}${stray}\n`);
  }
  return valid ? ExitCode.done : ExitCode.wrong;
}
