import type { CommandCall } from './command.ts';
import { ExitCode } from './exit-code.ts';
import { eachFrame, lineOf } from './journal-frames.ts';
import { printOut } from './output.ts';

const LINES = 20;

/** `tiyf journal tail` */
export async function run(call: CommandCall): Promise<ExitCode> {
  const most = Number(call.options['lines'] ?? LINES);
  let lines: string[] = [];
  eachFrame(call, (frame) => {
    lines.push(lineOf(frame));
    // Cut now and then, not at each line: a shift of a long list is not free.
    if (lines.length >= 2 * most) lines = lines.slice(-most);
  });
  printOut(lines.slice(-most).join(''));
  return ExitCode.done;
}
