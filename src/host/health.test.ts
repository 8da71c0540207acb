import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Registry } from '@prometheus-io/client';
import { TradingState } from '../model/gate.ts';
import { InputKind } from '../model/inputs.ts';
import { US_PER_SECOND } from '../model/time.ts';
import { LiveEngine } from '../runtime/live-engine.ts';
import type { WallClock } from '../runtime/pacer.ts';
import { TapeFeed } from '../runtime/quote-feed.ts';
import { TEST_START, testConfigs, testInstrument } from '../testing/builders.ts';
import { tapeOf } from '../testing/loop-rig.ts';
import { Puppet } from '../testing/puppet.ts';
import { TemporaryFolder } from '../testing/quote-files.ts';
import { type Health, healthOf, type Identity } from './health.ts';
import { registerGauges } from './metrics.ts';
import { createApp } from './server.ts';

const IDENTITY: Identity = { version: '0.1.0', id: 'test', configHash: 'abc', currency: 'USD' };
const TAPE = tapeOf([
  { at: US_PER_SECOND, k: 0, bid: 108_500, ask: 108_512 },
  { at: 60 * US_PER_SECOND, k: 0, bid: 108_600, ask: 108_612 },
]);

/** A live engine on two quotes, a second and a minute after its start, by a clock of the test. */
class Rig implements Disposable {
  readonly #folder = new TemporaryFolder();
  readonly engine: LiveEngine;
  real = 0;

  constructor(tradingState: TradingState) {
    const puppet = { id: 'puppet', definition: new Puppet().definition, parameters: {} };
    const instruments = [testInstrument('EURUSD'), testInstrument('GBPUSD')];
    const clock: WallClock = { wallUs: () => this.real, monotonicUs: () => this.real };
    async function* tape() {
      yield TAPE;
    }
    const feed = new TapeFeed(tape());
    this.engine = new LiveEngine({
      ...testConfigs({ instruments, strategies: [puppet] }),
      configured: {
        kind: InputKind.configured,
        configuration: '{}',
        configHash: 'abc',
        dataVersion: '',
        engineVersion: '0.1.0',
        timeZoneVersion: '',
        strategySources: [],
      },
      binding: { venue: 'sim', environment: 'paper', account: 'test', currency: 'USD' },
      prefix: 'T',
      nonce: 'abcdefghij',
      tradingState,
      directory: this.#folder.path,
      openFeed: async () => ({ feed, start: TEST_START, missed: false }),
      speed: 1,
      clock,
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      alerts: { alert: () => undefined },
      sinks: [],
    });
  }

  static async started(tradingState: TradingState = TradingState.active): Promise<Rig> {
    const rig = new Rig(tradingState);
    await rig.engine.start();
    await rig.engine.pump();
    return rig;
  }

  /** Lets real time pass and the loop come round. */
  async pass(us: number): Promise<void> {
    this.real += us;
    await this.engine.pump();
  }

  health(sessionOpen: boolean): Shown {
    return healthOf(this.engine, IDENTITY, sessionOpen) as Shown;
  }

  async status(sessionOpen: boolean): Promise<number> {
    const registry = new Registry();
    const app = createApp({ health: () => this.health(sessionOpen), registry });
    return (await app.request('/health')).status;
  }

  [Symbol.dispose](): void {
    this.engine[Symbol.dispose]();
    this.#folder[Symbol.dispose]();
  }
}

/** The fields of `/health` that a test looks at. */
interface Shown extends Health {
  readonly tradingState: string;
  readonly quotes: number;
  readonly lastStop: unknown;
  readonly restored: boolean;
  readonly instruments: readonly unknown[];
  readonly account: Readonly<Record<'currency' | 'balance' | 'equity', string>>;
}

function verdict({ healthy, tradable, reason }: Health): unknown[] {
  return [healthy, tradable, reason];
}

