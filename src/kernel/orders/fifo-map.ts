/** Slots before the head that are worth a copy to give back. */
const SLACK_MAX = 1024;

/**
 * A map whose oldest entry can be taken in constant time. A plain `Map` keeps holes where entries
 * were deleted and steps over them at every look at its first entry, which makes a queue of it
 * quadratic. Deleting from the middle is for rare events: it rebuilds the queue.
 */
export class FifoMap<K, V> {
  readonly #map = new Map<K, V>();
  #queue: (readonly [K, V])[] = [];
  #head = 0;

  get size(): number {
    return this.#map.size;
  }

  get(key: K): V | undefined {
    return this.#map.get(key);
  }

  /** Oldest first. */
  values(): IterableIterator<V> {
    return this.#map.values();
  }

  /** Adds a key that is not in the map, as the newest. */
  add(key: K, value: V): void {
    this.#map.set(key, value);
    this.#queue.push([key, value]);
  }

  oldest(): V | undefined {
    return this.#queue[this.#head]?.[1];
  }

  /** Takes the oldest entry out. */
  shift(): V | undefined {
    const first = this.#queue[this.#head];
    if (first === undefined) return undefined;
    const [key, value] = first;
    this.#map.delete(key);
    this.#head += 1;
    if (this.#head > SLACK_MAX && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    return value;
  }

  delete(key: K): boolean {
    if (!this.#map.delete(key)) return false;
    this.#queue = [...this.#map];
    this.#head = 0;
    return true;
  }

  clear(): void {
    this.#map.clear();
    this.#queue = [];
    this.#head = 0;
  }
}
