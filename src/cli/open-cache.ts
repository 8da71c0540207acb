import { QuoteCache } from '../data/cache/quote-cache.ts';
import { cacheDirectory } from './cache-option.ts';
import type { CommandCall } from './command.ts';
import { printErr } from './output.ts';
import { UsageError } from './report-error.ts';

const BYTES_MAX_DEFAULT = 10 * 1024 ** 3;

/** The cache that a command's options ask for. */
export function cacheOf(call: CommandCall): QuoteCache | undefined {
  const { cache, cacheMax } = call.options;
  if (cache === false) {
    if (cacheMax !== undefined) throw new UsageError('--cache-max is of no use with --no-cache');
    return undefined;
  }
  return new QuoteCache({
    directory: cacheDirectory(call),
    bytesMax: typeof cacheMax === 'number' ? cacheMax : BYTES_MAX_DEFAULT,
    named: typeof cache === 'string',
    warn: (text) => printErr(`tiyf: ${text}\n`),
  });
}
