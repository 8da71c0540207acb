import type { FieldIo } from '../../model/codec.ts';

/** Items due at times that never decrease: what a fixed latency makes of messages in order. */
export class Fifo<T> {
  #items: T[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  peek(): T | undefined {
    return this.#items[this.#head];
  }

  shift(): T | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#head += 1;
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  some(test: (item: T) => boolean): boolean {
    for (let i = this.#head; i < this.#items.length; i++)
      if (test(this.#items[i] as T)) return true;
    return false;
  }

  walk(io: FieldIo, name: string, blank: () => T, visit: (io: FieldIo, item: T) => void): void {
    this.#items = io.list(name, this.#items.slice(this.#head), blank, visit);
    this.#head = 0;
  }
}
