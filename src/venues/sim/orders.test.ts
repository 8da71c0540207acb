import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseDecimal } from '../../model/decimal.ts';
import type { TimeUs } from '../../model/units.ts';
import { alwaysOpen, TEST_START, testInstrument } from '../../testing/builders.ts';
import { bothSides, VenueRig } from '../../testing/venue-rig.ts';

suite('cancel and replace', () => {
  test('a cancel ends what is left of an order', () => {
    bothSides((rig) => {
      rig.quote(0, 100_000, 100_010);
      const order = rig.send(0, { type: 'limit', limit: 99_990, quantity: 5 });
      rig.until(0);
      rig.quote(1, 99_980, 99_990, 2, 2);
      rig.cancel(2, order);
      rig.until(2);
      rig.quote(3, 99_980, 99_990);
      assert.deepEqual(rig.until(3).said(), [
        '1 accepted',
        '1 fill 2 @ 99990',
        '1 cancelled cancelled_by_client',
      ]);
      assert.equal(rig.venue.workingOrders().length, 0);
    });
  });

  test('a cancel that races a fill loses to a quote of the moment at which it arrives', () => {
    const latency = { submitUs: 0, cancelUs: 10, reportUs: 0 };
    bothSides(
      (rig) => {
        rig.quote(0, 100_000, 100_010);
        const order = rig.send(0, { type: 'limit', limit: 99_990 });
        rig.cancel(5, order);
        rig.quote(15, 99_980, 99_990);
        assert.deepEqual(rig.until(100).said(true), [
          '0: 1 accepted',
          '15: 1 fill 1 @ 99990',
          '15: 1 cancel_refused order_not_open',
        ]);
      },
      { venue: { latency } },
    );
  });

  test('a cancel wins against the quote after it', () => {
    const latency = { submitUs: 0, cancelUs: 10, reportUs: 0 };
    const rig = new VenueRig({ venue: { latency } });
    rig.quote(0, 100_000, 100_010);
    rig.cancel(5, rig.send(0, { type: 'limit', limit: 99_990 }));
    rig.quote(16, 99_980, 99_990);
    assert.deepEqual(rig.until(100).said().slice(1), ['1 cancelled cancelled_by_client']);
  });

  test('what is asked of an order that is not there is refused', () => {
    const rig = new VenueRig();
    rig.quote(0, 100_000, 100_010);
    const order = rig.send(0, {});
    rig.cancel(1, order);
    rig.replace(1, order, { quantity: 2 });
    assert.deepEqual(rig.until(1).said().slice(2), [
      '1 cancel_refused order_not_open',
      '1 replace_refused order_not_open',
    ]);
  });

  test('a replace changes price and quantity in one step, and may trade at once', () => {
    bothSides((rig) => {
      rig.quote(0, 100_000, 100_010);
      const order = rig.send(0, { type: 'limit', limit: 99_990, quantity: 5 });
      rig.until(0);
      rig.quote(1, 99_980, 99_990, 2, 2);
      rig.replace(2, order, { quantity: 4, limit: 99_800 });
      rig.until(2);
      rig.quote(3, 99_980, 99_990);
      rig.quote(4, 100_000, 100_010);
      rig.replace(4, order, { quantity: 4, limit: 100_020 });
      assert.deepEqual(rig.until(4).said().slice(1), [
        '1 fill 2 @ 99990',
        '1 replaced 4 @ 99800',
        '1 replaced 4 @ 100020',
        '1 fill 2 @ 100010',
      ]);
    });
  });

  test('a replace to what has filled already is refused, and the order goes on', () => {
    bothSides((rig) => {
      rig.quote(0, 100_000, 100_010);
      const order = rig.send(0, { type: 'limit', limit: 99_990, quantity: 5 });
      rig.until(0);
      rig.quote(1, 99_980, 99_990, 3, 3);
      rig.replace(2, order, { quantity: 3, limit: 99_990 });
      rig.until(2);
      rig.quote(3, 99_980, 99_990);
      assert.deepEqual(rig.until(3).said().slice(2), [
        '1 replace_refused quantity_already_filled',
        '1 fill 2 @ 99990',
      ]);
    });
  });

  test('a stop that is moved past the market is triggered at once', () => {
    bothSides((rig) => {
      rig.quote(0, 100_000, 100_010);
      const order = rig.send(0, { type: 'stop', stop: 100_100 });
      rig.until(0);
      rig.quote(1, 100_000, 100_010);
      rig.replace(1, order, { quantity: 1, stop: 100_005 });
      assert.deepEqual(rig.until(1).fills(), ['1 fill 1 @ 100010']);
    });
  });
});

