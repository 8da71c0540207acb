import type { LookUp } from '../../model/doubt.ts';
import { InputKind } from '../../model/inputs.ts';
import type { Instrument } from '../../model/instrument.ts';
import type { DecisionRef } from '../../model/order.ts';
import {
  type CancelSend,
  type OrderSend,
  type ReplaceSend,
  ReportKind,
} from '../../model/venue.ts';
import type { HttpAnswer, HttpPort } from '../http-port.ts';
import type { TimerPort } from '../timer-port.ts';
import type { VenueAdapter } from '../venue-adapter.ts';
import type { VenueReceiver } from '../venue-receiver.ts';
import { Backoff } from './backoff.ts';
import { oandaCapabilities } from './capabilities.ts';
import { cancelWrite, replaceWrite, submitWrite } from './order-writes.ts';
import { PriceDesk } from './price-desk.ts';
import { Questions } from './questions.ts';
import { RateLimiter, type RateLimits } from './rate-limiter.ts';
import { Reads } from './reads.ts';
import type { Scene } from './scene.ts';
import { accountSchema, instrumentsSchema, readJson, summarySchema } from './schemas.ts';
import { accountFaults, instrumentFaults, VenueStartError } from './start-checks.ts';
import { type AdapterPhase, blankStatus, type OandaStatus } from './status.ts';
import { Trades } from './trades.ts';
import { TransactionDesk } from './transaction-desk.ts';
import { translate } from './translate.ts';
import { byWireName } from './wire-values.ts';
import { WriteDesk } from './write-desk.ts';

/** Reads of the log that fail in a row, with the stream down, before nothing more is sent. */
const DEAF_AFTER = 3;

/** What an adapter is made of. */
export interface OandaParts {
  readonly http: HttpPort;
  readonly timers: TimerPort;
  readonly instruments: readonly Instrument[];
  readonly account: {
    /** `101-001-1234567-001`. */
    readonly id: string;
    readonly currency: string;
    /** Decimals in which its money is counted. */
    readonly decimals: number;
  };
  /** Name of the environment variable that holds the token; for words to the operator. */
  readonly tokenEnv: string;
  readonly writeDeadlineUs: number;
  readonly readDeadlineUs: number;
  /** A stream that is silent for longer is dead; heartbeats come every 5 s. */
  readonly silenceUs: number;
  readonly rate: RateLimits;
  /** A decision in words, as they stand in the comment of its order. */
  readonly describe: (decision: DecisionRef) => string;
}

/** What a start has put together. */
interface Live {
  readonly scene: Scene;
  readonly hooks: StartHooks;
  readonly transactions: TransactionDesk;
  readonly prices: PriceDesk;
  readonly writes: WriteDesk;
  readonly questions: Questions;
}

/** What a start ends in. */
export interface StartHooks {
  /**
   * The account is the right one and its transactions stream: the engine begins in this call, and
   * is told from then on.
   */
  readonly ready: () => void;
  /** It will never start as it is configured. Nothing was sent. */
  readonly failed: (error: VenueStartError) => void;
}

/**
 * OANDA v20 as a venue. It is synchronous and driven by callbacks: it has no clock, timer or socket
 * but those of its ports, and so runs alike against a broker and in a simulation.
 *
 * - **One authority for facts**: the log. What answers, the stream and reads of the log bring is
 *   put in the order of its dense numbers and told once (X26). That an order was accepted says the
 *   transaction that created it, that it was filled the transaction of the fill; status 201 says
 *   neither.
 * - **No request is repeated.** One without an answer of use closes the connection it went out on;
 *   that is told, then that the request is unknown (X9). The connection is opened anew once a read
 *   is answered.
 * - What is refused here (not connected, over the rate limit) is `refused`, and was not sent.
 *
 * `start`, then `stop`; between them the engine drives it as a {@link VenuePort}.
 */
export class OandaAdapter implements VenueAdapter {
  readonly capabilities = oandaCapabilities();
  readonly #parts: OandaParts;
  readonly #root: string;
  readonly #status = blankStatus();
  readonly #limiter: RateLimiter;
  readonly #reads: Reads;
  readonly #backoff: Backoff;
  readonly #trades = new Trades();
  #live: Live | undefined;
  #cancelTimer: (() => void) | undefined;
  #deafReads = 0;

  constructor(parts: OandaParts) {
    const { http, timers, rate, readDeadlineUs, account } = parts;
    this.#parts = parts;
    this.#root = `/v3/accounts/${encodeURIComponent(account.id)}`;
    this.#limiter = new RateLimiter(rate, timers.now());
    this.#reads = new Reads(http, timers, this.#limiter, readDeadlineUs);
    this.#backoff = new Backoff(() => timers.random());
  }

