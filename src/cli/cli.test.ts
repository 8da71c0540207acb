import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

const MAIN = join(import.meta.dirname, 'main.ts');
const PACKAGE = join(import.meta.dirname, '..', '..', 'package.json');
const RESULTS = [
  ...['configuration.json', 'costs.csv', 'equity.csv', 'fills.jsonl', 'orders.jsonl'],
  ...['prices.csv', 'report.html', 'summary.json', 'trades.csv'],
];

/** Turns its position at every 50th quote. */
const STRATEGY = `
export const strategy = {
  name: 'turning',
  version: 1,
  parameters: { safeParse: (data) => ({ success: true, data }) },
  create(setup, { fails = false }) {
    const eurusd = setup.instrument('EURUSD');
    setup.quotes(eurusd);
    let seen = 0;
    return {
      onQuote(context) {
        seen += 1;
        if (seen % 50 !== 0) return;
        if (fails) throw new Error('I have no idea');
        const side = seen % 100 === 0 ? 'sell' : 'buy';
        const quantity = 1000 + Math.abs(context.position(eurusd));
        context.submit({ instrument: eurusd, side, type: 'market', quantity });
      },
    };
  },
};
`;

const FILES = {
  kind: 'files',
  sources: [
    {
      symbol: 'EURUSD',
      files: ['20240102_quotes.csv'],
      format: {
        kind: 'delimited',
        header: true,
        columns: { time: 'time', bid: 'bid', ask: 'ask' },
        time: 'iso',
        fileDate: 'YYYYMMDD_*',
        filePeriod: 'day',
      },
    },
  ],
};

/** A week of a very busy market: long enough to be interrupted. */
const LONG = {
  kind: 'synthetic',
  from: '2024-01-01T00:00:00Z',
  to: '2024-01-08T00:00:00Z',
  instruments: { EURUSD: { quotesPerSecond: '100' } },
};

function configOf(market: object, parameters: object = {}): string {
  return JSON.stringify({
    id: 'test',
    account: { currency: 'USD', balance: '10000' },
    instruments: { use: ['EURUSD'] },
    market,
    strategies: [{ id: 'turn', module: './strategy.mjs', instruments: ['EURUSD'], parameters }],
  });
}

