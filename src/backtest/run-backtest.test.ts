import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Assembly } from '../config/assembly.ts';
import { sha256Of } from '../config/canonical-json.ts';
import type { ReadReport } from '../data/bad-rows.ts';
import { DataError } from '../data/data-error.ts';
import { KEEP_EVERYTHING } from '../journal/retention.ts';
import { OrderSizeGate } from '../kernel/gates/order-size.ts';
import type { Strategy, StrategyDefinition, StrategySetup } from '../kernel/strategy/api.ts';
import { createQuoteBlock, type QuoteBlock } from '../market/quotes.ts';
import { TradingState } from '../model/gate.ts';
import { isBootNonce } from '../model/ids.ts';
import { US_PER_SECOND } from '../model/time.ts';
import { money, type Price, type Quantity } from '../model/units.ts';
import { TEST_START, testConfigs, testInstrument } from '../testing/builders.ts';
import { gatesWith } from '../testing/kernel-rig.ts';
import { cleanReport } from '../testing/quote-files.ts';
import { backtestNonce } from './boot-nonce.ts';
import type { BacktestProgress } from './feed-market.ts';
import { readResults } from './report/read-results.ts';
import { reportPage } from './report/report-page.ts';
import { type BacktestResult, runBacktest } from './run-backtest.ts';

/** What a test looks at of a line of `fills.jsonl`. */
type Fill = Readonly<
  Record<
    'venueTime' | 'symbol' | 'executionId' | 'commission' | 'price' | 'side' | 'quantity',
    string
  >
> & { readonly seq: number };

const SPREAD = 10;
const QUOTES = 4000;

/** One quote a second: up by a step for a while, then down, over and over. */
function quoteBlock(count: number, from = 0): QuoteBlock {
  const block = createQuoteBlock(Math.max(count, 1));
  block.count = count;
  for (let i = 0; i < count; i++) {
    const phase = (from + i) % 400;
    const bid = 108_000 + 2 * Math.min(phase, 400 - phase);
    block.time[i] = TEST_START + (from + i) * US_PER_SECOND;
    block.bid[i] = bid;
    block.ask[i] = bid + SPREAD;
  }
  return block;
}

/** Turns its position at every 300th quote, with a stop far away; at times asks for too much. */
function turning(setup: StrategySetup): Strategy {
  const eurusd = setup.instrument('EURUSD');
  setup.quotes(eurusd);
  let seen = 0;
  let side: 'buy' | 'sell' = 'sell';
  return {
    onQuote(context, quote) {
      seen += 1;
      if (seen % 300 !== 0) return;
      side = side === 'buy' ? 'sell' : 'buy';
      const held = Math.abs(context.position(eurusd));
      const units = seen % 1500 === 0 ? 60_000 : 10_000 + held;
      const distance = side === 'buy' ? -500 : 500;
      context.submit({
        instrument: eurusd,
        side,
        type: 'market',
        quantity: units as Quantity,
        stopLoss: (quote.bid + distance) as Price,
      });
    },
  };
}

interface Setup {
  readonly blocks?: readonly QuoteBlock[];
  readonly create?: (setup: StrategySetup) => Strategy;
  readonly changes?: Partial<Assembly>;
  readonly reports?: readonly ReadReport[];
  readonly fails?: Error;
}

function assembly(setup: Setup = {}): Assembly {
  const definition: StrategyDefinition<unknown> = {
    name: 'turning',
    version: 3,
    parameters: { safeParse: (data) => ({ success: true, data }) },
    create: setup.create ?? turning,
  };
  const { kernel, venue } = testConfigs({
    instruments: [testInstrument('EURUSD')],
    strategies: [{ id: 'turn', definition, parameters: {} }],
  });
  const gates = gatesWith(new OrderSizeGate('enforce', [40_000 as Quantity]));
  const blocks = setup.blocks ?? [quoteBlock(QUOTES)];
  return {
    id: 'test',
    configuration: '{}',
    broker: undefined,
    configHash: sha256Of('{}'),
    retention: KEEP_EVERYTHING,
    kernel: { ...kernel, gates },
    venue,
    market: {
      kind: 'files',
      fingerprint: 'sha256:files',
      read: () => ({
        blocks: (async function* () {
          yield* blocks;
          if (setup.fails !== undefined) throw setup.fails;
        })(),
        progress: () => 0.5,
        dataVersion: () => `sha256:${'d'.repeat(64)}`,
        reports: () => setup.reports ?? [],
      }),
    },
    strategySources: ['sha256:source'],
    engineVersion: '1.2.3',
    timeZoneVersion: '2025b',
    prefix: 'T',
    seed: 7,
    tradingState: TradingState.active,
    run: {
      dataDirectory: '/nowhere',
      host: '127.0.0.1',
      port: 0,
      readTokenEnv: 'R',
      controlTokenEnv: 'C',
      stopWithinUs: 0,
      clockJumpMaxUs: 1_000_000,
    },
    ...setup.changes,
  };
}

