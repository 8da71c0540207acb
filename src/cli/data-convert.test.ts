import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { bi5, type Tick } from '../testing/binary-files.ts';
import { TemporaryFolder } from '../testing/quote-files.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
const NAME = '2024020109h.bi5';
const TICKS: readonly Tick[] = [
  [0, 110_002, 110_000, 1, 1],
  [50, 110_003, 110_001, 1, 1],
];

function prepare(folder: TemporaryFolder): void {
  const format = { kind: 'dukascopy_bi5', path: 'YYYYZMDDHHh.bi5', decimals: 5 };
  const config = {
    id: 'convert',
    account: { currency: 'USD', balance: '1000' },
    instruments: { use: ['EURUSD'] },
    market: { kind: 'files', sources: [{ symbol: 'EURUSD', files: [NAME], format }] },
    strategies: [{ id: 'none', module: './none.ts', instruments: ['EURUSD'], parameters: {} }],
    gates: { orderSize: { max: { '*': '1' } } },
  };
  writeFileSync(folder.join('c.jsonc'), JSON.stringify(config));
}

suite('tiyf data convert', () => {
  test('answers with JSON alone, refuses a filled place with 2 and bad data with 3', () => {
    using folder = new TemporaryFolder();
    prepare(folder);
    writeFileSync(folder.join(NAME), bi5(TICKS));
    const run = (...args: readonly string[]) => {
      const all = ['--conditions=tiyf-source', MAIN, 'data', 'convert', '--config', 'c.jsonc'];
      return spawnSync(process.execPath, [...all, ...args], {
        cwd: folder.path,
        encoding: 'utf8',
      });
    };
    const good = run('--to', 'parquet', '--out', 'out', '--json');
    assert.equal(good.status, 0, good.stderr);
    const { files } = JSON.parse(good.stdout);
    assert.equal(files[0].quotes, 2);
    assert.deepEqual(readdirSync(folder.join('out')), ['EURUSD.parquet']);
    assert.equal(run('--to', 'csv', '--out', 'out').status, 2);
    writeFileSync(folder.join(NAME), bi5(TICKS).subarray(0, -1));
    const bad = run('--to', 'csv', '--out', 'bad');
    assert.equal(bad.status, 3);
    assert.match(bad.stderr, /2024020109h\.bi5: this is no whole LZMA file: it is truncated/);
    assert.equal(existsSync(folder.join('bad')), false);
  });
});
