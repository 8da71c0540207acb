import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Decoder, Encoder } from '../model/codec.ts';
import { type TimeUs, timeUs } from '../model/units.ts';
import {
  blankCalendarTable,
  blankFinancingTable,
  Calendar,
  CalendarHorizonError,
  type CalendarTable,
  calendarTableError,
  walkCalendarTable,
  walkFinancingTable,
} from './calendar.ts';

/** A table in small integers: sessions and days of random lengths over [from, horizon). */
const tables: fc.Arbitrary<CalendarTable> = fc
  .record({
    start: fc.integer({ min: -50, max: 50 }),
    gaps: fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })), {
      maxLength: 12,
      size: 'max',
    }),
    days: fc.array(fc.integer({ min: 1, max: 15 }), { minLength: 1, maxLength: 12, size: 'max' }),
    late: fc.integer({ min: 0, max: 5 }),
  })
  .map(({ start, gaps, days, late }) => {
    const dayStarts = [start];
    for (const length of days) dayStarts.push((dayStarts.at(-1) ?? 0) + length);
    const horizon = dayStarts.at(-1) ?? 0;
    const opens: number[] = [];
    const closes: number[] = [];
    let at = start - 5;
    for (const [closed, open] of gaps) {
      if (at + closed >= horizon) break;
      opens.push(at + closed);
      at += closed + open;
      closes.push(at);
    }
    const from = Math.min(start + late, horizon - 1);
    return { from: timeUs(from), horizon: timeUs(horizon), opens, closes, dayStarts };
  });

function asked(table: CalendarTable): fc.Arbitrary<TimeUs[]> {
  const time = fc.integer({ min: table.from, max: table.horizon - 1 }).map(timeUs);
  return fc.array(time, { minLength: 1, maxLength: 30, size: 'max' });
}

const tableAndTimes = tables.chain((table) => fc.tuple(fc.constant(table), asked(table)));

suite('calendar', () => {
  test('answers what a scan of the table answers, in whatever order it is asked', () => {
    fc.assert(
      fc.property(tableAndTimes, ([table, times]) => {
        const calendar = new Calendar(table);
        for (const t of times) {
          const i = table.opens.findIndex((open, k) => open <= t && t < (table.closes[k] ?? 0));
          const session =
            i < 0 ? undefined : { open: table.opens[i] ?? 0, close: table.closes[i] ?? 0 };
          assert.equal(calendar.isOpen(t), session !== undefined);
          assert.deepEqual(calendar.sessionAt(t), session);
          assert.equal(
            calendar.openAfter(t),
            table.opens.find((open) => open > t && open < table.horizon),
          );
          assert.equal(
            calendar.dayStart(t),
            table.dayStarts.findLast((day) => day <= t),
          );
          assert.equal(
            calendar.nextDayStart(t),
            table.dayStarts.find((day) => day > t),
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  test('a table survives being written and read', () => {
    fc.assert(
      fc.property(tables, (table) => {
        const written = structuredClone(table);
        const encoder = new Encoder();
        walkCalendarTable(encoder, written);
        const decoder = new Decoder(encoder.bytes);
        const read = blankCalendarTable();
        walkCalendarTable(decoder, read);
        decoder.end();
        assert.deepEqual(read, table);
      }),
      { numRuns: 50 },
    );
    const financing = { from: timeUs(1), horizon: timeUs(9), times: [3, 5], days: [1, 3] };
    const encoder = new Encoder();
    walkFinancingTable(encoder, financing);
    const read = blankFinancingTable();
    walkFinancingTable(new Decoder(encoder.bytes), read);
    assert.deepEqual(read, financing);
  });

  const table: CalendarTable = {
    from: timeUs(10),
    horizon: timeUs(40),
    opens: [12, 30],
    closes: [20, 35],
    dayStarts: [5, 25, 40],
  };

  test('refuses every question outside its range', () => {
    const calendar = new Calendar(table);
    const thrown = { name: 'CalendarHorizonError', code: 'CALENDAR_HORIZON' };
    for (const time of [9, 40, -1, 1e15].map(timeUs)) {
      assert.throws(() => calendar.isOpen(time), thrown);
      assert.throws(() => calendar.sessionAt(time), thrown);
      assert.throws(() => calendar.nextOpen(time), thrown);
      assert.throws(() => calendar.dayStart(time), thrown);
      assert.throws(() => calendar.nextDayStart(time), thrown);
    }
    assert.throws(() => calendar.isOpen(Number.NaN as TimeUs), CalendarHorizonError);
  });

  test('an opening that the table does not hold is an error, not a guess', () => {
    const calendar = new Calendar(table);
    assert.equal(calendar.nextOpen(timeUs(12)), 30);
    assert.throws(() => calendar.nextOpen(timeUs(30)), CalendarHorizonError);
    assert.equal(calendar.openAfter(timeUs(30)), undefined);
    const edge = new Calendar({ ...table, opens: [12, 40], closes: [20, 50] });
    assert.equal(edge.openAfter(timeUs(12)), undefined);
  });

  test('a session is open from its first instant and closed at its last', () => {
    const calendar = new Calendar(table);
    assert.deepEqual(
      [11, 12, 19, 20].map((t) => calendar.isOpen(timeUs(t))),
      [false, true, true, false],
    );
  });

  test('a malformed table is refused by name', () => {
    const broken: [Partial<CalendarTable>, RegExp][] = [
      [{ horizon: timeUs(10) }, /horizon/],
      [{ opens: [12] }, /differ in number/],
      [{ opens: [12, 19] }, /session 1/],
      [{ closes: [12, 35] }, /session 0/],
      [{ opens: [12.5, 30] }, /not an integer/],
      [{ dayStarts: [5, 25, 25, 40] }, /day 2/],
      [{ dayStarts: [11, 40] }, /cover/],
      [{ dayStarts: [5, 39] }, /cover/],
      [{ dayStarts: [] }, /cover/],
    ];
    assert.equal(calendarTableError(table), undefined);
    for (const [change, reason] of broken) {
      assert.match(calendarTableError({ ...table, ...change }) ?? '', reason);
      assert.throws(() => new Calendar({ ...table, ...change }), { code: 'ASSERTION_FAILED' });
    }
  });
});
