import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Decoder, Encoder } from '../model/codec.ts';
import { BAR_BASES } from '../model/historical.ts';
import { US_PER_DAY, US_PER_HOUR, US_PER_SECOND } from '../model/time.ts';
import { instrumentIndex, type Quantity, timeUs } from '../model/units.ts';
import { EVENT_BAR_KINDS, type EventBar, type EventBarKind, type EventBarSpec } from './bars.ts';
import { Calendar } from './calendar.ts';
import { EventBarSeries, eventBarSizeError } from './event-bars.ts';

const instrument = instrumentIndex(3);
const START = Date.UTC(2014, 2, 3) * 1000;
const DAYS = [0, 1, 2, 3, 4].map((days) => START + days * US_PER_DAY);
const calendar = new Calendar({
  from: timeUs(START),
  horizon: timeUs(START + 4 * US_PER_DAY),
  opens: [],
  closes: [],
  dayStarts: DAYS,
});

interface Tick {
  readonly time: number;
  readonly bid: number;
  readonly ask: number;
  readonly volume: number;
}

/** Feeds a series as the engine does: what the end of a day leaves is closed at the next quote. */
function feed(series: EventBarSeries, clock: Float64Array, ticks: readonly Tick[]): EventBar[] {
  const bars: EventBar[] = [];
  for (const { time, bid, ask, volume } of ticks) {
    if (time >= series.endTime) bars.push(series.close());
    clock[0] = time;
    const bar = series.update(bid, ask, volume);
    if (bar !== undefined) bars.push(bar);
  }
  return bars;
}

function build(spec: EventBarSpec, ticks: readonly Tick[]): EventBar[] {
  const clock = new Float64Array(1);
  const series = new EventBarSeries(spec, calendar, clock);
  const bars = feed(series, clock, ticks);
  if (series.endTime < Number.POSITIVE_INFINITY) bars.push(series.close());
  return bars;
}

const dayEnd = (time: number): number => DAYS.find((start) => start > time) ?? 0;
const spread = (prices: readonly number[]): number => Math.max(...prices) - Math.min(...prices);

/** The same bars from whole lists: the longest run of quotes of one day that the rule allows. */
function listed({ kind, size, basis }: EventBarSpec, ticks: readonly Tick[]): EventBar[] {
  const priceOf = ({ bid, ask }: Tick): number => ({ bid, ask, mid: (bid + ask) / 2 })[basis];
  const total = (run: readonly Tick[]): number => run.reduce((sum, { volume }) => sum + volume, 0);
  const bars: EventBar[] = [];
  let rest = ticks;
  while (rest[0] !== undefined) {
    const [first] = rest;
    const day = dayEnd(first.time);
    const today = rest.findIndex(({ time }) => time >= day);
    const limit = today < 0 ? rest.length : today;
    let count = 1;
    const full = (): boolean => {
      const run = rest.slice(0, count);
      if (kind === 'tick') return run.length === size;
      if (kind === 'volume') return total(run) >= size;
      return count < limit && spread(rest.slice(0, count + 1).map(priceOf)) > size;
    };
    while (count < limit && !full()) count++;
    const run = rest.slice(0, count);
    const prices = run.map(priceOf);
    const ender = kind === 'range' ? rest[count] : run.at(-1);
    bars.push({
      kind,
      size,
      instrument,
      basis,
      start: timeUs(first.time),
      end: timeUs(full() ? (ender?.time ?? 0) : day),
      open: prices[0] ?? 0,
      high: Math.max(...prices),
      low: Math.min(...prices),
      close: prices.at(-1) ?? 0,
      ticks: count,
      volume: total(run) as Quantity,
    });
    rest = rest.slice(count);
  }
  return bars;
}

const steps = fc.oneof(
  fc.integer({ min: 0, max: 3 * US_PER_SECOND }),
  fc.constantFrom(0, US_PER_HOUR, 6 * US_PER_HOUR),
);
/** Walks with small moves and jumps, prices near each other or anywhere. */
const tickLists = fc
  .array(
    fc.tuple(
      steps,
      fc.oneof(fc.integer({ min: -6, max: 6 }), fc.integer({ min: -200, max: 200 })),
      fc.integer({ min: -2, max: 9 }),
      fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 2 ** 44 })),
    ),
    { maxLength: 80, size: 'max' },
  )
  .map((list) => {
    let [time, bid] = [START, 100_000];
    const ticks: Tick[] = [];
    for (const [step, move, width, volume] of list) {
      time += step;
      bid += move;
      if (time < START + 4 * US_PER_DAY) ticks.push({ time, bid, ask: bid + width, volume });
    }
    return ticks;
  });
