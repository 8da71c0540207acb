import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { TemporaryFolder } from '../testing/quote-files.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TIYF = join(ROOT, 'bin/tiyf');
const WORDS = ['run', '--speed', '600', '--port', '0', '--config'];

/** The EMA cross on bars of a second, with its fast average as given. */
function configOf(fast: number): string {
  return JSON.stringify({
    id: 'test',
    account: { currency: 'USD', balance: '100000' },
    instruments: { use: ['EURUSD'] },
    market: { kind: 'synthetic', seed: 5, alwaysOpen: true, from: '2024-01-08T10:00:00Z' },
    strategies: [
      {
        id: 'cross',
        module: join(ROOT, 'examples/ema-cross/ema-cross.ts'),
        instruments: ['EURUSD'],
        parameters: { bar: '1s', fast, slow: 20, stopAtrs: 4, units: { '*': '10000' } },
      },
    ],
    run: { dataDirectory: 'data' },
  });
}

interface Running {
  readonly child: ChildProcess;
  readonly health: () => Promise<{
    readonly tradingState: string;
    readonly orders: { readonly last: number };
  }>;
}

async function start(config: string, flags: readonly string[] = []): Promise<Running> {
  const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];
  const child = spawn(TIYF, [...WORDS, config, ...flags], { stdio });
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  const url = `${chunk.toString().trim()}/health`;
  return { child, health: async () => (await (await fetch(url)).json()) as never };
}

/** Lets it trade, and kills it. */
async function killedTrading(config: string, flags: readonly string[] = []): Promise<number> {
  const { child, health } = await start(config, flags);
  let last = 0;
  for (let tries = 0; tries < 500 && last < 3; tries++) {
    last = (await health()).orders.last;
    await sleep(20);
  }
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert(last >= 3, 'it must trade');
  return last;
}

function refused(config: string, flags: readonly string[] = []): string {
  const { status, stderr } = spawnSync(TIYF, [...WORDS, config, ...flags], { encoding: 'utf8' });
  assert.equal(status, 2, stderr);
  return stderr;
}

async function stop({ child }: Running): Promise<void> {
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
}

suite('tiyf run, where a strategy has changed after a kill', () => {
  test('is refused, goes on with the books once somebody accepts it, or manages them alone', async () => {
    using folder = new TemporaryFolder();
    const config = folder.join('config.jsonc');
    writeFileSync(config, configOf(6));
    const last = await killedTrading(config);
    writeFileSync(config, configOf(7));
    assert.match(refused(config), /cannot go on as they were: .*\[STRATEGY_DIVERGED\]/);
    assert.match(
      refused(config, ['--accept-strategy-change']),
      /needs --by NAME and --reason TEXT/,
    );
    assert.match(refused(config, ['--by', 'ann']), /go with --accept-strategy-change/);
    const words = ['--by', 'ann', '--reason', 'a slower average'];
    const both = ['--accept-strategy-change', '--manage-only', ...words];
    assert.match(refused(config, both), /exclude each other/);
    const managed = await start(config, ['--manage-only', ...words]);
    const orders = (await managed.health()).orders.last;
    assert(orders >= last, 'its books stand');
    await stop(managed);
    const accepted = await start(config, ['--accept-strategy-change', ...words]);
    const health = await accepted.health();
    assert.equal(health.tradingState, 'exit_only');
    assert(health.orders.last >= orders);
    await stop(accepted);
    // It is the strategy from here on.
    await stop(await start(config));
    const cat = ['journal', 'cat', '--kind', 'strategies_reset', '--data', folder.join('data')];
    const { stdout } = spawnSync(TIYF, cat, { encoding: 'utf8' });
    assert.match(stdout, /"by":"ann","reason":"a slower average"/);
  });

  test('with a strategy that cannot be loaded at all, what is open is managed', async () => {
    using folder = new TemporaryFolder();
    const config = folder.join('config.jsonc');
    writeFileSync(config, configOf(6));
    const last = await killedTrading(config);
    writeFileSync(folder.join('gone.ts'), 'throw new Error("broken");\n');
    writeFileSync(config, configOf(6).replace(/"module":"[^"]*"/, '"module":"gone.ts"'));
    assert.match(refused(config), /cannot be imported/);
    const managed = await start(config, ['--manage-only', '--by', 'ann', '--reason', 'broken']);
    assert((await managed.health()).orders.last >= last);
    await stop(managed);
  });
});
