import { createQuoteBlock, type QuoteBlock } from '../market/quotes.ts';
import { hash32Pair } from '../market/random.ts';
import { SYMBOLS } from './simulated-config.ts';

const MS = 1000;
const SECOND = 1_000_000;
const ROWS_FIRST = 256;
const MID = 108_000;
const SPREAD = 2;

/** Rows `from … to − 1` of a block. */
export interface MarketSlice {
  readonly block: QuoteBlock;
  readonly from: number;
  readonly to: number;
}

/** In a part of the worlds there is not always enough for everybody: orders fill in parts. */
export function isThin(seed: number): boolean {
  return seed % 3 === 0;
}

/** A market that is a function of seed and time: the same quotes whenever they are asked for. */
export class SimulatedMarket {
  readonly #seed: number = 0;
  /** Until then it is lively; after it, a quote a second. */
  readonly #quietFrom: number = 0;
  #block = createQuoteBlock(ROWS_FIRST);
  #at: number[];
  readonly #mids: number[];

  constructor(seed: number, start: number, quietFrom: number) {
    this.#seed = seed | 0;
    this.#quietFrom = quietFrom;
    this.#at = SYMBOLS.map((_, k) => start + k);
    this.#mids = SYMBOLS.map(() => MID);
  }

  /** Quotes after a time and up to another one; `undefined` for none. */
  between(after: number, until: number): MarketSlice | undefined {
    while (Math.min(...this.#at) <= until) this.#make();
    const { time, count } = this.#block;
    let to = count;
    while (to > 0 && (time[to - 1] ?? 0) > until) to -= 1;
    let from = to;
    while (from > 0 && (time[from - 1] ?? 0) > after) from -= 1;
    return from === to ? undefined : { block: this.#block, from, to };
  }

  /** The next quote of whichever instrument is due. */
  #make(): void {
    const k = this.#at.indexOf(Math.min(...this.#at));
    const at = this.#at[k] ?? 0;
    const row = this.#block.count;
    const drawn = hash32Pair(this.#seed, row, 77);
    const mid = (this.#mids[k] ?? MID) + ((drawn % 15) - 7);
    this.#mids[k] = mid;
    if (row === this.#block.time.length) this.#grow();
    const block = this.#block;
    block.time[row] = at;
    block.instrument[row] = k;
    block.bid[row] = mid;
    block.ask[row] = mid + SPREAD;
    const size = isThin(this.#seed) && at < this.#quietFrom ? 1 + ((drawn >>> 8) % 30) : 0;
    block.bidSize[row] = size;
    block.askSize[row] = size;
    block.count = row + 1;
    const step = at < this.#quietFrom ? (100 + ((drawn >>> 14) % 600)) * MS : SECOND;
    this.#at[k] = at + step;
  }

  #grow(): void {
    const old = this.#block;
    const block = createQuoteBlock(2 * old.count);
    block.time.set(old.time);
    block.instrument.set(old.instrument);
    block.bid.set(old.bid);
    block.ask.set(old.ask);
    block.bidSize.set(old.bidSize);
    block.askSize.set(old.askSize);
    block.count = old.count;
    this.#block = block;
  }
}
