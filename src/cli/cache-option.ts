import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { isSystemError } from '../data/cache/temporary-files.ts';
import { type CommandCall, type OptionSpec, textOption } from './command.ts';
import { UsageError } from './report-error.ts';

const UNITS: Readonly<Record<string, number>> = { MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 };

function bytesOf(text: string): number {
  const [, count, unit = ''] = /^(\d{1,6})(MiB|GiB|TiB)$/.exec(text) ?? [];
  const bytes = Number(count) * (UNITS[unit] ?? Number.NaN);
  if (Number.isNaN(bytes)) throw new Error('a size like 500MiB or 20GiB');
  return bytes;
}

/** Of the commands that look into the cache. */
export const CACHE_DIRECTORY: OptionSpec = {
  flags: '--cache <dir>',
  description: "cache of quotes, instead of the user's own",
};

/** Of the commands that read quotes from files. */
export const CACHE_OPTIONS: readonly OptionSpec[] = [
  CACHE_DIRECTORY,
  { flags: '--no-cache', description: 'read the files themselves, and keep nothing of them' },
  {
    flags: '--cache-max <size>',
    description: 'what the cache may take, 10GiB unless said',
    parse: bytesOf,
  },
];

/** The user's own: `$XDG_CACHE_HOME/tiyf`, else `~/Library/Caches/tiyf` or `~/.cache/tiyf`. */
function defaultDirectory(): string {
  const { XDG_CACHE_HOME: home = '' } = process.env;
  if (isAbsolute(home)) return join(home, 'tiyf');
  const caches = process.platform === 'darwin' ? ['Library', 'Caches'] : ['.cache'];
  return join(homedir(), ...caches, 'tiyf');
}

/** Where the cache of a command lies: `--cache`, else the user's own. */
export function cacheDirectory(call: CommandCall): string {
  const given = textOption(call, 'cache');
  if (given === '') throw new UsageError('--cache needs the name of a directory');
  return given ?? defaultDirectory();
}

/** What `act` returns for a cache's directory. Throws `UsageError` when that cannot be used. */
export function lookInto<T>(directory: string, act: (directory: string) => T): T {
  try {
    return act(directory);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new UsageError(`${directory} cannot be used as a cache: ${error.message}`);
  }
}
