import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatUtc, US_PER_HOUR } from '../model/time.ts';
import type { TimeUs } from '../model/units.ts';

/** Monday, 2024-01-01T00:00:00Z. */
const START = 1_704_067_200_000_000;

export interface SampleResults {
  readonly id?: string;
  /** Name of the one instrument. */
  readonly symbol?: string;
  /** Profit of each trade in whole cents; they follow each other, an hour each. */
  readonly tradesCents?: readonly number[];
  /** Equity at each sample in whole cents, an hour apart; the opening balance is the first. */
  readonly equityCents?: readonly number[];
  readonly dataVersion?: string;
  readonly configuration?: object | undefined;
  readonly alerts?: object;
}

function cents(value: number): string {
  return (value / 100).toFixed(2);
}

function at(hours: number): string {
  return formatUtc((START + hours * US_PER_HOUR) as TimeUs);
}

function quoted(text: string): string {
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function configurationOf({ id = 'sample', configuration }: SampleResults): string {
  return JSON.stringify(configuration ?? { id, list: [1, { a: 'x' }] });
}

function summaryOf(sample: SampleResults, equity: readonly number[]): object {
  const { id = 'sample', tradesCents = [], alerts = {}, symbol = 'EURUSD' } = sample;
  const hash = `sha256:${'a'.repeat(64)}`;
  const ending = cents(equity.at(-1) ?? 0);
  let peak = equity[0] ?? 0;
  let drawdown = 0;
  for (const value of equity) {
    peak = Math.max(peak, value);
    drawdown = Math.max(drawdown, peak - value);
  }
  return {
    id,
    accountCurrency: 'USD',
    period: { from: at(0), to: at(Math.max(1, equity.length - 1)) },
    ...{ quotes: 1000, bars: 10, decisions: 3, orders: 2, protectiveOrders: 0 },
    fills: 2 * tradesCents.length,
    trades: tradesCents.length,
    denials: { [`order_size/${id}`]: 2 },
    shadowDenials: {},
    refusals: {},
    alerts,
    openingBalance: cents(equity[0] ?? 0),
    ...{ realizedPnl: '0.00', commission: '1.50', financing: '-0.25', otherCash: '0.00' },
    ...{ endingBalance: ending, unrealizedPnl: '0.00', endingEquity: ending },
    maxDrawdown: cents(drawdown),
    openPositions: [{ symbol, quantity: '-1000', entryPrice: '1.10' }],
    openOrders: [],
    configHash: `sha256:${createHash('sha256').update(configurationOf(sample)).digest('hex')}`,
    ...{ dataVersion: sample.dataVersion ?? hash, stateHash: hash },
    ...{ bookHash: hash, recordsHash: hash, records: 12 },
    strategies: [{ id, name: id, version: 1, sourceHash: hash }],
    ...{ engineVersion: '0.1.0', timeZoneVersion: '2025b', schemaVersion: 1 },
    files: [
      { file: `${id}.csv`, rows: 100, accepted: 98, skipped: { crossed: 2, unparseable: 0 } },
    ],
    ...{ elapsedMs: 1, quotesPerSecond: 1 },
  };
}

/** Writes a result directory that says what it is told. */
export function writeSampleResults(directory: string, sample: SampleResults = {}): void {
  const { id = 'sample', symbol = 'EURUSD', tradesCents = [] } = sample;
  const { equityCents = [100_000, 101_000, 100_500] } = sample;
  const write = (name: string, lines: readonly string[]): void =>
    writeFileSync(join(directory, name), lines.map((line) => `${line}\n`).join(''));
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'summary.json'), JSON.stringify(summaryOf(sample, equityCents)));
  writeFileSync(join(directory, 'configuration.json'), configurationOf(sample));
  let peak = 0;
  const equity = equityCents.map((value, i) => {
    peak = Math.max(peak, value);
    return `${at(i)},${cents(value)},0.00,${cents(value)},0.00,${cents(peak)},0.00`;
  });
  write('equity.csv', [
    'utc_ts,balance,unrealized,equity,margin_used,peak,max_drawdown',
    ...equity,
  ]);
  const name = quoted(symbol);
  const trades = tradesCents.map((pnl, i) => {
    const side = i % 2 === 0 ? 'long' : 'short';
    const prices = `1.10,1.1${i % 10}`;
    const decision = quoted(`${id}/${symbol}/${i + 1}`);
    return `${at(i)},${at(i + 1)},${name},${side},${prices},1000,${cents(pnl)},,${decision},1`;
  });
  write('trades.csv', [
    'utc_ts_open,utc_ts_close,symbol,direction,entry_price,exit_price,volume_units,pnl_ccy,' +
      'pnl_r,decision_id,schema_version',
    ...trades,
  ]);
  const fills = tradesCents.flatMap((_, i) => [
    JSON.stringify({ time: at(i), symbol, position: '1000' }),
    JSON.stringify({ time: at(i + 1), symbol, position: '0' }),
  ]);
  write('fills.jsonl', fills);
  write('costs.csv', [
    'seq,utc_ts,kind,symbol,reference,bid,ask,spread_ccy,slippage_ccy,commission_ccy,amount_ccy',
    `1,${at(0)},fill,${name},1,1.10,1.12,2.50,-0.25,1.50,`,
    `2,${at(1)},financing,${name},2,,,,,,-0.25`,
  ]);
  write('prices.csv', [
    'symbol,bar_seconds,utc_ts,open,high,low,close',
    ...equityCents.slice(0, 4000).map((_, i) => `${name},3600,${at(i)},1.10,1.125,1.09,1.11`),
  ]);
}
