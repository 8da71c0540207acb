import { createQuoteBlock, type QuoteBlock } from '../market/quotes.ts';
import { assert } from '../model/assert.ts';
import type { InstrumentIndex } from '../model/units.ts';
import {
  BAD_ROW_REASONS,
  type BadRowRules,
  DEFAULT_BAD_ROW_RULES,
  type ReadReport,
} from './bad-rows.ts';
import { DataError } from './data-error.ts';
import {
  BLOCK_ROWS,
  type QuoteFileSource,
  type QuoteStream,
  type ReaderTuning,
} from './quote-stream.ts';
import { BPS, checkSkippedShare, RowJudge } from './row-judge.ts';

/** Rows of a file as they stand in it, before they are judged. */
export interface RawRows {
  readonly block: QuoteBlock;
  /** By row: 0, or one of `BAD` for a field that is not what it should be. */
  readonly faults: Int8Array;
}

/** A file whose rows are not text, opened. */
export interface RowFile {
  /** Share read so far, 0 to 1. */
  readonly share: number;
  readonly pricesRounded: number;
  readonly sizesRounded: number;
  /** The next rows, replacing those before; undefined at the end. Throws {@link DataError}. */
  next(): Promise<RawRows | undefined>;
  /** A row of those last given, for messages. */
  excerpt(row: number): string;
  close(): Promise<void>;
}

/** How rows of a kind of file are come by. */
export interface RowFiles {
  open(file: string): Promise<RowFile>;
  /** A file without rows is no error: an hour in which nothing was quoted. */
  readonly mayBeEmpty: boolean;
}

/** Reads files of rows into blocks, in file order, filled across files. */
export class ColumnReader implements QuoteStream {
  readonly #files: readonly string[];
  readonly #rows: RowFiles;
  readonly #rules: BadRowRules;
  readonly #judge: RowJudge;
  readonly #block: QuoteBlock;
  readonly #reports: ReadReport[] = [];
  #current: RowFile | undefined;
  #started = false;

  constructor(source: QuoteFileSource, rows: RowFiles, tuning: ReaderTuning) {
    const { files, instrument, index } = source;
    if (files.length === 0) {
      throw new DataError('DATA_EMPTY', 'no files are given', { file: instrument.symbol });
    }
    this.#files = files;
    this.#rows = rows;
    this.#rules = { ...DEFAULT_BAD_ROW_RULES, ...source.badRows };
    this.#judge = new RowJudge(this.#rules, 'row');
    this.#block = blockFor(tuning, index);
  }

  get reports(): readonly ReadReport[] {
    return this.#reports;
  }

  get share(): number {
    return (this.#reports.length + (this.#current?.share ?? 0)) / this.#files.length;
  }

  [Symbol.asyncIterator](): AsyncGenerator<QuoteBlock, void, undefined> {
    assert(!this.#started, 'a ColumnReader is iterated once');
    this.#started = true;
    return this.#blocks();
  }

  async *#blocks(): AsyncGenerator<QuoteBlock, void, undefined> {
    for (const file of this.#files) yield* this.#fileBlocks(file);
    if (this.#block.count > 0) yield this.#block;
  }

  async *#fileBlocks(file: string): AsyncGenerator<QuoteBlock, void, undefined> {
    const block = this.#block;
    const judge = this.#judge;
    const period = {
      periodFrom: Number.NEGATIVE_INFINITY,
      periodTo: Number.POSITIVE_INFINITY,
    };
    const rows = await this.#rows.open(file);
    this.#current = rows;
    try {
      judge.beginFile({ file, entry: undefined, ...period });
      let before = 0;
      for (let raw = await rows.next(); raw !== undefined; raw = await rows.next()) {
        for (let at = 0; at < raw.block.count; ) {
          at = this.#take(raw, at, before, rows);
          if (block.count < block.time.length) continue;
          yield block;
          block.count = 0;
        }
        before += raw.block.count;
      }
      if (before === 0 && !this.#rows.mayBeEmpty) {
        throw new DataError('DATA_EMPTY', 'the file holds no row', { file });
      }
      const { pricesRounded, sizesRounded } = rows;
      const report = judge.report({ pricesRounded, sizesRounded, endsWithNewline: true });
      this.#reports.push(report);
      checkSkippedShare(report, this.#rules);
    } finally {
      this.#current = undefined;
      await rows.close();
    }
  }

  /**
   * Takes rows from `from` on until they or the block end; returns where it stopped. `before` rows
   * of the file came before these.
   */
  #take(raw: RawRows, from: number, before: number, rows: RowFile): number {
    const { block: source, faults } = raw;
    const to = this.#block;
    const judge = this.#judge;
    const began = to.count;
    const capacity = to.time.length;
    let row = began;
    let at = from;
    for (; at < source.count && row < capacity; at += 1) {
      const t = source.time[at] as number;
      const b = source.bid[at] as number;
      const a = source.ask[at] as number;
      const lastSum = judge.lastBid + judge.lastAsk;
      const good =
        faults[at] === 0 &&
        t >= judge.lastTime &&
        b <= a &&
        Math.abs(a + b - lastSum) * BPS <= judge.jumpMax(lastSum);
      if (!good) {
        const fault = faults[at] as number;
        const accepted = judge.accepted + row - began;
        const reason =
          fault < 0 ? BAD_ROW_REASONS[-1 - fault] : judge.rowReason(source, at, accepted);
        if (reason !== undefined) {
          judge.refuse(reason, { line: before + at + 1, excerpt: rows.excerpt(at) });
          continue;
        }
      }
      if (t === judge.lastTime && b === judge.lastBid && a === judge.lastAsk) judge.duplicates += 1;
      judge.lastTime = t;
      judge.lastBid = b;
      judge.lastAsk = a;
      to.time[row] = t;
      to.bid[row] = b;
      to.ask[row] = a;
      to.bidSize[row] = source.bidSize[at] as number;
      to.askSize[row] = source.askSize[at] as number;
      row += 1;
    }
    judge.took(to, began, row);
    to.count = row;
    return at;
  }
}

function blockFor(tuning: ReaderTuning, index: InstrumentIndex): QuoteBlock {
  const block = createQuoteBlock(tuning.blockRows ?? BLOCK_ROWS);
  block.instrument.fill(index);
  return block;
}
