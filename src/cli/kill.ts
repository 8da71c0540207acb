import { type CommandCall, isSet } from './command.ts';
import { byWhom, control, leaveLatch } from './control.ts';
import { UnreachableError } from './engine-client.ts';
import type { ExitCode } from './exit-code.ts';

/** `tiyf kill`: no new risk from here on, whether an engine runs or not. */
export async function run(call: CommandCall): Promise<ExitCode> {
  const tradingState = isSet(call, 'halt') ? 'halted' : 'exit_only';
  const kill = { ...byWhom(call), tradingState, flatten: isSet(call, 'flatten') } as const;
  try {
    return await control(call, 'kill', kill);
  } catch (error) {
    if (error instanceof UnreachableError) return leaveLatch(call, kill, error);
    throw error;
  }
}
