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
    const { segments, groups, firstFrame, frames, head, strayBytes } = check;
    const from = firstFrame === 1 ? '' : ` from ${firstFrame} on`;
    const stray = strayBytes === 0 ? '' : `, ${strayBytes} bytes behind the last group`;
    const counted = `${frames - firstFrame + 1} frames${from}`;
    printOut(`${counted} in ${groups} groups and ${segments} segments, ${head}${stray}\n`);
    printOut(`${marketWords(check)}\n`);
  }
  return valid ? ExitCode.done : ExitCode.wrong;
}

/** Over which frames market data is there, and not its digest alone. */
function marketWords({ firstFrame, frames, marketData }: JournalCheck): string {
  const [first] = marketData;
  if (first === undefined) return 'market data has been dropped from all of them';
  if (first.from === firstFrame && first.to === frames) return 'market data is in all of them';
  const ranges = marketData.map(({ from, to }) => `${from} to ${to}`);
  return `market data is in frames ${ranges.join(', ')}; of the others its digests are`;
}