  /** How it is; the same object, brought up to date by each call. */
  get status(): Readonly<OandaStatus> {
    const status = this.#status;
    const live = this.#live;
    status.rateLimited = this.#limiter.refused;
    if (live === undefined) return status;
    const { transactions, prices } = live;
    status.transactions = transactions.streamState;
    status.prices = prices.streamState;
    status.reconnects = transactions.reconnects + prices.reconnects;
    status.clockOffsetUs = transactions.clockOffsetUs;
    status.told = transactions.feed.told;
    status.heard = transactions.feed.heard;
    status.duplicates = transactions.feed.duplicates;
    return status;
  }

  /** Checks the account and opens the streams. Network trouble is tried again; status shows it. */
  start(engine: VenueReceiver, hooks: StartHooks): void {
    const { instruments, account } = this.#parts;
    const scene: Scene = {
      instruments,
      byName: byWireName(instruments),
      decimals: account.decimals,
      engine,
      trades: this.#trades,
    };
    this.#live = this.#wire(scene, hooks);
    this.#checkAccount();
  }

  /** Ends everything at once. What was on the wire is for the next start to find out. */
  stop(): void {
    this.#cancelTimer?.();
    this.#live?.transactions.stop();
    this.#live?.prices.stop();
    this.#live?.writes.stop();
    this.#reads.stop();
    this.#status.phase = 'stopped';
  }

  #wire(scene: Scene, hooks: StartHooks): Live {
    const { http, timers, instruments, silenceUs, writeDeadlineUs, rate } = this.#parts;
    const { engine, byName } = scene;
    const shared = { http, timers, root: this.#root, status: this.#status };
    const transactions = new TransactionDesk({
      ...shared,
      reads: this.#reads,
      silenceUs,
      tell: (transaction, id) => {
        for (const input of translate(scene, transaction, id)) engine.input(input);
      },
      live: () => this.#streaming(),
      down: (reason, status) => this.#streamDown(reason, status),
      deaf: () => this.#deaf(),
    });
    const prices = new PriceDesk({ ...shared, silenceUs, instruments, byName, engine });
    const writes = new WriteDesk({
      ...shared,
      limiter: this.#limiter,
      deadlineUs: writeDeadlineUs,
      connections: rate.connections ?? 2,
      engine,
      answered: (made, last) => transactions.answered(made, last),
      closed: () => {
        this.#status.phase = 'closed';
        this.#planReopening();
      },
    });
    const questions = new Questions({ ...shared, reads: this.#reads, scene, transactions });
    return { scene, hooks, transactions, prices, writes, questions };
  }

  get #running(): Live {
    if (this.#live === undefined) throw new Error('the adapter was not started');
    return this.#live;
  }

  // --- the start

  #phase(phase: AdapterPhase): void {
    this.#status.phase = phase;
  }

  #fail(text: string): void {
    this.#phase('failed');
    this.#status.problem = text;
    this.#running.transactions.stop();
    this.#running.hooks.failed(new VenueStartError(text));
  }

