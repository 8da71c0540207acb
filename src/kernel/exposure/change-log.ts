/** Changes that are remembered one by one; who is further behind looks at everything. */
const REMEMBERED = 64;

/** Which instruments have changed lately: any number of readers may follow it. */
export class ChangeLog {
  readonly #instruments = new Int32Array(REMEMBERED);
  /** How many changes there were. */
  count = 0;

  note(k: number): void {
    this.#instruments[this.count % REMEMBERED] = k;
    this.count += 1;
  }

  /** Is every change from `since` on still remembered? */
  remembers(since: number): boolean {
    return this.count - since <= REMEMBERED;
  }

  /** Instrument of a change that is remembered, counted from 0. */
  at(change: number): number {
    return this.#instruments[change % REMEMBERED] as number;
  }
}
