import { assert } from '../../model/assert.ts';
import type { Transaction } from './wire.ts';

/** It is cut when an eighth more than wanted is kept. */
const SLACK = 8;

/** The account's transactions, numbered densely from 1; the oldest are dropped beyond a bound. */
export class TransactionLog {
  readonly #keep: number = 0;
  #kept: Transaction[] = [];
  #last = 0;

  /** `keep`: how many can be read back, at least. */
  constructor(keep: number) {
    this.#keep = keep;
  }

  /** Number of the newest; 0 when there is none. */
  get last(): number {
    return this.#last;
  }

  /** The oldest that can be read back. */
  get first(): number {
    return this.#last - this.#kept.length + 1;
  }

  add(transaction: Transaction): void {
    assert(Number(transaction.id) === this.#last + 1, 'transactions are numbered densely');
    this.#last += 1;
    this.#kept.push(transaction);
    const room = this.#keep + Math.ceil(this.#keep / SLACK);
    if (this.#kept.length > room) this.#kept = this.#kept.slice(-this.#keep);
  }

  get(id: number): Transaction | undefined {
    return this.#kept[id - this.first];
  }

  /** Those numbered `from … to`, both included, as far as they are kept. */
  range(from: number, to: number): readonly Transaction[] {
    const { first } = this;
    return this.#kept.slice(Math.max(0, from - first), Math.max(0, to - first + 1));
  }

  save(): readonly Transaction[] {
    return this.#kept;
  }

  load(kept: readonly Transaction[], last: number): void {
    this.#kept = [...kept];
    this.#last = last;
  }
}
