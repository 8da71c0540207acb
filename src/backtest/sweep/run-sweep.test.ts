import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { assemble } from '../../config/assemble.ts';
import { loadConfig } from '../../config/load.ts';
import { SweepFolder } from '../../testing/sweep-rig.ts';
import { runBacktest } from '../run-backtest.ts';
import type { PointOutcome, RunHashes } from './point.ts';
import { stitchedEquity, sweepCsv, walkForwardCsv } from './sweep-csv.ts';
import { SweepError } from './sweep-error.ts';
import { sweepPage } from './sweep-page.ts';

/** The hashes of `tiyf backtest` with a configuration. */
async function hashesOf(config: string): Promise<RunHashes> {
  const { summary } = await runBacktest(await assemble(loadConfig(config), 'backtest'));
  const { configHash, dataVersion, stateHash, recordsHash } = summary;
  return { configHash, dataVersion, stateHash, recordsHash };
}

function hashesIn(outcome: PointOutcome | undefined): RunHashes {
  assert.ok(outcome?.status === 'done', JSON.stringify(outcome));
  return outcome.hashes;
}

describe('a sweep', { concurrency: 2 }, () => {
  let folder: SweepFolder;
  before(() => {
    folder = new SweepFolder();
  });
  after(() => folder[Symbol.dispose]());

  test('runs each point bit for bit as a backtest with its values written', async () => {
    const specs = [
      'turn.every=20:40:10',
      'turning.share=0.1:0.3:0.2',
      'venue.latency.submit=0s,1s',
    ];
    for (const kind of ['files', 'synthetic']) {
      const { whole, plan } = await folder.sweep({
        config: `${kind}.json`,
        specs,
        changes: { workers: kind === 'files' ? 2 : 1 },
      });
      assert.equal(whole?.outcomes.length, 12);
      for (const at of [0, 3, 10]) {
        const [every, share, submit] = plan.points[at]?.texts ?? [];
        const changes = { market: { kind }, venue: { latency: { submit } } };
        const values = { every: Number(every), share: Number(share) };
        const config = folder.config(`${kind}-${at}.json`, changes);
        const text = readFileSync(config, 'utf8');
        writeFileSync(config, text.replace('"every":50', JSON.stringify(values).slice(1, -1)));
        assert.deepEqual(hashesIn(whole?.outcomes[at]), await hashesOf(config));
      }
      const records = whole?.outcomes.map((one) => hashesIn(one).recordsHash);
      assert.ok(new Set(records).size >= 6, 'the points differ');
    }
  });

  test('fails a point whose worker throws, exits or runs out of memory, and no other', async () => {
    const specs = ['turn.least=60,0', 'turn.mode=calm,odd,throw,exit,hoard'];
    const { whole } = await folder.sweep({ specs, changes: { heapMb: 24 } });
    const outcomes = whole?.outcomes ?? [];
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      [...new Array<string>(5).fill('invalid'), 'done', 'done', 'failed', 'failed', 'failed'],
    );
    const reasons = outcomes.map((one) => (one.status === 'done' ? '' : one.reason));
    assert.match(reasons[0] ?? '', /strategies\[0\]\.parameters\.every: must not be below least/);
    assert.match(reasons[7] ?? '', /I have no idea \[STRATEGY_FAILED\]/);
    assert.match(reasons[8] ?? '', /the worker ended with exit code 7/);
    assert.match(reasons[9] ?? '', /the worker died: .*memory/);
  });

  test('does not go on with the journal of another sweep, nor with a damaged one', async () => {
    const specs = ['turn.every=10,20'];
    const asked = { specs, out: 'other' };
    await folder.sweep(asked);
    const refused = (pattern: RegExp) => (error: unknown) =>
      error instanceof SweepError && pattern.test(error.message);
    const others: [object, RegExp][] = [
      [{ specs: ['turn.every=10,30'] }, /another sweep \(keys and values\)/],
      [{ config: 'synthetic.json' }, /\(the configuration, the market’s data\)/],
      [{ changes: { random: { count: 1, seed: 1 } } }, /the points that are drawn/],
      [{ changes: { walkForward: { train: 1, test: 1, step: 1 } } }, /the walk-forward/],
    ];
    for (const [change, pattern] of others) {
      await assert.rejects(folder.sweep({ ...asked, ...change }), refused(pattern));
    }
    const journal = folder.at('other/journal.jsonl');
    writeFileSync(journal, readFileSync(journal, 'utf8').replace('"run":', '"run"'));
    await assert.rejects(folder.sweep(asked), refused(/journal\.jsonl:2: is damaged/));
    await folder.sweep({ ...asked, changes: { overwrite: true } });
    writeFileSync(folder.at('other/notes.txt'), 'mine');
    await assert.rejects(folder.sweep(asked), refused(/holds notes\.txt/));
    const overwrite = folder.sweep({ ...asked, changes: { overwrite: true } });
    await assert.rejects(overwrite, refused(/holds notes\.txt/));
  });

  test('says what is wrong with keys and values before anything runs', async () => {
    const wrong: [string, RegExp][] = [
      ['turn.evry=1,2', /unknown key turn\.evry: the strategy takes no such parameter/],
      ['turn.every=a,b', /turn\.every=a: is not a number/],
      ['nobody.every=1', /nobody is neither a strategy \(turn\) nor a setting/],
      ['venue.latncy.submit=1s', /unknown key venue\.latncy\.submit/],
      ['venue.latency.submit=1s,soon', /venue\.latency\.submit=soon: .* must be a span of time/],
      ['venue.latency=1s', /holds more than one value/],
      ['strategies[3].parameters.every=1', /unknown key/],
      ['market.to=2024-01-09T00:00:00Z', /cannot vary: the quotes are read once/],
      ['run.port=1,2', /cannot vary: it changes no result/],
    ];
    for (const [spec, pattern] of wrong) {
      await assert.rejects(folder.sweep({ specs: [spec], out: 'wrong' }), pattern, spec);
    }
    const twice = folder.sweep({ specs: ['turn.every=1', 'strategies.0.parameters.every=2'] });
    await assert.rejects(twice, /are the same key/);
    await assert.rejects(
      folder.sweep({ specs: ['turn.units=1:200', 'turn.share=0.001:0.2'] }),
      /40000 points are more than the 10000 of one sweep; --random draws/,
    );
    const small = folder.sweep({ specs: ['turn.every=5'], changes: { memoryMb: 0.01 } });
    await assert.rejects(small, /raise --memory/);
  });

  test('walks forward: each part of a split is the backtest of its time alone', async () => {
    const walkForward = { train: 3, test: 2, step: 2 };
    const specs = ['turn.every=20:60:20'];
    for (const [kind, count] of [
      ['files', 4],
      ['synthetic', 1],
    ] as const) {
      const config = `${kind}.json`;
      const result = await folder.sweep({ config, specs, changes: { walkForward } });
      assert.equal(result.splits.length, count);
      for (const [at, { split, train, test: tested }] of result.splits.entries()) {
        const every = Number(result.plan.points[train.best ?? -1]?.texts[0]);
        for (const part of ['train', 'test'] as const) {
          const { from, to } = split[part];
          const file = folder.config(`${kind}-${part}-${at}.json`, { market: { kind, from, to } });
          const text = readFileSync(file, 'utf8').replace('"every":50', `"every":${every}`);
          writeFileSync(file, text);
          const outcome = part === 'train' ? train.outcomes[train.best ?? -1] : tested;
          assert.deepEqual(hashesIn(outcome), await hashesOf(file));
        }
      }
      const rows = walkForwardCsv(result).trimEnd().split('\n');
      assert.equal(rows.length, count + 1);
      assert.equal(sweepCsv(result).trimEnd().split('\n').length, 3 * count + 1);
      assert.match(sweepPage(result, false), /Equity over all tests.*Map of|Key by key/s);
      const net = result.splits.map(({ test: one }) =>
        one?.status === 'done' ? Number(one.figures.netProfit) : 0,
      );
      const end = stitchedEquity(result).at(-1)?.equity;
      const sum = net.reduce((a, b) => a + b, 10_000);
      assert.equal(Number(end).toFixed(6), sum.toFixed(6));
    }
  });
});
