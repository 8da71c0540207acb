import type { CommandCall } from './command.ts';
import { byWhom, control } from './control.ts';
import type { ExitCode } from './exit-code.ts';

/** `tiyf adopt`: what stood at the broker before the first start is taken over, by name. */
export async function run(call: CommandCall): Promise<ExitCode> {
  return await control(call, 'adopt', byWhom(call));
}
