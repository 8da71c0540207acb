import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { DataReport } from '../data/report/report-types.ts';
import { TemporaryFolder } from '../testing/quote-files.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
const FORMAT = JSON.stringify({
  kind: 'delimited',
  header: true,
  columns: { time: 'time', bid: 'bid', ask: 'ask' },
  time: 'iso',
});
/** Crossed, not a price, before the one above it: each stops a backtest. */
const ROWS = [
  'time,bid,ask',
  '2024-01-09T10:00:00Z,1.10000,1.10010',
  '2024-01-09T10:00:01Z,1.10010,1.10000',
  '2024-01-09T10:00:02Z,none,1.10010',
  '2024-01-09T09:00:00Z,1.10000,1.10010',
  '2024-01-09T10:00:03Z,1.10000,1.10010',
];

function tiyf(cwd: string, ...args: string[]) {
  const node = ['--conditions=tiyf-source', MAIN, 'data', 'report', ...args];
  return spawnSync(process.execPath, node, { cwd, encoding: 'utf8', timeout: 30_000 });
}

suite('tiyf data report', () => {
  test('counts bad rows with the place of the first, and --strict answers with 1', () => {
    using folder = new TemporaryFolder();
    writeFileSync(folder.join('q.csv'), ROWS.join('\n'));
    const call = ['q.csv', '--symbol', 'EURUSD', '--format', FORMAT, '--json'];
    const { status, stdout } = tiyf(folder.path, ...call, '--strict');
    assert.equal(status, 1);
    const report = JSON.parse(stdout) as DataReport;
    const [one] = report.instruments;
    assert.deepEqual([one?.rows, one?.accepted, one?.crossed], [5, 3, 1]);
    assert.deepEqual(
      one?.badRows.map(({ reason, count, line }) => [reason, count, line]),
      [
        ['unparseable', 1, 4],
        ['time_backwards', 1, 5],
      ],
    );
  });

  test('writes its page once, replaces it when told, and leaves nothing else', () => {
    using folder = new TemporaryFolder();
    writeFileSync(folder.join('q.csv'), ROWS.join('\n'));
    writeFileSync(folder.join('format.json'), FORMAT);
    writeFileSync(folder.join('page.html'), 'mine');
    const call = ['q.csv', '--symbol', 'EURUSD', '--format', 'format.json', '--html', 'page.html'];
    const refused = tiyf(folder.path, ...call);
    assert.deepEqual([refused.status, refused.stdout], [2, '']);
    assert.match(refused.stderr, /page.html exists; --overwrite/);
    assert.equal(readFileSync(folder.join('page.html'), 'utf8'), 'mine');
    assert.equal(tiyf(folder.path, ...call, '--overwrite').status, 0);
    assert.match(readFileSync(folder.join('page.html'), 'utf8'), /^<!doctype html>/);
    assert.deepEqual(readdirSync(folder.path).toSorted(), ['format.json', 'page.html', 'q.csv']);
  });

  test('says what a wrong call lacks with 2, and damage of an archive with 3', () => {
    using folder = new TemporaryFolder();
    writeFileSync(folder.join('q.csv.gz'), 'no gzip');
    const lacking = tiyf(folder.path, 'q.csv.gz', '--symbol', 'EURUSD');
    assert.deepEqual([lacking.status, lacking.stdout], [2, '']);
    const format = tiyf(folder.path, 'q.csv.gz', '--symbol', 'EURUSD', '--format', 'lien');
    assert.equal(format.status, 2);
    assert.match(format.stderr, /market.sources\[0\].format.kind/);
    const damaged = tiyf(folder.path, 'q.csv.gz', '--symbol', 'EURUSD', '--format', FORMAT);
    assert.equal(damaged.status, 3);
    assert.match(damaged.stderr, /DATA_ARCHIVE/);
  });
});
