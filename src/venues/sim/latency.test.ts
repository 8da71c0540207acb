import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { InputKind } from '../../model/inputs.ts';
import { TEST_START, testInstrument } from '../../testing/builders.ts';
import { VenueRig } from '../../testing/venue-rig.ts';

suite('latency', () => {
  test('an order sent at t with latency L trades on the first quote at or after t + L', () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 20 });
    const sends = fc.array(fc.nat({ max: 60 }), { maxLength: 5 });
    fc.assert(
      fc.property(gaps, sends, fc.nat({ max: 25 }), fc.nat({ max: 9 }), (steps, at, lag, back) => {
        const latency = { submitUs: lag, cancelUs: lag, reportUs: back };
        const rig = new VenueRig({ venue: { latency, marginCheck: false } });
        const quotes: number[] = [];
        for (const step of steps) quotes.push((quotes.at(-1) ?? 0) + step);
        const sorted = [...at].sort((a, b) => a - b);
        const events = [
          ...quotes.map((time) => ({ time, quote: true })),
          ...sorted.map((time) => ({ time, quote: false })),
        ].sort((a, b) => a.time - b.time || Number(b.quote) - Number(a.quote));
        for (const { time, quote } of events) {
          if (quote) rig.quote(time, 100_000 + time, 100_000 + time);
          else rig.send(time, {});
        }
        rig.until(1000);
        const wanted = sorted.flatMap((sent, i) => {
          const on = quotes.find((time) => time >= sent + lag);
          return on === undefined ? [] : [`${on + back}: ${i + 1} fill 1 @ ${100_000 + on}`];
        });
        const got = rig.said(true).filter((line) => line.includes('fill'));
        assert.deepEqual(got.sort(), wanted.sort());
      }),
      { numRuns: 300 },
    );
  });

  test('of several quotes at the moment of arrival the last is the one that is traded on', () => {
    const rig = new VenueRig({ venue: { latency: { submitUs: 10, cancelUs: 10, reportUs: 5 } } });
    rig.quote(0, 1000, 1001);
    rig.send(0, {});
    rig.quote(10, 1100, 1101);
    rig.quote(10, 1200, 1201);
    rig.quote(11, 1300, 1301);
    assert.deepEqual(rig.until(100).said(true), ['15: 1 accepted', '15: 1 fill 1 @ 1201']);
  });

  test('without latency an order trades on the quote that made it be sent', () => {
    const rig = new VenueRig();
    rig.quote(7, 1000, 1001);
    rig.send(7, {});
    assert.deepEqual(rig.until(7).said(true), ['7: 1 accepted', '7: 1 fill 1 @ 1001']);
  });

  test('a quote of another instrument at the moment of arrival fills nothing', () => {
    const instruments = [testInstrument('EURUSD'), testInstrument('GBPUSD')];
    const rig = new VenueRig({
      instruments,
      venue: { latency: { submitUs: 10, cancelUs: 0, reportUs: 0 } },
    });
    rig.quote(0, 1000, 1001);
    rig.send(0, {});
    rig.quote(10, 1100, 1101, 0, 0, 1);
    assert.deepEqual(rig.until(15).fills(), []);
    rig.quote(20, 1200, 1201);
    assert.deepEqual(rig.until(20).fills(), ['1 fill 1 @ 1201']);
    const other = new VenueRig();
    other.quote(0, 1000, 1001);
    other.send(1, {});
    other.until(20);
    assert.deepEqual(other.fills(), [], 'the quote of before is not traded on');
  });

  test('requests arrive in the order of their time, and of sending where that is equal', () => {
    const rig = new VenueRig({ venue: { latency: { submitUs: 20, cancelUs: 5, reportUs: 0 } } });
    rig.quote(0, 1000, 1001);
    const order = rig.send(0, { type: 'limit', limit: 900 });
    rig.cancel(1, order);
    rig.cancel(15, order);
    rig.until(100);
    assert.deepEqual(rig.said(true), [
      '6: 1 cancel_refused order_not_open',
      '20: 1 accepted',
      '20: 1 cancelled cancelled_by_client',
    ]);
  });

  test('every fact has the next number of the log and the time at which it happened', () => {
    const rig = new VenueRig({ venue: { latency: { submitUs: 3, cancelUs: 3, reportUs: 40 } } });
    for (let t = 0; t < 50; t += 10) {
      rig.quote(t, 1000 + t, 1001 + t);
      rig.send(t, { side: t % 20 === 0 ? 'buy' : 'sell' });
    }
    rig.until(1000);
    const facts = rig.heard.map(({ at, input }) => {
      assert(input.kind !== InputKind.ledger);
      const fact = input.kind === InputKind.fill ? input.fill : input.report;
      assert.equal(fact.venueTime - TEST_START, at - 40);
      return fact.cursor;
    });
    assert.deepEqual(
      facts,
      facts.map((_, i) => i + 1),
    );
    assert.equal(rig.venue.cursor, facts.length);
  });
});
