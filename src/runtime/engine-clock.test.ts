import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { NO_TIME, type TimeUs } from '../model/units.ts';
import { EngineClock } from './engine-clock.ts';

const SECOND = 1_000_000;
const WALL = 1_700_000_000 * SECOND;

/** A machine whose wall clock somebody sets. */
class Clocks {
  even = 5 * SECOND;
  ahead = WALL;

  wallUs(): number {
    return this.even + this.ahead;
  }
  monotonicUs(): number {
    return this.even;
  }
  pass(us: number): void {
    this.even += us;
  }
}

suite('engine time', () => {
  test('begins at the wall, or where time has come already, and counts on evenly', () => {
    const clocks = new Clocks();
    const start = clocks.wallUs();
    assert.equal(new EngineClock(clocks, NO_TIME).now(), start);
    const later = new EngineClock(clocks, (start + 7 * SECOND) as TimeUs);
    clocks.pass(3 * SECOND);
    assert.equal(later.now(), start + 10 * SECOND);
    assert.equal(later.check(SECOND), undefined, 'that is no step');
  });

  test('never decreases, and tells each step that is larger than may be hidden, once', () => {
    const steps = fc.array(
      fc.record({ pass: fc.integer({ min: 1, max: SECOND }), step: fc.integer(STEP) }),
    );
    fc.assert(
      fc.property(steps, (moves) => {
        const clocks = new Clocks();
        const clock = new EngineClock(clocks, NO_TIME);
        let last = clock.now() as number;
        for (const { pass, step } of moves) {
          clocks.pass(pass);
          clocks.ahead += step;
          const told = clock.check(SECOND);
          const isLarge = Math.abs(step) > 2 * SECOND;
          if (isLarge) assert.equal(told !== undefined, true);
          const now = clock.now();
          assert(now >= last, `${now} after ${last}`);
          last = now;
          assert.equal(clock.check(SECOND), undefined, 'told once');
        }
      }),
    );
  });

  test('goes forward with a step of the wall, and not back with one', () => {
    const clocks = new Clocks();
    const clock = new EngineClock(clocks, NO_TIME);
    clocks.ahead += 60 * SECOND;
    const from = clock.now();
    assert.deepEqual(clock.check(SECOND), { from, to: from + 60 * SECOND });
    assert.equal(clock.now(), from + 60 * SECOND);
    clocks.ahead -= 3600 * SECOND;
    assert.equal((clock.check(SECOND)?.to ?? 0) - clock.now(), -3600 * SECOND);
    clocks.pass(10 * SECOND);
    assert.equal(clock.now(), from + 70 * SECOND, 'it counts on');
  });

  test('a small difference is taken back slowly', () => {
    const clocks = new Clocks();
    const clock = new EngineClock(clocks, NO_TIME);
    clocks.ahead += 100_000;
    clock.check(SECOND);
    for (let i = 0; i < 100; i++) {
      clocks.pass(SECOND);
      clock.check(SECOND);
    }
    assert.equal(clocks.wallUs() - clock.now(), 50_000, 'half a millisecond each second');
    for (let i = 0; i < 200; i++) {
      clocks.pass(SECOND);
      clock.check(SECOND);
    }
    assert.equal(clocks.wallUs() - clock.now(), 0);
  });
});

const STEP = { min: -10 * SECOND, max: 10 * SECOND };
