import type { Instrument } from '../model/instrument.ts';
import type { BadRowReason, BadRowRules, ReadReport } from './bad-rows.ts';
import { LINE_BYTES_MAX, SEPARATORS } from './delimited-format.ts';
import type { ConvertedFormat } from './quote-format.ts';
import { type ReaderCounts, RowJudge, textEndOf } from './row-judge.ts';
import { SlotRow, type Slots } from './slot-row.ts';
import { type TextFile, TextRows } from './text-rows.ts';

const LF = 10;

/** Counts of rows and quotes that a row source does not know. */
export type TakenCounts = Pick<
  ReaderCounts,
  'accepted' | 'quotes' | 'duplicates' | 'firstTime' | 'lastTime'
>;

/** Rows one after the other, from one file or from two that belong together. */
export interface RowSource {
  /** The row at hand. */
  readonly slots: Slots;
  /** Judges what becomes of the row at hand. */
  readonly judge: RowJudge;
  /** Share of the files read from disk so far, 0 to 1. */
  readonly share: number;
  /** Goes to the next row; false when what was read is used up: then {@link advance}. */
  next(): boolean;
  /** The same, reading on; false at the end. */
  advance(): Promise<boolean>;
  /** Leaves the row at hand out and counts it, or throws `DATA_BAD_ROW`. */
  refuse(reason: BadRowReason, detail?: string): void;
  /** A report for each file; throws where too much of one was skipped. */
  reports(counts: TakenCounts): readonly ReadReport[];
  close(): Promise<void>;
}

/** The rows of one file that read; those that do not are judged here. */
export class FileRows implements RowSource {
  readonly judge: RowJudge;
  readonly #file: string;
  readonly #row: SlotRow;
  readonly #rows: TextRows;
  #at = 0;
  /** Start of the line at hand. */
  #lineAt = 0;
  #line = 0;

  private constructor(file: string, rows: TextRows, row: SlotRow, judge: RowJudge) {
    this.#file = file;
    this.#rows = rows;
    this.#row = row;
    this.judge = judge;
  }

  /** Opens a file and finds its first row; a file that fails is closed again. */
  static async open(
    file: TextFile & { readonly format: ConvertedFormat },
    instrument: Instrument,
    rules: BadRowRules,
  ): Promise<FileRows> {
    const { format, clock } = file;
    const separator = SEPARATORS[format.separator].charCodeAt(0);
    const rows = await TextRows.open(file);
    try {
      const start = await rows.begin();
      const row = new SlotRow(instrument, format, clock);
      const judge = new RowJudge(rules, separator, !format.header);
      row.beginFile(start);
      judge.beginFile(start);
      const opened = new FileRows(file.file, rows, row, judge);
      opened.#at = rows.at;
      opened.#line = start.linesBefore;
      return opened;
    } catch (error) {
      await rows.close();
      throw error;
    }
  }

  get slots(): Slots {
    return this.#row.slots;
  }

  get share(): number {
    return this.#rows.share;
  }

  /** `file:line` of the row at hand. */
  get place(): string {
    return `${this.#file}:${this.#line}`;
  }

  next(): boolean {
    const { bytes, to } = this.#rows;
    while (this.#at < to) {
      const from = this.#at;
      this.#line += 1;
      this.#lineAt = from;
      this.#at = bytes.indexOf(LF, from) + 1;
      if (textEndOf(bytes, from) === from) continue;
      const end = this.#row.parse(bytes, from);
      // A line that is too long reads too, and is refused all the same.
      if (end > 0 && end - from <= LINE_BYTES_MAX) return true;
      this.refuse(this.judge.fieldReason(bytes, from, end, this.#line));
    }
    return false;
  }

  async advance(): Promise<boolean> {
    while (!this.next()) if (!(await this.fetch())) return false;
    return true;
  }

  /** Reads on; false at the end. The row at hand is gone then. */
  async fetch(): Promise<boolean> {
    const more = await this.#rows.next(this.#line);
    this.#at = more ? this.#rows.at : this.#rows.to;
    return more;
  }

  refuse(reason: BadRowReason, detail?: string): void {
    this.judge.refuse(reason, this.#rows.bytes, this.#lineAt, this.#line, detail);
  }

  reports(counts: TakenCounts): readonly ReadReport[] {
    const { pricesRounded, sizesRounded } = this.#row;
    const { endsWithNewline } = this.#rows;
    const report = this.judge.report({ ...counts, pricesRounded, sizesRounded, endsWithNewline });
    this.judge.checkShare(report);
    return [report];
  }

  async close(): Promise<void> {
    await this.#rows.close();
  }
}
