import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { fixedBpsSlippage } from '../../slippage/model.ts';
import { bothSides, VenueRig } from '../../testing/venue-rig.ts';

suite('taking', () => {
  test('a market order takes the other side', () => {
    bothSides((rig) => {
      rig.quote(0, 100_000, 100_010);
      rig.send(0, { quantity: 7 });
      assert.deepEqual(rig.until(0).said(), ['1 accepted', '1 fill 7 @ 100010']);
      rig.send(1, { side: 'sell', quantity: 7 });
      rig.quote(1, 100_001, 100_011);
      assert.deepEqual(rig.until(1).fills(), ['1 fill 7 @ 100010', '2 fill 7 @ 100001']);
      assert.equal(rig.position, 0);
    });
  });

  test('a limit order that the market has passed takes the touch, not its limit', () => {
    bothSides((rig) => {
      rig.quote(0, 100_000, 100_010);
      rig.send(0, { type: 'limit', limit: 100_500 });
      assert.deepEqual(rig.until(0).fills(), ['1 fill 1 @ 100010']);
    });
  });

  test('slippage moves a taker’s price against it, and never beyond its limit', () => {
    const venue = { slippage: fixedBpsSlippage(10_000) }; // 1 bp of 100 010 is 10 counts
    bothSides(
      (rig) => {
        rig.quote(0, 100_000, 100_010);
        rig.send(0, {});
        rig.send(0, { type: 'limit', limit: 100_015 });
        rig.send(0, { type: 'limit', limit: 100_500 });
        assert.deepEqual(rig.until(0).fills(), [
          '1 fill 1 @ 100020',
          '2 fill 1 @ 100015',
          '3 fill 1 @ 100020',
        ]);
      },
      { venue },
    );
  });

  test('a maker’s price does not slip, a stop’s does', () => {
    const venue = { slippage: fixedBpsSlippage(10_000) };
    bothSides(
      (rig) => {
        rig.quote(0, 100_000, 100_010);
        rig.send(0, { type: 'limit', limit: 99_990 });
        rig.send(0, { type: 'stop', stop: 100_100, quantity: 2 });
        rig.until(0);
        rig.quote(1, 99_980, 99_990);
        rig.quote(2, 100_090, 100_100);
        assert.deepEqual(rig.until(2).fills(), ['1 fill 1 @ 99990', '2 fill 2 @ 100110']);
      },
      { venue },
    );
  });
});

suite('resting limits', () => {
  test('fill at their price on the touch, or only when it is traded through', () => {
    for (const limitFill of ['touch', 'through'] as const) {
      bothSides(
        (rig) => {
          rig.quote(0, 100_000, 100_010);
          rig.send(0, { type: 'limit', limit: 99_990 });
          rig.until(0);
          rig.quote(1, 99_981, 99_991);
          assert.deepEqual(rig.until(1).fills(), []);
          rig.quote(2, 99_980, 99_990);
          const touched = limitFill === 'touch' ? ['1 fill 1 @ 99990'] : [];
          assert.deepEqual(rig.until(2).fills(), touched);
          rig.quote(3, 99_970, 99_989);
          assert.deepEqual(rig.until(3).fills(), ['1 fill 1 @ 99990']);
        },
        { venue: { limitFill } },
      );
    }
  });

  test('a gap through the price gives the price, not the gap', () => {
    bothSides((rig) => {
      rig.quote(0, 100_000, 100_010);
      rig.send(0, { type: 'limit', limit: 99_990 });
      rig.until(0);
      rig.quote(1, 99_000, 99_010);
      assert.deepEqual(rig.until(1).fills(), ['1 fill 1 @ 99990']);
    });
  });
});

