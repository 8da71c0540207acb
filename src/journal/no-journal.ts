import { type DurableToken, issueDurableToken } from './durable.ts';
import type { Journal } from './journal.ts';

/** For backtests with the journal off: nothing is kept, and nothing outside is at stake. */
export class NoJournal implements Journal {
  #appended = 0;

  get appended(): number {
    return this.#appended;
  }
  get durable(): number {
    return this.#appended;
  }

  input(): void {
    this.#appended += 1;
  }

  quote(): void {
    this.#appended += 1;
  }

  record(): void {
    this.#appended += 1;
  }

  cut(): void {
    // Nothing waits.
  }

  commit(): DurableToken {
    return issueDurableToken(this.#appended);
  }
}
