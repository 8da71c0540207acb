import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FAULTS } from '../simulation/faults.ts';
import { addTally, blankTally, simulateSeeds } from '../simulation/tally.ts';

const PER_TEST = 500;

/** Tests that run thousands of seeds of the simulated world; a failure names the plan to replay. */
export function seedsHold(thousands: readonly number[]): void {
  const all = blankTally();
  for (const thousand of thousands) {
    for (const from of [1, 1 + PER_TEST]) seedsOf(thousand * 1000 + from);
  }
  function seedsOf(from: number): void {
    const to = from + PER_TEST - 1;
    test(`seeds ${from} to ${to} break nothing`, () => {
      const tally = simulateSeeds(from, to);
      addTally(all, tally);
      assert.deepEqual(tally.violations, []);
      assert.equal(tally.seeds, PER_TEST);
    });
  }
  test('every fault struck, and every kind of fact of the ledger was told', () => {
    assert.deepEqual(
      FAULTS.filter((fault) => (all.faults[fault] ?? 0) === 0),
      [],
    );
    const { statesCompared, processEnds, machineEnds, fatalStops } = all.sums;
    assert(statesCompared > 1000, 'recovered states are compared with those before');
    assert(processEnds > 1000 && machineEnds > 1000 && fatalStops > 100, 'crashes of every kind');
    assert(all.replays > 100, 'the same seed gives the same trace');
  });
}
