/** Quotes of one moment that are compared with each other; beyond, only with the one before. */
const TIES_COMPARED = 1024;

/** Rows that say again what was said before. */
export class RepeatFigures {
  /** Rows whose time, bid and ask an earlier row of the same moment has. */
  duplicates = 0;
  firstDuplicate = 0.5;
  /** Rows with the time of the row before. */
  sharedTimes = 0;
  /** Rows with bid and ask of the row before, whatever their time. */
  repeatedPrices = 0;
  readonly #bids = new Int32Array(TIES_COMPARED);
  readonly #asks = new Int32Array(TIES_COMPARED);
  #ties = 0;
  #time = Number.NEGATIVE_INFINITY;
  #bid = 0;
  #ask = 0;

  add(time: number, bid: number, ask: number): void {
    if (time !== this.#time) this.#ties = 0;
    else {
      this.sharedTimes += 1;
      if (this.#isKnown(bid, ask)) {
        if (this.duplicates === 0) this.firstDuplicate = time;
        this.duplicates += 1;
      }
    }
    if (bid === this.#bid && ask === this.#ask) this.repeatedPrices += 1;
    if (this.#ties < TIES_COMPARED) {
      this.#bids[this.#ties] = bid;
      this.#asks[this.#ties] = ask;
      this.#ties += 1;
    }
    this.#time = time;
    this.#bid = bid;
    this.#ask = ask;
  }

  #isKnown(bid: number, ask: number): boolean {
    if (bid === this.#bid && ask === this.#ask) return true;
    for (let i = 0; i < this.#ties; i++) {
      if (this.#bids[i] === bid && this.#asks[i] === ask) return true;
    }
    return false;
  }
}
