import type { FieldIo, Walkable } from '../../model/codec.ts';
import { blankTerms, type OrderTerms, walkTerms } from '../../model/order.ts';
import { NO_ORDER, type OrderHandle, type TimeUs } from '../../model/units.ts';
import { FifoMap } from './fifo-map.ts';

/** An idempotency key with what it was used for (X6). */
export interface KeyEntry {
  key: string;
  /** Shared with the decision's record, never changed. */
  terms: OrderTerms;
  order: OrderHandle;
  /** When its order ended; counts the time to live from there. */
  releasedAt: TimeUs;
}

/** Bounds of the key store. */
export interface KeyStoreLimits {
  readonly capacity: number;
  readonly ttlUs: number;
}

function blankEntry(): KeyEntry {
  return { key: '', terms: blankTerms(), order: NO_ORDER, releasedAt: 0 as TimeUs };
}

function walkEntry(io: FieldIo, entry: KeyEntry): void {
  entry.key = io.text('key', entry.key);
  walkTerms(io, entry.terms);
  entry.order = io.int('order', entry.order) as OrderHandle;
  entry.releasedAt = io.int('releasedAt', entry.releasedAt) as TimeUs;
}

/**
 * Keys of orders, so that one signal makes one order. A key is pinned while its order is open;
 * then it ages and expires, by input time, so that a replay agrees. Bounded: the oldest released
 * key is evicted for a new one, a pinned key never.
 */
export class KeyStore implements Walkable {
  readonly #limits: KeyStoreLimits;
  readonly #pinned = new Map<string, KeyEntry>();
  /** In the order of release, so the first is the oldest. */
  readonly #released = new FifoMap<string, KeyEntry>();
  #evictions = 0;

  constructor(limits: KeyStoreLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#pinned.size + this.#released.size;
  }
  /** Keys dropped for want of room before their time. */
  get evictions(): number {
    return this.#evictions;
  }

  /** What the key was used for, if it is known and has not expired. */
  find(key: string, now: TimeUs): KeyEntry | undefined {
    const pinned = this.#pinned.get(key);
    if (pinned !== undefined) return pinned;
    const released = this.#released.get(key);
    if (released === undefined) return undefined;
    return released.releasedAt + this.#limits.ttlUs > now ? released : undefined;
  }

  /** False when only pinned keys remain and the store is full: entries are denied then. */
  hasRoom(): boolean {
    return this.#pinned.size < this.#limits.capacity;
  }

  /** Takes a key for an order; true when an unexpired key was evicted to make room. */
  pin(key: string, terms: OrderTerms, order: OrderHandle, now: TimeUs): boolean {
    this.#expire(now);
    this.#released.delete(key);
    const evicted = this.size >= this.#limits.capacity && this.#evictOldest();
    this.#pinned.set(key, { key, terms, order, releasedAt: 0 as TimeUs });
    return evicted;
  }

  #evictOldest(): boolean {
    if (this.#released.shift() === undefined) return false;
    this.#evictions += 1;
    return true;
  }

  #expire(now: TimeUs): void {
    for (;;) {
      const oldest = this.#released.oldest();
      if (oldest === undefined || oldest.releasedAt + this.#limits.ttlUs > now) return;
      this.#released.shift();
    }
  }

  /** The key's order ended: it ages from now. A key that a newer order took is left to that. */
  release(key: string, order: OrderHandle, now: TimeUs): void {
    const entry = this.#pinned.get(key);
    if (entry === undefined || entry.order !== order) return;
    this.#pinned.delete(key);
    entry.releasedAt = now;
    this.#released.add(key, entry);
  }

  /** The key's order lives again (X10): it is pinned again, even if it had expired meanwhile. */
  repin(key: string, order: OrderHandle, terms: OrderTerms, now: TimeUs): void {
    if (this.#pinned.has(key)) return;
    const released = this.#released.get(key);
    const isAnothers = released !== undefined && released.order !== order;
    if (isAnothers && released.releasedAt + this.#limits.ttlUs > now) return;
    this.#released.delete(key);
    const kept = isAnothers ? undefined : released;
    this.#pinned.set(key, kept ?? { key, terms, order, releasedAt: 0 as TimeUs });
  }

  walk(io: FieldIo): void {
    this.#evictions = io.int('evictions', this.#evictions);
    const pinned = io.list('pinned', [...this.#pinned.values()], blankEntry, walkEntry);
    const released = io.list('released', [...this.#released.values()], blankEntry, walkEntry);
    if (!io.reading) return;
    this.#pinned.clear();
    this.#released.clear();
    for (const entry of pinned) this.#pinned.set(entry.key, entry);
    for (const entry of released) this.#released.add(entry.key, entry);
  }
}
