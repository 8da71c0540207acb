import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { parseDecimal } from '../model/decimal.ts';
import { civilFromDays, US_PER_DAY } from '../model/time.ts';
import { instrumentIndex } from '../model/units.ts';
import {
  blockOf,
  format,
  priced,
  type QuoteRow,
  readAll,
  TemporaryFolder,
} from '../testing/quote-files.ts';
import {
  type DelimitedFormat,
  SEPARATOR_NAMES,
  TIME_NOTATIONS,
  type TimeNotation,
} from './delimited-format.ts';
import { writeQuotes } from './encode.ts';

const index = instrumentIndex(3);
const instruments = [
  priced('EURUSD', '0.00001'),
  priced('USDJPY', '0.001', '1000'),
  priced('ESZ', '0.25'),
  priced('BTCUSD', '0.1', '0.000001'),
  priced('XXXYYY', '100'),
];
const EURUSD = priced('EURUSD', '0.00001');

const columns = fc.oneof(
  fc.constant({ header: true, columns: { time: 'time', bid: 'bid', ask: 'ask' } }),
  fc.constant({ header: false, columns: { time: 1, bid: 2, ask: 3 } }),
  fc.constant({ header: false, columns: { time: 1, bid: 2, ask: 3, bidSize: 4, askSize: 5 } }),
  fc.constant({ header: false, columns: { symbol: 1, time: 2, bid: 3, ask: 4 } }),
  fc.constant({ header: true, columns: { askSize: 1, ask: 2, bid: 4, bidSize: 5, time: 7 } }),
  fc.constant({
    header: true,
    columns: { time: 'ts', bid: 'b', ask: 3, bidSize: 'bs', askSize: 'as' },
  }),
);
const zone = fc.constantFrom('UTC', '-05:00', '+05:30', 'America/New_York', 'Europe/London');

/** Notations that tell every microsecond. */
function isExact(notation: TimeNotation): boolean {
  return !/_minute$|_date$/.test(notation);
}

const formats: fc.Arbitrary<DelimitedFormat> = fc
  .record({
    separator: fc.constantFrom(...SEPARATOR_NAMES),
    layout: columns,
    time: fc.constantFrom(...TIME_NOTATIONS.filter(isExact)),
    zone,
    priceGrid: fc.constantFrom('exact' as const, 'round' as const),
    sizeScale: fc.constantFrom('1', '1000000', '0.001').map(parseDecimal),
  })
  .map(({ layout, ...rest }) => ({
    kind: 'delimited',
    ...rest,
    ...layout,
    fileDate: 'q_YYYYMMDD.*',
  }));

/** Steps of time, mid, spread and sizes: what makes a believable, ordered, uncrossed list. */
const steps = fc.array(
  fc.tuple(
    fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2_000_000 })),
    fc.integer({ min: -50, max: 50 }),
    fc.nat(30),
    fc.nat(5_000_000),
    fc.nat(9),
  ),
  { minLength: 1, maxLength: 40 },
);

/** Noon in all of these zones, on a day without a change of clocks. */
const day = fc.integer({ min: 15_000, max: 20_000 });

function quotes(
  start: number,
  list: readonly (readonly [number, number, number, number, number])[],
) {
  const rows: QuoteRow[] = [];
  let [time, mid] = [start, 100_000];
  for (const [wait, move, spread, bidSize, askSize] of list) {
    time += wait;
    mid += move;
    rows.push([time, index, mid - spread, mid + spread, bidSize, askSize]);
  }
  return rows;
}

function fileDate(days: number): string {
  const [year, month, date] = civilFromDays(days);
  return [year, month, date].map((part) => String(part).padStart(2, '0')).join('');
}

