import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { compileCalendar } from '../config/compile-calendar.ts';
import { Decoder, Encoder } from '../model/codec.ts';
import { BAR_BASES, type BarBasis } from '../model/historical.ts';
import { formatUtc, US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND } from '../model/time.ts';
import { instrumentIndex, type TimeUs, timeUs } from '../model/units.ts';
import { type Bar, BarSeries, barSpecError } from './bars.ts';
import { Calendar } from './calendar.ts';

const instrument = instrumentIndex(3);

interface Tick {
  readonly time: number;
  readonly bid: number;
  readonly ask: number;
}

/** Drives a series as the engine does: closes at the first input at or past the end. */
function build(series: BarSeries, clock: Float64Array, ticks: readonly Tick[]): Bar[] {
  const bars: Bar[] = [];
  for (const { time, bid, ask } of ticks) {
    clock[0] = time;
    if (time >= series.endTime) bars.push(series.close());
    series.update(bid, ask);
  }
  if (series.endTime < Number.POSITIVE_INFINITY) bars.push(series.close());
  return bars;
}

/** The same bars by the definition: group by interval, then first, largest, smallest, last. */
function grouped(
  ticks: readonly Tick[],
  durationUs: number,
  basis: BarBasis,
  dayStarts: readonly number[],
): Bar[] {
  const groups = new Map<number, { end: number; prices: number[] }>();
  for (const { time, bid, ask } of ticks) {
    const day = dayStarts.findLastIndex((start) => start <= time);
    const dayStart = dayStarts[day] ?? 0;
    const dayEnd = dayStarts[day + 1] ?? 0;
    let start = dayStart;
    let end = dayEnd;
    if (durationUs < US_PER_DAY) {
      while (start + durationUs <= time) start += durationUs;
      end = Math.min(start + durationUs, dayEnd);
    }
    const group = groups.get(start) ?? { end, prices: [] };
    group.prices.push({ bid, ask, mid: (bid + ask) / 2 }[basis]);
    groups.set(start, group);
  }
  return [...groups].map(([start, { end, prices }]) => ({
    kind: 'time',
    instrument,
    basis,
    durationUs,
    start: timeUs(start),
    end: timeUs(end),
    open: prices[0] ?? 0,
    high: Math.max(...prices),
    low: Math.min(...prices),
    close: prices.at(-1) ?? 0,
    ticks: prices.length,
    complete: true,
  }));
}

const START = Date.UTC(2014, 2, 1, 22) * 1000;
/** Days as they are around clock changes: 24, 23, 25, 24 hours. */
const DAYS = [0, 24, 47, 72, 96].map((hours) => START + hours * US_PER_HOUR);
const calendar = new Calendar({
  from: timeUs(START),
  horizon: timeUs(DAYS.at(-1) ?? 0),
  opens: [],
  closes: [],
  dayStarts: DAYS,
});

const DURATIONS = [1, 5, 15, 60, 300, 900, 1800, 3600, 14_400, 43_200, 86_400].map(
  (seconds) => seconds * US_PER_SECOND,
);

const price = fc.integer({ min: 1, max: 2 ** 31 - 1 });
const steps = fc.oneof(
  fc.integer({ min: 0, max: 3 * US_PER_SECOND }),
  fc.constantFrom(0, US_PER_SECOND, US_PER_MINUTE, US_PER_HOUR),
  fc.integer({ min: 0, max: 9 * US_PER_HOUR }),
);
const tickLists = fc
  .array(fc.tuple(steps, price, price), { minLength: 1, maxLength: 60, size: 'max' })
  .map((list) => {
    let time = START;
    const ticks: Tick[] = [];
    for (const [step, bid, ask] of list) {
      time += step;
      if (time < (DAYS.at(-1) ?? 0)) ticks.push({ time, bid, ask });
    }
    return ticks;
  });

