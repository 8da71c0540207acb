import { join } from 'node:path';
import type { Disk } from '../../journal/disk.ts';
import { stateBytes } from '../../journal/hashes.ts';
import { JournalError } from '../../journal/journal-error.ts';
import { DirectoryLock } from '../../journal/lock.ts';
import { makeDirectories } from '../../journal/make-directories.ts';
import type { SegmentOptions } from '../../journal/segment-store.ts';
import { type Snapshot, SnapshotError } from '../../journal/snapshot-file.ts';
import { DirectWriter, SnapshotStore } from '../../journal/snapshot-store.ts';
import type { QuoteBlock } from '../../market/quotes.ts';
import { present } from '../../model/assert.ts';
import { Decoder } from '../../model/codec.ts';
import { type Configured, InputKind } from '../../model/inputs.ts';
import { NO_TIME, type TimeUs } from '../../model/units.ts';
import { BrokerBooks } from './books.ts';
import type { BooksConfig, Ledger } from './ledger.ts';
import { OperationJournal } from './operation-journal.ts';
import type { Operation } from './operations.ts';
import { type Answer, refusal, type Transaction } from './wire.ts';

/** Quotes as they come due; the same rows whenever they are asked for again. */
export interface BrokerFeed {
  next(
    until: number,
  ): Promise<
    { readonly block: QuoteBlock; readonly from: number; readonly to: number } | undefined
  >;
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

export interface BrokerParts {
  readonly books: BooksConfig;
  readonly directory: string;
  readonly disk: Disk;
  /** Of its journal; left out, as large as a broker needs. */
  readonly segments?: SegmentOptions;
  /** Names the configuration: books of another one are refused. */
  readonly layout: string;
  readonly market: BrokerMarket;
  /** Lets requests that have arrived already come in, so that one sync is for all of them. */
  readonly gather?: () => Promise<void>;
  /** Told of a snapshot that is damaged and passed over. */
  readonly warn: (text: string) => void;
}

/** The directory holds the books of another configuration. */
export class BrokerLayoutError extends Error {
  readonly code = 'STATE_OF_OTHER_CONFIGURATION';
  override readonly name = 'BrokerLayoutError';
}

/** Requests that may wait for their turn. */
const QUEUE_MAX = 1000;
/** Entries of the journal after which a snapshot is taken. */
const SNAPSHOT_ENTRIES = 10_000;
/** Quotes after which one is taken: what a restart would have to feed again. */
const SNAPSHOT_ROWS = 5_000_000;

/** A snapshot says what an engine was configured as; a broker is known by its layout. */
const NOT_AN_ENGINE: Configured = {
  kind: InputKind.configured,
  configuration: '',
  configHash: '',
  dataVersion: '',
  engineVersion: '',
  timeZoneVersion: '',
  strategySources: [],
};

interface Waiting {
  readonly operation: Operation;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** Told of transactions once they are durable. */
export type TransactionsTaker = (transactions: readonly Transaction[]) => void;

/**
 * A broker: its books, fed by the market as time passes, asked by requests, and kept on disk. A
 * request is answered, and a transaction told, only after it is durable. Books are a function of
 * the market and of the journaled operations with their times, so a restart has them again.
 */
export class Broker implements Disposable {
  readonly #parts: BrokerParts;
  readonly #lock: DirectoryLock;
  readonly #journal: OperationJournal;
  readonly #snapshots: SnapshotStore;
  readonly #takers = new Set<TransactionsTaker>();
  readonly #failed = Promise.withResolvers<never>();
  #books: BrokerBooks;
  #feed: BrokerFeed | undefined;
  #clock: () => TimeUs = () => NO_TIME;
  #queue: Waiting[] = [];
  #busy: Promise<void> | undefined;
  #error: unknown;
  /** Transactions that were told. */
  #told = 0;
  #snapshotAt = 0;
  #rows = 0;

  /** Takes the directory. Throws `LockError`, `JournalError`, {@link BrokerLayoutError}. */
  constructor(parts: BrokerParts) {
    this.#parts = parts;
    const { directory } = parts;
    for (const part of ['journal', 'snapshots']) makeDirectories(join(directory, part));
    this.#lock = DirectoryLock.take(directory);
    try {
      const { disk, segments } = parts;
      this.#snapshots = new SnapshotStore(disk, join(directory, 'snapshots'));
      this.#journal = new OperationJournal(disk, join(directory, 'journal'), segments);
      this.#books = this.#restored();
    } catch (error) {
      this.#lock[Symbol.dispose]();
      throw error;
    }
    this.#failed.promise.catch(() => undefined);
  }

  /** The account as it stands; what it shows is durable. */
  get ledger(): Ledger {
    return this.#books.ledger;
  }

  /** Rejects when the broker died: nothing may be answered any more. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /** The books of the newest good snapshot of this journal; empty ones where there is none. */
  #restored(): BrokerBooks {
    const { books, layout, directory } = this.#parts;
    const restored = new BrokerBooks(books);
    for (const name of this.#snapshots.names()) {
      const snapshot = this.#read(name);
      const part = snapshot?.parts[0];
      if (snapshot === undefined || part === undefined) continue;
      if (part.layout !== layout) throw this.#otherLayout(directory);
      load(restored, part.bytes);
      this.#snapshotAt = snapshot.frame;
      return restored;
    }
    return restored;
  }

