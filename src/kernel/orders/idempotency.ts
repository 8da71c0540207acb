import type { FieldIo, Walkable } from '../../model/codec.ts';
import { NO_ORDER, NO_TIME, type OrderHandle, type TimeUs } from '../../model/units.ts';
import { WrittenQueue } from '../../model/written-queue.ts';
import { FifoMap } from './fifo-map.ts';

/** An idempotency key with what it was used for (X6). */
export interface KeyEntry<T> {
  key: string;
  /** What the key stands for; shared with the record that it came from, never changed. */
  what: T;
  order: OrderHandle;
  /** When it was let go; counts the time to live from there. */
  releasedAt: TimeUs;
  /** Counts the keys that the store has taken. */
  number: number;
}

/** Bounds of a key store. */
export interface KeyStoreLimits {
  readonly capacity: number;
  readonly ttlUs: number;
}

/** How a store reads and writes what its keys stand for. */
export interface KeyMatter<T> {
  readonly blank: () => T;
  readonly walk: (io: FieldIo, what: T) => void;
}

/**
 * Keys, so that one signal makes one order and one cancel is asked for once. A key is pinned while
 * it is in use; then it ages and expires, by input time, so that a replay agrees.
 *
 * Bounded: at most `capacity` keys are kept, the oldest released one is evicted for a new one, a
 * pinned one never. A key that must be taken when all are pinned is *carried* beside the store for
 * as long as its order is open: so there are never more of these than open orders.
 */
export class KeyStore<T> implements Walkable {
  readonly #limits: KeyStoreLimits;
  readonly #matter: KeyMatter<T>;
  readonly #pinned = new Map<string, KeyEntry<T>>();
  readonly #carried = new Map<string, KeyEntry<T>>();
  /** In the order of release, so the first is the oldest. */
  readonly #released = new FifoMap<string, KeyEntry<T>>();
  /** Their bytes, which a snapshot holds: most of what it has to write. */
  readonly #written: WrittenQueue<KeyEntry<T>>;
  #taken = 0;
  #takenBeforeStart = 0;
  #evictions = 0;
  #loaded = 0;
  #loadedExpired = 0;
  /** Repeats that were refused. */
  suppressed = 0;

  constructor(limits: KeyStoreLimits, matter: KeyMatter<T>) {
    this.#limits = limits;
    this.#matter = matter;
    this.#written = new WrittenQueue((io, entry) => this.#walkEntry(io, entry));
  }

  get capacity(): number {
    return this.#limits.capacity;
  }
  /** Keys kept, of which `pinnedCount` are in use; those carried by open orders are not counted. */
  get size(): number {
    return this.#pinned.size + this.#released.size;
  }
  get pinnedCount(): number {
    return this.#pinned.size;
  }
  get carriedCount(): number {
    return this.#carried.size;
  }
  /** Keys dropped for want of room before their time. */
  get evictions(): number {
    return this.#evictions;
  }
  /** Keys that were there at the last start and had not expired. */
  get loaded(): number {
    return this.#loaded;
  }
  /** Keys that a start found, and that had expired by then or have since. */
  get loadedExpired(): number {
    return this.#loadedExpired;
  }

  /** What the key was used for, if it is known and has not expired. */
  find(key: string, now: TimeUs): KeyEntry<T> | undefined {
    const held = this.findHeld(key);
    if (held !== undefined) return held;
    const released = this.#released.get(key);
    return released === undefined || this.#isExpired(released, now) ? undefined : released;
  }

