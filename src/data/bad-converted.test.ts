import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { parseDecimal } from '../model/decimal.ts';
import { instrumentIndex } from '../model/units.ts';
import { assertRefused, type BadFile, readBad } from '../testing/bad-files.ts';
import { bars, ONE_PRICE, oneSided, TWO_SIDES, trades } from '../testing/converted-formats.ts';
import { format, priced, TemporaryFolder } from '../testing/quote-files.ts';
import { LINE_BYTES_MAX, leanQuoteFormat } from './delimited-format.ts';
import { openQuotes } from './open-quotes.ts';
import type { QuoteFormat } from './quote-format.ts';
import {
  DUKASCOPY_EPOCH_FORMAT,
  DUKASCOPY_JFOREX_FORMAT,
  HISTDATA_FORMAT,
  histdataBarsFormat,
  TRUEFX_FORMAT,
} from './vendor-formats.ts';
import { zipBytes } from './zip-write.ts';

const GOOD_ROW = '1000,1.38676,1.38686\n';
const HEADER = 'time,open,high,low,close';
const BAR = '0,1.30660,1.30670,1.30650,1.30665';
const { order, offsets } = bars();
const HISTDATA_M1 = histdataBarsFormat({ spread: parseDecimal('0.0001'), order, offsets });
const HISTDATA_TICKS = '20200130 152751336,1.103210,1.103230,0\n';
const TRUEFX_TICKS = 'EUR/USD,20130101 22:00:00.295,1.31926,1.31950\n';
const JFOREX_HEADER = 'Gmt time,Ask,Bid,AskVolume,BidVolume\n';
const JFOREX_ROW = '04.02.2019 00:00:00.120,1.14545,1.14543,1.0,2.06\n';
const EPOCH_TICKS = 'timestamp,askPrice,bidPrice,askVolume,bidVolume\n1,1.2,1.1,1,1\n';

/** A bar that is wrong after one that is right: line 3. */
function bar(title: string, row: string, reason: string, of: QuoteFormat = bars()): BadFile {
  const content = `${HEADER}\n${BAR}\n${row}\n120000,1.30660,1.30670,1.30650,1.30665\n`;
  return { title, content, format: of, code: 'DATA_BAD_ROW', reason, line: 3 };
}

/** A row of two sides, without header: line 2. */
function sides(title: string, row: string, reason: string): BadFile {
  const good = '0,1.1,1.13,1.1,1.12,1.12,1.14,1.12,1.13';
  const of = bars({ header: false, columns: { time: 1 }, prices: TWO_SIDES });
  const content = `${good}\n${row}\n`;
  return { title, content, format: of, code: 'DATA_BAD_ROW', reason, line: 2 };
}

/** A time in some notation, of a quote: line 2. */
function timed(title: string, time: string, reason: string, of: QuoteFormat): BadFile {
  const content = `time,bid,ask\n${time},1.38676,1.38686\n`;
  return { title, content, format: of, code: 'DATA_BAD_ROW', reason, line: 2 };
}

function wrong(title: string, content: string, of: QuoteFormat, reason: string): BadFile {
  return { title, content, format: of, code: 'DATA_FORMAT', reason, line: 1 };
}

function trade(title: string, row: string, reason: string): BadFile {
  const content = `time,price,size,side\n1000,1.3,5,buy\n${row}\n2000,1.3,5,buy\n`;
  return { title, content, format: trades(), code: 'DATA_BAD_ROW', reason, line: 3 };
}

function side(title: string, row: string, reason: string): BadFile {
  const content = `1000,1.30000,1,0,0\n1000,0,0,1.30010,1\n${row}\n`;
  return { title, content, format: oneSided(), code: 'DATA_BAD_ROW', reason, line: 3 };
}

const DAY_FIRST = format({ time: 'day_first' });
const MINUTE = format({ time: 'iso_minute' });
const CLOSE_MINUTE = format({ time: 'compact_minute' });

