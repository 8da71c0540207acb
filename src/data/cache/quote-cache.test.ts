import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { describe, test } from 'node:test';
import { readThrough } from '../../testing/cache-rig.ts';
import { type QuoteRow, TemporaryFolder } from '../../testing/quote-files.ts';
import { cacheEntries, clearCache, entryContent } from './cache-entries.ts';
import { QuoteCache, QuoteCacheError } from './quote-cache.ts';

function source(price: number, k = 0): { rows: QuoteRow[] } {
  return { rows: [[1000, k, price, price + 1, 0, 0]] };
}

function bytesOf(directory: string): number {
  return cacheEntries(directory).reduce((sum, { bytes }) => sum + bytes, 0);
}

describe('the cache directory', () => {
  test('stays within its bound: what was used least recently goes, never what this run uses', async () => {
    using folder = new TemporaryFolder();
    await readThrough(folder.path, [source(1)]);
    const one = bytesOf(folder.path);
    await readThrough(folder.path, [source(2)]);
    const [first, second] = cacheEntries(folder.path).map(({ file }) => file);
    const old = new Date('2024-01-01T00:00:00Z');
    for (const file of [first, second]) utimesSync(file ?? '', old, old);
    // Used again, the first is the younger one.
    assert.equal((await readThrough(folder.path, [source(1)])).opened, 0);
    const bytesMax = Math.floor(2.5 * one);
    await readThrough(folder.path, [source(3)], { bytesMax });
    assert.equal(cacheEntries(folder.path).length, 2);
    assert.equal((await readThrough(folder.path, [source(1)])).opened, 0);
    assert.equal((await readThrough(folder.path, [source(2)], { bytesMax: 1 })).opened, 1);
    assert.equal(cacheEntries(folder.path).length, 1);
    assert.equal((await readThrough(folder.path, [source(2)], { bytesMax: 1 })).opened, 0);
  });

  test('loses what dead processes left, not what living ones write nor what is not its own', async () => {
    using folder = new TemporaryFolder();
    const dead = spawnSync(process.execPath, ['--version']).pid;
    const name = (pid: number): string => `new-${hostname()}-${pid}-0123456789ab`;
    for (const file of [name(dead), name(process.pid), name(process.ppid), 'notes.txt']) {
      writeFileSync(folder.join(file), 'x');
    }
    await readThrough(folder.path, [source(1)]);
    const left = (): string[] => readdirSync(folder.path).filter((file) => !/\.quotes$/.test(file));
    const stays = [name(process.pid), name(process.ppid), 'notes.txt'];
    assert.deepEqual(left().toSorted(), stays.toSorted());
    const [entry] = cacheEntries(folder.path);
    assert.deepEqual(entry && entryContent(entry), {
      kind: 'quotes',
      symbols: ['XAAUSD'],
      rows: 1,
    });
    assert.equal(clearCache(folder.path).length, 1);
    assert.deepEqual(readdirSync(folder.path).toSorted(), stays.toSorted());
  });

  test('takes the same entry from two runs at once, and both succeed', async () => {
    using folder = new TemporaryFolder();
    const rows = Array.from({ length: 70_000 }, (_, i): QuoteRow => [i, 0, 5, 6, 0, 0]);
    const pair = [{ rows }, source(7, 1)];
    const [a, b] = await Promise.all([
      readThrough(folder.path, pair),
      readThrough(folder.path, pair),
    ]);
    assert.deepEqual([a?.opened, b?.opened, a?.said, b?.said], [2, 2, [], []]);
    assert.equal(readdirSync(folder.path).length, 3);
    const cached = await readThrough(folder.path, pair);
    assert.deepEqual([cached.opened, cached.dataVersion], [0, a?.dataVersion]);
  });

  test('that cannot be written is said once, and the rows are those of the files', async () => {
    using folder = new TemporaryFolder();
    writeFileSync(folder.join('file'), '');
    const pair = [source(1), source(2, 1)];
    const plain = await readThrough(undefined, pair);
    for (const name of ['file', 'file/below', '../../proc/none']) {
      const read = await readThrough(folder.join(name), pair);
      assert.deepEqual([read.rows, read.dataVersion], [plain.rows, plain.dataVersion]);
      assert.equal(read.said.length, 1, read.said.join('\n'));
      assert.match(read.said.join(), /cannot be written, the run goes on without/);
    }
    // A disk that fills up while an entry is written.
    const said: string[] = [];
    const warn = (text: string): void => void said.push(text);
    const cache = new QuoteCache({ directory: folder.join('c'), bytesMax: 1e9, warn });
    const writer = cache.create('quotes', 'a'.repeat(64));
    mkdirSync(folder.join(`c/${'a'.repeat(64)}.quotes`));
    writer?.add(new Uint8Array(100));
    writer?.publish({});
    writer?.add(new Uint8Array(100));
    writer?.discard();
    assert.deepEqual(readdirSync(folder.join('c')), [`${'a'.repeat(64)}.quotes`]);
    assert.equal(said.length, 1);
  });

  test('that a user names is refused within a folder of sources, through links too', () => {
    using folder = new TemporaryFolder();
    mkdirSync(folder.join('ticks'));
    mkdirSync(folder.join('elsewhere'));
    symlinkSync(folder.join('ticks'), folder.join('link'));
    const open = (name: string, named: boolean): QuoteCache =>
      new QuoteCache({ directory: folder.join(name), bytesMax: 1, named, warn: assert.fail });
    for (const name of ['ticks', 'ticks/cache/deep', 'link/cache']) {
      assert.throws(() => open(name, true).refuseWithin([folder.join('ticks')]), QuoteCacheError);
      open(name, false).refuseWithin([folder.join('ticks')]);
    }
    for (const name of ['elsewhere/x', 'ticks2']) {
      open(name, true).refuseWithin([folder.join('ticks')]);
    }
    assert.equal(existsSync(folder.join('ticks/cache')), false);
    assert.ok(statSync(folder.join('ticks')).isDirectory());
  });
});
