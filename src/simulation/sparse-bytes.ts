const PAGE_BYTES = 4096;
const ZEROS = new Uint8Array(256 * 1024);
const NO_BYTES = new Uint8Array(0);
/** Small copies stand beside one another: memory for each of its own costs more than the copy. */
const ROOM_BYTES = 64 * 1024;
let room = new Uint8Array(ROOM_BYTES);
let used = 0;

/**
 * A copy of `bytes` that nobody changes any more: what {@link SparseBytes} keeps. Zeros, with which
 * segments are filled, are shared.
 */
export function kept(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  const isZero = length <= ZEROS.length && bytes[0] === 0 && compareZeros(bytes) === 0;
  if (isZero) return ZEROS.subarray(0, length);
  if (length > PAGE_BYTES) return bytes.slice();
  if (used + length > room.length) {
    room = new Uint8Array(ROOM_BYTES);
    used = 0;
  }
  const copy = room.subarray(used, used + length);
  copy.set(bytes);
  used += length;
  return copy;
}

function compareZeros(bytes: Uint8Array): number {
  return Buffer.compare(bytes, ZEROS.subarray(0, bytes.length));
}

/**
 * The content of a file, in pages that are shared between copies and never changed: a copy costs a
 * list of pages, and a page of zeros nothing. Behind the bytes of a page follow zeros.
 */
export class SparseBytes {
  length = 0;
  #pages: Uint8Array[] = [];

  static of(bytes: Uint8Array): SparseBytes {
    const content = new SparseBytes();
    content.write(kept(bytes), 0);
    return content;
  }

  copy(): SparseBytes {
    const other = new SparseBytes();
    other.length = this.length;
    other.#pages = this.#pages.slice();
    return other;
  }

  /** Grows with zeros to hold `length`. */
  grow(length: number): void {
    if (length <= this.length) return;
    this.length = length;
    while (this.#pages.length * PAGE_BYTES < length) this.#pages.push(NO_BYTES);
  }

  /** Writes bytes that nobody changes any more. */
  write(bytes: Uint8Array, at: number): void {
    this.grow(at + bytes.length);
    const isZero = bytes.buffer === ZEROS.buffer;
    for (let from = 0; from < bytes.length; ) {
      const start = (at + from) % PAGE_BYTES;
      const to = Math.min(bytes.length, from + PAGE_BYTES - start);
      const page = (at + from - start) / PAGE_BYTES;
      if (isZero && start === 0 && to - from === PAGE_BYTES) this.#pages[page] = NO_BYTES;
      else {
        const part = from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to);
        this.#put(page, start, part);
      }
      from = to;
    }
  }

  #put(number: number, start: number, part: Uint8Array): void {
    const page = this.#pages[number] ?? NO_BYTES;
    if (start === 0 && part.length >= page.length) {
      this.#pages[number] = part;
      return;
    }
    const merged = new Uint8Array(Math.max(page.length, start + part.length));
    merged.set(page);
    merged.set(part, start);
    this.#pages[number] = merged;
  }

  /** All of it in one piece, for whoever asks alone. */
  bytes(): Uint8Array {
    const whole = new Uint8Array(this.length);
    for (const [i, page] of this.#pages.entries()) {
      if (page.length > 0) whole.set(page, i * PAGE_BYTES);
    }
    return whole;
  }
}
