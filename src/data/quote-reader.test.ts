import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { parseDecimal } from '../model/decimal.ts';
import { parsePrice } from '../model/instrument.ts';
import { instrumentIndex } from '../model/units.ts';
import { format, priced, readAll, TemporaryFolder } from '../testing/quote-files.ts';
import type { BadRowRules } from './bad-rows.ts';
import type { DelimitedFormat } from './delimited-format.ts';
import { QuoteReader } from './quote-reader.ts';
import type { ReaderTuning } from './quote-stream.ts';
import { zipBytes } from './zip-write.ts';

const EURUSD = priced('EURUSD', '0.00001');
const index = instrumentIndex(7);

/** Small buffers: most of these files hold a line or two. */
const SMALL: ReaderTuning = { chunkBytes: 4096, blockRows: 64 };

interface Options {
  readonly format?: DelimitedFormat;
  readonly name?: string;
  readonly badRows?: Partial<BadRowRules>;
  readonly tuning?: ReaderTuning;
  readonly instrument?: typeof EURUSD;
}

/** Reads text as a file. */
async function read(text: string | Uint8Array, options: Options = {}) {
  using folder = new TemporaryFolder();
  const file = folder.join(options.name ?? 'quotes.csv');
  writeFileSync(file, text);
  const source = {
    instrument: options.instrument ?? EURUSD,
    index,
    files: [file],
    format: options.format ?? format(),
    badRows: options.badRows ?? {},
  };
  // Awaited here: the folder goes when this function returns.
  return await readAll(source, options.tuning ?? SMALL);
}

const HEADER = 'time,bid,ask\n';
const PLAIN = `${HEADER}1000,1.38676,1.38686\n2000,1.38677,1.38687\n`;
const PLAIN_ROWS = [
  [1_000_000, 7, 138_676, 138_686, 0, 0],
  [2_000_000, 7, 138_677, 138_687, 0, 0],
];

/** A layout with an ignored column goes the general way, not the fast one. */
const MAPPED = format({ columns: { time: 2, bid: 3, ask: 4 } });

suite('prices', () => {
  const decimals = fc.integer({ min: 0, max: 7 });
  const increment = fc.tuple(fc.constantFrom(1n, 5n, 25n), decimals);

  test('are read as the model reads them, on the fast way and on the general one', async () => {
    const price = fc.tuple(
      fc.integer({ min: 1, max: 400_000_000 }),
      fc.integer({ min: 0, max: 6 }),
    );
    const property = fc.asyncProperty(increment, price, async ([step, places], [count, zeros]) => {
      const text = Number(step) === 1 && zeros === 0 ? '1' : step.toString();
      const priceIncrement = { coefficient: BigInt(text), decimals: places };
      const instrument = { ...EURUSD, priceIncrement };
      const digits = (BigInt(count) * priceIncrement.coefficient)
        .toString()
        .padStart(places + 1, '0');
      const whole = digits.slice(0, digits.length - places);
      const fraction = digits.slice(digits.length - places) + '0'.repeat(zeros);
      const shown = fraction === '' ? whole : `${whole}.${fraction}`;
      const expected = parsePrice(instrument, shown);
      assert.equal(expected, count);
      const plain = await read(`${HEADER}1,${shown},${shown}\n`, { instrument });
      const mapped = await read(`x,time,b,a\n?,1,${shown},${shown}\n`, {
        instrument,
        format: MAPPED,
      });
      assert.deepEqual(plain.rows[0]?.slice(2, 4), [count, count]);
      assert.deepEqual(mapped.rows, plain.rows);
    });
    await fc.assert(property, { numRuns: 150 });
  });

  test('between two steps are bad, or rounded half away from zero and counted', async () => {
    const text = `${HEADER}1,1.386764,1.386765\n2,1.3867649999,1.38677\n`;
    const exact = { policy: { off_grid: 'skip' }, maxSkippedShare: 1 } as const;
    const strict = await read(text, { badRows: exact });
    assert.equal(strict.reports[0]?.skipped.off_grid, 2);
    const rounded = await read(text, { format: format({ priceGrid: 'round' }) });
    assert.deepEqual(
      rounded.rows.map((row) => row.slice(2, 4)),
      [
        [138_676, 138_677],
        [138_676, 138_677],
      ],
    );
    assert.equal(rounded.reports[0]?.pricesRounded, 3);
  });

  test('with binary noise are exact with priceGrid round', async () => {
    const text = `${HEADER}1,1.3867600000000002,1.3868599999999998\n`;
    const { rows } = await read(text, { format: format({ priceGrid: 'round' }) });
    assert.deepEqual(rows[0]?.slice(2, 4), [138_676, 138_686]);
  });
});

