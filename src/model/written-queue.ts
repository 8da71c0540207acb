import { Encoder, type FieldIo, type KeptList } from './codec.ts';

/** Bytes before the first item that are worth a copy to give back. */
const SLACK_BYTES = 64 * 1024;

/**
 * The bytes of a list that loses its oldest items and gains newest ones, none of which change while
 * they stand in it. From the first time that the list is written on, each new item is written when
 * it comes, so that writing the list is one copy.
 */
export class WrittenQueue<T> implements KeptList<T> {
  readonly #walk: (io: FieldIo, item: T) => void;
  readonly #bytes = new Encoder(0);
  /** Lengths of the items, the oldest at `#oldest`. */
  #lengths: number[] = [];
  #oldest = 0;
  /** Where the oldest item begins. */
  #from = 0;
  #isWritten = false;

  constructor(walk: (io: FieldIo, item: T) => void) {
    this.#walk = walk;
  }

  /** The list has a new last item. */
  add(item: T): void {
    if (this.#isWritten) this.#write(item);
  }

  #write(item: T): void {
    const { length } = this.#bytes;
    this.#walk(this.#bytes, item);
    this.#lengths.push(this.#bytes.length - length);
  }

  /** The list has lost its first item. */
  shift(): void {
    if (!this.#isWritten) return;
    this.#from += this.#lengths[this.#oldest] ?? 0;
    this.#oldest += 1;
    if (this.#from < SLACK_BYTES || this.#from * 2 < this.#bytes.length) return;
    const left = this.#bytes.bytes.slice(this.#from);
    this.#bytes.reset();
    this.#bytes.append(left);
    this.#lengths = this.#lengths.slice(this.#oldest);
    this.#oldest = 0;
    this.#from = 0;
  }

  /** The list has changed in another way: it is written anew the next time. */
  forget(): void {
    this.#isWritten = false;
    this.#bytes.reset();
    this.#lengths = [];
    this.#oldest = 0;
    this.#from = 0;
  }

  writeTo(io: Encoder, items: readonly T[]): void {
    if (!this.#isWritten) {
      this.#isWritten = true;
      for (const item of items) this.#write(item);
    }
    io.append(this.#bytes.bytes.subarray(this.#from));
  }
}
