import { timeUs } from '../model/units.ts';
import { grouped } from '../report/number-text.ts';
import { assembleFile } from './assemble-file.ts';
import { type CommandCall, isSet, textOption } from './command.ts';
import { ExitCode } from './exit-code.ts';
import { cacheOf } from './open-cache.ts';
import { printOut } from './output.ts';
import { openProgress } from './progress.ts';
import { UsageError } from './report-error.ts';
import { SignalWatch } from './signal-watch.ts';

/** `tiyf data cache fill`: reads a market to its end, as a run would, and keeps its columns. */
export async function run(call: CommandCall): Promise<ExitCode> {
  const config = textOption(call, 'config') ?? '';
  using watch = new SignalWatch();
  const { market } = await assembleFile(config, 'backtest', { cache: cacheOf(call) });
  if (market.kind === 'synthetic') {
    throw new UsageError(`${config}: the market is synthetic, there are no files to keep`);
  }
  using progress = isSet(call, 'quiet') ? undefined : await openProgress();
  const reading = market.read();
  let quotes = 0;
  for await (const { count, time } of reading.blocks) {
    watch.signal.throwIfAborted();
    quotes += count;
    const last = time[count - 1];
    if (last === undefined) continue;
    progress?.update({ quotes, share: reading.progress(), time: timeUs(last) });
  }
  progress?.[Symbol.dispose]();
  const dataVersion = reading.dataVersion();
  const json = `${JSON.stringify({ quotes, dataVersion }, undefined, 2)}\n`;
  printOut(isSet(call, 'json') ? json : `${grouped(String(quotes))} quotes, ${dataVersion}\n`);
  return ExitCode.done;
}