suite('sizes', () => {
  const columns = { time: 1, bid: 2, ask: 3, bidSize: 4, askSize: 5 };
  const sized = (sizeScale: string) =>
    format({ header: false, columns, sizeScale: parseDecimal(sizeScale) });

  test('become counts rounded down, exactly, whatever the scale', async () => {
    const size = fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 13n }), fc.integer({ min: 0, max: 9 }));
    const scale = fc.constantFrom('1', '1000000', '0.001', '100');
    const step = fc.constantFrom('1', '1000', '0.001', '0.5', '3');
    const property = fc.asyncProperty(
      size,
      scale,
      step,
      async ([digits, places], by, increment) => {
        const padded = digits.toString().padStart(places + 1, '0');
        const fraction = places === 0 ? '' : `.${padded.slice(-places)}`;
        const text = padded.slice(0, padded.length - places) + fraction;
        const instrument = priced('EURUSD', '0.00001', increment);
        const scaled = parseDecimal(by);
        const { coefficient, decimals } = instrument.sizeIncrement;
        const dividend = digits * scaled.coefficient * 10n ** BigInt(decimals);
        const divisor = coefficient * 10n ** BigInt(scaled.decimals + places);
        const expected = dividend / divisor;
        fc.pre(expected <= BigInt(Number.MAX_SAFE_INTEGER));
        const { rows, reports } = await read(`1,1.1,1.2,${text},${text}\n`, {
          instrument,
          format: sized(by),
        });
        assert.deepEqual(rows[0]?.slice(4), [Number(expected), Number(expected)]);
        assert.equal(reports[0]?.sizesRounded, dividend % divisor === 0n ? 0 : 2);
      },
    );
    await fc.assert(property, { numRuns: 200 });
  });

  test('in millions are whole units', async () => {
    const { rows } = await read('1,1.1,1.2,2.06,1\n', { format: sized('1000000') });
    assert.deepEqual(rows[0]?.slice(4), [2_060_000, 1_000_000]);
  });

  test('may be zero and may have exponents', async () => {
    const { rows } = await read('1,1.1,1.2,0,1.3e-05\n2,1.1,1.2,0.0,2E3\n', {
      format: sized('1000000'),
    });
    assert.deepEqual(
      rows.map((row) => row.slice(4)),
      [
        [0, 13],
        [0, 2_000_000_000],
      ],
    );
  });

  test('are refused below zero and beyond a safe integer', async () => {
    for (const [size, reason] of [
      ['-1', 'non_positive'],
      ['9007199254740992', 'out_of_range'],
      ['9e30', 'out_of_range'],
    ] as const) {
      await assert.rejects(read(`1,1.1,1.2,1,${size}\n`, { format: sized('1') }), { reason });
    }
    const largest = await read('1,1.1,1.2,-0.0,9007199254740991\n', { format: sized('1') });
    assert.deepEqual(largest.rows[0]?.slice(4), [0, Number.MAX_SAFE_INTEGER]);
  });

  for (const bad of ['', '.5', '5.', '0.', '+1', '1e', '1e+', '1e99', ' 1', '1 ']) {
    test(`are not ${JSON.stringify(bad)}`, async () => {
      await assert.rejects(read(`1,1.1,1.2,1,${bad}\n`, { format: sized('1') }), {
        code: 'DATA_BAD_ROW',
        reason: 'unparseable',
      });
    });
  }
});

