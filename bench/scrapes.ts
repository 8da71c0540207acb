import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { assemble } from '../src/config/assemble.ts';
import { loadConfig } from '../src/config/load.ts';
import { RecordMetrics, registerGauges } from '../src/host/metrics.ts';
import { runEngine } from '../src/host/run-engine.ts';
import { systemClock, UNPACED } from '../src/runtime/pacer.ts';
import { hostRig } from '../src/testing/host-rig.ts';
import { LiveRig } from '../src/testing/live-rig.ts';
import { type Figures, median } from './fresh-process.ts';

/** What ten scrapes a second take from a running engine that trades as fast as it can. */

const WINDOW_MS = 500;
const PAIRS = 10;
/** Nothing is counted before the code has settled. */
const WARM_MS = 3000;
const SYMBOLS = ['EURUSD', 'GBPUSD', 'USDJPY', 'XAUUSD'];

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

function configIn(directory: string): string {
  const limits = { mode: 'enforce', perInstrument: { '*': '9000000' }, gross: '9000000' };
  const config = {
    id: 'scrapes',
    account: { currency: 'USD', balance: '1000000' },
    instruments: { use: SYMBOLS },
    market: {
      kind: 'synthetic',
      seed: 5,
      alwaysOpen: true,
      from: '2020-01-01T00:00:00Z',
      to: '2024-01-01T00:00:00Z',
    },
    strategies: [
      {
        id: 'cross',
        module: fileURLToPath(new URL('../examples/ema-cross/ema-cross.ts', import.meta.url)),
        instruments: SYMBOLS,
        parameters: { bar: '1m', fast: 12, slow: 48, units: { XAUUSD: '20', '*': '1000' } },
      },
    ],
    gates: { exposure: limits, openPositions: { mode: 'enforce', max: 4 } },
    run: { dataDirectory: 'data' },
  };
  const file = join(directory, 'config.jsonc');
  writeFileSync(file, JSON.stringify(config));
  return file;
}

/** Processor time of the trading thread, µs: others on the machine do not show in it. */
function threadUs(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

/** Share of the quotes a second of that time which is left under scrapes, by windows in turn. */
async function scraping(path: string): Promise<Figures> {
  const base = process.env['TIYF_BENCH_DIRECTORY'] ?? tmpdir();
  const directory = mkdtempSync(join(base, 'tiyf-bench-'));
  const running = await runEngine({
    assembly: await assemble(loadConfig(configIn(directory)), 'backtest'),
    directory: join(directory, 'data'),
    host: '127.0.0.1',
    port: 0,
    speed: UNPACED,
    clock: systemClock,
    log: silent,
    env: {},
  });
  const script = new URL('./scraper.ts', import.meta.url);
  const scraper = new Worker(script, { workerData: `${running.url}${path}` });
  let scrapes = 0;
  scraper.on('message', () => {
    scrapes += 1;
  });
  const { kernel } = running.engine;
  let lastMs = 0;
  const rate = async (): Promise<number> => {
    const [quotes, begun, used] = [kernel.quotes, performance.now(), threadUs()];
    await sleep(WINDOW_MS);
    lastMs = performance.now() - begun;
    return ((kernel.quotes - quotes) * 1_000_000) / (threadUs() - used);
  };
  try {
    scraper.postMessage('on');
    await sleep(WARM_MS);
    const shares: number[] = [];
    scrapes = 0;
    let quiet = 0;
    let scrapedMs = 0;
    for (let pair = 0; pair < PAIRS; pair++) {
      scraper.postMessage('off');
      const before = await rate();
      scraper.postMessage('on');
      const under = await rate();
      scrapedMs += lastMs;
      scraper.postMessage('off');
      const after = await rate();
      shares.push((2 * under) / (before + after));
      quiet += (before + after) / 2 / PAIRS;
    }
    shares.sort((a, b) => a - b);
    const half = PAIRS / 2;
    const share = ((shares[half - 1] ?? 0) + (shares[half] ?? 0)) / 2;
    return { share, quotesPerSecond: quiet, scrapesPerSecond: (scrapes * 1000) / scrapedMs };
  } finally {
    await scraper.terminate();
    running.stop('done');
    await running.ended;
    rmSync(directory, { recursive: true });
  }
}

export function scrapedMetrics(): Promise<Figures> {
  return scraping('/metrics');
}

export function scrapedHealth(): Promise<Figures> {
  return scraping('/health');
}

const ANSWERS = 300;

/** Processor time of one answer to a scrape, median of ten batches, µs. */
export async function scrapeCost(): Promise<Figures> {
  using live = await LiveRig.started();
  const { registry } = new RecordMetrics();
  registerGauges(registry, live.engine, 'USD');
  const monotonicUs = (): number => performance.now() * 1_000_000;
  const { app } = hostRig({ engine: live.engine, registry }, { monotonicUs });
  const batches: number[] = [];
  for (let batch = 0; batch < 10; batch++) {
    const used = threadUs();
    for (let n = 0; n < ANSWERS; n++) await (await app.request('/metrics')).text();
    batches.push((threadUs() - used) / ANSWERS);
  }
  return { scrapeUs: median(batches) };
}
