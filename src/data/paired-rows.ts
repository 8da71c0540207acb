import { basename, posix } from 'node:path';
import { present } from '../model/assert.ts';
import type { BadRowReason, ReadReport } from './bad-rows.ts';
import type { BarPrices } from './bars-format.ts';
import { OHLC } from './column-roles.ts';
import { DataError } from './data-error.ts';
import type { RowJudge } from './row-judge.ts';
import type { FileRows, RowSource, TakenCounts } from './row-source.ts';
import { createSlots } from './slot-row.ts';

type TwoFiles = Extract<BarPrices, { kind: 'two_files' }>;

/**
 * Files of the bid and of the ask, told apart by name, in pairs by their order. Throws
 * {@link DataError} `DATA_FORMAT` for a name that is of neither or both, and where one is left.
 */
export function pairFiles(
  { bidFiles, askFiles }: TwoFiles,
  files: readonly string[],
): readonly (readonly [string, string])[] {
  const refuse = (file: string, reason: string): never => {
    throw new DataError('DATA_FORMAT', reason, { file });
  };
  const bids: string[] = [];
  const asks: string[] = [];
  for (const file of files) {
    const isBid = posix.matchesGlob(basename(file), bidFiles);
    const isAsk = posix.matchesGlob(basename(file), askFiles);
    if (isBid === isAsk) {
      const fits = isBid ? 'fits both' : 'fits neither';
      refuse(file, `its name ${fits} bidFiles "${bidFiles}" and askFiles "${askFiles}"`);
    }
    (isBid ? bids : asks).push(file);
  }
  const [longer, kind, other] =
    bids.length > asks.length ? [bids, 'bid', 'ask'] : [asks, 'ask', 'bid'];
  const left = longer[Math.min(bids.length, asks.length)];
  if (left !== undefined) refuse(left, `a file of the ${kind} with none of the ${other} beside it`);
  return bids.map((bid, at) => [bid, present(asks[at], 'ask file')]);
}

/** One of the two files, with the row of it that is waiting for its fellow. */
class Side {
  readonly rows: FileRows;
  hasRow = false;
  ended = false;
  #lastTime = Number.NEGATIVE_INFINITY;

  constructor(rows: FileRows) {
    this.rows = rows;
  }

  get time(): number {
    return this.rows.slots.time[0] as number;
  }

  /** True with a row at hand, whose time is not before that of the last one. */
  ready(): boolean {
    while (!this.hasRow && this.rows.next()) {
      if (this.time < this.#lastTime) this.rows.refuse('time_backwards');
      else {
        this.#lastTime = this.time;
        this.hasRow = true;
      }
    }
    return this.hasRow;
  }

  /** Reads on, once nothing is left of what was read. */
  async fetch(): Promise<void> {
    if (!this.ready() && !this.ended) this.ended = !(await this.rows.fetch());
  }

  refuseUnpaired(other: 'bid' | 'ask'): void {
    this.hasRow = false;
    this.rows.refuse('unpaired', `no bar of this time in the file of the ${other}`);
  }
}

/** Rows of two files that have the same time, as one: the prices of the bid, then of the ask. */
export class PairedRows implements RowSource {
  readonly slots = createSlots();
  readonly #bid: Side;
  readonly #ask: Side;

  constructor(bid: FileRows, ask: FileRows) {
    this.#bid = new Side(bid);
    this.#ask = new Side(ask);
  }

  get judge(): RowJudge {
    return this.#bid.rows.judge;
  }

  get share(): number {
    return (this.#bid.rows.share + this.#ask.rows.share) / 2;
  }

  next(): boolean {
    const [bid, ask] = [this.#bid, this.#ask];
    while (bid.ready() && ask.ready()) {
      if (bid.time === ask.time) return this.#join();
      if (bid.time < ask.time) bid.refuseUnpaired('ask');
      else ask.refuseUnpaired('bid');
    }
    return false;
  }

  #join(): true {
    const [bid, ask] = [this.#bid, this.#ask];
    this.slots.time[0] = bid.time;
    for (let at = 0; at < OHLC; at += 1) {
      this.slots.prices[at] = bid.rows.slots.prices[at] as number;
      this.slots.prices[OHLC + at] = ask.rows.slots.prices[at] as number;
    }
    bid.hasRow = false;
    ask.hasRow = false;
    return true;
  }

  async advance(): Promise<boolean> {
    const [bid, ask] = [this.#bid, this.#ask];
    while (!this.next()) {
      await bid.fetch();
      await ask.fetch();
      // What one side still has after the other's end has no fellow.
      if (bid.ended) while (ask.ready()) ask.refuseUnpaired('bid');
      if (ask.ended) while (bid.ready()) bid.refuseUnpaired('ask');
      if (bid.ended && ask.ended) return false;
    }
    return true;
  }

  /** Both rows are left out, and each file counts its own. */
  refuse(reason: BadRowReason, detail?: string): void {
    const ask = this.#ask.rows;
    const together = `together with ${ask.place}`;
    this.#bid.rows.refuse(reason, detail === undefined ? together : `${detail} ${together}`);
    ask.refuse(reason);
  }

  reports(counts: TakenCounts): readonly ReadReport[] {
    const ask = { ...counts, quotes: 0, duplicates: 0 };
    return [...this.#bid.rows.reports(counts), ...this.#ask.rows.reports(ask)];
  }

  async close(): Promise<void> {
    await this.#bid.rows.close();
    await this.#ask.rows.close();
  }
}
