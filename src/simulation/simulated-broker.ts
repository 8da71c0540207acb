import { present } from '../model/assert.ts';
import type { TimeUs } from '../model/units.ts';
import { zeroSlippage } from '../slippage/model.ts';
import { BrokerCore } from '../venues/server/broker-core.ts';
import type { Ledger } from '../venues/server/ledger.ts';
import { BROKER_SEGMENTS } from '../venues/server/operation-journal.ts';
import { type Reply, RequestDesk, type Work } from '../venues/server/request-desk.ts';
import { Streams } from '../venues/server/streams.ts';
import type { Answer, Transaction } from '../venues/server/wire.ts';
import type { SimVenueConfig } from '../venues/sim/config.ts';
import type { Dice } from './dice.ts';
import type { FaultSource } from './faults.ts';
import { type HttpFault, SimulatedServerFaults } from './http-faults.ts';
import { isOperating } from './machine.ts';
import type { simulatedConfig } from './simulated-config.ts';
import { type DiskFault, SimulatedCrash, SimulatedDisk } from './simulated-disk.ts';
import type { SimulatedMarket } from './simulated-market.ts';
import type { Timeline } from './timeline.ts';
import { Violation } from './violation.ts';

const MS = 1000;
const SECOND = 1_000_000;
export const ACCOUNT = '101-001-1234567-001';
const TOKEN = 'simulated';
const ORIGIN = 'http://broker';
const DIRECTORY = '/broker';

/** A request as it arrives. */
export interface Arrived {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
}

export interface SimulatedBrokerParts {
  readonly kernel: ReturnType<typeof simulatedConfig>;
  readonly timeline: Timeline;
  readonly dice: Dice;
  readonly faults: FaultSource<HttpFault>;
  readonly market: SimulatedMarket;
  readonly start: number;
  /** Its clock less the engine's, µs. */
  readonly skewUs: number;
  /** Told of each transaction, once, after it became durable. */
  readonly told: (transactions: readonly Transaction[], ledger: Ledger) => void;
  /** It is gone, with the machine or without it: so are its connections. */
  readonly gone: (withMachine: boolean) => void;
  /** What it did that no broker may. */
  readonly broken: (text: string) => never;
}

/** One process of the broker. */
interface Life {
  readonly core: BrokerCore;
  readonly desk: RequestDesk;
  readonly streams: Streams;
}

function venueConfig({
  instruments,
  calendars,
  conversionPaths,
  account,
}: SimulatedBrokerParts['kernel']): SimVenueConfig {
  return {
    instruments,
    calendars,
    conversionPaths,
    account,
    financing: instruments.map(() => undefined),
    latency: { submitUs: 0, cancelUs: 0, reportUs: 0 },
    limitFill: 'touch',
    commission: { kind: 'none' },
    slippage: zeroSlippage,
    marginCheck: true,
    logMax: 0,
  };
}

/** The real broker, without sockets, on a disk of its own: it dies, and its books come back. */
export class SimulatedBroker {
  readonly disk = new SimulatedDisk();
  readonly #parts: SimulatedBrokerParts;
  readonly #switches: SimulatedServerFaults;
  #life: Life | undefined;
  #isMachineEnd = false;
  #isDead = true;
  #isBefore = false;
  #operations = 0;
  #crashAt = Number.POSITIVE_INFINITY;
  /** Quotes up to here were fed. */
  #fedTo = 0;
  /** The last transaction that was told. */
  #told = 0;
  boots = 0;
  deaths = 0;

  constructor(parts: SimulatedBrokerParts) {
    this.#parts = parts;
    this.#switches = new SimulatedServerFaults(parts.faults);
  }

  get isUp(): boolean {
    return this.#life !== undefined;
  }
  /** Its books; `undefined` while it is down. */
  get ledger(): Ledger | undefined {
    return this.#life?.core.ledger;
  }
  /** Its clock less the engine's, µs. */
  get skewUs(): number {
    return this.#parts.skewUs;
  }
  get now(): TimeUs {
    return (this.#parts.timeline.now + this.#parts.skewUs) as TimeUs;
  }

  boot(): void {
    this.boots += 1;
    const { faults } = this.#parts;
    this.#operations = 0;
    const drawn = faults.meets('broker_disk');
    this.#crashAt = drawn === 0 ? Number.POSITIVE_INFINITY : 1 + ((drawn >>> 8) % 120);
    this.#isMachineEnd = drawn % 2 === 0;
    this.#isBefore = (drawn & 4) === 0;
    this.#isDead = false;
    this.disk.meet(() => this.#meet());
    this.#guarded(() => {
      this.#life = this.#open();
      this.pass();
    });
  }

  /** What the next operation of its disk meets. */
  #meet(): DiskFault {
    this.#operations += 1;
    const { faults } = this.#parts;
    if (this.#isDead) return 'crash_before';
    if (this.#operations !== this.#crashAt || faults.calm) {
      return faults.meets('broker_disk_error') === 0 ? 'none' : 'EIO';
    }
    this.#isDead = true;
    return this.#isBefore ? 'crash_before' : 'crash_after';
  }

