import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SweepProgress } from '../backtest/sweep/run-sweep.ts';
import { sweepCsv } from '../backtest/sweep/sweep-csv.ts';
import { sweepPage } from '../backtest/sweep/sweep-page.ts';
import { SeededRandom } from '../market/random.ts';
import { SweepFolder } from '../testing/sweep-rig.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
const RESULTS = ['journal.jsonl', 'sweep.csv', 'sweep.html'];

describe('the command sweep', () => {
  let folder: SweepFolder;
  const children: ChildProcess[] = [];
  before(() => {
    folder = new SweepFolder();
  });
  after(() => {
    for (const child of children) child.kill('SIGKILL');
    folder[Symbol.dispose]();
  });

  function start(...args: string[]): ChildProcess {
    const argv = ['--conditions=tiyf-source', MAIN, 'sweep', ...args, '--workers', '1'];
    const env = { ...process.env, XDG_CACHE_HOME: join(folder.path, 'caches') };
    const child = spawn(process.execPath, argv, { cwd: folder.path, env });
    children.push(child);
    return child;
  }

  async function ended(child: ChildProcess) {
    const out = child.stdout === null ? '' : text(child.stdout);
    const err = child.stderr === null ? '' : text(child.stderr);
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    return { code, signal, out: await out, err: await err };
  }

  const read = (name: string): string => readFileSync(folder.at(name), 'utf8');
  const linesOf = (name: string): number =>
    existsSync(folder.at(name)) ? read(name).split('\n').length - 1 : 0;

  async function hasLines(name: string, count: number): Promise<void> {
    for (let i = 0; linesOf(name) < count; i++) {
      assert.ok(i < 5000, `${count} lines did not appear`);
      await sleep(1);
    }
  }

  test('killed at any moment it goes on, and ends with the bytes of one that was not', async () => {
    const specs = ['turn.every=2:61:1', 'turn.least=0,30'];
    const asked = specs.flatMap((spec) => ['--grid', spec]);
    const args = ['--config', 'files.json', '--out', 'cut', ...asked];
    const random = new SeededRandom(7);
    let lines = 1;
    for (let kill = 0; kill < 2; kill += 1) {
      const child = start(...args);
      await hasLines('cut/journal.jsonl', Math.min(lines + random.nextInt(20), 100));
      await sleep(random.nextInt(10));
      child.kill(kill === 1 ? 'SIGINT' : 'SIGKILL');
      const { signal, out } = await ended(child);
      assert.deepEqual([signal, out], [kill === 1 ? 'SIGINT' : 'SIGKILL', '']);
      assert.deepEqual(readdirSync(folder.at('cut')), ['journal.jsonl']);
      const known = linesOf('cut/journal.jsonl');
      assert.ok(known >= lines, 'what was done stays');
      lines = known;
    }
    appendFileSync(folder.at('cut/journal.jsonl'), '{"run":"all: 99","outcome":{"stat');
    const { code, out, err } = await ended(start(...args));
    assert.equal(code, 0);
    assert.match(err, new RegExp(`^120 points, 1 worker, ${lines - 1} done before\n`));
    assert.match(out, /^92 done, 28 invalid, 0 failed\n/);
    assert.deepEqual(readdirSync(folder.at('cut')).sort(), RESULTS);
    assert.equal(linesOf('cut/journal.jsonl'), 121);
    let before = 0;
    const whole = await folder.sweep({ specs });
    const onProgress = (progress: SweepProgress): void => {
      before = progress.before;
    };
    const again = await folder.sweep({ specs, out: 'cut', onProgress });
    assert.equal(before, 120, 'every line of the journal can be read, and nothing is left to run');
    assert.equal(sweepCsv(again), sweepCsv(whole));
    assert.equal(read('cut/sweep.csv'), sweepCsv(whole));
    assert.equal(read('cut/sweep.html'), sweepPage(whole, false));
  });

  test('what it is asked for and cannot be is a usage error, and nothing is made', async () => {
    const wrong: [string, RegExp][] = [
      ['--grid turn.evry=1', /^tiyf: unknown key turn\.evry.* \[SWEEP_REFUSED\]\n$/],
      ['--random 5 --range turn.every=1:9', /--random needs a --seed/],
    ];
    for (const [args, pattern] of wrong) {
      const { code, out, err } = await ended(
        start('--config', 'files.json', '--out', 'no', ...args.split(' ')),
      );
      assert.match(err, pattern);
      assert.deepEqual([code, out, existsSync(folder.at('no'))], [2, '', false]);
    }
  });
});
