import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { assertRefused, type BadFile, readBad } from '../testing/bad-files.ts';
import {
  bi5,
  dukascopy,
  ParquetMaker,
  parquet,
  type Tick,
  tickBytes,
} from '../testing/binary-files.ts';
import { lzmaBomb } from '../testing/lzma-bomb.ts';
import { packLzma } from '../testing/lzma-pack.ts';
import { TemporaryFolder } from '../testing/quote-files.ts';
import { DataError } from './data-error.ts';
import type { ParquetFormat } from './parquet-format.ts';

const NAME = '2024020109h.bi5';
const GOOD: readonly Tick[] = [
  [0, 110_002, 110_000, 1, 1],
  [50, 110_003, 110_001, 1, 1],
];
const packed = bi5(GOOD);

function changed(at: number, bytes: readonly number[]): Uint8Array {
  const copy = Uint8Array.from(packed);
  copy.set(bytes, at);
  return copy;
}

/** A third record that is wrong. */
function third(tick: Tick): Uint8Array {
  return bi5([...GOOD, tick]);
}

interface BadTicks extends Omit<BadFile, 'format' | 'code'> {
  readonly code?: BadFile['code'];
}

const ticks: readonly BadTicks[] = [
  { title: 'a truncated file', content: packed.subarray(0, -1), reason: 'truncated' },
  { title: 'half a file', content: packed.subarray(0, packed.length / 2), reason: 'truncated' },
  { title: 'a few bytes', content: packed.subarray(0, 5), reason: 'shorter than its header' },
  {
    title: 'a file with garbage after it',
    content: Buffer.concat([packed, packed]),
    reason: 'follow its end',
  },
  {
    title: 'a damaged file',
    content: changed(packed.length - 12, [1, 2, 3, 4]),
    reason: 'no whole LZMA file',
  },
  { title: 'random bytes', content: Buffer.alloc(500, 0xe7), reason: 'no LZMA header' },
  { title: 'a text', content: 'ms,ask,bid\n0,1.1,1.1\n', reason: 'no whole LZMA file' },
  {
    title: 'the container of xz',
    content: Buffer.from('fd377a585a000004', 'hex'),
    reason: 'no whole LZMA file',
  },
  {
    title: 'a zip',
    content: Buffer.from('504b03041400000008000000', 'hex'),
    reason: 'shorter than its header',
  },
  { title: 'a bomb', content: lzmaBomb(), reason: 'unpacks to more than 72000000 bytes' },
  {
    title: 'a declared giant',
    content: changed(5, [0, 0, 0, 0, 9]),
    reason: 'declares 38654705664 bytes',
  },
  { title: 'a size below the content', content: changed(5, [20]), reason: 'no whole LZMA file' },
  {
    title: 'records of another size',
    content: packLzma(tickBytes(GOOD).subarray(0, 36)),
    code: 'DATA_FORMAT',
    reason: '36 bytes are no whole number of 20-byte records',
  },
  {
    title: 'a path without its hour',
    name: '20240201.bi5',
    content: packed,
    code: 'DATA_FORMAT',
    reason: 'does not end like "YYYYZMDDHHh.bi5"',
  },
  {
    title: 'a month that is not from zero',
    name: '2024120109h.bi5',
    content: packed,
    code: 'DATA_FORMAT',
    reason: 'ZM is a month from 00 to 11',
  },
  { title: 'a missing hour', code: 'DATA_FILE_MISSING', reason: 'no such file' },
  {
    title: 'a time beyond the hour',
    content: third([3_600_000, 110_002, 110_000, 1, 1]),
    code: 'DATA_BAD_ROW',
    reason: 'out_of_range',
    row: 3,
  },
  {
    title: 'a time that goes back',
    content: third([49, 110_002, 110_000, 1, 1]),
    code: 'DATA_BAD_ROW',
    reason: 'time_backwards',
    row: 3,
  },
  {
    title: 'a price of zero',
    content: third([60, 110_002, 0, 1, 1]),
    code: 'DATA_BAD_ROW',
    reason: 'non_positive',
    row: 3,
  },
  {
    title: 'a price beyond a column',
    content: third([60, 4_294_967_295, 110_000, 1, 1]),
    code: 'DATA_BAD_ROW',
    reason: 'out_of_range',
    row: 3,
  },
  {
    title: 'crossed sides',
    content: third([60, 110_000, 110_002, 1, 1]),
    code: 'DATA_BAD_ROW',
    reason: 'crossed',
    row: 3,
  },
  {
    title: 'a jump',
    content: third([60, 150_002, 150_000, 1, 1]),
    code: 'DATA_BAD_ROW',
    reason: 'absurd_jump',
    row: 3,
  },
  {
    title: 'a volume that is no number',
    content: third([60, 110_002, 110_000, Number.NaN, 1]),
    code: 'DATA_BAD_ROW',
    reason: 'unparseable',
    row: 3,
  },
  {
    title: 'an infinite volume',
    content: third([60, 110_002, 110_000, 1, Number.POSITIVE_INFINITY]),
    code: 'DATA_BAD_ROW',
    reason: 'out_of_range',
    row: 3,
  },
  {
    title: 'a negative volume',
    content: third([60, 110_002, 110_000, -1, 1]),
    code: 'DATA_BAD_ROW',
    reason: 'non_positive',
    row: 3,
  },
];

