import { resolve } from 'node:path';
import { assembleBroker } from '../config/assemble-broker.ts';
import { spanUs } from '../config/schema-parts.ts';
import { LocalDisk } from '../journal/local-disk.ts';
import { US_PER_MS } from '../model/time.ts';
import { serveBroker } from '../venues/server/serve.ts';
import { brokerMarket } from './broker-market.ts';
import { type CommandCall, numberOption, textOption } from './command.ts';
import { ExitCode } from './exit-code.ts';
import { cacheOf } from './open-cache.ts';
import { printErr, printOut } from './output.ts';
import { UsageError } from './report-error.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** The token stands in the environment, never in a file or on a command line. */
function tokenOf(variable: string): string {
  const token = process.env[variable];
  if (token !== undefined && token !== '') return token;
  throw new UsageError(
    `the environment variable ${variable} is not set: it holds the token that clients must send`,
  );
}

function isPortTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}

/** `tiyf broker`: the simulated venue as a server, until it is told to stop. */
export async function run(call: CommandCall): Promise<ExitCode> {
  const speed = numberOption(call, 'speed') ?? 1;
  if (!Number.isFinite(speed)) throw new UsageError('a broker has a speed: --speed max is for run');
  const { books, market, layout, server } = await assembleBroker(
    textOption(call, 'config') ?? '',
    cacheOf(call),
  );
  const token = tokenOf(server.token);
  const data = textOption(call, 'data');
  const port = numberOption(call, 'port') ?? server.port;
  try {
    const served = await serveBroker({
      broker: {
        books,
        directory: data === undefined ? server.dataDirectory : resolve(data),
        disk: new LocalDisk(),
        layout,
        market: brokerMarket(market, speed),
        warn: (text) => printErr(`tiyf: ${text}\n`),
      },
      host: server.host,
      port,
      token,
      faults: server.faults,
      seed: server.seed,
      heartbeatMs: spanUs(server.heartbeat) / US_PER_MS,
      priceIntervalMs: spanUs(server.priceInterval) / US_PER_MS,
    });
    const stopped = Promise.withResolvers<void>();
    // A repeat of the signal must not kill the saving.
    for (const signal of SIGNALS) process.on(signal, () => stopped.resolve());
    printOut(`${served.url}\n`);
    printErr(`tiyf: account ${books.accountId} is served; Ctrl-C to stop\n`);
    await Promise.race([stopped.promise, served.failed]);
    await served.stop();
    return ExitCode.done;
  } catch (error) {
    if (!isPortTaken(error)) throw error;
    throw new UsageError(`port ${port} is taken; choose another with --port`, { cause: error });
  }
}