function quoteFile(rows: number): string {
  const start = Temporal.Instant.from('2024-01-02T10:00:00Z');
  const lines = Array.from({ length: rows }, (_, i) => {
    const time = start.add({ seconds: i }).toString();
    const bid = 108_000 + 3 * Math.abs(40 - (i % 80));
    return `${time},${(bid / 100_000).toFixed(5)},${((bid + 10) / 100_000).toFixed(5)}`;
  });
  return `time,bid,ask\n${lines.join('\n')}\n`;
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

describe('the command line', { concurrency: 2 }, () => {
  let root = '';
  const children: ChildProcess[] = [];
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'tiyf-cli-'));
    const put = (name: string, content: string): void => writeFileSync(join(root, name), content);
    put('strategy.mjs', STRATEGY);
    put('20240102_quotes.csv', quoteFile(2000));
    put('20240102_bad.csv', `${quoteFile(3)}2024-01-02T10:00:03Z,1.2,1.1\n`);
    put('good.jsonc', configOf(FILES));
    put('failing.jsonc', configOf(FILES, { fails: true }));
    put('long.jsonc', configOf(LONG));
    const [source] = FILES.sources;
    const sources = [{ ...source, files: ['20240102_bad.csv'] }];
    put('bad-data.jsonc', configOf({ ...FILES, sources }));
    put('bad.jsonc', configOf(FILES).replace('"use"', '\n"uses"'));
    mkdirSync(join(root, 'full'));
    put('full/note.txt', 'keep me');
  });
  after(() => {
    // Those of a failed test may still run; to kill one that has ended does nothing.
    for (const child of children) child.kill('SIGKILL');
    rmSync(root, { recursive: true });
    rmSync(`${root}-cache`, { recursive: true, force: true });
  });
  const at = (name: string): string => join(root, name);

  function start(args: readonly string[], options: object = {}): ChildProcess {
    const argv = ['--conditions=tiyf-source', MAIN, ...args];
    const env = { ...process.env, XDG_CACHE_HOME: join(root, 'caches') };
    const child = spawn(process.execPath, argv, { cwd: root, env, ...options });
    children.push(child);
    return child;
  }

  async function ended(child: ChildProcess): Promise<Ended> {
    const out = child.stdout === null ? '' : text(child.stdout);
    const err = child.stderr === null ? '' : text(child.stderr);
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    return { code, signal, out: await out, err: await err };
  }

  const tiyf = (...args: string[]): Promise<Ended> => ended(start(args));

  async function appears(found: () => boolean): Promise<void> {
    for (let i = 0; !found(); i++) {
      assert.ok(i < 500, 'it did not appear');
      await sleep(10);
    }
  }

  test('--version is the package’s', async () => {
    const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string };
    assert.deepEqual(await tiyf('--version'), {
      code: 0,
      signal: null,
      out: `${version}\n`,
      err: '',
    });
  });

  test('help says the commands by group, on stdout', async () => {
    const { code, out } = await tiyf('--help');
    assert.equal(code, 0);
    assert.match(out, /Trading:\n {2}backtest/);
    assert.match(out, /Exit codes: 0 done/);
  });

  const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['no command', [], /^Usage: tiyf/],
    ['a misspelt command', ['backtset'], /unknown command 'backtset'\n\(Did you mean backtest\?\)/],
    [
      'a misspelt option',
      ['backtest', '--confg', 'x'],
      /unknown option '--confg'\n\(Did you mean --config\?\)/,
    ],
    ['a missing option', ['backtest'], /^tiyf: --config <file> is required/],
    ['one argument too many', ['backtest', '--config', 'good.jsonc', 'x'], /too many arguments/],
    [
      '--overwrite alone',
      ['backtest', '--config', 'good.jsonc', '--overwrite'],
      /--out or --journal only/,
    ],
    ['a missing configuration', ['backtest', '--config', 'absent.jsonc'], /absent\.jsonc/],
    ['a bad configuration', ['backtest', '--config', 'bad.jsonc'], /bad\.jsonc:2:1: .*uses/],
    [
      'an --out that is not empty',
      ['backtest', '--config', 'good.jsonc', '--out', 'full'],
      /^tiyf: full is not empty; --overwrite replaces/,
    ],
    [
      'an --out that cannot be made',
      ['backtest', '--config', 'good.jsonc', '--out', '20240102_quotes.csv/out'],
      /quotes\.csv\/out cannot be used/,
    ],
    ['an --out without a name', ['backtest', '--config', 'good.jsonc', '--out', ''], /is empty/],
    [
      'a cache that is a file',
      ['data', 'cache', 'clear', '--cache', 'good.jsonc'],
      /good\.jsonc cannot be used as a cache/,
    ],
    ['a page without a directory', ['report', 'full', '--out', 'no/x.html'], /no directory no /],
    [
      'a page that is a directory',
      ['compare', 'full', 'full', '--html', 'full', '--overwrite'],
      /full is a directory; name a file/,
    ],
  ];
  for (const [what, args, message] of wrong) {
    test(`${what} is a usage error: said on stderr, without a stack`, async () => {
      const { code, out, err } = await tiyf(...args);
      assert.match(err, message);
      assert.doesNotMatch(err, /\n {4}at /);
      assert.deepEqual([code, out], [2, '']);
      assert.deepEqual(readdirSync(at('full')), ['note.txt']);
    });
  }

  test('bad data is exit code 3, with file and line, and leaves no results', async () => {
    const bad = await tiyf('backtest', '--config', 'bad-data.jsonc', '--out', 'bad-out', '--json');
    assert.match(bad.err, /bad\.csv:5: crossed/);
    assert.deepEqual([bad.code, bad.out], [3, '']);
    assert.doesNotMatch(bad.err, /\n {4}at /);
    assert.deepEqual(
      readdirSync(root).filter((name) => name.includes('bad-out')),
      [],
    );
  });

  test('a strategy that throws is exit code 70; --verbose shows where', async () => {
    const quiet = await tiyf('backtest', '--config', 'failing.jsonc', '--out', 'failed');
    assert.equal(quiet.code, 70);
    assert.match(quiet.err, /^tiyf: strategy turn, onQuote: I have no idea \[STRATEGY_FAILED\]/);
    assert.doesNotMatch(quiet.err, /\n {4}at /);
    const verbose = await tiyf('backtest', '--config', 'failing.jsonc', '--verbose');
    assert.match(verbose.err, /strategy\.mjs:\d+/);
    assert.equal(existsSync(at('failed')), false);
  });

  test('with --json the summary is alone on stdout, and is summary.json', async () => {
    const { code, out, err } = await tiyf(
      'backtest',
      '--config',
      'good.jsonc',
      '--out',
      'json-out',
      '--json',
    );
    assert.deepEqual([code, err], [0, '']);
    const summary = JSON.parse(out) as { quotes: number; orders: number };
    assert.equal(summary.quotes, 2000);
    assert.equal(summary.orders, 40);
    assert.equal(readFileSync(at('json-out/summary.json'), 'utf8'), out);
    assert.deepEqual(readdirSync(at('json-out')).sort(), RESULTS);
  });

  test('two runs give the same bytes in another zone, language and directory', async () => {
    const run = (out: string, env: Record<string, string>, cwd: string): Promise<Ended> => {
      const args = ['backtest', '--config', at('good.jsonc'), '--out', at(out), '--quiet'];
      return ended(
        start(args, { cwd, env: { ...process.env, XDG_CACHE_HOME: at('caches'), ...env } }),
      );
    };
    const here = await run('one', { TZ: 'Asia/Tokyo', LANG: 'de_DE.UTF-8' }, root);
    const there = await run('two', { TZ: 'America/New_York', LANG: 'tr_TR.UTF-8' }, '/');
    assert.deepEqual([here.code, there.code], [0, 0]);
    assert.match(here.out, /Quotes +2,000\n/);
    assert.match(here.out, /Opening balance +10,000\.00\n/);
    for (const name of RESULTS) {
      const [one, two] = ['one', 'two'].map((out) =>
        readFileSync(at(`${out}/${name}`), 'utf8').replace(
          /"(elapsedMs|quotesPerSecond)": \d+/g,
          '',
        ),
      );
      assert.equal(one, two, name);
    }
  });

  test('a second run takes its quotes from the cache, and tells the same but for its timings', async () => {
    const run = async (...args: string[]): Promise<string> => {
      const { code, out, err } = await tiyf(
        'backtest',
        '--config',
        'good.jsonc',
        '--json',
        ...args,
      );
      assert.deepEqual([code, err], [0, '']);
      return out.replace(/"(elapsedMs|quotesPerSecond)": \d+/g, '');
    };
    const cache = `${root}-cache`;
    const plain = await run('--no-cache');
    const built = await run('--cache', cache);
    const listed = await tiyf('data', 'cache', 'list', '--cache', cache);
    assert.match(listed.out, /quotes +2,000 rows {2}EURUSD\n.*1 entries/);
    assert.deepEqual([built, await run('--cache', cache, '--cache-max', '1MiB')], [plain, plain]);
    const cleared = await tiyf('data', 'cache', 'clear', '--cache', cache);
    assert.match(cleared.out, /cache: 1 entries removed/);
    assert.deepEqual(readdirSync(cache), []);
    const beside = await tiyf('backtest', '--config', 'good.jsonc', '--cache', 'here/below');
    assert.equal(beside.code, 2);
    assert.match(beside.err, /holds market data: choose another directory/);
  });

  test('SIGINT ends a run by that signal and leaves nothing', async () => {
    const child = start(['backtest', '--config', 'long.jsonc', '--out', 'cut']);
    await appears(() => readdirSync(root).some((name) => name.startsWith('.cut.')));
    await sleep(50);
    child.kill('SIGINT');
    const { signal, out, err } = await ended(child);
    assert.deepEqual([signal, out], ['SIGINT', '']);
    assert.equal(err, 'tiyf: interrupted by SIGINT\n');
    assert.deepEqual(
      readdirSync(root).filter((name) => name.includes('cut')),
      [],
    );
  });

  test('a run that is killed outright leaves no result under its name', async () => {
    mkdirSync(at('killed'));
    writeFileSync(at('killed/trades.csv'), 'of an earlier run');
    const child = start(['backtest', '--config', 'long.jsonc', '--out', 'killed', '--overwrite']);
    await appears(() => readdirSync(root).some((name) => name.startsWith('.killed.')));
    child.kill('SIGKILL');
    assert.equal((await ended(child)).signal, 'SIGKILL');
    assert.deepEqual(readdirSync(at('killed')), ['trades.csv']);
    assert.equal(readFileSync(at('killed/trades.csv'), 'utf8'), 'of an earlier run');
  });

  test('a reader that goes away is no error, a full disk behind stdout is one', async () => {
    const piped = start(['config', 'schema'], { stdio: ['ignore', 'pipe', 'pipe'] });
    piped.stdout?.destroy();
    const [code] = (await once(piped, 'close')) as [number | null];
    assert.equal(code, 0);
    if (!existsSync('/dev/full')) return;
    const full = start(['config', 'schema'], {
      stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
    });
    const { code: fullCode, err } = await ended(full);
    assert.equal(fullCode, 70);
    assert.match(err, /stdout cannot be written/);
  });

  test('config check says yes, or everything that is wrong with its place', async () => {
    const good = await tiyf('config', 'check', 'good.jsonc');
    assert.deepEqual([good.code, good.err], [0, '']);
    assert.match(good.out, /^good\.jsonc: valid, sha256:[0-9a-f]{64}\n$/);
    const bad = await tiyf('config', 'check', 'bad.jsonc', '--json');
    assert.deepEqual([bad.code, bad.err], [2, '']);
    const answer = JSON.parse(bad.out) as { valid: boolean; issues: { line: number }[] };
    assert.equal(answer.valid, false);
    assert.ok(answer.issues.length >= 2);
    assert.ok(answer.issues.every(({ line }) => line >= 1));
  });

  test('config schema prints a JSON Schema', async () => {
    const { code, out } = await tiyf('config', 'schema');
    assert.equal(code, 0);
    assert.equal((JSON.parse(out) as { type: string }).type, 'object');
  });
});
