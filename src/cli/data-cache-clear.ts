import { clearCache } from '../data/cache/cache-entries.ts';
import { cacheDirectory, lookInto } from './cache-option.ts';
import { sizeText } from './cache-text.ts';
import { type CommandCall, isSet } from './command.ts';
import { ExitCode } from './exit-code.ts';
import { printOut } from './output.ts';

/** `tiyf data cache clear` */
export async function run(call: CommandCall): Promise<ExitCode> {
  const directory = cacheDirectory(call);
  const removed = lookInto(directory, clearCache);
  const bytes = removed.reduce((sum, entry) => sum + entry.bytes, 0);
  if (isSet(call, 'json')) {
    printOut(`${JSON.stringify({ directory, removed: removed.length, bytes }, undefined, 2)}\n`);
  } else printOut(`${directory}: ${removed.length} entries removed, ${sizeText(bytes)}\n`);
  return ExitCode.done;
}
