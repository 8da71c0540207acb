import { join } from 'node:path';
import { figuresOf } from '../backtest/report/figures.ts';
import { readResults } from '../backtest/report/read-results.ts';
import { reportPage } from '../backtest/report/report-page.ts';
import { type CommandCall, isSet, textOption } from './command.ts';
import { ExitCode } from './exit-code.ts';
import { refuseStanding, writeWhole } from './html-file.ts';
import { printOut } from './output.ts';

/** `tiyf report`: the page of a run that stands already; with `--json` its figures alone. */
export async function run(call: CommandCall): Promise<ExitCode> {
  const [directory = ''] = call.arguments;
  const json = isSet(call, 'json');
  const out = textOption(call, 'out') ?? (json ? undefined : join(directory, 'report.html'));
  if (out !== undefined) refuseStanding(out, isSet(call, 'overwrite'));
  const results = readResults(directory);
  if (out !== undefined) writeWhole(out, reportPage(results));
  if (json) printOut(`${JSON.stringify(figuresOf(results), undefined, 2)}\n`);
  else printOut(`${out}\n`);
  return ExitCode.done;
}