suite('text', () => {
  test('gives the same rows wherever the chunks and the blocks are cut', async () => {
    const text = `\uFEFF\n${HEADER}\r\n1000,1.38676,1.38686\r\n\n2000,1.38677,1.38687`;
    for (let chunkBytes = 1; chunkBytes < 80; chunkBytes += 1) {
      const tuning = { chunkBytes, blockRows: 1 + (chunkBytes % 3) };
      const { rows, reports } = await read(text, { tuning });
      assert.deepEqual(rows, PLAIN_ROWS);
      const { first, skipped, ...report } = reports[0] ?? assert.fail('no report');
      assert.deepEqual([first, Object.values(skipped).every((count) => count === 0)], [{}, true]);
      assert.deepEqual(report, {
        file: report.file,
        entry: undefined,
        rows: 2,
        accepted: 2,
        quotes: 2,
        crossedKept: 0,
        crossedClamped: 0,
        duplicates: 0,
        pricesRounded: 0,
        sizesRounded: 0,
        firstTime: 1_000_000,
        lastTime: 2_000_000,
        endsWithNewline: false,
      });
    }
  });

  test('may have any of the separators', async () => {
    for (const [separator, sign] of [
      ['comma', ','],
      ['semicolon', ';'],
      ['tab', '\t'],
      ['pipe', '|'],
      ['space', ' '],
    ] as const) {
      const { rows } = await read(PLAIN.replaceAll(',', sign), { format: format({ separator }) });
      assert.deepEqual(rows, PLAIN_ROWS);
    }
  });

  test('may hold its columns in any order, among others, and without a header', async () => {
    const mixed = 'ask;note;time;bid\n1.38686;é, 1.2;1000;1.38676\n1.38687;;2000;1.38677\n';
    const byName = await read(mixed, { format: format({ separator: 'semicolon' }) });
    assert.deepEqual(byName.rows, PLAIN_ROWS);
    const body = mixed.slice(mixed.indexOf('\n') + 1);
    const byNumber = await read(body, {
      format: format({
        separator: 'semicolon',
        header: false,
        columns: { time: 3, bid: 4, ask: 1 },
      }),
    });
    assert.deepEqual(byNumber.rows, PLAIN_ROWS);
  });

  test('is unpacked from gzip, gzip in members, deflated and stored zip', async () => {
    const half = PLAIN.length >> 1;
    const members = [PLAIN.slice(0, half), PLAIN.slice(half)].map((part) => gzipSync(part));
    const bytes = Buffer.from(PLAIN);
    const packed = {
      'a.gz': gzipSync(PLAIN),
      'b.GZ': Buffer.concat(members),
      'c.zip': zipBytes([{ name: 'a.csv', bytes }]),
      'd.ZIP': zipBytes([{ name: 'dir/a.csv', bytes, stored: true }]),
    };
    for (const [name, content] of Object.entries(packed)) {
      const { rows } = await read(content, { name, tuning: { chunkBytes: 11 } });
      assert.deepEqual(rows, PLAIN_ROWS, name);
    }
  });
});

