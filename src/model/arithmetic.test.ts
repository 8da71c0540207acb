import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { fraction, roundHalfAway } from '../testing/fraction.ts';
import {
  absBig,
  divideExact,
  divideRounded,
  divideRoundedSmall,
  powerOfTen,
} from './arithmetic.ts';

const anyBig = fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n });
const positiveBig = fc.oneof(
  fc.bigInt({ min: 1n, max: 20n }),
  fc.bigInt({ min: 1n, max: 10n ** 30n }),
);

suite('exact division', () => {
  test('rounds half away from zero, as |x| + ½ cut off does', () => {
    fc.assert(
      fc.property(anyBig, positiveBig, (numerator, denominator) => {
        const wanted = roundHalfAway(fraction(numerator, denominator));
        assert.equal(divideRounded(numerator, denominator), wanted);
        const exact = numerator % denominator === 0n ? numerator / denominator : undefined;
        assert.equal(divideExact(numerator, denominator), exact);
      }),
    );
    assert.deepEqual(
      [5n, -5n, 4n, -4n].map((value) => divideRounded(value, 2n)),
      [3n, -3n, 2n, -2n],
    );
  });

  test('is symmetric: a short rounds as the long of its size', () => {
    fc.assert(
      fc.property(anyBig, positiveBig, (numerator, denominator) => {
        assert.equal(
          divideRounded(-numerator, denominator),
          -divideRounded(numerator, denominator),
        );
      }),
    );
  });

  test('on numbers it is the same to the last safe integer', () => {
    const numerator = fc.oneof(
      fc.maxSafeInteger(),
      fc.integer({ min: -1000, max: 1000 }),
      fc.integer({ min: 0, max: 1000 }).map((back) => Number.MAX_SAFE_INTEGER - back),
    );
    const denominator = fc.oneof(
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    );
    fc.assert(
      fc.property(numerator, denominator, (a, b) => {
        const got = divideRoundedSmall(a, b);
        assert.equal(BigInt(got), divideRounded(BigInt(a), BigInt(b)));
      }),
      { numRuns: 500 },
    );
  });

  test('division by nothing, and by less, is a bug', () => {
    for (const denominator of [0n, -1n]) {
      assert.throws(() => divideRounded(1n, denominator), { code: 'ASSERTION_FAILED' });
    }
    assert.throws(() => powerOfTen(-1), { code: 'ASSERTION_FAILED' });
    assert.throws(() => powerOfTen(0.5), { code: 'ASSERTION_FAILED' });
    assert.equal(powerOfTen(18), 1_000_000_000_000_000_000n);
    assert.equal(absBig(-3n), 3n);
  });
});
