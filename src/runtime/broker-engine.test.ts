import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { LocalDisk } from '../journal/local-disk.ts';
import type { StrategyContext } from '../kernel/strategy/api.ts';
import { present } from '../model/assert.ts';
import { blankControl } from '../model/control.ts';
import { TRADING_STATES, TradingState } from '../model/gate.ts';
import { InputKind } from '../model/inputs.ts';
import { blankSnapshot } from '../model/reconciliation.ts';
import type { Quantity, TimeUs } from '../model/units.ts';
import { blankLedgerFact, LedgerKind } from '../model/venue.ts';
import { TEST_ACCOUNT, TEST_START } from '../testing/builders.ts';
import { configuredOf, embeddedConfigs } from '../testing/embedded-rig.ts';
import { ListeningVenue } from '../testing/kernel-rig.ts';
import { strategyOf } from '../testing/puppet.ts';
import { TemporaryFolder } from '../testing/quote-files.ts';
import { blankStatus, type OandaStatus } from '../venues/oanda/status.ts';
import type { TimerPort } from '../venues/timer-port.ts';
import type { AdapterHooks, VenueAdapter } from '../venues/venue-adapter.ts';
import type { VenueReceiver } from '../venues/venue-receiver.ts';
import { BrokerEngine } from './broker-engine.ts';
import { KillLatch } from './kill-latch.ts';

const SECOND = 1_000_000;

/** The way to a broker that says what the test says. */
class Adapter extends ListeningVenue implements VenueAdapter {
  readonly capabilities = embeddedConfigs().kernel.venue;
  readonly status: OandaStatus = { ...blankStatus(), phase: 'open', clockOffsetUs: 0 };
  readonly #hooks: AdapterHooks[] = [];
  readonly #engines: VenueReceiver[] = [];
  readonly timers: TimerPort;
  stops = 0;

  constructor(timers: TimerPort) {
    super();
    this.timers = timers;
  }