suite('bar series', () => {
  test('makes the bars that grouping the quotes by interval makes, also over clock changes', () => {
    fc.assert(
      fc.property(
        tickLists,
        fc.constantFrom(...DURATIONS),
        fc.constantFrom(...BAR_BASES),
        (ticks, durationUs, basis) => {
          const clock = new Float64Array(1);
          const series = new BarSeries(
            { kind: 'time', instrument, durationUs, basis },
            calendar,
            clock,
          );
          const bars = build(series, clock, ticks);
          assert.deepEqual(bars, grouped(ticks, durationUs, basis, DAYS));
        },
      ),
      { numRuns: 500 },
    );
  });

  test('a series restored in the middle of a bar goes on as the saved one', () => {
    fc.assert(
      fc.property(tickLists, fc.nat({ max: 60 }), (ticks, cut) => {
        const clock = new Float64Array(1);
        const spec = {
          kind: 'time' as const,
          instrument,
          durationUs: US_PER_HOUR,
          basis: 'mid' as const,
        };
        const saved = new BarSeries(spec, calendar, clock);
        const expected = build(new BarSeries(spec, calendar, clock), clock, ticks);
        const bars: Bar[] = [];
        for (const { time, bid, ask } of ticks.slice(0, cut)) {
          clock[0] = time;
          if (time >= saved.endTime) bars.push(saved.close());
          saved.update(bid, ask);
        }
        const encoder = new Encoder();
        saved.walk(encoder);
        const restored = new BarSeries(spec, calendar, clock);
        restored.update(7, 9); // what was there before does not matter
        const decoder = new Decoder(encoder.bytes);
        restored.walk(decoder);
        decoder.end();
        assert.equal(restored.endTime, saved.endTime);
        bars.push(...build(restored, clock, ticks.slice(cut)));
        assert.deepEqual(bars, expected);
      }),
      { numRuns: 200 },
    );
  });

  test('has no end while no bar is open, and refuses to close what is not open', () => {
    const clock = Float64Array.of(START);
    const spec = {
      kind: 'time' as const,
      instrument,
      durationUs: US_PER_MINUTE,
      basis: 'bid' as const,
    };
    const series = new BarSeries(spec, calendar, clock);
    assert.equal(series.endTime, Number.POSITIVE_INFINITY);
    assert.throws(() => series.close(), { code: 'ASSERTION_FAILED' });
    series.update(5, 6);
    assert.equal(series.endTime, START + US_PER_MINUTE);
    series.close();
    assert.equal(series.endTime, Number.POSITIVE_INFINITY);
    assert.throws(() => series.close(), { code: 'ASSERTION_FAILED' });
  });

  test('bars of a day and of four hours follow 17:00 New York through the year', () => {
    const spec = {
      timeZone: 'America/New_York',
      weekly: [{ open: ['Sun', '17:00'], close: ['Fri', '17:00'] } as const],
      dayStart: '17:00',
      holidays: [],
    };
    const utc = (text: string): TimeUs => timeUs(Date.parse(`${text}Z`) * 1000);
    const table = compileCalendar(spec, utc('2014-01-01T00:00'), utc('2015-01-01T00:00'));
    const newYork = new Calendar(table);
    const barAt = (text: string, durationUs: number): string => {
      const series = new BarSeries(
        { kind: 'time', instrument, durationUs, basis: 'bid' },
        newYork,
        Float64Array.of(utc(text)),
      );
      series.update(1, 2);
      const { start, end } = series.close();
      return `${formatUtc(start).slice(0, 16)}/${formatUtc(end).slice(5, 16)}`;
    };
    assert.equal(barAt('2014-01-15T21:59', US_PER_DAY), '2014-01-14T22:00/01-15T22:00');
    assert.equal(barAt('2014-01-15T22:00', US_PER_DAY), '2014-01-15T22:00/01-16T22:00');
    assert.equal(barAt('2014-05-15T20:59', US_PER_DAY), '2014-05-14T21:00/05-15T21:00');
    assert.equal(barAt('2014-01-15T03:00', 4 * US_PER_HOUR), '2014-01-15T02:00/01-15T06:00');
    assert.equal(barAt('2014-05-15T03:00', 4 * US_PER_HOUR), '2014-05-15T01:00/05-15T05:00');
    // The Sundays on which the clock changes: 23 and 25 hours, the last bar short or one more.
    assert.equal(barAt('2014-03-09T12:00', US_PER_DAY), '2014-03-08T22:00/03-09T21:00');
    assert.equal(barAt('2014-11-02T12:00', US_PER_DAY), '2014-11-01T21:00/11-02T22:00');
    assert.equal(barAt('2014-03-09T20:30', 4 * US_PER_HOUR), '2014-03-09T18:00/03-09T21:00');
    assert.equal(barAt('2014-11-02T21:30', 4 * US_PER_HOUR), '2014-11-02T21:00/11-02T22:00');
  });

  test('lengths that do not divide a day into whole seconds are refused with a reason', () => {
    for (const durationUs of DURATIONS) assert.equal(barSpecError(durationUs), undefined);
    const bad: [number, RegExp][] = [
      [0, /between/],
      [-US_PER_SECOND, /between/],
      [7 * US_PER_SECOND, /7 s do not divide/],
      [1.5 * US_PER_SECOND, /whole seconds/],
      [2 * US_PER_DAY, /between/],
      [Number.NaN, /whole seconds/],
    ];
    for (const [durationUs, reason] of bad) {
      assert.match(barSpecError(durationUs) ?? '', reason);
      const spec = { kind: 'time' as const, instrument, durationUs, basis: 'bid' as const };
      assert.throws(() => new BarSeries(spec, calendar, new Float64Array(1)));
    }
  });
});
