import { crc32 } from 'node:zlib';
import { isUnanswered } from '../kernel/orders/doubts.ts';
import { TradingState } from '../model/gate.ts';
import { OrderFlag } from '../model/order.ts';
import type { TimeUs } from '../model/units.ts';
import { OandaAdapter } from '../venues/oanda/adapter.ts';
import { oandaCapabilities } from '../venues/oanda/capabilities.ts';
import type { VenuePort } from '../venues/venue-port.ts';
import type { VenueReceiver } from '../venues/venue-receiver.ts';
import { BrokerLedger } from './broker-ledger.ts';
import { Clockwork } from './clockwork.ts';
import { Dice } from './dice.ts';
import { Faults, type Plan } from './faults.ts';
import { HttpChecker } from './http-checker.ts';
import { HTTP_FAULTS, type HttpFault } from './http-faults.ts';
import { JournalWatch } from './journal-watch.ts';
import { Machine, type Way } from './machine.ts';
import { Operator } from './operator.ts';
import type { RunOptions, RunResult } from './run-result.ts';
import { ACCOUNT, SimulatedBroker } from './simulated-broker.ts';
import { INSTRUMENTS, SIMULATION_START, SYMBOLS, simulatedConfig } from './simulated-config.ts';
import { SimulatedHttp } from './simulated-http.ts';
import { isThin, SimulatedMarket } from './simulated-market.ts';
import { SimulatedNetwork } from './simulated-network.ts';
import { Timeline } from './timeline.ts';
import { traceLine } from './trace-line.ts';
import { Violation } from './violation.ts';

const MS = 1000;
const SECOND = 1_000_000;
/** How often the broker looks at its market and its streams. */
const PUMP_US = 100 * MS;
const PUMP_CALM_US = 500 * MS;
/** The journals of so many seeds are read whole at the end, and those of fatal stops. */
const VERIFIED_EVERY = 8;

/** Runs one plan: the real adapter and the real broker, with an engine and all that goes wrong. */
export class HttpWorld implements Way {
  readonly machine: Machine;
  readonly #plan: Plan;
  readonly #timeline = new Timeline(SIMULATION_START);
  readonly #faults: Faults<HttpFault>;
  readonly #broker: SimulatedBroker;
  readonly #network: SimulatedNetwork;
  readonly #ledger: BrokerLedger;
  readonly #checker: HttpChecker;
  readonly #journal = new JournalWatch();
  readonly #operator: Operator;
  readonly #clockwork: Clockwork;
  readonly #activeUs: number = 0;
  readonly #keepsLines: boolean = false;
  readonly #lines: string[] = [];
  #http: SimulatedHttp | undefined;
  #adapter: OandaAdapter | undefined;
  #checksum = 0;

