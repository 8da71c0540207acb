import type { ByteSource } from './byte-source.ts';
import { LINE_BYTES_MAX } from './delimited-format.ts';

const LF = 10;
/** Text read at a time. */
const CHUNK_BYTES = 1024 * 1024;

/**
 * Cuts a stream of bytes into chunks of whole lines. Two buffers take turns: while the lines of one
 * are parsed, the other is being filled. The half line at the end of a chunk is copied into the
 * room
 * before the next one, which is as long as a line may be.
 */
export class LineChunks {
  /** The lines are `bytes[from … to-1]`; the last byte is a line feed. Valid until {@link next}. */
  bytes: Uint8Array = new Uint8Array(0);
  from = 0;
  to = 0;
  /** False once the text has ended without a line feed; one is then supplied. */
  endsWithNewline = true;
  /** True when the next line has no end within the longest line allowed: nothing more is read. */
  tooLong = false;

  readonly #source: ByteSource;
  readonly #chunkBytes: number = 0;
  #spare: Uint8Array;
  #filling: Uint8Array;
  #pending: Promise<number>;
  #tail: Uint8Array = new Uint8Array(0);

  /** `chunkBytes` is for tests. */
  constructor(source: ByteSource, chunkBytes = CHUNK_BYTES) {
    this.#source = source;
    this.#chunkBytes = chunkBytes;
    this.#spare = new Uint8Array(LINE_BYTES_MAX + chunkBytes);
    this.#filling = new Uint8Array(LINE_BYTES_MAX + chunkBytes);
    this.#pending = this.#fill();
  }

  #fill(): Promise<number> {
    const filled = this.#source.read(this.#filling, LINE_BYTES_MAX, this.#chunkBytes);
    // Whoever awaits it next sees the error; until then it must not count as unhandled.
    filled.catch(() => undefined);
    return filled;
  }

  /** Puts the next lines into place; false at the end or when a line is {@link tooLong}. */
  async next(): Promise<boolean> {
    for (;;) {
      if (this.tooLong) return false;
      const count = await this.#pending;
      const bytes = this.#filling;
      const start = LINE_BYTES_MAX - this.#tail.length;
      bytes.set(this.#tail, start);
      let end = LINE_BYTES_MAX + count;
      if (count === 0) {
        if (this.#tail.length === 0) return false;
        bytes[end] = LF;
        end += 1;
        this.endsWithNewline = false;
      } else {
        this.#filling = this.#spare;
        this.#pending = this.#fill();
        this.#spare = bytes;
      }
      // Stale bytes before `start` may hold a line feed: what is found there is none.
      const cut = Math.max(bytes.lastIndexOf(LF, end - 1) + 1, start);
      this.#tail = bytes.subarray(cut, end);
      this.tooLong = this.#tail.length > LINE_BYTES_MAX;
      if (cut === start) continue;
      this.bytes = bytes;
      this.from = start;
      this.to = cut;
      return true;
    }
  }

  /** Waits for what is still being read, then closes the source. */
  async close(): Promise<void> {
    await Promise.allSettled([this.#pending]);
    await this.#source.close();
  }
}
