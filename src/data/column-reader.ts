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
import { NO_FILE, RowJudge } from './row-judge.ts';

const BPS = 10_000;
const ANY_TIME = { periodFrom: Number.NEGATIVE_INFINITY, periodTo: Number.POSITIVE_INFINITY };

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
  readonly #judge: RowJudge;
  readonly #block: QuoteBlock;
  /** Largest move of bid + ask is `lastSum × jumpFactor ÷ 10 000`. */
  readonly #jumpFactor: number = 0;
  #accepted = 0;
  #duplicates = 0;
  #firstTime: number | undefined;
  /** The row taken last, in this file or one before. */
  #lastTime = Number.NEGATIVE_INFINITY;
  #lastBid = 0;
  #lastAsk = 0;
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
    const rules: BadRowRules = { ...DEFAULT_BAD_ROW_RULES, ...source.badRows };
    // There are no columns between separators here, and no header.
    this.#judge = new RowJudge(rules, 0, false);
    this.#jumpFactor = rules.maxJumpBps === 0 ? Number.POSITIVE_INFINITY : rules.maxJumpBps;
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
    const rows = await this.#rows.open(file);
    this.#current = rows;
    try {
      judge.beginFile({ ...NO_FILE, file, ...ANY_TIME });
      this.#accepted = 0;
      this.#duplicates = 0;
      this.#firstTime = undefined;
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
      const report = this.#report(rows);
      this.#reports.push(report);
      judge.checkShare(report);
    } finally {
      this.#current = undefined;
      await rows.close();
    }
  }

  #report({ pricesRounded, sizesRounded }: RowFile): ReadReport {
    return this.#judge.report({
      accepted: this.#accepted,
      quotes: this.#accepted,
      duplicates: this.#duplicates,
      pricesRounded,
      sizesRounded,
      firstTime: this.#firstTime,
      lastTime: this.#accepted === 0 ? undefined : this.#lastTime,
      endsWithNewline: true,
    });
  }

  /**
   * Takes rows from `from` on until they or the block end; returns where it stopped. `before` rows
   * of the file came before these.
   */
  #take(raw: RawRows, from: number, before: number, rows: RowFile): number {
    const { block: source, faults } = raw;
    const to = this.#block;
    const capacity = to.time.length;
    const jumpFactor = this.#jumpFactor;
    let row = to.count;
    let at = from;
    for (; at < source.count && row < capacity; at += 1) {
      const time = source.time[at] as number;
      const sum = (source.bid[at] as number) + (source.ask[at] as number);
      const lastSum = this.#lastBid + this.#lastAsk;
      const good =
        faults[at] === 0 &&
        time >= this.#lastTime &&
        (source.bid[at] as number) <= (source.ask[at] as number) &&
        (lastSum === 0 || Math.abs(sum - lastSum) * BPS <= lastSum * jumpFactor);
      if (!good && !this.#isTaken(raw, at, before, rows)) continue;
      // It may have been clamped.
      const bid = source.bid[at] as number;
      const ask = source.ask[at] as number;
      if (time === this.#lastTime && bid === this.#lastBid && ask === this.#lastAsk) {
        this.#duplicates += 1;
      }
      if (this.#accepted === 0) this.#firstTime = time;
      this.#accepted += 1;
      this.#lastTime = time;
      this.#lastBid = bid;
      this.#lastAsk = ask;
      to.time[row] = time;
      to.bid[row] = bid;
      to.ask[row] = ask;
      to.bidSize[row] = source.bidSize[at] as number;
      to.askSize[row] = source.askSize[at] as number;
      row += 1;
    }
    to.count = row;
    return at;
  }

  /** A row that did not pass: true when it is taken all the same, else skipped or thrown. */
  #isTaken({ block, faults }: RawRows, at: number, before: number, rows: RowFile): boolean {
    const fault = faults[at] as number;
    const last = { time: this.#lastTime, sum: this.#lastBid + this.#lastAsk };
    const reason =
      fault < 0
        ? BAD_ROW_REASONS[-1 - fault]
        : this.#judge.rowReason(block, at, last, this.#accepted);
    if (reason === undefined) return true;
    this.#judge.refuseRow(reason, before + at + 1, rows.excerpt(at));
    return false;
  }
}

function blockFor(tuning: ReaderTuning, index: InstrumentIndex): QuoteBlock {
  const block = createQuoteBlock(tuning.blockRows ?? BLOCK_ROWS);
  block.instrument.fill(index);
  return block;
}
