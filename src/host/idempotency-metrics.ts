import { Counter, Gauge, type Registry } from '@prometheus-io/client';
import { type Identity, KEY_KINDS, type KeyCounts } from '../kernel/orders/identity.ts';

/** Series of the idempotency keys, read from the kernel's state when they are asked for. */
export function registerIdempotency(registry: Registry, identity: () => Identity): void {
  const registers = [registry];
  const counter = (name: string, help: string, read: (keys: KeyCounts) => number): void => {
    const labelNames = ['kind'] as const;
    new Counter({
      name,
      help,
      registers,
      labelNames,
      collect() {
        this.reset();
        for (const of of KEY_KINDS) this.inc({ kind: of }, read(identity().store(of)));
      },
    });
  };
  const sum = (read: (keys: KeyCounts) => number): number =>
    KEY_KINDS.reduce((total, of) => total + read(identity().store(of)), 0);
  new Gauge({
    name: 'engine_idempotency_cache_size',
    help: 'Idempotency keys kept, by kind.',
    labelNames: ['kind'],
    registers,
    collect() {
      for (const of of KEY_KINDS) this.set({ kind: of }, identity().store(of).size);
    },
  });
  counter(
    'engine_idempotency_evictions_total',
    'Keys dropped before their time for want of room, in the life of this engine.',
    ({ evictions }) => evictions,
  );
  counter(
    'engine_idempotency_duplicates_suppressed_total',
    'Orders and cancels refused as repeats, in the life of this engine.',
    ({ suppressed }) => suppressed,
  );
  new Gauge({
    name: 'engine_idempotency_persisted_loaded',
    help: 'Keys that the last start found in the kept state and that had not expired.',
    registers,
    collect() {
      this.set(sum(({ loaded }) => loaded));
    },
  });
  new Counter({
    name: 'engine_idempotency_persisted_expired_total',
    help: 'Keys found in the kept state that had expired by then or have since.',
    registers,
    collect() {
      this.reset();
      this.inc(sum(({ loadedExpired }) => loadedExpired));
    },
  });
}

/** The section `idempotency` of `/health`: by kind of key. */
export function idempotencyHealth(identity: Identity): Record<string, unknown> {
  return Object.fromEntries(KEY_KINDS.map((kind) => [kind, section(identity.store(kind))]));
}

function section(keys: KeyCounts): Record<string, number> {
  return {
    keys: keys.size,
    capacity: keys.capacity,
    pinned: keys.pinnedCount,
    carried: keys.carriedCount,
    evictions: keys.evictions,
    suppressed: keys.suppressed,
    loaded: keys.loaded,
    loadedExpired: keys.loadedExpired,
  };
}