  /** A key that is in use. */
  findHeld(key: string): KeyEntry<T> | undefined {
    const pinned = this.#pinned.get(key);
    if (pinned !== undefined || this.#carried.size === 0) return pinned;
    return this.#carried.get(key);
  }

  /** False when only pinned keys remain and the store is full: entries are denied then. */
  hasRoom(): boolean {
    return this.#pinned.size < this.#limits.capacity;
  }

  /** Pinned keys, oldest first. */
  pinned(): IterableIterator<KeyEntry<T>> {
    return this.#pinned.values();
  }

  /** A start of the engine: what is here was found, or has expired while nobody ran. */
  started(now: TimeUs): void {
    this.#takenBeforeStart = this.#taken;
    this.#expire(now);
    this.#loaded = this.size;
  }

  /** Takes a key that is not held for an order. */
  pin(key: string, what: T, order: OrderHandle, now: TimeUs): void {
    this.#expire(now);
    if (this.#released.delete(key)) this.#written.forget();
    this.#taken += 1;
    this.#hold({ key, what, order, releasedAt: NO_TIME, number: this.#taken });
  }

  #hold(entry: KeyEntry<T>): void {
    const holders = this.#makeRoom() ? this.#pinned : this.#carried;
    holders.set(entry.key, entry);
  }

  /** Evicts what must go for one key more; false when only pinned ones remain. */
  #makeRoom(): boolean {
    while (this.size >= this.#limits.capacity) {
      if (this.#released.shift() === undefined) return false;
      this.#written.shift();
      this.#evictions += 1;
    }
    return true;
  }

  #isExpired({ releasedAt }: KeyEntry<T>, now: TimeUs): boolean {
    return releasedAt + this.#limits.ttlUs <= now;
  }

  #expire(now: TimeUs): void {
    for (;;) {
      const oldest = this.#released.oldest();
      if (oldest === undefined || !this.#isExpired(oldest, now)) return;
      this.#released.shift();
      this.#written.shift();
      if (oldest.number <= this.#takenBeforeStart) this.#loadedExpired += 1;
    }
  }

  /** The key is in use no more: it ages from now. A key that a newer order took is left to that. */
  release(key: string, order: OrderHandle, now: TimeUs): void {
    const entry = this.findHeld(key);
    if (entry === undefined || entry.order !== order) return;
    this.#expire(now);
    if (!this.#pinned.delete(key)) this.#carried.delete(key);
    entry.releasedAt = now;
    if (this.#makeRoom()) {
      this.#released.add(key, entry);
      this.#written.add(entry);
    } else this.#evictions += 1;
  }

  /** The key's order lives again (X10): it is pinned again, even if it had expired meanwhile. */
  repin(key: string, order: OrderHandle, what: T, now: TimeUs): void {
    if (this.findHeld(key) !== undefined) return;
    const released = this.#released.get(key);
    const isAnothers = released !== undefined && released.order !== order;
    if (isAnothers && !this.#isExpired(released, now)) return;
    if (released !== undefined && !isAnothers) {
      this.#released.delete(key);
      this.#written.forget();
      this.#hold(released);
    } else this.pin(key, what, order, now);
  }

  #walkEntry(io: FieldIo, entry: KeyEntry<T>): void {
    entry.key = io.text('key', entry.key);
    this.#matter.walk(io, entry.what);
    entry.order = io.int('order', entry.order) as OrderHandle;
    entry.releasedAt = io.int('releasedAt', entry.releasedAt) as TimeUs;
    entry.number = io.int('number', entry.number);
  }

  walk(io: FieldIo): void {
    const { blank } = this.#matter;
    this.#taken = io.int('taken', this.#taken);
    this.#takenBeforeStart = io.int('takenBeforeStart', this.#takenBeforeStart);
    this.#evictions = io.int('evictions', this.#evictions);
    this.#loaded = io.int('loaded', this.#loaded);
    this.#loadedExpired = io.int('loadedExpired', this.#loadedExpired);
    this.suppressed = io.int('suppressed', this.suppressed);
    const blankEntry = (): KeyEntry<T> => ({
      key: '',
      what: blank(),
      order: NO_ORDER,
      releasedAt: NO_TIME,
      number: 0,
    });
    const walkEntry = (inner: FieldIo, entry: KeyEntry<T>): void => this.#walkEntry(inner, entry);
    const pinned = io.list('pinned', [...this.#pinned.values()], blankEntry, walkEntry);
    const carried = io.list('carried', [...this.#carried.values()], blankEntry, walkEntry);
    const all = [...this.#released.values()];
    const released = io.keptList('released', all, blankEntry, walkEntry, this.#written);
    if (!io.reading) return;
    this.#pinned.clear();
    this.#carried.clear();
    this.#released.clear();
    this.#written.forget();
    for (const entry of pinned) this.#pinned.set(entry.key, entry);
    for (const entry of carried) this.#carried.set(entry.key, entry);
    for (const entry of released) this.#released.add(entry.key, entry);
  }
}