suite('stops', () => {
  test('are triggered by the side that they would take, and then take it', () => {
    bothSides((rig) => {
      rig.quote(0, 100_000, 100_010);
      rig.send(0, { type: 'stop', stop: 100_050 });
      rig.until(0);
      rig.quote(1, 100_039, 100_049);
      assert.deepEqual(rig.until(1).said(), ['1 accepted']);
      rig.quote(2, 100_040, 100_050);
      assert.deepEqual(rig.until(2).said().slice(1), ['1 triggered', '1 fill 1 @ 100050']);
    });
  });

  test('a gap fills at the gap', () => {
    bothSides((rig) => {
      rig.quote(0, 100_000, 100_010);
      rig.send(0, { type: 'stop', stop: 100_050 });
      rig.until(0);
      rig.quote(1, 101_000, 101_010);
      assert.deepEqual(rig.until(1).fills(), ['1 fill 1 @ 101010']);
    });
  });

  test('a stop that the market has passed when it arrives is triggered at once', () => {
    bothSides((rig) => {
      rig.quote(0, 100_000, 100_010);
      rig.send(0, { type: 'stop', stop: 99_000 });
      assert.deepEqual(rig.until(0).fills(), ['1 fill 1 @ 100010']);
    });
  });

  test('a stop-limit becomes a limit: it takes up to its price, else it rests', () => {
    bothSides((rig) => {
      const ask = { type: 'stopLimit', stop: 100_050, limit: 100_060 } as const;
      rig.quote(0, 100_000, 100_010);
      rig.send(0, ask);
      rig.send(0, { ...ask, quantity: 2, limit: 100_040 });
      rig.until(0);
      rig.quote(1, 100_045, 100_055);
      assert.deepEqual(rig.until(1).said().slice(2), [
        '1 triggered',
        '1 fill 1 @ 100055',
        '2 triggered',
      ]);
      rig.quote(2, 100_030, 100_040);
      assert.deepEqual(rig.until(2).fills().slice(1), ['2 fill 2 @ 100040']);
    });
  });

  test('a stop-limit that gaps over its limit rests, and fills when the price comes back', () => {
    bothSides((rig) => {
      rig.quote(0, 100_000, 100_010);
      rig.send(0, { type: 'stopLimit', stop: 100_050, limit: 100_060 });
      rig.until(0);
      rig.quote(1, 101_000, 101_010);
      assert.deepEqual(rig.until(1).said().slice(1), ['1 triggered']);
      rig.quote(2, 100_000, 100_010);
      assert.deepEqual(rig.until(2).fills(), ['1 fill 1 @ 100060']);
    });
  });
});

suite('quoted size', () => {
  test('is shared by the orders of a side, oldest first; the rest waits for the next quote', () => {
    bothSides((rig) => {
      rig.quote(0, 100_000, 100_010, 10, 10);
      for (const quantity of [6, 8]) rig.send(0, { type: 'limit', limit: 99_990, quantity });
      rig.send(0, { side: 'sell', type: 'limit', limit: 99_985, quantity: 4 });
      rig.until(0);
      rig.quote(1, 99_980, 99_990, 10, 10);
      assert.deepEqual(rig.until(1).fills(), [
        '3 fill 4 @ 100000',
        '1 fill 6 @ 99990',
        '2 fill 4 @ 99990',
      ]);
      rig.quote(2, 99_980, 99_990, 10, 3);
      rig.quote(3, 99_980, 99_990, 10, 3);
      assert.deepEqual(rig.until(3).fills().slice(3), ['2 fill 3 @ 99990', '2 fill 1 @ 99990']);
    });
  });

  test('one quote is never traded beyond its size, whoever arrives at its moment', () => {
    bothSides((rig) => {
      rig.quote(0, 100_000, 100_010);
      rig.send(0, { type: 'limit', limit: 99_990, quantity: 10 });
      rig.until(0);
      rig.quote(5, 99_980, 99_990, 4, 4);
      rig.send(5, { type: 'limit', limit: 90_000 });
      rig.until(5);
      assert.deepEqual(rig.fills(), ['1 fill 4 @ 99990']);
    });
  });

  test('a market order that finds too little fills what there is and is cancelled', () => {
    bothSides((rig) => {
      rig.quote(0, 100_000, 100_010, 3, 3);
      rig.send(0, { quantity: 5 });
      assert.deepEqual(rig.until(0).said(), [
        '1 accepted',
        '1 fill 3 @ 100010',
        '1 cancelled not_fillable',
      ]);
    });
  });

  test('without quoted sizes any quantity trades', () => {
    bothSides((rig) => {
      rig.quote(0, 100_000, 100_010);
      rig.send(0, { quantity: 4_000_000 });
      assert.deepEqual(rig.until(0).fills(), ['1 fill 4000000 @ 100010']);
    });
  });

  test('what is filled never exceeds the order, nor a quote its size', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 1, maxLength: 10 });
    const quantities = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(sizes, quantities, (quoted, wanted) => {
        const rig = new VenueRig();
        rig.quote(0, 100_000, 100_010);
        for (const quantity of wanted) rig.send(0, { type: 'limit', limit: 99_990, quantity });
        rig.until(0);
        for (const [i, size] of quoted.entries()) {
          const before = rig.position;
          rig.quote(i + 1, 99_980, 99_990, size, size);
          const left = wanted.reduce((sum, quantity) => sum + quantity, 0) - before;
          assert.equal(rig.position - before, Math.min(size, left));
        }
      }),
    );
  });
});

