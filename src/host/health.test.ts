import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Registry } from '@prometheus-io/client';
import { TradingState } from '../model/gate.ts';
import { US_PER_SECOND } from '../model/time.ts';
import type { InstrumentIndex, Quantity } from '../model/units.ts';
import { testInstrument } from '../testing/builders.ts';
import { gateSetup } from '../testing/gate-setup.ts';
import { hostRig } from '../testing/host-rig.ts';
import { LiveRig } from '../testing/live-rig.ts';
import { healthSchema } from './api-schemas.ts';
import type { GateView, Tightest } from './gates-view.ts';
import { type Health, type HostFacts, healthOf, type Identity } from './health.ts';
import { registerGauges } from './metrics.ts';

const IDENTITY: Identity = {
  version: '0.1.0',
  id: 'test',
  configHash: 'abc',
  currency: 'USD',
  slippage: 'zero',
  gates: [{ name: 'hold', mode: 'enforce' }],
  strategies: ['puppet'],
  strategySources: [],
  dataVersion: 'sha256:0',
  timeZoneVersion: '2025a',
};

/** What a host knows; only the session is of interest here. */
function facts(sessionOpen: boolean): HostFacts {
  const tokens = { read: 'missing', control: 'file' } as const;
  return { sessionOpen, rejects: 3, denials: () => 2, tokens };
}

/** A live engine, and what its host would say of it. */
class Rig implements Disposable {
  readonly live: LiveRig;

  private constructor(live: LiveRig) {
    this.live = live;
  }

  static async started(tradingState: TradingState = TradingState.active): Promise<Rig> {
    return new Rig(await LiveRig.started(tradingState));
  }

  async pass(us: number): Promise<void> {
    await this.live.pass(us);
  }

  health(sessionOpen: boolean): Shown {
    return healthOf(this.live.engine, IDENTITY, facts(sessionOpen)) as Shown;
  }

  async status(sessionOpen: boolean): Promise<number> {
    const health = (): Health => this.health(sessionOpen);
    const app = hostRig({ engine: this.live.engine, health }).app;
    return (await app.request('/health')).status;
  }

  [Symbol.dispose](): void {
    this.live[Symbol.dispose]();
  }
}

/** The fields of `/health` that a test looks at. */
interface Shown extends Health {
  readonly tradingState: string;
  readonly quotes: number;
  readonly lastStop: unknown;
  readonly recovery: { readonly known: boolean };
  readonly instruments: readonly unknown[];
  readonly account: Readonly<Record<'currency' | 'balance' | 'equity', string>>;
}

interface GatesShown extends Health {
  readonly gates: readonly GateView[];
  readonly tightest: Tightest;
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
    rig.live.real += US_PER_SECOND - 1;
    assert.equal(rig.health(true).healthy, true);
    rig.live.real += 1;
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
    assert.equal(health.recovery.known, false);
    const { account } = health;
    assert.equal(account.currency, 'USD');
    assert.equal(account.balance, '100000.000000');
    assert.equal(account.equity, '100000.000000');
    healthSchema.parse(JSON.parse(JSON.stringify(health)));
  });

  test('limits show what the denial beyond them says, with what is used and left of each', async () => {
    const settings = { exposure: { mode: 'enforce', perInstrument: { '*': '1000' } } } as const;
    const instruments = [testInstrument('EURUSD'), testInstrument('GBPUSD')];
    const setup = gateSetup(settings, { instruments });
    using live = await LiveRig.started(TradingState.active, setup);
    const shown = (): GatesShown =>
      healthOf(live.engine, { ...IDENTITY, gates: setup.gates }, facts(true)) as GatesShown;
    const results: unknown[] = [];
    live.next((context) => {
      for (const quantity of [900, 100]) {
        const key = `k${quantity}`;
        const order = { side: 'buy', type: 'market', quantity: quantity as Quantity, key } as const;
        results.push(context.submit({ ...order, instrument: 0 as InstrumentIndex }));
      }
    });
    await live.pass(2 * US_PER_SECOND);
    const [first, second] = results;
    assert.equal(Object(first).ok, true);
    assert.deepEqual(second, {
      ok: false,
      gate: 'exposure',
      reason: 'instrument_exposure_above_limit',
    });
    const health = shown();
    const { tightest, gates } = health;
    // 900 at the ask of 1.08512.
    assert.deepEqual(tightest, {
      gate: 'exposure',
      reason: 'instrument_exposure_above_limit',
      subject: 'instrument',
      of: 'EURUSD',
      limit: '1000.000000',
      used: '976.608000',
      headroom: '23.392000',
      unit: 'USD',
      blocking: false,
    });
    const { gate: _, ...usage } = tightest;
    const own = gates.find(({ gate }) => gate === 'exposure');
    assert.deepEqual(own?.limits[0], usage);
    healthSchema.parse(JSON.parse(JSON.stringify(health)));
  });

  test('gauges read the engine at each scrape', async () => {
    using rig = await Rig.started();
    const registry = new Registry();
    registerGauges(registry, rig.live.engine, 'USD');
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
    rig.live.real += US_PER_SECOND / 2;
    const after = await lines();
    assert(after.includes('engine_quotes_processed 1'), after.join('\n'));
    assert(after.includes('engine_loop_age_seconds 0.5'));
  });
});