suite('refusals', () => {
  test('a client id that is in use is refused; after the end it may be used again', () => {
    const rig = new VenueRig();
    rig.quote(0, 100_000, 100_010);
    const first = rig.send(0, { type: 'limit', limit: 99_990, clientOrderId: 'same' });
    rig.send(0, { clientOrderId: 'same' });
    rig.cancel(1, first);
    rig.send(2, { clientOrderId: 'same' });
    rig.quote(2, 100_000, 100_010);
    assert.deepEqual(rig.until(2).said().slice(1), [
      '2 refused client_order_id_in_use',
      '1 cancelled cancelled_by_client',
      '3 accepted',
      '3 fill 1 @ 100010',
    ]);
  });

  test('a market order outside the session is refused, a resting one waits for it', () => {
    const day = 86_400_000_000;
    const table = alwaysOpen();
    const calendars = [{ ...table, opens: [TEST_START + 10], closes: [TEST_START + day] }];
    const rig = new VenueRig({ venue: { calendars } });
    rig.quote(0, 100_000, 100_010);
    rig.send(5, {});
    rig.send(5, { type: 'limit', limit: 100_000 });
    rig.send(10, {});
    rig.quote(10, 99_990, 100_000);
    assert.deepEqual(rig.until(10).said(), [
      '1 refused market_closed',
      '2 accepted',
      '2 fill 1 @ 100000',
      '3 accepted',
      '3 fill 1 @ 100000',
    ]);
  });

  test('an order whose margin is beyond the equity is refused, on both sides', () => {
    // 2 % of 4 999 750 at 1.00005 is 99 999.99975 of 100 000; 13 more pass it.
    for (const [quantity, wanted] of [
      [4_999_750, 'accepted'],
      [4_999_763, 'refused insufficient_margin'],
    ] as const) {
      bothSides((rig) => {
        rig.quote(0, 100_000, 100_010);
        rig.send(0, { type: 'limit', limit: 90_000, quantity });
        assert.deepEqual(rig.until(0).said(), [`1 ${wanted}`]);
      });
    }
  });

  test('margin refuses what adds and never what reduces: an exit, or a flip to the same size', () => {
    bothSides(
      (rig) => {
        rig.quote(0, 100_000, 100_000);
        rig.send(0, { quantity: 4_900_000 });
        rig.until(0);
        rig.quote(1, 99_900, 99_900);
        rig.send(1, { side: 'sell', quantity: 9_800_001, type: 'limit', limit: 110_000 });
        rig.send(1, { side: 'sell', quantity: 9_800_000, type: 'limit', limit: 110_000 });
        rig.send(1, { side: 'sell', quantity: 4_900_000 });
        rig.send(1, { quantity: 200_000 });
        assert.deepEqual(rig.until(1).said().slice(2), [
          '2 refused insufficient_margin',
          '3 accepted',
          '4 accepted',
          '4 fill 4900000 @ 99900',
          '5 accepted',
          '5 fill 200000 @ 99900',
        ]);
      },
      {},
      200_000,
    );
  });

  test('without margin check, or without margin, nothing is refused for it', () => {
    const free = testInstrument('EURUSD', { marginRate: parseDecimal('0') });
    for (const options of [{ venue: { marginCheck: false } }, { instruments: [free] }]) {
      const rig = new VenueRig(options);
      rig.quote(0, 100_000, 100_010);
      rig.send(0, { quantity: 1_000_000_000 });
      assert.deepEqual(rig.until(0).fills(), ['1 fill 1000000000 @ 100010']);
    }
  });
});

suite('reduce-only', () => {
  test('fills no more than there is to reduce, and ends when nothing is left', () => {
    bothSides((rig) => {
      rig.quote(0, 100_000, 100_010);
      rig.send(0, { quantity: 6 });
      rig.send(0, { side: 'sell', type: 'limit', limit: 100_100, quantity: 9, reduceOnly: true });
      rig.until(0);
      rig.quote(1, 100_100, 100_110);
      rig.quote(2, 100_100, 100_110);
      assert.deepEqual(rig.until(2).said().slice(3), [
        '2 fill 6 @ 100100',
        '2 cancelled nothing_to_reduce',
      ]);
      assert.equal(rig.position, 0);
    });
  });

  test('on the side of the position, or without one, it never fills', () => {
    bothSides((rig) => {
      rig.quote(0, 100_000, 100_010);
      rig.send(0, { reduceOnly: true });
      rig.send(0, { quantity: 3 });
      rig.send(0, { reduceOnly: true });
      rig.until(0);
      assert.deepEqual(rig.fills(), ['2 fill 3 @ 100010']);
      assert.equal(rig.position, 3);
    });
  });
});

suite('the log', () => {
  test('gives back everything after a cursor, as far as it is kept', () => {
    const rig = new VenueRig({ venue: { logMax: 5 } });
    rig.quote(0, 100_000, 100_010);
    for (let i = 0; i < 4; i++) rig.send(0, {});
    rig.until(0);
    const said = rig.heard.map(({ input }) => input);
    assert.equal(said.length, 8);
    assert.deepEqual(rig.venue.readLog(8), []);
    assert.deepEqual(rig.venue.readLog(5), said.slice(5));
    assert.deepEqual(rig.venue.readLog(3), said.slice(3));
    for (let i = 0; i < 4; i++) rig.send(0, {});
    rig.until(0);
    assert.equal(rig.venue.readLog(0), undefined, 'no longer kept: not guessed');
  });

  test('reports on their way can be dropped, for a reader that takes them from the log', () => {
    const latency = { submitUs: 0, cancelUs: 0, reportUs: 50 };
    const rig = new VenueRig({ venue: { logMax: 100, latency } });
    rig.quote(0, 100_000, 100_010);
    rig.send(0, {});
    rig.until(10);
    rig.venue.dropUndelivered();
    rig.until(1000);
    assert.deepEqual(rig.heard, []);
    assert.equal(rig.venue.readLog(0)?.length, 2);
    assert.equal(rig.venue.takeReport((TEST_START + 1000) as TimeUs), undefined);
  });
});