suite('health of an engine', () => {
  test('quoted, active and inside a session it is healthy and tradable: 200', async () => {
    using rig = await Rig.started();
    await rig.pass(2 * US_PER_SECOND);
    assert.deepEqual(verdict(rig.health(true)), [true, true, '']);
    assert.equal(await rig.status(true), 200);
  });

  test('with the market closed it is healthy, not tradable, and 200', async () => {
    using rig = await Rig.started();
    await rig.pass(2 * US_PER_SECOND);
    assert.deepEqual(verdict(rig.health(false)), [true, false, 'market_closed']);
    assert.equal(await rig.status(false), 200);
  });

  test('halted or exit-only inside a session it is healthy, not tradable, and 503', async () => {
    for (const [state, name] of [
      [TradingState.halted, 'halted'],
      [TradingState.exitOnly, 'exit_only'],
    ] as const) {
      using rig = await Rig.started(state);
      await rig.pass(2 * US_PER_SECOND);
      assert.deepEqual(verdict(rig.health(true)), [true, false, name]);
      assert.equal(rig.health(true).tradingState, name);
      assert.equal(await rig.status(true), 503);
    }
  });

  test('before the first quote inside a session it is not tradable, and says why: 503', async () => {
    using rig = await Rig.started();
    assert.deepEqual(verdict(rig.health(true)), [true, false, 'no_quote']);
    assert.equal(await rig.status(true), 503);
  });

  test('started while the market is closed, before any quote, it is 200', async () => {
    using rig = await Rig.started();
    assert.equal(await rig.status(false), 200);
  });

  test('halted while the market is closed it is 200: no session is missed', async () => {
    using rig = await Rig.started(TradingState.halted);
    await rig.pass(2 * US_PER_SECOND);
    assert.equal(await rig.status(false), 200);
  });

  test('a loop that has not come round for a second is not healthy, open or closed: 503', async () => {
    using rig = await Rig.started();
    await rig.pass(2 * US_PER_SECOND);
    rig.real += US_PER_SECOND - 1;
    assert.equal(rig.health(true).healthy, true);
    rig.real += 1;
    for (const open of [true, false]) {
      assert.deepEqual(verdict(rig.health(open)), [false, false, 'loop_stalled']);
      assert.equal(await rig.status(open), 503);
    }
    await rig.pass(0);
    assert.deepEqual(verdict(rig.health(true)), [true, true, '']);
  });

  test('a tape that has been played to its end is not tradable', async () => {
    using rig = await Rig.started();
    await rig.pass(61 * US_PER_SECOND);
    assert.deepEqual(verdict(rig.health(true)), [true, false, 'market_ended']);
  });

  test('it shows quotes with their age where there are any, and money in the account currency', async () => {
    using rig = await Rig.started();
    await rig.pass(3 * US_PER_SECOND);
    const health = rig.health(true);
    const [euro, pound] = health.instruments;
    assert.deepEqual(euro, {
      symbol: 'EURUSD',
      bid: '1.08500',
      ask: '1.08512',
      quoteAgeMs: 2000,
      position: '0',
    });
    assert.deepEqual(pound, {
      symbol: 'GBPUSD',
      bid: null,
      ask: null,
      quoteAgeMs: null,
      position: '0',
    });
    assert.equal(health.quotes, 1);
    assert.equal(health.lastStop, null);
    assert.equal(health.restored, false);
    const { account } = health;
    assert.equal(account.currency, 'USD');
    assert.equal(account.balance, '100000.000000');
    assert.equal(account.equity, '100000.000000');
    assert.doesNotThrow(() => JSON.stringify(health));
  });

  test('gauges read the engine at each scrape', async () => {
    using rig = await Rig.started();
    const registry = new Registry();
    registerGauges(registry, rig.engine, 'USD');
    const lines = async (): Promise<string[]> => (await registry.metrics()).split('\n');
    const before = await lines();
    for (const line of [
      'engine_quotes_processed 0',
      'engine_account_balance 100000',
      'engine_account_equity 100000',
      'engine_max_drawdown 0',
      'engine_orders_open 0',
      'engine_positions_open 0',
      'engine_trading_state 0',
      ...['order', 'cancel'].flatMap((kind) => [
        `engine_idempotency_cache_size{kind="${kind}"} 0`,
        `engine_idempotency_evictions_total{kind="${kind}"} 0`,
        `engine_idempotency_duplicates_suppressed_total{kind="${kind}"} 0`,
      ]),
      'engine_idempotency_persisted_loaded 0',
      'engine_idempotency_persisted_expired_total 0',
      '# TYPE engine_idempotency_persisted_expired_total counter',
      'engine_loop_age_seconds 0',
    ]) {
      assert(before.includes(line), `${line}\n${before.join('\n')}`);
    }
    await rig.pass(2 * US_PER_SECOND);
    rig.real += US_PER_SECOND / 2;
    const after = await lines();
    assert(after.includes('engine_quotes_processed 1'), after.join('\n'));
    assert(after.includes('engine_loop_age_seconds 0.5'));
  });
});
