import { ChainedJournal } from '../journal/chained-journal.ts';
import { stateBytes } from '../journal/hashes.ts';
import { MemoryStore } from '../journal/memory-store.ts';
import type { KernelConfig } from '../kernel/config.ts';
import { Kernel } from '../kernel/kernel.ts';
import type { Order } from '../kernel/orders/order.ts';
import type { OrderRequest, StrategyContext, SubmitResult } from '../kernel/strategy/api.ts';
import { present } from '../model/assert.ts';
import { Decoder } from '../model/codec.ts';
import type { Resolution } from '../model/doubt.ts';
import { type AppliedInput, InputKind } from '../model/inputs.ts';
import { ORDER_STATES } from '../model/order.ts';
import type { InstrumentIndex, OrderHandle, Quantity, TimeUs } from '../model/units.ts';
import type { VenueCapabilities } from '../model/venue.ts';
import { FanOut } from '../runtime/fan-out.ts';
import { Outbox, sealEffects } from '../runtime/outbox.ts';
import { TEST_ACCOUNT, TEST_START, testConfigs } from './builders.ts';
import { FakeVenue } from './fake-venue.ts';
import { Puppet } from './puppet.ts';
import { RecordLog } from './record-log.ts';

type OtherInput = AppliedInput;

interface Waiting {
  readonly at: number;
  /** The process that it is for; `undefined` where any may take it, or the venue does. */
  readonly life: number | undefined;
  readonly what: () => void;
}

const STEPS_MAX = 20_000;

/** Kernel, outbox and a fake venue in virtual time: what is lost and late is up to the test. */
export class DoubtRig {
  readonly puppet = new Puppet();
  readonly log = new RecordLog();
  readonly alerts: string[] = [];
  readonly venue: FakeVenue;
  readonly journal = new ChainedJournal(new MemoryStore(1 << 20));
  readonly #config: KernelConfig;
  kernel: Kernel;
  #outbox: Outbox;
  #life = 0;
  #waiting: Waiting[] = [];
  #now: TimeUs = TEST_START;
  /** Off: what is decided does not leave, as in a process that dies before it is durable. */
  settling = true;
  /** Called after everything that happens. */
  check: () => void = () => undefined;

