import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { parseDecimal } from '../model/decimal.ts';
import { instrumentIndex } from '../model/units.ts';
import {
  bars,
  ONE_PRICE,
  oneSided,
  TWO_FILES,
  TWO_SIDES,
  trades,
} from '../testing/converted-formats.ts';
import { format, priced, readAll, TemporaryFolder } from '../testing/quote-files.ts';
import type { BadRowRules } from './bad-rows.ts';
import type { BarsFormat } from './bars-format.ts';
import type { QuoteFormat } from './quote-format.ts';
import type { ReaderTuning } from './quote-stream.ts';
import {
  DUKASCOPY_EPOCH_FORMAT,
  DUKASCOPY_JFOREX_FORMAT,
  HISTDATA_FORMAT,
  histdataBarsFormat,
  TRUEFX_FORMAT,
} from './vendor-formats.ts';

const EURUSD = priced('EURUSD', '0.00001');
const index = instrumentIndex(0);
const MINUTE = 60_000_000;
const HEADER = 'time,open,high,low,close';

interface Options {
  readonly badRows?: Partial<BadRowRules>;
  readonly tuning?: ReaderTuning;
}

async function readFiles(
  texts: Readonly<Record<string, string>>,
  of: QuoteFormat,
  { badRows = {}, tuning }: Options = {},
) {
  using folder = new TemporaryFolder();
  const files = Object.entries(texts).map(([name, text]) => {
    writeFileSync(folder.join(name), text);
    return folder.join(name);
  });
  const source = { instrument: EURUSD, index, files, format: of, badRows };
  return await readAll(source, tuning);
}

async function quotesOf(text: string, of: QuoteFormat, options: Options = {}) {
  const { rows, reports } = await readFiles({ 'a.csv': text }, of, options);
  return { quotes: rows.map(([time, , bid, ask]) => [time, bid, ask]), rows, reports };
}

/** Open, high, low, close as counts. */
const anyBar = fc
  .array(fc.integer({ min: 109_000, max: 110_000 }), { minLength: 4, maxLength: 4 })
  .map((prices) => {
    const [open = 0, close = 0] = prices;
    return [open, Math.max(...prices), Math.min(...prices), close] as const;
  });
const text = (count: number | undefined): string => ((count ?? 0) / 100_000).toFixed(5);

