import { dirname, resolve } from 'node:path';
import { assemble } from '../config/assemble.ts';
import type { Assembly } from '../config/assembly.ts';
import { loadJournaled } from '../config/journaled-config.ts';
import { type RunningEngine, runEngine } from '../host/run-engine.ts';
import { blankControl } from '../model/control.ts';
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

/** Real money is traded where configuration and command line both say so, and nowhere else. */
function checkLive(call: CommandCall, { broker }: Assembly): void {
  const isLive = broker?.environment === 'live';
  if (isLive && !isSet(call, 'live')) {
    throw new UsageError(`account ${broker.account} is real money: --live says that you mean it`);
  }
  if (!isLive && isSet(call, 'live')) {
    throw new UsageError('--live: the configuration trades no live account');
  }
  if (broker !== undefined && call.options['speed'] !== undefined) {
    throw new UsageError('--speed: a broker has its own time');
  }
  if (broker === undefined && isSet(call, 'restored')) {
    throw new UsageError('--restored: the embedded venue is restored with its directory');
  }
}

/** npm passes on what the terminal has sent already: a repeat within this is no second signal. */
const REPEAT_MS = 500;

/**
 * The first signal lets what is in flight end and saves; a second one ends the process at once, and
 * the next start finds all that was durable.
 */
function stopper(running: RunningEngine): (signal: NodeJS.Signals) => void {
  let first: number | undefined;
  return (signal) => {
    const now = performance.now();
    if (first === undefined) {
      first = now;
      running.stop(signal);
    } else if (now - first > REPEAT_MS) {
      printErr(`tiyf: ${signal} again: ended at once, without saving\n`);
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    }
  };
}

/** `tiyf run`: trades until it is told to stop. */
export async function run(call: CommandCall): Promise<ExitCode> {
  const speed = numberOption(call, 'speed', 1);
  // Played as fast as it goes, a market is a tape: it needs an end, as for a backtest.
  const purpose = speed === UNPACED ? 'backtest' : 'run';
  const cache = cacheOf(call);
  const policy = strategyPolicy(call);
  const importsStrategies = policy.kind !== 'none';
  const file = textOption(call, 'config') ?? '';
  const assembly = await assembleFile(file, purpose, { cache, importsStrategies });
  checkLive(call, assembly);
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
      restored: isSet(call, 'restored'),
    });
    const stop = stopper(running);
    for (const signal of SIGNALS) process.on(signal, stop);
    process.on('SIGUSR2', () => {
      running.control({ ...blankControl(), by: 'signal', reason: 'SIGUSR2' });
    });
    printOut(`${running.url}\n`);
    printErr(`tiyf: ${assembly.id} is running; /health and /metrics there, Ctrl-C to stop\n`);
    await running.ended;
    return ExitCode.done;
  } catch (error) {
    if (!isPortTaken(error)) throw error;
    throw new UsageError(`port ${port} is taken; choose another with --port`, { cause: error });
  }
}
