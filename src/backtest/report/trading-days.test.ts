import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { assemble } from '../../config/assemble.ts';
import { loadConfig } from '../../config/load.ts';
import { present } from '../../model/assert.ts';
import { money } from '../../model/units.ts';
import { runBacktest } from '../run-backtest.ts';
import { annualSharpe, FigureSink } from '../sweep/figures.ts';
import { figuresOf } from './figures.ts';
import { readResults } from './read-results.ts';
import { daysPerYearOf, TradingDays, weekdayOf } from './trading-days.ts';

const EXAMPLE = join(import.meta.dirname, '../../../examples/first/config.jsonc');
const MARKET = ['market'];

function at(text: string): number {
  return Date.parse(text) * 1000;
}

suite('trading days', () => {
  test('end at 17:00 in New York, in winter and in summer', () => {
    const days = new TradingDays();
    const ofDate = (date: string): number => at(`${date}T00:00:00Z`) / 86_400_000_000;
    assert.equal(days.dayOf(at('2024-01-12T21:59:59Z')), ofDate('2024-01-12'));
    assert.equal(days.dayOf(at('2024-01-14T22:00:00Z')), ofDate('2024-01-15'));
    assert.equal(days.dayOf(at('2024-07-12T20:59:59Z')), ofDate('2024-07-12'));
    assert.equal(days.dayOf(at('2024-07-14T21:00:00Z')), ofDate('2024-07-15'));
    assert.equal(weekdayOf(ofDate('2024-01-15')), 0);
  });

  test('a year has 365 of them only where some are of a weekend', () => {
    const monday = at('2024-01-15T00:00:00Z') / 86_400_000_000;
    assert.equal(daysPerYearOf([monday, monday + 4]), 252);
    assert.equal(daysPerYearOf([monday, monday + 5]), 365);
  });

  test('are the same to a report and to a sweep, over weekends too', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'tiyf-days-'));
    try {
      const loaded = loadConfig(EXAMPLE, [
        { path: [...MARKET, 'from'], value: '2024-01-08T00:00:00Z' },
        { path: [...MARKET, 'to'], value: '2024-01-20T00:00:00Z' },
        { path: [...MARKET, 'instruments', 'EURUSD', 'quotesPerSecond'], value: '0.02' },
      ]);
      const assembly = await assemble(loaded, 'backtest');
      const { account, calendars } = assembly.kernel;
      const sink = new FigureSink(present(calendars[0], 'calendar'), account);
      const output = { path: join(directory, 'out'), overwrite: false, inputs: [] };
      const { summary } = await runBacktest(assembly, { output, sinks: [sink] });
      const swept = sink.figures(summary, money(0n));
      const reported = figuresOf(readResults(output.path));
      assert.equal(swept.days, 10);
      assert.equal(reported.tradingDays, 10);
      assert.equal(reported.daysPerYear, 252);
      const { sharpe } = reported;
      assert.ok('value' in sharpe, 'a Sharpe ratio');
      assert.ok(Math.abs(sharpe.value - (annualSharpe(swept) ?? 0)) < 1e-9);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