const files: readonly BadFile[] = [
  bar('a bar whose high is below its low', '60000,1.30660,1.30640,1.30650,1.30660', 'broken_bar'),
  bar('a bar that opens above its high', '60000,1.30680,1.30670,1.30650,1.30660', 'broken_bar'),
  bar('a bar that closes below its low', '60000,1.30660,1.30670,1.30650,1.30640', 'broken_bar'),
  bar('a bar with NaN', '60000,NaN,1.30670,1.30650,1.30660', 'unparseable'),
  bar('a bar with an exponent', '60000,1.3066e0,1.30670,1.30650,1.30660', 'unparseable'),
  bar('a bar with an empty price', '60000,1.30660,,1.30650,1.30660', 'unparseable'),
  bar('a bar with a negative price', '60000,1.30660,1.30670,-1.3,1.30660', 'non_positive'),
  bar('a bar off the increment', '60000,1.306605,1.30670,1.30650,1.30660', 'off_grid'),
  bar('a bar with too few columns', '60000,1.30660,1.30670,1.30650', 'unparseable'),
  bar('a bar of a negative time', '-60000,1.3,1.3,1.3,1.3', 'unparseable'),
  bar('the same bar twice', BAR, 'time_backwards'),
  bar('bars that begin before the last has ended', '30000,1.3,1.3,1.3,1.3', 'time_backwards'),
  bar('a price ten times too high', '60000,1.30660,13.0660,1.30650,1.30660', 'absurd_jump'),
  {
    ...bar('a duration that is too long', '60000,1.30660,1.30670,1.30650,1.30660', ''),
    reason: 'time_backwards',
    format: bars({ durationUs: 3_600_000_000 }),
  },
  {
    title: 'a spread as large as the price',
    content: `${HEADER}\n${BAR}\n`,
    format: bars({ prices: { ...ONE_PRICE, side: 'ask', spread: parseDecimal('1.3065') } }),
    code: 'DATA_BAD_ROW',
    reason: 'non_positive',
    line: 2,
  },
  {
    title: 'a bar that begins before 1970',
    content: `${HEADER}\n59999,1.3,1.3,1.3,1.3\n`,
    format: bars({ stamp: 'end' }),
    code: 'DATA_BAD_ROW',
    reason: 'out_of_range',
    line: 2,
  },
  {
    title: 'a bar of milliseconds beyond the day',
    name: '20140501.csv',
    content: `${HEADER}\n86400000,1.3,1.3,1.3,1.3\n`,
    format: bars({ time: 'ms_of_day', fileDate: 'YYYYMMDD.*' }),
    code: 'DATA_BAD_ROW',
    reason: 'out_of_range',
    line: 2,
  },
  {
    title: 'a bar that begins on the day before its file',
    name: '20140501.csv',
    content: `${HEADER}\n0,1.3,1.3,1.3,1.3\n`,
    format: bars({
      time: 'ms_of_day',
      fileDate: 'YYYYMMDD.*',
      filePeriod: 'day',
      stamp: 'end',
    }),
    code: 'DATA_BAD_ROW',
    reason: 'outside_file_period',
    line: 2,
  },
  {
    title: 'an integer price that its scale puts off the increment',
    content: '0,1306605,1306605,1306605,1306605\n',
    format: bars({
      header: false,
      columns: { time: 1 },
      prices: { ...ONE_PRICE, ohlc: [2, 3, 4, 5] },
      priceScale: parseDecimal('0.000001'),
    }),
    code: 'DATA_BAD_ROW',
    reason: 'off_grid',
    line: 1,
  },
  sides('a close outside its ask', '60000,1.1,1.13,1.1,1.12,1.12,1.14,1.12,1.11', 'broken_bar'),
  sides(
    'bars that cross at their close',
    '60000,1.1,1.13,1.1,1.13,1.12,1.14,1.12,1.125',
    'crossed',
  ),
  sides('an ask whose high is below its low', '60000,1,1,1,1,1.2,1.1,1.2,1.2', 'broken_bar'),
  timed('a year of two digits', '13-01-01 22:00', 'unparseable', MINUTE),
  timed('a minute 60', '2013-01-01 22:60', 'out_of_range', MINUTE),
  timed('hour 24', '2013-01-01 24:00', 'out_of_range', MINUTE),
  timed('seconds where none are declared', '2013-01-01 22:00:00', 'unparseable', MINUTE),
  timed('seconds where none are, closely', '20130101 22:00:00', 'unparseable', CLOSE_MINUTE),
  timed('a time where a date is declared', '2013-01-01 22:00', 'unparseable', {
    ...MINUTE,
    time: 'iso_date',
  }),
  timed('a date that is not', '2013-02-29', 'out_of_range', { ...MINUTE, time: 'iso_date' }),
  timed('a day 31 of February', '31.02.2019 00:00:00.120', 'out_of_range', DAY_FIRST),
  timed('a month first', '02.14.2019 00:00:00.120', 'out_of_range', DAY_FIRST),
  timed('a year of two digits, day first', '04.02.19 00:00:00.120', 'unparseable', DAY_FIRST),
  timed('a clock by name', '04.02.2019 00:00:00.120 GMT+0100', 'unparseable', DAY_FIRST),
  wrong('bars of a venue read as its ticks', `0${',1.1'.repeat(10)}\n`, LEAN(), 'has 3 columns'),
  wrong('minute bars read as ticks', '20120201 000000;1;1;1;1;0\n', HISTDATA_FORMAT, '4 columns'),
  wrong('ticks read as minute bars', HISTDATA_TICKS, HISTDATA_M1, 'has 6 columns'),
  wrong('a web page', '<!DOCTYPE html>\n<html></html>\n', bars(), 'no column "time"'),
  wrong('a header in another language', 'Zeit,Bid,Ask\n1,1,1\n', DUKASCOPY_JFOREX_FORMAT, 'Gmt'),
  wrong('one export read as the other', EPOCH_TICKS, DUKASCOPY_JFOREX_FORMAT, '"Gmt time"'),
  wrong('and the other as the one', JFOREX_HEADER, DUKASCOPY_EPOCH_FORMAT, '"timestamp"'),
  wrong('lines that end with a carriage return alone', 'time,bid,ask\r1,1,1\r', format(), '"ask"'),
  wrong('a bar with header and none declared', `${HEADER}\n`, HISTDATA_M1, 'has 6 columns'),
  {
    title: 'ticks of one vendor read as those of another',
    content: HISTDATA_TICKS,
    format: TRUEFX_FORMAT,
    code: 'DATA_BAD_ROW',
    reason: 'other_symbol',
    line: 1,
  },
  {
    title: 'ticks of the other vendor read as those of the one',
    content: TRUEFX_TICKS,
    format: HISTDATA_FORMAT,
    code: 'DATA_BAD_ROW',
    reason: 'unparseable',
    line: 1,
  },
  {
    title: 'a row of another pair',
    content: `${TRUEFX_TICKS}GBP/USD,20130101 22:00:00.295,1.6,1.7\n`,
    format: TRUEFX_FORMAT,
    code: 'DATA_BAD_ROW',
    reason: 'other_symbol',
    line: 2,
  },
  {
    title: 'a second byte order mark, of a file that was appended',
    content: `\uFEFF${JFOREX_HEADER}${JFOREX_ROW}\uFEFF${JFOREX_HEADER}${JFOREX_ROW}`,
    format: DUKASCOPY_JFOREX_FORMAT,
    code: 'DATA_BAD_ROW',
    reason: 'unparseable',
    line: 3,
  },
  {
    title: 'decimal commas',
    content: '1000;1,38676;1,38686\n',
    format: format({ separator: 'semicolon', header: false, columns: { time: 1, bid: 2, ask: 3 } }),
    code: 'DATA_BAD_ROW',
    reason: 'unparseable',
    line: 1,
  },
  trade('a trade of an unknown side', '1500,1.3,5,BUY', 'unparseable'),
  trade('a trade for nothing', '1500,0,5,buy', 'non_positive'),
  trade('a trade of a negative size', '1500,1.3,-5,buy', 'non_positive'),
  trade('a trade at a price with two points', '1500,1.3.0,5,buy', 'unparseable'),
  trade('a trade before the last', '999,1.3,5,sell', 'time_backwards'),
  side('a row of no side', '1000,0,0,0,0', 'non_positive'),
  side('a row without a price', '1000,,,,', 'non_positive'),
  side('a side that crosses the other', '1000,1.30011,1,0,0', 'crossed'),
  side('a side below zero', '1000,-1.3,1,0,0', 'non_positive'),
  side('a side that jumps', '1000,1.6,1,0,0', 'crossed'),
  side('a side that goes back in time', '999,1.3,1,0,0', 'time_backwards'),
  {
    title: 'a huge line among bars',
    content: `${HEADER}\n${BAR}\n${'1'.repeat(LINE_BYTES_MAX + 1)}\n`,
    format: bars(),
    code: 'DATA_FORMAT',
    reason: 'longer than 65536 bytes',
    line: 3,
  },
  {
    title: 'bars without a row',
    content: HEADER,
    format: bars(),
    code: 'DATA_EMPTY',
    reason: 'no row',
  },
  {
    title: 'a zip that was cut in half',
    name: 'a.zip',
    content: half(zipBytes([{ name: 'a.csv', bytes: Buffer.from(`${HEADER}\n${BAR}\n`) }])),
    format: bars(),
    code: 'DATA_ARCHIVE',
    reason: 'damaged',
  },
];

