import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Calendar } from '../market/calendar.ts';
import type { SessionSpec } from '../model/instrument.ts';
import { formatUtc, US_PER_DAY, US_PER_HOUR, US_PER_MINUTE } from '../model/time.ts';
import { type TimeUs, timeUs } from '../model/units.ts';
import { compileCalendar, compileFinancingDays, timeZoneDataVersion } from './compile-calendar.ts';

function utc(text: string): TimeUs {
  return timeUs(Temporal.Instant.from(`${text}Z`).epochMilliseconds * 1000);
}

/** What Temporal itself makes of a local date and time. */
function viaTemporal(local: string, timeZone: string): number {
  return Temporal.PlainDateTime.from(local).toZonedDateTime(timeZone).epochMilliseconds * 1000;
}

const FX: SessionSpec = {
  timeZone: 'America/New_York',
  weekly: [{ open: ['Sun', '17:00'], close: ['Fri', '17:00'] }],
  dayStart: '17:00',
  holidays: ['2014-12-25'],
};

/** OANDA gold: an hour's pause every day at 17:00 New York. */
const GOLD: SessionSpec = {
  ...FX,
  weekly: (['Mon', 'Tue', 'Wed', 'Thu', 'Fri'] as const).map((day, i) => ({
    open: [(['Sun', 'Mon', 'Tue', 'Wed', 'Thu'] as const)[i] ?? 'Sun', '18:00'],
    close: [day, '17:00'],
  })),
};

function sessions(spec: SessionSpec, from: string, horizon: string): string[] {
  const table = compileCalendar(spec, utc(from), utc(horizon));
  for (const time of [...table.opens, ...table.closes]) assert.equal(time % US_PER_MINUTE, 0);
  return table.opens.map((open, i) => {
    const [opens, closes] = [formatUtc(timeUs(open)), formatUtc(timeUs(table.closes[i] ?? 0))];
    return `${opens.slice(0, 16)}/${closes.slice(0, 16)}`;
  });
}

