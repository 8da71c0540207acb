import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { fraction, isEqual, ofDecimal } from '../testing/fraction.ts';
import {
  DecimalError,
  formatDecimal,
  formatScaled,
  parseDecimal,
  parseScaled,
  toScaled,
} from './decimal.ts';

const anyDecimal = fc.record({
  coefficient: fc.bigInt({ min: -(10n ** 30n) + 1n, max: 10n ** 30n - 1n }),
  decimals: fc.nat({ max: 18 }),
});

suite('decimals', () => {
  test('printed and parsed again are the same number with the same digits', () => {
    fc.assert(
      fc.property(anyDecimal, (value) => {
        assert.deepEqual({ ...parseDecimal(formatDecimal(value)) }, { ...value });
      }),
    );
  });

  test('scaling loses nothing or refuses', () => {
    fc.assert(
      fc.property(anyDecimal, fc.nat({ max: 20 }), (value, decimals) => {
        const scale = 10n ** BigInt(decimals);
        let scaled: bigint;
        try {
          scaled = toScaled(value, decimals);
        } catch (error) {
          assert(error instanceof DecimalError);
          const digits = value.coefficient * scale;
          assert.notEqual(digits % 10n ** BigInt(value.decimals), 0n);
          return;
        }
        assert(isEqual(fraction(scaled, scale), ofDecimal(value)));
      }),
    );
  });

  test('texts that are no plain decimals are refused', () => {
    const wrong = [
      '',
      ' 1',
      '1 ',
      '.5',
      '5.',
      '1e5',
      '0x10',
      '1,5',
      '1_000',
      '--1',
      'NaN',
      'Infinity',
      '１',
      '1.2.3',
      `1.${'1'.repeat(19)}`,
      '1'.repeat(31),
      '1\n',
    ];
    for (const text of wrong) assert.throws(() => parseDecimal(text), DecimalError, text);
  });

  test('signs, zeros and leading digits are as written', () => {
    assert.equal(parseScaled('+01.50', 3), 1500n);
    assert.equal(parseScaled('-0.005', 3), -5n);
    assert.equal(parseScaled('1.500', 1), 15n);
    assert.throws(() => parseScaled('1.55', 1), DecimalError);
    assert.equal(formatScaled(-5n, 3), '-0.005');
    assert.equal(formatScaled(0n, 2), '0.00');
    assert.equal(formatScaled(12n, 0), '12');
  });
});
