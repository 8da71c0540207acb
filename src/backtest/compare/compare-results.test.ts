import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type SampleResults, writeSampleResults } from '../../testing/sample-results.ts';
import { figuresOf } from '../report/figures.ts';
import { readCosts, readPrices, readResults } from '../report/read-results.ts';
import { reportPage } from '../report/report-page.ts';
import { compareResults } from './compare-results.ts';
import { testText } from './test-text.ts';

/** Equity of hours: a drift a day of so many cents, and a swing that is the same in every run. */
function equity(days: number, driftCents: number, swingCents = 500): number[] {
  return Array.from({ length: days * 24 }, (_, i) => {
    const day = Math.floor(i / 24);
    return (
      1_000_000 + day * driftCents + ((day * 37) % 11) * swingCents + ((driftCents * day * 7) % 13)
    );
  });
}

function withoutLastLine(text: string): string {
  return text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1);
}

describe('result directories', () => {
  let root = '';
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'tiyf-compare-'));
  });
  after(() => rmSync(root, { recursive: true }));
  let written = 0;
  const write = (results: SampleResults): string => {
    written += 1;
    const directory = join(root, String(written));
    writeSampleResults(directory, results);
    return directory;
  };
  const read = (results: SampleResults) => readResults(write(results));

  test('give figures that follow from their rows, exactly where they are money', () => {
    const results = read({
      symbol: 'A,"B"',
      tradesCents: [1050, -325, -75, 0, 10],
      equityCents: [100_000, 101_000, 99_000, 99_500, 102_000, 101_500],
    });
    const figures = figuresOf(results);
    assert.equal(figures.netProfit, '15.00');
    assert.equal(figures.grossProfit, '10.60');
    assert.equal(figures.grossLoss, '-4.00');
    assert.deepEqual([figures.trades, figures.winners, figures.losers], [5, 2, 2]);
    assert.deepEqual(figures.profitFactor, { value: 10.6 / 4 });
    assert.deepEqual(figures.winRate, { value: 0.4 });
    assert.deepEqual(figures.meanHolding, { value: 3600 });
    assert.equal(figures.longestLosingRun, 2);
    assert.deepEqual(figures.exposure, { value: 1 });
    assert.equal(figures.maxDrawdownShare, 20 / 1010);
    assert.equal(figures.maxDrawdownDuration, 3 * 3600);
    assert.equal(results.trades.symbol[0], 'A,"B"');
    const costs = readCosts(results.directory);
    assert.deepEqual(
      costs?.map(({ symbol, fills }) => [symbol, fills]),
      [['A,"B"', 1]],
    );
    assert.equal(readPrices(results.directory).get('A,"B"')?.decimals, 3);
  });

  test('that an earlier version wrote have a report all the same', () => {
    const directory = write({ tradesCents: [1] });
    for (const name of ['costs.csv', 'prices.csv', 'configuration.json']) {
      rmSync(join(directory, name));
    }
    const page = reportPage(readResults(directory));
    assert.match(page, /these results have no costs\.csv/);
    assert.match(page, /These results have no configuration\.json/);
    assert.equal(page, reportPage(readResults(directory)));
  });

  test('that are damaged are refused with file and line', () => {
    const damaged: readonly (readonly [string, (text: string) => string, RegExp])[] = [
      ['summary.json', () => '{', /summary\.json is not JSON/],
      ['summary.json', (text) => text.replace('"openingBalance":"', '$&x'), /openingBalance/],
      ['equity.csv', (text) => text.replace('equity', 'wealth'), /equity\.csv:1: .*column equity/],
      ['equity.csv', (text) => `${text}2024-01-01T00:00:00.000000Z,1\n`, /equity\.csv:5: /],
      ['trades.csv', (text) => text.replace('-0.05', 'five'), /not a plain decimal/],
      ['fills.jsonl', (text) => `${text}{}\n`, /fills\.jsonl:3 is not a fill/],
      ['summary.json', (text) => text.replace('"schemaVersion":1', '"schemaVersion":2'), /schema/],
      ['configuration.json', (text) => text.slice(0, 9), /configuration\.json is damaged or of/],
      ['configuration.json', (text) => text.replace('x', 'y'), /configuration\.json is damaged/],
      ['trades.csv', withoutLastLine, /trades\.csv has 0 rows, summary\.json tells of 1/],
      ['fills.jsonl', withoutLastLine, /fills\.jsonl has 1 lines, summary\.json tells of 2/],
      ['equity.csv', withoutLastLine, /equity\.csv does not end at the 1005\.00 of summary/],
    ];
    for (const [name, change, wanted] of damaged) {
      const directory = write({ tradesCents: [-5] });
      const path = join(directory, name);
      writeFileSync(path, change(readFileSync(path, 'utf8')));
      assert.throws(() => figuresOf(readResults(directory)), wanted, name);
    }
    assert.throws(() => readResults(join(root, 'nowhere')), { code: 'RESULT_UNREADABLE' });
  });

  test('are told apart when one is better day by day, and not when they only swing', () => {
    const base = read({ equityCents: equity(60, 0) });
    const better = read({ equityCents: equity(60, 900) });
    const wild = read({ equityCents: equity(60, 0, 900) });
    const { differences } = compareResults([base, better, wild]);
    const [first, second] = differences;
    assert.equal(first?.verdict, 'B makes more than A, significant at 5 %');
    assert.equal(second?.verdict, 'C is not distinguishable from A at 5 %');
    assert.match(first ? testText(first) : '', /over 61 days, 95 % interval .* p = < 0\.001$/);
    for (const { test: one, adjustedP } of differences) {
      assert.ok('p' in one && adjustedP !== undefined && adjustedP >= one.p);
    }
  });

  test('that are the same cannot be told apart, and that is said', () => {
    const one = read({ equityCents: equity(30, 5) });
    const { differences, warnings, configuration } = compareResults([one, one]);
    assert.equal(differences[0]?.verdict, 'B cannot be told from A: the same profit on every day');
    assert.deepEqual([warnings, configuration], [[], []]);
  });

  test('differ in the keys of their configurations, and in what makes them unlike', () => {
    const a = read({ configuration: { id: 'x', list: [1, 2], only: {} } });
    const b = read({ configuration: { id: 'y', list: [1, 3, 4] }, dataVersion: 'sha256:other' });
    const { configuration, warnings } = compareResults([a, b]);
    assert.deepEqual(configuration, [
      { key: 'id', values: ['"x"', '"y"'] },
      { key: 'list.1', values: ['2', '3'] },
      { key: 'list.2', values: [undefined, '4'] },
      { key: 'only', values: ['{}', undefined] },
    ]);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /^not the same data: A sha256:a+, B sha256:other$/);
    assert.throws(() => compareResults([a]), /2 to 10 runs/);
  });
});
