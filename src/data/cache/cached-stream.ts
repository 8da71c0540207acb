import { createQuoteBlock, type QuoteBlock } from '../../market/quotes.ts';
import { assert } from '../../model/assert.ts';
import { formatDecimal } from '../../model/decimal.ts';
import type { Instrument } from '../../model/instrument.ts';
import type { InstrumentIndex } from '../../model/units.ts';
import type { ReadReport } from '../bad-rows.ts';
import { ColumnFileError } from '../columns/column-file.ts';
import {
  STREAM_KIND,
  type StreamContent,
  StreamEncoder,
  StreamFileReader,
} from '../columns/stream-file.ts';
import { DataError } from '../data-error.ts';
import { DataVersionHasher } from '../data-version.ts';
import { BLOCK_ROWS, type QuoteStream } from '../quote-stream.ts';
import type { CacheWriter, QuoteCache } from './quote-cache.ts';

/** A stream of quotes that can be cached. */
export interface CacheableSource {
  readonly instrument: Instrument;
  readonly index: InstrumentIndex;
  /** Paths in the order in which they are read. */
  readonly files: readonly string[];
  /** Hexadecimal SHA-256 of all that decides the rows. */
  readonly key: string;
  readonly open: () => QuoteStream;
  /** Whether the files still hold what the key was made of. */
  readonly isUnchanged: () => Promise<boolean>;
}

/** With the paths of this run, and the fields that JSON leaves out. */
function reportsOf({ reports }: StreamContent, files: readonly string[]): ReadReport[] {
  return reports.map(({ at, report }) => ({
    ...report,
    file: files[at] ?? report.file,
    entry: report.entry,
    firstTime: report.firstTime,
    lastTime: report.lastTime,
  }));
}

/** Rows `from …` of a block, without a copy. */
function rowsFrom(block: QuoteBlock, from: number): QuoteBlock {
  const { count } = block;
  return {
    count: count - from,
    time: block.time.subarray(from, count),
    instrument: block.instrument.subarray(from, count),
    bid: block.bid.subarray(from, count),
    ask: block.ask.subarray(from, count),
    bidSize: block.bidSize.subarray(from, count),
    askSize: block.askSize.subarray(from, count),
  };
}

/**
 * The quotes of one instrument: from the cache when they are there, else from their files, and
 * then they are put into the cache once all of them were read. Damage that is met on the way is
 * made good from the files: the rows handed out before it were under their checksums. Without a
 * cache it is the stream of the files.
 */
export class CachedStream implements QuoteStream {
  readonly #source: CacheableSource;
  readonly #cache: QuoteCache | undefined;
  #cached: StreamFileReader | undefined;
  #content: StreamContent | undefined;
  #reader: QuoteStream | undefined;
  readonly #hashed: boolean;
  #isDamaged = false;
  #rowsRead = 0;
  #isProved = false;
  #dataVersion = '';

  /** With `hashed` its data version is known at the end even where nothing is cached. */
  constructor(source: CacheableSource, cache: QuoteCache | undefined, hashed = false) {
    this.#source = source;
    this.#cache = cache;
    this.#hashed = hashed;
  }

  /** Looks into the cache; true when the stream is there. */
  open(): boolean {
    const { key } = this.#source;
    const file = this.#cache?.open(STREAM_KIND, key);
    if (file === undefined) return false;
    this.#cached = new StreamFileReader(file);
    this.#content = this.#cached.content;
    this.#isProved = true;
    return true;
  }

  [Symbol.dispose](): void {
    this.#cached?.[Symbol.dispose]();
  }

  /** At the end: whether the key stands for the rows that were given. */
  get isProved(): boolean {
    return this.#isProved;
  }

  /** What the cache says of the stream; `undefined` when it is not there. */
  get content(): StreamContent | undefined {
    return this.#content;
  }