  get hooks(): AdapterHooks {
    return present(this.#hooks.at(-1), 'a start');
  }
  get engine(): VenueReceiver {
    return present(this.#engines.at(-1), 'a start');
  }
  start(engine: VenueReceiver, hooks: AdapterHooks): void {
    this.#engines.push(engine);
    this.#hooks.push(hooks);
  }
  stop(): void {
    this.stops += 1;
  }

  /** Answers the question where the books begin. */
  open(): void {
    const ask = present(this.openings.at(-1), 'a question');
    const { openingBalance: balance } = TEST_ACCOUNT;
    const snapshot = { ...blankSnapshot(), ask, cursor: 7, complete: true, balance };
    this.engine.input({ kind: InputKind.opening, opening: { snapshot, lots: [] } });
  }

  quote(bid: number, venueTime: number): void {
    this.engine.quote(0, bid, bid + 12, 0, 0, venueTime as TimeUs);
  }
}

class Rig implements Disposable {
  readonly folder = new TemporaryFolder();
  real = TEST_START as number;
  readonly seen: string[] = [];
  act: ((context: StrategyContext) => void) | undefined;
  #adapter: Adapter | undefined;

  get adapter(): Adapter {
    return present(this.#adapter, 'an adapter');
  }

  open(): BrokerEngine {
    const strategy = strategyOf((setup) => {
      setup.quotes(setup.instrument('EURUSD'));
      return {
        onQuote: (context, { bid }) => {
          this.seen.push(`quote ${bid}`);
          this.act?.(context);
        },
        onGap: (_, { from, to }) => {
          this.seen.push(`gap of ${(to - from) / SECOND} s`);
        },
      };
    });
    const clock = { wallUs: () => this.real, monotonicUs: () => this.real };
    return new BrokerEngine({
      directory: this.folder.path,
      kernel: embeddedConfigs({ strategy }).kernel,
      configured: configuredOf('c1', '1'),
      binding: { venue: 'sim', environment: 'practice', account: 'a1', currency: 'USD' },
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      sinks: [],
      prefix: 'T',
      nonce: `nonce${String(this.real).slice(-5)}`,
      tradingState: TradingState.active,
      restored: false,
      alerts: { alert: () => undefined },
      clock,
      clockJumpMaxUs: SECOND,
      quoteAgeMaxUs: 2 * SECOND,
      gapMinUs: 60 * SECOND,
      connect: (timers) => {
        this.#adapter = new Adapter(timers);
        return this.#adapter;
      },
    });
  }

  /** An engine whose broker was found, and agrees. */
  async trading(): Promise<BrokerEngine> {
    const engine = this.open();
    await engine.start();
    this.adapter.hooks.ready();
    await engine.pump();
    this.adapter.open();
    return engine;
  }

  [Symbol.dispose](): void {
    this.folder[Symbol.dispose]();
  }
}

function stateOf({ kernel }: BrokerEngine): string | undefined {
  return TRADING_STATES[kernel.book.tradingState];
}

suite('an engine at a broker', () => {
  test('begins when the broker was found, and not before', async () => {
    using rig = new Rig();
    using engine = rig.open();
    await engine.start();
    await engine.pump();
    assert.deepEqual([engine.started, engine.journal.appended], [false, 0]);
    rig.adapter.quote(100_000, rig.real);
    await turn();
    rig.adapter.hooks.ready();
    await engine.pump();
    assert.equal(engine.started, true);
    assert.deepEqual(rig.seen, [], 'a quote of before is none');
    rig.adapter.open();
    assert.equal(engine.kernel.book.reconciliation.armed, true);
    engine.stop('a test');
    assert(rig.adapter.stops > 0);
  });

  test('a broker that refuses it ends the start, and leaves nothing to be careful of', async () => {
    using rig = new Rig();
    {
      using engine = rig.open();
      await engine.start();
      rig.adapter.hooks.failed(new Error('the token is refused'));
      assert.throws(() => void engine.pump(), /the token is refused/);
      engine.fail('the token is refused');
    }
    using engine = await rig.trading();
    assert.equal(stateOf(engine), 'active');
    assert.equal(engine.restored, false);
  });

  test('facts are taken at once, and quotes at the end of the turn that brought them', async () => {
    using rig = new Rig();
    using engine = await rig.trading();
    rig.adapter.quote(100_000, rig.real);
    rig.adapter.quote(100_001, rig.real);
    const { balance } = engine.kernel.book.account;
    const fact = { fact: LedgerKind.fee, amount: -5n as typeof balance, cursor: 8 };
    const stated = (balance - 5n) as typeof balance;
    const ledger = { ...blankLedgerFact(), ...fact, balance: stated };
    rig.adapter.engine.input({ kind: InputKind.ledger, ledger });
    assert.equal(engine.kernel.book.account.balance, stated);
    assert.deepEqual(rig.seen, []);
    await turn();
    assert.deepEqual(rig.seen, ['quote 100000', 'quote 100001']);
  });

  test('a quote that is old by the venue’s own clock is left out; a silence is told before the next', async () => {
    using rig = new Rig();
    using engine = await rig.trading();
    rig.adapter.status.clockOffsetUs = 5 * SECOND;
    rig.adapter.quote(100_000, rig.real + 4 * SECOND);
    rig.adapter.quote(100_001, rig.real + 2 * SECOND);
    await turn();
    rig.real += 90 * SECOND;
    rig.adapter.quote(100_002, rig.real + 5 * SECOND);
    await turn();
    assert.deepEqual(rig.seen, ['quote 100000', 'gap of 90 s', 'quote 100002']);
    assert.deepEqual(engine.quotesLeftOut, { conflated: 0, stale: 1 });
  });

  test('quotes wait for the venue’s clock; none of them is early, and none goes back', async () => {
    using rig = new Rig();
    using engine = rig.open();
    await engine.start();
    rig.adapter.status.clockOffsetUs = undefined;
    rig.adapter.hooks.ready();
    await engine.pump();
    rig.adapter.open();
    rig.adapter.quote(100_000, rig.real - 3600 * SECOND);
    await turn();
    await engine.pump();
    assert.deepEqual([rig.seen, engine.kernel.book.market.isOwn], [[], false]);
    rig.adapter.status.clockOffsetUs = -3600 * SECOND;
    await engine.pump();
    assert.deepEqual([rig.seen, engine.kernel.book.market.isOwn], [['quote 100000'], true]);
    const now = rig.real - 3600 * SECOND;
    rig.adapter.quote(100_001, now - 1);
    rig.adapter.quote(100_002, now + SECOND + 1);
    rig.adapter.quote(100_003, now + 1);
    await turn();
    assert.deepEqual(rig.seen, ['quote 100000', 'quote 100003']);
    assert.equal(engine.quotesLeftOut.stale, 2);
  });

  test('what throws in a callback of the broker ends it: nothing leaves or is taken after', async () => {
    using rig = new Rig();
    using engine = await rig.trading();
    rig.act = () => {
      throw new Error('the strategy is at its end');
    };
    rig.adapter.quote(100_000, rig.real);
    await turn();
    assert.throws(() => void engine.pump(), /the strategy is at its end/);
    assert(rig.adapter.stops > 0);
    rig.adapter.quote(100_001, rig.real);
    await turn();
    assert.deepEqual(rig.seen, ['quote 100000']);
  });

  test('an order goes out in the turn of its quote, at engine time', async () => {
    using rig = new Rig();
    using engine = await rig.trading();
    rig.act = (context) => {
      const quantity = 1000 as Quantity;
      context.submit({ instrument: 0 as never, type: 'market', side: 'sell', quantity });
    };
    rig.adapter.quote(100_000, rig.real);
    await turn();
    assert.equal(rig.adapter.submits.length, 1);
    assert.equal(engine.inFlight, true);
    assert.equal(rig.adapter.timers.now(), engine.now);
  });

  test('obeys a kill in its directory, an operator, and a step of the clock', async () => {
    using rig = new Rig();
    using engine = await rig.trading();
    new KillLatch(new LocalDisk(), rig.folder.path).write({
      tradingState: 'exit_only',
      flatten: false,
      by: 'ann',
      reason: 'a file',
    });
    rig.real += SECOND;
    await engine.pump();
    assert.equal(stateOf(engine), 'exit_only');
    assert.equal(engine.control({ ...blankControl(), by: 'ann', reason: 'more' }), undefined);
    engine.close('a test');
    engine.stop('a test');
    assert.equal(engine.lastStop, undefined);
  });

  test('killed, the next life goes on from its journal', async () => {
    using rig = new Rig();
    let frames = 0;
    {
      using engine = await rig.trading();
      rig.adapter.quote(100_000, rig.real);
      await turn();
      rig.real += SECOND;
      await engine.pump();
      frames = engine.journal.durable;
    }
    rig.real += 10 * SECOND;
    using engine = rig.open();
    assert.equal(engine.restored, true);
    assert.equal(engine.kernel.book.cursor, 7);
    assert.equal(engine.kernel.quotes, 1);
    assert.equal(engine.journal.durable, frames);
    await engine.start();
    rig.adapter.hooks.ready();
    assert.equal(stateOf(engine), 'active');
    assert.equal(engine.kernel.book.doubts.connection, 2);
  });
});