suite('bars', () => {
  test('that are built of the quotes are the bars of the file, whatever the order and cuts', async () => {
    const property = fc.asyncProperty(
      fc.array(fc.tuple(anyBar, fc.integer({ min: 0, max: 300 })), { minLength: 1, maxLength: 12 }),
      fc.constantFrom('direction' as const, 'ohlc' as const, 'olhc' as const),
      fc.integer({ min: 40, max: 300 }),
      fc.integer({ min: 1, max: 9 }),
      async (list, order, chunkBytes, blockRows) => {
        const lines = list.map(([bar, spread], at) => {
          const ask = bar.map((price) => price + spread);
          return [at * 60_000, ...[...bar, ...ask].map(text)].join(',');
        });
        const layout = bars({ header: false, columns: { time: 1 }, prices: TWO_SIDES, order });
        const { rows } = await quotesOf(lines.join('\n'), layout, {
          tuning: { chunkBytes, blockRows },
        });
        const built = list.map((_, at) => {
          const inside = rows.filter(([time]) => Math.floor(time / MINUTE) === at);
          const ohlc = (side: 2 | 3): number[] => {
            const prices = inside.map((row) => row[side]);
            const [open = 0, close = 0] = [prices[0], prices.at(-1)];
            return [open, Math.max(...prices), Math.min(...prices), close];
          };
          return [ohlc(2), ohlc(3)];
        });
        const expected = list.map(([bar, spread]) => [
          [...bar],
          bar.map((price) => price + spread),
        ]);
        assert.deepEqual(built, expected);
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });

  const UP = '60000,1.3,1.3002,1.2999,1.3001';
  const DOWN = '60000,1.3,1.3002,1.2999,1.29995';
  const way = async (row: string, overrides: Partial<BarsFormat> = {}) =>
    (await quotesOf(`${HEADER}\n${row}\n`, bars(overrides))).quotes;

  test('go low first when they close at or above their open, else high first', async () => {
    assert.deepEqual(await way(UP), [
      [60_000_000, 130_000, 130_010],
      [75_000_000, 129_990, 130_000],
      [90_000_000, 130_020, 130_030],
      [119_999_999, 130_010, 130_020],
    ]);
    const bids = (quotes: readonly (readonly (number | undefined)[])[]) =>
      quotes.map(([, bid]) => bid);
    const flat = '60000,1.3,1.3002,1.2999,1.3';
    assert.deepEqual(bids(await way(flat)), [130_000, 129_990, 130_020, 130_000]);
    assert.deepEqual(bids(await way(DOWN)), [130_000, 130_020, 129_990, 129_995]);
    assert.deepEqual(
      bids(await way(DOWN, { order: 'olhc' })),
      [130_000, 129_990, 130_020, 129_995],
    );
    assert.deepEqual(bids(await way(UP, { order: 'ohlc' })), [130_000, 130_020, 129_990, 130_010]);
  });

  test('that begin before the last has ended are refused, with a word on their duration', async () => {
    const two = `${UP}\n120000,1.3,1.3,1.3,1.3`;
    const message = /:3: time_backwards \(it begins before .* is the duration too long\?\)/;
    await assert.rejects(way(two, { durationUs: 60 * MINUTE }), { code: 'DATA_BAD_ROW', message });
  });

  test('that are stamped at their end lie before that time', async () => {
    const times = (await way(UP, { stamp: 'end' })).map(([time]) => time);
    assert.deepEqual(times, [0, 15_000_000, 30_000_000, 59_999_999]);
  });

  test('have a spread above, below or around their price, the larger half above', async () => {
    const of = async (side: 'bid' | 'ask' | 'mid', spread: string) => {
      const prices = { ...ONE_PRICE, side, spread: parseDecimal(spread) };
      return (await way(UP, { prices }))[0]?.slice(1);
    };
    assert.deepEqual(await of('bid', '0.00011'), [130_000, 130_011]);
    assert.deepEqual(await of('ask', '0.00011'), [129_989, 130_000]);
    assert.deepEqual(await of('mid', '0.00011'), [129_995, 130_006]);
    assert.deepEqual(await of('mid', '0.00010'), [129_995, 130_005]);
    assert.deepEqual(await of('mid', '0'), [130_000, 130_000]);
  });

  test('of a close alone are one quote, their last', async () => {
    const prices = { kind: 'close', close: 2, side: 'mid', spread: parseDecimal('0') } as const;
    const layout = bars({ columns: { time: 1 }, header: false, prices });
    const { quotes } = await quotesOf('0,1.3\n60000,1.31\n', layout);
    assert.deepEqual(quotes, [
      [59_999_999, 130_000, 130_000],
      [119_999_999, 131_000, 131_000],
    ]);
  });

  test('with a spread that is negative or off the increment are refused', async () => {
    for (const [spread, message] of [
      ['-0.0001', /negative/],
      ['0.000001', /no multiple of EURUSD's price increment/],
    ] as const) {
      const prices = { ...ONE_PRICE, spread: parseDecimal(spread) };
      await assert.rejects(way(UP, { prices }), { code: 'DATA_FORMAT', message });
    }
  });
});

suite('bars of two files', () => {
  const layout = bars({ prices: TWO_FILES });
  const row = (minute: number, price: string): string =>
    `${minute * 60_000},${Array(4).fill(price).join(',')}\n`;
  const side = (price: string, ...minutes: number[]): string =>
    `${HEADER}\n${minutes.map((minute) => row(minute, price)).join('')}`;
  const skip = { badRows: { policy: { unpaired: 'skip' }, maxSkippedShare: 0.9 } } as const;

  test('are joined by time, wherever the chunks are cut', async () => {
    for (let chunkBytes = 1; chunkBytes < 90; chunkBytes += 4) {
      const files = {
        'ask1.csv': side('1.3001', 0, 1, 3, 4, 7),
        'bid1.csv': side('1.3', 0, 2, 3, 5, 6, 7),
      };
      const tuning = { chunkBytes, blockRows: 3 };
      const { rows, reports } = await readFiles(files, layout, { ...skip, tuning });
      const starts = rows.filter(([time]) => time % MINUTE === 0);
      assert.deepEqual(
        starts.map(([time, , bid, ask]) => [time / MINUTE, bid, ask]),
        [0, 3, 7].map((minute) => [minute, 130_000, 130_010]),
      );
      assert.deepEqual(
        reports.map(({ rows: all, accepted, quotes, skipped }) => [
          all,
          accepted,
          quotes,
          skipped.unpaired,
        ]),
        [
          [6, 3, 12, 3],
          [5, 3, 0, 2],
        ],
      );
    }
  });

  test('fail at a bar that only one of them has, with file and line', async () => {
    const cases: readonly (readonly [readonly number[], readonly number[], RegExp])[] = [
      [[0, 1, 2], [0, 2], /bid\.csv:3: unpaired/],
      [[0, 2], [0, 1, 2], /ask\.csv:3: unpaired/],
      [[0, 1, 2], [0, 1], /bid\.csv:4: unpaired/],
      [[0], [0, 1], /ask\.csv:3: unpaired/],
      [[0, 2, 1], [0, 2], /bid\.csv:4: time_backwards/],
      [[0, 1], [0, 1, 0], /ask\.csv:4: time_backwards/],
    ];
    for (const [bids, asks, message] of cases) {
      const files = { 'bid.csv': side('1.3', ...bids), 'ask.csv': side('1.3', ...asks) };
      await assert.rejects(readFiles(files, layout), { code: 'DATA_BAD_ROW', message });
    }
  });

  test('that cross say both lines, and are left out of both', async () => {
    const files = { 'bid.csv': side('1.3001', 0), 'ask.csv': side('1.3', 0) };
    await assert.rejects(readFiles(files, layout), /bid\.csv:2: crossed \(.*ask\.csv:2\)/);
    const badRows = { policy: { crossed: 'skip' }, maxSkippedShare: 1 } as const;
    const { reports } = await readFiles(files, layout, { badRows });
    assert.deepEqual(
      reports.map(({ skipped }) => skipped.crossed),
      [1, 1],
    );
  });

  test('must go in pairs', async () => {
    const one = side('1.3', 0);
    const odd: readonly (readonly [Readonly<Record<string, string>>, RegExp])[] = [
      [{ 'bid.csv': one }, /bid\.csv: a file of the bid with none of the ask/],
      [{ 'bid.csv': one, 'ask1.csv': one, 'ask2.csv': one }, /ask2\.csv: a file of the ask with/],
      [{ 'bid.csv': one, 'offer.csv': one }, /offer\.csv: its name fits neither/],
    ];
    for (const [files, message] of odd) {
      await assert.rejects(readFiles(files, layout), { code: 'DATA_FORMAT', message });
    }
  });
});

suite('trades and rows of one side', () => {
  test('a buy is at the ask, a sell at the bid, and its size stands on both sides', async () => {
    const { rows } = await quotesOf(
      'time,price,size,side\n1000,1.3,5,buy\n1001,1.3,6,sell\n',
      trades(),
    );
    assert.deepEqual(rows, [
      [1_000_000, 0, 129_990, 130_000, 5, 5],
      [1_001_000, 0, 130_000, 130_010, 6, 6],
    ]);
    const layout = trades({ columns: { time: 'time', price: 'price' } });
    const { rows: split } = await quotesOf('time,price\n1000,1.3\n', layout);
    assert.deepEqual(split, [[1_000_000, 0, 129_995, 130_005, 0, 0]]);
  });

  test('a row replaces its side, and there is a quote once both are known in the file', async () => {
    const rowsOfSides =
      '1,1.3,5,0,0\n2,1.2999,6,,\n3,0,0,1.3001,7\n4,1.3,8,1.3002,9\n5,0.0,,1.3003,1\n';
    const { rows, reports } = await quotesOf(rowsOfSides, oneSided());
    assert.deepEqual(rows, [
      [3000, 0, 129_990, 130_010, 6, 7],
      [4000, 0, 130_000, 130_020, 8, 9],
      [5000, 0, 130_000, 130_030, 8, 1],
    ]);
    assert.deepEqual([reports[0]?.rows, reports[0]?.quotes, reports[0]?.firstTime], [5, 3, 1000]);
    const two = { 'a.csv': '1,1.3,5,1.3001,5\n', 'b.csv': '2,1.3,5,0,0\n' };
    assert.equal((await readFiles(two, oneSided())).rows.length, 1);
  });

  test('a row that is left out replaces nothing', async () => {
    const badRows = { policy: { crossed: 'skip' }, maxSkippedShare: 1 } as const;
    const crossing = '1,1.3,1,1.3001,1\n2,1.3002,1,0,0\n3,0,0,1.30015,1\n';
    const { quotes } = await quotesOf(crossing, oneSided(), { badRows });
    assert.deepEqual(quotes, [
      [1000, 130_000, 130_010],
      [3000, 130_000, 130_015],
    ]);
  });
});

suite('crossed rows', () => {
  const rows = 'time,bid,ask\n1,1.3,1.3001\n2,1.3003,1.3001\n3,1.30004,1.30001\n4,1.3,1.3\n';

  test('are handed out as they are, or at their middle, and counted', async () => {
    const kept = await quotesOf(rows, format(), { badRows: { policy: { crossed: 'keep' } } });
    assert.deepEqual(
      kept.quotes.map(([, bid, ask]) => [bid, ask]),
      [
        [130_000, 130_010],
        [130_030, 130_010],
        [130_004, 130_001],
        [130_000, 130_000],
      ],
    );
    assert.deepEqual([kept.reports[0]?.crossedKept, kept.reports[0]?.crossedClamped], [2, 0]);
    const clamped = await quotesOf(rows, format(), { badRows: { policy: { crossed: 'clamp' } } });
    assert.deepEqual(
      clamped.quotes.slice(1, 3).map(([, bid, ask]) => [bid, ask]),
      [
        [130_020, 130_020],
        [130_003, 130_003],
      ],
    );
    const [report] = clamped.reports;
    assert.deepEqual([report?.crossedKept, report?.crossedClamped, report?.accepted], [0, 2, 4]);
  });

  test('that were clamped are what the next row is compared with', async () => {
    const repeated = 'time,bid,ask\n1,1.3,1.3001\n2,1.3003,1.3001\n2,1.3002,1.3002\n';
    const badRows = { policy: { crossed: 'clamp' } } as const;
    const { reports } = await quotesOf(repeated, format(), { badRows });
    assert.equal(reports[0]?.duplicates, 1);
  });

  test('that jump are judged as jumps, whatever the policy of crossed rows', async () => {
    const badRows = { policy: { crossed: 'keep' } } as const;
    const jump = 'time,bid,ask\n1,1.3,1.3001\n2,13.3,13.2\n';
    await assert.rejects(quotesOf(jump, format(), { badRows }), /:3: absurd_jump/);
  });
});

suite('layouts of vendors', () => {
  const utc = (time: string): number => Date.parse(time) * 1000;
  const { order, offsets } = bars();
  const spread = parseDecimal('0.0001');
  const cases: readonly (readonly [string, QuoteFormat, string, readonly number[]])[] = [
    [
      'TrueFX',
      TRUEFX_FORMAT,
      'EUR/USD,20130101 22:00:00.295,1.31926,1.31950\n',
      [utc('2013-01-01T22:00:00.295Z'), 131_926, 131_950, 0, 0],
    ],
    [
      'HistData, five hours behind all year',
      HISTDATA_FORMAT,
      '20200730 152751336,1.103210,1.103230,0\n',
      [utc('2020-07-30T20:27:51.336Z'), 110_321, 110_323, 0, 0],
    ],
    [
      'HistData minute bars',
      histdataBarsFormat({ spread, order, offsets }),
      '20120201 000000;1.306600;1.306600;1.306560;1.306560;0\n',
      [utc('2012-02-01T05:00:00Z'), 130_660, 130_670, 0, 0],
    ],
    [
      'Dukascopy by JForex, in millions',
      DUKASCOPY_JFOREX_FORMAT,
      'Gmt time,Ask,Bid,AskVolume,BidVolume\r\n04.02.2019 00:00:00.120,1.14545,1.14543,1,2.06\r\n',
      [utc('2019-02-04T00:00:00.120Z'), 114_543, 114_545, 2_060_000, 1_000_000],
    ],
    [
      'Dukascopy by a downloader',
      DUKASCOPY_EPOCH_FORMAT,
      'timestamp,askPrice,bidPrice,askVolume,bidVolume\n1549238400994,1.14545,1.14543,1,2.06\n',
      [1_549_238_400_994_000, 114_543, 114_545, 2_060_000, 1_000_000],
    ],
  ];
  for (const [name, of, content, [time, ...quote]] of cases) {
    test(`${name} are read`, async () => {
      const { rows } = await quotesOf(content, of);
      assert.deepEqual(rows[0], [time, 0, ...quote]);
    });
  }
});