const specs: fc.Arbitrary<EventBarSpec> = fc.record({
  kind: fc.constantFrom(...EVENT_BAR_KINDS),
  instrument: fc.constant(instrument),
  size: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 2 ** 51 })),
  basis: fc.constantFrom(...BAR_BASES),
});
const wish = (kind: EventBarKind, size: number): EventBarSpec => ({
  kind,
  size,
  instrument,
  basis: 'bid',
});
const tick = (second: number, bid: number, volume = 1): Tick => ({
  time: START + second * US_PER_SECOND,
  bid,
  ask: bid + 2,
  volume,
});

suite('bars of events', () => {
  test('are the longest runs of a day’s quotes that their rule allows, each quote in one', () => {
    fc.assert(
      fc.property(tickLists, specs, (ticks, spec) => {
        const bars = build(spec, ticks);
        assert.deepEqual(bars, listed(spec, ticks));
        const counted = bars.reduce((sum, bar) => sum + bar.ticks, 0);
        assert.equal(counted, ticks.length);
      }),
      { numRuns: 1000 },
    );
  });

  test('a series saved and restored anywhere goes on as if never cut', () => {
    fc.assert(
      fc.property(tickLists, specs, fc.nat({ max: 80 }), (ticks, spec, cut) => {
        const clock = new Float64Array(1);
        const whole = new EventBarSeries(spec, calendar, clock);
        const expected = feed(whole, clock, ticks);
        const saved = new EventBarSeries(spec, calendar, clock);
        const bars = feed(saved, clock, ticks.slice(0, cut));
        const encoder = new Encoder();
        saved.walk(encoder);
        const restored = new EventBarSeries(spec, calendar, clock);
        clock[0] = START;
        restored.update(7, 9, 3); // what was there before does not matter
        const decoder = new Decoder(encoder.bytes);
        restored.walk(decoder);
        decoder.end();
        assert.equal(restored.endTime, saved.endTime);
        assert.deepEqual([...bars, ...feed(restored, clock, ticks.slice(cut))], expected);
      }),
      { numRuns: 300 },
    );
  });

  test('a jump over several ranges ends one bar and makes up none', () => {
    const bars = build(
      wish('range', 10),
      [100, 105, 110, 150, 141, 140, 139].map((p, i) => tick(i, p)),
    );
    const shapes = bars.map(({ open, high, low, close, ticks }) => [open, high, low, close, ticks]);
    assert.deepEqual(shapes, [
      [100, 110, 100, 110, 3],
      [150, 150, 140, 140, 3],
      [139, 139, 139, 139, 1],
    ]);
    assert.deepEqual(
      bars.map(({ start, end }) => [
        (start - START) / US_PER_SECOND,
        (end - START) / US_PER_SECOND,
      ]),
      [
        [0, 3],
        [3, 6],
        [6, 86_400],
      ],
    );
  });

  test('a quote above what a volume bar lacks is not divided', () => {
    const bars = build(wish('volume', 10), [
      tick(0, 1, 4),
      tick(1, 1, 30),
      tick(2, 1, 10),
      tick(3, 1, 9),
    ]);
    assert.deepEqual(
      bars.map(({ volume, ticks }) => [volume, ticks]),
      [
        [34, 2],
        [10, 1],
        [9, 1],
      ],
    );
  });

  test('a bar of one quote begins and ends with it, and none is open after it', () => {
    const clock = Float64Array.of(START);
    const series = new EventBarSeries(wish('tick', 1), calendar, clock);
    assert.equal(series.update(5, 6, 0)?.close, 5);
    assert.equal(series.endTime, Number.POSITIVE_INFINITY);
    assert.throws(() => series.close(), { code: 'ASSERTION_FAILED' });
  });

  test('no volume bar is made of quotes without sizes, and no size is not a positive count', () => {
    const series = new EventBarSeries(wish('volume', 5), calendar, Float64Array.of(START));
    assert.throws(() => series.update(5, 6, 0), { code: 'ASSERTION_FAILED' });
    for (const size of [0, -1, 1.5, Number.NaN, 2 ** 52]) {
      assert.match(eventBarSizeError(size) ?? '', /whole number/);
      assert.throws(() => new EventBarSeries(wish('tick', size), calendar, new Float64Array(1)));
    }
  });
});