  #open(): Life {
    const { kernel, timeline, start, told } = this.#parts;
    const core = new BrokerCore({
      books: {
        venue: venueConfig(kernel),
        accountId: ACCOUNT,
        transactionsKept: 10_000,
        endedKept: 1000,
      },
      directory: DIRECTORY,
      disk: this.disk,
      segments: { ...BROKER_SEGMENTS, segmentBytes: 64 * 1024, journalId: 'broker' },
      layout: 'simulated',
      warn: () => undefined,
    });
    const { entries, after } = core.entries();
    this.#fedTo = after ?? start - 1;
    for (const entry of entries) {
      this.#feed(entry.at, (slice) => core.refeed(slice.block, slice.from, slice.to));
      core.redo(entry);
    }
    if (core.ledger.log.last === 0) {
      core.perform([{ op: 'begin', from: start, layout: 'simulated' }], start as TimeUs);
    }
    this.#catchUp(core.ledger);
    core.onTransactions((news) => {
      this.#told = core.ledger.log.last;
      told(news, core.ledger);
    });
    const monotonicUs = (): number => timeline.now;
    const pace = { heartbeatUs: 5 * SECOND, priceUs: SECOND / 4, monotonicUs };
    const streams = new Streams(core, this.#switches, pace);
    const market = { history: () => this.#parts.broken('nobody asks for candles') };
    const faults = this.#switches;
    const desk = new RequestDesk({
      broker: core,
      market,
      faults,
      streams,
      token: TOKEN,
      monotonicUs,
    });
    return { core, desk, streams };
  }

  /** Tells what had become durable before the last process died, and was not told. */
  #catchUp(ledger: Ledger): void {
    const { log } = ledger;
    if (log.last < this.#told)
      this.#parts.broken(`its log ends at ${log.last}, ${this.#told} was told`);
    const news = log.range(this.#told + 1, log.last);
    this.#told = log.last;
    if (news.length > 0) this.#parts.told(news, ledger);
  }

  #feed(until: number, take: (slice: NonNullable<ReturnType<SimulatedMarket['between']>>) => void) {
    const slice = this.#parts.market.between(this.#fedTo, until);
    this.#fedTo = Math.max(this.#fedTo, until);
    if (slice !== undefined) take(slice);
  }

  /** Lets the market go on to now, and streams be sent. */
  pass(): void {
    const life = this.#life;
    if (life === undefined) return;
    this.#guarded(() => {
      this.#advance(life);
      life.streams.pump();
      life.core.keep();
    });
  }

  #advance({ core }: Life): void {
    const now = Math.max(this.now, core.ledger.now) as TimeUs;
    this.#feed(now, ({ block, from, to }) => core.feed(block, from, to));
    core.advance(now);
  }

  /** A request arrives; `respond` is told what goes back, now, later, or never. */
  request(arrived: Arrived, respond: (reply: Reply) => void): void {
    const life = this.#life;
    if (life === undefined) return;
    const killed = this.#parts.faults.meets('broker_killed');
    this.#guarded(() => {
      if (killed !== 0 && killed % 2 === 0) this.#dies(killed);
      this.#advance(life);
      const { method, path, body } = arrived;
      const admitted = life.desk.admit({
        method,
        url: new URL(path, ORIGIN),
        authorization: `Bearer ${TOKEN}`,
        unix: false,
        remoteAddress: '127.0.0.1',
      });
      const answer = (reply: Reply): void => {
        if (killed !== 0) this.#dies(killed);
        respond(reply);
      };
      if ('kind' in admitted) answer(admitted);
      else this.#go(life, admitted.work(body), undefined, answer);
    });
  }

  #dies(drawn: number): never {
    this.#isMachineEnd = drawn % 3 === 0;
    this.#isDead = true;
    throw new SimulatedCrash('killed');
  }

  #go(life: Life, work: Work, answer: Answer | undefined, respond: (reply: Reply) => void): void {
    const step = work.next(answer);
    if (step.done === true) {
      respond(step.value);
      return;
    }
    const wait = step.value;
    switch (wait.kind) {
      case 'sleep':
        this.#parts.timeline.after(wait.ms * MS, () => {
          if (life !== this.#life) return;
          this.#guarded(() => {
            this.#advance(life);
            this.#go(life, work, undefined, respond);
          });
        });
        return;
      case 'operation': {
        const [done] = life.core.perform([wait.operation], life.core.ledger.now);
        this.#go(life, work, present(done, 'answer'), respond);
        return;
      }
      case 'read':
        this.#parts.broken('nobody asks for what takes time');
    }
  }

  /** Ends it with its books saved, and starts it again. */
  restart(): void {
    const life = this.#life;
    if (life === undefined) return;
    this.#guarded(() => {
      life.core.snapshot();
      this.#end(false);
    });
  }

  /** Whatever ends a process of the broker ends it alone. */
  #guarded(what: () => void): void {
    try {
      what();
    } catch (error) {
      if (error instanceof Violation) throw error;
      if (!this.#isDead && !isOperating(error)) {
        const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
        this.#parts.broken(what);
      }
      this.deaths += 1;
      this.#end(this.#isMachineEnd);
    }
  }

  #end(withMachine: boolean): void {
    const { dice, timeline, gone } = this.#parts;
    this.#life = undefined;
    this.#isDead = true;
    if (withMachine) this.disk.crash((below) => dice.below(below));
    else this.disk.endProcess();
    gone(withMachine);
    timeline.after(dice.between(100 * MS, 4000 * MS), () => this.boot());
  }
}
