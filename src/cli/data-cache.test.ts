import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { TemporaryFolder } from '../testing/quote-files.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
const EXAMPLE = join(import.meta.dirname, '../../examples/first/config.jsonc');

function tiyf(...words: readonly string[]) {
  const argv = ['--conditions=tiyf-source', MAIN, ...words];
  return spawnSync(process.execPath, argv, { encoding: 'utf8' });
}

/** A configuration without strategies over one file of three quotes. */
function writeMarket(folder: TemporaryFolder): string {
  writeFileSync(folder.join('q.csv'), 't,b,a\n1,1.1,1.2\n2,1.1,1.2\n3,1.1,1.2\n');
  writeFileSync(
    folder.join('none.mjs'),
    `export const strategy = { name: 'none', version: 1,
      parameters: { safeParse: (data) => ({ success: true, data }) }, create: () => ({}) };`,
  );
  const format = {
    kind: 'delimited',
    header: true,
    columns: { time: 't', bid: 'b', ask: 'a' },
    time: 'epoch_s',
  };
  const config = {
    id: 'three',
    account: { currency: 'USD', balance: '1000' },
    instruments: { use: ['EURUSD'] },
    market: { kind: 'files', sources: [{ symbol: 'EURUSD', files: ['q.csv'], format }] },
    strategies: [{ id: 'none', module: './none.mjs', instruments: ['EURUSD'], parameters: {} }],
  };
  const path = folder.join('config.json');
  writeFileSync(path, JSON.stringify(config));
  return path;
}

suite('tiyf data cache', () => {
  test('fill keeps the columns of a configuration’s files, and says their version', () => {
    using folder = new TemporaryFolder();
    using kept = new TemporaryFolder();
    const config = writeMarket(folder);
    const cache = ['--cache', kept.join('cache')];
    const filled = tiyf('data', 'cache', 'fill', '--config', config, ...cache, '--json', '--quiet');
    assert.equal(filled.status, 0, filled.stderr);
    const { quotes, dataVersion } = JSON.parse(filled.stdout) as Record<string, unknown>;
    assert.equal(quotes, 3);
    assert.match(String(dataVersion), /^sha256:[0-9a-f]{64}$/);
    const listed = tiyf('data', 'cache', 'list', ...cache, '--json');
    assert.match(listed.stdout, /"symbol": "EURUSD"|EURUSD/);
  });

  test('fill refuses a market without files', () => {
    using kept = new TemporaryFolder();
    const words = ['--config', EXAMPLE, '--cache', kept.join('cache'), '--quiet'];
    const { status, stderr } = tiyf('data', 'cache', 'fill', ...words);
    assert.equal(status, 2);
    assert.match(stderr, /synthetic, there are no files/);
  });
});
