import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { createQuoteBlock } from '../market/quotes.ts';
import { parseDecimal } from '../model/decimal.ts';
import type { Instrument } from '../model/instrument.ts';
import { formatUtc } from '../model/time.ts';
import { instrumentIndex, timeUs } from '../model/units.ts';
import { format, priced, TemporaryFolder } from '../testing/quote-files.ts';
import type { BadRowRules, ReadReport } from './bad-rows.ts';
import { dataVersion } from './data-version.ts';
import { type DelimitedFormat, leanQuoteFormat } from './delimited-format.ts';
import { writeQuotes } from './encode.ts';
import { mergeQuotes } from './merge.ts';
import { openQuotes } from './open-quotes.ts';
import { BLOCK_ROWS } from './quote-stream.ts';

/** Real files of seven sources; what must come out of them is in ../shared/data/README.md. */
const DATA = join(import.meta.dirname, '../../../shared/data');
const skip = existsSync(join(DATA, 'MANIFEST.csv')) ? false : 'skipped: no sample data';

const EURUSD = priced('EURUSD', '0.00001');
const NZDUSD = priced('NZDUSD', '0.00001');
const XAUUSD = priced('XAUUSD', '0.001');
const USDJPY = priced('USDJPY', '0.001');
const GBPJPY = priced('GBPJPY', '0.001');
const AUDUSD = priced('AUDUSD', '0.00001');
const BTCUSDT = priced('BTCUSDT', '0.01', '0.001');

const DUKASCOPY = format({
  columns: {
    time: 'ts_utc_ms',
    bid: 'bid',
    ask: 'ask',
    bidSize: 'bid_vol_mio',
    askSize: 'ask_vol_mio',
  },
  sizeScale: parseDecimal('1000000'),
});

interface Read {
  readonly reports: readonly ReadReport[];
  readonly total: number;
  readonly first: readonly unknown[];
  readonly last: readonly unknown[];
}

function filesOf(folder: string): readonly string[] {
  const path = join(DATA, folder);
  return readdirSync(path)
    .toSorted()
    .map((name) => join(path, name));
}

async function read(
  instrument: Instrument,
  files: readonly string[],
  layout: DelimitedFormat,
  badRows: Partial<BadRowRules> = {},
): Promise<Read> {
  const source = { instrument, index: instrumentIndex(0), files, format: layout, badRows };
  const reader = openQuotes(source);
  let first: readonly unknown[] | undefined;
  let last: readonly unknown[] = [];
  let total = 0;
  for await (const { count, time, bid, ask, bidSize, askSize } of reader) {
    const row = (at: number) => [
      formatUtc(timeUs(time[at] ?? 0)),
      bid[at],
      ask[at],
      bidSize[at],
      askSize[at],
    ];
    first ??= row(0);
    last = row(count - 1);
    total += count;
  }
  return { reports: reader.reports, total, first: first ?? [], last };
}

