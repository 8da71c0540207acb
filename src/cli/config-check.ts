import { ConfigError } from '../config/issue.ts';
import { assembleFile } from './assemble-file.ts';
import { type CommandCall, isSet } from './command.ts';
import { ExitCode } from './exit-code.ts';
import { printOut } from './output.ts';

function printJson(value: object): void {
  printOut(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** `tiyf config check`: everything that can be known without reading the market. */
export async function run(call: CommandCall): Promise<ExitCode> {
  const [file = ''] = call.arguments;
  const json = isSet(call, 'json');
  try {
    const { id, configHash } = await assembleFile(file, 'check');
    if (json) printJson({ valid: true, file, id, configHash, issues: [] });
    else printOut(`${file}: valid, ${configHash}\n`);
    return ExitCode.done;
  } catch (error) {
    if (!json || !(error instanceof ConfigError)) throw error;
    printJson({ valid: false, file, issues: error.issues });
    return ExitCode.usage;
  }
}
