import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addTally, blankTally, simulateSeeds } from '../simulation/tally.ts';
import { WORLDS, type WorldName } from '../simulation/worlds.ts';

const PER_TEST = 500;

/** Tests that run thousands of seeds of a simulated world; a failure names the plan to replay. */
export function seedsHold(thousands: readonly number[], world: WorldName = 'wire'): void {
  const all = blankTally();
  for (const thousand of thousands) {
    for (const from of [1, 1 + PER_TEST]) seedsOf(thousand * 1000 + from);
  }
  function seedsOf(from: number): void {
    const to = from + PER_TEST - 1;
    test(`seeds ${from} to ${to} break nothing`, () => {
      const tally = simulateSeeds(from, to, world);
      addTally(all, tally);
      assert.deepEqual(tally.violations, []);
      assert.equal(tally.seeds, PER_TEST);
    });
  }
  test('every fault struck, and every kind of fact of the ledger was told', () => {
    assert.deepEqual(
      WORLDS[world].faults.filter((fault) => (all.faults[fault] ?? 0) === 0),
      [],
    );
    const { statesCompared, processEnds, machineEnds, fatalStops, segmentsArchived } = all.sums;
    const share = all.seeds / 5000;
    assert(statesCompared > 1000 * share, 'recovered states are compared with those before');
    assert(processEnds > 1000 * share && machineEnds > 1000 * share, 'crashes of every kind');
    assert(segmentsArchived > 50 * share, 'and in some worlds segments are archived meanwhile');
    assert(fatalStops > 100 * share && all.replays > 100 * share, 'and each seed is a run');
  });
}