  constructor(plan: Plan, options: RunOptions = {}) {
    this.#plan = plan;
    const { seed } = plan;
    const timeline = this.#timeline;
    this.#faults = new Faults(plan, HTTP_FAULTS);
    const dice = new Dice(seed, 1);
    const skewUs = dice.between(-2, 7) * SECOND;
    const activeUs = dice.between(2, 16) * SECOND;
    this.#activeUs = plan.activeUs ?? activeUs;
    const end = SIMULATION_START + this.#activeUs;
    const parameters = {
      until: end,
      paceUs: dice.between(60, 400) * MS,
      reduceOnly: true,
      replaces: true,
      legs: true,
    };
    const kernel = simulatedConfig(oandaCapabilities(), parameters, seed, 'lots');
    this.#checker = new HttpChecker(this.#journal);
    const checker = this.#checker;
    this.#keepsLines = options.keepTrace === true;
    checker.trace = (what) => this.#trace(what);
    if (this.#keepsLines) {
      checker.note = (kind, what) => this.#line(`${kind} ${traceLine(what)}`);
    }
    const start = SIMULATION_START + skewUs;
    this.#broker = new SimulatedBroker({
      kernel,
      timeline,
      dice: new Dice(seed, 2),
      faults: this.#faults,
      market: new SimulatedMarket(seed, start, end + skewUs),
      start,
      skewUs,
      told: (transactions) => {
        for (const one of transactions) {
          this.#trace(`broker ${one.id} ${one.type}`);
          if (this.#keepsLines) this.#line(`  writes ${JSON.stringify(one)}`);
        }
        checker.truth.take(transactions);
      },
      gone: (withMachine) => {
        checker.trace(withMachine ? 'the broker’s machine is gone' : 'the broker is gone');
        this.#http?.brokerGone(withMachine);
      },
      broken: (text) => checker.fail('broker_failed', text),
    });
    this.#network = new SimulatedNetwork({
      timeline,
      dice: new Dice(seed, 3),
      faults: this.#faults,
      broker: this.#broker,
      horizonUs: oandaCapabilities().inFlightHorizonUs,
      left: (request) => checker.left(request),
      received: () => checker.received(),
    });
    checker.mayArrive = (id) => this.#network.mayArrive('POST', id);
    this.#ledger = new BrokerLedger(this.#broker, this.#faults, timeline, isThin(seed));
    this.machine = new Machine({
      seed,
      config: kernel,
      timeline,
      dice: new Dice(seed, 4),
      faults: this.#faults,
      way: this,
      checker,
      journal: this.#journal,
    });
    this.machine.crashes = options.crashes;
    this.#clockwork = new Clockwork({
      timeline,
      machine: this.machine,
      checker,
      check: () => undefined,
      unsettled: () => this.#unsettled(),
      fills: () => checker.truth.fills,
    });
    this.#operator = new Operator(this.machine, this.#desk(), new Dice(seed, 5));
  }

  #desk(): ConstructorParameters<typeof Operator>[1] {
    const { truth } = this.#checker;
    return {
      canTell: true,
      mayChange: (id) => this.#network.mayArrive('PUT', `@${id}`),
      brokerOrderId: (id) => truth.orders.get(id)?.brokerOrderId ?? '',
      ask: (id) => {
        const order = truth.orders.get(id);
        if (order === undefined) return this.#checker.mayArrive(id) ? 'other' : 'nowhere';
        return order.state === 'ended' ? 'other' : order.state;
      },
    };
  }

  /** Something that happened: the same run says the same. */
  #trace(what: string): void {
    this.#checksum = crc32(`${this.#timeline.now} ${what}`, this.#checksum);
    this.#line(what);
  }

  #line(what: string): void {
    if (!this.#keepsLines) return;
    const at = ((this.#timeline.now - SIMULATION_START) / SECOND).toFixed(3);
    this.#lines.push(`${at.padStart(8)} ${what}`);
  }

  // --- the way to the venue, as the machine knows it

  open(): VenuePort {
    const http = new SimulatedHttp(this.#network);
    const adapter = new OandaAdapter({
      http,
      timers: http,
      instruments: INSTRUMENTS,
      account: { id: ACCOUNT, currency: 'USD', decimals: 6 },
      tokenEnv: 'TIYF_SIMULATED',
      writeDeadlineUs: 2 * SECOND,
      readDeadlineUs: 2 * SECOND,
      silenceUs: 12 * SECOND,
      rate: { perSecond: 80, burst: 40, reserve: 15 },
      describe: ({ number }) => `trader/${number}`,
    });
    this.#http = http;
    this.#adapter = adapter;
    return watched(adapter, this.#checker);
  }

  start(receiver: VenueReceiver, begin: () => void): void {
    this.#adapter?.start(receiver, {
      ready: begin,
      failed: (error) => this.#checker.fail('no_progress', error.message),
    });
  }

  end(): void {
    this.#http?.die();
    this.#http = undefined;
    this.#adapter = undefined;
  }

  get clockOffsetUs(): number | undefined {
    return this.#adapter?.status.clockOffsetUs;
  }

  get isQuiet(): boolean {
    return !this.#network.changesArrive;
  }

  // --- the run

  run(): RunResult {
    let violation: RunResult['violation'];
    try {
      this.#run();
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      violation = { invariant: error.invariant, message: error.message };
    }
    const { truth } = this.#checker;
    return {
      plan: this.#plan,
      venue: 'oanda',
      trace: `${this.#checksum.toString(16)}-${this.#journal.checksum.toString(16)}`,
      figures: {
        ...this.machine.figures,
        orders: truth.orders.size,
        fills: truth.fills,
        facts: truth.last,
        groups: this.#journal.groups,
        faults: this.#faults.counts,
      },
      struck: this.#faults.struck,
      activeUs: this.#activeUs,
      violation,
      lines: this.#lines,
    };
  }

  /** When everything calms down. */
  get #end(): number {
    return SIMULATION_START + this.#activeUs;
  }

  #run(): void {
    const end = this.#end;
    this.#broker.boot();
    this.#ledger.past();
    this.#timeline.after(0, () => this.machine.boot());
    this.#pump(end);
    this.#pulse(end);
    this.#clockwork.until(() => this.#timeline.now >= end, end);
    this.#faults.calm = true;
    // What a full disk left behind ends when somebody makes room and starts the engine again.
    if (this.#faults.counts.disk_full > 0) this.#clockwork.guarded(() => this.machine.restart());
    this.#clockwork.settle();
    this.#clockwork.probe(SYMBOLS.length);
    this.machine.engine?.commit(this.#timeline.now as TimeUs);
    const { ledger } = this.#broker;
    if (ledger === undefined) this.#checker.fail('no_progress', 'no broker runs at the end');
    this.#checker.compare(ledger);
    const { fatalStops } = this.machine.figures;
    if (fatalStops > 0 || this.#plan.seed % VERIFIED_EVERY === 0) this.machine.verify();
  }

  #pump(end: number): void {
    const us = this.#timeline.now < end ? PUMP_US : PUMP_CALM_US;
    this.#timeline.after(us, () => {
      this.#pump(end);
      this.#broker.pass();
    });
  }

  /** Once a second: what the broker's people do, and a look of the operator's. */
  #pulse(end: number): void {
    this.#timeline.after(SECOND, () => {
      this.#pulse(end);
      const isCalm = this.#timeline.now >= end;
      if (isCalm) this.#ledger.calm();
      else this.#ledger.pass();
      if (this.#faults.meets('broker_restart') !== 0) this.#broker.restart();
      if (this.#faults.meets('restart') !== 0) this.machine.restart();
      this.#operator.look(isCalm);
    });
  }

  /** What still stands between the engine and its work, or `undefined`. */
  #unsettled(): string | undefined {
    const { engine } = this.machine;
    const ledger = this.#broker.ledger;
    if (engine === undefined) return 'no engine runs';
    if (ledger === undefined) return 'no broker runs';
    if (!this.#ledger.isCalm) return 'the broker still holds something up';
    const { status } = this.#adapter ?? {};
    if (status?.phase !== 'open') return `the adapter is ${status?.phase}: ${status?.problem}`;
    if (status.transactions !== 'live' || status.prices !== 'live') return 'a stream is down';
    if (status.outstanding > 0) return 'a request has no answer';
    if (this.#http?.isDeluded === true) return 'a connection only seems to stand';
    if (this.#network.changesArrive) return 'a request may still arrive';
    const { book } = engine.kernel;
    if (book.cursor !== ledger.log.last) {
      return `the log stands at ${ledger.log.last}, the engine at ${book.cursor}`;
    }
    const [doubt] = book.doubts.all();
    if (doubt !== undefined) return `order ${doubt.order} stays in doubt`;
    if (book.tradingState !== TradingState.active) return 'trading is stopped';
    if (!book.reconciliation.armed) return 'engine and broker were never found to agree';
    if (book.reconciliation.held) return `held: ${book.reconciliation.seen.join(', ')}`;
    for (const { handle, state, flags } of book.orders.open()) {
      if (isUnanswered(state)) return `order ${handle} has no answer`;
      const pending = OrderFlag.cancelPending | OrderFlag.replacePending;
      if ((flags & pending) !== 0) return `the change of order ${handle} has no answer`;
    }
    for (const k of SYMBOLS.keys()) {
      if (!book.board.has(k)) return 'an instrument has no price';
      // What is offered by then is not bounded any more.
      const isOld = (ledger.board.time[k] ?? 0) < this.#end + this.#broker.skewUs;
      if (isOld) return 'an instrument has no quote of the quiet market';
      if (book.failures.waitsUntil(0, k) > this.#timeline.now)
        return 'entries wait after a failure';
    }
    return undefined;
  }
}

/** The adapter, with everything that the engine asks of it seen before it is asked. */
function watched(adapter: OandaAdapter, checker: HttpChecker): VenuePort {
  return {
    submit: (send) => {
      checker.submitted(send);
      adapter.submit(send);
    },
    cancel: (send) => {
      checker.cancelled(send);
      adapter.cancel(send);
    },
    replace: (send) => {
      checker.replaced(send);
      adapter.replace(send);
    },
    lookUp: (lookUp) => {
      checker.asked(lookUp.ask);
      adapter.lookUp(lookUp);
    },
    readLogFrom: (cursor, ask) => {
      checker.asked(ask);
      adapter.readLogFrom(cursor, ask);
    },
    takeSnapshot: (ask) => {
      checker.asked(ask);
      adapter.takeSnapshot(ask);
    },
    takeOpening: (ask) => {
      checker.asked(ask);
      adapter.takeOpening(ask);
    },
  };
}

/** Runs a plan. The same plan gives the same result. */
export function simulateHttp(plan: Plan, options?: RunOptions): RunResult {
  return new HttpWorld(plan, options).run();
}
