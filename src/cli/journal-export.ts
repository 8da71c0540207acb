import { renameSync, rmSync } from 'node:fs';
import { TextFile } from '../backtest/results/text-file.ts';
import { type CommandCall, isSet, textOption } from './command.ts';
import { ExitCode } from './exit-code.ts';
import { refuseStanding } from './html-file.ts';
import { eachFrame, lineOf } from './journal-frames.ts';
import { printOut } from './output.ts';

/** `tiyf journal export`: the file is there complete, or not at all. */
export async function run(call: CommandCall): Promise<ExitCode> {
  const out = textOption(call, 'out') ?? '';
  refuseStanding(out, isSet(call, 'overwrite'));
  const temporary = `${out}.${process.pid}.new`;
  let frames = 0;
  try {
    using file = new TextFile(temporary);
    eachFrame(call, (frame) => {
      file.write(lineOf(frame));
      frames += 1;
    });
    file.finish();
    renameSync(temporary, out);
  } finally {
    rmSync(temporary, { force: true });
  }
  printOut(`${frames} frames in ${out}\n`);
  return ExitCode.done;
}
