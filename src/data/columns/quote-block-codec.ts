import type { QuoteBlock } from '../../market/quotes.ts';
import { assert } from '../../model/assert.ts';
import {
  createHalves,
  type Halves,
  PLANES_MAX,
  planesFor,
  putNumbers,
  putPlanes,
  scaled,
  summed,
  takePlanes,
} from './planes.ts';

/**
 * A block of quotes of one instrument as bytes, little-endian, before compression:
 *
 * | at | | |
 * | --- | --- | --- |
 * | 0 | u32 | rows |
 * | 4 | 5 × u8 | planes of time, bid, spread, bid size, ask size |
 * | 12 | i32 | bid of the first row |
 * | 16 | f64 | time of the first row |
 * | 24 | f64 | unit of the time steps |
 * | 32 | 2 × f64 | units of bid sizes and ask sizes |
 * | 48 | | the planes of the five columns, one column after the other |
 *
 * Times are steps from row to row, bids zigzag steps, asks zigzag steps of the spread; sizes stand
 * as they are. Times and sizes are divided by their greatest common divisor, the unit: most feeds
 * tell milliseconds and whole lots. Nothing is lost: every number is an integer below 2^53.
 */
export const BLOCK_HEADER_BYTES = 48;
const PRICE_PLANES_MAX = 4;

/** Bytes of `rows` rows at most. */
export function blockBytesMax(rows: number): number {
  return BLOCK_HEADER_BYTES + rows * (3 * PLANES_MAX + 2 * PRICE_PLANES_MAX);
}

/** Greatest number that divides all; 1 where all are 0. */
function commonUnit(values: Float64Array, rows: number): number {
  let unit = 0;
  for (let i = 0; i < rows && unit !== 1; i += 1) {
    const value = values[i] as number;
    if (unit !== 0 && Math.floor(value / unit) * unit === value) continue;
    let rest = value;
    while (rest !== 0) {
      const next = unit % rest;
      unit = rest;
      rest = next;
    }
  }
  return unit === 0 ? 1 : unit;
}

/** Small negative steps become small numbers: 0, −1, 1, −2 … are 0, 1, 2, 3 … */
function zigzag(step: number): number {
  return ((step << 1) ^ (step >> 31)) >>> 0;
}

/** Turns blocks into bytes; its buffers are used again for the next block. */
export class QuoteBlockEncoder {
  readonly #raw: Uint8Array;
  readonly #view: DataView;
  readonly #halves: Halves;
  readonly #steps: Float64Array;
  /** Whether the last block held a size that is not 0. */
  sized = false;

  constructor(rows: number) {
    this.#raw = new Uint8Array(blockBytesMax(rows));
    this.#view = new DataView(this.#raw.buffer);
    this.#halves = createHalves(rows);
    this.#steps = new Float64Array(rows);
  }

  /** Bytes of rows `0 … count-1`, valid until the next call. The block has sizes and a row. */
  encode(block: QuoteBlock): Uint8Array {
    const { count, time, bid } = block;
    assert(count > 0 && block.bidSize.length >= count, 'a block to encode has rows and sizes');
    const view = this.#view;
    this.#raw.fill(0, 0, BLOCK_HEADER_BYTES);
    view.setUint32(0, count, true);
    view.setInt32(12, bid[0] as number, true);
    view.setFloat64(16, time[0] as number, true);
    let at = this.#putTimes(time, count);
    at = this.#putBids(bid, count, at);
    at = this.#putSpreads(block, at);
    at = this.#putNumbers(block.bidSize, count, at, 3, 32);
    at = this.#putNumbers(block.askSize, count, at, 4, 40);
    this.sized = this.#raw[7] !== 0 || this.#raw[8] !== 0;
    return this.#raw.subarray(0, at);
  }

