import { createQuoteBlock, type QuoteBlock } from '../market/quotes.ts';
import { assert } from '../model/assert.ts';
import type { Instrument } from '../model/instrument.ts';
import type { InstrumentIndex } from '../model/units.ts';
import {
  BAD_ROW_REASONS,
  type BadRowRules,
  DEFAULT_BAD_ROW_RULES,
  type ReadReport,
  skippedShare,
} from './bad-rows.ts';
import { type ByteSource, openBytes } from './byte-source.ts';
import { checkFormat } from './column-roles.ts';
import { DataError } from './data-error.ts';
import type { DelimitedFormat } from './delimited-format.ts';
import { FileOpening } from './file-start.ts';
import { LineChunks } from './line-chunks.ts';
import { lineTooLong, RowParser } from './row-parser.ts';
import { ZoneClock } from './zone-clock.ts';

/** Rows of a block: 2.2 MB of columns. */
export const BLOCK_ROWS = 65_536;

/** The quotes of one instrument, in files. */
export interface QuoteFileSource {
  readonly instrument: Instrument;
  readonly index: InstrumentIndex;
  /** Paths in time order: `.gz` and `.zip` are unpacked, anything else is text. At least one. */
  readonly files: readonly string[];
  readonly format: DelimitedFormat;
  /** Glob of the entry to read in a zip that holds several (`*_tick_quote.csv`). */
  readonly entry?: string;
  /** What is left out stands as in {@link DEFAULT_BAD_ROW_RULES}. */
  readonly badRows?: Partial<BadRowRules>;
}

/** How a reader works, for tests of its seams. */
export interface ReaderTuning {
  /** Largest block handed out. */
  readonly blockRows?: number;
  /** Bytes of text read at a time. */
  readonly chunkBytes?: number;
}

/**
 * Reads files into blocks of at most {@link BLOCK_ROWS} quotes, in file order, filled across files.
 * **One block is reused**: a consumer must be done with it before it asks for the next, or copy it.
 * Memory stays at two chunks of text and one block, however large the files.
 *
 * Iterating throws {@link DataError}: what was handed out before stands, but the source as a whole
 * must not be trusted, since damage of an archive is only found at its end. Iterate once.
 */
export class QuoteReader implements AsyncIterable<QuoteBlock> {
  readonly #source: QuoteFileSource;
  readonly #rules: BadRowRules;
  readonly #clock: ZoneClock;
  readonly #parser: RowParser;
  readonly #block: QuoteBlock;
  readonly #chunkBytes: number | undefined;
  readonly #reports: ReadReport[] = [];
  #current: ByteSource | undefined;
  #started = false;

  /** Throws {@link DataError} `DATA_FORMAT` for a format that cannot be meant. */
  constructor(source: QuoteFileSource, tuning: ReaderTuning = {}) {
    const { instrument, format, files, index } = source;
    checkFormat(format, files[0] ?? instrument.symbol);
    if (files.length === 0) {
      throw new DataError('DATA_EMPTY', 'no files are given', { file: instrument.symbol });
    }
    this.#source = source;
    this.#rules = { ...DEFAULT_BAD_ROW_RULES, ...source.badRows };
    this.#clock = new ZoneClock(format.zone);
    this.#parser = new RowParser(instrument, format, this.#rules, this.#clock);
    this.#block = createQuoteBlock(tuning.blockRows ?? BLOCK_ROWS);
    this.#block.instrument.fill(index);
    this.#chunkBytes = tuning.chunkBytes;
  }

  /** One report for each file that was read to its end, in order; grows while iterating. */
  get reports(): readonly ReadReport[] {
    return this.#reports;
  }

  /**
   * Share of the source read from disk so far, 0 to 1, each file counted alike: for progress bars.
   */
  get share(): number {
    const current = this.#current?.share ?? 0;
    return (this.#reports.length + current) / this.#source.files.length;
  }

  [Symbol.asyncIterator](): AsyncGenerator<QuoteBlock, void, undefined> {
    assert(!this.#started, 'a QuoteReader is iterated once');
    this.#started = true;
    return this.#blocks();
  }

  async *#blocks(): AsyncGenerator<QuoteBlock, void, undefined> {
    for (const file of this.#source.files) yield* this.#fileBlocks(file);
    if (this.#block.count > 0) yield this.#block;
  }

  /** Full blocks of one file; what is left stays in the block for the next file. */
  async *#fileBlocks(file: string): AsyncGenerator<QuoteBlock, void, undefined> {
    const block = this.#block;
    const source = await openBytes(file, this.#source.entry);
    this.#current = source;
    const chunks = new LineChunks(source, this.#chunkBytes);
    try {
      const opening = new FileOpening(this.#source.format, file, this.#clock);
      let started = false;
      while (await chunks.next()) {
        let at = started ? chunks.from : opening.findRow(chunks);
        if (at === -1) continue;
        if (!started) this.#parser.beginFile(opening.start(source.entry));
        started = true;
        while (at < chunks.to) {
          at = this.#parser.parse(chunks.bytes, at, chunks.to, block);
          if (block.count < block.time.length) continue;
          yield block;
          block.count = 0;
        }
      }
      if (chunks.tooLong) {
        throw lineTooLong(file, 1 + (started ? this.#parser.line : opening.lines));
      }
      if (!started) throw opening.noRow();
      this.#finishFile(chunks.endsWithNewline);
    } finally {
      this.#current = undefined;
      await chunks.close();
    }
  }

  #finishFile(endsWithNewline: boolean): void {
    const report = this.#parser.report(endsWithNewline);
    this.#reports.push(report);
    const share = skippedShare(report);
    if (share <= this.#rules.maxSkippedShare) return;
    const counts = BAD_ROW_REASONS.filter((reason) => report.skipped[reason] > 0)
      .map((reason) => `${reason} ${report.skipped[reason]}`)
      .join(', ');
    const percent = (share * 100).toFixed(2);
    const allowed = (this.#rules.maxSkippedShare * 100).toFixed(2);
    const skipped = `${percent} % of ${report.rows} rows skipped`;
    const reason = `${skipped}, allowed are ${allowed} %: ${counts}`;
    throw new DataError('DATA_SKIPPED_SHARE', reason, { file: report.file });
  }
}

/**
 * The quotes of a source, as blocks in time order: `for await (const block of openQuotes(source))`.
 * Files are opened one at a time, when they are reached. Throws {@link DataError}.
 */
export function openQuotes(source: QuoteFileSource): QuoteReader {
  return new QuoteReader(source);
}
