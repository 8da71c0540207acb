import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Side } from '../model/order.ts';
import {
  type InstrumentIndex,
  PRICE_COUNT_MAX,
  type Price,
  type Quantity,
  type TimeUs,
} from '../model/units.ts';
import { fraction, roundHalfAway } from '../testing/fraction.ts';
import { fixedBpsSlippage, type SlippageQuery, zeroSlippage } from './model.ts';

function query(touch: number, side: Side): SlippageQuery {
  return {
    instrument: 0 as InstrumentIndex,
    side,
    quantity: 1 as Quantity,
    touch: touch as Price,
    bid: touch as Price,
    ask: touch as Price,
    time: 0 as TimeUs,
  };
}

suite('slippage', () => {
  test('fixed_bps is that share of the touch, half away from zero, the same on both sides', () => {
    const touch = fc.integer({ min: 1, max: PRICE_COUNT_MAX });
    const bps = fc.nat({ max: 1_000_000 });
    fc.assert(
      fc.property(touch, bps, (price, scaled) => {
        const model = fixedBpsSlippage(scaled);
        const wanted = Number(roundHalfAway(fraction(BigInt(price) * BigInt(scaled), 10n ** 8n)));
        assert.equal(model.slippage(query(price, Side.buy)), wanted);
        assert.equal(model.slippage(query(price, Side.sell)), wanted);
      }),
    );
    assert.equal(fixedBpsSlippage(10_000).slippage(query(110_000, Side.buy)), 11, '1 bp');
  });

  test('zero is zero', () => {
    assert.equal(zeroSlippage.slippage(query(PRICE_COUNT_MAX, Side.sell)), 0);
  });
});
