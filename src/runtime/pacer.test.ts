import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { TEST_START } from '../testing/builders.ts';
import { Pacer, systemClock, UNPACED, type WallClock } from './pacer.ts';

class FakeClock implements WallClock {
  monotonic = 123_456;
  wall = 1_700_000_000_000_000;

  wallUs(): number {
    return this.wall;
  }
  monotonicUs(): number {
    return this.monotonic;
  }
}

suite('pacer', () => {
  test('market time begins at the start, whatever the clock shows then', () => {
    for (const speed of [0.001, 1, 600]) {
      const clock = new FakeClock();
      const pacer = new Pacer(clock, TEST_START, speed);
      assert.equal(pacer.now(), TEST_START);
      assert.equal(pacer.unpaced, false);
    }
  });

  test('it passes at the speed, in whole microseconds, rounded down', () => {
    for (const [speed, elapsed, wanted] of [
      [1, 1, 1],
      [1, 3_600_000_000, 3_600_000_000],
      [600, 1_000_000, 600_000_000],
      [0.001, 999, 0],
      [0.001, 1000, 1],
      [0.5, 3, 1],
      [2.5, 3, 7],
    ] as const) {
      const clock = new FakeClock();
      const pacer = new Pacer(clock, TEST_START, speed);
      clock.monotonic += elapsed;
      assert.equal(pacer.now() - TEST_START, wanted, `${elapsed} at ${speed}`);
    }
  });

  test('it never decreases, stays a safe integer, and errs by less than a microsecond', () => {
    const steps = fc.array(fc.nat(86_400_000_000), { maxLength: 50 });
    const speeds = fc.oneof(
      fc.constantFrom(1, 600),
      fc.double({ min: 0.001, max: 1000, noNaN: true }),
    );
    fc.assert(
      fc.property(steps, speeds, (elapsed, speed) => {
        const clock = new FakeClock();
        const pacer = new Pacer(clock, TEST_START, speed);
        let last: number = pacer.now();
        let total = 0;
        for (const step of elapsed) {
          clock.monotonic += step;
          total += step;
          const now = pacer.now();
          assert(Number.isSafeInteger(now));
          assert(now >= last);
          const exact = total * speed;
          assert(now - TEST_START <= exact && now - TEST_START > exact - 1);
          last = now;
        }
      }),
      { numRuns: 100 },
    );
  });

  test('a step of the wall clock in either direction does not move it', () => {
    const clock = new FakeClock();
    const pacer = new Pacer(clock, TEST_START, 1);
    for (const wall of [0, 9e15]) {
      clock.wall = wall;
      assert.equal(pacer.now(), TEST_START);
    }
  });

  test('unpaced it says so', () => {
    assert.equal(new Pacer(new FakeClock(), TEST_START, UNPACED).unpaced, true);
  });

  test('the clock of the system gives whole microseconds, never decreasing, near the wall', () => {
    assert(Math.abs(systemClock.wallUs() - Date.now() * 1000) < 1_000_000);
    let last = systemClock.monotonicUs();
    for (let i = 0; i < 1000; i++) {
      const now = systemClock.monotonicUs();
      assert(Number.isSafeInteger(now) && now >= last);
      last = now;
    }
    assert(Number.isSafeInteger(systemClock.wallUs()));
  });
});
