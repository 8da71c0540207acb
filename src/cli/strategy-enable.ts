import type { CommandCall } from './command.ts';
import { byWhom, control } from './control.ts';
import type { ExitCode } from './exit-code.ts';

/** `tiyf strategy enable`: a strategy that repeated executions stopped may take new risk again. */
export async function run(call: CommandCall): Promise<ExitCode> {
  const [name = ''] = call.arguments;
  return await control(call, `strategies/${encodeURIComponent(name)}/enable`, byWhom(call));
}
