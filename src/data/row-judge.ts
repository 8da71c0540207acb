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
import { DataError } from './data-error.ts';

/** A basis point is one part in so many. */
export const BPS = 10_000;

/** What the judge must know of a file. */
export interface JudgedFile {
  readonly file: string;
  readonly entry: string | undefined;
  /** Rows must lie in [periodFrom, periodTo), µs UTC. */
  readonly periodFrom: number;
  readonly periodTo: number;
}

const NO_FILE: JudgedFile = { file: '', entry: undefined, periodFrom: 0, periodTo: 0 };

/**
 * What the rules say of rows, for readers of any format: a row that a reader's own loop does not
 * find plainly good is judged here, and what became of it is counted. It keeps the last row taken
 * across blocks and files, so that time and jumps are judged over the whole list of files.
 *
 * The public fields are the reader's: its loop works on copies and puts them back.
 */
export class RowJudge {
  readonly #rules: BadRowRules;
  /** How a message counts rows: lines of a text, or rows of a table. */
  readonly #unit: 'line' | 'row';
  /** Largest move of bid + ask is `lastSum × jumpFactor ÷ 10 000`. */
  readonly jumpFactor: number = 0;

  #file = NO_FILE;
  #skipped: Record<BadRowReason, number> = noneSkipped();
  #first: Partial<Record<BadRowReason, RowSample>> = {};
  #firstTime: number | undefined;
  /** Rows taken of this file. */
  accepted = 0;
  duplicates = 0;

  /** The row taken last. */
  lastTime = Number.NEGATIVE_INFINITY;
  lastBid = 0;
  lastAsk = 0;

  #jumpSum = 0;
  #jumpRun = 0;
  /** Rows accepted when the run of jumps began: a row taken in between ends the run. */
  #jumpAccepted = -1;

  constructor(rules: BadRowRules, unit: 'line' | 'row') {
    this.#rules = rules;
    this.#unit = unit;
    this.jumpFactor = rules.maxJumpBps === 0 ? Number.POSITIVE_INFINITY : rules.maxJumpBps;
  }

  beginFile(file: JudgedFile): void {
    this.#file = file;
    this.#skipped = noneSkipped();
    this.#first = {};
    this.#firstTime = undefined;
    this.accepted = 0;
    this.duplicates = 0;
    this.#jumpRun = 0;
  }

  /** Counts the rows [from, to) of the block as taken. */
  took(block: QuoteBlock, from: number, to: number): void {
    if (this.accepted === 0 && to > from) this.#firstTime = block.time[from] as number;
    this.accepted += to - from;
  }

  /** Before the first row, whose predecessor is 0, every move is believed. */
  jumpMax(lastSum: number): number {
    return lastSum === 0 ? Number.POSITIVE_INFINITY : lastSum * this.jumpFactor;
  }

  /**
   * Why a row whose fields are good is not taken; undefined for one that is, such as the row that
   * confirms a new price level. `accepted` counts the rows of this file taken before it.
   */
  rowReason(block: QuoteBlock, row: number, accepted: number): BadRowReason | undefined {
    const time = block.time[row] as number;
    const bid = block.bid[row] as number;
    const ask = block.ask[row] as number;
    const { periodFrom, periodTo } = this.#file;
    if (time < periodFrom || time >= periodTo) return 'outside_file_period';
    if (time < this.lastTime) return 'time_backwards';
    if (bid > ask) return 'crossed';
    const move = bid + ask - this.lastBid - this.lastAsk;
    if (Math.abs(move) * BPS <= this.jumpMax(this.lastBid + this.lastAsk)) return undefined;
    return this.#levelConfirmed(bid + ask, accepted) ? undefined : 'absurd_jump';
  }

  /** Counts jumping rows that agree; true when there are enough to believe the new level. */
  #levelConfirmed(sum: number, accepted: number): boolean {
    const sameRun = this.#jumpRun > 0 && this.#jumpAccepted === accepted;
    const agrees = Math.abs(sum - this.#jumpSum) * BPS <= this.jumpMax(this.#jumpSum);
    this.#jumpRun = sameRun && agrees ? this.#jumpRun + 1 : 1;
    this.#jumpAccepted = accepted;
    this.#jumpSum = sum;
    if (this.#jumpRun !== this.#rules.jumpConfirmRows) return false;
    this.#jumpRun = 0;
    return true;
  }

  /** Counts a row as skipped. Throws {@link DataError} `DATA_BAD_ROW` where the rules say so. */
  refuse(reason: BadRowReason, sample: RowSample, detail?: string): void {
    if (this.#rules.policy[reason] !== 'skip') {
      const jump = `mid moved by more than ${this.#rules.maxJumpBps} bps`;
      throw new DataError('DATA_BAD_ROW', reason, {
        file: this.#file.file,
        [this.#unit]: sample.line,
        excerpt: sample.excerpt,
        detail: reason === 'absurd_jump' ? jump : detail,
      });
    }
    this.#skipped[reason] += 1;
    this.#first[reason] ??= sample;
  }

  /** The counts of the file so far, with those that only its reader knows. */
  report(
    counts: Pick<ReadReport, 'pricesRounded' | 'sizesRounded' | 'endsWithNewline'>,
  ): ReadReport {
    const skipped = Object.values(this.#skipped).reduce((sum, count) => sum + count, 0);
    return {
      file: this.#file.file,
      entry: this.#file.entry,
      rows: this.accepted + skipped,
      accepted: this.accepted,
      skipped: { ...this.#skipped },
      first: { ...this.#first },
      duplicates: this.duplicates,
      firstTime: this.#firstTime,
      lastTime: this.accepted === 0 ? undefined : this.lastTime,
      ...counts,
    };
  }
}

/** Throws {@link DataError} `DATA_SKIPPED_SHARE` where more rows were skipped than allowed. */
export function checkSkippedShare(report: ReadReport, rules: BadRowRules): void {
  const share = skippedShare(report);
  if (share <= rules.maxSkippedShare) return;
  const counts = BAD_ROW_REASONS.filter((reason) => report.skipped[reason] > 0)
    .map((reason) => `${reason} ${report.skipped[reason]}`)
    .join(', ');
  const percent = (share * 100).toFixed(2);
  const allowed = (rules.maxSkippedShare * 100).toFixed(2);
  const skipped = `${percent} % of ${report.rows} rows skipped`;
  const reason = `${skipped}, allowed are ${allowed} %: ${counts}`;
  throw new DataError('DATA_SKIPPED_SHARE', reason, { file: report.file });
}
