import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { formatPlan, type Plan, parsePlan } from './faults.ts';
import { HTTP_FAULT_NAMES } from './http-faults.ts';
import { HttpWorld, simulateHttp } from './http-world.ts';
import type { CrashPoint } from './machine.ts';

/** A short session in which nothing goes wrong by itself. */
const SESSION: Plan = { seed: 54, activeUs: 1_500_000, only: [] };
/** One operation of the disk in so many: the wire’s own test visits every one. */
const VISITED_EVERY = 5;

function runWith(point: CrashPoint | undefined) {
  const world = new HttpWorld(SESSION, { crashes: (boot) => (boot === 0 ? point : undefined) });
  const result = world.run();
  return { result, operations: world.machine.firstOperations };
}

suite('a session of the adapter with the broker, over HTTP', () => {
  const { result, operations } = runWith(undefined);

  test('trades, and makes enough operations of the disk', () => {
    assert.equal(result.violation, undefined);
    assert(result.figures.fills > 3 && operations > 60, `${operations} operations`);
  });

  for (const machine of [false, true]) {
    const what = machine ? 'the machine' : 'the process';
    test(`goes on wherever ${what} of the engine dies`, () => {
      for (let operation = 1; operation <= operations; operation += VISITED_EVERY) {
        for (const fault of ['crash_before', 'crash_after'] as const) {
          const { result: crashed } = runWith({ operation, fault, machine });
          assert.equal(crashed.violation, undefined, `${fault} operation ${operation}`);
          assert.equal(crashed.figures.boots, 2);
        }
      }
    });
  }
});

suite('a run over HTTP', () => {
  test('is a function of its plan: the same again gives the same trace', () => {
    for (const seed of [3, 7, 11]) {
      const first = simulateHttp({ seed });
      assert.equal(simulateHttp({ seed }).trace, first.trace);
      assert.notEqual(simulateHttp({ seed: seed + 1 }).trace, first.trace);
      const { struck, activeUs } = first;
      const plan = { seed, activeUs, only: [...struck] };
      assert.equal(simulateHttp(plan).trace, first.trace, 'its own faults, named, do the same');
      assert.deepEqual(parsePlan(formatPlan(plan), HTTP_FAULT_NAMES), plan);
    }
  });

  test('is told line by line where it is asked for, without changing what happens', () => {
    const { lines, trace } = simulateHttp({ seed: 3 }, { keepTrace: true });
    assert.equal(simulateHttp({ seed: 3 }).trace, trace);
    assert(lines.some((line) => /POST .*orders/.test(line)));
  });
});