/** What must be the same in every run. */
function lasting({ summary }: BacktestResult): object {
  return { ...summary, elapsedMs: 0, quotesPerSecond: 0 };
}

describe('a backtest', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tiyf-backtest-'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });
  const lines = (name: string): string[] =>
    readFileSync(join(root, 'out', name), 'utf8')
      .trimEnd()
      .split('\n');

  test('writes what each fill cost, as its price lies to the mid, and a report that can be rebuilt', async () => {
    const path = join(root, 'out');
    const { summary } = await runBacktest(assembly(), { output: { path, overwrite: false } });
    const costs = lines('costs.csv')
      .slice(1)
      .map((line) => line.split(','));
    const fills = lines('fills.jsonl').map((line) => JSON.parse(line) as Fill);
    assert.ok(fills.length > 5);
    assert.equal(costs.length, fills.length);
    fills.forEach((fill, i) => {
      const [seq, time, kind, symbol, reference, bid, ask, spread, slippage, commission] =
        costs[i] ?? [];
      assert.deepEqual(
        [Number(seq), time, kind, symbol, reference, commission],
        [fill.seq, fill.venueTime, 'fill', fill.symbol, fill.executionId, fill.commission],
      );
      const beyondMid = Number(fill.price) - (Number(bid) + Number(ask)) / 2;
      const paid = (fill.side === 'buy' ? 1 : -1) * beyondMid * Number(fill.quantity);
      assert.ok(Math.abs(Number(spread) + Number(slippage) - paid) < 1e-6);
      assert.ok(Number(spread) > 0);
    });
    const prices = lines('prices.csv');
    assert.equal(prices.length, 1 + QUOTES);
    assert.match(prices[1] ?? '', /^EURUSD,1,[^,]+,1\.08005,1\.08005,1\.08005,1\.08005$/);
    assert.equal(readFileSync(join(path, 'configuration.json'), 'utf8'), '{}');
    const page = readFileSync(join(path, 'report.html'), 'utf8');
    assert.equal(page, reportPage(readResults(path)));
    assert.match(page, new RegExp(summary.recordsHash));
  });

  test('counts what happened, and its files hold as many rows', async () => {
    const output = { path: join(root, 'out'), overwrite: false };
    const { summary, summaryText } = await runBacktest(assembly(), { output });
    assert.equal(summary.quotes, QUOTES);
    assert.equal(summary.decisions, 13);
    assert.deepEqual(summary.denials, { 'order_size/order_size_above_limit': 2 });
    assert.ok(summary.trades > 5);
    assert.equal(lines('trades.csv').length, summary.trades + 1);
    assert.equal(lines('fills.jsonl').length, summary.fills);
    const orders = lines('orders.jsonl').map((line) => JSON.parse(line) as { record: string });
    const countOf = (kind: string): number => orders.filter(({ record }) => record === kind).length;
    assert.equal(countOf('decision'), summary.decisions);
    assert.equal(countOf('intent'), summary.orders);
    assert.equal(countOf('child_opened'), summary.protectiveOrders);
    assert.equal(countOf('fill'), summary.fills);
    assert.equal(readFileSync(join(root, 'out', 'summary.json'), 'utf8'), summaryText);
    assert.deepEqual(JSON.parse(summaryText), JSON.parse(JSON.stringify(summary)));
  });

  test('its money adds up, and the last sample is the account at the end', async () => {
    const output = { path: join(root, 'out'), overwrite: false };
    const { summary } = await runBacktest(assembly(), { output });
    const cents = (text: string): number => Math.round(Number(text) * 1e6);
    const { openingBalance, realizedPnl, commission, endingBalance, unrealizedPnl } = summary;
    assert.notEqual(realizedPnl, '0.00');
    assert.equal(
      cents(endingBalance),
      cents(openingBalance) + cents(realizedPnl) - cents(commission),
    );
    assert.equal(cents(summary.endingEquity), cents(endingBalance) + cents(unrealizedPnl));
    const rows = lines('trades.csv').slice(1);
    const pnl = rows.reduce((sum, row) => sum + cents(row.split(',')[7] ?? ''), 0);
    assert.equal(pnl, cents(realizedPnl));
    const last = lines('equity.csv').at(-1)?.split(',');
    assert.deepEqual(last?.slice(1, 4), [endingBalance, unrealizedPnl, summary.endingEquity]);
    assert.equal(`${last?.[0]}`, summary.period.to);
  });

  test('says what is still open at the end', async () => {
    const { summary } = await runBacktest(assembly());
    const [position] = summary.openPositions;
    assert.equal(position?.symbol, 'EURUSD');
    assert.match(position?.quantity ?? '', /^-?10000$/);
    const [order] = summary.openOrders;
    assert.deepEqual(
      { role: order?.role, type: order?.type, state: order?.state, filled: order?.filled },
      { role: 'stop_loss', type: 'stop', state: 'working', filled: '0' },
    );
  });

  test('gives the same result however the market is cut into blocks', async () => {
    const whole = await runBacktest(assembly());
    const blocks = [];
    for (let at = 0; at < QUOTES; at += 333) {
      blocks.push(quoteBlock(Math.min(333, QUOTES - at), at), quoteBlock(0));
    }
    const cut = await runBacktest(assembly({ blocks }));
    assert.deepEqual(lasting(cut), lasting(whole));
  });

  test('its order ids follow from configuration, data and seed', () => {
    const nonce = backtestNonce(assembly());
    assert.ok(isBootNonce(nonce));
    assert.equal(backtestNonce(assembly()), nonce);
    const { market } = assembly();
    const others = [
      { seed: 8 },
      { configHash: 'sha256:other' },
      { market: { ...market, fingerprint: 'sha256:other' } },
    ].map((changes) => backtestNonce(assembly({ changes })));
    assert.equal(new Set([nonce, ...others]).size, 4);
  });

  test('counts the orders that the venue refused, by its reason', async () => {
    const whole = assembly();
    const poor = money(1n);
    const account = { ...whole.kernel.account, openingBalance: poor };
    const changes = {
      kernel: { ...whole.kernel, account },
      venue: { ...whole.venue, account, marginCheck: true },
    };
    const { summary } = await runBacktest(assembly({ changes }));
    assert.equal(summary.fills, 0);
    assert.ok((summary.refusals['insufficient_margin'] ?? 0) > 0);
  });

  test('starts in the trading state that the configuration asks for', async () => {
    const halted = assembly({ changes: { tradingState: TradingState.halted } });
    const { summary } = await runBacktest(halted);
    assert.equal(summary.orders, 0);
    assert.equal(summary.denials['trading_state/halted'], 13);
  });

  test('a market without a quote is an error of data, and leaves nothing', async () => {
    const output = { path: join(root, 'out'), overwrite: false };
    for (const blocks of [[], [quoteBlock(0)]]) {
      await assert.rejects(runBacktest(assembly({ blocks }), { output }), { code: 'DATA_EMPTY' });
    }
    assert.deepEqual(readdirSync(root), []);
  });

  test('an error in the data, a strategy or the caller leaves nothing', async () => {
    const output = { path: join(root, 'out'), overwrite: false };
    const bad = new DataError('DATA_BAD_ROW', 'crossed', { file: 'a.csv', line: 7 });
    await assert.rejects(runBacktest(assembly({ fails: bad }), { output }), bad);
    const create = (setup: StrategySetup): Strategy => {
      setup.quotes(setup.instrument('EURUSD'));
      return {
        onQuote() {
          throw new Error('no idea');
        },
      };
    };
    await assert.rejects(runBacktest(assembly({ create }), { output }), {
      code: 'STRATEGY_FAILED',
      message: 'strategy turn, onQuote: no idea',
    });
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    await assert.rejects(runBacktest(assembly(), { output, signal }), reason);
    assert.deepEqual(readdirSync(root), []);
  });

  test('can be ended while it runs', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const endless = assembly({ blocks: Array.from({ length: 10_000 }, () => quoteBlock(0)) });
    const market = {
      ...endless.market,
      read: () => ({
        ...endless.market.read(),
        blocks: (async function* () {
          for (let at = 0; ; at += QUOTES) yield quoteBlock(QUOTES, at);
        })(),
      }),
    };
    const seen: BacktestProgress[] = [];
    const run = runBacktest(
      { ...endless, market },
      {
        signal: controller.signal,
        onProgress: (progress) => {
          seen.push(progress);
          setImmediate(() => controller.abort(reason));
        },
      },
    );
    await assert.rejects(run, reason);
    assert.ok(seen.length <= 2);
    assert.equal(seen[0]?.share, 0.5);
  });

  test('paths in its summary do not depend on where the files stand', async () => {
    const report = (file: string) => cleanReport(file, 1, 1, 1);
    const filesOf = async (paths: readonly string[]): Promise<string[]> => {
      const { summary } = await runBacktest(assembly({ reports: paths.map(report) }));
      return summary.files.map(({ file }) => file);
    };
    assert.deepEqual(await filesOf(['/a/b/x.csv', '/a/b/c/y.csv']), ['x.csv', 'c/y.csv']);
    assert.deepEqual(await filesOf(['/a/b/x.csv', '/a/bc/y.csv']), ['b/x.csv', 'bc/y.csv']);
    assert.deepEqual(await filesOf(['/x.csv']), ['x.csv']);
    assert.deepEqual(await filesOf(['/a/x.csv']), ['x.csv']);
  });
});
