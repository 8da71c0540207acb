import type { CommandCall } from './command.ts';
import { byWhom, control } from './control.ts';
import type { ExitCode } from './exit-code.ts';

/** `tiyf flatten`: no new risk, and every position is closed. */
export async function run(call: CommandCall): Promise<ExitCode> {
  return await control(call, 'flatten', byWhom(call));
}
