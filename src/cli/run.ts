import { dirname, resolve } from 'node:path';
import { assemble } from '../config/assemble.ts';
import type { Assembly } from '../config/assembly.ts';
import { loadJournaled } from '../config/journaled-config.ts';
import { runEngine } from '../host/run-engine.ts';
import type { Configured } from '../model/inputs.ts';
import { systemClock, UNPACED } from '../runtime/pacer.ts';
import type { StrategyPolicy } from '../runtime/recover.ts';
import { assembleFile } from './assemble-file.ts';
import { type CommandCall, isSet, textOption } from './command.ts';
import { ExitCode } from './exit-code.ts';
import { openLog } from './log.ts';
import { cacheOf } from './open-cache.ts';
import { printErr, printOut } from './output.ts';
import { UsageError } from './report-error.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

function numberOption(call: CommandCall, name: string, otherwise: number): number {
  const value = call.options[name];
  return typeof value === 'number' ? value : otherwise;
}

function isPortTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}

/** What an operator accepts of the strategies, in a name and for a reason (X2, X3). */
function strategyPolicy(call: CommandCall): StrategyPolicy {
  const accepts = isSet(call, 'acceptStrategyChange');
  const managesOnly = isSet(call, 'manageOnly');
  const by = textOption(call, 'by') ?? '';
  const reason = textOption(call, 'reason') ?? '';
  if (!accepts && !managesOnly) {
    if (by === '' && reason === '') return { kind: 'continue' };
    throw new UsageError('--by and --reason go with --accept-strategy-change or --manage-only');
  }
  if (accepts && managesOnly) {
    throw new UsageError('--accept-strategy-change and --manage-only exclude each other');
  }
  if (by === '' || reason === '') {
    const flag = accepts ? '--accept-strategy-change' : '--manage-only';
    throw new UsageError(`${flag} needs --by NAME and --reason TEXT: it is journaled`);
  }
  return { kind: accepts ? 'fresh' : 'none', by, reason };
}

/** `tiyf run`: trades on the embedded venue until it is told to stop. */
export async function run(call: CommandCall): Promise<ExitCode> {
  const speed = numberOption(call, 'speed', 1);
  // Played as fast as it goes, a market is a tape: it needs an end, as for a backtest.
  const purpose = speed === UNPACED ? 'backtest' : 'run';
  const cache = cacheOf(call);
  const policy = strategyPolicy(call);
  const importsStrategies = policy.kind !== 'none';
  const file = textOption(call, 'config') ?? '';
  const assembly = await assembleFile(file, purpose, { cache, importsStrategies });
  const assembleEarlier = (configured: Configured): Promise<Assembly> =>
    // Folded only, the tail needs no strategy.
    assemble(loadJournaled(configured, dirname(resolve(file))), purpose, {
      market: assembly.market,
      importsStrategies: policy.kind === 'continue',
    });
  const data = textOption(call, 'data');
  const port = numberOption(call, 'port', assembly.run.port);
  const log = openLog();
  try {
    const running = await runEngine({
      assembly,
      policy,
      assembleEarlier,
      directory: data === undefined ? assembly.run.dataDirectory : resolve(data),
      host: assembly.run.host,
      port,
      speed,
      clock: systemClock,
      log,
    });
    const stop = (signal: NodeJS.Signals): void => running.stop(signal);
    // npm passes on what the terminal has sent already: a repeat must not kill the saving.
    for (const signal of SIGNALS) process.on(signal, stop);
    printOut(`${running.url}\n`);
    printErr(`tiyf: ${assembly.id} is running; /health and /metrics there, Ctrl-C to stop\n`);
    await running.ended;
    return ExitCode.done;
  } catch (error) {
    if (!isPortTaken(error)) throw error;
    throw new UsageError(`port ${port} is taken; choose another with --port`, { cause: error });
  }
}