  get reports(): readonly ReadReport[] {
    if (this.#reader !== undefined) return this.#reader.reports;
    return this.#content === undefined ? [] : reportsOf(this.#content, this.#source.files);
  }

  /** Whether the rows are being read from the cache. */
  get isFromCache(): boolean {
    return this.#content !== undefined && this.#reader === undefined;
  }

  /** Rows read from the files so far. */
  get rowsRead(): number {
    return this.#rowsRead;
  }

  get share(): number {
    if (this.#reader !== undefined) return this.#reader.share;
    const { rows = 0 } = this.#cached ?? {};
    return rows / Math.max(1, this.#content?.rows ?? 1);
  }

  /** Of this stream alone, as instrument 0; empty before the end, and where it is not computed. */
  get dataVersion(): string {
    return this.#content?.dataVersion ?? this.#dataVersion;
  }

  [Symbol.asyncIterator](): AsyncGenerator<QuoteBlock, void, undefined> {
    return this.blocks(createQuoteBlock(BLOCK_ROWS, this.#content?.sized ?? true));
  }

  /**
   * The quotes, in `block` as long as they come from the cache, later in blocks of the reader,
   * none of them larger than {@link BLOCK_ROWS}. Iterate once.
   */
  async *blocks(block: QuoteBlock): AsyncGenerator<QuoteBlock, void, undefined> {
    block.instrument.fill(this.#source.index);
    const cached = this.#cached;
    if (cached === undefined) {
      yield* this.#fromSource();
      return;
    }
    try {
      while (this.#fill(cached, block)) yield block;
    } finally {
      cached[Symbol.dispose]();
    }
    if (this.#isDamaged) yield* this.#restFromSource(cached.rows);
  }

  /** False at the end, and where the file turns out to be damaged. */
  #fill(cached: StreamFileReader, block: QuoteBlock): boolean {
    try {
      return cached.next(block);
    } catch (error) {
      if (!(error instanceof ColumnFileError)) throw error;
      this.#cache?.drop(STREAM_KIND, this.#source.key, error);
      this.#isDamaged = true;
      return false;
    }
  }

  async *#restFromSource(skip: number): AsyncGenerator<QuoteBlock, void, undefined> {
    if (!(await this.#source.isUnchanged())) {
      const file = this.#source.files[0] ?? this.#source.instrument.symbol;
      const reason = 'the files changed while they were being used: run again';
      throw new DataError('DATA_READ', reason, { file });
    }
    let left = skip;
    for await (const block of this.#fromSource()) {
      const passed = Math.min(left, block.count);
      left -= passed;
      if (passed < block.count) yield passed === 0 ? block : rowsFrom(block, passed);
    }
    assert(left === 0, 'the files hold at least the rows that were cached of them');
  }

  async *#fromSource(): AsyncGenerator<QuoteBlock, void, undefined> {
    this.#reader = this.#source.open();
    const writer = this.#cache?.create(STREAM_KIND, this.#source.key);
    const counted = this.#counted(this.#reader);
    const quotes = writer !== undefined || this.#hashed ? this.#versioned(counted) : counted;
    if (writer === undefined) {
      yield* quotes;
      return;
    }
    try {
      yield* this.#recorded(quotes, writer);
    } finally {
      writer.discard();
    }
  }

  async *#counted(reader: QuoteStream): AsyncGenerator<QuoteBlock, void, undefined> {
    for await (const block of reader) {
      this.#rowsRead += block.count;
      yield block;
    }
  }

  async *#versioned(
    quotes: AsyncIterable<QuoteBlock>,
  ): AsyncGenerator<QuoteBlock, void, undefined> {
    const hasher = new DataVersionHasher([this.#source.instrument]);
    const alone = new Uint16Array(BLOCK_ROWS);
    for await (const block of quotes) {
      hasher.update({ ...block, instrument: alone });
      yield block;
    }
    this.#dataVersion = hasher.digest();
    const known = this.#content?.dataVersion ?? this.#dataVersion;
    assert(known === this.#dataVersion, 'files give the rows that were cached of them');
  }

  async *#recorded(
    quotes: AsyncIterable<QuoteBlock>,
    writer: CacheWriter,
  ): AsyncGenerator<QuoteBlock, void, undefined> {
    const { instrument, files } = this.#source;
    const encoder = new StreamEncoder(writer);
    for await (const block of quotes) {
      encoder.add(block);
      yield block;
    }
    encoder.finish();
    if (!(await this.#source.isUnchanged())) {
      this.#cache?.warn(`${files[0]}: the files changed while they were read: not cached`);
      return;
    }
    this.#isProved = true;
    const content: StreamContent = {
      symbol: instrument.symbol,
      priceIncrement: formatDecimal(instrument.priceIncrement),
      sizeIncrement: formatDecimal(instrument.sizeIncrement),
      rows: encoder.rows,
      sized: encoder.sized,
      dataVersion: this.#dataVersion,
      reports: this.reports.map((report) => ({ at: files.indexOf(report.file), report })),
    };
    writer.publish(content);
  }
}
