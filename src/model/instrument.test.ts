import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { testInstrument } from '../testing/builders.ts';
import { fraction, isEqual, multiply, ofDecimal } from '../testing/fraction.ts';
import { DecimalError, parseDecimal } from './decimal.ts';
import {
  formatPrice,
  formatQuantity,
  type Instrument,
  parsePrice,
  parseQuantity,
  valueUnit,
} from './instrument.ts';
import { PRICE_COUNT_MAX, type Price, type Quantity } from './units.ts';

const anyInstrument: fc.Arbitrary<Instrument> = fc
  .tuple(
    fc.constantFrom('0.00001', '0.001', '0.25', '1', '5', '0.00025'),
    fc.constantFrom('0.01', '1', '1000', '0.00000001'),
    fc.constantFrom('1', '125000', '0.1'),
  )
  .map(([price, size, contract]) =>
    testInstrument('EURUSD', {
      priceIncrement: parseDecimal(price),
      sizeIncrement: parseDecimal(size),
      contractSize: parseDecimal(contract),
    }),
  );

suite('instrument', () => {
  test('prices and sizes go to text and back without loss', () => {
    const count = fc.integer({ min: 1, max: PRICE_COUNT_MAX });
    fc.assert(
      fc.property(anyInstrument, count, fc.maxSafeInteger(), (instrument, price, size) => {
        const text = formatPrice(instrument, price as Price);
        assert.equal(parsePrice(instrument, text), price);
        assert.equal(parseQuantity(instrument, formatQuantity(instrument, size as Quantity)), size);
      }),
    );
  });

  test('one count of price times one of size is worth increment × increment × contract', () => {
    fc.assert(
      fc.property(anyInstrument, (instrument) => {
        const { numerator, decimals } = valueUnit(instrument);
        const { priceIncrement, sizeIncrement, contractSize } = instrument;
        const wanted = multiply(
          ofDecimal(priceIncrement),
          ofDecimal(sizeIncrement),
          ofDecimal(contractSize),
        );
        assert(isEqual(fraction(numerator, 10n ** BigInt(decimals)), wanted));
      }),
    );
  });

  test('a price or size off its increment, or out of range, is refused and not rounded', () => {
    const quarter = testInstrument('EURUSD', { priceIncrement: parseDecimal('0.25') });
    assert.equal(parsePrice(quarter, '4500.75'), 18_003);
    assert.equal(parsePrice(quarter, '4500.750'), 18_003);
    for (const text of ['4500.80', '0', '-0.25', '600000000']) {
      assert.throws(() => parsePrice(quarter, text), DecimalError, text);
    }
    assert.throws(() => parseQuantity(quarter, '1.5'), DecimalError);
    assert.throws(() => parseQuantity(quarter, '9007199254740992'), DecimalError);
    assert.throws(() => parseQuantity(quarter, '-9007199254740992'), DecimalError);
    assert.equal(parseQuantity(quarter, '-3'), -3);
  });
});
