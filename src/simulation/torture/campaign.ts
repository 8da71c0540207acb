import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Dice } from '../dice.ts';
import type { Difference, DifferenceName } from './books.ts';
import { BrokerLog } from './broker-log.ts';
import { Child } from './child.ts';
import { drawFact, drawFaults } from './draw-faults.ts';
import { type FinalAccount, finalAccount } from './final-account.ts';
import type { Flaw } from './naive.ts';
import { type OperatorAnswer, TortureOperator } from './operator.ts';
import { BrokerPeer, EnginePeer } from './peers.ts';
import {
  brokerConfig,
  engineConfig,
  MONEY_DECIMALS,
  TOKEN_ENV,
  TORTURE_ACCOUNT,
  TORTURE_PREFIX,
  TORTURE_SYMBOLS,
} from './torture-config.ts';

/** What a campaign is to be. */
export interface TorturePlan {
  readonly seed: number;
  /** It goes on until there were so many of each. */
  readonly kills: number;
  readonly brokerKills: number;
  readonly orders: number;
  /** Its configurations, data and logs; there must be none of an earlier one. */
  readonly directory: string;
  /** A doubt that is older is answered by the operator. */
  readonly patienceMs: number;
  /** How long everything may take to settle once faults have stopped. */
  readonly settleMs: number;
  /** Breaks the engine: an order whose fate is unknown is sent again. */
  readonly naive: boolean;
  /** Program and arguments of this command line, up to the command. */
  readonly command: readonly [path: string, ...args: readonly string[]];
  readonly progress: (done: TortureCounts) => void;
}

/** What happened so far. */
export interface TortureCounts {
  rounds: number;
  kills: number;
  brokerKills: number;
  /** Kills of both at once; each counts above too. */
  bothKills: number;
  /** Kills of an engine that had not come up yet. */
  earlyKills: number;
  orders: number;
  fills: number;
}

/** What came of a campaign. */
export interface TortureResult extends TortureCounts {
  readonly seed: number;
  /** What was broken in the engine on purpose. */
  readonly flaw: Flaw | null;
  readonly seconds: number;
  /** How often each kind of fault struck, as far as it was read before a kill. */
  readonly faults: Readonly<Record<string, number>>;
  readonly facts: Readonly<Record<string, number>>;
  readonly resumes: number;
  readonly overrides: number;
  readonly stops: Readonly<Record<string, number>>;
  readonly answers: readonly OperatorAnswer[];
  readonly account: FinalAccount | undefined;
  readonly differences: readonly Difference[];
}

const ENDING = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const STRATEGY = fileURLToPath(new URL(`./strategy.${ENDING}`, import.meta.url));
const NAIVE = new URL(`./naive.${ENDING}`, import.meta.url).href;

/** A start that takes longer is no start. */
const UP_MS_MAX = 60_000;
const POLL_MS = 60;
/** Kills of an engine that is starting come within this. */
const EARLY_MS_MAX = 1500;
const PAUSE_MS_MIN = 300;
const MS_AN_ORDER = 40;
/** Mean time between two acts of the strategy. */
const PACE_US = 12_000;
/** So long after faults have stopped no request is on its way any more. */
const CALM_MS = 2500;
const AUDITS_MAX = 6;
const DATA = { engine: 'engine', broker: 'broker' } as const;
const WIRE_NAMES = TORTURE_SYMBOLS.map((symbol) => `${symbol.slice(0, 3)}_${symbol.slice(3)}`);
const TOKEN = 'torture';

/** Ends a campaign: it cannot go on. */
class CampaignEnd extends Error {
  readonly difference: Difference;

  constructor(name: DifferenceName, text: string) {
    super(text);
    this.difference = { name, text };
  }
}