suite('a bad tick file', () => {
  for (const bad of ticks) {
    test(`is refused: ${bad.title}`, async () => {
      await assertRefused({ name: NAME, code: 'DATA_ARCHIVE', ...bad, format: dukascopy() });
    });
  }
});

interface BadTable {
  readonly title: string;
  /** Second row; the first is good. */
  readonly select: string;
  readonly format?: Partial<ParquetFormat>;
  readonly code?: BadFile['code'];
  readonly reason: string;
  readonly row?: number;
}

const TIME = "TIMESTAMP '2024-03-01 09:00:00'";
const PRICES = '1.1::DECIMAL(10,5) AS bid, 1.2::DECIMAL(10,5) AS ask';
const FIRST = `SELECT ${TIME} AS time, ${PRICES}`;

/** A good row of doubles and one with these values. */
function doubles(bid: string, ask = '1.2'): string {
  return `SELECT ${TIME} AS time, unnest([1.1, ${bid}])::DOUBLE AS bid, unnest([1.2, ${ask}])::DOUBLE AS ask`;
}

function times(first: string, second: string): string {
  return `SELECT unnest([${first}, ${second}]) AS time, ${PRICES}`;
}

const tables: readonly BadTable[] = [
  { title: 'no row', select: `${FIRST} LIMIT 0`, code: 'DATA_EMPTY', reason: 'holds no row' },
  {
    title: 'a missing column',
    select: `SELECT ${TIME} AS time, 1.1 AS Bid, 1.2 AS ask`,
    reason: 'no column "bid" (bid); it has time, Bid, ask',
  },
  {
    title: 'a time of text',
    select: `SELECT '2024-03-01' AS time, ${PRICES}`,
    reason: '"time" is VARCHAR, not a TIMESTAMP',
  },
  {
    title: 'a time of integers without unit',
    select: `SELECT 5 AS time, ${PRICES}`,
    reason: 'give `time` the unit',
  },
  {
    title: 'a unit for a TIMESTAMP',
    select: FIRST,
    format: { time: 'epoch_ms' },
    reason: '"time" is TIMESTAMP, but',
  },
  {
    title: 'a date alone',
    select: `SELECT DATE '2024-03-01' AS time, ${PRICES}`,
    reason: '"time" is DATE',
  },
  {
    title: 'prices of FLOAT',
    select: `SELECT ${TIME} AS time, 1.1::FLOAT AS bid, 1.2::FLOAT AS ask`,
    reason: 'whose 24 bits do not hold a price',
  },
  {
    title: 'integer prices without scale',
    select: `SELECT ${TIME} AS time, 110000 AS bid, 110001 AS ask`,
    reason: 'give `priceDecimals`',
  },
  {
    title: 'a scale for decimals',
    select: FIRST,
    format: { priceDecimals: 5 },
    reason: '`priceDecimals` is for integers',
  },
  {
    title: 'prices of a list',
    select: `SELECT ${TIME} AS time, [1.1] AS bid, [1.2] AS ask`,
    reason: '"bid" is DECIMAL(2,1)[]',
  },
  {
    title: 'sizes of dates',
    select: `${FIRST}, DATE '2024-03-01' AS bs`,
    format: { columns: { time: 'time', bid: 'bid', ask: 'ask', bidSize: 'bs' } },
    reason: '"bs" is DATE',
  },
  { title: 'a null price', select: doubles('NULL'), reason: 'unparseable', row: 2 },
  { title: 'a null time', select: times(TIME, 'NULL'), reason: 'unparseable', row: 2 },
  {
    title: 'a price that is no number',
    select: doubles("'nan'::DOUBLE"),
    reason: 'unparseable',
    row: 2,
  },
  {
    title: 'an infinite price',
    select: doubles('1.1', "'infinity'::DOUBLE"),
    reason: 'out_of_range',
    row: 2,
  },
  { title: 'a negative price', select: doubles('-1.1'), reason: 'non_positive', row: 2 },
  { title: 'a price of zero', select: doubles('0'), reason: 'non_positive', row: 2 },
  {
    title: 'a price with arithmetic in it',
    select: doubles('0.1::DOUBLE + 0.2::DOUBLE'),
    reason: 'off_grid',
    row: 2,
  },
  {
    title: 'a price beyond a column',
    select: doubles('1.1', '1e300'),
    reason: 'out_of_range',
    row: 2,
  },
  { title: 'crossed sides', select: doubles('1.3'), reason: 'crossed', row: 2 },
  {
    title: 'a price of words',
    select: `SELECT ${TIME} AS time, '1.1' AS bid, unnest(['1.2', '1.2 USD']) AS ask`,
    reason: 'unparseable',
    row: 2,
  },
  {
    title: 'a price with an exponent',
    select: `SELECT ${TIME} AS time, '1.1' AS bid, unnest(['1.2', '12e-1']) AS ask`,
    reason: 'unparseable',
    row: 2,
  },
  {
    title: 'a time before 1970',
    select: times(TIME, "TIMESTAMP '1969-12-31 23:59:59'"),
    reason: 'out_of_range',
    row: 2,
  },
  {
    title: 'a nanosecond before 1970',
    select: times('1', '-1'),
    format: { time: 'epoch_ns' },
    reason: 'out_of_range',
    row: 2,
  },
  {
    title: 'an infinite time',
    select: times(TIME, "TIMESTAMP 'infinity'"),
    reason: 'out_of_range',
    row: 2,
  },
  {
    title: 'a time beyond 2255',
    select: times(TIME, "TIMESTAMP '2256-01-01 00:00:00'"),
    reason: 'out_of_range',
    row: 2,
  },
  {
    title: 'a local time that was skipped',
    select: times("TIMESTAMP '2024-03-01 00:00:00'", "TIMESTAMP '2024-03-10 02:30:00'"),
    format: { zone: 'America/New_York' },
    reason: 'out_of_range',
    row: 2,
  },
  {
    title: 'a time that goes back',
    select: times(TIME, "TIMESTAMP '2024-03-01 08:59:59'"),
    reason: 'time_backwards',
    row: 2,
  },
];

