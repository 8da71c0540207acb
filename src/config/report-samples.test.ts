import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { FindingCode, InstrumentReport } from '../data/report/report-types.ts';
import { present } from '../model/assert.ts';
import { namedMarket } from './report-market.ts';

/** Real files; what is odd in them is in ../shared/data/README.md. */
const DATA = join(import.meta.dirname, '../../../shared/data');
const skip = existsSync(join(DATA, 'MANIFEST.csv')) ? false : 'skipped: no sample data';

const OANDA = 'fx-oanda-ticks-2014-05';
const FXCM = 'fx-fxcm-ticks-2014-05';

async function reportOf(file: string, symbol: string, format: object): Promise<InstrumentReport> {
  const market = namedMarket({
    files: [join(DATA, file)],
    symbol,
    format: JSON.stringify(format),
    instruments: undefined,
  });
  const reports = await Array.fromAsync(market.reports());
  return present(reports[0], 'report');
}

async function lean(venue: string, symbol: string, zone: string, days = '*') {
  const files = `${venue}/${symbol.toLowerCase()}/${days}_quote.zip`;
  return await reportOf(files, symbol, { kind: 'lean', zone });
}

function columns(time: string, notation = 'epoch_ms'): object {
  return {
    kind: 'delimited',
    header: true,
    columns: { time, bid: 'bid', ask: 'ask' },
    time: notation,
  };
}

function codes({ findings }: InstrumentReport): FindingCode[] {
  return findings.map(({ code }) => code);
}

/** Spreads of the report against the calibration table, which gives pips to two digits. */
function checkSpreads(report: InstrumentReport, venue: string): void {
  const lines = readFileSync(join(DATA, 'spread-by-hour.csv'), 'utf8').split('\n');
  const rows = lines
    .map((line) => line.split(','))
    .filter(
      ([who, symbol, basis]) => who === venue && symbol === report.symbol && basis === 'ticks',
    );
  assert.equal(rows.length, 25);
  for (const row of rows) {
    const hour = row[5] ?? '';
    const found = hour === 'all' ? report.spread : report.byHour[Number(hour)];
    if (row[7] === '0') continue;
    assert.ok(found !== undefined, `hour ${hour}`);
    assert.equal(found.quotes, Number(row[7]));
    const { p50, p90, p99, max, timeP50, timeP90, timeP99 } = found;
    const expected = row.slice(10, 17).map(Number);
    for (const [at, pips] of [p50, p90, p99, max, timeP50, timeP90, timeP99].entries()) {
      // The table interpolates between two neighbours, which lie apart in a thin tail.
      const wanted = expected[at] ?? Number.NaN;
      const slack = Math.max(0.1001, 0.06 * wanted);
      assert.ok(Math.abs(pips - wanted) <= slack, `${venue} hour ${hour} column ${at}: ${pips}`);
    }
  }
}

