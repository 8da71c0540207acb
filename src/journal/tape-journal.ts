import type { Input } from '../model/inputs.ts';
import { InputKind, type QuotesInput } from '../model/inputs.ts';
import type { KernelRecord } from '../model/records.ts';
import type { ChainedJournal } from './chained-journal.ts';
import { type DurableToken, issueDurableToken } from './durable.ts';
import { CUT_BYTES, type Journal } from './journal.ts';

/**
 * The journal of a backtest. Quotes stand in it by reference, as ranges of rows of the tape that
 * the data version names. The venue is in the process and dies with it, so a commit may come late:
 * groups are cut by size, and at the end.
 */
export class TapeJournal implements Journal {
  readonly #journal: ChainedJournal;
  #rows = 0;
  /** Rows that no frame has named yet, and the number and time of the last of them. */
  #waiting = 0;
  #seq = 0;
  #time = 0;

  constructor(journal: ChainedJournal) {
    this.#journal = journal;
  }

  get appended(): number {
    return this.#journal.appended;
  }
  get durable(): number {
    return this.#journal.durable;
  }

  quote(seq: number, time: number): void {
    this.#waiting += 1;
    this.#seq = seq;
    this.#time = time;
  }

  #nameRows(): void {
    if (this.#waiting === 0) return;
    const rows = this.#waiting;
    const quotes: QuotesInput = { kind: InputKind.quotes, firstRow: this.#rows, rows };
    this.#journal.input(quotes, this.#seq, this.#time);
    this.#rows += rows;
    this.#waiting = 0;
  }

  input(input: Input, seq: number, time: number): void {
    this.#nameRows();
    this.#journal.input(input, seq, time);
  }

  record(record: KernelRecord, seq: number, time: number): void {
    this.#nameRows();
    this.#journal.record(record, seq, time);
  }

  /** Nothing outside is at stake, so nobody waits for it. */
  commit(): DurableToken {
    this.cut();
    return issueDurableToken(this.#journal.appended);
  }

  cut(): void {
    if (this.#journal.waitingBytes < CUT_BYTES) return;
    this.#journal.commit();
    this.#journal.store.prepare();
  }

  /** Writes what waits, and closes the journal. */
  finish(): void {
    this.#nameRows();
    this.#journal.commit();
    this.close();
  }

  /** Closes the journal; what waits is not written. */
  close(): void {
    this.#journal.store.close();
  }
}
