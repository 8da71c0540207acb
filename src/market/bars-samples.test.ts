import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { inflateRawSync } from 'node:zlib';
import { compileCalendar } from '../config/compile-calendar.ts';
import { US_PER_MINUTE } from '../model/time.ts';
import { instrumentIndex, timeUs } from '../model/units.ts';
import { type Bar, BarSeries } from './bars.ts';
import { Calendar } from './calendar.ts';

/**
 * The venue's own minute bars of May 2014 are the oracle: every one of them is made again from the
 * venue's ticks, all eight prices. ../shared/data/README.md, sections 1 and 2. The files are read
 * here and not by src/data, which leaves out crossed quotes: FXCM's bars were made with them.
 */
const DATA = join(import.meta.dirname, '../../../shared/data');
const skip = existsSync(join(DATA, 'fx-bars')) ? false : 'skipped: no sample data';

const calendar = new Calendar(
  compileCalendar(
    {
      timeZone: 'America/New_York',
      weekly: [{ open: ['Sun', '17:00'], close: ['Fri', '17:00'] }],
      dayStart: '17:00',
      holidays: [],
    },
    timeUs(Date.UTC(2014, 3, 1) * 1000),
    timeUs(Date.UTC(2014, 5, 1) * 1000),
  ),
);

/** The bytes of the only entry of a zip archive (APPNOTE.TXT 4.3.12, 4.3.7; method 8, deflate). */
function unzipOnly(path: string): Uint8Array {
  const zip = readFileSync(path);
  const end = zip.lastIndexOf(Uint8Array.of(0x50, 0x4b, 5, 6));
  assert.equal(zip.readUInt16LE(end + 10), 1, `${path} has one entry`);
  const entry = zip.readUInt32LE(end + 16);
  const local = zip.readUInt32LE(entry + 42);
  const data = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  return inflateRawSync(zip.subarray(data, data + zip.readUInt32LE(entry + 20)));
}

const [COMMA, POINT, NEWLINE] = [0x2c, 0x2e, 0x0a];

/**
 * Calls `row` with the numbers of each line: the first scaled by 10^firstDecimals, the others by
 * 10^decimals. Plain digits only, and no more decimals than that, which holds for these files.
 */
function eachRow(
  bytes: Uint8Array,
  firstDecimals: number,
  decimals: number,
  row: (fields: Float64Array) => void,
): void {
  const fields = new Float64Array(16);
  let [field, value, left] = [0, 0, -1];
  for (let i = 0; i <= bytes.length; i++) {
    // Most of these files end without a line end.
    const byte = bytes[i] ?? NEWLINE;
    if (byte >= 0x30 && byte <= 0x39) {
      if (left === 0) assert.fail('more decimals than the increment has');
      value = value * 10 + byte - 0x30;
      if (left > 0) left--;
    } else if (byte === POINT) {
      left = field === 0 ? firstDecimals : decimals;
    } else if (byte === COMMA || (byte === NEWLINE && field > 0)) {
      if (left < 0) left = field === 0 ? firstDecimals : decimals;
      for (; left > 0; left--) value *= 10;
      fields[field++] = value;
      value = 0;
      left = -1;
      if (byte === NEWLINE) {
        field = 0;
        row(fields);
      }
    }
  }
}

function midnight(file: string, offsetHours: number): number {
  const [year, month, day] = [file.slice(0, 4), file.slice(4, 6), file.slice(6, 8)].map(Number);
  return Date.UTC(year ?? 0, (month ?? 0) - 1, day, offsetHours) * 1000;
}

/** Bars of one file of ticks. The first quote at or past a bar's end closes it. */
function barsOf(path: string, start: number, decimals: number): { bid: Bar[]; ask: Bar[] } {
  const clock = new Float64Array(1);
  const spec = { kind: 'time' as const, instrument: instrumentIndex(0), durationUs: US_PER_MINUTE };
  const bidSeries = new BarSeries({ ...spec, basis: 'bid' }, calendar, clock);
  const askSeries = new BarSeries({ ...spec, basis: 'ask' }, calendar, clock);
  const bars: { bid: Bar[]; ask: Bar[] } = { bid: [], ask: [] };
  const close = (): void => {
    bars.bid.push(bidSeries.close());
    bars.ask.push(askSeries.close());
  };
  eachRow(unzipOnly(path), 4, decimals, (fields) => {
    clock[0] = start + Math.floor((fields[0] ?? 0) / 10);
    const [bid, ask] = [fields[1] ?? 0, fields[2] ?? 0];
    if (clock[0] >= bidSeries.endTime) close();
    bidSeries.update(bid, ask);
    askSeries.update(bid, ask);
  });
  close();
  return bars;
}

function prices({ open, high, low, close }: Bar): number[] {
  return [open, high, low, close];
}

/** Compares a file of ticks with the venue's bars; returns how many bars were compared. */
function compare(venue: string, symbol: string, file: string, utcOffset: number): number {
  const decimals = symbol === 'xauusd' ? 3 : 5;
  const start = midnight(file, -utcOffset);
  const built = barsOf(join(DATA, `fx-${venue}-ticks-2014-05`, symbol, file), start, decimals);
  let index = 0;
  const path = join(DATA, 'fx-bars', venue, 'minute', symbol, file);
  eachRow(unzipOnly(path), 0, decimals, (fields) => {
    const bid = built.bid[index];
    const ask = built.ask[index];
    assert.ok(bid !== undefined && ask !== undefined, `${path}: bar ${index} is missing`);
    const [time = 0, ...rest] = fields;
    const expected = [...rest.slice(0, 4), ...rest.slice(5, 9)];
    // Compared by hand: an assertion on each of ten thousands of bars would cost more than they do.
    const made = [...prices(bid), ...prices(ask)];
    const same = bid.start === start + time * 1000 && made.every((p, i) => p === expected[i]);
    if (!same) assert.deepEqual([bid.start, ...made], [start + time * 1000, ...expected], path);
    assert.equal(bid.ticks, ask.ticks);
    index++;
  });
  assert.equal(built.bid.length, index, `${path}: a bar too many`);
  return index;
}

suite('bars from real ticks', { skip }, () => {
  // Bars of all eight days, counted from the venue's files. FXCM's clock is UTC−5 all year.
  const sets: [string, string, number, number][] = [
    ['oanda', 'eurusd', 0, 9552],
    ['oanda', 'nzdusd', 0, 9706],
    ['oanda', 'xauusd', 0, 9558],
    ['fxcm', 'eurusd', -5, 9590],
    ['fxcm', 'nzdusd', -5, 9613],
  ];
  for (const [venue, symbol, utcOffset, count] of sets) {
    test(`every minute bar of ${venue} ${symbol} comes out of its ticks, bid and ask`, () => {
      const files = readdirSync(join(DATA, `fx-${venue}-ticks-2014-05`, symbol));
      assert.equal(files.length, 8);
      let bars = 0;
      for (const file of files) bars += compare(venue, symbol, file, utcOffset);
      assert.equal(bars, count);
    });
  }
});
