import type { TimeUs } from '../../model/units.ts';
import type { HttpPort } from '../http-port.ts';
import type { TimerPort } from '../timer-port.ts';
import { Backoff } from './backoff.ts';
import { LineStream } from './line-stream.ts';
import type { Reads } from './reads.ts';
import {
  heartbeatSchema,
  readJson,
  transactionSchema,
  transactionsSchema,
  type WireTransaction,
} from './schemas.ts';
import type { OandaStatus } from './status.ts';
import { TransactionFeed } from './transaction-feed.ts';
import { VenueClock } from './venue-clock.ts';
import { readTime, WireError } from './wire-values.ts';

/** Transactions beyond a gap that are kept until it is read. */
const PENDING_MAX = 10_000;
/** Answers of a thousand transactions that one read of the log may take. */
const PAGES_MAX = 2000;
/** While the stream is down the log is read this often. */
const POLL_US = 1_000_000;

/** The end of a read of the log; `undefined` for one that failed. */
export interface LogEnd {
  readonly cursor: number;
  readonly venueTime: TimeUs;
}

export interface TransactionDeskParts {
  readonly http: HttpPort;
  readonly timers: TimerPort;
  readonly reads: Reads;
  /** `/v3/accounts/ID`. */
  readonly root: string;
  readonly silenceUs: number;
  readonly status: OandaStatus;
  readonly tell: (transaction: WireTransaction, id: number) => void;
  /** The stream is live, at the start or again. */
  readonly live: () => void;
  readonly down: (reason: string, status: number) => void;
  /** The log could not be read either, while the stream was down. */
  readonly deaf: () => void;
}

/**
 * The broker's log: its stream, and reads of it where the stream left something out. The feed puts
 * both in order, with what answers bring.
 */
export class TransactionDesk {
  readonly feed: TransactionFeed<WireTransaction>;
  readonly #parts: TransactionDeskParts;
  readonly #stream: LineStream;
  readonly #backoff: Backoff;
  readonly #clock = new VenueClock();
  #isReading = false;
  #cancelRetry: (() => void) | undefined;
  #isStopped = false;

  constructor(parts: TransactionDeskParts) {
    this.#parts = parts;
    this.feed = new TransactionFeed(PENDING_MAX, parts.tell);
    this.#backoff = new Backoff(() => parts.timers.random());
    const path = `${parts.root}/transactions/stream`;
    this.#stream = new LineStream(parts.http, parts.timers, path, parts.silenceUs, {
      live: () => {
        parts.live();
        this.catchUp();
      },
      line: (text) => this.#line(text),
      down: (reason, status) => {
        parts.down(reason, status);
        this.#retry(POLL_US);
      },
    });
  }

  get streamState(): LineStream['state'] {
    return this.#stream.state;
  }
  get reconnects(): number {
    return this.#stream.reconnects;
  }

  /** The venue's clock less ours, µs; `undefined` before the first heartbeat. */
  get clockOffsetUs(): number | undefined {
    const { timers } = this.#parts;
    const ahead = this.#clock.aheadUs;
    return ahead === undefined ? undefined : Math.round(ahead + timers.evenUs()) - timers.now();
  }

  start(): void {
    this.#stream.start();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelRetry?.();
    this.#stream.stop();
    this.feed.shut();
  }

  /** Begins to tell, after this transaction, and reads what is missing. */
  open(told: number): void {
    this.feed.open(told);
    this.catchUp();
  }

  /** Transactions that an answer brought, and how far the log goes by it. */
  answered(transactions: readonly (WireTransaction | undefined)[], last: number): void {
    for (const one of transactions) if (one !== undefined) this.feed.offer(one);
    this.feed.hear(last);
    this.#settle();
  }

  #line(text: string): void {
    const { status, timers } = this.#parts;
    const beat = readJson(heartbeatSchema, text);
    if (beat !== undefined) {
      const now = timers.now();
      const time = timeOf(beat.time);
      status.transactionHeartbeat = now;
      if (time !== undefined) this.#clock.heard(time, timers.evenUs());
      if (beat.lastTransactionID !== undefined) this.feed.hear(Number(beat.lastTransactionID));
    } else {
      const one = readJson(transactionSchema, text);
      if (one !== undefined) this.feed.offer(one);
      else {
        // Whatever it was, the log has it whole.
        status.malformed += 1;
        this.catchUp();
      }
    }
    this.#settle();
  }

  #settle(): void {
    if (this.feed.isBehind) this.catchUp();
  }

  /** Reads what the feed lacks; one read at a time, again and ever later while it fails. */
  catchUp(): void {
    if (this.#isReading || this.#isStopped || this.feed.told === 0) return;
    this.#isReading = true;
    this.readFrom(this.feed.told, (end) => {
      this.#isReading = false;
      if (this.#isStopped) return;
      const isDown = this.#stream.state !== 'live';
      if (end !== undefined) this.#backoff.succeeded();
      else if (isDown) this.#parts.deaf();
      if (isDown) this.#retry(POLL_US);
      else if (end === undefined || this.feed.isBehind) this.#retry(this.#backoff.next());
    });
  }

  #retry(us: number): void {
    this.#cancelRetry?.();
    this.#cancelRetry = this.#parts.timers.after(us, () => this.catchUp());
  }

  /** Reads the log after a number, to its end, page by page; the feed tells what is new of it. */
  readFrom(from: number, done: (end: LogEnd | undefined) => void, page = 0): void {
    const { reads, root, status } = this.#parts;
    reads.get(`${root}/transactions/sinceid?id=${from}`, (answer) => {
      if (this.#isStopped) return;
      const isAnswer = answer.kind === 'answered' && answer.status === 200;
      const body = isAnswer ? readJson(transactionsSchema, answer.body) : undefined;
      if (isAnswer && body === undefined) status.malformed += 1;
      if (!isAnswer || body === undefined || answer.date === undefined) {
        done(undefined);
        return;
      }
      const last = Number(body.lastTransactionID);
      const at = body.transactions.reduce((most, { id }) => Math.max(most, Number(id)), from);
      for (const one of body.transactions) this.feed.offer(one);
      this.feed.hear(last);
      if (at >= last) done({ cursor: at, venueTime: answer.date });
      else if (at === from || page >= PAGES_MAX) done(undefined);
      else this.readFrom(at, done, page + 1);
    });
  }
}

function timeOf(text: string): TimeUs | undefined {
  try {
    return readTime(text);
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}
