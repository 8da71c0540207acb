import { configJsonSchema, instrumentFileJsonSchema } from '../config/json-schema.ts';
import { type CommandCall, isSet } from './command.ts';
import { ExitCode } from './exit-code.ts';
import { printOut } from './output.ts';

/** `tiyf config schema` */
export async function run(call: CommandCall): Promise<ExitCode> {
  const schema = isSet(call, 'instruments') ? instrumentFileJsonSchema() : configJsonSchema();
  printOut(`${JSON.stringify(schema, undefined, 2)}\n`);
  return ExitCode.done;
}
