import { US_PER_HOUR } from '../../model/time.ts';

/** Half an hour: clocks are off by whole and half hours, sessions begin and end on them. */
export const SLOT_US = US_PER_HOUR / 2;
export const SLOTS_PER_DAY = 48;
const LEAST_ROOM = 1024;

function grown<T extends Float64Array | Uint32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/**
 * Quotes and spreads of each half hour of the period, by number of half hours since 1970. Grows
 * with the period, not with the rows: some 350 kB a year.
 */
export class Slots {
  #first = 0;
  #length = 0;
  #quotes = new Uint32Array(LEAST_ROOM);
  #spreadTime = new Float64Array(LEAST_ROOM);
  #standing = new Float64Array(LEAST_ROOM);

  /** Number of the first slot; meaningless while there is none. */
  get first(): number {
    return this.#first;
  }

  /** Slots from the first quote to the last. */
  get length(): number {
    return this.#length;
  }

  /** A quote; times must not go back. */
  add(time: number): void {
    const at = this.#indexOf(time);
    this.#quotes[at] = (this.#quotes[at] as number) + 1;
  }

  /** The quote of `time`, of this spread, stood for so long. */
  stood(time: number, spread: number, standingUs: number): void {
    const at = this.#indexOf(time);
    this.#spreadTime[at] = (this.#spreadTime[at] as number) + spread * standingUs;
    this.#standing[at] = (this.#standing[at] as number) + standingUs;
  }

  /** Quotes in slot `index` after the first. */
  quotes(index: number): number {
    return index < this.#length ? (this.#quotes[index] ?? 0) : 0;
  }

  /** Mean spread over time in slot `index` after the first; `undefined` where none stood. */
  spread(index: number): number | undefined {
    const standing = this.#standing[index] ?? 0;
    return standing === 0 ? undefined : (this.#spreadTime[index] ?? 0) / standing;
  }

  #indexOf(time: number): number {
    const slot = Math.floor(time / SLOT_US);
    if (this.#length === 0) this.#first = slot;
    const index = slot - this.#first;
    if (index >= this.#length) {
      this.#length = index + 1;
      if (index >= this.#quotes.length) this.#grow(index);
    }
    return index;
  }

  #grow(index: number): void {
    const room = 2 ** Math.ceil(Math.log2(index + 1));
    this.#quotes = grown(this.#quotes, new Uint32Array(room));
    this.#spreadTime = grown(this.#spreadTime, new Float64Array(room));
    this.#standing = grown(this.#standing, new Float64Array(room));
  }
}
