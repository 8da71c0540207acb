import type { QuoteBlock } from '../market/quotes.ts';
import {
  BAD_ROW_REASONS,
  type BadRowReason,
  type BadRowRules,
  noneSkipped,
  type ReadReport,
  type RowSample,
  skippedShare,
} from './bad-rows.ts';
import { DataError, type DataErrorPlace, excerptOf } from './data-error.ts';
import { LINE_BYTES_MAX } from './delimited-format.ts';

const LF = 10;
const CR = 13;
const BPS = 10_000;

/** What is known of a file before its first row. */
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

export const NO_FILE: FileStart = {
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

/** End of the line's text at `from`: before its line feed and a carriage return before that. */
export function textEndOf(bytes: Uint8Array, from: number): number {
  const lineEnd = bytes.indexOf(LF, from);
  return bytes[lineEnd - 1] === CR && lineEnd > from ? lineEnd - 1 : lineEnd;
}

/** Counts that the judge does not keep. */
export type ReaderCounts = Pick<
  ReadReport,
  | 'accepted'
  | 'quotes'
  | 'duplicates'
  | 'pricesRounded'
  | 'sizesRounded'
  | 'firstTime'
  | 'lastTime'
  | 'endsWithNewline'
>;

/**
 * Applies the rules to the rows that a parser could not take without a second look: fails, skips
 * and counts, or lets pass. Nothing here is asked for a row without remark.
 */
export class RowJudge {
  readonly #rules: BadRowRules;
  readonly #separator: number = 0;
  readonly #headerHint: boolean;
  #start = NO_FILE;
  #skipped: Record<BadRowReason, number> = noneSkipped();
  #first: Partial<Record<BadRowReason, RowSample>> = {};
  #crossedKept = 0;
  #crossedClamped = 0;
  #jumpSum = 0;
  #jumpRun = 0;
  /** Rows accepted when the run of jumps began: a row taken in between ends the run. */
  #jumpAccepted = -1;

  /** `headerHint`: a first line that cannot be read may be a header that was not declared. */
  constructor(rules: BadRowRules, separator: number, headerHint: boolean) {
    this.#rules = rules;
    this.#separator = separator;
    this.#headerHint = headerHint;
  }

  beginFile(start: FileStart): void {
    this.#start = start;
    this.#skipped = noneSkipped();
    this.#first = {};
    this.#crossedKept = 0;
    this.#crossedClamped = 0;
    this.#jumpRun = 0;
  }

  /** True where a crossed row is handed out. */
  get takesCrossed(): boolean {
    const policy = this.#rules.policy.crossed;
    return policy === 'keep' || policy === 'clamp';
  }

  report(counts: ReaderCounts): ReadReport {
    const skipped = Object.values(this.#skipped).reduce((sum, count) => sum + count, 0);
    const { accepted, quotes, ...others } = counts;
    return {
      file: this.#start.file,
      entry: this.#start.entry,
      rows: accepted + skipped,
      accepted,
      quotes,
      skipped: { ...this.#skipped },
      first: { ...this.#first },
      crossedKept: this.#crossedKept,
      crossedClamped: this.#crossedClamped,
      ...others,
    };
  }

  /** Throws `DATA_SKIPPED_SHARE` for a file of which too much was skipped. */
  checkShare(report: ReadReport): void {
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

  /**
   * Why a row whose fields are good is not taken, by the row taken before it; undefined for one
   * that is: crossed by the policy, which is counted here, or confirming a new price level.
   * `accepted` counts the rows of this file taken before it.
   */
  rowReason(
    block: QuoteBlock,
    row: number,
    last: { readonly time: number; readonly sum: number },
    accepted: number,
  ): BadRowReason | undefined {
    const time = block.time[row] as number;
    const bid = block.bid[row] as number;
    const ask = block.ask[row] as number;
    if (this.isOutside(time)) return 'outside_file_period';
    if (time < last.time) return 'time_backwards';
    if (bid > ask && !this.takesCrossed) return 'crossed';
    const jumps = this.jumps(bid + ask, last.sum);
    if (jumps && !this.levelConfirmed(bid + ask, accepted)) return 'absurd_jump';
    if (bid > ask) this.takeCrossed(block, row, row + 1);
    return undefined;
  }

  /** Leaves a row of a file without lines out and counts it, or throws `DATA_BAD_ROW`. */
  refuseRow(reason: BadRowReason, row: number, excerpt: string): void {
    const jump = reason === 'absurd_jump' ? this.#detail(reason, row) : undefined;
    this.#leaveOut(reason, { row, excerpt, detail: jump });
  }

  #leaveOut(reason: BadRowReason, place: Omit<DataErrorPlace, 'file'>): void {
    if (this.#rules.policy[reason] !== 'skip') {
      throw new DataError('DATA_BAD_ROW', reason, { file: this.#start.file, ...place });
    }
    const { line, row, excerpt = '' } = place;
    this.#skipped[reason] += 1;
    this.#first[reason] ??= { line: line ?? row ?? 0, excerpt };
  }

  /** Leaves the line at `from` out and counts it, or throws `DATA_BAD_ROW`. */
  refuse(
    reason: BadRowReason,
    bytes: Uint8Array,
    from: number,
    line: number,
    detail: string | undefined = this.#detail(reason, line, this.#columnsOf(bytes, from)),
  ): void {
    const excerpt = excerptOf(bytes, from, textEndOf(bytes, from));
    this.#leaveOut(reason, { line, excerpt, detail });
  }

  /**
   * Why the fields of a line cannot be taken, by what their parsers said; the line as a whole goes
   * first. Throws for a line that is too long.
   */
  fieldReason(bytes: Uint8Array, from: number, end: number, line: number): BadRowReason {
    const to = bytes.indexOf(LF, from);
    if (to - from >= LINE_BYTES_MAX) throw lineTooLong(this.#start.file, line);
    const isWhole = this.#columnsOf(bytes, from) === this.#start.roles.length;
    const reason = isWhole ? BAD_ROW_REASONS[-1 - end] : undefined;
    return reason ?? 'unparseable';
  }

  #columnsOf(bytes: Uint8Array, from: number): number {
    const to = bytes.indexOf(LF, from);
    const end = to < 0 ? bytes.length : to;
    let columns = 1;
    for (let at = from; at < end; at += 1) if (bytes[at] === this.#separator) columns += 1;
    return columns;
  }

  #detail(reason: BadRowReason, line: number, found?: number): string | undefined {
    if (reason === 'absurd_jump') return `mid moved by more than ${this.#rules.maxJumpBps} bps`;
    if (reason !== 'unparseable') return undefined;
    if (line === 1 && this.#headerHint) return 'is it a header? the format says none';
    const columns = this.#start.roles.length;
    if (found === columns) return 'a field is not in the declared notation';
    return `expected ${columns} ${columns === 1 ? 'column' : 'columns'}`;
  }

  isOutside(time: number): boolean {
    return time < this.#start.periodFrom || time >= this.#start.periodTo;
  }

  /** Before the first row, whose predecessor is 0, every move is believed. */
  jumps(sum: number, lastSum: number): boolean {
    const { maxJumpBps } = this.#rules;
    if (lastSum === 0 || maxJumpBps === 0) return false;
    return Math.abs(sum - lastSum) * BPS > lastSum * maxJumpBps;
  }

  /** Counts jumping rows that agree; true when there are enough to believe the new level. */
  levelConfirmed(sum: number, accepted: number): boolean {
    const sameRun = this.#jumpRun > 0 && this.#jumpAccepted === accepted;
    const agrees = !this.jumps(sum, this.#jumpSum);
    this.#jumpRun = sameRun && agrees ? this.#jumpRun + 1 : 1;
    this.#jumpAccepted = accepted;
    this.#jumpSum = sum;
    if (this.#jumpRun !== this.#rules.jumpConfirmRows) return false;
    this.#jumpRun = 0;
    return true;
  }

  /** Counts a crossed row that is taken, and clamps its quotes where the policy says so. */
  takeCrossed(block: QuoteBlock, from: number, to: number): void {
    if (this.#rules.policy.crossed === 'keep') {
      this.#crossedKept += 1;
      return;
    }
    this.#crossedClamped += 1;
    for (let row = from; row < to; row += 1) {
      const bid = block.bid[row] as number;
      const ask = block.ask[row] as number;
      if (bid <= ask) continue;
      const middle = Math.floor((bid + ask + 1) / 2);
      block.bid[row] = middle;
      block.ask[row] = middle;
    }
  }
}
