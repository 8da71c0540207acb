import assert from 'node:assert/strict';
import type { Kernel } from '../kernel/kernel.ts';
import type { OrderRequest, StrategyContext } from '../kernel/strategy/api.ts';
import { present } from '../model/assert.ts';
import { type AppliedInput, InputKind } from '../model/inputs.ts';
import { ORDER_STATES, type OrderStateName } from '../model/order.ts';
import { BREAK_KINDS } from '../model/reconciliation.ts';
import type { InstrumentIndex, OrderHandle, Quantity, TimeUs } from '../model/units.ts';
import type { Engine } from '../runtime/engine.ts';
import { KernelReceiver } from '../runtime/venue-receiver.ts';
import { SimulatedDisk } from '../simulation/simulated-disk.ts';
import { OandaAdapter, type OandaParts } from '../venues/oanda/adapter.ts';
import type { VenueStartError } from '../venues/oanda/start-checks.ts';
import { ACCOUNT_ID, BrokerRig, type BrokerRigOptions } from './broker-rig.ts';
import { DirectHttp } from './direct-http.ts';
import { oandaEngine } from './oanda-engine.ts';
import { Puppet } from './puppet.ts';
import { VirtualTimers } from './virtual-timers.ts';

const SECOND = 1_000_000;
/** Turns of the promise queue that a request of a broker without sockets takes at most. */
const TURNS = 60;

export interface OandaRigOptions extends BrokerRigOptions {
  readonly parts?: Partial<OandaParts>;
}

/** An engine on its disk, the adapter, and a broker without sockets, in one virtual time. */
export class OandaRig implements AsyncDisposable {
  readonly timers = new VirtualTimers();
  readonly puppet = new Puppet();
  readonly disk = new SimulatedDisk();
  readonly broker: BrokerRig;
  readonly http: DirectHttp;
  readonly told: AppliedInput[] = [];
  readonly quotes: (readonly number[])[] = [];
  readonly alerts: string[] = [];
  readonly #options: OandaRigOptions;
  adapter: OandaAdapter;
  engine: Engine;
  failure: VenueStartError | undefined;
  #boots = 0;
  #keys = 0;

  private constructor(broker: BrokerRig, options: OandaRigOptions) {
    this.broker = broker;
    this.#options = options;
    this.http = new DirectHttp(broker, this.timers);
    this.timers.goTo(broker.market.now);
    const { adapter, engine } = this.#boot();
    this.adapter = adapter;
    this.engine = engine;
  }

  /** A broker and an engine that is not started yet. */
  static async build(options: OandaRigOptions = {}): Promise<OandaRig> {
    return new OandaRig(await BrokerRig.start(options), options);
  }

  /** Started, compared and armed. */
  static async start(options: OandaRigOptions = {}): Promise<OandaRig> {
    const rig = await OandaRig.build(options);
    await rig.begin();
    return rig;
  }