  #putTimes(time: Float64Array, rows: number): number {
    const steps = this.#steps;
    let last = time[0] as number;
    assert(Number.isSafeInteger(last), 'a time to encode is a safe integer');
    for (let i = 0; i < rows; i += 1) {
      const now = time[i] as number;
      const step = now - last;
      assert(step >= 0 && Number.isSafeInteger(step), 'times to encode do not go back');
      steps[i] = step;
      last = now;
    }
    return this.#putNumbers(steps, rows, BLOCK_HEADER_BYTES, 0, 24);
  }

  /** A column of whole numbers; byte `4 + column` states its planes, `unitAt` is for its unit. */
  #putNumbers(
    values: Float64Array,
    rows: number,
    at: number,
    column: number,
    unitAt: number,
  ): number {
    const unit = commonUnit(values, rows);
    const max = putNumbers(this.#halves, values, rows, unit);
    this.#view.setFloat64(unitAt, unit, true);
    return this.#put(rows, at, column, max);
  }

  #putBids(bid: Int32Array, rows: number, at: number): number {
    const { low } = this.#halves;
    let last = bid[0] as number;
    let seen = 0;
    for (let i = 0; i < rows; i += 1) {
      const now = bid[i] as number;
      const coded = zigzag((now - last) | 0);
      low[i] = coded;
      seen |= coded;
      last = now;
    }
    return this.#put(rows, at, 1, seen >>> 0);
  }

  #putSpreads({ bid, ask, count }: QuoteBlock, at: number): number {
    const { low } = this.#halves;
    let last = 0;
    let seen = 0;
    for (let i = 0; i < count; i += 1) {
      const now = ((ask[i] as number) - (bid[i] as number)) | 0;
      const coded = zigzag((now - last) | 0);
      low[i] = coded;
      seen |= coded;
      last = now;
    }
    return this.#put(count, at, 2, seen >>> 0);
  }

  #put(rows: number, at: number, column: number, max: number): number {
    const planes = planesFor(max);
    this.#raw[4 + column] = planes;
    return putPlanes(this.#raw, at, this.#halves, rows, planes);
  }
}

/** Turns bytes back into blocks; its buffers are used again for the next block. */
export class QuoteBlockDecoder {
  readonly #halves: Halves;

  constructor(rows: number) {
    this.#halves = createHalves(rows);
  }

  /**
   * Fills `block` from its first row on and sets its count; its instrument column is left as it
   * is, its size columns where they have no room. False when the bytes are no such block.
   */
  decode(raw: Uint8Array, block: QuoteBlock): boolean {
    if (raw.length < BLOCK_HEADER_BYTES) return false;
    const view = new DataView(raw.buffer, raw.byteOffset, raw.length);
    const rows = view.getUint32(0, true);
    if (rows === 0 || rows > block.time.length || rows > this.#halves.low.length) return false;
    const [time = 0, bid = 0, spread = 0, bidSize = 0, askSize = 0] = raw.subarray(4, 9);
    if (bid > PRICE_PLANES_MAX || spread > PRICE_PLANES_MAX) return false;
    if (time > PLANES_MAX || bidSize > PLANES_MAX || askSize > PLANES_MAX) return false;
    const planes = time + bid + spread + bidSize + askSize;
    if (raw.length !== BLOCK_HEADER_BYTES + planes * rows) return false;
    const halves = this.#halves;
    let at = takePlanes(halves, raw, BLOCK_HEADER_BYTES, rows, time);
    const base = view.getFloat64(16, true);
    summed(block.time, halves, rows, time, { base, unit: view.getFloat64(24, true) });
    at = takePlanes(halves, raw, at, rows, bid);
    this.#bids(block.bid, rows, view.getInt32(12, true));
    at = takePlanes(halves, raw, at, rows, spread);
    this.#asks(block, rows);
    if (block.bidSize.length > 0) {
      at = takePlanes(halves, raw, at, rows, bidSize);
      scaled(block.bidSize, halves, rows, bidSize, view.getFloat64(32, true));
      takePlanes(halves, raw, at, rows, askSize);
      scaled(block.askSize, halves, rows, askSize, view.getFloat64(40, true));
    }
    block.count = rows;
    return true;
  }

  #bids(into: Int32Array, rows: number, first: number): void {
    const { low } = this.#halves;
    let value = first;
    for (let i = 0; i < rows; i += 1) {
      const coded = low[i] as number;
      value = (value + ((coded >>> 1) ^ -(coded & 1))) | 0;
      into[i] = value;
    }
  }

  #asks({ bid, ask }: QuoteBlock, rows: number): void {
    const { low } = this.#halves;
    let spread = 0;
    for (let i = 0; i < rows; i += 1) {
      const coded = low[i] as number;
      spread = (spread + ((coded >>> 1) ^ -(coded & 1))) | 0;
      ask[i] = ((bid[i] as number) + spread) | 0;
    }
  }
}
