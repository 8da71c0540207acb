import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assemble } from '../config/assemble.ts';
import { loadConfig } from '../config/load.ts';
import { type KernelRecord, RecordKind } from '../model/records.ts';
import { runBacktest } from './run-backtest.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TICKS = join(ROOT, '../shared/data/fx-oanda-ticks-2014-05');
const skip = existsSync(TICKS) ? false : 'skipped: no sample data';
const SYMBOLS = ['EURUSD', 'NZDUSD', 'XAUUSD'] as const;

function writeConfig(directory: string): string {
  const config = {
    id: 'oanda-2014-05',
    account: { currency: 'USD', balance: '100000' },
    instruments: { use: SYMBOLS },
    market: {
      kind: 'files',
      sources: SYMBOLS.map((symbol) => ({
        symbol,
        files: [join(TICKS, symbol.toLowerCase(), '*_quote.zip')],
        format: { kind: 'lean', zone: 'UTC' },
      })),
    },
    strategies: [
      {
        id: 'cross',
        module: join(ROOT, 'examples/ema-cross/ema-cross.ts'),
        instruments: SYMBOLS,
        parameters: { units: { XAUUSD: '20', '*': '100000' } },
      },
    ],
  };
  const file = join(directory, 'config.json');
  writeFileSync(file, JSON.stringify(config));
  return file;
}

/** Signed value of closed trades in account money, summed from the records. */
class TradeSum {
  pnl = 0n;
  trades = 0;
  readonly symbols = new Set<number>();

  record(record: KernelRecord): void {
    if (record.kind !== RecordKind.tradeClosed) return;
    this.pnl += record.pnl;
    this.trades += 1;
    this.symbols.add(record.instrument);
  }
}

suite('real ticks', { skip }, () => {
  test('the EMA cross trades three instruments straight from the zips, and its books tie out', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'tiyf-samples-'));
    try {
      const assembly = await assemble(loadConfig(writeConfig(directory)), 'backtest');
      const sum = new TradeSum();
      const { summary } = await runBacktest(assembly, { sinks: [sum] });
      assert.equal(summary.quotes, 321_559 + 274_268 + 1_312_635);
      assert.equal(sum.symbols.size, SYMBOLS.length);
      assert.equal(summary.trades, sum.trades);
      assert(sum.trades > 100, `${sum.trades} trades`);
      assert.deepEqual(summary.alerts, {});
      const money = (text: string): bigint => BigInt(Math.round(Number(text) * 1e6));
      assert.equal(money(summary.realizedPnl), sum.pnl);
      assert.equal(
        money(summary.endingBalance),
        money('100000') + sum.pnl - money(summary.commission) + money(summary.financing),
      );
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