suite('a reader', () => {
  test('judges time over the whole list of files and reports each', async () => {
    using folder = new TemporaryFolder();
    const files = ['a.csv', 'b.csv'].map((name) => folder.join(name));
    writeFileSync(files[0] ?? '', PLAIN);
    writeFileSync(files[1] ?? '', `${HEADER}1500,1.38676,1.38686\n3000,1.38677,1.38687\n`);
    const source = { instrument: EURUSD, index, files, format: format() };
    await assert.rejects(readAll(source), { reason: 'time_backwards', line: 2, file: files[1] });
    const policy = { time_backwards: 'skip' } as const;
    const lenient = { ...source, badRows: { policy, maxSkippedShare: 0.5 } };
    const { rows, reports } = await readAll(lenient);
    assert.equal(rows.length, 3);
    assert.deepEqual(
      reports.map(({ rows: all, accepted, skipped, firstTime, lastTime }) => [
        all,
        accepted,
        skipped.time_backwards,
        firstTime,
        lastTime,
      ]),
      [
        [2, 2, 0, 1_000_000, 2_000_000],
        [2, 1, 1, 3_000_000, 3_000_000],
      ],
    );
    assert.deepEqual(reports[1]?.first.time_backwards, {
      line: 2,
      excerpt: '"1500,1.38676,1.38686"',
    });
  });

  test('counts exact duplicates and keeps them', async () => {
    const { rows, reports } = await read(`${PLAIN}2000,1.38677,1.38687\n2000,1.38677,1.38688\n`);
    assert.equal(rows.length, 4);
    assert.equal(reports[0]?.duplicates, 1);
  });

  test('fails when more is skipped than the rules allow, and not before', async () => {
    const crossed = `${PLAIN}3000,1.38700,1.38699\n4000,1.38700,1.38700\n`;
    const policy = { crossed: 'skip' } as const;
    await assert.rejects(read(crossed, { badRows: { policy, maxSkippedShare: 0.24 } }), {
      code: 'DATA_SKIPPED_SHARE',
      message: /25.00 % of 4 rows skipped, allowed are 24.00 %: crossed 1/,
    });
    const { rows } = await read(crossed, { badRows: { policy, maxSkippedShare: 0.25 } });
    assert.equal(rows.length, 3);
  });

  test('believes a jump after five rows that agree, and never one that goes back', async () => {
    const badRows = { policy: { absurd_jump: 'skip' }, maxSkippedShare: 1 } as const;
    const prices = [1, 2, 1, 2, 2, 2, 2, 3, 3, 3.1, 3, 3.2, 3.3, 1.1];
    const lines = prices.map((price, at) => `${at},${price},${price}`).join('\n');
    const { rows, reports } = await read(HEADER + lines, { badRows });
    // 2 2 2 2 do not suffice, and the 2 before the 1 does not help; 3 3 3.1 3 3.2 do: the fifth is
    // taken, and what follows is measured by
    // it.
    assert.deepEqual(
      rows.map((row) => row[0] / 1000),
      [0, 2, 11, 12],
    );
    assert.equal(reports[0]?.skipped.absurd_jump, 10);
    const never = await read(HEADER + lines, { badRows: { ...badRows, jumpConfirmRows: 0 } });
    assert.equal(never.rows.length, 3);
    const off = await read(HEADER + lines, { badRows: { maxJumpBps: 0 } });
    assert.equal(off.rows.length, prices.length);
  });

  test('takes a move of exactly the limit and not one more', async () => {
    const badRows = { maxJumpBps: 1000 };
    await read(`${HEADER}1,1.00000,1.00000\n2,1.10000,1.10000\n`, { badRows });
    await assert.rejects(read(`${HEADER}1,1.00000,1.00000\n2,1.10000,1.10001\n`, { badRows }), {
      reason: 'absurd_jump',
    });
  });

  test('knows what share of its files it has read', async () => {
    using folder = new TemporaryFolder();
    const files = ['a.csv', 'b.csv.gz', 'c.zip'].map((name) => folder.join(name));
    const contents = [PLAIN, gzipSync(PLAIN), zipBytes([{ name: 'c', bytes: Buffer.from(PLAIN) }])];
    for (const [at, file] of files.entries()) writeFileSync(file, contents[at] ?? '');
    const badRows = { policy: { time_backwards: 'skip' }, maxSkippedShare: 1 } as const;
    const source = { instrument: EURUSD, index, files, format: format(), badRows };
    const reader = new QuoteReader(source, { blockRows: 1 });
    assert.equal(reader.share, 0);
    const shares: number[] = [];
    for await (const _ of reader) shares.push(reader.share);
    assert.deepEqual(
      shares,
      shares.toSorted((a, b) => a - b),
    );
    assert.equal(shares[0], 1 / 3);
    assert.equal(reader.share, 1);
  });

  test('closes its file when the consumer leaves early', async () => {
    using folder = new TemporaryFolder();
    const file = folder.join('a.csv.gz');
    writeFileSync(file, gzipSync(PLAIN));
    const reader = new QuoteReader(
      { instrument: EURUSD, index, files: [file], format: format() },
      { blockRows: 1 },
    );
    for await (const block of reader) {
      assert.equal(block.count, 1);
      break;
    }
    assert.equal(reader.reports.length, 0);
  });
});
