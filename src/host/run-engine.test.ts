import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { backtestNonce } from '../backtest/boot-nonce.ts';
import { runBacktest } from '../backtest/run-backtest.ts';
import { assemble } from '../config/assemble.ts';
import type { Assembly } from '../config/assembly.ts';
import { loadConfig } from '../config/load.ts';
import { RecordHasher } from '../journal/hashes.ts';
import { LockError } from '../journal/lock.ts';
import { TradingState } from '../model/gate.ts';
import { OrderState } from '../model/order.ts';
import { PacedEngine } from '../runtime/paced-engine.ts';
import { systemClock, UNPACED } from '../runtime/pacer.ts';
import { type RunningEngine, runEngine } from './run-engine.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

function withDirectory<T>(body: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'tiyf-run-'));
  return body(directory).finally(() => rmSync(directory, { recursive: true }));
}

/** The EMA cross on bars of a second, so that it trades within minutes of market time. */
function writeConfig(directory: string): string {
  const strategy = {
    id: 'cross',
    module: join(ROOT, 'examples/ema-cross/ema-cross.ts'),
    instruments: ['EURUSD', 'USDJPY'],
    parameters: { bar: '1s', fast: 6, slow: 20, stopAtrs: 4, units: { '*': '10000' } },
  };
  const config = {
    id: 'test',
    account: { currency: 'USD', balance: '100000' },
    instruments: { use: strategy.instruments },
    market: {
      kind: 'synthetic',
      seed: 5,
      alwaysOpen: true,
      from: '2024-01-08T10:00:00Z',
      to: '2024-01-08T10:40:00Z',
    },
    strategies: [strategy],
    run: { dataDirectory: 'data' },
  };
  const file = join(directory, 'config.jsonc');
  writeFileSync(file, JSON.stringify(config));
  return file;
}

function start(
  assembly: Assembly,
  directory: string,
  options: Partial<Parameters<typeof runEngine>[0]> = {},
): Promise<RunningEngine> {
  return runEngine({
    assembly,
    directory: join(directory, 'data'),
    host: '127.0.0.1',
    port: 0,
    speed: 600,
    clock: systemClock,
    log: silent,
    ...options,
  });
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 2000; tries++) {
    if (holds()) return;
    await sleep(5);
  }
  assert.fail(`waited in vain: ${what}`);
}

/** The venue's own books say what the engine's say, and nothing keeps it from trading. */
function assertVenueAgrees({ engine }: RunningEngine): void {
  assert(engine instanceof PacedEngine);
  const { book } = engine.kernel;
  const { account } = engine.venue;
  assert.equal(account.balance, book.account.balance);
  assert.deepEqual(
    account.positions.map(({ quantity, cost }) => [quantity, cost]),
    book.account.positions.map(({ quantity, cost }) => [quantity, cost]),
  );
  const working = engine.venue.workingOrders().map(({ order }) => order);
  const open = [...book.orders.open()].map(({ handle }) => handle);
  assert.deepEqual(
    working.toSorted((a, b) => a - b),
    open.toSorted((a, b) => a - b),
  );
  assert.equal(book.tradingState, TradingState.active);
}

/** A restart puts in doubt what was on its way. */
const ON_ITS_WAY: readonly OrderState[] = [OrderState.intended, OrderState.inFlight];

function afterRestart(state: OrderState): OrderState {
  return ON_ITS_WAY.includes(state) ? OrderState.inDoubt : state;
}

/** What must be the same after a restart. */
function books({ engine }: RunningEngine): unknown {
  const { account, orders } = engine.kernel.book;
  return {
    balance: account.balance,
    realized: account.realized,
    positions: account.positions.map(({ quantity, cost }) => [quantity, cost]),
    open: [...orders.open()].map(({ handle, state, filled }) => [
      handle,
      afterRestart(state),
      filled,
    ]),
    lastHandle: orders.lastHandle,
  };
}

