import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { BadOutcome } from './bad-worker.ts';
import { HTTP_VARIANTS } from './http-variants.ts';
import { VARIANTS, type Variant } from './variants.ts';

const ENTRY = new URL('./bad-worker.ts', import.meta.url);

/** Runs a broken engine from seed 1 on: the sound one passes the same seeds in the tests beside. */
async function outcomeOf(variant: Variant): Promise<BadOutcome> {
  const outcome = Promise.withResolvers<BadOutcome>();
  const worker = new Worker(ENTRY, { workerData: { variant, from: 1 }, stderr: true });
  worker.once('message', outcome.resolve);
  worker.once('error', outcome.reject);
  return outcome.promise.finally(() => worker.terminate());
}

const ALL: readonly Variant[] = [...VARIANTS, ...HTTP_VARIANTS];

suite('an engine that is broken in one place is noticed, by name: it', () => {
  for (const variant of ALL) {
    test(`${variant.name}: ${variant.invariant} within ${variant.seeds} seeds`, async () => {
      const { found, seeds, invariant, others } = await outcomeOf(variant);
      assert.equal(found, 1, `the fragment stands ${found} times in ${variant.file}`);
      assert.equal(invariant, variant.invariant, others.join('\n'));
      assert(seeds <= variant.seeds);
    });
  }

  test('and there are enough of them', () => {
    assert(VARIANTS.length >= 16 && HTTP_VARIANTS.length >= 6);
    assert.equal(new Set(ALL.map(({ name }) => name)).size, ALL.length);
  });
});
