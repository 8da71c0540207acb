import type { QuoteBlock } from '../../market/quotes.ts';
import { BLOCK_ROWS } from '../quote-stream.ts';
import { ColumnFileError, type ColumnFileReader } from './column-file.ts';
import type { BlockSink } from './stream-file.ts';

export const ORDER_KIND = 'order';

/** What is said of a cached order beside it; JSON. */
export interface OrderContent {
  readonly symbols: readonly string[];
  readonly rows: number;
  /** Rows of each stream. */
  readonly counts: readonly number[];
  /** Of the merged market. */
  readonly dataVersion: string;
}

/** Streams are numbered in one byte where there are at most 256, else in two byte planes. */
function widthFor(streams: number): 1 | 2 {
  return streams <= 256 ? 1 : 2;
}

/** Takes down of which stream each row of a merged market is, a block of rows at a time. */
export class OrderEncoder {
  readonly #sink: BlockSink;
  readonly #width: number = 1;
  readonly #numbers = new Uint16Array(BLOCK_ROWS);
  readonly #raw: Uint8Array;
  readonly counts: Float64Array;
  #waiting = 0;
  rows = 0;

  constructor(sink: BlockSink, streams: number) {
    this.#sink = sink;
    this.#width = widthFor(streams);
    this.#raw = new Uint8Array(BLOCK_ROWS * this.#width);
    this.counts = new Float64Array(streams);
  }

  /** `instrument` of the merged rows is the number of their stream. */
  add({ instrument, count }: QuoteBlock): void {
    const { counts } = this;
    for (let i = 0; i < count; i += 1) {
      const stream = instrument[i] as number;
      counts[stream] = (counts[stream] as number) + 1;
    }
    for (let at = 0; at < count; ) {
      const rows = Math.min(count - at, BLOCK_ROWS - this.#waiting);
      this.#numbers.set(instrument.subarray(at, at + rows), this.#waiting);
      this.#waiting += rows;
      at += rows;
      if (this.#waiting === BLOCK_ROWS) this.#flush();
    }
  }

  finish(): void {
    if (this.#waiting > 0) this.#flush();
  }

  #flush(): void {
    const rows = this.#waiting;
    const numbers = this.#numbers;
    const raw = this.#raw;
    for (let i = 0; i < rows; i += 1) raw[i] = numbers[i] as number;
    if (this.#width === 2) {
      for (let i = 0; i < rows; i += 1) raw[rows + i] = (numbers[i] as number) >>> 8;
    }
    this.#sink.add(raw.subarray(0, rows * this.#width));
    this.rows += rows;
    this.#waiting = 0;
  }
}

/** Reads a cached order block by block. Throws {@link ColumnFileError}. */
export class OrderFileReader implements Disposable {
  readonly #file: ColumnFileReader;
  readonly #width: number = 1;
  readonly content: OrderContent;
  /** Stream numbers of the rows of the current block; of them the first {@link count} are valid. */
  readonly numbers = new Uint16Array(BLOCK_ROWS);
  count = 0;
  #next = 0;

  /** `file` was opened as {@link ORDER_KIND}, under the key of these streams. */
  constructor(file: ColumnFileReader, streams: number) {
    this.#file = file;
    this.#width = widthFor(streams);
    // Under its checksum, and of this kind: it is what `OrderContent` describes.
    this.content = file.content as OrderContent;
  }

  /** Checks every block, so that a damaged order is not begun. */
  verify(): void {
    for (let block = 0; block < this.#file.blocks; block += 1) this.#file.packed(block);
  }

  /** Puts the next rows into place; false at the end. */
  next(): boolean {
    this.count = 0;
    if (this.#next === this.#file.blocks) return false;
    const raw = this.#file.read(this.#next);
    const rows = raw.length / this.#width;
    if (!Number.isInteger(rows) || rows > BLOCK_ROWS) {
      throw new ColumnFileError(`its block ${this.#next} is not an order`);
    }
    const { numbers } = this;
    if (this.#width === 1) numbers.set(raw);
    else {
      for (let i = 0; i < rows; i += 1) {
        numbers[i] = (raw[i] as number) | ((raw[rows + i] as number) << 8);
      }
    }
    this.count = rows;
    this.#next += 1;
    return true;
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}