  #boot() {
    this.#boots += 1;
    const { instruments } = this.broker;
    const { timers, http } = this;
    const adapter = new OandaAdapter({
      http,
      timers,
      instruments,
      account: { id: ACCOUNT_ID, currency: 'USD', decimals: 6 },
      tokenEnv: 'TIYF_TEST_TOKEN',
      writeDeadlineUs: 2 * SECOND,
      readDeadlineUs: 2 * SECOND,
      silenceUs: 12 * SECOND,
      rate: { perSecond: 90, burst: 60, reserve: 20 },
      describe: ({ number }) => `puppet/${number}`,
      ...this.#options.parts,
    });
    const { disk, puppet, alerts } = this;
    const nonce = `boot${String(this.#boots).padStart(6, '0')}`;
    const told = { instruments, disk, puppet, alerts, nonce, venue: adapter };
    const engine = oandaEngine({ ...told, now: timers.now() });
    return { adapter, engine };
  }

  get kernel(): Kernel {
    return this.engine.kernel;
  }
  get now(): TimeUs {
    return this.timers.now();
  }

  /** Starts the adapter on the engine that is there. */
  startAdapter(): void {
    const { engine } = this;
    const receiver = new KernelReceiver(engine.kernel, {
      input: (input) => {
        this.told.push(input);
        engine.input(input, this.now);
      },
      quote: (k, bid, ask, bidSize, askSize) => {
        this.quotes.push([k, bid, ask]);
        engine.quote(k, bid, ask, bidSize, askSize, this.now);
      },
    });
    this.adapter.start(receiver, {
      ready: () => engine.begin(this.now),
      failed: (error) => {
        this.failure = error;
      },
    });
  }

  async begin(): Promise<void> {
    this.startAdapter();
    await this.pass(3 * SECOND);
  }

  /** The process dies: nothing of it is left but its disk. A new one starts. */
  async kill(): Promise<void> {
    this.adapter.stop();
    this.disk.endProcess();
    const { adapter, engine } = this.#boot();
    this.adapter = adapter;
    this.engine = engine;
    await this.begin();
  }

  /** Lets everything come to rest that needs no time. */
  async rest(): Promise<void> {
    for (let i = 0; i < TURNS; i += 1) await new Promise((resolve) => setImmediate(resolve));
    if (this.http.error !== undefined) throw this.http.error;
  }

  /** Lets time pass, at the broker and here. */
  async pass(us: number): Promise<void> {
    const until = this.now + us;
    for (;;) {
      await this.rest();
      const next = Math.min(this.timers.due, this.engine.due, this.#nextBeat);
      if (next > until) break;
      await this.#goTo(Math.max(next, this.now));
    }
    await this.#goTo(until);
    await this.rest();
  }

  get #nextBeat(): number {
    return (Math.floor(this.now / SECOND) + 1) * SECOND;
  }

  async #goTo(time: number): Promise<void> {
    const { broker } = this;
    broker.realUs += Math.max(0, time - this.now);
    await broker.pass(Math.max(0, time - broker.market.now));
    broker.streams.pump();
    this.timers.goTo(Math.max(time, broker.market.now));
    this.engine.pass(this.now);
  }

  /** Lets the strategy act, and gives back what it got. */
  act<T>(body: (context: StrategyContext) => T): T {
    let outcome: { readonly result: T } | undefined;
    this.puppet.next((context) => {
      outcome = { result: body(context) };
    });
    const { now } = this;
    this.engine.input({ kind: InputKind.gap, from: now, to: now }, now);
    return present(outcome, 'outcome').result;
  }

  /** Submits, and expects to be let through. */
  order(
    request: Partial<Omit<OrderRequest, 'quantity'>> & {
      readonly side: 'buy' | 'sell';
      readonly quantity: number;
    },
  ): OrderHandle {
    this.#keys += 1;
    const result = this.act((context) =>
      context.submit({
        instrument: 0 as InstrumentIndex,
        type: 'market',
        key: `order ${this.#keys}`,
        ...request,
        quantity: request.quantity as Quantity,
      }),
    );
    if (!result.ok) throw new Error(`denied: ${result.gate}, ${result.reason}`);
    return result.order;
  }

  state(order: OrderHandle): OrderStateName | 'unknown' {
    const found = this.kernel.book.orders.find(order);
    return found === undefined ? 'unknown' : present(ORDER_STATES[found.state], 'state');
  }

  position(k = 0): number {
    const { positions, external } = this.kernel.book.account;
    return (positions[k]?.quantity ?? 0) + (external[k]?.quantity ?? 0);
  }

  /** A snapshot, compared with the books: no breaks but those of these kinds. */
  async agrees(kinds: readonly string[] = []): Promise<void> {
    const before = this.told.length;
    this.adapter.takeSnapshot(0);
    await this.pass(SECOND / 10);
    const isTold = this.told.slice(before).some(({ kind }) => kind === InputKind.snapshot);
    assert.ok(isTold, 'a snapshot was told');
    const seen = this.kernel.book.reconciliation.seen.map(
      (key) => BREAK_KINDS[Number(key.split('/')[0])],
    );
    assert.deepEqual(
      seen.filter((kind) => kind !== undefined && !kinds.includes(kind)),
      [],
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.adapter.stop();
    await this.broker[Symbol.asyncDispose]();
  }
}
