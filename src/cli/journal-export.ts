import { existsSync, renameSync, rmSync } from 'node:fs';
import { OutputError } from '../backtest/results/output-error.ts';
import { TextFile } from '../backtest/results/text-file.ts';
import { type CommandCall, isSet, textOption } from './command.ts';
import { ExitCode } from './exit-code.ts';
import { eachFrame, lineOf } from './journal-frames.ts';
import { printOut } from './output.ts';

/** `tiyf journal export`: the file is there complete, or not at all. */
export async function run(call: CommandCall): Promise<ExitCode> {
  const out = textOption(call, 'out') ?? '';
  if (existsSync(out) && !isSet(call, 'overwrite')) {
    throw new OutputError('OUTPUT_REFUSED', `${out} is there already: --overwrite replaces it`);
  }
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
