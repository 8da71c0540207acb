import { createQuoteBlock, type QuoteBlock } from '../market/quotes.ts';
import { assert, present, unreachable } from '../model/assert.ts';
import type { Instrument } from '../model/instrument.ts';
import {
  type BadRowReason,
  type BadRowRules,
  DEFAULT_BAD_ROW_RULES,
  type ReadReport,
} from './bad-rows.ts';
import { BarQuotes } from './bar-quotes.ts';
import { checkFormat } from './column-roles.ts';
import { DataError } from './data-error.ts';
import { PairedRows, pairFiles } from './paired-rows.ts';
import type { ConvertedFormat } from './quote-format.ts';
import { OneSidedQuotes, type QuoteMaker, spreadCount, TradeQuotes } from './quote-maker.ts';
import {
  BLOCK_ROWS,
  type QuoteFileSource,
  type QuoteStream,
  type ReaderTuning,
} from './quote-stream.ts';
import type { RowJudge } from './row-judge.ts';
import { FileRows, type RowSource, type TakenCounts } from './row-source.ts';
import { ZoneClock } from './zone-clock.ts';

function makerOf(instrument: Instrument, format: ConvertedFormat): QuoteMaker {
  switch (format.kind) {
    case 'bars':
      return new BarQuotes(instrument, format);
    case 'trades':
      return new TradeQuotes(spreadCount(format.spread, instrument));
    case 'one_sided':
      return new OneSidedQuotes();
    default:
      return unreachable(format);
  }
}

/** Files that are read together: one, or the bid's and the ask's. */
function unitsOf(
  format: ConvertedFormat,
  files: readonly string[],
): readonly (readonly string[])[] {
  if (format.kind === 'bars' && format.prices.kind === 'two_files') {
    return pairFiles(format.prices, files);
  }
  return files.map((file) => [file]);
}

/** The quotes taken last, over all files, and what of the present file was taken. */
class TakenQuotes {
  #lastTime = Number.NEGATIVE_INFINITY;
  #lastBid = 0;
  #lastAsk = 0;
  #accepted = 0;
  #quotes = 0;
  #duplicates = 0;
  #firstTime: number | undefined;

  beginFile(): void {
    this.#accepted = 0;
    this.#quotes = 0;
    this.#duplicates = 0;
    this.#firstTime = undefined;
  }

  get counts(): TakenCounts {
    return {
      accepted: this.#accepted,
      quotes: this.#quotes,
      duplicates: this.#duplicates,
      firstTime: this.#firstTime,
      lastTime: this.#accepted === 0 ? undefined : this.#lastTime,
    };
  }

