import {
  CONVERSION_TARGETS,
  type ConvertedFile,
  convertMarket,
} from '../backtest/convert-market.ts';
import type { BacktestProgress } from '../backtest/feed-market.ts';
import { loadConfig } from '../config/load.ts';
import { grouped } from '../report/number-text.ts';
import { type CommandCall, isSet, textOption } from './command.ts';
import { ExitCode } from './exit-code.ts';
import { printOut } from './output.ts';
import { openProgress } from './progress.ts';
import { UsageError } from './report-error.ts';
import { SignalWatch } from './signal-watch.ts';

function summaryForPeople(files: readonly ConvertedFile[], out: string): string {
  const lines = files.map(({ symbol, file, quotes, skipped, from, to, dataVersion }) => {
    const left = skipped === 0 ? '' : `, ${grouped(String(skipped))} rows skipped`;
    const count = `${grouped(String(quotes))} quotes${left}`;
    return `${symbol}: ${count}, ${from} to ${to}\n  ${file}, ${dataVersion}`;
  });
  return `${lines.join('\n')}\nWritten to ${out}\n`;
}

/** `tiyf data convert` */
export async function run(call: CommandCall): Promise<ExitCode> {
  const config = textOption(call, 'config') ?? '';
  const out = textOption(call, 'out') ?? '';
  const target = textOption(call, 'to');
  const to = CONVERSION_TARGETS.find((name) => name === target);
  if (to === undefined) throw new UsageError(`--to is ${CONVERSION_TARGETS.join(' or ')}`);
  using watch = new SignalWatch();
  const { signal } = watch;
  using progress = isSet(call, 'quiet') ? undefined : await openProgress();
  const onProgress = progress && ((at: BacktestProgress) => progress.update(at));
  const symbol = textOption(call, 'symbol');
  const overwrite = isSet(call, 'overwrite');
  const loaded = loadConfig(config);
  const files = await convertMarket(loaded, {
    to,
    symbol,
    path: out,
    overwrite,
    onProgress,
    signal,
  });
  progress?.[Symbol.dispose]();
  const json = `${JSON.stringify({ out, to, files }, undefined, 2)}\n`;
  printOut(isSet(call, 'json') ? json : summaryForPeople(files, out));
  return ExitCode.done;
}
