import type { QuoteBlock } from '../market/quotes.ts';
import type { Instrument } from '../model/instrument.ts';
import {
  BAD_ROW_REASONS,
  type BadRowReason,
  type BadRowRules,
  noneSkipped,
  type ReadReport,
  type RowSample,
} from './bad-rows.ts';
import { DataError, excerptOf } from './data-error.ts';
import { PriceField, SizeField } from './decimal-field.ts';
import { type DelimitedFormat, LINE_BYTES_MAX, SEPARATORS } from './delimited-format.ts';
import { MappedRow } from './mapped-row.ts';
import { PlainRow } from './plain-row.ts';
import { TimeField } from './time-field.ts';
import type { ZoneClock } from './zone-clock.ts';

const LF = 10;
const CR = 13;
const BPS = 10_000;
const NOT_PLAIN = -1;

/** What the parser must know of a file before its first row. */
export interface FileStart {
  readonly file: string;
  readonly entry: string | undefined;
  /** Role of each column, in file order. */
  readonly roles: Uint8Array;
  /** Wall time of 00:00 of the file's day; 0 where the format has no file date. */
  readonly dayWallUs: number;
  /** Rows must lie in [periodFrom, periodTo), µs UTC. */
  readonly periodFrom: number;
  readonly periodTo: number;
  /** Lines before the first row: the header. */
  readonly linesBefore: number;
}

const NO_FILE: FileStart = {
  file: '',
  entry: undefined,
  roles: new Uint8Array(1),
  dayWallUs: 0,
  periodFrom: 0,
  periodTo: 0,
  linesBefore: 0,
};

/** For a line beyond {@link LINE_BYTES_MAX}: never a matter of policy. */
export function lineTooLong(file: string, line: number): DataError {
  const reason = `line longer than ${LINE_BYTES_MAX} bytes: is it text with line ends?`;
  return new DataError('DATA_FORMAT', reason, { file, line });
}

/**
 * Turns lines into rows of a block, with every guard of the rules. It keeps the last row taken
 * across blocks and files, so that time and jumps are judged over the whole list of files.
 */
export class RowParser {
  readonly #rules: BadRowRules;
  readonly #separator: number = 0;
  readonly #time: TimeField;
  readonly #price: PriceField;
  readonly #size: SizeField;
  readonly #plainRow: PlainRow;
  readonly #mappedRow: MappedRow;
  readonly #headerHint: boolean;
  /** Largest move of bid + ask is `lastSum × jumpFactor ÷ 10 000`. */
  readonly #jumpFactor: number = 0;

  #start = NO_FILE;
  #isPlain = false;
  #line = 0;
  #accepted = 0;
  #duplicates = 0;
  #skipped: Record<BadRowReason, number> = noneSkipped();
  #first: Partial<Record<BadRowReason, RowSample>> = {};
  #firstTime: number | undefined;

  #lastTime = Number.NEGATIVE_INFINITY;
  #lastBid = 0;
  #lastAsk = 0;
  #jumpSum = 0;
  #jumpRun = 0;
  /** Rows accepted when the run of jumps began: a row taken in between ends the run. */
  #jumpAccepted = -1;

  constructor(
    instrument: Instrument,
    format: DelimitedFormat,
    rules: BadRowRules,
    clock: ZoneClock,
  ) {
    this.#rules = rules;
    this.#separator = SEPARATORS[format.separator].charCodeAt(0);
    this.#time = new TimeField(format.time, clock, format.separator !== 'space');
    this.#price = new PriceField(instrument.priceIncrement, format.priceGrid === 'round');
    this.#size = new SizeField(instrument.sizeIncrement, format.sizeScale);
    this.#plainRow = new PlainRow(this.#separator, this.#price, this.#size);
    this.#mappedRow = new MappedRow(this.#separator, this.#time, this.#price, this.#size);
    this.#headerHint = !format.header;
    this.#jumpFactor = rules.maxJumpBps === 0 ? Number.POSITIVE_INFINITY : rules.maxJumpBps;
  }

  /** Line of the row parsed last, 1-based. */
  get line(): number {
    return this.#line;
  }

  beginFile(start: FileStart): void {
    this.#start = start;
    this.#mappedRow.beginFile(start.roles);
    this.#time.beginFile(start.dayWallUs);
    this.#isPlain = this.#plainRow.beginFile(start.roles, this.#time.plain);
    this.#line = start.linesBefore;
    this.#accepted = 0;
    this.#duplicates = 0;
    this.#skipped = noneSkipped();
    this.#first = {};
    this.#firstTime = undefined;
    this.#price.rounded = 0;
    this.#size.rounded = 0;
    this.#jumpRun = 0;
  }

