import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseScaled } from '../../model/decimal.ts';
import type { Money } from '../../model/units.ts';
import { testInstrument } from '../../testing/builders.ts';
import { averagePriceText, moneyText, rateText, ratioText, trimZeros } from './decimal-text.ts';

describe('decimals in results', () => {
  test('money keeps two decimals, and more only where they say something', () => {
    const cases: readonly [bigint, number, string][] = [
      [0n, 6, '0.00'],
      [12_500_000n, 6, '12.50'],
      [-3_141_593n, 6, '-3.141593'],
      [-10n, 6, '-0.00001'],
      [100_000_000_000n, 6, '100000.00'],
      [1234n, 0, '1234'],
      [1234n, 1, '123.4'],
    ];
    for (const [amount, decimals, text] of cases) {
      assert.equal(moneyText(amount as Money, decimals), text);
    }
  });

  test('money text always says the exact amount', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.integer({ min: 0, max: 12 }), (amount, decimals) => {
        fc.pre(amount.toString().length < 28);
        assert.equal(parseScaled(moneyText(amount as Money, decimals), decimals), amount);
      }),
    );
  });

  test('an average price has five digits more than a price, rounded half away from zero', () => {
    const eurusd = testInstrument('EURUSD');
    assert.equal(averagePriceText(eurusd, 2n * 108_512n, 2), '1.08512');
    assert.equal(averagePriceText(eurusd, 108_512n + 108_513n, 2), '1.085125');
    assert.equal(averagePriceText(eurusd, 3n * 108_512n + 1n, 3), '1.0851233333');
    assert.equal(averagePriceText(eurusd, 3n * 108_512n + 2n, 3), '1.0851266667');
    // 0.5 of the last digit, on both sides of zero.
    assert.equal(averagePriceText(eurusd, 1n, 200_000), '0.0000000001');
    assert.equal(averagePriceText(eurusd, -1n, 200_000), '-0.0000000001');
    assert.equal(averagePriceText(testInstrument('USDJPY'), 330_001n, 3), '110.00033333');
  });

  test('a ratio has six decimals, and is empty without a positive denominator', () => {
    assert.equal(ratioText(1n, 3n), '0.333333');
    assert.equal(ratioText(-2n, 3n), '-0.666667');
    assert.equal(ratioText(5n, 5n), '1.000000');
    assert.equal(ratioText(5n, 0n), '');
    assert.equal(ratioText(5n, -1n), '');
  });

  test('a rate is printed to twelve places, without zeros at its end', () => {
    assert.equal(rateText({ numerator: 1, denominator: 1 }), '1');
    assert.equal(rateText({ numerator: 2, denominator: 3 }), '0.666666666667');
    assert.equal(rateText({ numerator: 5, denominator: 4 }), '1.25');
  });

  test('zeros before the point are never trimmed', () => {
    assert.equal(trimZeros('1000', 0), '1000');
    assert.equal(trimZeros('1000.000', 0), '1000');
    assert.equal(trimZeros('1000.000', 2), '1000.00');
    assert.equal(trimZeros('0.0', 0), '0');
  });
});