suite('compiled calendar', () => {
  test('every day boundary is the instant that Temporal gives, over clock changes', () => {
    const zones = ['America/New_York', 'Europe/London', 'Australia/Lord_Howe', 'Asia/Kathmandu'];
    zones.push('UTC', 'Asia/Tokyo', 'America/Sao_Paulo', 'Africa/Casablanca', 'Pacific/Apia');
    for (const timeZone of zones) {
      for (const dayStart of ['00:00', '01:30', '02:00', '02:30', '03:00', '17:00']) {
        const spec = { ...FX, timeZone, dayStart };
        const table = compileCalendar(spec, utc('2009-12-30T00:00'), utc('2013-01-02T00:00'));
        const expected: number[] = [];
        let date = Temporal.PlainDate.from('2009-12-28');
        for (; date.year < 2013 || date.day < 6; date = date.add({ days: 1 })) {
          const instant = viaTemporal(`${date}T${dayStart}`, timeZone);
          // Samoa had no 30 December 2011: two local midnights are then one instant.
          if (instant !== expected.at(-1)) expected.push(instant);
        }
        const first = expected.findLastIndex((t) => t <= table.from);
        const last = expected.findIndex((t) => t > table.horizon);
        assert.deepEqual(
          table.dayStarts,
          expected.slice(first, last + 1),
          `${timeZone} ${dayStart}`,
        );
      }
    }
  });

  test('is open exactly when the local clock is inside the week’s sessions', () => {
    const range = { from: utc('2014-01-05T00:00'), horizon: utc('2016-01-01T00:00') };
    const fx = new Calendar(compileCalendar({ ...FX, holidays: [] }, range.from, range.horizon));
    const gold = new Calendar(
      compileCalendar({ ...GOLD, holidays: [] }, range.from, range.horizon),
    );
    fc.assert(
      fc.property(fc.integer({ min: range.from, max: range.horizon - 1 }), (t) => {
        const local = Temporal.Instant.fromEpochMilliseconds(
          Math.floor(t / 1000),
        ).toZonedDateTimeISO('America/New_York');
        const hour = (local.dayOfWeek % 7) * 24 + local.hour; // hours since Sunday 00:00
        const open = hour >= 17 && hour < 5 * 24 + 17;
        assert.equal(fx.isOpen(timeUs(t)), open, local.toString());
        assert.equal(gold.isOpen(timeUs(t)), open && local.hour !== 17, local.toString());
      }),
      { numRuns: 1500 },
    );
  });

  test('the FX week opens an hour later in UTC when New York leaves summer time', () => {
    assert.deepEqual(sessions(FX, '2014-10-27T00:00', '2014-11-09T00:00'), [
      '2014-10-26T21:00/2014-10-31T21:00',
      '2014-11-02T22:00/2014-11-07T22:00',
    ]);
  });

  test('a holiday takes out the trading day that ends on its date', () => {
    assert.deepEqual(sessions(FX, '2014-12-22T00:00', '2014-12-27T00:00'), [
      '2014-12-21T22:00/2014-12-24T22:00',
      '2014-12-25T22:00/2014-12-26T22:00',
    ]);
    assert.deepEqual(sessions(GOLD, '2014-12-24T00:00', '2014-12-26T12:00'), [
      '2014-12-23T23:00/2014-12-24T22:00',
      '2014-12-25T23:00/2014-12-26T22:00',
    ]);
    const midnight = { ...FX, dayStart: '00:00', timeZone: 'UTC', holidays: ['2014-12-25'] };
    assert.deepEqual(sessions(midnight, '2014-12-24T00:00', '2014-12-26T12:00'), [
      '2014-12-21T17:00/2014-12-25T00:00',
      '2014-12-26T00:00/2014-12-26T17:00',
    ]);
  });

  test('a market that never closes is one session, however its week is written', () => {
    const days = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun', 'Mon'] as const;
    const whole: SessionSpec['weekly'] = [{ open: ['Mon', '00:00'], close: ['Mon', '00:00'] }];
    const daily: SessionSpec['weekly'] = days.slice(0, 7).map((day, i) => ({
      open: [day, '00:00'],
      close: [days[i + 1] ?? 'Mon', '00:00'],
    }));
    const [from, horizon] = [utc('2014-01-01T00:00'), utc('2015-01-01T00:00')];
    for (const weekly of [whole, daily]) {
      const spec: SessionSpec = {
        timeZone: 'Europe/Berlin',
        weekly,
        dayStart: '00:00',
        holidays: [],
      };
      const table = compileCalendar(spec, from, horizon);
      assert.equal(table.opens.length, 1);
      assert.ok((table.opens[0] ?? 0) <= from && (table.closes[0] ?? 0) >= horizon);
    }
  });

  test('a session that straddles the range is whole, and none outside it is kept', () => {
    assert.deepEqual(sessions(FX, '2014-05-07T00:00', '2014-05-08T00:00'), [
      '2014-05-04T21:00/2014-05-09T21:00',
    ]);
    assert.deepEqual(sessions(FX, '2014-05-10T00:00', '2014-05-11T00:00'), []);
    assert.deepEqual(sessions(FX, '2014-05-09T21:00', '2014-05-11T21:00'), []);
  });

  test('the same specification compiles the same over a part as over the whole', () => {
    const [from, horizon] = [utc('2013-01-01T00:00'), utc('2016-01-01T00:00')];
    const whole = new Calendar(compileCalendar(GOLD, from, horizon));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1090 }), fc.integer({ min: 1, max: 4 }), (day, n) => {
        const start = timeUs(from + day * US_PER_DAY + 7 * US_PER_HOUR);
        const part = new Calendar(compileCalendar(GOLD, start, timeUs(start + n * US_PER_DAY)));
        for (let t = start; t < part.horizon; t = timeUs(t + US_PER_HOUR / 4)) {
          assert.deepEqual(part.sessionAt(t), whole.sessionAt(t));
          assert.equal(part.dayStart(t), whole.dayStart(t));
          assert.equal(part.nextDayStart(t), whole.nextDayStart(t));
        }
      }),
      { numRuns: 40 },
    );
  });

  test('malformed specifications are refused with a reason', () => {
    const [from, horizon] = [utc('2014-01-01T00:00'), utc('2015-01-01T00:00')];
    const bad: [object, RegExp][] = [
      [{ timeZone: 'Mars/Olympus' }, /Mars/],
      [{ dayStart: '24:00' }, /24:00/],
      [{ dayStart: '5:00' }, /5:00/],
      [{ holidays: ['2014-02-29'] }, /2014-02-29/],
      [{ holidays: ['25.12.2014'] }, /25\.12/],
      [{ weekly: [{ open: ['Sunday', '17:00'], close: ['Fri', '17:00'] }] }, /Sunday/],
    ];
    for (const [change, reason] of bad) {
      const spec = { ...FX, ...change };
      const error = { code: 'SESSION_SPEC', message: reason };
      assert.throws(() => compileCalendar(spec, from, horizon), error);
    }
    assert.throws(() => compileCalendar(FX, from, from), { code: 'SESSION_SPEC' });
    assert.match(timeZoneDataVersion(), /^20\d\d[a-z]$/);
  });
});

