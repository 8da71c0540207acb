import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { type Decimal, parseDecimal } from '../../model/decimal.ts';
import { InputKind } from '../../model/inputs.ts';
import type { Price, Quantity } from '../../model/units.ts';
import { testInstrument } from '../../testing/builders.ts';
import { fraction, multiply, ofDecimal, roundHalfAway } from '../../testing/fraction.ts';
import { VenueRig } from '../../testing/venue-rig.ts';
import { type CommissionSpec, commissionOf } from './commission.ts';

const anyAmount: fc.Arbitrary<Decimal> = fc.record({
  coefficient: fc.bigInt({ min: 0n, max: 99_999n }),
  decimals: fc.nat({ max: 5 }),
});
const gold = testInstrument('XAUUSD', {
  priceIncrement: parseDecimal('0.01'),
  sizeIncrement: parseDecimal('0.1'),
  contractSize: parseDecimal('100'),
});
const anyFill = fc.record({
  instrument: fc.constantFrom(gold, testInstrument('EURUSD'), testInstrument('USDJPY')),
  quantity: fc.integer({ min: 1, max: 1_000_000 }),
  price: fc.integer({ min: 1, max: 300_000 }),
  numerator: fc.integer({ min: 1, max: 400_000 }),
  denominator: fc.integer({ min: 1, max: 400_000 }),
  decimals: fc.constantFrom(0, 2, 6),
});

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

suite('commission', () => {
  test('is a sum a fill, an amount a unit or a share of the value, at least the least', () => {
    fc.assert(
      fc.property(anyAmount, anyAmount, anyFill, (rate, minimum, fill) => {
        const { instrument, numerator, denominator, decimals } = fill;
        const quantity = fill.quantity as Quantity;
        const price = fill.price as Price;
        const money = (spec: CommissionSpec): bigint =>
          commissionOf(spec, instrument, quantity, price, { numerator, denominator }, decimals);
        const scale = fraction(10n ** BigInt(decimals));
        const least = roundHalfAway(multiply(ofDecimal(minimum), scale));
        const size = multiply(fraction(quantity), ofDecimal(instrument.sizeIncrement));
        const value = multiply(
          size,
          ofDecimal(instrument.contractSize),
          fraction(price),
          ofDecimal(instrument.priceIncrement),
          fraction(numerator, denominator),
        );
        const share = multiply(value, ofDecimal(rate), fraction(1, 10_000), scale);
        const perUnit = multiply(size, ofDecimal(rate), scale);
        const sum = multiply(ofDecimal(rate), scale);
        assert.equal(money({ kind: 'none' }), 0n);
        assert.equal(money({ kind: 'per_fill', amount: rate }), roundHalfAway(sum));
        assert.equal(
          money({ kind: 'per_unit', amount: rate, minimum }),
          larger(roundHalfAway(perUnit), least),
        );
        assert.equal(money({ kind: 'bps', rate, minimum }), larger(roundHalfAway(share), least));
      }),
    );
  });

  test('is taken from the balance with each fill and stated in it', () => {
    const commission = { kind: 'per_fill', amount: parseDecimal('2.50') } as const;
    const rig = new VenueRig({ venue: { commission }, account: { decimals: 2 } });
    const before = rig.venue.account.balance;
    rig.quote(0, 100_000, 100_010, 3, 3);
    rig.send(0, { type: 'limit', limit: 100_010, quantity: 4 });
    rig.until(0);
    rig.quote(1, 100_000, 100_010, 3, 3);
    rig.until(1);
    const fills = rig.heard.flatMap(({ input }) =>
      input.kind === InputKind.fill ? [input.fill] : [],
    );
    assert.deepEqual(
      fills.map((fill) => [fill.commission, before - fill.balance]),
      [
        [250n, 250n],
        [250n, 500n],
      ],
    );
    assert.equal(rig.venue.account.commission, 500n);
  });
});
