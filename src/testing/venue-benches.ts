import { QuoteBoard } from '../market/quote-board.ts';
import { type AppliedInput, InputKind } from '../model/inputs.ts';
import { type OrderTerms, OrderType, TimeInForce } from '../model/order.ts';
import type { Money, Price, TimeUs } from '../model/units.ts';
import type { OrderSend, VenueCapabilities } from '../model/venue.ts';
import type { HistoryWish, SeriesHistory } from '../venues/bar-history.ts';
import { OandaAdapter } from '../venues/oanda/adapter.ts';
import { oandaCapabilities } from '../venues/oanda/capabilities.ts';
import { OANDA_DEFAULTS } from '../venues/oanda/create.ts';
import { simCapabilities } from '../venues/sim/config.ts';
import { DUE_REPORT, DUE_REQUEST, SimVenue } from '../venues/sim/sim-venue.ts';
import type { VenuePort } from '../venues/venue-port.ts';
import { BookReceiver } from './book-receiver.ts';
import { ACCOUNT_ID, BrokerRig } from './broker-rig.ts';
import { TEST_START, testConfigs } from './builders.ts';
import { DirectHttp } from './direct-http.ts';
import { FakeVenue, WELL } from './fake-venue.ts';
import type { ContractBench } from './venue-contract.ts';
import { VirtualTimers } from './virtual-timers.ts';

const SECOND = 1_000_000;
const LATENCY = { submitUs: 10_000, cancelUs: 10_000, reportUs: 10_000 };
const BID = 110_000;
const ASK = 110_020;

/** The simulated venue of backtests, as the loop drives it. */
export class SimBench implements ContractBench {
  readonly capabilities = simCapabilities(LATENCY);
  readonly told: AppliedInput[] = [];
  readonly #board = new QuoteBoard(1);
  readonly #venue: SimVenue;
  #now: number = TEST_START;

  constructor() {
    const venue = { latency: LATENCY, logMax: 1000 };
    this.#venue = new SimVenue(testConfigs({ venue }).venue, this.#board);
    this.#venue.open(TEST_START);
    this.#quote(BID, ASK);
  }

  get port(): VenuePort {
    return this.#venue;
  }

  #quote(bid: number, ask: number): void {
    this.#board.bid[0] = bid;
    this.#board.ask[0] = ask;
    this.#board.time[0] = this.#now;
    this.#venue.quoted(0);
  }

  now(): TimeUs {
    return this.#now as TimeUs;
  }

  sent(): void {
    // It is given handles, and gives them back.
  }

  async pass(us: number): Promise<void> {
    const until = this.#now + us;
    const { due } = this.#venue;
    for (;;) {
      const report = due[DUE_REPORT] as number;
      const request = due[DUE_REQUEST] as number;
      if (Math.min(report, request) > until) break;
      if (report <= request) {
        const input = this.#venue.takeReport(report as TimeUs);
        if (input !== undefined) this.told.push(input);
      } else {
        this.#venue.arrive();
        // A market order trades on the first quote after it arrived.
        this.#now = Math.max(this.#now, request);
        this.#quote(BID, ASK);
      }
    }
    this.#now = until;
  }

  /** It refuses what was over before it came. */
  async refuseNext(): Promise<Partial<OrderTerms>> {
    const type = OrderType.limit;
    const limitPrice = BID as Price;
    return { type, limitPrice, timeInForce: TimeInForce.gtd, expireTime: TEST_START };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing is held.
  }
}

/** The OANDA adapter, against our server without sockets. */
export class OandaBench implements ContractBench {
  readonly capabilities = oandaCapabilities();
  readonly #rig: BrokerRig;
  readonly #timers = new VirtualTimers();
  readonly #receiver = new BookReceiver();
  #adapter: OandaAdapter;

  private constructor(rig: BrokerRig) {
    this.#rig = rig;
    this.#timers.goTo(rig.market.now);
    this.#adapter = this.#newAdapter();
  }

  #newAdapter(): OandaAdapter {
    const { instruments } = this.#rig;
    return new OandaAdapter({
      ...OANDA_DEFAULTS,
      http: new DirectHttp(this.#rig, this.#timers),
      timers: this.#timers,
      instruments,
      account: { id: ACCOUNT_ID, currency: 'USD', decimals: 6 },
      tokenEnv: 'TOKEN',
      describe: ({ number }) => String(number),
    });
  }

