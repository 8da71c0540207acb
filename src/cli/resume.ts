import { type CommandCall, isSet, textOption } from './command.ts';
import { byWhom, control } from './control.ts';
import type { ExitCode } from './exit-code.ts';

/** `tiyf resume`: arms the engine again. */
export async function run(call: CommandCall): Promise<ExitCode> {
  const overrideFor = textOption(call, 'override');
  const over = overrideFor === undefined ? {} : { overrideFor };
  const newPeak = isSet(call, 'newPeak');
  return await control(call, 'resume', { ...byWhom(call), ...over, newPeak });
}