  constructor(capabilities: VenueCapabilities, overrides: Partial<KernelConfig> = {}) {
    const strategies = [{ id: 'puppet', definition: this.puppet.definition, parameters: {} }];
    this.#config = testConfigs({
      strategies,
      kernel: { venue: capabilities, ...overrides },
    }).kernel;
    this.venue = new FakeVenue(capabilities, TEST_ACCOUNT.openingBalance, {
      atVenue: (delay, what) => this.#later(delay, undefined, what),
      toEngine: (delay, what) => this.#later(delay, this.#life, what),
      stream: (delay, input) => this.#later(delay, undefined, () => this.input(input)),
      input: (input) => this.input(input),
      now: () => this.#now,
    });
    this.kernel = new Kernel(this.#config, new FanOut([this.log, this.journal]));
    this.#outbox = this.#outboxOf();
    this.input(this.venue.opening(0));
    this.input({ kind: InputKind.connection, connection: this.venue.connection, open: true });
    this.#start();
    this.#quote();
  }

  #outboxOf(): Outbox {
    return new Outbox(this.kernel, this.venue, { alert: (_, key) => this.alerts.push(key) });
  }

  #start(): void {
    const handlesTaken = this.kernel.book.orders.lastHandle;
    const nonce = `nonce${String(this.#life).padStart(5, '0')}`;
    const kind = InputKind.started;
    this.input({ kind, prefix: 'T', nonce, handlesTaken, restored: false });
  }

  #quote(): void {
    const { book } = this.kernel;
    book.clock[0] = this.#now;
    book.seq += 1;
    this.kernel.quote(0, 99_990, 100_010, 0, 0);
  }

  #later(delay: number, life: number | undefined, what: () => void): void {
    this.#waiting.push({ at: this.#now + Math.round(delay), life, what });
  }

  get now(): TimeUs {
    return this.#now;
  }

  input(input: OtherInput): void {
    this.kernel.book.clock[0] = this.#now;
    this.#apply(input);
    if (this.settling) this.settle();
  }

  #apply(input: OtherInput): void {
    const { book } = this.kernel;
    book.seq += 1;
    this.journal.input(input, book.seq, book.time);
    this.kernel.apply(input);
  }

  /** Ends the turn as the loop does. `journaled` off: what left is not noted, as in a crash. */
  settle(journaled = true): void {
    const { effects, book } = this.kernel;
    while (effects.length !== 0) {
      const sealed = sealEffects(effects.splice(0), this.journal.appended);
      const outcomes = this.#outbox.dispatch(this.journal.commit(), sealed, book.time);
      if (journaled) for (const outcome of outcomes) this.#apply(outcome);
    }
  }

  /** Lets time pass; what happens at one time happens in the order in which it was set off. */
  run(us: number): this {
    const until = this.#now + us;
    for (let steps = 0; ; steps++) {
      if (steps === STEPS_MAX) throw new Error('the engine never comes to rest');
      const due = this.kernel.due[0] ?? Number.POSITIVE_INFINITY;
      const next = this.#waiting.reduce((min, { at }) => Math.min(min, at), due);
      if (next > until) break;
      this.#now = Math.max(this.#now, next) as TimeUs;
      const at = this.#waiting.findIndex((waiting) => waiting.at === next);
      if (at === -1) this.input({ kind: InputKind.boundary });
      else {
        const [waiting] = this.#waiting.splice(at, 1);
        if (waiting?.life === undefined || waiting.life === this.#life) waiting?.what();
      }
      this.check();
    }
    this.#now = until as TimeUs;
    return this;
  }

  /** The process dies and another goes on from what it had kept. */
  crash(): void {
    const kernel = new Kernel(this.#config, new FanOut([this.log, this.journal]));
    const decoder = new Decoder(stateBytes(this.kernel));
    kernel.walk(decoder);
    decoder.end();
    this.kernel = kernel;
    this.#outbox = this.#outboxOf();
    this.#life += 1;
    this.settling = true;
    this.#start();
    this.input({ kind: InputKind.recovered });
    this.venue.reconnect();
    this.check();
  }

  act<T>(body: (context: StrategyContext) => T): T {
    let outcome: { readonly result: T } | undefined;
    this.puppet.next((context) => {
      outcome = { result: body(context) };
    });
    this.#now = (this.#now + 1) as TimeUs;
    this.input({ kind: InputKind.gap, from: this.#now, to: this.#now });
    this.check();
    return present(outcome, 'outcome').result;
  }

  submit(side: 'buy' | 'sell', request: Partial<OrderRequest> = {}): SubmitResult {
    return this.act((context) =>
      context.submit({
        instrument: 0 as InstrumentIndex,
        type: 'market',
        side,
        quantity: 10 as Quantity,
        key: `k${this.#now}`,
        ...request,
      }),
    );
  }

  /** Submits and expects to be let through. */
  order(side: 'buy' | 'sell', request: Partial<OrderRequest> = {}): OrderHandle {
    const result = this.submit(side, request);
    if (!result.ok) throw new Error(`denied: ${result.gate}, ${result.reason}`);
    return result.order;
  }

  resolve(order: OrderHandle, as: Resolution): void {
    const resolution = { order, as, brokerOrderId: '', by: 'ann', reason: 'asked the desk' };
    this.input({ kind: InputKind.resolveOrder, resolution });
  }

  find(order: OrderHandle): Order {
    return present(this.kernel.book.orders.find(order), `order ${order}`);
  }

  state(order: OrderHandle): string {
    return ORDER_STATES[this.find(order).state];
  }
}