suite('quotes that are written and read again', () => {
  test('are the same, whatever the format, container and line end', async () => {
    using folder = new TemporaryFolder();
    const property = fc.asyncProperty(
      fc.constantFrom(...instruments),
      formats,
      steps,
      day,
      fc.constantFrom('csv', 'csv.gz', 'zip', 'ZIP', 'txt'),
      fc.constantFrom('\n' as const, '\r\n' as const),
      fc.integer({ min: 1, max: 300 }),
      async (instrument, layout, list, days, kind, lineEnd, chunkBytes) => {
        const rows = quotes(days * US_PER_DAY + 15 * 3_600_000_000, list);
        const file = folder.join(`q_${fileDate(days)}.${kind}`);
        await writeQuotes({ instrument, file, format: layout, lineEnd }, [blockOf(rows)]);
        const source = { instrument, index, files: [file], format: layout };
        const read = await readAll(source, { chunkBytes, blockRows: 7 });
        const hasSizes = 'bidSize' in layout.columns;
        const expected = rows.map(([time, at, bid, ask, bidSize, askSize]) =>
          hasSizes ? [time, at, bid, ask, bidSize, askSize] : [time, at, bid, ask, 0, 0],
        );
        assert.deepEqual(read.rows, expected);
        assert.equal(read.reports[0]?.endsWithNewline, true);
      },
    );
    await fc.assert(property, { numRuns: 200 });
  });

  test('leave no other file behind', async () => {
    using folder = new TemporaryFolder();
    const file = folder.join('a.csv');
    const rows = [blockOf([[1000, 0, 1, 2, 0, 0]])];
    await writeQuotes({ instrument: EURUSD, file, format: format() }, rows);
    assert.equal(readFileSync(file, 'utf8'), 'time,bid,ask\n1,0.00001,0.00002\n');
    assert.deepEqual(readdirSync(folder.path), ['a.csv']);
  });
});

suite('what a format cannot tell is refused', () => {
  const write = async (layout: DelimitedFormat, time: number, name = 'q_20140501.csv') => {
    using folder = new TemporaryFolder();
    const file = folder.join(name);
    const target = { instrument: EURUSD, file, format: layout };
    try {
      await writeQuotes(target, [blockOf([[time, 0, 1, 2, 1, 1]])]);
    } finally {
      assert.deepEqual(readdirSync(folder.path).length, existsSync(file) ? 1 : 0);
    }
  };

  test('the second of two equal local times', async () => {
    const clock = format({ time: 'compact', zone: 'America/New_York' });
    const first = Date.UTC(2014, 10, 2, 5, 30) * 1000;
    await write(clock, first);
    await assert.rejects(write(clock, first + 3_600_000_000), {
      code: 'DATA_FORMAT',
      message: /America\/New_York shows that time twice/,
    });
  });

  test('a time on another day than the file', async () => {
    const ofDay = format({ time: 'ms_of_day', zone: '-05:00', fileDate: 'q_YYYYMMDD.csv' });
    const start = Date.UTC(2014, 4, 1, 5) * 1000;
    await write(ofDay, start);
    await write(ofDay, start + US_PER_DAY - 1);
    for (const time of [start - 1, start + US_PER_DAY]) {
      await assert.rejects(write(ofDay, time), { message: /not on the day in the file name/ });
    }
  });

  test('a size that has no end in the scale', async () => {
    const thirds = format({ sizeScale: parseDecimal('3') });
    await assert.rejects(write(thirds, 1), { message: /has no end/ });
  });
});

test('a file that was there is replaced only by a whole one', async () => {
  using folder = new TemporaryFolder();
  const file = folder.join('a.csv');
  writeFileSync(file, 'before');
  async function* failing() {
    yield blockOf([[1000, 0, 1, 2, 0, 0]]);
    throw new Error('the source failed');
  }
  const target = { instrument: EURUSD, file, format: format() };
  await assert.rejects(writeQuotes(target, failing()), { message: 'the source failed' });
  assert.equal(readFileSync(file, 'utf8'), 'before');
  assert.deepEqual(readdirSync(folder.path), ['a.csv']);
});
