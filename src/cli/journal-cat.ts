import type { CommandCall } from './command.ts';
import { ExitCode } from './exit-code.ts';
import { eachFrame, lineOf } from './journal-frames.ts';
import { printOut } from './output.ts';

/** `tiyf journal cat` */
export async function run(call: CommandCall): Promise<ExitCode> {
  eachFrame(call, (frame) => printOut(lineOf(frame)));
  return ExitCode.done;
}