  static async start(): Promise<OandaBench> {
    const bench = new OandaBench(await BrokerRig.start());
    bench.#adapter.start(bench.#receiver, {
      ready: () => undefined,
      failed: (error) => {
        throw error;
      },
    });
    await bench.pass(2 * SECOND);
    bench.#adapter.takeOpening(0);
    await bench.pass(SECOND);
    return bench;
  }

  get port(): VenuePort {
    return this.#adapter;
  }
  get told(): readonly AppliedInput[] {
    return this.#receiver.told;
  }

  now(): TimeUs {
    return this.#timers.now();
  }

  sent(send: OrderSend): void {
    this.#receiver.sent(send);
  }

  async pass(us: number): Promise<void> {
    const until = this.now() + us;
    for (;;) {
      for (let i = 0; i < 40; i += 1) await new Promise((resolve) => setImmediate(resolve));
      const beat = (Math.floor(this.now() / SECOND) + 1) * SECOND;
      const next = Math.min(this.#timers.due, beat, until);
      const step = Math.max(0, next - this.now());
      this.#rig.realUs += step;
      await this.#rig.pass(Math.max(0, next - this.#rig.market.now));
      this.#rig.streams.pump();
      this.#timers.goTo(next);
      if (next >= until && this.#timers.due > until) break;
    }
    for (let i = 0; i < 40; i += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  async refuseNext(): Promise<Partial<OrderTerms>> {
    await this.#rig.setFaults([{ kind: 'reject', on: 'create_order', times: 1 }]);
    return {};
  }

  async loseNextAnswer(): Promise<void> {
    await this.#rig.setFaults([{ kind: 'drop_answer', on: 'create_order', times: 1 }]);
  }

  async startAgain(wishes: readonly HistoryWish[]): Promise<readonly SeriesHistory[]> {
    this.#adapter.stop();
    this.#adapter = this.#newAdapter();
    const found: SeriesHistory[] = [];
    this.#adapter.start(this.#receiver, {
      history: () => wishes,
      ready: (history) => found.push(...history),
      failed: (error) => {
        throw error;
      },
    });
    await this.pass(3 * SECOND);
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#adapter.stop();
    await this.#rig[Symbol.asyncDispose]();
  }
}

/** A fake venue of the tests of doubt, of any kind of capability. */
export class FakeBench implements ContractBench {
  readonly capabilities: VenueCapabilities;
  readonly told: AppliedInput[] = [];
  readonly #timers = new VirtualTimers();
  readonly #venue: FakeVenue;
  #cursor = 0;

  constructor(capabilities: VenueCapabilities) {
    this.capabilities = capabilities;
    const { told } = this;
    const later = (delay: number, what: () => void): void => {
      this.#timers.after(delay, what);
    };
    const input = (one: AppliedInput): void => {
      // As an engine does: what is booked already is not booked again.
      const cursor =
        one.kind === InputKind.report
          ? one.report.cursor
          : one.kind === InputKind.fill
            ? one.fill.cursor
            : 0;
      if (cursor !== 0 && cursor <= this.#cursor) return;
      this.#cursor = Math.max(this.#cursor, cursor);
      told.push(one);
    };
    this.#venue = new FakeVenue(capabilities, 0n as Money, {
      atVenue: later,
      toEngine: later,
      stream: (delay, one) => later(delay, () => input(one)),
      input,
      now: () => this.#timers.now(),
    });
  }

  get port(): VenuePort {
    return this.#venue;
  }

  now(): TimeUs {
    return this.#timers.now();
  }

  sent(): void {
    // It is given handles, and gives them back.
  }

  async pass(us: number): Promise<void> {
    const until = this.now() + us;
    while (this.#timers.due <= until) this.#timers.goTo(this.#timers.due);
    this.#timers.goTo(until);
  }

  async refuseNext(): Promise<Partial<OrderTerms>> {
    this.#venue.fates.push({ ...WELL, outcome: 'reject' });
    return {};
  }

  async loseNextAnswer(): Promise<void> {
    this.#venue.fates.push({ ...WELL, answer: undefined });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing is held.
  }
}
