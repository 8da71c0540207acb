import { createQuoteBlock, type QuoteBlock } from '../market/quotes.ts';
import { assert } from '../model/assert.ts';
import { type BadRowRules, DEFAULT_BAD_ROW_RULES, type ReadReport } from './bad-rows.ts';
import { checkFormat } from './column-roles.ts';
import { DataError } from './data-error.ts';
import type { DelimitedFormat } from './delimited-format.ts';
import {
  BLOCK_ROWS,
  type QuoteFileSource,
  type QuoteStream,
  type ReaderTuning,
} from './quote-stream.ts';
import { RowParser } from './row-parser.ts';
import { TextRows } from './text-rows.ts';
import { ZoneClock } from './zone-clock.ts';

/**
 * Reads delimited text into blocks, in file order, filled across files. Memory stays at two chunks
 * of text and one block, however large the files.
 */
export class QuoteReader implements QuoteStream {
  readonly #source: QuoteFileSource<DelimitedFormat>;
  readonly #clock: ZoneClock;
  readonly #parser: RowParser;
  readonly #block: QuoteBlock;
  readonly #chunkBytes: number | undefined;
  readonly #reports: ReadReport[] = [];
  #current: TextRows | undefined;
  #started = false;

  /** Throws {@link DataError} `DATA_FORMAT` for a format that cannot be meant. */
  constructor(source: QuoteFileSource<DelimitedFormat>, tuning: ReaderTuning = {}) {
    const { instrument, format, files, index } = source;
    checkFormat(format, files[0] ?? instrument.symbol);
    if (files.length === 0) {
      throw new DataError('DATA_EMPTY', 'no files are given', { file: instrument.symbol });
    }
    this.#source = source;
    const rules: BadRowRules = { ...DEFAULT_BAD_ROW_RULES, ...source.badRows };
    this.#clock = new ZoneClock(format.zone);
    this.#parser = new RowParser(instrument, format, rules, this.#clock);
    this.#block = createQuoteBlock(tuning.blockRows ?? BLOCK_ROWS);
    this.#block.instrument.fill(index);
    this.#chunkBytes = tuning.chunkBytes;
  }

  get reports(): readonly ReadReport[] {
    return this.#reports;
  }

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
    const parser = this.#parser;
    const { format, entry } = this.#source;
    const opened = { file, format, entry, clock: this.#clock, chunkBytes: this.#chunkBytes };
    const rows = await TextRows.open(opened);
    this.#current = rows;
    try {
      parser.beginFile(await rows.begin());
      do {
        let { at } = rows;
        while (at < rows.to) {
          at = parser.parse(rows.bytes, at, rows.to, block);
          if (block.count < block.time.length) continue;
          yield block;
          block.count = 0;
        }
      } while (await rows.next(parser.line));
      const report = parser.report(rows.endsWithNewline);
      this.#reports.push(report);
      parser.checkShare(report);
    } finally {
      this.#current = undefined;
      await rows.close();
    }
  }
}
