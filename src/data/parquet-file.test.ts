import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import fc from 'fast-check';
import { parseDecimal } from '../model/decimal.ts';
import { instrumentIndex } from '../model/units.ts';
import { ParquetMaker, parquet } from '../testing/binary-files.ts';
import {
  allRows,
  blockOf,
  priced,
  type QuoteRow,
  readAll,
  TemporaryFolder,
} from '../testing/quote-files.ts';
import type { BadRowRules } from './bad-rows.ts';
import { openQuotes } from './open-quotes.ts';
import type { ParquetFormat } from './parquet-format.ts';
import { WRITTEN_PARQUET, writeParquet } from './parquet-write.ts';

const EURUSD = priced('EURUSD', '0.00001');
const index = instrumentIndex(0);
/** 2024-03-01T09:00:00.123456Z */
const TIME = Date.UTC(2024, 2, 1, 9) * 1000 + 123_456;
const STAMP = `make_timestamp(${TIME})`;
const QUOTE = `1.14543::DECIMAL(10,5) AS bid, 1.14545::DECIMAL(10,5) AS ask`;

suite('a Parquet file', () => {
  let maker: ParquetMaker;
  before(() => {
    maker = new ParquetMaker();
  });
  after(() => maker[Symbol.dispose]());

  async function read(
    select: string,
    overrides: Partial<ParquetFormat> = {},
    badRows: Partial<BadRowRules> = {},
  ) {
    using folder = new TemporaryFolder();
    const file = folder.join('quotes.parquet');
    writeFileSync(file, await maker.bytes(select));
    const format = parquet(overrides);
    return await readAll({ instrument: EURUSD, index, files: [file], format, badRows });
  }

  test('gives the same price from every type that may hold one', async () => {
    const types = ['DECIMAL(6,5)', 'DECIMAL(10,5)', 'DECIMAL(38,20)', 'DOUBLE', 'VARCHAR'];
    for (const type of types) {
      const { rows } = await read(
        `SELECT ${STAMP} AS time, 1.14543::${type} AS bid, 1.14545::${type} AS ask`,
      );
      assert.deepEqual(rows, [[TIME, 0, 114_543, 114_545, 0, 0]], type);
    }
    for (const type of ['INTEGER', 'BIGINT', 'UBIGINT']) {
      const select = `SELECT ${STAMP} AS time, 1145430::${type} AS bid, 1145450::${type} AS ask`;
      const { rows } = await read(select, { priceDecimals: 6 });
      assert.deepEqual(rows, [[TIME, 0, 114_543, 114_545, 0, 0]], type);
    }
  });

  test('gives the same time from every unit, by its zone or by the declared one', async () => {
    const ms = Math.floor(TIME / 1000) * 1000;
    const seconds = Math.floor(TIME / 1e6) * 1e6;
    const forms: readonly (readonly [string, Partial<ParquetFormat>, number])[] = [
      [STAMP, {}, TIME],
      [`${STAMP}::TIMESTAMPTZ`, { zone: 'America/New_York' }, TIME],
      [`make_timestamp_ns(${TIME}999)`, {}, TIME],
      [`${STAMP}::TIMESTAMP_MS`, {}, ms],
      [`${STAMP}::TIMESTAMP_S`, {}, seconds],
      [STAMP, { zone: 'America/New_York' }, TIME + 5 * 3_600_000_000],
      [STAMP, { zone: '+01:00' }, TIME - 3_600_000_000],
      [`${TIME}999`, { time: 'epoch_ns' }, TIME],
      [`${TIME}`, { time: 'epoch_us' }, TIME],
      [`${ms / 1000}::UBIGINT`, { time: 'epoch_ms' }, ms],
      [`${seconds / 1e6}::INTEGER`, { time: 'epoch_s' }, seconds],
    ];
    for (const [sql, format, expected] of forms) {
      const { rows } = await read(`SELECT ${sql} AS time, ${QUOTE}`, format);
      assert.equal(rows[0]?.[0], expected, sql);
    }
  });

  test('has sizes of any type, scaled and rounded down', async () => {
    const columns = { time: 'time', bid: 'bid', ask: 'ask', bidSize: 'bs', askSize: 'as' };
    for (const type of ['DECIMAL(9,4)', 'DECIMAL(30,4)', 'DOUBLE', 'FLOAT', 'VARCHAR']) {
      const { rows, reports } = await read(
        `SELECT ${STAMP} AS time, ${QUOTE}, 2.06::${type} AS bs, 1.9999::${type} AS "as"`,
        { columns, sizeScale: parseDecimal('100') },
      );
      assert.deepEqual(rows[0]?.slice(4), [206, 199], type);
      assert.equal(reports[0]?.sizesRounded, 1, type);
    }
    const { rows } = await read(
      `SELECT ${STAMP} AS time, ${QUOTE}, 7 AS bs, 9000000000000000 AS "as"`,
      { columns },
    );
    assert.deepEqual(rows[0]?.slice(4), [7, 9_000_000_000_000_000]);
  });

  test('takes a double for its shortest decimal, and one that came of arithmetic is off the grid', async () => {
    const counts = fc.integer({ min: 1, max: 2_000_000_000 });
    await fc.assert(
      fc.asyncProperty(fc.array(counts, { minLength: 1, maxLength: 50 }), async (bids) => {
        bids.sort((a, b) => a - b);
        const list = bids.map((bid) => `${bid}/100000::DOUBLE`).join(', ');
        const rules = { maxJumpBps: 0 };
        const { rows } = await read(
          `SELECT ${STAMP} AS time, bid, bid AS ask FROM (SELECT unnest([${list}]) AS bid)`,
          {},
          rules,
        );
        assert.deepEqual(
          rows.map(([, , bid]) => bid),
          bids,
        );
      }),
      { numRuns: 6 },
    );
    const sum = `SELECT ${STAMP} AS time, 0.1::DOUBLE + 0.2::DOUBLE AS bid, 0.4::DOUBLE AS ask`;
    await assert.rejects(read(sum), /row 1: off_grid/);
    assert.equal((await read(sum, { priceGrid: 'round' })).rows[0]?.[2], 30_000);
  });

  test('has its bad rows counted with their numbers, across chunks', async () => {
    const select = `SELECT make_timestamp(${TIME} + i) AS time,
      CASE WHEN i = 2500 THEN NULL WHEN i = 4000 THEN 9.9 ELSE 1.1 END::DECIMAL(10,5) AS bid,
      1.2::DECIMAL(10,5) AS ask FROM range(5000) t(i)`;
    const policy = { unparseable: 'skip', crossed: 'skip' } as const;
    const { rows, reports } = await read(select, {}, { policy });
    assert.equal(rows.length, 4998);
    assert.equal(reports[0]?.first.unparseable?.line, 2501);
    assert.equal(reports[0]?.first.crossed?.line, 4001);
    assert.equal(reports[0]?.rows, 5000);
  });

  test('is that file and no other, whatever its name looks like', async () => {
    using folder = new TemporaryFolder();
    const quote = (bid: string): string =>
      `SELECT ${STAMP} AS time, ${bid}::DECIMAL(10,5) AS bid, 9::DECIMAL(10,5) AS ask`;
    const right = await maker.bytes(quote('1.1'));
    const wrong = await maker.bytes(quote('2.2'));
    for (const decoy of ['axb.parquet', 'ab.parquet', 'a.parquet', 'bs.parquet']) {
      writeFileSync(folder.join(decoy), wrong);
    }
    mkdirSync(folder.join('bid=7'));
    const names = ['a*b', 'a?b', 'a[x]b', 'b\\s', "q'uote", 'dq"', 'x;drop', 'https:', 'bid=7/a'];
    for (const name of names) {
      const file = folder.join(`${name}.parquet`);
      writeFileSync(file, right);
      const source = { instrument: EURUSD, index, files: [file], format: parquet() };
      const { rows } = await readAll(source);
      assert.deepEqual(
        rows.map(([, , bid]) => bid),
        [110_000],
        name,
      );
    }
  });

  test('that was written is read back as the same quotes, whatever the increments', async () => {
    const increments = fc.constantFrom('0.00001', '0.25', '1', '0.5', '100', '0.000000001');
    const row = fc.tuple(
      fc.nat(1e15),
      fc.integer({ min: 1, max: 2_147_483_647 }),
      fc.integer({ min: 1, max: 2_147_483_647 }),
      fc.maxSafeNat(),
      fc.maxSafeNat(),
    );
    const rows = fc.array(row, { minLength: 1, maxLength: 40 });
    const badRows = { policy: { crossed: 'keep' }, maxJumpBps: 0 } as const;
    await fc.assert(
      fc.asyncProperty(rows, increments, increments, async (drawn, price, size) => {
        using folder = new TemporaryFolder();
        const instrument = priced('XXXYYY', price, size);
        const quotes = drawn
          .toSorted(([a], [b]) => a - b)
          .map(([time, ...rest]): QuoteRow => [time, 0, ...rest]);
        const file = folder.join('back.parquet');
        await writeParquet({ instrument, file }, [blockOf(quotes)]);
        const source = { instrument, index, files: [file], format: WRITTEN_PARQUET, badRows };
        const back = await allRows(openQuotes(source, { blockRows: 7 }));
        // One block is reused, so rows are compared, not blocks.
        assert.deepEqual(back, quotes);
      }),
      { numRuns: 8 },
    );
  });
});
