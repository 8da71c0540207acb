import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';

const MAIN = join(import.meta.dirname, 'main.ts');
const STRATEGY = `
export const strategy = {
  name: 'idle',
  version: 1,
  parameters: { safeParse: (data) => ({ success: true, data }) },
  create: () => ({}),
};
`;
const BARS = {
  kind: 'bars',
  header: true,
  columns: { time: 'time' },
  prices: { kind: 'single', ohlc: ['open', 'high', 'low', 'close'], side: 'mid', spread: '0.0001' },
  time: 'iso_minute',
  stamp: 'start',
  duration: '1m',
};
const HEADER = 'time,open,high,low,close\n';

describe('the command line on files of other layouts', { concurrency: 2 }, () => {
  let root = '';
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'tiyf-bad-data-'));
    writeFileSync(join(root, 'strategy.mjs'), STRATEGY);
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  /** Runs a backtest over one file. */
  async function backtest(name: string, content: string, format: object, crossed = 'fail') {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    const config = join(root, `${name.replaceAll('/', '_')}.json`);
    const market = {
      kind: 'files',
      sources: [{ symbol: 'EURUSD', files: [name.replace(/\/.*\//, '/*/')], format }],
      badRows: { policy: { crossed } },
    };
    writeFileSync(
      config,
      JSON.stringify({
        id: 'test',
        account: { currency: 'USD', balance: '10000' },
        instruments: { use: ['EURUSD'] },
        market,
        strategies: [{ id: 'idle', module: './strategy.mjs', instruments: ['EURUSD'] }],
      }),
    );
    const args = ['--conditions=tiyf-source', MAIN, 'backtest', '--config', config];
    const env = { ...process.env, XDG_CACHE_HOME: join(root, 'caches') };
    const child = spawn(process.execPath, args, { cwd: root, env });
    const [out, err, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    return { code, out, err };
  }

  const bad: readonly (readonly [string, string, string, object, RegExp])[] = [
    [
      'a bar whose high is below its low',
      'bars.csv',
      `${HEADER}2024-01-02 10:00,1.1,1.09,1.1,1.1\n`,
      BARS,
      /bars\.csv:2: broken_bar: "2024-01-02 10:00,/,
    ],
    [
      'the preset of another vendor',
      'truefx.csv',
      '20240102 100000000,1.10000,1.10010,0\n',
      { kind: 'truefx' },
      /truefx\.csv:1: other_symbol/,
    ],
    ['a file that is no zip', 'a.zip', HEADER, BARS, /a\.zip: damaged archive/],
  ];
  for (const [what, name, content, format, message] of bad) {
    test(`${what} is exit code 3, with file and line`, async () => {
      const { code, out, err } = await backtest(name, content, format);
      assert.match(err, message);
      assert.doesNotMatch(err, /\n {4}at /);
      assert.deepEqual([code, out], [3, '']);
    });
  }

  test('a spread that is not declared is exit code 2, with its key', async () => {
    const prices = { ...BARS.prices, spread: undefined };
    const { code, err } = await backtest('none.csv', HEADER, { ...BARS, prices });
    assert.match(err, /market\.sources\.format\.prices\.spread\.missing/);
    assert.equal(code, 2);
  });

  test('crossed rows that are kept are in the summary, from files of any folder', async () => {
    const rows =
      'EUR/USD,20240102 10:00:00.000,1.1,1.2\nEUR/USD,20240102 10:00:01.000,1.15001,1.15\n';
    const kind = { kind: 'truefx' };
    const { code, out, err } = await backtest('2024/01/crossed.csv', rows, kind, 'keep');
    assert.equal(code, 0, err);
    assert.match(out, /Rows crossed\n {2}crossed\.csv: 1 kept/);
  });
});
