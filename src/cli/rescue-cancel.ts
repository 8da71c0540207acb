import type { CommandCall } from './command.ts';
import type { ExitCode } from './exit-code.ts';
import { runRescue } from './rescue.ts';

/** `tiyf rescue cancel` */
export async function run(call: CommandCall): Promise<ExitCode> {
  return await runRescue(call, 'cancel');
}