  /** The counts of the file so far. */
  report(endsWithNewline: boolean): ReadReport {
    const skipped = Object.values(this.#skipped).reduce((sum, count) => sum + count, 0);
    return {
      file: this.#start.file,
      entry: this.#start.entry,
      rows: this.#accepted + skipped,
      accepted: this.#accepted,
      skipped: { ...this.#skipped },
      first: { ...this.#first },
      duplicates: this.#duplicates,
      pricesRounded: this.#price.rounded,
      sizesRounded: this.#size.rounded,
      firstTime: this.#firstTime,
      lastTime: this.#accepted === 0 ? undefined : this.#lastTime,
      endsWithNewline,
    };
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
      const b = bid[row] as number;
      const a = ask[row] as number;
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
        if (!this.#judge(bytes, at, end, block, row, this.#accepted + row - began)) {
          at = bytes.indexOf(LF, at) + 1;
          continue;
        }
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

  /**
   * A line that did not pass: true when it is the row that confirms a new price level, else it is
   * blank, skipped and counted, or thrown. `end` is what the row parsers said.
   */
  #judge(
    bytes: Uint8Array,
    from: number,
    end: number,
    block: QuoteBlock,
    row: number,
    accepted: number,
  ): boolean {
    const lineEnd = bytes.indexOf(LF, from);
    const textEnd = bytes[lineEnd - 1] === CR && lineEnd > from ? lineEnd - 1 : lineEnd;
    if (textEnd === from) return false;
    if (lineEnd - from >= LINE_BYTES_MAX) throw lineTooLong(this.#start.file, this.#line);
    const reason =
      end < 0
        ? this.#fieldReason(bytes, from, textEnd, end)
        : this.#rowReason(block, row, accepted);
    if (reason === undefined) return true;
    const excerpt = excerptOf(bytes, from, textEnd);
    if (this.#rules.policy[reason] !== 'skip') {
      throw new DataError('DATA_BAD_ROW', reason, {
        file: this.#start.file,
        line: this.#line,
        excerpt,
        detail: this.#detail(reason),
      });
    }
    this.#skipped[reason] += 1;
    this.#first[reason] ??= { line: this.#line, excerpt };
    return false;
  }

  /** What the row parsers said, unless the line as a whole is not the declared columns. */
  #fieldReason(bytes: Uint8Array, from: number, to: number, end: number): BadRowReason | undefined {
    let columns = 1;
    for (let at = from; at < to; at += 1) if (bytes[at] === this.#separator) columns += 1;
    return columns === this.#start.roles.length ? BAD_ROW_REASONS[-1 - end] : 'unparseable';
  }

  #detail(reason: BadRowReason): string | undefined {
    if (reason === 'absurd_jump') return `mid moved by more than ${this.#rules.maxJumpBps} bps`;
    if (reason !== 'unparseable') return undefined;
    if (this.#line === 1 && this.#headerHint) return 'is it a header? the format says none';
    const columns = this.#start.roles.length;
    return `expected ${columns} ${columns === 1 ? 'column' : 'columns'}`;
  }

  #rowReason(block: QuoteBlock, row: number, accepted: number): BadRowReason | undefined {
    const time = block.time[row] as number;
    const bid = block.bid[row] as number;
    const ask = block.ask[row] as number;
    const { periodFrom, periodTo } = this.#start;
    if (time < periodFrom || time >= periodTo) return 'outside_file_period';
    if (time < this.#lastTime) return 'time_backwards';
    if (bid > ask) return 'crossed';
    return this.#levelConfirmed(bid + ask, accepted) ? undefined : 'absurd_jump';
  }

  /** Counts jumping rows that agree; true when there are enough to believe the new level. */
  #levelConfirmed(sum: number, accepted: number): boolean {
    const sameRun = this.#jumpRun > 0 && this.#jumpAccepted === accepted;
    const agrees = Math.abs(sum - this.#jumpSum) * BPS <= this.#jumpMax(this.#jumpSum);
    this.#jumpRun = sameRun && agrees ? this.#jumpRun + 1 : 1;
    this.#jumpAccepted = accepted;
    this.#jumpSum = sum;
    if (this.#jumpRun !== this.#rules.jumpConfirmRows) return false;
    this.#jumpRun = 0;
    return true;
  }
}