function LEAN() {
  return leanQuoteFormat('UTC');
}

function half(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.length >> 1);
}

/** 80 MB of one good row, in less than 400 KB. */
function bomb(): Buffer {
  return Buffer.concat([Buffer.from('time,bid,ask\n'), Buffer.alloc(80_000_000, GOOD_ROW)]);
}

suite('a bad file of bars, trades or one side, or in the layout of a vendor', () => {
  for (const bad of files) {
    test(`${bad.title} is ${bad.code}, ${bad.reason}`, () => assertRefused(bad));

    if (bad.code !== 'DATA_BAD_ROW') continue;
    test(`${bad.title} is skipped and counted where the policy says so`, async () => {
      using folder = new TemporaryFolder();
      const { reports } = await readBad(bad, folder, true);
      const [report] = reports;
      assert((report?.skipped[bad.reason as 'crossed'] ?? 0) >= 1);
    });
  }
});

suite('an archive that unpacks beyond any reason', () => {
  const pack: readonly (readonly [string, (bytes: Buffer) => Uint8Array])[] = [
    ['a.zip', (bytes) => zipBytes([{ name: 'a.csv', bytes }])],
    ['a.csv.gz', gzipSync],
  ];
  for (const [name, packed] of pack) {
    test(`${name} is refused while it is read, in bounded memory`, async () => {
      using folder = new TemporaryFolder();
      const file = folder.join(name);
      const content = packed(bomb());
      assert(content.length * 250 < 80_000_000);
      writeFileSync(file, content);
      const instrument = priced('EURUSD', '0.00001');
      const index = instrumentIndex(0);
      let quotes = 0;
      const reading = async (): Promise<void> => {
        for await (const block of openQuotes({
          instrument,
          index,
          files: [file],
          format: format(),
        })) {
          quotes += block.count;
        }
      };
      await assert.rejects(reading(), {
        code: 'DATA_ARCHIVE',
        reason: /^unpacks to more than 250 times its size/,
      });
      assert(quotes > 0 && quotes * GOOD_ROW.length < 70_000_000);
    });
  }
});

suite('what is odd but meant', () => {
  test('mixed line ends and a byte order mark are read', async () => {
    using folder = new TemporaryFolder();
    const content = `\uFEFF${HEADER}\r\n${BAR}\n\r\n60000,1.3,1.3,1.3,1.3\r\n`;
    const read = { title: '', content, format: bars(), code: 'DATA_FORMAT', reason: '' } as const;
    const { rows, reports } = await readBad(read, folder, false);
    assert.equal(rows.length, 8);
    assert.deepEqual([reports[0]?.rows, reports[0]?.quotes], [2, 8]);
  });
});
