import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { holdsThroughKills, torture } from '../testing/torture-rig.ts';

suite('engine and broker, killed at random under faults,', () => {
  for (const seed of [1, 3]) {
    test(`agree to the last digit: ten kills of seed ${seed}`, () => holdsThroughKills(seed));
  }

  test('show an engine that sends unanswered market orders again', async () => {
    const plan = ['--seed', '3', '--kills', '2', '--broker-kills', '1', '--orders', '5000'];
    const { code, result } = await torture([...plan, '--naive', '--patience', '5']);
    const names = result.differences.map(({ name }) => name);
    // Whether the second one fills is the market's: it may have nothing left to reduce.
    assert(names.includes('sent_twice'), names.join(', '));
    assert.equal(code, 1);
  });
});
