import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { assertRefused, type BadFile, readBad } from '../testing/bad-files.ts';
import { format, TemporaryFolder } from '../testing/quote-files.ts';
import { type DelimitedFormat, LINE_BYTES_MAX, leanQuoteFormat } from './delimited-format.ts';
import { zipBytes } from './zip-write.ts';

const HEADER = 'time,bid,ask\n';
const GOOD = `${HEADER}1000,1.38676,1.38686\n2000,1.38677,1.38687\n`;
const LEAN = leanQuoteFormat('UTC');
const BY_NUMBER = format({ header: false, columns: { time: 1, bid: 2, ask: 3 } });
const OF_DAY = format({
  fileDate: '*_YYYY-MM-DD.csv',
  filePeriod: 'day',
  zone: 'America/New_York',
});

/** A third line that is wrong. */
function third(row: string): string {
  return `${HEADER}1000,1.38676,1.38686\n${row}\n3000,1.38677,1.38687\n`;
}

function damagedCrc(): Uint8Array {
  const zip = zipBytes([{ name: 'a.csv', bytes: Buffer.from(GOOD), stored: true }]);
  const at = Buffer.from(zip).indexOf('1.38676');
  zip[at + 6] = '7'.charCodeAt(0);
  return zip;
}

/** A zip whose directory promises fewer or more bytes than the entry gives. */
function promising(bytes: number): Uint8Array {
  const zip = Buffer.from(zipBytes([{ name: 'a.csv', bytes: Buffer.from(GOOD) }]));
  zip.writeUInt32LE(bytes, zip.indexOf('PK\x01\x02') + 24);
  return zip;
}

/** Looks like one deflated entry; the method says otherwise. */
function withMethod(method: number): Uint8Array {
  const zip = Buffer.from(zipBytes([{ name: 'a.csv', bytes: Buffer.from(GOOD) }]));
  zip.writeUInt16LE(method, zip.indexOf('PK\x01\x02') + 10);
  return zip;
}

/** A deflated entry with bytes after its end, of the size and CRC that the directory promises. */
function trailing(): Uint8Array {
  const packed = Buffer.concat([deflateRawSync(GOOD), Buffer.from('xx')]);
  const zip = Buffer.from(zipBytes([{ name: 'a.csv', bytes: packed, stored: true }]));
  const directory = zip.indexOf('PK\x01\x02');
  zip.writeUInt16LE(8, directory + 10);
  zip.writeUInt32LE(crc32(GOOD), directory + 16);
  zip.writeUInt32LE(GOOD.length, directory + 24);
  return zip;
}

const two = ['a.csv', 'b.csv'].map((name) => ({ name, bytes: Buffer.from(GOOD) }));
const gz = gzipSync(GOOD);
const corrupt = Buffer.from(gz);
corrupt[20] = (corrupt[20] ?? 0) ^ 0xff;