  #again(what: () => void, problem: string): void {
    this.#status.problem = problem;
    this.#cancelTimer = this.#parts.timers.after(this.#backoff.next(), what);
  }

  /** What an answer of another status than 200 says of the start; `true` where it ends it. */
  #isRefusal(status: number): boolean {
    const { tokenEnv, account } = this.#parts;
    if (status === 401 || status === 403) {
      this.#fail(`the broker refuses the token (${status}): set ${tokenEnv} to a valid one`);
    } else if (status === 400 || status === 404) {
      this.#fail(`the broker does not know account ${account.id} (${status}): set venue.account`);
    } else return false;
    return true;
  }

  #checked<T>(
    answer: HttpAnswer,
    read: (body: string) => T | undefined,
    again: () => void,
  ): T | undefined {
    if (this.#status.phase === 'stopped') return undefined;
    if (answer.kind === 'failed') {
      this.#again(again, `the broker is not reached: ${answer.reason}`);
      return undefined;
    }
    if (answer.status !== 200) {
      if (!this.#isRefusal(answer.status)) this.#again(again, `answered with ${answer.status}`);
      return undefined;
    }
    const body = read(answer.body);
    if (body === undefined) {
      this.#status.malformed += 1;
      this.#again(again, 'the answer is none of the v20 API');
      return undefined;
    }
    this.#backoff.succeeded();
    return body;
  }

  #checkAccount(): void {
    this.#phase('checking_account');
    this.#reads.get(this.#root, (answer) => {
      const again = (): void => this.#checkAccount();
      const found = this.#checked(answer, (body) => readJson(accountSchema, body), again);
      if (found === undefined) return;
      const { account } = this.#parts;
      const faults = accountFaults(account, found.account);
      if (faults.length > 0) this.#fail(`account ${account.id}: ${faults.join('; ')}`);
      else this.#checkInstruments();
    });
  }

  #checkInstruments(): void {
    this.#phase('checking_instruments');
    this.#reads.get(`${this.#root}/instruments`, (answer) => {
      const again = (): void => this.#checkInstruments();
      const found = this.#checked(answer, (body) => readJson(instrumentsSchema, body), again);
      if (found === undefined) return;
      const { instruments } = this.#parts;
      const faults = instruments.flatMap((one) => instrumentFaults(one, found.instruments));
      if (faults.length > 0) {
        this.#fail(faults.join('; '));
        return;
      }
      this.#phase('awaiting_heartbeat');
      this.#running.transactions.start();
    });
  }

  /** The stream of transactions is live: at a start, that was the last thing to wait for. */
  #streaming(): void {
    this.#deafReads = 0;
    if (this.#status.phase !== 'awaiting_heartbeat') return;
    const { hooks, writes, transactions, prices, scene } = this.#running;
    writes.open();
    this.#phase('open');
    this.#status.problem = '';
    hooks.ready();
    const { cursor } = scene.engine;
    // An engine that knows nothing is anchored by its first snapshot.
    if (cursor > 0) transactions.open(cursor);
    prices.start();
  }

  #streamDown(reason: string, status: number): void {
    if (this.#status.phase === 'awaiting_heartbeat' && this.#isRefusal(status)) return;
    this.#status.problem = `stream of transactions: ${reason}`;
  }

  // --- the connection

  /** Neither stream nor log: what would be sent now could not be followed. */
  #deaf(): void {
    this.#deafReads += 1;
    if (this.#deafReads < DEAF_AFTER) return;
    this.#running.writes.close('the broker is not heard: its stream is down, its log is not read');
  }

  #planReopening(): void {
    if (this.#status.phase !== 'closed') return;
    this.#cancelTimer = this.#parts.timers.after(this.#backoff.next(), () => this.#probe());
  }

  /** Orders go out again once a read is answered. */
  #probe(): void {
    this.#reads.get(`${this.#root}/summary`, (answer) => {
      if (this.#status.phase !== 'closed') return;
      const isAnswer = answer.kind === 'answered' && answer.status === 200;
      const found = isAnswer ? readJson(summarySchema, answer.body) : undefined;
      if (found === undefined) {
        const why = answer.kind === 'failed' ? answer.reason : `answered with ${answer.status}`;
        this.#status.problem = `the broker is not reached: ${why}`;
        this.#planReopening();
        return;
      }
      this.#backoff.succeeded();
      this.#deafReads = 0;
      this.#status.problem = '';
      const { writes, scene, transactions } = this.#running;
      writes.open();
      this.#phase('open');
      const connection = scene.engine.connection + 1;
      scene.engine.input({ kind: InputKind.connection, connection, open: true });
      transactions.answered([], Number(found.lastTransactionID));
    });
  }

  // --- what the engine asks for

  submit(send: OrderSend): void {
    const { scene, writes } = this.#running;
    writes.send(submitWrite(scene, this.#root, send, this.#parts.describe));
  }

  cancel({ order }: CancelSend): void {
    const { scene, writes } = this.#running;
    writes.send(cancelWrite(scene, this.#root, order));
  }

  replace(send: ReplaceSend): void {
    const { scene, writes } = this.#running;
    const write = replaceWrite(scene, this.#root, send, this.#parts.describe);
    if (typeof write !== 'string') writes.send(write);
    else writes.refuse({ order: send.order, refused: ReportKind.replaceRefused }, write);
  }

  lookUp(lookUp: LookUp): void {
    this.#running.questions.lookUp(lookUp);
  }

  readLogFrom(cursor: number, ask: number): void {
    this.#running.questions.readLog(cursor, ask);
  }

  takeSnapshot(ask: number): void {
    this.#running.questions.snapshot(ask, InputKind.snapshot);
  }

  takeOpening(ask: number): void {
    this.#running.questions.snapshot(ask, InputKind.opening);
  }
}
