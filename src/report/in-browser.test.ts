import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { comparePage } from '../backtest/compare/compare-page.ts';
import { compareResults } from '../backtest/compare/compare-results.ts';
import { readResults } from '../backtest/report/read-results.ts';
import { reportPage } from '../backtest/report/report-page.ts';
import { NO_BROWSER, TestBrowser } from '../testing/browser.ts';
import { samplePage } from '../testing/sample-page.ts';
import { type SampleResults, writeSampleResults } from '../testing/sample-results.ts';
import { DARK, LIGHT } from './theme.ts';

const EVIL = `<b>"x"</b> & 'y' </script><script>alert(1)</script> <!-- \u2028`;

describe('pages in a browser', { skip: NO_BROWSER }, () => {
  let browser: TestBrowser;
  let root = '';
  let written = 0;
  const sample = (results: SampleResults) => {
    written += 1;
    const directory = join(root, String(written));
    writeSampleResults(directory, results);
    return readResults(directory);
  };

  before(async () => {
    browser = await TestBrowser.launch();
    root = mkdtempSync(join(tmpdir(), 'tiyf-pages-'));
  });
  afterEach(() => browser.closePages());
  after(async () => {
    await browser[Symbol.asyncDispose]();
    rmSync(root, { recursive: true });
  });

  test('a page of every part is accessible, and all names are text', async () => {
    const { page, problems } = await browser.open(samplePage(EVIL, 120));
    assert.deepEqual(await browser.accessibilityProblems(page), []);
    assert.equal(await page.title(), EVIL);
    assert.equal(await page.locator('h1').textContent(), EVIL);
    assert.equal(await page.locator('canvas').count(), 3);
    assert.deepEqual(problems, []);
  });

  test('one row or none draw without an error', async () => {
    for (const rows of [0, 1]) {
      const { problems } = await browser.open(samplePage('few', rows));
      assert.deepEqual(problems, []);
    }
  });

  test('a long list is filtered, sorted and turned by keyboard', async () => {
    const { page, problems } = await browser.open(samplePage('b', 1000));
    const count = page.locator('[data-count]');
    assert.match((await count.textContent()) ?? '', /^1–50 of 1,000 rows, Value /);
    await page.locator('[data-sort="0"]').press('Enter');
    const listed = page.locator('[data-big-table] tbody tr td:first-child').first();
    assert.equal(await listed.textContent(), '999');
    await page.locator('[data-sort="0"]').press('Space');
    assert.equal(await listed.textContent(), '0');
    await page.locator('[data-page="on"]').press('Enter');
    assert.equal(await listed.textContent(), '50');
    await page.locator('[data-choice="1"]').selectOption({ label: 'b' });
    await page.locator('[data-outcome="2"]').selectOption({ label: 'above' });
    const before = (await count.textContent()) ?? '';
    await page.locator('[data-find]').pressSequentially('99');
    await page.locator('[data-count]', { hasNotText: before }).waitFor();
    for (const row of await page.locator('[data-big-table] tbody tr').allTextContents()) {
      assert.match(row, /99/);
      assert.doesNotMatch(row, /-/);
    }
    assert.deepEqual(problems, []);
  });

  test('the button changes the colours, and paper is light', async () => {
    const { page, problems } = await browser.open(samplePage('x', 50), { colours: 'dark' });
    const ground = (): Promise<string> =>
      page.evaluate('getComputedStyle(document.documentElement).getPropertyValue("--page")');
    assert.equal(await ground(), DARK.page);
    await page.locator('[data-theme-toggle]').press('Enter');
    assert.equal(await ground(), LIGHT.page);
    await page.locator('[data-theme-toggle]').press('Enter');
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    assert.equal(await ground(), LIGHT.page);
    assert.deepEqual(problems, []);
  });

  test('a report is accessible in light and dark, and names with markup are text', async () => {
    const results = sample({
      id: EVIL,
      symbol: '<i>"A,B"</i>',
      tradesCents: [100, -250, 0, 325],
      equityCents: [100_000, 100_100, 99_850, 99_850, 100_175],
      configuration: { id: EVIL },
      alerts: { [EVIL]: { severity: 'warning', count: 1, firstTime: '', firstText: EVIL } },
    });
    const { page, problems } = await browser.open(reportPage(results));
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      assert.deepEqual(await browser.accessibilityProblems(page), []);
    }
    assert.equal(await page.locator('h1').textContent(), EVIL);
    const ownBold = 'b:not([data-value], [data-place], [data-candle])';
    assert.equal(await page.locator(`main :is(i, ${ownBold})`).count(), 0);
    assert.match((await page.locator('#warnings').textContent()) ?? '', /alert\(1\)/);
    assert.deepEqual(problems, []);
  });

  test('a report of no trade, of one, and of 50 001 says what it holds and what not', async () => {
    const none = await browser.open(reportPage(sample({ equityCents: [100_000] })));
    assert.equal(await none.page.locator('#trades .note').textContent(), 'No trade was closed.');
    const one = await browser.open(reportPage(sample({ tradesCents: [5] })));
    assert.match((await one.page.locator('[data-count]').textContent()) ?? '', /^1–1 of 1 trades/);
    const tradesCents = Array.from({ length: 50_001 }, (_, i) => (i % 7) - 3);
    const equityCents = Array.from({ length: 20_001 }, (_, i) => 1e6 + (i % 50));
    const text = reportPage(sample({ tradesCents, equityCents }));
    assert.ok(text.length < 10e6, `${text.length}`);
    const many = await browser.open(text);
    const trades = many.page.locator('#trades');
    assert.match((await trades.locator('.note').textContent()) ?? '', /first 50,000 of 50,001/);
    const drawn = await many.page.locator('#overview .note').first().textContent();
    assert.match(drawn ?? '', /of 20,001 samples/);
    await trades.locator('[data-sort="7"]').press('Enter');
    const count = (await trades.locator('[data-count]').textContent()) ?? '';
    assert.match(count, /^1–50 of 50,000 trades/);
    assert.match((await trades.locator('tbody tr').first().textContent()) ?? '', /0\.03/);
    for (const { problems } of [none, one, many]) assert.deepEqual(problems, []);
  });

  test('a comparison opens with its curves and its verdict', async () => {
    const runs = [1, 3, 2].map((by) =>
      sample({ id: EVIL, equityCents: Array.from({ length: 200 }, (_, i) => 1e5 + by * (i % 31)) }),
    );
    const { page, problems } = await browser.open(comparePage(runs, compareResults(runs)));
    assert.deepEqual(await browser.accessibilityProblems(page), []);
    assert.equal(await page.locator('canvas').count(), 1);
    assert.match((await page.locator('#difference').textContent()) ?? '', /Holm/);
    assert.deepEqual(problems, []);
  });
});
