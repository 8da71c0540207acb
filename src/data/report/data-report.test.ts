import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { US_PER_HOUR, US_PER_MINUTE } from '../../model/time.ts';
import { cleanQuotes, type ReportQuote, reportOf, utcUs } from '../../testing/report-quotes.ts';
import { Histogram } from './histogram.ts';
import type { InstrumentReport } from './report-types.ts';

/** Two weekends, all in winter. */
const CLEAN = cleanQuotes('2024-01-09T00:00Z', '2024-01-24T00:00Z');

function codes({ findings }: InstrumentReport): string[] {
  return findings.map(({ code }) => code);
}

function without(from: string, to: string, quotes = CLEAN): ReportQuote[] {
  const [start, end] = [utcUs(from), utcUs(to)];
  return quotes.filter(([time]) => time < start || time >= end);
}

function moved(quotes: readonly ReportQuote[], byUs: number): ReportQuote[] {
  return quotes.map(([time, bid, ask]) => [time + byUs, bid, ask]);
}

function replaced(change: (quote: ReportQuote, at: number) => ReportQuote): ReportQuote[] {
  return CLEAN.map(change);
}

suite('a data report of generated quotes', () => {
  test('has no finding for clean quotes, and says that the clock fits', () => {
    const report = reportOf(CLEAN);
    assert.deepEqual(report.findings, []);
    assert.equal(report.clock?.state, 'fits');
    assert.equal(report.quotes, CLEAN.length);
    assert.equal(report.gapsOverMinute, 0);
  });

  test('counts every repeated row, wherever in its moment it stands', () => {
    const places = fc.uniqueArray(fc.nat(CLEAN.length - 2), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(places, fc.boolean(), (at, apart) => {
        const quotes = CLEAN.flatMap((quote, i): ReportQuote[] => {
          if (!at.includes(i)) return [quote];
          const [time, bid, ask] = quote;
          return apart ? [quote, [time, bid + 1, ask + 1], quote] : [quote, quote];
        });
        const report = reportOf(quotes);
        assert.equal(report.duplicates, at.length);
        assert.equal(report.sharedTimes, at.length * (apart ? 2 : 1));
        assert.deepEqual(codes(report), ['duplicate_rows']);
      }),
      { numRuns: 8 },
    );
  });

  test('finds a trading day without quotes, and no other day', () => {
    const report = reportOf(without('2024-01-16T22:00Z', '2024-01-17T22:00Z'));
    assert.deepEqual(report.missingDays, [
      { from: '2024-01-16T22:00:00.000000Z', quotes: 0, openHours: 24 },
    ]);
    assert.ok(codes(report).includes('missing_days'));
    assert.equal(report.clock?.state, 'fits');
  });

  test('finds a day with far fewer quotes than the others', () => {
    const [from, to] = [utcUs('2024-01-16T22:00Z'), utcUs('2024-01-17T22:00Z')];
    const report = reportOf(CLEAN.filter(([time], i) => time < from || time >= to || i % 8 === 0));
    assert.deepEqual(
      report.thinDays.map((day) => day.from),
      ['2024-01-16T22:00:00.000000Z'],
    );
  });

  test('counts the open time of a gap alone: a weekend is none, the hour before it is', () => {
    const report = reportOf(without('2024-01-12T21:00Z', '2024-01-14T22:10Z'));
    const [gap] = report.gaps;
    assert.deepEqual(codes(report), ['gaps']);
    assert.ok(gap !== undefined && Math.abs(gap.openSeconds - 70 * 60) <= 80);
    assert.equal(report.findings[0]?.severity, 'warning');
    const quiet = reportOf(without('2024-01-16T10:00Z', '2024-01-16T10:07Z'));
    assert.equal(quiet.gapsOverMinute, 1);
    assert.deepEqual([codes(quiet), quiet.findings[0]?.severity], [['gaps'], 'info']);
  });

  test('finds any shift of the clock by whole and half hours up to fourteen, and says which', () => {
    const shifts = fc.integer({ min: -28, max: 28 }).filter((half) => half !== 0);
    fc.assert(
      fc.property(shifts, (half) => {
        const { clock, findings } = reportOf(moved(CLEAN, (half * US_PER_HOUR) / 2));
        assert.equal(clock?.state, 'shifted');
        assert.equal(clock.shiftMinutes, half * 30);
        assert.equal(clock.confidence, 'high');
        assert.deepEqual([findings[0]?.code, findings[0]?.severity], ['shifted_clock', 'error']);
      }),
      { numRuns: 20 },
    );
  });

  test('tells a wall clock that follows the summer time of New York from a fixed shift', () => {
    const spring = cleanQuotes('2024-02-27T00:00Z', '2024-03-26T00:00Z');
    assert.deepEqual(reportOf(spring).findings, []);
    const summer = utcUs('2024-03-10T07:00Z');
    const wall = spring.map(([time, bid, ask]): ReportQuote => {
      return [time - (time < summer ? 5 : 4) * US_PER_HOUR, bid, ask];
    });
    const { clock } = reportOf(wall);
    assert.equal(clock?.state, 'shifted');
    assert.deepEqual([clock.shiftMinutes, clock.followsSummerTime], [-300, true]);
    const fixed = reportOf(moved(spring, -5 * US_PER_HOUR)).clock;
    assert.deepEqual([fixed?.shiftMinutes, fixed?.followsSummerTime], [-300, false]);
  });

  test('takes a feed that stops an hour before the close for that, and not for a shift', () => {
    const early = CLEAN.filter(([time]) => time < utcUs('2024-01-19T21:00Z'));
    const weekly = without('2024-01-12T21:00Z', '2024-01-12T22:00Z', early);
    for (const quotes of [
      early,
      weekly,
      weekly.filter(([time]) => time > utcUs('2024-01-18T03:00Z')),
    ]) {
      const report = reportOf(quotes);
      assert.equal(report.clock?.state, 'fits');
      assert.ok(codes(report).includes('stops_early'));
      assert.ok(!codes(report).includes('shifted_clock'));
    }
  });

  test('believes a single weekly close only together with the daily widening of spreads', () => {
    const twoDays = CLEAN.filter(
      ([time]) => time >= utcUs('2024-01-18T03:00Z') && time < utcUs('2024-01-19T22:00Z'),
    );
    const shifted = reportOf(moved(twoDays, -5 * US_PER_HOUR)).clock;
    assert.deepEqual([shifted?.state, shifted?.shiftMinutes], ['shifted', -300]);
    assert.equal(shifted?.confidence, 'medium');
    const flat = moved(twoDays, -5 * US_PER_HOUR).map(
      ([t, bid]): ReportQuote => [t, bid, bid + 10],
    );
    assert.equal(reportOf(flat).clock?.state, 'unclear');
  });

  test('counts crossed and zero spreads, quotes outside sessions and rows at a flat ceiling', () => {
    const report = reportOf(
      replaced(([time, bid, ask], i) => {
        if (i % 100 === 7) return [time, bid, bid - 1 - (i % 3)];
        if (i % 100 === 8) return [time, bid, bid];
        return i >= 5000 && i < 5060 ? [time, bid, bid + 400] : [time, bid, ask];
      }),
    );
    const every = Math.floor((CLEAN.length - 8) / 100) + 1;
    // Rows 5007 and 5008 of the ceiling are crossed and zero.
    assert.deepEqual([report.crossed, report.rowsAtMaxSpread], [every, 58]);
    assert.equal(report.zeroSpreads, Math.floor((CLEAN.length - 9) / 100) + 1);
    assert.equal(report.worstCrossingPips, 0.3);
    assert.deepEqual(codes(report), ['crossed_quotes', 'zero_spreads', 'spread_ceiling']);
    const saturday = utcUs('2024-01-13T12:00Z');
    const late = [0, 1, 2].map(
      (n): ReportQuote => [saturday + n * US_PER_MINUTE, 108_000, 108_010],
    );
    const at = CLEAN.findIndex(([time]) => time > saturday);
    const outside = reportOf([...CLEAN.slice(0, at), ...late, ...CLEAN.slice(at)]);
    assert.equal(outside.outsideSession, 3);
    assert.deepEqual(codes(outside), ['outside_session']);
  });

  test('finds prices and times that are coarser than they could be, and a throttled feed', () => {
    const coarse = replaced(([time, bid]) => [
      Math.floor(time / US_PER_MINUTE) * US_PER_MINUTE,
      Math.round(bid / 10) * 10,
      Math.round(bid / 10) * 10 + 10,
    ]).filter(([time], i, all) => time !== all[i - 1]?.[0]);
    const report = reportOf(coarse);
    assert.deepEqual([report.priceStep, report.timeStepUs], ['0.00010', US_PER_MINUTE]);
    assert.deepEqual(codes(report), ['coarse_prices', 'coarse_times']);
    const start = utcUs('2024-01-09T00:00Z');
    let time: number = start;
    const throttled = Array.from({ length: 2000 }, (_, i): ReportQuote => {
      time += 50_000 + ((i * 7919) % 97) * 1000 + (i % 13);
      return [time, 108_000 + (i % 7), 108_010 + (i % 5)];
    });
    assert.ok(codes(reportOf(throttled)).includes('throttled'));
    assert.equal(reportOf(throttled).minSpacingMs, 50);
  });

  test('says that times outside all calendars are an error of the notation', () => {
    const report = reportOf([
      [1_700_000_000, 108_000, 108_010],
      [1_700_000_060, 108_001, 108_011],
    ]);
    assert.deepEqual(codes(report)[0], 'implausible_times');
    assert.equal(report.findings[0]?.severity, 'error');
  });
});

suite('a histogram', () => {
  test('gives every quantile exactly for small values, and within half a percent for large', () => {
    const values = fc.array(fc.integer({ min: -40_000, max: 3_000_000 }), { minLength: 1 });
    fc.assert(
      fc.property(values, fc.double({ min: 0.01, max: 1, noNaN: true }), (list, share) => {
        const histogram = new Histogram();
        for (const value of list) histogram.add(value);
        const sorted = list.toSorted((a, b) => a - b);
        const expected = sorted[Math.ceil(share * list.length) - 1] ?? Number.NaN;
        const found = histogram.quantile(share) ?? Number.NaN;
        const slack = Math.abs(expected) < 16_384 ? 0 : Math.abs(expected) * 0.006;
        assert.ok(Math.abs(found - expected) <= slack, `${found} for ${expected}`);
        assert.equal(histogram.max, sorted.at(-1));
      }),
    );
  });
});
