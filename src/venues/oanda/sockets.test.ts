import assert from 'node:assert/strict';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AppliedInput, InputKind } from '../../model/inputs.ts';
import { OrderState } from '../../model/order.ts';
import type { InstrumentIndex, OrderHandle, Quantity, TimeUs } from '../../model/units.ts';
import type { Engine } from '../../runtime/engine.ts';
import { KernelReceiver } from '../../runtime/venue-receiver.ts';
import { SimulatedDisk } from '../../simulation/simulated-disk.ts';
import { ACCOUNT_ID, BrokerRig, TOKEN } from '../../testing/broker-rig.ts';
import { TEST_START } from '../../testing/builders.ts';
import { oandaEngine } from '../../testing/oanda-engine.ts';
import { Puppet } from '../../testing/puppet.ts';
import { type ServedBroker, serveBroker } from '../server/serve.ts';
import { realTimers } from '../timer-port.ts';
import type { OandaAdapter } from './adapter.ts';
import { createOandaAdapter, type OandaOptions } from './create.ts';
import type { VenueStartError } from './start-checks.ts';

const MS = 1000;

/** An engine and the adapter on real sockets and in real time. */
class Session {
  readonly #real = realTimers();
  readonly #from = this.#real.now();
  readonly puppet = new Puppet();
  /** Real time, on a calendar of the test's. */
  readonly timers = {
    ...this.#real,
    now: () => (TEST_START + this.#real.now() - this.#from) as TimeUs,
  };
  readonly alerts: string[] = [];
  readonly told: AppliedInput[] = [];
  readonly adapter: OandaAdapter;
  readonly engine: Engine;
  failure: VenueStartError | undefined;
  #keys = 0;

  constructor(rig: BrokerRig, served: ServedBroker, more: Partial<OandaOptions> = {}) {
    const { instruments } = rig;
    this.adapter = createOandaAdapter({
      hosts: { rest: served.url, stream: served.url },
      token: TOKEN,
      tokenEnv: 'TIYF_TEST_TOKEN',
      instruments,
      account: { id: ACCOUNT_ID, currency: 'USD', decimals: 6 },
      describe: ({ number }) => `puppet/${number}`,
      writeDeadlineUs: 300 * MS,
      timers: this.timers,
      ...more,
    });
    this.engine = oandaEngine({
      instruments,
      disk: new SimulatedDisk(),
      puppet: this.puppet,
      venue: this.adapter,
      nonce: `s${Math.random().toString(36).slice(2, 11).padEnd(9, '0')}`,
      alerts: this.alerts,
      now: this.timers.now(),
    });
    const receiver = new KernelReceiver(this.engine.kernel, {
      input: (input) => {
        this.told.push(input);
        this.engine.input(input, this.timers.now());
      },
      quote: (k, bid, ask, bidSize, askSize) =>
        this.engine.quote(k, bid, ask, bidSize, askSize, this.timers.now()),
    });
    this.adapter.start(receiver, {
      ready: () => this.engine.begin(this.timers.now()),
      failed: (error) => {
        this.failure = error;
      },
    });
  }

  /** Drives the engine until something holds. */
  async until(holds: () => boolean, what: string): Promise<void> {
    for (let i = 0; i < 1000; i += 1) {
      if (this.adapter.status.phase === 'open') this.engine.pass(this.timers.now());
      if (holds()) return;
      await sleep(5);
    }
    assert.fail(`${what}: ${JSON.stringify(this.adapter.status)}`);
  }

  async armed(): Promise<void> {
    const { book } = this.engine.kernel;
    await this.until(() => book.reconciliation.armed, 'armed');
    await this.until(() => this.adapter.status.pricesTold >= 2, 'prices');
  }

  order(side: 'buy' | 'sell', quantity: number): OrderHandle {
    let order: OrderHandle | undefined;
    this.puppet.next((context) => {
      this.#keys += 1;
      const result = context.submit({
        instrument: 0 as InstrumentIndex,
        type: 'market',
        side,
        quantity: quantity as Quantity,
        key: `k${this.#keys}`,
      });
      if (result.ok) order = result.order;
    });
    const now = this.timers.now();
    this.engine.input({ kind: InputKind.gap, from: now, to: now }, now);
    assert(order !== undefined, 'denied');
    return order;
  }

  isIn(order: OrderHandle, state: OrderState): boolean {
    return this.engine.kernel.book.orders.find(order)?.state === state;
  }
}

suite('the OANDA adapter on sockets', () => {
  let rig: BrokerRig;
  let served: ServedBroker;
  const sessions: Session[] = [];

  function session(more: Partial<OandaOptions> = {}): Session {
    const made = new Session(rig, served, more);
    sessions.push(made);
    return made;
  }

  beforeEach(async () => {
    rig = await BrokerRig.start();
    rig.kill();
    served = await serveBroker({
      broker: rig.parts(),
      host: '127.0.0.1',
      port: 0,
      token: TOKEN,
      faults: [],
      seed: 1,
      heartbeatMs: 50,
      priceIntervalMs: 0,
    });
  });
  afterEach(async () => {
    for (const { adapter } of sessions.splice(0)) adapter.stop();
    await served.stop();
    await rig[Symbol.asyncDispose]();
  });

  test('orders of both sides go out and fill, and prices come in', async () => {
    const one = session();
    await one.armed();
    const buy = one.order('buy', 70);
    const sell = one.order('sell', 70);
    await one.until(() => one.isIn(buy, OrderState.filled), 'bought');
    await one.until(() => one.isIn(sell, OrderState.filled), 'sold');
    const { phase, transactions, outstanding, latenciesUs } = one.adapter.status;
    assert.deepEqual([phase, transactions, outstanding], ['open', 'live', 0]);
    assert.equal(latenciesUs.length, 2);
  });

  test('a connection that is cut after execution is closed, and the fill is found', async () => {
    const one = session();
    await one.armed();
    for (const fault of ['drop_answer', 'half_open'] as const) {
      served.faults.set([
        { kind: fault, on: 'create_order', share: 1, times: 1, executed: true } as Parameters<
          typeof served.faults.set
        >[0][number],
      ]);
      const before = one.told.length;
      const order = one.order('buy', 10);
      const changes = (): readonly boolean[] =>
        one.told
          .slice(before)
          .flatMap((input) => (input.kind === InputKind.connection ? [input.open] : []));
      await one.until(() => changes().length === 2, fault);
      assert.deepEqual(changes(), [false, true]);
      await one.until(() => one.isIn(order, OrderState.filled), 'filled');
    }
  });

  test('a wrong token ends the start, names the variable, and nothing was sent', async () => {
    const one = session({ token: 'wrong-token-of-a-test' });
    await one.until(() => one.failure !== undefined, 'failed');
    assert.match(one.failure?.message ?? '', /refuses the token \(401\): set TIYF_TEST_TOKEN/);
    assert(!(one.failure?.message ?? '').includes('wrong-token'));
    assert.equal(one.adapter.status.phase, 'failed');
    assert.equal(one.told.length, 0);
    for (const token of [undefined, '', 'two words', 'line\nbreak']) {
      assert.throws(
        () => session({ token }),
        (error: Error) =>
          error.message.includes('TIYF_TEST_TOKEN') && !error.message.includes('two'),
      );
    }
  });
});
