import { createQuoteBlock, type QuoteBlock } from '../market/quotes.ts';
import type { TimeUs } from '../model/units.ts';

/** Rows `from … to − 1` of a block: what may be fed now. */
export interface QuoteSlice {
  readonly block: QuoteBlock;
  readonly from: number;
  readonly to: number;
}

/** Where an earlier life left a market. */
export interface FeedPosition {
  /** Market time that it had reached. */
  readonly time: TimeUs;
  /** Time of the last quote that it took, and how many it took of that time. */
  readonly quoteTime: number;
  readonly quotes: number;
}

/** Quotes as they come due. */
export interface QuoteFeed {
  /** The next rows up to and including `until`; `undefined` when there are none yet, or no more. */
  next(until: number): Promise<QuoteSlice | undefined>;
  /** True once nothing more will come. */
  readonly ended: boolean;
}

/** Rows in one block of a generated market: what is fed between two looks at anything else. */
const BLOCK_ROWS = 8192;

type Generate = (block: QuoteBlock, from: TimeUs, to: TimeUs) => TimeUs;

/** A market that is a function of time. */
export class GeneratedFeed implements QuoteFeed {
  readonly #generate: Generate;
  readonly #block = createQuoteBlock(BLOCK_ROWS);
  #next: TimeUs = 0 as TimeUs;

  /** `from`: time of the first quote wanted. */
  constructor(generate: Generate, from: TimeUs) {
    this.#generate = generate;
    this.#next = from;
  }

  get ended(): boolean {
    return false;
  }

  async next(until: number): Promise<QuoteSlice | undefined> {
    const to = (until + 1) as TimeUs;
    while (this.#next < to) {
      this.#block.count = 0;
      this.#next = this.#generate(this.#block, this.#next, to);
      if (this.#block.count > 0) return { block: this.#block, from: 0, to: this.#block.count };
    }
    return undefined;
  }
}

/** Recorded quotes, in the order of their tape. */
export class TapeFeed implements QuoteFeed {
  readonly #blocks: AsyncIterator<QuoteBlock>;
  readonly #left: FeedPosition | undefined;
  #taken = 0;
  #block: QuoteBlock | undefined;
  #at = 0;
  #ended = false;

  /** Rows that were fed in an earlier life are passed over. */
  constructor(blocks: AsyncIterable<QuoteBlock>, left?: FeedPosition) {
    this.#blocks = blocks[Symbol.asyncIterator]();
    this.#left = left;
  }

  get ended(): boolean {
    return this.#ended;
  }

  async next(until: number): Promise<QuoteSlice | undefined> {
    if (this.#ended) return undefined;
    while (this.#block === undefined || this.#at >= this.#block.count) {
      const result = await this.#blocks.next();
      if (result.done === true) {
        this.#ended = true;
        return undefined;
      }
      this.#block = result.value;
      this.#at = this.#firstNew(result.value);
    }
    const block = this.#block;
    const from = this.#at;
    let to = from;
    while (to < block.count && (block.time[to] as number) <= until) to += 1;
    if (to === from) return undefined;
    this.#at = to;
    return { block, from, to };
  }

  #firstNew(block: QuoteBlock): number {
    if (this.#left === undefined) return 0;
    const { time, quoteTime, quotes } = this.#left;
    let row = 0;
    for (; row < block.count; row += 1) {
      const at = block.time[row] as number;
      const wasTaken = at === quoteTime && this.#taken < quotes;
      if (wasTaken) this.#taken += 1;
      else if (at >= time) break;
    }
    return row;
  }

  /** Time of the first row that has not been fed, once it is known. */
  async peekTime(): Promise<TimeUs | undefined> {
    const slice = await this.next(Number.NEGATIVE_INFINITY);
    if (slice !== undefined || this.#ended || this.#block === undefined) return undefined;
    return this.#block.time[this.#at] as TimeUs;
  }
}
