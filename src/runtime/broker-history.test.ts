import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { StrategyContext, TimeBar } from '../kernel/strategy/api.ts';
import { BarSeries } from '../market/bars.ts';
import { Calendar } from '../market/calendar.ts';
import { present } from '../model/assert.ts';
import { TradingState } from '../model/gate.ts';
import { US_PER_MINUTE, US_PER_SECOND } from '../model/time.ts';
import type { InstrumentIndex, Quantity } from '../model/units.ts';
import { ACCOUNT_ID, BrokerRig } from '../testing/broker-rig.ts';
import { alwaysOpen, TEST_START, testConfigs } from '../testing/builders.ts';
import { DirectHttp } from '../testing/direct-http.ts';
import { configuredOf } from '../testing/embedded-rig.ts';
import { strategyOf } from '../testing/puppet.ts';
import { TemporaryFolder } from '../testing/quote-files.ts';
import { VirtualTimers } from '../testing/virtual-timers.ts';
import { OandaAdapter } from '../venues/oanda/adapter.ts';
import { oandaCapabilities } from '../venues/oanda/capabilities.ts';
import { OANDA_DEFAULTS } from '../venues/oanda/create.ts';
import { BrokerEngine } from './broker-engine.ts';

const EUR = 0 as InstrumentIndex;
/** Bars of the past that are asked for, of a minute and of ten seconds. */
const WARM_UP = { minutes: 5, tens: 30 };

interface Told {
  readonly start: number;
  readonly durationUs: number;
  readonly prices: readonly number[];
  readonly complete: boolean;
  readonly past: boolean;
  /** Mean of the last three closes; NaN is none, and no JSON. */
  readonly mean: number | null;
}

/** An engine, the adapter and our own broker, in one virtual time, on one directory. */
class Rig implements AsyncDisposable {
  readonly folder = new TemporaryFolder();
  readonly timers = new VirtualTimers();
  readonly broker: BrokerRig;
  readonly http: DirectHttp;
  readonly warnings: string[] = [];
  /** Where gaps ended: a replay tells again what was told. */
  readonly gaps = new Set<number>();
  /** What the strategy has been told, by its own saved state. */
  told: readonly Told[] = [];
  /** Called at each bar. */
  onBar: (context: StrategyContext, bar: TimeBar) => void = () => undefined;
  #engine: BrokerEngine | undefined;
  #boots = 0;
  #quotes = 0;
  /** The wall clock of the engine less the venue's, µs. */
  readonly #skewUs: number = 0;

  private constructor(broker: BrokerRig, skewUs: number) {
    this.broker = broker;
    this.#skewUs = skewUs;
    this.http = new DirectHttp(broker, this.timers);
    this.timers.goTo(broker.market.now);
  }

  /** A market that has gone on for a while, and nobody who listened. */
  static async make(skewUs = 0): Promise<Rig> {
    const rig = new Rig(await BrokerRig.start(), skewUs);
    for (let i = 0; i < 120; i += 1) await rig.quote();
    return rig;
  }

  get engine(): BrokerEngine {
    return present(this.#engine, 'an engine');
  }

  /** Five seconds and a quote, with an engine or without. */
  async quote(): Promise<void> {
    this.#quotes += 1;
    const n = this.#quotes;
    const bid = 110_000 + ((n * 7919) % 97);
    const ask = bid + 12;
    const { market } = this.broker;
    if (this.#engine === undefined) {
      market.quote({ at: market.now - TEST_START + 5 * US_PER_SECOND, bid, ask });
      this.timers.goTo(market.now);
      return;
    }
    await this.pass(4.9 * US_PER_SECOND);
    market.quote({ at: market.now - TEST_START + US_PER_SECOND / 10, bid, ask });
    await this.pass(0);
  }

  async pass(us: number): Promise<void> {
    const until = this.timers.now() + us;
    for (;;) {
      await this.#rest();
      const next = Math.min(until, this.timers.now() + US_PER_SECOND);
      this.broker.realUs += Math.max(0, next - this.timers.now());
      await this.broker.pass(Math.max(0, next - this.broker.market.now));
      this.timers.goTo(Math.max(next, this.broker.market.now));
      this.broker.streams.pump();
      await this.#rest();
      await this.#engine?.pump();
      if (next >= until) return;
    }
  }

  async #rest(): Promise<void> {
    for (let i = 0; i < 12; i += 1) await new Promise((resolve) => setImmediate(resolve));
    if (this.http.error !== undefined) throw this.http.error;
  }

