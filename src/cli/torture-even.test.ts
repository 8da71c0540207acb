import { suite, test } from 'node:test';
import { holdsThroughKills } from '../testing/torture-rig.ts';

suite('engine and broker, killed at random under faults, agree to the last digit:', () => {
  for (const seed of [2, 4]) {
    test(`ten kills of seed ${seed}`, () => holdsThroughKills(seed));
  }
});
