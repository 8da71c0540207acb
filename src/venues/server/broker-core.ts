import { join } from 'node:path';
import type { Disk } from '../../journal/disk.ts';
import { stateBytes } from '../../journal/hashes.ts';
import { JournalError } from '../../journal/journal-error.ts';
import type { SegmentOptions } from '../../journal/segment-store.ts';
import { type Snapshot, SnapshotError } from '../../journal/snapshot-file.ts';
import { DirectWriter, SnapshotStore } from '../../journal/snapshot-store.ts';
import type { QuoteBlock } from '../../market/quotes.ts';
import { Decoder } from '../../model/codec.ts';
import { type Configured, InputKind } from '../../model/inputs.ts';
import type { TimeUs } from '../../model/units.ts';
import { BrokerBooks } from './books.ts';
import type { BooksConfig, Ledger } from './ledger.ts';
import { OperationJournal } from './operation-journal.ts';
import type { Entry, Operation } from './operations.ts';
import type { Answer, Transaction } from './wire.ts';

/** What books on a disk are made of. */
export interface CoreParts {
  readonly books: BooksConfig;
  readonly directory: string;
  readonly disk: Disk;
  /** Of its journal; left out, as large as a broker needs. */
  readonly segments?: SegmentOptions;
  /** Names the configuration: books of another one are refused. */
  readonly layout: string;
  /** Told of a snapshot that is damaged and passed over. */
  readonly warn: (text: string) => void;
}

/** The directory holds the books of another configuration. */
export class BrokerLayoutError extends Error {
  readonly code = 'STATE_OF_OTHER_CONFIGURATION';
  override readonly name = 'BrokerLayoutError';
}

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

/** Told of transactions once they are durable. */
export type TransactionsTaker = (transactions: readonly Transaction[]) => void;

/** What shows and tells an account to those who look at it. */
export interface ShownAccount {
  /** The account as it stands; what it shows is durable. */
  readonly ledger: Ledger;
  /** Tells each transaction once it is durable, until the function that is returned is called. */
  onTransactions(take: TransactionsTaker): () => void;
  /** The books as they are now, to be read while they go on. */
  frozen(): Ledger;
}

/**
 * The books of a broker and their disk, without a clock, a queue or a market of their own: whoever
 * drives it brings time, quotes and operations. Books are a function of the market and of the
 * journaled operations with their times, so a restart has them again: first what
 * {@link BrokerCore.entries} names, then what is new.
 */
export class BrokerCore implements ShownAccount {
  readonly #parts: CoreParts;
  readonly #journal: OperationJournal;
  readonly #snapshots: SnapshotStore;
  readonly #takers = new Set<TransactionsTaker>();
  readonly #books: BrokerBooks;
  /** Transactions that were told. */
  #told = 0;
  #snapshotAt = 0;
  #rows = 0;

  /** Opens the directory. Throws `JournalError`, {@link BrokerLayoutError}. */
  constructor(parts: CoreParts) {
    this.#parts = parts;
    const { directory, disk, segments } = parts;
    this.#snapshots = new SnapshotStore(disk, join(directory, 'snapshots'));
    this.#journal = new OperationJournal(disk, join(directory, 'journal'), segments);
    this.#books = this.#restored();
    this.#told = this.ledger.log.last;
  }

  get ledger(): Ledger {
    return this.#books.ledger;
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

  /**
   * What the journal has beyond the snapshot, each to be done again by {@link redo}, and the time
   * after which the market goes on; `undefined` where it begins. Throws {@link BrokerLayoutError}.
   */
  entries(): { readonly entries: readonly Entry[]; readonly after: TimeUs | undefined } {
    const entries = this.#journal.entriesAfter(this.#snapshotAt);
    if (this.#snapshotAt !== 0) return { entries, after: this.ledger.now };
    const first = entries[0]?.operation;
    if (first?.op !== 'begin') return { entries, after: undefined };
    if (first.layout !== this.#parts.layout) throw this.#otherLayout(this.#parts.directory);
    return { entries, after: (first.from - 1) as TimeUs };
  }

  /** Does an entry again; every quote up to its time was fed. */
  redo({ at, operation }: Entry): void {
    this.#books.advance(at as TimeUs);
    this.#books.apply(operation);
    this.#told = this.ledger.log.last;
  }

  /** Takes quotes of the past again, before {@link redo}. */
  refeed(block: QuoteBlock, from: number, to: number): void {
    this.#books.feed(block, from, to);
    this.#rows += to - from;
  }

  /** Takes quotes, in order of time: what the market made is durable when this returns. */
  feed(block: QuoteBlock, from: number, to: number): void {
    this.refeed(block, from, to);
    this.#passed();
  }

  /** Lets time pass; every quote up to it was fed. */
  advance(now: TimeUs): void {
    this.#books.advance(now);
    this.#passed();
  }

  /** What the market made is durable before anyone sees it. */
  #passed(): void {
    const { ledger } = this;
    if (ledger.log.last === this.#told) return;
    this.#journal.append({ at: ledger.now, operation: { op: 'pass' } });
    this.#journal.commit();
    this.#tell();
  }

  /** Does what is asked, in order; the answers may be given: what they say is durable. */
  perform(operations: readonly Operation[], now: TimeUs): readonly Answer[] {
    const answers = operations.map((operation) => {
      this.#books.advance(now);
      const answer = this.#books.apply(operation);
      this.#journal.append({ at: now, operation });
      return answer;
    });
    this.#journal.commit();
    this.#tell();
    return answers;
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

  frozen(): Ledger {
    const copy = new BrokerBooks(this.#parts.books);
    load(copy, stateBytes(this.#books));
    return copy.ledger;
  }

  /** Does what is to be done between requests: room ahead, a snapshot now and then. */
  keep(): void {
    this.#journal.prepare();
    const entries = this.#journal.appended - this.#snapshotAt;
    if (entries < SNAPSHOT_ENTRIES && this.#rows < SNAPSHOT_ROWS) return;
    this.snapshot();
  }

  /** Saves the books: a restart goes on from here. */
  snapshot(): void {
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

  close(): void {
    this.#journal.close();
  }
}

function load(books: BrokerBooks, state: Uint8Array): void {
  const decoder = new Decoder(state);
  books.walk(decoder);
  decoder.end();
}
