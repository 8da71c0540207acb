import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Registry } from '@prometheus-io/client';
import { Identity } from '../kernel/orders/identity.ts';
import { blankRecord } from '../model/blank-record.ts';
import { type DenyReasonName, denyReason } from '../model/gate.ts';
import { blankTerms } from '../model/order.ts';
import { RecordKind } from '../model/records.ts';
import type { OrderHandle, TimeUs } from '../model/units.ts';
import { testKeys } from '../testing/builders.ts';
import { idempotencyHealth, registerIdempotency } from './idempotency-metrics.ts';

const NOW = 1000 as TimeUs;

function order(handle: number): OrderHandle {
  return handle as OrderHandle;
}

function use(identity: Identity, key: string, handle: number, now = NOW): void {
  identity.orders.pin(key, blankTerms(), order(handle), now);
  identity.orders.release(key, order(handle), now);
}

function denied(identity: Identity, reason: DenyReasonName): void {
  const record = blankRecord(RecordKind.denial);
  assert(record?.kind === RecordKind.denial);
  identity.denied({ ...record, reason: denyReason(reason) });
}

async function scrape(identity: Identity): Promise<string[]> {
  const registry = new Registry();
  registerIdempotency(registry, () => identity);
  // A second look must show the same: counters are read, not added up.
  await registry.metrics();
  const lines = (await registry.metrics()).split('\n');
  return lines.filter((line) => line.startsWith('engine_'));
}

suite('series of the idempotency keys', () => {
  test('are all there at zero from the start, with a help text each', async () => {
    const identity = new Identity(testKeys());
    const registry = new Registry();
    registerIdempotency(registry, () => identity);
    const text = await registry.metrics();
    const names = [...text.matchAll(/^# HELP (\S+) \S+/gm)].map(([, name]) => name);
    assert.deepEqual(names, [
      'engine_idempotency_cache_size',
      'engine_idempotency_evictions_total',
      'engine_idempotency_duplicates_suppressed_total',
      'engine_idempotency_persisted_loaded',
      'engine_idempotency_persisted_expired_total',
    ]);
    const series = await scrape(identity);
    assert.equal(series.length, 8, 'three by kind, two for both');
    assert(series.every((line) => line.endsWith(' 0')));
  });

  test('say what the stores hold, have dropped, refused, found and let expire', async () => {
    const identity = new Identity(testKeys({ capacity: 3, ttlUs: 50 }, { cancel: { ttlUs: 50 } }));
    for (const [at, key] of ['a', 'b', 'c', 'd'].entries()) use(identity, key, at + 1);
    identity.cancels.asked(order(9), 1, NOW);
    for (const reason of ['key_used', 'duplicative', 'working_at_broker'] as const) {
      denied(identity, reason);
    }
    denied(identity, 'cancel_pending');
    denied(identity, 'key_store_full');
    identity.started(NOW);
    use(identity, 'e', 5, (NOW + 60) as TimeUs);
    assert.deepEqual(await scrape(identity), [
      'engine_idempotency_cache_size{kind="order"} 1',
      'engine_idempotency_cache_size{kind="cancel"} 1',
      'engine_idempotency_evictions_total{kind="order"} 1',
      'engine_idempotency_evictions_total{kind="cancel"} 0',
      'engine_idempotency_duplicates_suppressed_total{kind="order"} 3',
      'engine_idempotency_duplicates_suppressed_total{kind="cancel"} 1',
      'engine_idempotency_persisted_loaded 4',
      'engine_idempotency_persisted_expired_total 3',
    ]);
    assert.deepEqual(idempotencyHealth(identity)['order'], {
      keys: 1,
      capacity: 3,
      pinned: 0,
      carried: 0,
      evictions: 1,
      suppressed: 3,
      loaded: 3,
      loadedExpired: 3,
    });
  });
});