suite('the sample data', { skip }, () => {
  test('OANDA EURUSD, NZDUSD and XAUUSD have the rows that are listed, and no bad one', async () => {
    const expected: readonly (readonly [Instrument, readonly number[], number])[] = [
      [EURUSD, [24_179, 49_341, 1164, 25_177, 44_864, 41_367, 87_833, 47_634], 321_559],
      [NZDUSD, [29_799, 41_665, 2622, 27_278, 49_798, 41_960, 49_874, 31_272], 274_268],
      [XAUUSD, [129_744, 265_015, 9889, 186_204, 161_552, 219_809, 199_123, 141_299], 1_312_635],
    ];
    for (const [instrument, rows, sum] of expected) {
      const files = filesOf(`fx-oanda-ticks-2014-05/${instrument.symbol.toLowerCase()}`);
      const { reports, total } = await read(instrument, files, leanQuoteFormat('UTC'));
      assert.deepEqual(
        reports.map((report) => report.accepted),
        rows,
      );
      assert.equal(total, sum);
    }
  });

  // The README counts equal rows anywhere in a millisecond (4 and 2); here only a row that repeats
  // the one before it is a duplicate.
  test('OANDA EURUSD has one row that repeats the one before, and begins as its file', async () => {
    const files = filesOf('fx-oanda-ticks-2014-05/eurusd');
    const { reports, first } = await read(EURUSD, files, leanQuoteFormat('UTC'));
    assert.deepEqual(
      reports.map((report) => report.duplicates),
      [0, 0, 0, 0, 0, 0, 1, 0],
    );
    assert.deepEqual(first, ['2014-05-01T00:00:00.292000Z', 138_676, 138_686, 0, 0]);
  });

  test('OANDA gold keeps the fractions of its milliseconds, cut at a microsecond', async () => {
    const files = filesOf('fx-oanda-ticks-2014-05/xauusd').slice(0, 1);
    const { first, reports } = await read(XAUUSD, files, leanQuoteFormat('UTC'));
    assert.deepEqual(first, ['2014-05-01T00:00:00.043142Z', 1_291_677, 1_292_033, 0, 0]);
    assert.equal(reports[0]?.endsWithNewline, false);
  });

  test('FXCM is crossed in 10.3 % of EURUSD and 2.2 % of NZDUSD, on a clock of UTC-5', async () => {
    const badRows = { policy: { crossed: 'skip' }, maxSkippedShare: 0.2 } as const;
    for (const [instrument, rows, share] of [
      [EURUSD, 675_401, '10.3'],
      [NZDUSD, 605_951, '2.2'],
    ] as const) {
      const files = filesOf(`fx-fxcm-ticks-2014-05/${instrument.symbol.toLowerCase()}`);
      const { reports } = await read(instrument, files, leanQuoteFormat('-05:00'), badRows);
      const all = reports.reduce((sum, report) => sum + report.rows, 0);
      const crossed = reports.reduce((sum, report) => sum + report.skipped.crossed, 0);
      assert.equal(all, rows);
      assert.equal(((crossed / all) * 100).toFixed(1), share);
      const sunday = reports[2]?.firstTime ?? 0;
      assert.match(formatUtc(timeUs(sunday)), /^2014-05-04T19:0[01]:/);
    }
  });

  test('FXCM with the strict rules fails and names the row', async () => {
    const files = filesOf('fx-fxcm-ticks-2014-05/eurusd');
    await assert.rejects(read(EURUSD, files, leanQuoteFormat('-05:00')), {
      code: 'DATA_BAD_ROW',
      reason: 'crossed',
      file: files[0],
    });
  });

  test('Dukascopy EURUSD and GBPJPY have their rows, sizes in units', async () => {
    const eurusd = [join(DATA, 'fx-dukascopy-eurusd-2019-02/eurusd_20190204.csv.gz')];
    const one = await read(EURUSD, eurusd, DUKASCOPY);
    assert.equal(one.total, 136_741);
    assert.deepEqual(one.first.slice(1), [114_543, 114_545, 2_060_000, 1_000_000]);
    assert.deepEqual(one.last.slice(1), [114_349, 114_355, 2_100_000, 4_440_000]);
    const files = filesOf('fx-dukascopy-gbpjpy-2012-12').slice(0, 2);
    const daily = {
      ...DUKASCOPY,
      fileDate: 'gbpjpy_YYYYMMDD.csv.gz',
      filePeriod: 'day',
    } as const;
    const two = await read(GBPJPY, files, daily);
    assert.deepEqual(
      two.reports.map((report) => report.accepted),
      [3649, 58_953],
    );
  });

  test('TrueFX USDJPY and AUDUSD have their rows', async () => {
    const iso = format({ time: 'iso', columns: { time: 'timestamp', bid: 'bid', ask: 'ask' } });
    const usdjpy = [join(DATA, 'fx-truefx-usdjpy-2013-01/usdjpy-ticks.csv')];
    const one = await read(USDJPY, usdjpy, iso);
    assert.equal(one.total, 1000);
    assert.deepEqual(one.first.slice(0, 3), ['2013-01-01T22:00:00.295000Z', 86_655, 86_728]);
    const audusd = [join(DATA, 'fx-ticks-2020-01/audusd_20200130-31.csv.gz')];
    const layout = format({ columns: { time: 'ts_utc_ms', bid: 'bid', ask: 'ask' } });
    assert.equal((await read(AUDUSD, audusd, layout)).total, 100_000);
  });

  test('HistData EURUSD has its rows, beside a column that is ignored', async () => {
    const files = [join(DATA, 'fx-ticks-2020-01/eurusd_20200130-31.csv.gz')];
    const layout = format({ columns: { time: 'utc_ts_ms', bid: 'bid', ask: 'ask' } });
    const histdata = await read(EURUSD, files, layout);
    assert.equal(histdata.total, 99_308);
    assert.equal(histdata.first[0], '2020-01-30T15:27:51.336000Z');
  });

  test('Binance quotes are read out of order and among texts', async () => {
    const files = [join(DATA, 'crypto-binance-futures-2020-02-22/quotes.csv.gz')];
    const columns = {
      time: 'timestamp',
      bid: 'bid_price',
      ask: 'ask_price',
      bidSize: 'bid_amount',
      askSize: 'ask_amount',
    };
    const { total, first } = await read(BTCUSDT, files, format({ time: 'epoch_us', columns }));
    assert.equal(total, 9999);
    assert.deepEqual(first, ['2020-02-22T00:00:01.096000Z', 968_192, 968_200, 670, 840]);
  });

  test('a day is the same data in any format, and merged it is the sum of its parts', async () => {
    using folder = new TemporaryFolder();
    const [zip = ''] = filesOf('fx-oanda-ticks-2014-05/eurusd').slice(2, 3);
    const lean = leanQuoteFormat('UTC');
    const index = instrumentIndex(0);
    const open = (file: string, of: DelimitedFormat) =>
      openQuotes({ instrument: EURUSD, index, files: [file], format: of });
    const original = await dataVersion([EURUSD], open(zip, lean));
    const iso = format({ time: 'iso', separator: 'tab', zone: 'America/New_York' });
    const file = folder.join('copy.csv.gz');
    await writeQuotes({ instrument: EURUSD, file, format: iso }, open(zip, lean));
    assert.equal(await dataVersion([EURUSD], open(file, iso)), original);
    const other = { instrument: NZDUSD, index: instrumentIndex(1), format: lean };
    const [nzdusd = ''] = filesOf('fx-oanda-ticks-2014-05/nzdusd').slice(2, 3);
    const both = createQuoteBlock(BLOCK_ROWS);
    for await (const block of mergeQuotes([
      open(zip, lean),
      openQuotes({ ...other, files: [nzdusd] }),
    ])) {
      both.count += block.count;
    }
    assert.equal(both.count, 1164 + 2622);
  });
});