suite('a data report of the samples', { skip }, () => {
  test('OANDA EURUSD: clean clock, duplicates, the flat ceiling, the spreads of the table', async () => {
    const report = await lean(OANDA, 'EURUSD', 'UTC');
    assert.deepEqual([report.rows, report.crossed, report.zeroSpreads], [321_559, 0, 0]);
    assert.equal(report.duplicates, 6);
    assert.deepEqual([report.spread?.max, report.rowsAtMaxSpread], [15, 1924]);
    assert.deepEqual(codes(report), ['gaps', 'spread_ceiling', 'duplicate_rows']);
    assert.equal(Math.floor(report.gaps[0]?.openSeconds ?? 0), 387);
    assert.deepEqual([report.clock?.state, report.clock?.confidence], ['fits', 'high']);
    assert.deepEqual(report.missingDays, []);
    checkSpreads(report, 'OANDA');
  });

  test('OANDA by the day: duplicates and shared times of 8 and 9 May', async () => {
    const busy = await lean(OANDA, 'EURUSD', 'UTC', '20140508');
    assert.deepEqual([busy.duplicates, busy.sharedTimes], [4, 1562]);
    assert.equal((await lean(OANDA, 'EURUSD', 'UTC', '20140509')).duplicates, 2);
    assert.equal((await lean(OANDA, 'NZDUSD', 'UTC', '20140509')).duplicates, 2);
  });

  test('OANDA gold: the daily hole lies in the calendar, quotes after 21:00 outside it', async () => {
    const report = await lean(OANDA, 'XAUUSD', 'UTC', '2014050?');
    assert.equal(report.clock?.state, 'fits');
    assert.deepEqual(codes(report), ['outside_session']);
    assert.match(report.findings[0]?.first ?? '', /T21:0\d/);
    assert.ok(report.gaps.every(({ openSeconds }) => openSeconds < 300));
  });

  test('FXCM read as UTC: the clock is five hours behind, crossed and zero shares', async () => {
    const report = await lean(FXCM, 'EURUSD', 'UTC');
    const { clock, rows } = report;
    assert.deepEqual([clock?.state, clock?.shiftMinutes], ['shifted', -300]);
    assert.equal(clock?.confidence, 'high');
    assert.equal(report.findings[0]?.code, 'shifted_clock');
    assert.equal(((100 * report.crossed) / rows).toFixed(1), '10.3');
    assert.equal(((100 * report.zeroSpreads) / rows).toFixed(0), '12');
    assert.equal(report.worstCrossingPips, 2.2);
  });

  test('FXCM on its own clock: it fits, and Sunday begins two hours before the session', async () => {
    const report = await lean(FXCM, 'NZDUSD', '-05:00');
    const { clock, rows } = report;
    assert.equal(clock?.state, 'fits');
    assert.equal(((100 * report.crossed) / rows).toFixed(1), '2.2');
    assert.equal(((100 * report.zeroSpreads) / rows).toFixed(1), '1.5');
    const outside = report.findings.find(({ code }) => code === 'outside_session');
    assert.match(outside?.first ?? '', /^2014-05-04T19:01/);
    checkSpreads(report, 'FXCM');
  });

  test('Dukascopy: a clock that fits, a throttled feed', async () => {
    const folder = 'fx-dukascopy-eurusd-2019-02';
    const report = await reportOf(`${folder}/*.csv.gz`, 'EURUSD', columns('ts_utc_ms'));
    assert.deepEqual(codes(report), ['throttled']);
    assert.deepEqual([report.clock?.state, report.minSpacingMs], ['fits', 50]);
    assert.equal(Math.floor(report.gaps[0]?.openSeconds ?? 0), 76);
    checkSpreads(report, 'Dukascopy');
  });

  test('HistData: New York standard time labelled UTC is found by one weekly close', async () => {
    const file = 'fx-ticks-2020-01/eurusd_20200130-31.csv.gz';
    const { clock } = await reportOf(file, 'EURUSD', columns('stored_ts_ms'));
    assert.deepEqual([clock?.state, clock?.shiftMinutes], ['shifted', -300]);
    assert.equal(clock?.confidence, 'medium');
    const right = await reportOf(file, 'EURUSD', columns('utc_ts_ms'));
    assert.deepEqual([right.clock?.state, codes(right)], ['fits', ['throttled']]);
    checkSpreads(right, 'HistData');
  });

  test('TrueFX AUDUSD stops an hour before the close: no shift; USDJPY has its holes', async () => {
    const file = 'fx-ticks-2020-01/audusd_20200130-31.csv.gz';
    const report = await reportOf(file, 'AUDUSD', columns('ts_utc_ms'));
    assert.deepEqual([report.zeroSpreads, report.sharedTimes], [3498, 179]);
    assert.deepEqual(codes(report), ['stops_early', 'zero_spreads']);
    assert.equal(report.clock?.state, 'fits');
    checkSpreads(report, 'TrueFX');
    const holes = 'fx-truefx-usdjpy-2013-01/usdjpy-ticks.csv';
    const usdjpy = await reportOf(holes, 'USDJPY', columns('timestamp', 'iso'));
    assert.deepEqual([usdjpy.gapsOverMinute, usdjpy.spread?.p50, usdjpy.spread?.max], [2, 2, 7.3]);
  });

  test('GBPUSD minutes on a New York wall clock read as UTC: four hours behind', async () => {
    const format = {
      kind: 'bars',
      header: true,
      columns: { time: 'date' },
      time: 'iso_minute',
      stamp: 'start',
      duration: '1m',
      priceGrid: 'round',
      prices: { kind: 'close', close: 'price', side: 'mid', spread: '0.00020' },
    };
    const file = 'fx-m1-gbpusd-2018-06/gbpusd.csv.gz';
    const { clock } = await reportOf(file, 'GBPUSD', format);
    assert.deepEqual([clock?.state, clock?.shiftMinutes], ['shifted', -240]);
    const right = await reportOf(file, 'GBPUSD', { ...format, zone: 'America/New_York' });
    assert.equal(right.clock?.state, 'fits');
  });
});
