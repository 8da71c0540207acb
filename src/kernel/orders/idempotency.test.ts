import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Decoder, Encoder } from '../../model/codec.ts';
import { blankTerms, type OrderTerms, walkTerms } from '../../model/order.ts';
import type { OrderHandle, Price, Quantity, TimeUs } from '../../model/units.ts';
import { ReportKind } from '../../model/venue.ts';
import { testKeys } from '../../testing/builders.ts';
import { KernelRig } from '../../testing/kernel-rig.ts';
import { KeyStore, type KeyStoreLimits } from './idempotency.ts';

const TTL = 10;
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f'] as const;

type Op =
  | {
      readonly op: 'pin' | 'release' | 'repin' | 'find';
      readonly key: string;
      readonly dt: number;
      readonly older: boolean;
    }
  | { readonly op: 'restore' };

const anyOp: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record({
      op: fc.constantFrom('pin' as const, 'release' as const, 'repin' as const, 'find' as const),
      key: fc.constantFrom(...KEYS),
      dt: fc.nat({ max: 6 }),
      older: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ op: 'restore' as const }) },
);

interface Known {
  readonly key: string;
  readonly order: number;
  readonly pinned: boolean;
  readonly carried: boolean;
  readonly releasedAt: number;
}

/** The rules of X6 on a plain list, oldest release first. */
class NaiveKeys {
  readonly #capacity: number = 0;
  #known: readonly Known[] = [];
  evictions = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  #live(now: number): readonly Known[] {
    return this.#known.filter(({ pinned, releasedAt }) => pinned || releasedAt + TTL > now);
  }

  find(key: string, now: number): number | undefined {
    return this.#live(now).find((known) => known.key === key)?.order;
  }

  /** The order that has or had the key, expired or not. */
  ownerOf(key: string): number {
    return this.#known.find((known) => known.key === key)?.order ?? 0;
  }

  isPinned(key: string): boolean {
    return this.#known.some((known) => known.key === key && known.pinned);
  }

  hasRoom(): boolean {
    return this.#known.filter(({ pinned, carried }) => pinned && !carried).length < this.#capacity;
  }

  /** Adds one, evicting the oldest released for it; what finds no room is carried, or dropped. */
  #add(one: Known, rest: readonly Known[]): void {
    const kept = rest.filter(({ carried }) => !carried);
    const oldest = kept.find(({ pinned }) => !pinned);
    const isFull = kept.length >= this.#capacity;
    if (isFull) this.evictions += oldest === undefined && one.pinned ? 0 : 1;
    if (!isFull) this.#known = [...rest, one];
    else if (oldest !== undefined) this.#known = [...rest.filter((it) => it !== oldest), one];
    else this.#known = one.pinned ? [...rest, { ...one, carried: true }] : rest;
  }

  pin(key: string, order: number, now: number): void {
    const rest = this.#live(now).filter((known) => known.key !== key);
    this.#add({ key, order, pinned: true, carried: false, releasedAt: 0 }, rest);
  }

  release(key: string, order: number, now: number): void {
    const known = this.#known.find((one) => one.key === key && one.pinned);
    if (known === undefined || known.order !== order) return;
    const rest = this.#live(now).filter((one) => one !== known);
    this.#add({ ...known, pinned: false, carried: false, releasedAt: now }, rest);
  }

  /** Is there an expired use by another order? That case has a test of its own. */
  isStale(key: string, order: number, now: number): boolean {
    const live = this.#live(now);
    return this.#known.some((one) => one.key === key && one.order !== order && !live.includes(one));
  }

  /** An order lives again: its key is its own again, unless another order has it. */
  repin(key: string, order: number, now: number): void {
    const holder = this.#live(now).find((one) => one.key === key);
    if (holder !== undefined && (holder.pinned || holder.order !== order)) return;
    // Its own key, expired or not, makes room for itself.
    const isOwn = this.#known.some((one) => one.key === key);
    const rest = (isOwn ? this.#known : this.#live(now)).filter((one) => one.key !== key);
    this.#add({ key, order, pinned: true, carried: false, releasedAt: 0 }, rest);
  }
}

const MATTER = { blank: blankTerms, walk: walkTerms };
type Store = KeyStore<OrderTerms>;

function storeOf(limits: KeyStoreLimits): Store {
  return new KeyStore(limits, MATTER);
}

function restored(store: Store, limits: KeyStoreLimits): Store {
  const encoder = new Encoder();
  store.walk(encoder);
  const copy = storeOf(limits);
  const decoder = new Decoder(encoder.bytes.slice());
  copy.walk(decoder);
  decoder.end();
  return copy;
}

const terms = blankTerms();

