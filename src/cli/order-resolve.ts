import { type CommandCall, textOption } from './command.ts';
import { byWhom, control } from './control.ts';
import type { ExitCode } from './exit-code.ts';
import { UsageError } from './report-error.ts';

const WORDS: Readonly<Record<string, string>> = { placed: 'placed', 'not-placed': 'not_placed' };

/** `tiyf order resolve`: an operator's word on an order in doubt (X9). */
export async function run(call: CommandCall): Promise<ExitCode> {
  const [id = ''] = call.arguments;
  const said = textOption(call, 'as') ?? '';
  const as = Object.hasOwn(WORDS, said) ? WORDS[said] : undefined;
  if (as === undefined) throw new UsageError('--as: placed or not-placed');
  const brokerOrderId = textOption(call, 'brokerId');
  if (brokerOrderId !== undefined && as !== 'placed') {
    throw new UsageError('--broker-id goes with --as placed');
  }
  const broker = brokerOrderId === undefined ? {} : { brokerOrderId };
  const path = `orders/${encodeURIComponent(id)}/resolve`;
  return await control(call, path, { ...byWhom(call), as, ...broker });
}
