import { readFileSync } from 'node:fs';
import { assemble } from '../../config/assemble.ts';
import { sha256Of } from '../../config/canonical-json.ts';
import { ConfigError } from '../../config/issue.ts';
import { loadConfig } from '../../config/load.ts';
import { present } from '../../model/assert.ts';
import { parseScaled } from '../../model/decimal.ts';
import { money } from '../../model/units.ts';
import { runBacktest } from '../run-backtest.ts';
import { FigureSink } from './figures.ts';
import { type PointJob, type PointOutcome, tapeMarket, type WorkerSetup } from './point.ts';
import { SweepError } from './sweep-error.ts';

/**
 * Assembles the configuration with a point's changes and runs it as `tiyf backtest` would run a
 * file in which they stand, over quotes that are in memory already. Never throws.
 */
export async function runPoint(setup: WorkerSetup, job: PointJob): Promise<PointOutcome> {
  try {
    return await run(setup, job);
  } catch (error) {
    if (error instanceof ConfigError) {
      const reason = error.issues.map(({ path, message }) => `${path}: ${message}`).join('; ');
      return { status: 'invalid', reason };
    }
    return { status: 'failed', reason: reasonOf(error) };
  }
}

/** The message and code of what was thrown. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return `not an error was thrown: ${String(error)}`;
  return 'code' in error ? `${error.message} [${String(error.code)}]` : error.message;
}

async function run(setup: WorkerSetup, { changes, tape, withCurve }: PointJob) {
  if (sha256Of(readFileSync(setup.file)) !== setup.fileHash) {
    throw new SweepError(`${setup.file} was changed while the sweep ran`);
  }
  const market = tapeMarket(tape);
  const assembly = await assemble(loadConfig(setup.file, changes), 'backtest', { market });
  if (assembly.strategySources.join() !== setup.strategySources.join()) {
    throw new SweepError('a strategy was changed while the sweep ran');
  }
  const { account, calendars } = assembly.kernel;
  const sink = new FigureSink(present(calendars[0], 'calendar'), account);
  const { summary } = await runBacktest(assembly, { sinks: [sink] });
  const equity = parseScaled(summary.endingEquity, account.decimals);
  const { configHash, dataVersion, stateHash, recordsHash } = summary;
  return {
    status: 'done',
    figures: sink.figures(summary, money(equity - account.openingBalance)),
    hashes: { configHash, dataVersion, stateHash, recordsHash },
    ...(withCurve ? { curve: sink.curve() } : {}),
  } satisfies PointOutcome;
}