suite('key store', () => {
  test('is the naive list, for any sequence of uses and restores', () => {
    const capacity = fc.integer({ min: 1, max: 4 });
    fc.assert(
      fc.property(capacity, fc.array(anyOp, { maxLength: 40, size: 'max' }), (most, ops) => {
        const limits = { capacity: most, ttlUs: TTL };
        let store = storeOf(limits);
        const naive = new NaiveKeys(most);
        const lastOrder = new Map<string, number>();
        let now = 0;
        for (const [i, op] of ops.entries()) {
          if (op.op === 'restore') {
            store = restored(store, limits);
            continue;
          }
          now += op.dt;
          const at = now as TimeUs;
          const { key } = op;
          if (op.op === 'pin' && !naive.isPinned(key)) {
            store.pin(key, terms, (i + 1) as OrderHandle, at);
            naive.pin(key, i + 1, now);
            lastOrder.set(key, i + 1);
          }
          const order = lastOrder.get(op.older ? `older ${key}` : key) ?? 0;
          if (op.op === 'pin') lastOrder.set(`older ${key}`, order);
          if (op.op === 'release') {
            store.release(key, order as OrderHandle, at);
            naive.release(key, order, now);
          }
          if (op.op === 'repin' && order !== 0 && !naive.isStale(key, order, now)) {
            store.repin(key, order as OrderHandle, terms, at);
            naive.repin(key, order, now);
          }
          const copy = restored(store, limits);
          for (const one of KEYS) {
            assert.equal(store.find(one, at)?.order, naive.find(one, now));
            assert.equal(copy.find(one, at)?.order, naive.find(one, now), 'its bytes (K16)');
          }
          assert.equal(store.hasRoom(), naive.hasRoom());
          assert.equal(store.evictions, naive.evictions);
          assert(store.size <= most, 'no more than its capacity');
        }
      }),
      { numRuns: 300 },
    );
  });

  test('a key lives while its order is open, then for its time to live and no longer', () => {
    const store = storeOf({ capacity: 10, ttlUs: TTL });
    store.pin('k', terms, 1 as OrderHandle, 0 as TimeUs);
    assert.equal(store.find('k', 1_000_000 as TimeUs)?.order, 1);
    store.release('k', 1 as OrderHandle, 1_000_000 as TimeUs);
    assert.equal(store.find('k', 1_000_009 as TimeUs)?.order, 1);
    assert.equal(store.find('k', 1_000_010 as TimeUs), undefined);
  });

  test('when it is full the oldest released key goes, and a pinned one never', () => {
    const store = storeOf({ capacity: 2, ttlUs: 1000 });
    const now = 0 as TimeUs;
    store.pin('pinned', terms, 1 as OrderHandle, now);
    store.pin('released', terms, 2 as OrderHandle, now);
    store.release('released', 2 as OrderHandle, now);
    store.pin('new', terms, 3 as OrderHandle, now);
    assert.equal(store.evictions, 1);
    assert.equal(store.find('released', now), undefined);
    assert.equal(store.hasRoom(), false);
    store.pin('exit', terms, 4 as OrderHandle, now);
    assert.deepEqual([store.size, store.carriedCount, store.evictions], [2, 1, 1]);
    assert.equal(store.find('pinned', now)?.order, 1);
    assert.equal(store.find('exit', now)?.order, 4, 'its order carries it');
    store.release('exit', 4 as OrderHandle, now);
    assert.equal(store.find('exit', now), undefined);
    assert.deepEqual([store.size, store.carriedCount, store.evictions], [2, 0, 2]);
  });

  test('a start counts what it found, and what of it has expired by then and since', () => {
    const store = storeOf({ capacity: 9, ttlUs: TTL });
    for (const [at, key] of ['a', 'b', 'c'].entries()) {
      store.pin(key, terms, (at + 1) as OrderHandle, at as TimeUs);
      store.release(key, (at + 1) as OrderHandle, at as TimeUs);
    }
    store.pin('d', terms, 4 as OrderHandle, 3 as TimeUs);
    store.started((TTL + 1) as TimeUs);
    assert.deepEqual([store.loaded, store.loadedExpired], [2, 2], 'c and d are left');
    store.pin('new', terms, 5 as OrderHandle, (TTL + 1) as TimeUs);
    store.release('new', 5 as OrderHandle, (TTL + 1) as TimeUs);
    store.pin('later', terms, 6 as OrderHandle, (TTL * 3) as TimeUs);
    assert.deepEqual([store.loaded, store.loadedExpired], [2, 3], 'c, and not what came after');
  });
});

const ask = { side: 'buy', quantity: 5 as Quantity, key: 'signal' } as const;

