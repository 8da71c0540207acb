import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Decoder, Encoder } from '../../model/codec.ts';
import type { Side } from '../../model/order.ts';
import type { InstrumentIndex, Price, Quantity, TimeUs } from '../../model/units.ts';
import { OraclePosition } from '../../testing/rational-account.ts';
import { COST_BASES, Position, type PositionFill } from './position.ts';

function fill(
  side: Side,
  quantity: number,
  price: number,
  number = 1,
  stopDistance = -1,
): PositionFill {
  return {
    side,
    quantity: quantity as Quantity,
    price: price as Price,
    time: (1000 + number) as TimeUs,
    decision: { strategy: 0, instrument: 0 as InstrumentIndex, number },
    stopDistance,
  };
}

const anyFills = fc.array(
  fc
    .tuple(
      fc.constantFrom<Side>(1, -1),
      fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 10_000_000 })),
      fc.integer({ min: 1, max: 2_000_000 }),
    )
    .map(([side, quantity, price]) => fill(side, quantity, price)),
  { maxLength: 40, size: 'max' },
);
const anyBasis = fc.constantFrom(...COST_BASES);

/** Oldest unit first, each with the price that was paid for it. */
function unitByUnit(fills: readonly PositionFill[]): bigint[] {
  const units: { side: number; price: bigint }[] = [];
  return fills.map(({ side, quantity, price }) => {
    let profit = 0n;
    for (let i = 0; i < quantity; i++) {
      const oldest = units[0];
      if (oldest === undefined || oldest.side === side) {
        units.push({ side, price: BigInt(price) });
      } else {
        units.shift();
        profit += BigInt(oldest.side) * (BigInt(price) - oldest.price);
      }
    }
    return profit;
  });
}

suite('position', () => {
  test('is the naive model, slice by slice, whatever the fills', () => {
    fc.assert(
      fc.property(anyBasis, anyFills, (basis, fills) => {
        const position = new Position(basis);
        const model = new OraclePosition(basis);
        for (const one of fills) {
          const slices = position.apply(one);
          const wanted = model.fill(one.side, one.quantity, one.price);
          assert.deepEqual(
            slices.map(({ side, quantity, entryCost, pnl }) => {
              return { side, quantity, released: entryCost, profit: pnl };
            }),
            wanted,
          );
          assert.equal(BigInt(position.quantity), model.quantity);
          assert.equal(position.cost, model.cost);
        }
      }),
    );
  });

  test('under lots, profit is that of the oldest units, exactly', () => {
    const small = fc.array(
      fc
        .tuple(
          fc.constantFrom<Side>(1, -1),
          fc.integer({ min: 1, max: 9 }),
          fc.integer({ min: 1, max: 50 }),
        )
        .map(([side, quantity, price]) => fill(side, quantity, price)),
      { maxLength: 30, size: 'max' },
    );
    fc.assert(
      fc.property(small, (fills) => {
        const position = new Position('lots');
        const profits = fills.map((one) =>
          position.apply(one).reduce((sum, slice) => sum + slice.pnl, 0n),
        );
        assert.deepEqual(profits, unitByUnit(fills));
      }),
    );
  });

  test('once flat, profit is sales minus purchases to the last count', () => {
    fc.assert(
      fc.property(anyBasis, anyFills, fc.integer({ min: 1, max: 99_999 }), (basis, fills, last) => {
        const position = new Position(basis);
        const all = [...fills];
        const net = fills.reduce((sum, one) => sum + one.side * one.quantity, 0);
        if (net !== 0) all.push(fill(net > 0 ? -1 : 1, Math.abs(net), last));
        let profit = 0n;
        let cash = 0n;
        for (const one of all) {
          for (const slice of position.apply(one)) profit += slice.pnl;
          cash -= BigInt(one.side) * BigInt(one.quantity) * BigInt(one.price);
        }
        assert.equal(position.quantity, 0);
        assert.equal(position.cost, 0n);
        assert.equal(profit, cash);
      }),
    );
  });

  test('saved and restored at any point it goes on as if nothing had happened', () => {
    fc.assert(
      fc.property(anyBasis, anyFills, fc.nat({ max: 40 }), (basis, fills, cut) => {
        const whole = new Position(basis);
        const wanted = fills.map((one) => whole.apply(one));
        let position = new Position(basis);
        const got = fills.map((one, i) => {
          if (i === cut) position = restored(position, basis);
          return position.apply(one);
        });
        assert.deepEqual(got, wanted);
        assert.deepEqual(bytesOf(position), bytesOf(whole));
      }),
    );
  });

  test('a slice names the decision and the time that opened it', () => {
    const average = new Position('average');
    const lots = new Position('lots');
    for (const position of [average, lots]) {
      position.apply(fill(1, 10, 100, 1));
      position.apply(fill(1, 10, 110, 2));
    }
    const fromAverage = average.apply(fill(-1, 15, 120, 3));
    assert.deepEqual(
      fromAverage.map(({ decision, openTime, quantity }) => [decision.number, openTime, quantity]),
      [[1, 1001, 15]],
    );
    const fromLots = lots.apply(fill(-1, 15, 120, 3));
    assert.deepEqual(
      fromLots.map(({ decision, openTime, quantity }) => [decision.number, openTime, quantity]),
      [
        [1, 1001, 10],
        [2, 1002, 5],
      ],
    );
  });

  test('a flip opens the rest at its own price, with its own decision', () => {
    const position = new Position('average');
    position.apply(fill(1, 10, 100, 1));
    const slices = position.apply(fill(-1, 25, 90, 2));
    assert.deepEqual(
      slices.map(({ quantity, pnl, side }) => [quantity, pnl, side]),
      [[10, -100n, 1]],
    );
    assert.equal(position.quantity, -15);
    assert.equal(position.cost, 1350n);
    const [back] = position.apply(fill(1, 15, 80, 3));
    assert.equal(back?.decision.number, 2);
    assert.equal(back?.pnl, 150n);
  });

  test('risk to the stop is released in proportion, and unknown once a part had no stop', () => {
    const position = new Position('average');
    position.apply(fill(1, 10, 100, 1, 7));
    position.apply(fill(1, 5, 100, 2, 4));
    const [half] = position.apply(fill(-1, 7, 100, 3));
    assert.equal(half?.risk, 42n, '90 × 7/15 is 42');
    position.apply(fill(1, 1, 100, 4));
    const [rest] = position.apply(fill(-1, 9, 100, 5));
    assert.equal(rest?.risk, -1n);
  });

  test('a fill of nothing is a bug', () => {
    assert.throws(() => new Position('lots').apply(fill(1, 0, 1)), { code: 'ASSERTION_FAILED' });
  });
});

function bytesOf(position: Position): Uint8Array {
  const encoder = new Encoder();
  position.walk(encoder);
  return encoder.bytes.slice();
}

function restored(position: Position, basis: (typeof COST_BASES)[number]): Position {
  const copy = new Position(basis);
  const decoder = new Decoder(bytesOf(position));
  copy.walk(decoder);
  decoder.end();
  return copy;
}