suite('time in force', () => {
  test('IOC fills at once what it can; what it cannot is cancelled', () => {
    bothSides((rig) => {
      rig.quote(0, 100_000, 100_010, 5, 5);
      rig.send(0, { type: 'limit', limit: 100_010, tif: 'ioc', quantity: 8 });
      rig.send(0, { type: 'limit', limit: 100_009, tif: 'ioc' });
      assert.deepEqual(rig.until(0).said(), [
        '1 accepted',
        '1 fill 5 @ 100010',
        '1 cancelled not_fillable',
        '2 accepted',
        '2 cancelled not_fillable',
      ]);
    });
  });

  test('FOK fills at once and whole, or not at all', () => {
    bothSides((rig) => {
      rig.quote(0, 100_000, 100_010, 5, 5);
      rig.send(0, { type: 'limit', limit: 100_010, tif: 'fok', quantity: 6 });
      rig.send(0, { tif: 'fok', quantity: 5 });
      assert.deepEqual(rig.until(0).said(), [
        '1 accepted',
        '1 cancelled not_fillable',
        '2 accepted',
        '2 fill 5 @ 100010',
      ]);
    });
  });

  test('GTD ends at its time, before a quote of that moment', () => {
    bothSides((rig) => {
      rig.quote(0, 100_000, 100_010);
      rig.send(0, { type: 'limit', limit: 99_990, tif: 'gtd', expires: 50 });
      rig.send(0, { type: 'limit', limit: 99_990, tif: 'gtd', expires: 51, quantity: 2 });
      rig.until(0);
      rig.quote(50, 99_980, 99_990);
      assert.deepEqual(rig.until(50).said(true).slice(2), [
        '50: 1 expired expired',
        '50: 2 fill 2 @ 99990',
      ]);
    });
  });

  test('GTD whose time has passed on the way is refused', () => {
    const latency = { submitUs: 20, cancelUs: 0, reportUs: 0 };
    const rig = new VenueRig({ venue: { latency } });
    rig.quote(0, 100_000, 100_010);
    rig.send(0, { type: 'limit', limit: 99_990, tif: 'gtd', expires: 20 });
    assert.deepEqual(rig.until(100).said(), ['1 refused expire_time_passed']);
  });

  test('DAY ends with the trading day of the instrument', () => {
    const hour = 3_600_000_000;
    bothSides((rig) => {
      rig.quote(0, 100_000, 100_010);
      rig.quote(5 * hour, 100_000, 100_010);
      rig.send(5 * hour, { type: 'limit', limit: 99_990, tif: 'day' });
      rig.quote(24 * hour - 1, 100_000, 100_010);
      assert.deepEqual(rig.said(), ['1 accepted']);
      rig.quote(24 * hour, 99_980, 99_990);
      assert.deepEqual(rig.said(true).slice(1), [`${24 * hour}: 1 expired expired`]);
    });
  });
});