function reasonOf(rig: KernelRig, request: Parameters<KernelRig['submit']>[0]): string {
  const result = rig.submit(request);
  return result.ok ? 'sent' : result.reason;
}

function quoted(ttlUs = 1_000_000): KernelRig {
  const rig = new KernelRig({ kernel: { keys: testKeys({ capacity: 100, ttlUs }) } });
  rig.quote(0, 100_000, 100_010);
  return rig;
}

/** Lets time pass by inputs. */
function wait(rig: KernelRig, us: number): void {
  rig.now = (rig.now + us) as TimeUs;
}

suite('one key, one order (X6)', () => {
  test('the same key again is refused while the order is open and for a time after it', () => {
    const rig = quoted(1000);
    const order = rig.order(ask);
    assert.equal(reasonOf(rig, ask), 'key_used');
    wait(rig, 5000);
    assert.equal(reasonOf(rig, ask), 'key_used', 'still open');
    rig.report({ report: ReportKind.cancelled, order });
    assert.equal(reasonOf(rig, ask), 'key_used');
    wait(rig, 1000);
    assert.equal(reasonOf(rig, ask), 'sent');
  });

  test('the same key with other terms says so, whichever term it is', () => {
    const base = { ...ask, type: 'limit', limitPrice: 99_000 as Price } as const;
    const others: readonly Partial<Parameters<KernelRig['submit']>[0]>[] = [
      { quantity: 6 as Quantity },
      { side: 'sell', limitPrice: 99_000 as Price },
      { limitPrice: 99_001 as Price },
      { type: 'stop', limitPrice: 0 as Price, stopPrice: 101_000 as Price },
      { timeInForce: 'day' },
      { stopLoss: 90_000 as Price },
      { takeProfit: 110_000 as Price },
    ];
    for (const other of others) {
      const rig = quoted();
      rig.order(base);
      assert.equal(reasonOf(rig, { ...base, ...other }), 'key_used_with_other_terms');
      assert.equal(reasonOf(rig, base), 'key_used');
    }
  });

  test('an exit asked for again with the same terms is a repeat, not other terms', () => {
    const rig = quoted();
    rig.hold(10);
    const exit = { side: 'sell', quantity: 10 as Quantity, key: 'exit' } as const;
    rig.order(exit);
    assert.equal(reasonOf(rig, exit), 'key_used');
  });

  test('a denied order leaves its key free', () => {
    const rig = new KernelRig();
    assert.equal(reasonOf(rig, ask), 'no_quote');
    rig.quote(0, 100_000, 100_010);
    assert.equal(reasonOf(rig, ask), 'sent');
  });

  test('the default key is one order a moment, instrument, side and type', () => {
    const rig = quoted();
    const results = rig.act((context) => {
      const request = { instrument: 0, quantity: 1, type: 'market' } as const;
      return (['buy', 'buy', 'sell'] as const).map((side) =>
        context.submit({ ...request, side } as Parameters<typeof context.submit>[0]),
      );
    });
    assert.deepEqual(
      results.map((result) => (result.ok ? 'sent' : result.reason)),
      ['sent', 'key_used', 'sent'],
    );
    assert.equal(
      reasonOf(rig, { side: 'buy', quantity: 1 as Quantity }),
      'sent',
      'the next moment',
    );
  });

  test('a revived order pins its key again, though it had expired', () => {
    const rig = quoted(1000);
    const order = rig.order(ask);
    rig.report({ report: ReportKind.cancelled, order });
    wait(rig, 5000);
    rig.hold(1);
    rig.report({ report: ReportKind.accepted, order });
    rig.state(0);
    assert.equal(reasonOf(rig, ask), 'working_at_broker');
  });

  test('a revived order pins its key again, though a newer order used it and that has expired', () => {
    const rig = quoted(1000);
    const old = rig.order(ask);
    rig.report({ report: ReportKind.cancelled, order: old });
    wait(rig, 5000);
    const newer = rig.order(ask);
    rig.report({ report: ReportKind.cancelled, order: newer });
    wait(rig, 5000);
    rig.report({ report: ReportKind.accepted, order: old });
    rig.state(0);
    assert.equal(reasonOf(rig, ask), 'working_at_broker');
  });

  test('an old order that ends again does not free the key of a newer one', () => {
    const rig = quoted(1000);
    const old = rig.order(ask);
    rig.report({ report: ReportKind.cancelled, order: old });
    wait(rig, 5000);
    rig.order(ask);
    rig.report({ report: ReportKind.accepted, order: old });
    rig.report({ report: ReportKind.cancelled, order: old });
    rig.state(0);
    wait(rig, 5000);
    assert.equal(reasonOf(rig, ask), 'key_used', 'the newer order is open');
  });
});
