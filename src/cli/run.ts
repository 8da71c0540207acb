import { resolve } from 'node:path';
import { runEngine } from '../host/run-engine.ts';
import { systemClock, UNPACED } from '../runtime/pacer.ts';
import { assembleFile } from './assemble-file.ts';
import { type CommandCall, textOption } from './command.ts';
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

/** `tiyf run`: trades on the embedded venue until it is told to stop. */
export async function run(call: CommandCall): Promise<ExitCode> {
  const speed = numberOption(call, 'speed', 1);
  // Played as fast as it goes, a market is a tape: it needs an end, as for a backtest.
  const purpose = speed === UNPACED ? 'backtest' : 'run';
  const cache = cacheOf(call);
  const assembly = await assembleFile(textOption(call, 'config') ?? '', purpose, { cache });
  const data = textOption(call, 'data');
  const port = numberOption(call, 'port', assembly.run.port);
  const log = openLog();
  try {
    const running = await runEngine({
      assembly,
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
