import { createQuoteBlock, type QuoteBlock } from '../../market/quotes.ts';
import { assert } from '../../model/assert.ts';
import type { ReadReport } from '../bad-rows.ts';
import { BLOCK_ROWS } from '../quote-stream.ts';
import { ColumnFileError, type ColumnFileReader } from './column-file.ts';
import { QuoteBlockDecoder, QuoteBlockEncoder } from './quote-block-codec.ts';

export const STREAM_KIND = 'quotes';

/** What is said of a cached stream beside its rows; JSON. */
export interface StreamContent {
  readonly symbol: string;
  readonly priceIncrement: string;
  readonly sizeIncrement: string;
  readonly rows: number;
  /** False when every size is 0. */
  readonly sized: boolean;
  /** Of this stream alone, as instrument 0. */
  readonly dataVersion: string;
  /** Reports in their order, with the place of their file among the source's files. */
  readonly reports: readonly { readonly at: number; readonly report: ReadReport }[];
}

/** Where blocks of bytes go. */
export interface BlockSink {
  add(raw: Uint8Array): void;
}

function appendRows(to: QuoteBlock, from: QuoteBlock, at: number, rows: number): void {
  const end = at + rows;
  const { count } = to;
  to.time.set(from.time.subarray(at, end), count);
  to.bid.set(from.bid.subarray(at, end), count);
  to.ask.set(from.ask.subarray(at, end), count);
  if (from.bidSize.length === 0) {
    to.bidSize.fill(0, count, count + rows);
    to.askSize.fill(0, count, count + rows);
  } else {
    to.bidSize.set(from.bidSize.subarray(at, end), count);
    to.askSize.set(from.askSize.subarray(at, end), count);
  }
  to.count = count + rows;
}

/** Cuts a stream of any blocks into blocks of {@link BLOCK_ROWS} rows and encodes them. */
export class StreamEncoder {
  readonly #sink: BlockSink;
  readonly #stage: QuoteBlock;
  readonly #encoder: QuoteBlockEncoder;
  rows = 0;
  sized = false;

  constructor(sink: BlockSink, blockRows = BLOCK_ROWS) {
    this.#sink = sink;
    this.#stage = createQuoteBlock(blockRows);
    this.#encoder = new QuoteBlockEncoder(blockRows);
  }

  add(block: QuoteBlock): void {
    const stage = this.#stage;
    for (let at = 0; at < block.count; ) {
      const rows = Math.min(block.count - at, stage.time.length - stage.count);
      appendRows(stage, block, at, rows);
      at += rows;
      if (stage.count === stage.time.length) this.#flush();
    }
  }

  /** Encodes the rows that wait for more. */
  finish(): void {
    if (this.#stage.count > 0) this.#flush();
  }

  #flush(): void {
    const stage = this.#stage;
    this.rows += stage.count;
    this.#sink.add(this.#encoder.encode(stage));
    this.sized ||= this.#encoder.sized;
    stage.count = 0;
  }
}

/** Reads a cached stream block by block into one block. Throws {@link ColumnFileError}. */
export class StreamFileReader implements Disposable {
  readonly #file: ColumnFileReader;
  readonly #decoder: QuoteBlockDecoder;
  readonly content: StreamContent;
  #next = 0;
  #rows = 0;

  /** `file` was opened as {@link STREAM_KIND}. */
  constructor(file: ColumnFileReader, blockRows = BLOCK_ROWS) {
    this.#file = file;
    this.#decoder = new QuoteBlockDecoder(blockRows);
    // Under its checksum, and of this kind: it is what `StreamContent` describes.
    this.content = file.content as StreamContent;
  }

  /** Rows handed out so far. */
  get rows(): number {
    return this.#rows;
  }

  /** Fills a block, all but its instrument column; false at the end. */
  next(into: QuoteBlock): boolean {
    if (this.#next === this.#file.blocks) {
      if (this.#rows === this.content.rows) return false;
      throw new ColumnFileError('its number of rows is wrong');
    }
    const raw = this.#file.read(this.#next);
    if (!this.#decoder.decode(raw, into)) {
      throw new ColumnFileError(`its block ${this.#next} is not a block of quotes`);
    }
    assert(into.count > 0, 'a block has rows');
    this.#next += 1;
    this.#rows += into.count;
    return true;
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}
