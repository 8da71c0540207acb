import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { parseDecimal } from '../model/decimal.ts';
import { instrumentIndex } from '../model/units.ts';
import { bi5, dukascopy, type Tick } from '../testing/binary-files.ts';
import { format, priced, readAll, TemporaryFolder } from '../testing/quote-files.ts';
import type { BadRowRules } from './bad-rows.ts';
import { DataError } from './data-error.ts';
import { dataVersion } from './data-version.ts';
import { hourOfPath } from './file-hour.ts';
import { shortestOfFloat32 } from './number-field.ts';
import { openQuotes } from './open-quotes.ts';

const DATA = join(import.meta.dirname, '../../../shared/data/fx-dukascopy-eurusd-2019-02');
const skip = existsSync(DATA) ? false : 'skipped: no sample data';
const EURUSD = priced('EURUSD', '0.00001');
const index = instrumentIndex(0);
const HOUR_US = 3_600_000_000;
/** 2024-03-01T09:00Z, by a zero-based month. */
const NAME = '2024020109h.bi5';
const HOUR = Date.UTC(2024, 2, 1, 9) * 1000;

async function read(
  hours: readonly (readonly Tick[] | 'empty')[],
  badRows: Partial<BadRowRules> = {},
) {
  using folder = new TemporaryFolder();
  const files = hours.map((ticks, at) => {
    const file = folder.join(NAME.replace('09', String(9 + at).padStart(2, '0')));
    writeFileSync(file, ticks === 'empty' ? '' : bi5(ticks));
    return file;
  });
  return await readAll({ instrument: EURUSD, index, files, format: dukascopy(), badRows });
}

suite('Dukascopy ticks', () => {
  test('are read record for record, sides and units put right', async () => {
    const tick = fc.record({
      ms: fc.nat(3_599_999),
      bid: fc.integer({ min: 100_000, max: 104_000 }),
      spread: fc.nat(300),
      // Volumes are written with few decimals, in millions.
      volumes: fc.tuple(fc.nat(99_999), fc.nat(99_999)),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(tick, { maxLength: 60 }), async (ticks) => {
        ticks.sort((a, b) => a.ms - b.ms);
        const { rows } = await read([
          ticks.map(({ ms, bid, spread, volumes: [ask, other] }): Tick => {
            return [ms, bid + spread, bid, ask / 1000, other / 1000];
          }),
        ]);
        assert.deepEqual(
          rows,
          ticks.map(({ ms, bid, spread, volumes: [ask, other] }) => {
            return [HOUR + ms * 1000, 0, bid, bid + spread, other * 1000, ask * 1000];
          }),
        );
      }),
      { numRuns: 12 },
    );
  });

  test('of an hour without any are an empty file, taken and counted', async () => {
    const tick: Tick = [1, 110_002, 110_000, 1, 1];
    const { rows, reports } = await read([[tick], 'empty', [tick]]);
    assert.deepEqual(
      rows.map(([time]) => time),
      [HOUR + 1000, HOUR + 2 * HOUR_US + 1000],
    );
    assert.deepEqual(
      reports.map((report) => report.rows),
      [1, 0, 1],
    );
  });

  test('that are bad are counted with the number of their record', async () => {
    const good: Tick = [1000, 110_002, 110_000, 1, 1];
    const crossed: Tick = [1000, 110_000, 110_002, 1, 1];
    const late: Tick = [3_600_000, 110_002, 110_000, 1, 1];
    const policy = { crossed: 'skip', out_of_range: 'skip' } as const;
    const { rows, reports } = await read([[good, crossed, late, good]], {
      policy,
      maxSkippedShare: 1,
    });
    assert.equal(rows.length, 2);
    assert.equal(reports[0]?.first.crossed?.line, 2);
    assert.equal(reports[0]?.first.out_of_range?.line, 3);
    assert.equal(reports[0]?.duplicates, 1);
    await assert.rejects(read([[good, crossed]]), (error) => {
      assert(error instanceof DataError);
      assert.equal(error.row, 2);
      assert.match(error.message, /, row 2: crossed: ms 1000, ask 110000, bid 110002, sizes 1 1$/);
      return true;
    });
  });

  test('have sizes by the shortest decimal of their float, rounded down', async () => {
    const volumes = [2.06, 0.75, 1e-6, 1.999e-6, 1234.5, 0];
    const { rows, reports } = await read([
      volumes.map((volume): Tick => [0, 110_002, 110_000, volume, volume]),
    ]);
    assert.deepEqual(
      rows.map(([, , , , size]) => size),
      [2_060_000, 750_000, 1, 1, 1_234_500_000, 0],
    );
    assert.equal(reports[0]?.sizesRounded, 2);
  });

  test('stand on the increment of the instrument or are refused', async () => {
    using folder = new TemporaryFolder();
    const file = folder.join(NAME);
    writeFileSync(file, bi5([[0, 110_005, 110_000, 1, 1]]));
    const source = { instrument: priced('EURUSD', '0.0001'), index, files: [file] };
    await assert.rejects(readAll({ ...source, format: dukascopy() }), /off_grid/);
    const rounded = await readAll({ ...source, format: dukascopy({ priceGrid: 'round' }) });
    assert.deepEqual(rounded.rows[0]?.slice(2, 4), [11_000, 11_001]);
    assert.equal(rounded.reports[0]?.pricesRounded, 1);
  });

  test('equal their decoded copy, quote for quote', { skip }, async () => {
    const folder = join(DATA, 'raw-bi5/20190204');
    const files = readdirSync(folder)
      .toSorted()
      .map((name) => join(folder, name));
    const columns = {
      time: 'ts_utc_ms',
      bid: 'bid',
      ask: 'ask',
      bidSize: 'bid_vol_mio',
      askSize: 'ask_vol_mio',
    };
    const decoded = format({ columns, sizeScale: parseDecimal('1000000') });
    const copy = openQuotes({
      instrument: EURUSD,
      index,
      files: [join(DATA, 'eurusd_20190204.csv.gz')],
      format: decoded,
    });
    const raw = openQuotes({
      instrument: EURUSD,
      index,
      files,
      format: dukascopy({ path: 'YYYYMMDD/HHh_ticks.bi5' }),
    });
    assert.equal(await dataVersion([EURUSD], raw), await dataVersion([EURUSD], copy));
    assert.equal(
      raw.reports.reduce((sum, { accepted }) => sum + accepted, 0),
      136_741,
    );
  });
});

