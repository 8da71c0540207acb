import {
  brokerJsonSchema,
  configJsonSchema,
  instrumentFileJsonSchema,
} from '../config/json-schema.ts';
import { type CommandCall, isSet } from './command.ts';
import { ExitCode } from './exit-code.ts';
import { printOut } from './output.ts';
import { UsageError } from './report-error.ts';

/** `tiyf config schema` */
export async function run(call: CommandCall): Promise<ExitCode> {
  const [instruments, broker] = [isSet(call, 'instruments'), isSet(call, 'broker')];
  if (instruments && broker) throw new UsageError('--instruments and --broker are two schemas');
  const ofFile = instruments ? instrumentFileJsonSchema() : brokerJsonSchema();
  const schema = instruments || broker ? ofFile : configJsonSchema();
  printOut(`${JSON.stringify(schema, undefined, 2)}\n`);
  return ExitCode.done;
}