const files: readonly BadFile[] = [
  { title: 'a missing file', code: 'DATA_FILE_MISSING', reason: 'no such file' },
  { title: 'a missing zip', name: 'a.zip', code: 'DATA_FILE_MISSING', reason: 'no such file' },
  { title: 'a directory', name: 'folder', code: 'DATA_READ', reason: 'it is a directory' },
  { title: 'an empty file', content: '', code: 'DATA_EMPTY', reason: 'holds nothing' },
  { title: 'blank lines only', content: '\n\r\n\n', code: 'DATA_EMPTY', reason: 'holds nothing' },
  {
    title: 'a header only',
    content: HEADER,
    code: 'DATA_EMPTY',
    reason: 'no row after the header',
  },
  {
    title: 'a wrong header',
    content: 'Time,Bid,Ask\n1,1,1\n',
    code: 'DATA_FORMAT',
    reason: 'the header has no column "time" (time)',
    line: 1,
  },
  {
    title: 'a header that names a column twice',
    content: 'time,bid,ask,bid\n1,1,1,1\n',
    code: 'DATA_FORMAT',
    reason: 'two columns "bid"',
    line: 1,
  },
  {
    title: 'a header where none is declared',
    content: GOOD,
    format: BY_NUMBER,
    code: 'DATA_BAD_ROW',
    reason: 'unparseable',
    line: 1,
  },
  {
    title: 'data where a header is declared',
    content: GOOD.slice(HEADER.length),
    format: format({ columns: { time: 1, bid: 2, ask: 3 } }),
    code: 'DATA_FORMAT',
    reason: 'looks like data',
    line: 1,
  },
  {
    title: 'a missing column',
    content: '1000,1.38676\n',
    format: BY_NUMBER,
    code: 'DATA_FORMAT',
    reason: 'no column 3 (ask): split by comma, 2 columns',
    line: 1,
  },
  {
    title: 'a wrong separator',
    content: '1000;1.38676;1.38686\n',
    format: BY_NUMBER,
    code: 'DATA_FORMAT',
    reason: 'split by comma, 1 column',
    line: 1,
  },
  {
    title: 'a header that is not UTF-8',
    content: Buffer.from('time,bid,ask,gr\xf6\xdfe\n1,1,1,1\n', 'latin1'),
    code: 'DATA_FORMAT',
    reason: 'not UTF-8',
    line: 1,
  },
  {
    title: 'bytes that are not UTF-8 in a field',
    content: Buffer.from(third('2000,1.38676,1.3868\xff'), 'latin1'),
    code: 'DATA_BAD_ROW',
    reason: 'unparseable',
    line: 3,
  },
  {
    title: 'UTF-16',
    content: Buffer.from(`\uFEFF${GOOD}`, 'utf16le'),
    code: 'DATA_FORMAT',
    reason: 'UTF-16',
  },
  {
    title: 'binary garbage',
    content: Buffer.from([1, 2, 3, 255, 10, 0, 0, 200, 10]),
    format: BY_NUMBER,
    code: 'DATA_FORMAT',
    reason: 'no column',
    line: 1,
  },
  {
    title: 'a huge line',
    content: third('1'.repeat(LINE_BYTES_MAX + 1)),
    code: 'DATA_FORMAT',
    reason: 'longer than 65536 bytes',
    line: 3,
  },
  {
    title: 'a huge line in an ignored column',
    content: `x,time,bid,ask\nx,1,1,1\n${'x'.repeat(LINE_BYTES_MAX)},1,1,1\n`,
    code: 'DATA_FORMAT',
    reason: 'longer than 65536 bytes',
    line: 3,
  },
  {
    title: 'a first line without end, over many chunks',
    content: 'x'.repeat(3_000_000),
    code: 'DATA_FORMAT',
    reason: 'longer than 65536 bytes',
    line: 1,
  },
  {
    title: 'a bomb: 64 MB of one byte in 62 KB',
    name: 'a.gz',
    content: gzipSync(Buffer.alloc(64_000_000, 0x31)),
    code: 'DATA_FORMAT',
    reason: 'longer than 65536 bytes',
    line: 1,
  },
  {
    title: 'a truncated gz',
    name: 'a.gz',
    content: gz.subarray(0, gz.length - 9),
    code: 'DATA_ARCHIVE',
    reason: 'truncated',
  },
  { title: 'an empty gz', name: 'a.gz', content: '', code: 'DATA_ARCHIVE', reason: 'truncated' },
  {
    title: 'a corrupt gz',
    name: 'a.gz',
    content: corrupt,
    code: 'DATA_ARCHIVE',
    reason: 'damaged',
  },
  { title: 'text named gz', name: 'a.gz', content: GOOD, code: 'DATA_ARCHIVE', reason: 'damaged' },
  { title: 'gz named csv', content: gz, code: 'DATA_FORMAT', reason: 'gzip data' },
  { title: 'zip named csv', content: zipBytes(two), code: 'DATA_FORMAT', reason: 'this is a zip' },
  {
    title: 'text named zip',
    name: 'a.zip',
    content: GOOD,
    code: 'DATA_ARCHIVE',
    reason: 'damaged',
  },
  {
    title: 'a truncated zip',
    name: 'a.zip',
    content: zipBytes(two).slice(0, -30),
    code: 'DATA_ARCHIVE',
    reason: 'damaged',
  },
  {
    title: 'a zip with two entries',
    name: 'a.zip',
    content: zipBytes(two),
    code: 'DATA_ARCHIVE',
    reason: 'several files: a.csv, b.csv',
  },
  {
    title: 'a zip without the entry that is asked for',
    name: 'a.zip',
    content: zipBytes(two),
    entry: 'c*',
    code: 'DATA_ARCHIVE',
    reason: 'no files that match "c*"',
  },
  {
    title: 'an empty zip',
    name: 'a.zip',
    content: zipBytes([]),
    code: 'DATA_ARCHIVE',
    reason: 'the zip has no files',
  },
  {
    title: 'an empty entry',
    name: 'a.zip',
    content: zipBytes([{ name: 'a.csv', bytes: new Uint8Array(0), stored: true }]),
    code: 'DATA_EMPTY',
    reason: 'holds nothing',
  },
  {
    title: 'a zip whose CRC does not match',
    name: 'a.zip',
    content: damagedCrc(),
    code: 'DATA_ARCHIVE',
    reason: 'CRC-32',
  },
  {
    title: 'a zip with more than it declares',
    name: 'a.zip',
    content: promising(GOOD.length - 1),
    code: 'DATA_ARCHIVE',
    reason: 'more than the',
  },
  {
    title: 'a zip with less than it declares',
    name: 'a.zip',
    content: promising(GOOD.length + 1),
    code: 'DATA_ARCHIVE',
    reason: 'fewer than the',
  },
  {
    title: 'a zip with more in its entry than the deflated data',
    name: 'a.zip',
    content: trailing(),
    code: 'DATA_ARCHIVE',
    reason: 'damaged',
  },
  {
    title: 'a column that is mapped by name and by number',
    content: GOOD,
    format: format({ columns: { time: 'time', bid: 'bid', ask: 2 } }),
    code: 'DATA_FORMAT',
    reason: 'column 2 is mapped twice',
    line: 1,
  },
  {
    title: 'a zip method that is not read',
    name: 'a.zip',
    content: withMethod(14),
    code: 'DATA_ARCHIVE',
    reason: 'compression method 14',
  },
  {
    title: 'no date in the file name for ms_of_day',
    name: 'quotes.csv',
    content: '1,1,1\n',
    format: LEAN,
    code: 'DATA_FORMAT',
    reason: 'no date in the file name by "YYYYMMDD_quote.*"',
  },
  {
    title: 'a date in the file name that does not exist',
    name: '20140230_quote.csv',
    content: '1,1,1\n',
    format: LEAN,
    code: 'DATA_FORMAT',
    reason: 'does not exist',
  },
  {
    title: 'milliseconds beyond a day',
    name: '20140501_quote.csv',
    content: '86399999.999,1,1\n86400000,1,1\n',
    format: LEAN,
    code: 'DATA_BAD_ROW',
    reason: 'out_of_range',
    line: 2,
  },
  {
    title: 'a row of another day',
    name: 'quotes_2014-05-01.csv',
    content: `${HEADER}1398916800000,1,1\n1399003200000,1,1\n`,
    format: OF_DAY,
    code: 'DATA_BAD_ROW',
    reason: 'outside_file_period',
    line: 3,
  },
  {
    title: 'a row of the day before',
    name: 'quotes_2014-05-01.csv',
    content: `${HEADER}1398916799999,1,1\n`,
    format: OF_DAY,
    code: 'DATA_BAD_ROW',
    reason: 'outside_file_period',
    line: 2,
  },
];