suite('the hour of a path', () => {
  const at = (template: string, file: string): string =>
    new Date(hourOfPath(template, file) / 1000).toISOString().slice(0, 13);

  test('is told by ordinary months or by months from zero, as the template says', () => {
    const own = 'YYYY/ZM/DD/HHh_ticks.bi5';
    assert.equal(at(own, '/d/EURUSD/2019/01/04/13h_ticks.bi5'), '2019-02-04T13');
    assert.equal(at(own.replace('ZM', 'MM'), '/d/2019/01/04/13h_ticks.bi5'), '2019-01-04T13');
    assert.equal(at(own, '2019/11/31/00h_ticks.bi5'), '2019-12-31T00');
    assert.equal(at('*_YYYYMMDD_HH.*', 'x/EURUSD_20190204_23.bi5'), '2019-02-04T23');
  });

  test('is refused where the path does not fit or there is no such hour', () => {
    const own = 'YYYY/ZM/DD/HHh_ticks.bi5';
    const refused: readonly (readonly [string, string, RegExp])[] = [
      [own, '2019/12/04/13h_ticks.bi5', /does not exist; ZM is a month from 00 to 11/],
      [own, '2019/01/30/13h_ticks.bi5', /does not exist/],
      [own, '2019/01/04/24h_ticks.bi5', /does not exist/],
      [own, '12019/01/04/13h_ticks.bi5', /does not end like/],
      [own, '2019/01/04/13h_ticks.bi5.old', /does not end like/],
      [own, '20190104/13h_ticks.bi5', /does not end like/],
      ['YYYY/MM/ZM/DD/HH', '2019/01/01/04/13', /once each/],
      ['YYYY/MM/DD', '2019/01/04', /once each/],
    ];
    for (const [template, file, reason] of refused) {
      assert.throws(() => hourOfPath(template, file), reason, file);
    }
  });
});

suite('the shortest decimal of a float', () => {
  test('reads back as the float, and no shorter one does', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true, min: 0 }), (value) => {
        const shortest = shortestOfFloat32(value);
        assert.equal(Math.fround(shortest), Math.abs(value));
        const digits = shortest.toExponential().replace(/e.*|\./g, '').length;
        if (digits > 1) {
          assert.notEqual(Math.fround(Number(value.toPrecision(digits - 1))), value);
        }
      }),
    );
  });
});