  async start(): Promise<void> {
    this.#boots += 1;
    await this.broker.pass(0);
    this.#engine = this.#open();
    await this.#engine.start();
    for (let i = 0; i < 100 && !this.#engine.started; i += 1) await this.pass(US_PER_SECOND / 2);
  }

  /** The process dies. */
  kill(): void {
    this.#engine?.[Symbol.dispose]();
    this.#engine = undefined;
  }

  #open(): BrokerEngine {
    const { timers, http, broker } = this;
    const { instruments } = broker;
    const { kernel } = testConfigs({
      instruments,
      strategies: [{ id: 'warm', definition: this.#strategy(), parameters: {} }],
      account: { costBasis: 'lots' },
      kernel: { venue: oandaCapabilities() },
    });
    const wallUs = (): number => timers.now() + this.#skewUs;
    const clock = { wallUs, monotonicUs: () => timers.now() };
    const log = {
      info: () => undefined,
      warn: (_: unknown, text: string) => this.warnings.push(text),
      error: (_: unknown, text: string) => assert.fail(text),
    };
    return new BrokerEngine({
      directory: this.folder.path,
      kernel,
      configured: configuredOf('c1', '1'),
      binding: { venue: 'oanda', environment: 'practice', account: ACCOUNT_ID, currency: 'USD' },
      log,
      sinks: [],
      prefix: 'T',
      nonce: `boot${String(this.#boots).padStart(6, '0')}`,
      tradingState: TradingState.active,
      restored: false,
      alerts: { alert: () => undefined },
      clock,
      clockJumpMaxUs: US_PER_SECOND,
      quoteAgeMaxUs: 2 * US_PER_SECOND,
      gapMinUs: US_PER_MINUTE,
      connect: ({ now, random, evenUs }) =>
        new OandaAdapter({
          ...OANDA_DEFAULTS,
          http,
          timers: { now, random, evenUs, after: (us, what) => timers.after(us, what) },
          instruments,
          account: { id: ACCOUNT_ID, currency: 'USD', decimals: 6 },
          tokenEnv: 'TOKEN',
          describe: ({ number }) => String(number),
        }),
    });
  }

  #strategy() {
    return strategyOf((setup) => {
      setup.bars(EUR, '1m', 'bid', { history: WARM_UP.minutes });
      setup.bars(EUR, '10s', 'ask', { history: WARM_UP.tens });
      const mean = setup.sma(3);
      let told: Told[] = [];
      return {
        onBar: (context, bar) => {
          assert(bar.kind === 'time');
          const { start, durationUs, open, high, low, close, complete } = bar;
          if (durationUs === US_PER_MINUTE) mean.update(close);
          const shown = { prices: [open, high, low, close], past: context.isHistorical };
          const known = mean.ready ? mean.value : null;
          told.push({ start, durationUs, complete, ...shown, mean: known });
          this.told = told;
          this.onBar(context, bar);
        },
        onGap: (_, { to }) => {
          this.gaps.add(to);
        },
        save: () => told.map((one) => ({ ...one })),
        restore: (data) => {
          told = JSON.parse(JSON.stringify(data)) as Told[];
          this.told = told;
        },
      };
    });
  }

  of(durationUs: number): readonly Told[] {
    return this.told.filter((one) => one.durationUs === durationUs);
  }

  /** What the market was, bar by bar. */
  market(durationUs: number, basis: 'bid' | 'ask'): ReadonlyMap<number, readonly number[]> {
    const clock = new Float64Array(1);
    const spec = { kind: 'time', instrument: EUR, durationUs, basis } as const;
    const series = new BarSeries(spec, new Calendar(alwaysOpen()), clock);
    const bars = new Map<number, readonly number[]>();
    const close = (): void => {
      const { start, open, high, low, close: last } = series.close();
      bars.set(start, [open, high, low, last]);
    };
    for (const { at, k = 0, bid, ask } of this.broker.market.quotes) {
      if (k !== 0) continue;
      clock[0] = TEST_START + at;
      if (clock[0] >= series.endTime) close();
      series.update(bid, ask);
    }
    close();
    return bars;
  }

  /** Each bar once and in order, none left out, and whole where it says so. */
  check(): void {
    for (const [durationUs, basis] of [
      [US_PER_MINUTE, 'bid'],
      [10 * US_PER_SECOND, 'ask'],
    ] as const) {
      const told = this.of(durationUs);
      const market = this.market(durationUs, basis);
      const [first] = told;
      const last = present(told.at(-1), 'a bar');
      const expected = [...market.keys()].filter(
        (start) => start >= (first?.start ?? 0) && start <= last.start,
      );
      assert.deepEqual(
        told.map(({ start }) => start),
        expected,
      );
      for (const { start, prices, complete } of told) {
        if (complete) assert.deepEqual(prices, market.get(start));
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    this.folder[Symbol.dispose]();
    await this.broker[Symbol.asyncDispose]();
  }
}

suite('the history of an engine at a broker', () => {
  test('makes an indicator ready at the first live bar of a cold start', async () => {
    await using rig = await Rig.make();
    await rig.start();
    assert.deepEqual(rig.warnings, []);
    const before = rig.of(US_PER_MINUTE);
    assert.deepEqual([before.length, rig.of(10 * US_PER_SECOND).length], [5, 30]);
    assert(before.every(({ past, complete }) => past && complete));
    const answers: unknown[] = [];
    rig.onBar = (context, { durationUs }) => {
      if (durationUs !== US_PER_MINUTE) return;
      const side = answers.length % 2 === 0 ? ('buy' as const) : ('sell' as const);
      const quantity = 100 as Quantity;
      answers.push(context.submit({ instrument: EUR, type: 'market', side, quantity }).ok);
    };
    for (let i = 0; i < 40; i += 1) await rig.quote();
    const [first, second] = rig.of(US_PER_MINUTE).slice(5);
    assert.deepEqual([first?.past, first?.complete], [false, false], 'it began in its middle');
    assert.notEqual(first?.mean, null);
    assert.deepEqual([second?.past, second?.complete], [false, true]);
    assert.deepEqual(answers.slice(0, 2), [true, true], 'orders follow from live bars');
    rig.check();
  });

  for (const skew of [0, -7, 7]) {
    const title = 'tells the bars that were missed in a pause whole, once and only once';
    const clock = skew === 0 ? '' : `, on a clock that is ${skew} s from the venue’s`;
    test(`${title}${clock}`, async () => {
      await using rig = await Rig.make(skew * US_PER_SECOND);
      await rig.start();
      for (let i = 0; i < 20; i += 1) await rig.quote();
      const told = rig.told.length;
      for (const quotes of skew === 0 ? [70, 1] : [30]) {
        rig.kill();
        for (let i = 0; i < quotes; i += 1) await rig.quote();
        await rig.start();
        for (let i = 0; i < 20; i += 1) await rig.quote();
        rig.check();
      }
      assert(rig.told.length > told + 25);
      assert(rig.told.filter(({ complete }) => !complete).length <= 12);
      assert.equal(rig.gaps.size, 1, 'and a gap is told, as ever');
      assert(rig.engine.recovery.known);
    });
  }

  test('that a kill cuts off goes on where it stood, and is not told twice', async () => {
    await using rig = await Rig.make();
    let left = 12;
    rig.onBar = () => {
      left -= 1;
      if (left === 0) throw new Error('the power fails');
    };
    await assert.rejects(rig.start(), /the power fails/);
    rig.kill();
    for (let i = 0; i < 13; i += 1) await rig.quote();
    await rig.start();
    for (let i = 0; i < 20; i += 1) await rig.quote();
    rig.check();
    rig.kill();
    await rig.start();
    rig.check();
  });

  test('is done without where it cannot be read: the start goes on, and names what is missing', async () => {
    await using rig = await Rig.make();
    await rig.broker.setFaults([{ kind: 'status', status: 500, on: 'candles' }]);
    await rig.start();
    assert.equal(rig.engine.started, true);
    assert.deepEqual(rig.warnings, [
      'no bars of the past, EURUSD 60 s bid: answered with 500',
      'no bars of the past, EURUSD 10 s ask: answered with 500',
    ]);
    assert.equal(rig.engine.venueStatus.historyMissing, 2);
    for (let i = 0; i < 40; i += 1) await rig.quote();
    assert.deepEqual(
      rig.of(US_PER_MINUTE).map(({ past, complete }) => [past, complete]),
      [
        [false, false],
        [false, true],
        [false, true],
      ],
    );
    rig.check();
  });
});
