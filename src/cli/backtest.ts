import type { BacktestProgress } from '../backtest/feed-market.ts';
import { runBacktest } from '../backtest/run-backtest.ts';
import type { BacktestSummary } from '../backtest/summary.ts';
import { assembleFile } from './assemble-file.ts';
import { type CommandCall, isSet, textOption } from './command.ts';
import { ExitCode } from './exit-code.ts';
import { cacheOf } from './open-cache.ts';
import { printOut } from './output.ts';
import { openProgress } from './progress.ts';
import { UsageError } from './report-error.ts';
import { SignalWatch } from './signal-watch.ts';
import { summaryForPeople } from './summary-text.ts';

/** A run in which the engine itself found something wrong is done, but not well. */
function exitCodeFor({ alerts }: BacktestSummary): ExitCode {
  const critical = Object.values(alerts).some(({ severity }) => severity === 'critical');
  return critical ? ExitCode.wrong : ExitCode.done;
}

/** `tiyf backtest` */
export async function run(call: CommandCall): Promise<ExitCode> {
  const config = textOption(call, 'config') ?? '';
  const out = textOption(call, 'out');
  const overwrite = isSet(call, 'overwrite');
  const journalAt = textOption(call, 'journal');
  const output = out === undefined ? undefined : { path: out, overwrite, inputs: [config] };
  if (overwrite && out === undefined && journalAt === undefined) {
    throw new UsageError('--overwrite is of use with --out or --journal only');
  }
  const journal = journalAt === undefined ? undefined : { path: journalAt, overwrite };
  using watch = new SignalWatch();
  const assembly = await assembleFile(config, 'backtest', { cache: cacheOf(call) });
  const { signal } = watch;
  using progress = isSet(call, 'quiet') ? undefined : await openProgress();
  const onProgress = progress && ((at: BacktestProgress) => progress.update(at));
  const { summary, summaryText } = await runBacktest(assembly, {
    output,
    journal,
    onProgress,
    signal,
  });
  progress?.[Symbol.dispose]();
  printOut(isSet(call, 'json') ? summaryText : summaryForPeople(summary, out));
  return exitCodeFor(summary);
}
