import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cacheEntries, entryContent } from '../data/cache/cache-entries.ts';
import { QuoteCache } from '../data/cache/quote-cache.ts';
import { allRows, TemporaryFolder } from '../testing/quote-files.ts';
import { assemble } from './assemble.ts';
import type { MarketReading } from './assembly.ts';
import { loadConfig } from './load.ts';

const STRATEGY = `export const strategy = {
  name: 'idle', version: 1,
  parameters: { safeParse: (data) => ({ success: true, data }) },
  create: () => ({}),
};`;

function csv(price: number): string {
  const rows = Array.from({ length: 50 }, (_, i) => {
    const bid = ((price + (i % 7)) / 100_000).toFixed(5);
    return `${1_704_189_600_000 + 250 * i},${bid},${((price + 12) / 100_000).toFixed(5)}`;
  });
  // One row that the rules skip, so that a report has something to say.
  return `time,bid,ask\n${rows.join('\n')}\n1704189700000,1.3,1.2\n`;
}

/** A folder with sources, a configuration and a place for a cache. */
class Desk {
  readonly folder = new TemporaryFolder();
  readonly said: string[] = [];

  constructor() {
    writeFileSync(this.at('idle.mjs'), STRATEGY);
    mkdirSync(this.at('ticks'));
    for (const symbol of ['EURUSD', 'GBPUSD']) writeFileSync(this.ticks(symbol), csv(108_000));
  }

  [Symbol.dispose](): void {
    this.folder[Symbol.dispose]();
  }

  at(name: string): string {
    return this.folder.join(name);
  }

  ticks(symbol: string): string {
    return this.at(join('ticks', `${symbol}.csv`));
  }

  /** Reads the market; `change` is made to the settings of its sources. */
  async read(cached = true, change: object = {}, rules: object = {}, period: object = {}) {
    const sources = ['EURUSD', 'GBPUSD'].map((symbol) => ({
      symbol,
      files: [`ticks/${symbol}.csv`],
      format: {
        kind: 'delimited',
        header: true,
        columns: { time: 'time', bid: 'bid', ask: 'ask' },
        time: 'epoch_ms',
        ...change,
      },
    }));
    const config = {
      id: 'cached',
      account: { currency: 'USD', balance: '1000' },
      instruments: { use: ['EURUSD', 'GBPUSD'] },
      market: {
        kind: 'files',
        sources,
        ...period,
        badRows: { policy: { crossed: 'skip' }, maxSkippedShare: '0.5', ...rules },
      },
      strategies: [{ id: 'idle', module: './idle.mjs', instruments: ['EURUSD'], parameters: {} }],
    };
    writeFileSync(this.at('config.json'), JSON.stringify(config));
    const warn = (text: string): void => void this.said.push(text);
    const cache = new QuoteCache({ directory: this.at('cache'), bytesMax: 1e9, warn });
    const options = cached ? { cache } : {};
    const { market } = await assemble(loadConfig(this.at('config.json')), 'backtest', options);
    const reading: MarketReading = market.read();
    const rows = (await allRows(reading.blocks)).map((row) => row.slice(0, 4));
    const reports = reading.reports();
    return { rows, reports, dataVersion: reading.dataVersion(), fingerprint: market.fingerprint };
  }

  /** Streams that were built so far. */
  get streams(): number {
    return cacheEntries(this.at('cache')).filter(({ file }) => file.endsWith('.quotes')).length;
  }
}

describe('a market of files with a cache', () => {
  test('is the same from the files and from the cache: rows, reports, data version', async () => {
    using desk = new Desk();
    const plain = await desk.read(false);
    assert.equal(existsSync(desk.at('cache')), false);
    assert.equal(plain.reports[0]?.skipped.crossed, 1);
    assert.deepEqual(await desk.read(), plain);
    assert.deepEqual(await desk.read(), plain);
    assert.deepEqual([desk.streams, desk.said], [2, []]);
    const order = cacheEntries(desk.at('cache')).find(({ file }) => file.endsWith('.order'));
    const content = { kind: 'order', symbols: ['EURUSD', 'GBPUSD'], rows: 100 };
    assert.deepEqual(order && entryContent(order), content);
  });

  test('notices another content, whatever size and time say', async () => {
    using desk = new Desk();
    const file = desk.ticks('EURUSD');
    const time = new Date('2024-01-01T00:00:00Z');
    utimesSync(file, time, time);
    const { size } = statSync(file);
    await desk.read();
    await sleep(20);
    writeFileSync(file, csv(109_000));
    utimesSync(file, time, time);
    assert.deepEqual([statSync(file).size, statSync(file).mtimeMs], [size, time.getTime()]);
    const now = await desk.read();
    assert.deepEqual(now, await desk.read(false));
    assert.equal(now.rows[0]?.[2], 109_000);
    assert.equal(desk.streams, 3);
  });

  test('is another with other settings, and the same under another name that tells no date', async () => {
    using desk = new Desk();
    await desk.read();
    await desk.read(true, { zone: 'Asia/Tokyo' });
    assert.equal(desk.streams, 4);
    await desk.read(true, {}, { maxJumpBps: 500 });
    assert.equal(desk.streams, 6);
    renameSync(desk.ticks('GBPUSD'), desk.at('ticks/moved.csv'));
    writeFileSync(desk.ticks('GBPUSD'), readFileSync(desk.at('ticks/moved.csv')));
    assert.deepEqual(await desk.read(), await desk.read(false));
    assert.equal(desk.streams, 6);
  });

  test('is the same in a part of its time, from the files and from the cache', async () => {
    using desk = new Desk();
    await desk.read();
    const periods = [
      { from: '2024-01-02T10:00:05Z' },
      { to: '2024-01-02T10:00:05Z' },
      { from: '2024-01-02T10:00:02Z', to: '2024-01-02T11:00:00Z' },
    ];
    for (const period of periods) {
      const plain = await desk.read(false, {}, {}, period);
      assert.deepEqual(await desk.read(true, {}, {}, period), plain);
      assert.ok(plain.rows.length > 0);
    }
    assert.equal(desk.streams, 2);
  });
});