suite('the running engine', () => {
  test('one tape through run and through backtest makes equal records', () =>
    withDirectory(async (directory) => {
      const assembly = await assemble(loadConfig(writeConfig(directory)), 'backtest');
      const backtest = new RecordHasher();
      await runBacktest(assembly, { sinks: [backtest] });
      const live = new RecordHasher();
      const nonce = backtestNonce(assembly);
      const running = await start(assembly, directory, { speed: UNPACED, nonce, sinks: [live] });
      await running.ended;
      assert(backtest.records > 100, 'the tape must make it trade');
      assert.equal(live.records, backtest.records);
      assert.equal(live.digest(), backtest.digest());
    }));

  test('stopped and started again, positions, orders and balance go on', () =>
    withDirectory(async (directory) => {
      const assembly = await assemble(loadConfig(writeConfig(directory)), 'run');
      const first = await start(assembly, directory);
      const { account } = first.engine.kernel.book;
      await until('a closed trade and a position', () => {
        const held = account.positions.some(({ quantity }) => quantity !== 0);
        return held && account.realized !== 0n;
      });
      first.stop('test');
      await first.ended;
      const second = await start(assembly, directory, { speed: 0.001 });
      assert.equal(second.engine.restored, true);
      assert.equal(second.engine.lastStop?.clean, true);
      assert.deepEqual(books(second), books(first));
      assertVenueAgrees(second);
      const health = (await (await fetch(`${second.url}/health`)).json()) as HealthSeen;
      assert.equal(health.recovery.known, true);
      second.stop('test');
      await second.ended;
      const third = await start(assembly, directory);
      const before = third.engine.kernel.book.orders.lastHandle;
      await until('further orders', () => third.engine.kernel.book.orders.lastHandle > before);
      third.stop('test');
      await third.ended;
    }));

  test('a second engine on the same directory fails at once and names the first', () =>
    withDirectory(async (directory) => {
      const assembly = await assemble(loadConfig(writeConfig(directory)), 'run');
      const first = await start(assembly, directory);
      await assert.rejects(start(assembly, directory), (error) => {
        assert(error instanceof LockError);
        return error.message.includes(String(process.pid));
      });
      first.stop('test');
      await first.ended;
    }));

  test('another configuration on the directory is refused, not mixed in', () =>
    withDirectory(async (directory) => {
      const file = writeConfig(directory);
      const first = await start(await assemble(loadConfig(file), 'run'), directory);
      first.stop('test');
      await first.ended;
      const text = readFileSync(file, 'utf8').replaceAll('USDJPY', 'GBPUSD');
      writeFileSync(file, text);
      const other = await assemble(loadConfig(file), 'run');
      await assert.rejects(start(other, directory), { code: 'STATE_OF_OTHER_CONFIGURATION' });
    }));
});

interface Spawned {
  readonly child: ChildProcess;
  readonly url: string;
}

async function spawnRun(config: string, speed: string): Promise<Spawned> {
  const words = ['run', '--config', config, '--speed', speed, '--port', '0'];
  const child = spawn(join(ROOT, 'bin/tiyf'), words, { stdio: ['ignore', 'pipe', 'ignore'] });
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, url: chunk.toString().trim() };
}

interface HealthSeen {
  readonly recovery: { readonly known: boolean };
  readonly lastStop: unknown;
  readonly orders: { readonly last: number };
  readonly account: { readonly balance: string };
}

async function health(url: string): Promise<HealthSeen> {
  return (await (await fetch(`${url}/health`)).json()) as HealthSeen;
}

async function tradedOn(url: string, after: number): Promise<HealthSeen> {
  for (let tries = 0; tries < 600; tries++) {
    const seen = await health(url);
    if (seen.orders.last > after) return seen;
    await sleep(20);
  }
  return assert.fail('no further order');
}

suite('the running process', () => {
  test('ends cleanly on SIGTERM with exit 0, and goes on at the next start', () =>
    withDirectory(async (directory) => {
      const config = writeConfig(directory);
      const first = await spawnRun(config, '600');
      const seen = await tradedOn(first.url, 2);
      first.child.kill('SIGTERM');
      assert.deepEqual(await once(first.child, 'exit'), [0, null]);
      const second = await spawnRun(config, '1');
      const again = await health(second.url);
      assert.equal(again.recovery.known, true);
      assert.equal(Reflect.get(Object(again.lastStop), 'reason'), 'SIGTERM');
      assert(again.orders.last >= seen.orders.last);
      // A terminal and npm both pass on a Ctrl-C: the second must not end the saving.
      second.child.kill('SIGINT');
      second.child.kill('SIGINT');
      assert.deepEqual(await once(second.child, 'exit'), [0, null]);
      const third = await spawnRun(config, '1');
      assert.equal(Reflect.get(Object((await health(third.url)).lastStop), 'reason'), 'SIGINT');
      third.child.kill('SIGTERM');
      await once(third.child, 'exit');
    }));

  test('killed without warning it starts again with its books and says so', () =>
    withDirectory(async (directory) => {
      const config = writeConfig(directory);
      const first = await spawnRun(config, '600');
      const seen = await tradedOn(first.url, 2);
      first.child.kill('SIGKILL');
      await once(first.child, 'exit');
      const second = await spawnRun(config, '600');
      const again = await health(second.url);
      assert.equal(again.recovery.known, true);
      assert.equal(again.lastStop, null);
      assert(again.orders.last >= seen.orders.last, 'an order was forgotten');
      await tradedOn(second.url, again.orders.last);
      second.child.kill('SIGTERM');
      assert.deepEqual(await once(second.child, 'exit'), [0, null]);
    }));
});