  /** A snapshot that can be gone on from; one that is damaged is told of and passed over. */
  #read(name: string): Snapshot | undefined {
    const { id, appended } = this.#journal;
    try {
      const snapshot = this.#snapshots.read(name);
      if (snapshot.journalId === id && snapshot.frame <= appended) return snapshot;
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error;
      this.#parts.warn(`snapshot ${name} is passed over: ${error.message}`);
      this.#snapshots.passOver(name);
      return undefined;
    }
    // To begin anew here would lose what was acknowledged.
    const message = `${this.#parts.directory}: snapshot ${name} is not of the journal beside it`;
    throw new JournalError('JOURNAL_DAMAGED', message);
  }

  #otherLayout(directory: string): BrokerLayoutError {
    return new BrokerLayoutError(
      `${directory}: its books are of another configuration of account, instruments, market or ` +
        'venue; run with that one, or with another data directory',
    );
  }

  /** Brings the books to where they were, and lets the market go on. */
  async start(): Promise<void> {
    const entries = this.#journal.entriesAfter(this.#snapshotAt);
    const first = entries[0]?.operation;
    const isNew = this.#snapshotAt === 0;
    if (isNew && first?.op === 'begin' && first.layout !== this.#parts.layout) {
      throw this.#otherLayout(this.#parts.directory);
    }
    const began = first?.op === 'begin' ? ((first.from - 1) as TimeUs) : undefined;
    const { feed, start } = await this.#parts.market.open(isNew ? began : this.ledger.now);
    this.#feed = feed;
    for (const { at, operation } of entries) {
      await this.#feedTo(at, () => undefined);
      this.#books.advance(at as TimeUs);
      this.#books.apply(operation);
    }
    this.#told = this.ledger.log.last;
    this.#clock = this.#parts.market.clock(Math.max(this.ledger.now, start) as TimeUs);
    if (this.ledger.log.last > 0) await this.turn();
    else await this.perform({ op: 'begin', from: start, layout: this.#parts.layout });
  }

  async #feedTo(until: number, fed: () => void): Promise<void> {
    const feed = present(this.#feed, 'a started broker');
    for (;;) {
      const slice = await feed.next(until);
      if (slice === undefined) return;
      this.#books.feed(slice.block, slice.from, slice.to);
      this.#rows += slice.to - slice.from;
      fed();
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
    try {
      do {
        await this.#parts.gather?.();
        const now = Math.max(this.#clock(), this.ledger.now) as TimeUs;
        await this.#feedTo(now, () => this.#passed());
        this.#books.advance(now);
        this.#passed();
        this.#work(now);
      } while (this.#queue.length > 0);
      this.#keep();
    } catch (error) {
      this.#error = error;
      for (const { reject } of this.#queue) reject(error);
      this.#queue = [];
      this.#failed.reject(error);
      throw error;
    }
  }

  /** What the market made is durable before anyone sees it: no `await` stands in between. */
  #passed(): void {
    const { ledger } = this;
    if (ledger.log.last === this.#told) return;
    this.#journal.append({ at: ledger.now, operation: { op: 'pass' } });
    this.#journal.commit();
    this.#tell();
  }

  #work(now: TimeUs): void {
    const batch = this.#queue;
    if (batch.length === 0) return;
    this.#queue = [];
    let answers: readonly Answer[];
    try {
      answers = batch.map(({ operation }) => {
        this.#books.advance(now);
        const answer = this.#books.apply(operation);
        this.#journal.append({ at: now, operation });
        return answer;
      });
      this.#journal.commit();
    } catch (error) {
      for (const { reject } of batch) reject(error);
      throw error;
    }
    this.#tell();
    for (const [at, { resolve }] of batch.entries()) resolve(present(answers[at], 'answer'));
  }

  #tell(): void {
    const { log } = this.ledger;
    if (log.last === this.#told) return;
    const news = log.range(this.#told + 1, log.last);
    this.#told = log.last;
    for (const take of this.#takers) take(news);
  }

  /** Tells each transaction once it is durable, until the function that is returned is called. */
  onTransactions(take: TransactionsTaker): () => void {
    this.#takers.add(take);
    return () => this.#takers.delete(take);
  }

  /** The books as they are now, to be read while they go on. */
  frozen(): Ledger {
    const copy = new BrokerBooks(this.#parts.books);
    load(copy, stateBytes(this.#books));
    return copy.ledger;
  }

  #keep(): void {
    this.#journal.prepare();
    const entries = this.#journal.appended - this.#snapshotAt;
    if (entries < SNAPSHOT_ENTRIES && this.#rows < SNAPSHOT_ROWS) return;
    this.#snapshot();
  }

  #snapshot(): void {
    const { layout } = this.#parts;
    // A snapshot stands behind an entry: time that passed since is part of it.
    this.#journal.append({ at: this.ledger.now, operation: { op: 'pass' } });
    this.#journal.commit();
    const { id, head, appended } = this.#journal;
    const { ledger } = this;
    const bytes = stateBytes(this.#books);
    this.#snapshots.write(
      {
        journalId: id,
        frame: appended,
        chainHead: head,
        seq: appended,
        time: ledger.now,
        configured: { ...NOT_AN_ENGINE, configHash: layout },
        parts: [{ name: 'books', layout, bytes }],
      },
      new DirectWriter(this.#parts.disk),
    );
    this.#snapshotAt = appended;
    this.#rows = 0;
  }

  /** Ends it with its books saved. */
  async stop(): Promise<void> {
    await this.#busy?.catch(() => undefined);
    if (this.#error === undefined) this.#snapshot();
  }

  [Symbol.dispose](): void {
    this.#journal.close();
    this.#lock[Symbol.dispose]();
  }
}

function load(books: BrokerBooks, state: Uint8Array): void {
  const decoder = new Decoder(state);
  books.walk(decoder);
  decoder.end();
}