  /** Why the quotes of a row cannot be taken; a row is taken whole or not at all. */
  judge(quotes: QuoteBlock, judge: RowJudge): BadRowReason | undefined {
    const { count, time, bid, ask } = quotes;
    const first = time[0] as number;
    if (judge.isOutside(first)) return 'outside_file_period';
    if (first < this.#lastTime) return 'time_backwards';
    let [sum, jumps, crossed] = [this.#lastBid + this.#lastAsk, false, false];
    for (let at = 0; at < count; at += 1) {
      const lastSum = sum;
      sum = (bid[at] as number) + (ask[at] as number);
      crossed ||= (bid[at] as number) > (ask[at] as number);
      jumps ||= judge.jumps(sum, lastSum);
    }
    if (crossed && !judge.takesCrossed) return 'crossed';
    if (jumps && !judge.levelConfirmed(sum, this.#accepted)) return 'absurd_jump';
    if (crossed) judge.takeCrossed(quotes, 0, count);
    return undefined;
  }

  take({ count, time, bid, ask }: QuoteBlock): void {
    const last = Math.max(0, count - 1);
    const [t, b, a] = [time[last] as number, bid[last] as number, ask[last] as number];
    const repeats = t === this.#lastTime && b === this.#lastBid && a === this.#lastAsk;
    if (count === 1 && repeats) this.#duplicates += 1;
    this.#firstTime ??= time[0] as number;
    this.#accepted += 1;
    this.#quotes += count;
    this.#lastTime = t;
    if (count === 0) return;
    this.#lastBid = b;
    this.#lastAsk = a;
  }
}

function copyRow(from: QuoteBlock, row: number, to: QuoteBlock): void {
  const at = to.count;
  to.time[at] = from.time[row] as number;
  to.bid[at] = from.bid[row] as number;
  to.ask[at] = from.ask[row] as number;
  to.bidSize[at] = from.bidSize[row] as number;
  to.askSize[at] = from.askSize[row] as number;
  to.count = at + 1;
}

/**
 * Reads text whose rows are not quotes, but become some: bars, trades, rows of one side. Memory
 * stays at two chunks of text, of each of two files where they are paired, and one block.
 */
export class ConvertedReader implements QuoteStream {
  readonly #source: QuoteFileSource<ConvertedFormat>;
  readonly #units: readonly (readonly string[])[];
  readonly #rules: BadRowRules;
  readonly #clock: ZoneClock;
  readonly #maker: QuoteMaker;
  readonly #taken = new TakenQuotes();
  readonly #block: QuoteBlock;
  readonly #chunkBytes: number | undefined;
  readonly #reports: ReadReport[] = [];
  #unitsDone = 0;
  #current: RowSource | undefined;
  #started = false;

  /** Throws {@link DataError} `DATA_FORMAT` for a format that cannot be meant. */
  constructor(source: QuoteFileSource<ConvertedFormat>, tuning: ReaderTuning = {}) {
    const { instrument, format, files, index } = source;
    checkFormat(format, files[0] ?? instrument.symbol);
    if (files.length === 0) {
      throw new DataError('DATA_EMPTY', 'no files are given', { file: instrument.symbol });
    }
    this.#source = source;
    this.#units = unitsOf(format, files);
    this.#rules = { ...DEFAULT_BAD_ROW_RULES, ...source.badRows };
    this.#clock = new ZoneClock(format.zone);
    this.#maker = makerOf(instrument, format);
    this.#block = createQuoteBlock(tuning.blockRows ?? BLOCK_ROWS);
    this.#block.instrument.fill(index);
    this.#chunkBytes = tuning.chunkBytes;
  }

  get #backwardsHint(): string | undefined {
    if (this.#source.format.kind !== 'bars') return undefined;
    return 'it begins before the last bar has ended: is the duration too long?';
  }

  get reports(): readonly ReadReport[] {
    return this.#reports;
  }

  get share(): number {
    return (this.#unitsDone + (this.#current?.share ?? 0)) / this.#units.length;
  }

  [Symbol.asyncIterator](): AsyncGenerator<QuoteBlock, void, undefined> {
    assert(!this.#started, 'a ConvertedReader is iterated once');
    this.#started = true;
    return this.#blocks();
  }

  async *#blocks(): AsyncGenerator<QuoteBlock, void, undefined> {
    for (const unit of this.#units) {
      yield* this.#unitBlocks(unit);
      this.#unitsDone += 1;
    }
    if (this.#block.count > 0) yield this.#block;
  }

  async #open(unit: readonly string[]): Promise<RowSource> {
    const { format, entry, instrument } = this.#source;
    const open = (file: string): Promise<FileRows> => {
      const opened = { file, format, entry, clock: this.#clock, chunkBytes: this.#chunkBytes };
      return FileRows.open(opened, instrument, this.#rules);
    };
    const [first, second] = unit;
    const rows = await open(present(first, 'file'));
    if (second === undefined) return rows;
    try {
      return new PairedRows(rows, await open(second));
    } catch (error) {
      await rows.close();
      throw error;
    }
  }

  /** Full blocks of a unit; what is left stays in the block for the next. */
  async *#unitBlocks(unit: readonly string[]): AsyncGenerator<QuoteBlock, void, undefined> {
    const block = this.#block;
    const maker = this.#maker;
    const taken = this.#taken;
    const rows = await this.#open(unit);
    this.#current = rows;
    try {
      maker.beginFile?.();
      taken.beginFile();
      while (rows.next() || (await rows.advance())) {
        const { quotes } = maker;
        const reason = maker.make(rows.slots) ?? taken.judge(quotes, rows.judge);
        if (reason !== undefined) {
          rows.refuse(reason, reason === 'time_backwards' ? this.#backwardsHint : undefined);
          continue;
        }
        maker.taken?.(rows.slots);
        taken.take(quotes);
        for (let row = 0; row < quotes.count; row += 1) {
          copyRow(quotes, row, block);
          if (block.count < block.time.length) continue;
          yield block;
          block.count = 0;
        }
      }
      this.#reports.push(...rows.reports(taken.counts));
    } finally {
      this.#current = undefined;
      await rows.close();
    }
  }
}
