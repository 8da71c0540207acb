import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatUtc } from '../src/model/time.ts';
import type { TimeUs } from '../src/model/units.ts';
import { median } from './fresh-process.ts';
import { randomWalkTape } from './tape.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const QUOTES = 20_000;

function csv(): string {
  const { time, bid, ask } = randomWalkTape(QUOTES, 1);
  const rows = ['time,bid,ask'];
  for (let i = 0; i < QUOTES; i++) {
    const price = (count: number | undefined): string => ((count ?? 0) / 100_000).toFixed(5);
    rows.push(`${formatUtc((time[i] ?? 0) as TimeUs)},${price(bid[i])},${price(ask[i])}`);
  }
  return `${rows.join('\n')}\n`;
}

function writeInputs(directory: string): string {
  writeFileSync(join(directory, 'quotes_2024-01-01.csv'), csv());
  const config = {
    id: 'start-up',
    account: { currency: 'USD', balance: '100000' },
    instruments: { use: ['EURUSD'] },
    market: {
      kind: 'files',
      sources: [
        {
          symbol: 'EURUSD',
          files: ['quotes_*.csv'],
          format: {
            kind: 'delimited',
            header: true,
            columns: { time: 'time', bid: 'bid', ask: 'ask' },
            time: 'iso',
            fileDate: 'quotes_YYYY-MM-DD.csv',
            filePeriod: 'day',
          },
        },
      ],
    },
    strategies: [
      {
        id: 'first',
        module: join(ROOT, 'examples/first/long-above.ts'),
        instruments: ['EURUSD'],
        parameters: { symbol: 'EURUSD' },
      },
    ],
  };
  const file = join(directory, 'config.json');
  writeFileSync(file, JSON.stringify(config));
  return file;
}

/**
 * Start to result of a backtest of 20 000 quotes from text, as it is installed: built files,
 * through `bin/tiyf`. Milliseconds, median of `runs` after one that fills the compile cache.
 */
export function startToResult(runs: number): number {
  const directory = mkdtempSync(join(tmpdir(), 'tiyf-bench-'));
  try {
    const config = writeInputs(directory);
    const times: number[] = [];
    for (let run = 0; run <= runs; run++) {
      const startedAt = performance.now();
      const words = ['backtest', '--config', config, '--json', '--no-cache'];
      const env = { ...process.env, TIYF_DIST: '1' };
      const child = spawnSync(join(ROOT, 'bin/tiyf'), words, { env, encoding: 'utf8' });
      if (child.status !== 0) throw new Error(child.stderr);
      if (run > 0) times.push(performance.now() - startedAt);
    }
    return median(times);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
