import type { FieldIo, Walkable } from '../../model/codec.ts';

/** The times of the last so many events, oldest first. Older ones are forgotten. */
export class TimeRing implements Walkable {
  readonly #times: Float64Array;
  #count = 0;
  #next = 0;

  constructor(capacity: number) {
    this.#times = new Float64Array(capacity);
  }

  add(time: number): void {
    const capacity = this.#times.length;
    if (capacity === 0) return;
    this.#times[this.#next] = time;
    this.#next = this.#next + 1 === capacity ? 0 : this.#next + 1;
    if (this.#count < capacity) this.#count += 1;
  }

  /** Time of the `n`-th last event, 1 being the last; −Infinity where there is none. */
  nthLast(n: number): number {
    if (n > this.#count) return Number.NEGATIVE_INFINITY;
    const at = this.#next - n;
    return this.#times[at < 0 ? at + this.#times.length : at] as number;
  }

  /** How many of the remembered events are later than `time`. */
  countAfter(time: number): number {
    let count = 0;
    while (count < this.#count && this.nthLast(count + 1) > time) count += 1;
    return count;
  }

  clear(): void {
    this.#count = 0;
    this.#next = 0;
  }

  walk(io: FieldIo): void {
    const times: number[] = [];
    for (let n = this.#count; n > 0; n--) times.push(this.nthLast(n));
    const read = io.scalars('times', times, 0, (inner, time) => inner.int('time', time));
    if (!io.reading) return;
    this.clear();
    for (const time of read) this.add(time);
  }
}
