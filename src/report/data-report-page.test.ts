import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { NO_BROWSER, TestBrowser } from '../testing/browser.ts';
import { cleanQuotes, reportOf } from '../testing/report-quotes.ts';
import { dataReportPage } from './data-report-page.ts';

const QUOTES = cleanQuotes('2024-01-09T00:00Z', '2024-01-17T00:00Z');
const SHIFTED = QUOTES.map(([time, bid, ask]) => [time + 18_000_000_000, bid, ask] as const);

function instruments() {
  const other = { ...reportOf(QUOTES), symbol: 'GBPUSD' };
  return [reportOf(SHIFTED), other, { ...reportOf([]), symbol: 'AUDUSD' }];
}

const PAGE = dataReportPage({ schemaVersion: 1, instruments: instruments() });

suite('the page of a data report', () => {
  test('says the findings first, and is the same bytes for the same report', () => {
    assert.equal(dataReportPage({ schemaVersion: 1, instruments: instruments() }), PAGE);
    const [finding, activity] = [PAGE.indexOf('shifted clock'), PAGE.indexOf('quotes by hour')];
    assert.ok(finding > 0 && finding < activity);
  });

  test('is read by everyone in light and dark, and asks for nothing', {
    skip: NO_BROWSER,
  }, async () => {
    await using browser = await TestBrowser.launch();
    for (const colours of ['light', 'dark'] as const) {
      const { page, problems } = await browser.open(PAGE, { colours });
      assert.deepEqual(await browser.accessibilityProblems(page), []);
      assert.deepEqual(problems, []);
    }
  });
});
