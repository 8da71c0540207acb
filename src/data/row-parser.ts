import type { QuoteBlock } from '../market/quotes.ts';
import type { Instrument } from '../model/instrument.ts';
import {
  BAD_ROW_REASONS,
  type BadRowReason,
  type BadRowRules,
  type ReadReport,
} from './bad-rows.ts';
import { DataError, excerptOf } from './data-error.ts';
import { PriceField, SizeField } from './decimal-field.ts';
import { type DelimitedFormat, LINE_BYTES_MAX, SEPARATORS } from './delimited-format.ts';
import { MappedRow } from './mapped-row.ts';
import { PlainRow } from './plain-row.ts';
import { BPS, type JudgedFile, RowJudge } from './row-judge.ts';
import { TimeField } from './time-field.ts';
import type { ZoneClock } from './zone-clock.ts';

const LF = 10;
const CR = 13;
const NOT_PLAIN = -1;

/** What the parser must know of a file before its first row. */
export interface FileStart extends JudgedFile {
  /** Role of each column, in file order. */
  readonly roles: Uint8Array;
  /** Wall time of 00:00 of the file's day; 0 where the format has no file date. */
  readonly dayWallUs: number;
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
  readonly #judge: RowJudge;
  readonly #separator: number = 0;
  readonly #time: TimeField;
  readonly #price: PriceField;
  readonly #size: SizeField;
  readonly #plainRow: PlainRow;
  readonly #mappedRow: MappedRow;
  readonly #headerHint: boolean;

  #start = NO_FILE;
  #isPlain = false;
  #line = 0;

  constructor(
    instrument: Instrument,
    format: DelimitedFormat,
    rules: BadRowRules,
    clock: ZoneClock,
  ) {
    this.#judge = new RowJudge(rules, 'line');
    this.#separator = SEPARATORS[format.separator].charCodeAt(0);
    this.#time = new TimeField(format.time, clock, format.separator !== 'space');
    this.#price = new PriceField(instrument.priceIncrement, format.priceGrid === 'round');
    this.#size = new SizeField(instrument.sizeIncrement, format.sizeScale);
    this.#plainRow = new PlainRow(this.#separator, this.#price, this.#size);
    this.#mappedRow = new MappedRow(this.#separator, this.#time, this.#price, this.#size);
    this.#headerHint = !format.header;
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
    this.#judge.beginFile(start);
    this.#price.rounded = 0;
    this.#size.rounded = 0;
  }

  /** The counts of the file so far. */
  report(endsWithNewline: boolean): ReadReport {
    const [pricesRounded, sizesRounded] = [this.#price.rounded, this.#size.rounded];
    return this.#judge.report({ pricesRounded, sizesRounded, endsWithNewline });
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
    const judge = this.#judge;
    const jumpFactor = judge.jumpFactor;
    const plainRow = this.#plainRow;
    const mappedRow = this.#mappedRow;
    const isPlain = this.#isPlain;
    const began = block.count;
    let row = began;
    let at = from;
    let line = this.#line;
    let lastTime = judge.lastTime;
    let lastBid = judge.lastBid;
    let lastAsk = judge.lastAsk;
    let jumpMax = judge.jumpMax(lastBid + lastAsk);
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
        judge.lastTime = lastTime;
        judge.lastBid = lastBid;
        judge.lastAsk = lastAsk;
        if (!this.#isGood(bytes, at, end, block, row, judge.accepted + row - began)) {
          at = bytes.indexOf(LF, at) + 1;
          continue;
        }
      }
      if (t === lastTime && b === lastBid && a === lastAsk) judge.duplicates += 1;
      lastTime = t;
      lastBid = b;
      lastAsk = a;
      jumpMax = (a + b) * jumpFactor;
      row += 1;
      at = end;
    }
    judge.took(block, began, row);
    this.#line = line;
    judge.lastTime = lastTime;
    judge.lastBid = lastBid;
    judge.lastAsk = lastAsk;
    block.count = row;
    return at;
  }

  /**
   * A line that did not pass: true when it is the row that confirms a new price level, else it is
   * blank, skipped and counted, or thrown. `end` is what the row parsers said.
   */
  #isGood(
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
        : this.#judge.rowReason(block, row, accepted);
    if (reason === undefined) return true;
    const excerpt = excerptOf(bytes, from, textEnd);
    this.#judge.refuse(reason, { line: this.#line, excerpt }, this.#detail(reason));
    return false;
  }

  /** What the row parsers said, unless the line as a whole is not the declared columns. */
  #fieldReason(bytes: Uint8Array, from: number, to: number, end: number): BadRowReason | undefined {
    let columns = 1;
    for (let at = from; at < to; at += 1) if (bytes[at] === this.#separator) columns += 1;
    return columns === this.#start.roles.length ? BAD_ROW_REASONS[-1 - end] : 'unparseable';
  }

  #detail(reason: BadRowReason): string | undefined {
    if (reason !== 'unparseable') return undefined;
    if (this.#line === 1 && this.#headerHint) return 'is it a header? the format says none';
    const columns = this.#start.roles.length;
    return `expected ${columns} ${columns === 1 ? 'column' : 'columns'}`;
  }
}
