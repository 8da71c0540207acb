import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { formatPlan, type Plan, parsePlan } from './faults.ts';
import type { CrashPoint } from './machine.ts';
import { simulate, World } from './world.ts';

/** A short session in which nothing goes wrong by itself. */
const SESSION: Plan = { seed: 42, activeUs: 1_200_000, only: [] };

function runWith(crashes: (boot: number) => CrashPoint | undefined) {
  const world = new World(SESSION, { crashes });
  const result = world.run();
  return { result, operations: world.machine.firstOperations };
}

suite('every crash point of one session', () => {
  const { result, operations } = runWith(() => undefined);

  test('the session trades, and makes enough operations of the disk', () => {
    assert.equal(result.violation, undefined);
    assert(result.figures.fills > 3 && operations > 60, `${operations} operations`);
  });

  for (const fault of ['crash_before', 'crash_after'] as const) {
    for (const machine of [false, true]) {
      const what = `${machine ? 'the machine' : 'the process'} dies ${fault.slice(6)}`;
      test(`${what} each operation of the disk, and every invariant holds`, () => {
        for (let operation = 1; operation <= operations; operation += 1) {
          const point = { operation, fault, machine };
          const { result: crashed } = runWith((boot) => (boot === 0 ? point : undefined));
          const at = `operation ${operation}`;
          assert.equal(crashed.violation, undefined, at);
          assert.equal(crashed.figures.boots, 2, at);
        }
      });
    }
  }

  test('a process that dies again while it recovers recovers all the same', () => {
    for (let operation = 1; operation <= operations; operation += 7) {
      for (let again = 1; again <= 12; again += 1) {
        const points: readonly CrashPoint[] = [
          { operation, fault: 'crash_after', machine: again % 2 === 0 },
          { operation: again, fault: 'crash_before', machine: again % 3 === 0 },
        ];
        const { result: crashed } = runWith((boot) => points[boot]);
        assert.equal(crashed.violation, undefined, `operation ${operation}, then ${again}`);
      }
    }
  });
});

suite('a run', () => {
  test('is a function of its plan: the same again gives the same trace', () => {
    for (const seed of [3, 7, 11]) {
      const first = simulate({ seed });
      const again = simulate({ seed });
      assert.equal(again.trace, first.trace);
      assert.notEqual(simulate({ seed: seed + 1 }).trace, first.trace);
      const { struck, activeUs } = first;
      const same = simulate({ seed, activeUs, only: [...struck] });
      assert.equal(same.trace, first.trace, 'its own faults, named, make the same run');
    }
  });

  test('is told line by line where it is asked for, without changing what happens', () => {
    const { lines, trace } = simulate({ seed: 3 }, { keepTrace: true });
    assert.equal(simulate({ seed: 3 }).trace, trace);
    assert(lines.some((line) => /submit S/.test(line)));
  });
});

suite('an older copy of the disk that is declared as restored (X4)', () => {
  test('goes on under ids of its own, and books what it does not know from the log', () => {
    let restored = 0;
    for (let seed = 1; seed <= 60; seed += 1) {
      const { struck, violation, figures } = simulate({ seed });
      if (!struck.some((fault) => fault.startsWith('disk_restored.'))) continue;
      restored += 1;
      assert.equal(violation, undefined, `seed ${seed}`);
      assert(figures.boots > 1, 'it was started on the copy');
    }
    assert(restored > 1, `${restored} restores`);
  });
});

suite('a plan', () => {
  test('is written and read as one word', () => {
    const plans: readonly Plan[] = [
      { seed: 5 },
      { seed: 5, activeUs: 1000 },
      { seed: 999_999_999_999_999, only: [] },
      { seed: 0, activeUs: 7, only: ['answer_lost.3', 'disk_crash.0'] },
    ];
    for (const plan of plans) assert.deepEqual(parsePlan(formatPlan(plan)), plan);
    for (const text of ['', 'x', '5:', '5:1:no_fault.1', '5:1:answer_lost']) {
      assert.equal(parsePlan(text), undefined, text);
    }
  });
});
