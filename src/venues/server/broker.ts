import { join } from 'node:path';
import { DirectoryLock } from '../../journal/lock.ts';
import { makeDirectories } from '../../journal/make-directories.ts';
import type { QuoteBlock } from '../../market/quotes.ts';
import { present } from '../../model/assert.ts';
import { NO_TIME, type TimeUs } from '../../model/units.ts';
import {
  BrokerCore,
  type CoreParts,
  type ShownAccount,
  type TransactionsTaker,
} from './broker-core.ts';
import type { Ledger } from './ledger.ts';
import type { Operation } from './operations.ts';
import { type Answer, refusal } from './wire.ts';

/** Rows `from … to − 1` of a block. */
export interface BrokerSlice {
  readonly block: QuoteBlock;
  readonly from: number;
  readonly to: number;
}

/** Quotes as they come due; the same rows whenever they are asked for again. */
export interface BrokerFeed {
  next(until: number): Promise<BrokerSlice | undefined>;
}

/** The market that a broker shows and trades in. */
export interface BrokerMarket {
  /** Opens it behind a time, or where it begins; `start` is its first time. */
  open(after: TimeUs | undefined): Promise<{ readonly feed: BrokerFeed; readonly start: TimeUs }>;
  /** The time of the market, as real time passes from now on; it is never before `from`. */
  clock(from: TimeUs): () => TimeUs;
  /** Quotes of the past, in `[from, to)`. */
  history(from: TimeUs, to: TimeUs): AsyncIterable<QuoteBlock>;
}

export interface BrokerParts extends CoreParts {
  readonly market: BrokerMarket;
  /** Lets requests that have arrived already come in, so that one sync is for all of them. */
  readonly gather?: () => Promise<void>;
}

/** Requests that may wait for their turn. */
const QUEUE_MAX = 1000;

interface Waiting {
  readonly operation: Operation;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A broker: its books, fed by the market as time passes, asked by requests, and kept on disk. A
 * request is answered, and a transaction told, only after it is durable.
 */
export class Broker implements Disposable, ShownAccount {
  readonly #parts: BrokerParts;
  readonly #lock: DirectoryLock;
  readonly #core: BrokerCore;
  readonly #failed = Promise.withResolvers<never>();
  #feed: BrokerFeed | undefined;
  #clock: () => TimeUs = () => NO_TIME;
  #queue: Waiting[] = [];
  #busy: Promise<void> | undefined;
  #error: unknown;

  /** Takes the directory. Throws `LockError`, `JournalError`, `BrokerLayoutError`. */
  constructor(parts: BrokerParts) {
    this.#parts = parts;
    const { directory } = parts;
    for (const part of ['journal', 'snapshots']) makeDirectories(join(directory, part));
    this.#lock = DirectoryLock.take(directory);
    try {
      this.#core = new BrokerCore(parts);
    } catch (error) {
      this.#lock[Symbol.dispose]();
      throw error;
    }
    this.#failed.promise.catch(() => undefined);
  }

  get ledger(): Ledger {
    return this.#core.ledger;
  }

  /** Rejects when the broker died: nothing may be answered any more. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /** Brings the books to where they were, and lets the market go on. */
  async start(): Promise<void> {
    const core = this.#core;
    const { entries, after } = core.entries();
    const { feed, start } = await this.#parts.market.open(after);
    this.#feed = feed;
    for (const entry of entries) {
      await this.#feedTo(entry.at, ({ block, from, to }) => core.refeed(block, from, to));
      core.redo(entry);
    }
    this.#clock = this.#parts.market.clock(Math.max(this.ledger.now, start) as TimeUs);
    if (this.ledger.log.last > 0) await this.turn();
    else await this.perform({ op: 'begin', from: start, layout: this.#parts.layout });
  }

  async #feedTo(until: number, take: (slice: BrokerSlice) => void): Promise<void> {
    const feed = present(this.#feed, 'a started broker');
    for (;;) {
      const slice = await feed.next(until);
      if (slice === undefined) return;
      take(slice);
    }
  }

  /** Does what is asked, in its turn, and answers once it is durable. */
  perform(operation: Operation): Promise<Answer> {
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (this.#queue.length >= QUEUE_MAX) {
      return Promise.resolve(refusal(503, 'The service is overloaded, try again later'));
    }
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    this.#queue.push({ operation, resolve, reject });
    this.turn().catch(() => undefined);
    return promise;
  }

  /** Feeds what the market has by now, and does what waits. Rejects when the broker died. */
  turn(): Promise<void> {
    if (this.#error !== undefined) return Promise.reject(this.#error);
    this.#busy ??= this.#run().finally(() => {
      this.#busy = undefined;
      // What was asked while the last answers were given came too late for that run.
      if (this.#queue.length > 0) this.turn().catch(() => undefined);
    });
    return this.#busy;
  }

  async #run(): Promise<void> {
    const core = this.#core;
    try {
      do {
        await this.#parts.gather?.();
        const now = Math.max(this.#clock(), this.ledger.now) as TimeUs;
        await this.#feedTo(now, ({ block, from, to }) => core.feed(block, from, to));
        core.advance(now);
        this.#work(now);
      } while (this.#queue.length > 0);
      core.keep();
    } catch (error) {
      this.#error = error;
      for (const { reject } of this.#queue) reject(error);
      this.#queue = [];
      this.#failed.reject(error);
      throw error;
    }
  }

  #work(now: TimeUs): void {
    const batch = this.#queue;
    if (batch.length === 0) return;
    this.#queue = [];
    let answers: readonly Answer[];
    try {
      answers = this.#core.perform(
        batch.map(({ operation }) => operation),
        now,
      );
    } catch (error) {
      for (const { reject } of batch) reject(error);
      throw error;
    }
    for (const [at, { resolve }] of batch.entries()) resolve(present(answers[at], 'answer'));
  }

  onTransactions(take: TransactionsTaker): () => void {
    return this.#core.onTransactions(take);
  }

  frozen(): Ledger {
    return this.#core.frozen();
  }

  /** Ends it with its books saved. */
  async stop(): Promise<void> {
    await this.#busy?.catch(() => undefined);
    if (this.#error === undefined) this.#core.snapshot();
  }

  [Symbol.dispose](): void {
    this.#core.close();
    this.#lock[Symbol.dispose]();
  }
}