/** Engine and broker as processes, faults between them, and kills at random instants. */
class Campaign {
  readonly #plan: TorturePlan;
  readonly #dice: Dice;
  readonly #log = new BrokerLog(TORTURE_PREFIX);
  readonly #engine: EnginePeer;
  readonly #operator: TortureOperator;
  readonly #faults = new Map<string, number>();
  readonly #facts = new Map<string, number>();
  readonly #startedAt = performance.now();
  readonly #counts: TortureCounts = {
    rounds: 0,
    kills: 0,
    brokerKills: 0,
    bothKills: 0,
    earlyKills: 0,
    orders: 0,
    fills: 0,
  };
  #broker: BrokerPeer | undefined;
  #processes: { engine?: Child; broker?: Child } = {};

  constructor(plan: TorturePlan) {
    this.#plan = plan;
    this.#dice = new Dice(plan.seed, 1);
    this.#engine = new EnginePeer(this.#path(DATA.engine));
    this.#operator = new TortureOperator(this.#engine, this.#log);
  }

  /** Longer where more orders are wanted of each life. */
  get #pauseMsMax(): number {
    const { kills, brokerKills, orders } = this.#plan;
    return PAUSE_MS_MIN + Math.min(2000, Math.ceil((MS_AN_ORDER * orders) / (kills + brokerKills)));
  }

  #path(name: string): string {
    return join(this.#plan.directory, name);
  }

  async run(): Promise<TortureResult> {
    const { seed, directory } = this.#plan;
    mkdirSync(directory, { recursive: true });
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    this.#broker = new BrokerPeer(url, TORTURE_ACCOUNT, TOKEN);
    const write = (name: string, config: object): void =>
      writeFileSync(this.#path(name), JSON.stringify(config, undefined, 2), { flag: 'wx' });
    write('broker.jsonc', brokerConfig(seed, port, this.#path(DATA.broker)));
    const dataDirectory = this.#path(DATA.engine);
    const parts = { seed, broker: url, dataDirectory, strategy: STRATEGY, paceUs: PACE_US };
    write('engine.jsonc', engineConfig(parts));
    const differences: Difference[] = [];
    let account: FinalAccount | undefined;
    try {
      await this.#rounds();
      account = await this.#settledAccount(differences);
      differences.push(...account.differences);
    } catch (error) {
      if (!(error instanceof CampaignEnd)) throw error;
      differences.push(error.difference);
    } finally {
      await this.#processes.engine?.kill();
      await this.#processes.broker?.kill();
    }
    return {
      seed,
      flaw: this.#plan.naive ? 'it sends unanswered market orders again' : null,
      ...this.#counts,
      seconds: Math.round((performance.now() - this.#startedAt) / 1000),
      faults: Object.fromEntries(this.#faults),
      facts: Object.fromEntries(this.#facts),
      resumes: this.#operator.resumes,
      overrides: this.#operator.overrides,
      stops: Object.fromEntries(this.#operator.stops),
      answers: this.#operator.answers,
      account,
      differences,
    };
  }

  #start(what: 'engine' | 'broker'): void {
    const { command, naive } = this.#plan;
    const [path, ...args] = command;
    const hook = naive && what === 'engine' ? ['--import', NAIVE] : [];
    const words = [what === 'engine' ? 'run' : 'broker', '--no-cache', '--config'];
    this.#processes[what] = new Child({
      path,
      args: [...hook, ...args, ...words, this.#path(`${what}.jsonc`)],
      env: { ...process.env, [TOKEN_ENV]: TOKEN },
      log: this.#path(`${what}.log`),
    });
  }

  async #kill(what: 'engine' | 'broker'): Promise<void> {
    this.#checkAlive();
    await this.#processes[what]?.kill();
    if (what === 'engine') this.#counts.kills += 1;
    else this.#counts.brokerKills += 1;
  }

  #checkAlive(): void {
    for (const what of ['engine', 'broker'] as const) {
      const child = this.#processes[what];
      if (child?.endedByItself !== true) continue;
      const name = what === 'engine' ? 'engine_ended' : 'broker_ended';
      throw new CampaignEnd(name, `with ${child.end}: see ${this.#path(`${what}.log`)}`);
    }
  }

  async #rounds(): Promise<void> {
    this.#start('broker');
    await this.#brokerUp();
    this.#start('engine');
    const { kills, brokerKills, orders } = this.#plan;
    const counts = this.#counts;
    for (;;) {
      const left = Math.max(0, kills - counts.kills);
      const brokersLeft = Math.max(0, brokerKills - counts.brokerKills);
      if (left + brokersLeft === 0 && counts.orders >= orders) return;
      // What cannot be undone was found: it is audited at once.
      if (this.#log.repeated !== '') return;
      counts.rounds += 1;
      await this.#round(left, brokersLeft);
      this.#plan.progress(counts);
    }
  }

  /** New faults, a while of trading, and a kill; none where there were enough. */
  async #round(left: number, brokersLeft: number): Promise<void> {
    const dice = this.#dice;
    const isEarly = dice.chance(0.15) && left > 0;
    const pauseMs = isEarly ? dice.below(EARLY_MS_MAX) : dice.between(100, this.#pauseMsMax);
    const isBroker = dice.below(Math.max(1, left + brokersLeft)) >= left && brokersLeft > 0;
    const both = left > 0 && brokersLeft > 0 && dice.chance(0.25);
    await this.#newFaults();
    const url = isEarly ? undefined : await this.#engineUp();
    await sleep(pauseMs);
    if (url !== undefined) await this.#tend(url);
    if (left + brokersLeft === 0) return;
    const victims = [
      ...(isBroker ? (['broker'] as const) : []),
      ...(!isBroker || both ? (['engine'] as const) : []),
    ];
    if (isEarly && victims.includes('engine')) this.#counts.earlyKills += 1;
    if (victims.length === 2) this.#counts.bothKills += 1;
    await Promise.all(victims.map((what) => this.#kill(what)));
    await sleep(dice.below(300));
    const inTurn = dice.chance(0.5) ? victims : victims.toReversed();
    for (const what of inTurn) {
      this.#start(what);
      if (inTurn.length > 1) await sleep(dice.below(500));
    }
    if (victims.includes('broker')) await this.#brokerUp();
  }

  async #tend(url: string): Promise<void> {
    await this.#operator.arm(url);
    const broker = this.#broker;
    if (broker !== undefined) await this.#operator.resolve(url, broker, this.#plan.patienceMs);
  }

  /** What struck is added up, the log is read without faults, and others are put in their place. */
  async #newFaults(): Promise<void> {
    const dice = this.#dice;
    const [faults, isFact] = [drawFaults(dice), dice.chance(0.2)];
    const broker = this.#broker;
    const before = await broker?.control('GET', 'faults');
    for (const { kind, hits } of (before?.body['faults'] ?? []) as readonly FaultHits[]) {
      this.#faults.set(kind, (this.#faults.get(kind) ?? 0) + hits);
    }
    await broker?.control('PUT', 'faults', []);
    await this.#read();
    if (isFact) await this.#fact();
    const answer = await broker?.control('PUT', 'faults', faults);
    if (answer !== undefined && answer.status !== 200) {
      throw new Error(`faults are refused: ${JSON.stringify(answer.body)}`);
    }
  }

  async #fact(): Promise<void> {
    const account = await this.#broker?.account();
    const trades = (account?.['trades'] ?? []) as readonly { readonly id: string }[];
    const ids = trades.map(({ id }) => id);
    const fact = drawFact(this.#dice, WIRE_NAMES, ids);
    const answer = await this.#broker?.control('POST', 'facts', fact);
    if (answer?.status !== 200) return;
    const name = String(fact['fact']);
    this.#facts.set(name, (this.#facts.get(name) ?? 0) + 1);
  }

  async #read(): Promise<boolean> {
    const read = await this.#broker?.read(this.#log);
    if (read?.wrong !== undefined) throw new CampaignEnd('broker_log_changed', read.wrong);
    this.#counts.orders = this.#log.asked;
    this.#counts.fills = this.#log.fills;
    return read?.whole === true;
  }

  async #brokerUp(): Promise<void> {
    await this.#until(async () => {
      const answer = await this.#broker?.control('GET', 'status');
      return answer?.status === 200 ? true : undefined;
    }, 'the broker');
  }

  /** The address of an engine that trades. */
  async #engineUp(): Promise<string> {
    return await this.#until(async () => {
      const child = this.#processes.engine;
      const url = await Promise.race([child?.url, sleep(POLL_MS, undefined)]);
      if (url === undefined || !(await this.#engine.isReady(url))) return undefined;
      return url;
    }, 'the engine');
  }

  async #until<T>(what: () => Promise<T | undefined>, name: string): Promise<T> {
    const end = performance.now() + UP_MS_MAX;
    while (performance.now() < end) {
      const found = await what();
      if (found !== undefined) return found;
      this.#checkAlive();
      await sleep(POLL_MS);
    }
    throw new CampaignEnd('no_progress', `${name} is not up after ${UP_MS_MAX / 1000} s`);
  }

  /** No more faults: what hangs after the time that there is, or nothing. */
  async #settle(): Promise<string> {
    const { settleMs, patienceMs } = this.#plan;
    await this.#broker?.control('PUT', 'faults', []);
    await sleep(CALM_MS);
    const url = await this.#engineUp();
    const why = { reason: 'the campaign is over', tradingState: 'halted' };
    await this.#until(async () => {
      const answer = await this.#engine.say(url, 'kill', why);
      return answer?.status === 200 ? true : undefined;
    }, 'the switch of the engine');
    for (const instrument of WIRE_NAMES) {
      await this.#broker?.control('POST', 'facts', { fact: 'halt', instrument, halted: true });
    }
    const end = performance.now() + settleMs;
    let hangs = 'nothing was looked at';
    for (let calm = 0; calm < 3; ) {
      if (performance.now() > end) return hangs;
      this.#checkAlive();
      if (this.#broker !== undefined) {
        await this.#operator.resolve(url, this.#broker, Math.min(patienceMs, settleMs));
      }
      hangs = await this.#hangs(url);
      calm = hangs === '' ? calm + 1 : 0;
      await sleep(300);
    }
    return '';
  }

  async #hangs(url: string): Promise<string> {
    const [health, orders, status] = await Promise.all([
      this.#engine.health(url),
      this.#engine.orders(url),
      this.#broker?.control('GET', 'status'),
    ]);
    if (health === undefined || orders === undefined) return 'the engine does not answer';
    const open = orders.filter(
      ({ doubt, state, cancelPending, replacePending }) =>
        doubt !== null || cancelPending || replacePending || UNSETTLED.includes(state),
    );
    if (open.length > 0) {
      const shown = open.slice(0, 5).map((one) => JSON.stringify(one));
      return `${open.length} orders are not settled: ${shown.join(', ')}`;
    }
    const { cursor } = health['venue'] as { readonly cursor: number };
    const last = Number(status?.body['lastTransactionID']);
    if (cursor !== last) return `the engine knows transaction ${cursor} of ${last}`;
    const { reconciliation } = health as { readonly reconciliation: ReconciliationView };
    const isClean = reconciliation.armed && !reconciliation.held;
    return isClean ? '' : `engine and broker differ: ${JSON.stringify(reconciliation)}`;
  }

  /** Once more where an order came to its time at the broker after the engine was stopped. */
  async #settledAccount(differences: Difference[]): Promise<FinalAccount> {
    for (let tries = 1; ; tries += 1) {
      const hangs = await this.#settle();
      const account = await this.#audit();
      const wentOn = account.differences.some(({ name }) => name === 'cursor_differs');
      if (wentOn && hangs === '' && tries < AUDITS_MAX) {
        this.#start('engine');
        continue;
      }
      if (hangs !== '') differences.push({ name: 'no_progress', text: hangs });
      return account;
    }
  }

  async #audit(): Promise<FinalAccount> {
    const code = await this.#processes.engine?.stop();
    if (code !== 0) throw new CampaignEnd('engine_ended', `its stop ended with ${code}`);
    const account = await this.#broker?.account();
    const whole = await this.#read();
    if (account === undefined || !whole) {
      throw new CampaignEnd('no_progress', 'the broker cannot be read');
    }
    const books = this.#log.books(account);
    return finalAccount(this.#path(DATA.engine), books, TORTURE_PREFIX, MONEY_DECIMALS);
  }
}

interface FaultHits {
  readonly kind: string;
  readonly hits: number;
}

interface ReconciliationView {
  readonly armed: boolean;
  readonly held: boolean;
}

const UNSETTLED = ['intended', 'in_flight', 'in_doubt', 'presumed_absent'];

/** A port that was free just now. */
async function freePort(): Promise<number> {
  const server = createServer();
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject);
  server.listen(0, '127.0.0.1', () => listening.resolve());
  await listening.promise;
  const address = server.address();
  const closed = Promise.withResolvers<void>();
  server.close(() => closed.resolve());
  await closed.promise;
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

/** Runs a campaign. Throws `EEXIST` where the directory holds an earlier one. */
export async function runTorture(plan: TorturePlan): Promise<TortureResult> {
  return await new Campaign(plan).run();
}
