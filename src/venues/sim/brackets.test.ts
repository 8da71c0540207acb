import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { OrderRole } from '../../model/order.ts';
import { bothSides, VenueRig } from '../../testing/venue-rig.ts';

const BRACKET = { stopLoss: 99_000, takeProfit: 101_000 } as const;

function workingOf(rig: VenueRig): readonly (readonly [number, number])[] {
  return rig.venue.workingOrders().map(({ order, remaining }) => [order, remaining]);
}

/** An order that was cancelled or has expired is heard of no more. */
function assertEndsOnce(rig: VenueRig): void {
  const ended = new Set<string>();
  for (const line of rig.said()) {
    const [order = '', word = ''] = line.split(' ');
    assert(!ended.has(order), `order ${order} had ended: ${line}`);
    if (word === 'cancelled' || word === 'expired') ended.add(order);
  }
}

suite('brackets', () => {
  test('children open with the fill, for its quantity, each with its own price', () => {
    bothSides((rig) => {
      rig.quote(0, 100_000, 100_010);
      rig.send(0, { ...BRACKET, quantity: 5 });
      assert.deepEqual(rig.until(0).said(), [
        '1 accepted',
        '1 fill 5 @ 100010',
        '2 child_accepted stop_loss 5 @ 99000',
        '3 child_accepted take_profit 5 @ 101000',
      ]);
    });
  });

  test('children follow what has filled, part by part (X14)', () => {
    bothSides((rig) => {
      rig.quote(0, 100_000, 100_010);
      rig.send(0, { ...BRACKET, type: 'limit', limit: 99_990, quantity: 6 });
      rig.until(0);
      rig.quote(1, 99_980, 99_990, 2, 2);
      rig.quote(2, 99_980, 99_990, 3, 3);
      rig.quote(3, 99_980, 99_990, 9, 9);
      assert.deepEqual(rig.until(3).said().slice(1), [
        '1 fill 2 @ 99990',
        '2 child_accepted stop_loss 2 @ 99000',
        '3 child_accepted take_profit 2 @ 101000',
        '1 fill 3 @ 99990',
        '2 replaced 5 @ 99000 parent_filled',
        '3 replaced 5 @ 101000 parent_filled',
        '1 fill 1 @ 99990',
        '2 replaced 6 @ 99000 parent_filled',
        '3 replaced 6 @ 101000 parent_filled',
      ]);
    });
  });

  test('one leg alone is opened when only one was asked for', () => {
    for (const [leg, wanted] of [
      [{ stopLoss: 99_000 }, '2 child_accepted stop_loss 1 @ 99000'],
      [{ takeProfit: 101_000 }, '2 child_accepted take_profit 1 @ 101000'],
    ] as const) {
      bothSides((rig) => {
        rig.quote(0, 100_000, 100_010);
        rig.send(0, leg);
        assert.deepEqual(rig.until(0).said().slice(2), [wanted]);
      });
    }
  });

  test('the target ends the stop, and the stop the target', () => {
    bothSides((rig) => {
      for (const [i, bid] of [101_000, 98_990].entries()) {
        const t = i * 10;
        rig.quote(t, 100_000, 100_010);
        rig.send(t, { ...BRACKET, quantity: 5 });
        rig.until(t);
        rig.quote(t + 1, bid, bid + 10);
        rig.until(t + 1);
        assert.equal(rig.position, 0);
        assert.deepEqual(workingOf(rig), []);
      }
      assert.deepEqual(rig.said().slice(4, 6), ['3 fill 5 @ 101000', '2 cancelled oco']);
      assert.deepEqual(rig.said().slice(10), [
        '5 triggered',
        '5 fill 5 @ 98990',
        '6 cancelled oco',
      ]);
    });
  });

  test('a leg that fills in part leaves the other the rest', () => {
    bothSides((rig) => {
      rig.quote(0, 100_000, 100_010);
      rig.send(0, { ...BRACKET, quantity: 5 });
      rig.until(0);
      rig.quote(1, 101_000, 101_010, 2, 2);
      assert.deepEqual(rig.until(1).said().slice(4), [
        '3 fill 2 @ 101000',
        '2 replaced 3 @ 99000 oco',
      ]);
      rig.quote(2, 98_000, 98_010, 1, 1);
      rig.quote(3, 98_000, 98_010, 9, 9);
      assert.equal(rig.until(3).position, 0);
      assert.deepEqual(workingOf(rig), []);
    });
  });

  test('after a leg closed the first part, what the parent still fills is protected too', () => {
    bothSides((rig) => {
      rig.quote(0, 100_000, 100_010);
      rig.send(0, { ...BRACKET, type: 'limit', limit: 99_990, quantity: 10 });
      rig.until(0);
      rig.quote(1, 99_980, 99_990, 4, 4);
      rig.quote(2, 101_000, 101_010);
      assert.equal(rig.until(2).position, 0, 'the target closed the first 4');
      rig.quote(3, 99_980, 99_990);
      const held = rig.until(3).position;
      const children = rig.venue.workingOrders().filter(({ role }) => role !== OrderRole.order);
      assert.deepEqual(
        children.map(({ remaining }) => remaining),
        held === 0 ? [] : [held, held],
        `each leg protects the ${held} that are held`,
      );
      assertEndsOnce(rig);
    });
  });

  test('after an exit closed the first part, what the parent still fills is protected too', () => {
    bothSides((rig) => {
      rig.quote(0, 100_000, 100_010);
      rig.send(0, { ...BRACKET, type: 'limit', limit: 99_990, quantity: 10 });
      rig.until(0);
      rig.quote(1, 99_980, 99_990, 4, 4);
      rig.quote(2, 100_000, 100_010);
      rig.send(2, { side: 'sell', quantity: 4, reduceOnly: true });
      assert.equal(rig.until(2).position, 0);
      rig.quote(3, 99_980, 99_990);
      const held = rig.until(3).position;
      const children = rig.venue.workingOrders().filter(({ role }) => role !== OrderRole.order);
      assert.deepEqual(
        children.map(({ remaining }) => remaining),
        held === 0 ? [] : [held, held],
        `each leg protects the ${held} that are held`,
      );
      assertEndsOnce(rig);
    });
  });

  test('a parent that fills on, after a leg closed a part, keeps both legs at what is held', () => {
    bothSides((rig) => {
      rig.quote(0, 100_000, 100_010);
      rig.send(0, { ...BRACKET, type: 'limit', limit: 99_990, quantity: 10 });
      rig.until(0);
      rig.quote(1, 99_980, 99_990, 4, 4);
      rig.quote(2, 101_000, 101_010, 1, 1);
      rig.quote(3, 99_980, 99_990);
      assert.equal(rig.until(3).position, 9);
      assert.deepEqual(workingOf(rig), [
        [2, 9],
        [3, 9],
      ]);
    });
  });

  test('a price change of a leg, sent before the parent filled on, takes nothing off its quantity', () => {
    bothSides(
      (rig) => {
        rig.quote(0, 100_000, 100_010);
        rig.send(0, { ...BRACKET, type: 'limit', limit: 99_990, quantity: 10 });
        rig.until(0);
        rig.quote(1, 99_980, 99_990, 4, 4);
        rig.until(1);
        // The engine moves its stop by price and states the quantity it knows, which is 4.
        rig.replace(2, 2 as never, { quantity: 4, stop: 99_100 });
        rig.quote(3, 99_980, 99_990);
        rig.until(5);
        assert.equal(rig.position, 10);
        const stop = rig.venue.workingOrders().find(({ order }) => order === 2);
        assert.equal(stop?.remaining, 10);
      },
      { venue: { latency: { submitUs: 0, cancelUs: 2, reportUs: 0 } } },
    );
  });

  test('protection ends with the position, whoever closes or turns it', () => {
    for (const quantity of [5, 8]) {
      bothSides((rig) => {
        rig.quote(0, 100_000, 100_010);
        rig.send(0, { ...BRACKET, quantity: 5 });
        rig.until(0);
        rig.quote(1, 100_000, 100_010);
        rig.send(1, { side: 'sell', quantity });
        assert.deepEqual(rig.until(1).said().slice(6), [
          '2 cancelled position_closed',
          '3 cancelled position_closed',
        ]);
        assert.equal(rig.position, 5 - quantity);
      });
    }
  });

  test('protection of a position that was closed in part closes what is left and no more', () => {
    bothSides((rig) => {
      rig.quote(0, 100_000, 100_010);
      rig.send(0, { ...BRACKET, quantity: 5 });
      rig.send(0, { side: 'sell', quantity: 2 });
      rig.until(0);
      rig.quote(1, 98_000, 98_010);
      assert.deepEqual(rig.until(1).fills().slice(2), ['2 fill 3 @ 98000']);
      assert.equal(rig.position, 0);
      assert.deepEqual(workingOf(rig), []);
    });
  });

  test('an order that closes and turns is protected for what it opened', () => {
    bothSides((rig) => {
      rig.quote(0, 100_000, 100_010);
      rig.send(0, { side: 'sell', quantity: 4 });
      rig.send(0, { ...BRACKET, quantity: 10 });
      rig.until(0);
      assert.equal(rig.position, 6);
      assert.deepEqual(workingOf(rig), [
        [3, 6],
        [4, 6],
      ]);
    });
  });

  test('whatever the market does, protection never turns a position and never outlives it', () => {
    const step = fc.tuple(fc.integer({ min: -1500, max: 1500 }), fc.integer({ min: 1, max: 8 }));
    const steps = fc.array(step, { minLength: 1, maxLength: 25 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 20 }), (moves, quantity) => {
        const rig = new VenueRig();
        rig.quote(0, 100_000, 100_010);
        rig.send(0, { ...BRACKET, type: 'limit', limit: 99_990, quantity });
        rig.until(0);
        for (const [i, [move, size]] of moves.entries()) {
          rig.quote(i + 1, 100_000 + move, 100_010 + move, size, size);
          const { position } = rig.until(i + 1);
          assert(position >= 0 && position <= quantity);
          for (const { role, remaining } of rig.venue.workingOrders()) {
            if (role === OrderRole.order) continue;
            assert(position > 0, 'protection without a position');
            assert(remaining <= position, `${remaining} protect ${position}`);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
