import type { TimeUs } from '../model/units.ts';

/** A quote as it came, in counts. */
export interface ArrivedQuote {
  readonly k: number;
  readonly bid: number;
  readonly ask: number;
  readonly bidSize: number;
  readonly askSize: number;
  /** The venue's own time of it. */
  readonly venueTime: TimeUs;
}

/** Where a quote stands that is the newest of its instrument. */
const NOWHERE = -1;

/**
 * Quotes between the stream and the journal. While there is room each of them is taken, in order.
 * Beyond that the engine is behind: a quote takes the place of the one of its instrument that
 * waits, and that is counted. So the queue is never longer than its room and the instruments.
 */
export class QuoteQueue {
  readonly #room: number = 0;
  #waiting: ArrivedQuote[] = [];
  /** By instrument: where its newest quote waits. */
  readonly #newest: Int32Array;
  /** Quotes that gave their place to a later one. */
  conflated = 0;
  /** Quotes that were left out: too old, overtaken, or of a time that has not come. */
  stale = 0;

  constructor(instruments: number, room: number) {
    this.#room = room;
    this.#newest = new Int32Array(instruments).fill(NOWHERE);
  }

  get length(): number {
    return this.#waiting.length;
  }

  push(quote: ArrivedQuote): void {
    const at = this.#newest[quote.k] as number;
    if (this.#waiting.length < this.#room || at === NOWHERE) {
      this.#newest[quote.k] = this.#waiting.length;
      this.#waiting.push(quote);
      return;
    }
    this.#waiting[at] = quote;
    this.conflated += 1;
  }

  /** Takes what waits, oldest first; what is not `wanted` is left out, and counted. */
  drain(wanted: (quote: ArrivedQuote) => boolean, take: (quote: ArrivedQuote) => void): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#newest.fill(NOWHERE);
    for (const quote of waiting) {
      if (wanted(quote)) take(quote);
      else this.stale += 1;
    }
  }
}