suite('a bad file', () => {
  for (const bad of files) {
    test(`${bad.title} is ${bad.code} with file, line and reason`, () => assertRefused(bad));
  }
});

suite('a format', () => {
  const impossible: readonly (readonly [string, Partial<DelimitedFormat>, RegExp])[] = [
    ['an unknown zone', { zone: 'Europe/Atlantis' }, /unknown zone/],
    ['an offset that is none', { zone: '+25:00' }, /unknown zone/],
    ['names without a header', { header: false }, /has no header/],
    ['a column 0', { columns: { time: 0, bid: 2, ask: 3 } }, /start at 1/],
    ['a column twice', { columns: { time: 1, bid: 2, ask: 2 } }, /given twice/],
    ['ms_of_day without fileDate', { time: 'ms_of_day' }, /needs fileDate/],
    ['a day without fileDate', { filePeriod: 'day' }, /needs fileDate/],
    ['a scale of zero', { sizeScale: { coefficient: 0n, decimals: 0 } }, /above zero/],
    ['a fileDate without a day', { time: 'ms_of_day', fileDate: 'YYYYMM_*' }, /once each/],
  ];
  for (const [title, overrides, message] of impossible) {
    test(`with ${title} is refused`, async () => {
      using folder = new TemporaryFolder();
      const bad = { title, content: GOOD, format: format(overrides) };
      await assert.rejects(readBad({ ...bad, code: 'DATA_FORMAT', reason: '' }, folder, false), {
        code: 'DATA_FORMAT',
        message,
      });
    });
  }
});

test('the entry of a zip is chosen by its glob', async () => {
  using folder = new TemporaryFolder();
  const name = 'a.zip';
  const content = zipBytes(two);
  const good = {
    title: '',
    name,
    content,
    entry: 'b.*',
    code: 'DATA_ARCHIVE',
    reason: '',
  } as const;
  const { rows: found, reports } = await readBad(good, folder, false);
  assert.equal(found.length, 2);
  assert.equal(reports[0]?.entry, 'b.csv');
});

test('the zips that these tests write are what the format asks for', () => {
  const zip = Buffer.from(zipBytes([{ name: 'é.csv', bytes: Buffer.from(GOOD) }]));
  assert.equal(zip.readUInt32LE(14), crc32(GOOD));
  assert.equal(zip.readUInt32LE(18), deflateRawSync(GOOD).length);
});
