import { createHash } from 'node:crypto';
import type { QuoteBlock } from '../market/quotes.ts';
import { assert } from '../model/assert.ts';
import { Encoder } from '../model/codec.ts';
import type { Decimal } from '../model/decimal.ts';
import type { Instrument } from '../model/instrument.ts';

const TWO_32 = 4_294_967_296;
const VERSION = 'tiyf-data-1';
/** Part of the definition: another number would rename all data. */
const RUN_ROWS = 65_536;

/** Without trailing zeros: 0.00010 and 0.0001 are one increment. */
function normalised(value: Decimal): Decimal {
  let { coefficient, decimals } = value;
  while (decimals > 0 && coefficient % 10n === 0n) {
    coefficient /= 10n;
    decimals -= 1;
  }
  return { coefficient, decimals };
}

function isLittleEndian(): boolean {
  return new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
}

function bytesOf(column: ArrayBufferView, bytes: number): Uint8Array {
  return new Uint8Array(column.buffer, column.byteOffset, bytes);
}

/** Safe integers as 64-bit two's complement, little-endian, low half first. */
function putInt64(to: Uint32Array, at: number, from: Float64Array, start: number, count: number) {
  for (let i = 0; i < count; i += 1) {
    const value = from[start + i] as number;
    const high = Math.floor(value / TWO_32);
    to[2 * (at + i)] = value - high * TWO_32;
    to[2 * (at + i) + 1] = high;
  }
}

/**
 * Names a set of quotes by content, `sha256:` and 64 hex digits: the same from whatever files,
 * formats, containers and blocks the quotes came. SHA-256 over, all little-endian:
 *
 * 1. the header: text `tiyf-data-1`; u32 number of instruments; for each, in index order, text
 *    symbol, then price increment and size increment, each as 128-bit coefficient and u8 decimals,
 *    without trailing zeros. A text is UTF-8 after its length as u32.
 * 2. for each run of 65 536 rows, the last one shorter and never empty: u32 number of rows, then
 * the
 *    columns one after the other: time i64 (µs UTC), instrument u16, bid i32, ask i32, bid size
 * i64,
 *    ask size i64 (counts of the increments).
 */
export class DataVersionHasher {
  readonly #hash = createHash('sha256');
  readonly #time = new Uint32Array(2 * RUN_ROWS);
  readonly #instrument = new Uint16Array(RUN_ROWS);
  readonly #bid = new Int32Array(RUN_ROWS);
  readonly #ask = new Int32Array(RUN_ROWS);
  readonly #bidSize = new Uint32Array(2 * RUN_ROWS);
  readonly #askSize = new Uint32Array(2 * RUN_ROWS);
  #count = 0;
  #version = '';

  /** `instruments` in the order of their indices. */
  constructor(instruments: readonly Instrument[]) {
    assert(isLittleEndian(), 'data versions are defined for little-endian machines only');
    const io = new Encoder();
    io.text('version', VERSION);
    io.u32('instruments', instruments.length);
    for (const { symbol, priceIncrement, sizeIncrement } of instruments) {
      io.text('symbol', symbol);
      for (const increment of [priceIncrement, sizeIncrement]) {
        const { coefficient, decimals } = normalised(increment);
        io.big('coefficient', coefficient);
        io.u8('decimals', decimals);
      }
    }
    this.#hash.update(io.bytes);
  }

  /** Adds the rows of a block, after those before. */
  update(block: QuoteBlock): void {
    assert(this.#version === '', 'the data version is already taken');
    for (let from = 0; from < block.count; ) {
      const rows = Math.min(block.count - from, RUN_ROWS - this.#count);
      const at = this.#count;
      const to = from + rows;
      putInt64(this.#time, at, block.time, from, rows);
      this.#instrument.set(block.instrument.subarray(from, to), at);
      this.#bid.set(block.bid.subarray(from, to), at);
      this.#ask.set(block.ask.subarray(from, to), at);
      putInt64(this.#bidSize, at, block.bidSize, from, rows);
      putInt64(this.#askSize, at, block.askSize, from, rows);
      this.#count += rows;
      from = to;
      if (this.#count === RUN_ROWS) this.#flush();
    }
  }

  #flush(): void {
    const rows = this.#count;
    const hash = this.#hash;
    hash.update(bytesOf(Uint32Array.of(rows), 4));
    hash.update(bytesOf(this.#time, rows * 8));
    hash.update(bytesOf(this.#instrument, rows * 2));
    hash.update(bytesOf(this.#bid, rows * 4));
    hash.update(bytesOf(this.#ask, rows * 4));
    hash.update(bytesOf(this.#bidSize, rows * 8));
    hash.update(bytesOf(this.#askSize, rows * 8));
    this.#count = 0;
  }

  /** The name of all rows so far; nothing can be added after it. */
  digest(): string {
    if (this.#version !== '') return this.#version;
    if (this.#count > 0) this.#flush();
    this.#version = `sha256:${this.#hash.digest('hex')}`;
    return this.#version;
  }
}

/** The data version of a stream of blocks, read to its end. */
export async function dataVersion(
  instruments: readonly Instrument[],
  quotes: AsyncIterable<QuoteBlock>,
): Promise<string> {
  const hasher = new DataVersionHasher(instruments);
  for await (const block of quotes) hasher.update(block);
  return hasher.digest();
}