suite('a bad Parquet file', () => {
  let maker: ParquetMaker;
  before(() => {
    maker = new ParquetMaker();
  });
  after(() => maker[Symbol.dispose]());
  const NAMED = { name: 'quotes.parquet', code: 'DATA_ARCHIVE', format: parquet() } as const;

  for (const { select, code, format, row, ...bad } of tables) {
    test(`is refused: ${bad.title}`, async () => {
      await assertRefused({
        ...NAMED,
        ...bad,
        ...(row === undefined ? {} : { row }),
        code: code ?? (row === undefined ? 'DATA_FORMAT' : 'DATA_BAD_ROW'),
        content: await maker.bytes(select),
        format: parquet(format),
      });
    });
  }

  test('is refused when it is cut anywhere, or is something else', async () => {
    const good = await maker.bytes(
      `SELECT ${TIME} + to_seconds(i) AS time, ${PRICES} FROM range(3000) t(i)`,
    );
    const cut = (bytes: number): Uint8Array => good.subarray(0, bytes);
    const endMark = good.subarray(-4);
    const cases: readonly Omit<BadFile, 'code'>[] = [
      { title: 'cut at its end', content: cut(good.length - 1), reason: 'is truncated' },
      { title: 'cut in the middle', content: cut(good.length / 2), reason: 'is truncated' },
      { title: 'the mark alone', content: cut(4), reason: 'cannot be read' },
      {
        title: 'cut, with an end',
        content: Buffer.concat([cut(900), endMark]),
        reason: 'cannot be read',
      },
      { title: 'empty', content: '', reason: 'this is no Parquet file' },
      { title: 'text', content: 'time,bid,ask\n', reason: 'this is no Parquet file' },
    ];
    for (const bad of cases) await assertRefused({ ...NAMED, ...bad });
    await assertRefused({
      ...NAMED,
      title: 'missing',
      code: 'DATA_FILE_MISSING',
      reason: 'no such',
    });
  });

  test('with damage anywhere ends with an error of the data or with rows', async () => {
    const rows = `SELECT ${TIME} + to_seconds(i) AS time, ${PRICES} FROM range(300) t(i)`;
    const good = await maker.bytes(rows);
    for (let at = 4; at < good.length - 4; at += 97) {
      using folder = new TemporaryFolder();
      const content = Uint8Array.from(good);
      content[at] = (content[at] ?? 0) ^ 0x55;
      await readBad({ ...NAMED, title: `${at}`, content, reason: '' }, folder, false).catch(
        (error: unknown) => assert(error instanceof DataError, `byte ${at}: ${error}`),
      );
    }
  });
});
