import { LocalDisk } from '../journal/local-disk.ts';
import { verifyJournal } from '../journal/read-journal.ts';
import { type CommandCall, isSet, textOption } from './command.ts';
import { ExitCode } from './exit-code.ts';
import { printOut } from './output.ts';

/** `tiyf journal verify` */
export async function run(call: CommandCall): Promise<ExitCode> {
  const check = verifyJournal(new LocalDisk(), textOption(call, 'data') ?? '');
  if (isSet(call, 'json')) printOut(`${JSON.stringify(check, undefined, 2)}\n`);
  else {
    const { segments, groups, frames, head, strayBytes } = check;
    const stray = strayBytes === 0 ? '' : `, ${strayBytes} bytes behind the last group`;
    printOut(`${frames} frames in ${groups} groups and ${segments} segments, ${head}${stray}\n`);
  }
  return check.strayBytes === 0 ? ExitCode.done : ExitCode.wrong;
}
