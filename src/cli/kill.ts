import { type CommandCall, isSet } from './command.ts';
import { byWhom, leaveLatch, tellAnswer } from './control.ts';
import { askEngine, UnreachableError } from './engine-client.ts';
import type { ExitCode } from './exit-code.ts';

/** `tiyf kill`: no new risk from here on, whether an engine runs or not. */
export async function run(call: CommandCall): Promise<ExitCode> {
  const tradingState = isSet(call, 'halt') ? 'halted' : 'exit_only';
  const kill = { ...byWhom(call), tradingState, flatten: isSet(call, 'flatten') } as const;
  try {
    const answer = await askEngine(call, 'POST', '/api/v1/kill', kill);
    if (answer.status !== 503) return tellAnswer(call, answer);
    throw new UnreachableError('the engine does not take calls now');
  } catch (error) {
    if (error instanceof UnreachableError) return leaveLatch(call, kill, error);
    throw error;
  }
}
