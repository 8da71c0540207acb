import type { QuoteBlock } from '../market/quotes.ts';
import type { Instrument } from '../model/instrument.ts';
import type { BadRowRules, ReadReport } from './bad-rows.ts';
import { PriceField, SizeField } from './decimal-field.ts';
import { type DelimitedFormat, LINE_BYTES_MAX, SEPARATORS } from './delimited-format.ts';
import { MappedRow } from './mapped-row.ts';
import { PlainRow } from './plain-row.ts';
import { type FileStart, NO_FILE, RowJudge, textEndOf } from './row-judge.ts';
import { SymbolField } from './symbol-field.ts';
import { TimeField } from './time-field.ts';
import type { ZoneClock } from './zone-clock.ts';

const LF = 10;
const BPS = 10_000;
const NOT_PLAIN = -1;

/**
 * Turns lines into rows of a block, with every guard of the rules. It keeps the last row taken
 * across blocks and files, so that time and jumps are judged over the whole list of files.
 */
export class RowParser {
  readonly #judge: RowJudge;
  readonly #time: TimeField;
  readonly #price: PriceField;
  readonly #size: SizeField;
  readonly #plainRow: PlainRow;
  readonly #mappedRow: MappedRow;
  /** Largest move of bid + ask is `lastSum × jumpFactor ÷ 10 000`. */
  readonly #jumpFactor: number = 0;

  #start = NO_FILE;
  #isPlain = false;
  #line = 0;
  #accepted = 0;
  #duplicates = 0;
  #firstTime: number | undefined;

  #lastTime = Number.NEGATIVE_INFINITY;
  #lastBid = 0;
  #lastAsk = 0;

  constructor(
    instrument: Instrument,
    format: DelimitedFormat,
    rules: BadRowRules,
    clock: ZoneClock,
  ) {
    const { separator, time, priceGrid, priceScale, sizeScale } = format;
    const byte = SEPARATORS[separator].charCodeAt(0);
    this.#judge = new RowJudge(rules, byte, !format.header);
    this.#time = new TimeField(time, clock, separator !== 'space');
    this.#price = new PriceField(instrument.priceIncrement, priceGrid === 'round', priceScale);
    this.#size = new SizeField(instrument.sizeIncrement, sizeScale);
    const symbol = new SymbolField(instrument.symbol);
    this.#plainRow = new PlainRow(byte, this.#price, this.#size);
    this.#mappedRow = new MappedRow(byte, this.#time, this.#price, this.#size, symbol);
    this.#jumpFactor = rules.maxJumpBps === 0 ? Number.POSITIVE_INFINITY : rules.maxJumpBps;
  }

  /** Line of the row parsed last, 1-based. */
  get line(): number {
    return this.#line;
  }

  beginFile(start: FileStart): void {
    this.#start = start;
    this.#judge.beginFile(start);
    this.#mappedRow.beginFile(start.roles);
    this.#time.beginFile(start.dayWallUs);
    this.#isPlain = this.#plainRow.beginFile(start.roles, this.#time.plain);
    this.#line = start.linesBefore;
    this.#accepted = 0;
    this.#duplicates = 0;
    this.#firstTime = undefined;
    this.#price.rounded = 0;
    this.#size.rounded = 0;
  }

  /** The counts of the file so far. */
  report(endsWithNewline: boolean): ReadReport {
    return this.#judge.report({
      accepted: this.#accepted,
      quotes: this.#accepted,
      duplicates: this.#duplicates,
      pricesRounded: this.#price.rounded,
      sizesRounded: this.#size.rounded,
      firstTime: this.#firstTime,
      lastTime: this.#accepted === 0 ? undefined : this.#lastTime,
      endsWithNewline,
    });
  }

  /** Throws {@link DataError} `DATA_SKIPPED_SHARE` where too much of the file was skipped. */
  checkShare(report: ReadReport): void {
    this.#judge.checkShare(report);
  }

  /**
   * Parses the lines in [from, to), whose last byte is a line feed, until the lines or the block
   * end. Rows are appended to the block. Returns the position after the last line parsed. Throws
   * {@link DataError} `DATA_BAD_ROW` where the rules say so.
   */
  parse(bytes: Uint8Array, from: number, to: number, block: QuoteBlock): number {
    const { time, bid, ask } = block;
    const { periodFrom, periodTo } = this.#start;
    const capacity = time.length;
    const jumpFactor = this.#jumpFactor;
    const plainRow = this.#plainRow;
    const mappedRow = this.#mappedRow;
    const isPlain = this.#isPlain;
    const began = block.count;
    let row = began;
    let at = from;
    let line = this.#line;
    let lastTime = this.#lastTime;
    let lastBid = this.#lastBid;
    let lastAsk = this.#lastAsk;
    let jumpMax = this.#jumpMax(lastBid + lastAsk);
    while (at < to && row < capacity) {
      line += 1;
      let end = isPlain ? plainRow.parse(bytes, at, block, row) : NOT_PLAIN;
      if (end < 0) end = mappedRow.parse(bytes, at, block, row);
      const t = time[row] as number;
      let b = bid[row] as number;
      let a = ask[row] as number;
      const move = a + b - lastBid - lastAsk;
      const good =
        end - at <= LINE_BYTES_MAX &&
        end > 0 &&
        t >= lastTime &&
        b <= a &&
        Math.abs(move) * BPS <= jumpMax &&
        t >= periodFrom &&
        t < periodTo;
      if (!good) {
        this.#line = line;
        this.#lastTime = lastTime;
        this.#lastBid = lastBid;
        this.#lastAsk = lastAsk;
        if (!this.#isTaken(bytes, at, end, block, row, this.#accepted + row - began)) {
          at = bytes.indexOf(LF, at) + 1;
          continue;
        }
        // It may have been clamped.
        b = bid[row] as number;
        a = ask[row] as number;
      }
      if (t === lastTime && b === lastBid && a === lastAsk) this.#duplicates += 1;
      lastTime = t;
      lastBid = b;
      lastAsk = a;
      jumpMax = (a + b) * jumpFactor;
      row += 1;
      at = end;
    }
    if (this.#accepted === 0 && row > began) this.#firstTime = time[began] as number;
    this.#accepted += row - began;
    this.#line = line;
    this.#lastTime = lastTime;
    this.#lastBid = lastBid;
    this.#lastAsk = lastAsk;
    block.count = row;
    return at;
  }

  /** Before the first row, whose predecessor is 0, every move is believed. */
  #jumpMax(lastSum: number): number {
    return lastSum === 0 ? Number.POSITIVE_INFINITY : lastSum * this.#jumpFactor;
  }

  get #last(): { readonly time: number; readonly sum: number } {
    return { time: this.#lastTime, sum: this.#lastBid + this.#lastAsk };
  }

  /**
   * A line that did not pass: true when it is taken all the same, else it is blank, skipped and
   * counted, or thrown. `end` is what the row parsers said.
   */
  #isTaken(
    bytes: Uint8Array,
    from: number,
    end: number,
    block: QuoteBlock,
    row: number,
    accepted: number,
  ): boolean {
    if (textEndOf(bytes, from) === from) return false;
    const judge = this.#judge;
    // A row that reads, but is too long, is refused with the fields.
    const reads = end > 0 && end - from <= LINE_BYTES_MAX;
    const reason = reads
      ? judge.rowReason(block, row, this.#last, accepted)
      : judge.fieldReason(bytes, from, end, this.#line);
    if (reason === undefined) return true;
    judge.refuse(reason, bytes, from, this.#line);
    return false;
  }
}