suite('financing days', () => {
  /** Days charged in a week that begins on a Monday, by the New York date of the rollover. */
  function charges(lag: number, holidays: string[], monday: string, everyDay = false): string {
    const from = utc(`${monday}T12:00`);
    const horizon = timeUs(from + 7 * US_PER_DAY);
    const table = compileFinancingDays(FX, lag, holidays, from, horizon, { everyDay });
    const byDay = Array.from({ length: 7 }, () => '-');
    table.times.forEach((time, i) => {
      const local = Temporal.Instant.fromEpochMilliseconds(time / 1000).toZonedDateTimeISO(
        'America/New_York',
      );
      assert.equal(local.toPlainTime().toString(), '17:00:00');
      byDay[local.dayOfWeek - 1] = String(table.days[i]);
    });
    return byDay.join('');
  }

  test('the triple day is Wednesday for T+2, Thursday for T+1 and Friday for T+0', () => {
    assert.equal(charges(2, [], '2014-05-05'), '11311--');
    assert.equal(charges(1, [], '2014-05-05'), '11131--');
    assert.equal(charges(0, [], '2014-05-05'), '11113--');
    assert.equal(charges(2, [], '2014-05-05', true), '1111111');
  });

  test('a holiday of the value-date calendar lengthens the charge that settles over it', () => {
    // Friday 2014-07-04: positions of Tuesday settle Thursday, of Wednesday on Monday the 7th.
    assert.equal(charges(2, ['2014-07-04'], '2014-06-30'), '1411---');
    assert.equal(charges(1, ['2014-07-04'], '2014-06-30'), '1141---');
    assert.equal(charges(0, ['2014-07-04'], '2014-06-30'), '1114---');
  });

  test('between business days the charges add up to the days between their value dates', () => {
    const holidays = fc.uniqueArray(fc.integer({ min: 1, max: 28 }), { maxLength: 8, size: 'max' });
    fc.assert(
      fc.property(holidays, fc.integer({ min: 0, max: 3 }), (days, lag) => {
        const dates = days.map((day) => `2014-03-${String(day).padStart(2, '0')}`);
        // From the end of Friday 2014-02-21 to the end of Wednesday 2014-04-30, exclusive.
        const [from, horizon] = [utc('2014-02-21T22:00'), utc('2014-04-30T21:00')];
        const table = compileFinancingDays(FX, lag, dates, from, horizon);
        const sum = table.days.reduce((total, n) => total + n, 0);
        // Friday settles lag business days on; no holiday is in reach of either end.
        const first = lag === 0 ? 21 : 23 + lag;
        const last = [30, 31, 32, 35][lag] ?? 0; // of April; 32 is 2 May
        assert.equal(sum, last - first + 28 + 31);
        assert.ok(table.days.every((n) => n >= 1));
      }),
      { numRuns: 200 },
    );
  });

  test('a lag that is no small whole number is refused', () => {
    const [from, horizon] = [utc('2014-01-01T00:00'), utc('2015-01-01T00:00')];
    for (const lag of [-1, 1.5, 11, Number.NaN]) {
      assert.throws(() => compileFinancingDays(FX, lag, [], from, horizon), {
        code: 'SESSION_SPEC',
      });
    }
  });
});
