import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { DecimalError } from '../../model/decimal.ts';
import { US_PER_MS } from '../../model/time.ts';
import { SUMMARY_SCHEMA_VERSION } from '../summary.ts';
import { NumberColumn } from './columns.ts';
import { approximately, type Exact, exact, plus, ZERO } from './exact.ts';
import { csvRows, linesOf } from './lines.ts';
import { ResultError } from './result-error.ts';
import { TradingDays } from './trading-days.ts';

const decimal = z.string().regex(/^-?\d{1,30}(\.\d{1,12})?$/);
const counts = z.record(z.string(), z.number());

/** What a report reads of `summary.json`; other keys are let be. */
const SUMMARY = z.looseObject({
  id: z.string(),
  accountCurrency: z.string(),
  period: z.object({ from: z.string(), to: z.string() }),
  quotes: z.number(),
  bars: z.number(),
  decisions: z.number(),
  orders: z.number(),
  protectiveOrders: z.number(),
  fills: z.number(),
  trades: z.number(),
  denials: counts,
  shadowDenials: counts,
  refusals: counts.default({}),
  alerts: z.record(
    z.string(),
    z.looseObject({
      severity: z.string(),
      count: z.number(),
      firstTime: z.string(),
      firstText: z.string(),
    }),
  ),
  openingBalance: decimal,
  realizedPnl: decimal,
  commission: decimal,
  financing: decimal,
  otherCash: decimal,
  endingBalance: decimal,
  unrealizedPnl: decimal,
  endingEquity: decimal,
  maxDrawdown: decimal,
  openPositions: z.array(
    z.looseObject({ symbol: z.string(), quantity: z.string(), entryPrice: z.string() }),
  ),
  openOrders: z.array(z.unknown()),
  configHash: z.string(),
  dataVersion: z.string(),
  stateHash: z.string(),
  bookHash: z.string(),
  recordsHash: z.string(),
  records: z.number(),
  strategies: z.array(
    z.looseObject({
      id: z.string(),
      name: z.string(),
      version: z.number(),
      sourceHash: z.string(),
    }),
  ),
  engineVersion: z.string(),
  timeZoneVersion: z.string(),
  schemaVersion: z.literal(SUMMARY_SCHEMA_VERSION),
  files: z.array(
    z.looseObject({
      file: z.string(),
      rows: z.number(),
      accepted: z.number(),
      skipped: counts,
    }),
  ),
});
export type Summary = z.infer<typeof SUMMARY>;

/** The account at the samples; money as numbers, for pictures and statistics. Times in µs. */
export interface Equity {
  readonly time: Float64Array;
  readonly equity: Float64Array;
  /** Highest equity so far, followed at every quote. */
  readonly peak: Float64Array;
}

/** Equity at the last sample of a trading day. */
export interface DayEquity {
  /** Days since 1970-01-01. */
  readonly day: number;
  readonly equity: Exact;
}

/** Rows of `trades.csv` as columns; texts are those of the file. */
export interface Trades {
  readonly openTime: readonly string[];
  readonly closeTime: readonly string[];
  readonly symbol: readonly string[];
  readonly direction: readonly string[];
  readonly entryPrice: readonly string[];
  readonly exitPrice: readonly string[];
  readonly volume: readonly string[];
  readonly pnl: readonly string[];
  readonly pnlR: readonly string[];
  readonly decision: readonly string[];
}

/** What a result directory holds. */
export interface Results {
  readonly directory: string;
  readonly summary: Summary;
  /** Canonical JSON; `undefined` where an earlier version wrote the results. */
  readonly configuration: string | undefined;
  readonly equity: Equity;
  readonly days: readonly DayEquity[];
  readonly trades: Trades;
  /** Spans in which some position was open, µs, in order and apart. */
  readonly exposed: readonly (readonly [from: number, to: number])[];
}

/** µs of a time as results write it. */
export function timeOf(text: string): number {
  const ms = Date.parse(`${text.slice(0, 23)}Z`);
  const time = ms * US_PER_MS + Number(text.slice(23, 26));
  if (!Number.isFinite(time)) throw new ResultError(`${JSON.stringify(text)} is no time`);
  return time;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ResultError(`${path} cannot be read: is this a directory of results?`, { cause });
  }
}

function parseJson(path: string, text: string, line?: number): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ResultError(`${path}${line === undefined ? '' : `:${line}`} is not JSON`, { cause });
  }
}

function readSummary(path: string): Summary {
  const parsed = SUMMARY.safeParse(parseJson(path, readText(path)));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ResultError(`${path}: ${issue?.path.join('.')}: ${issue?.message}`);
}

const EQUITY = ['utc_ts', 'equity', 'peak'];

function readEquity(path: string): { readonly equity: Equity; readonly days: DayEquity[] } {
  const time = new NumberColumn();
  const equity = new NumberColumn();
  const peak = new NumberColumn();
  const days: DayEquity[] = [];
  const calendar = new TradingDays();
  for (const [at = '', value = '', highest = ''] of csvRows(path, EQUITY)) {
    const now = timeOf(at);
    const amount = exact(value);
    time.push(now);
    equity.push(approximately(amount));
    peak.push(approximately(exact(highest)));
    // A sample at the very end of a day is the day's, not the next one's.
    const day = calendar.dayOf(now - 1);
    if (days.at(-1)?.day === day) days.pop();
    days.push({ day, equity: amount });
  }
  return { equity: { time: time.view(), equity: equity.view(), peak: peak.view() }, days };
}

const TRADES = [
  ...['utc_ts_open', 'utc_ts_close', 'symbol', 'direction', 'entry_price', 'exit_price'],
  ...['volume_units', 'pnl_ccy', 'pnl_r', 'decision_id'],
];

function readTrades(path: string): Trades {
  const columns: string[][] = TRADES.map(() => []);
  for (const row of csvRows(path, TRADES)) {
    columns.forEach((column, i) => {
      column.push(row[i] ?? '');
    });
  }
  const column = (name: string): readonly string[] => columns[TRADES.indexOf(name)] ?? [];
  return {
    openTime: column('utc_ts_open'),
    closeTime: column('utc_ts_close'),
    symbol: column('symbol'),
    direction: column('direction'),
    entryPrice: column('entry_price'),
    exitPrice: column('exit_price'),
    volume: column('volume_units'),
    pnl: column('pnl_ccy'),
    pnlR: column('pnl_r'),
    decision: column('decision_id'),
  };
}

/** Texts of a line of `fills.jsonl`: a schema would cost more than all else there is to read. */
function textsOf(value: unknown, names: readonly string[]): readonly string[] | undefined {
  const found = names.map((name): unknown => Reflect.get(Object(value), name));
  return found.every((text) => typeof text === 'string') ? found : undefined;
}

/** What a report reads of `fills.jsonl`. */
interface Fills {
  readonly count: number;
  readonly exposed: Results['exposed'];
}

function readFills(path: string, end: number): Fills {
  const open = new Set<string>();
  const spans: (readonly [number, number])[] = [];
  let since = 0;
  let number = 0;
  for (const line of linesOf(path)) {
    number += 1;
    const texts = textsOf(parseJson(path, line, number), ['time', 'symbol', 'position']);
    if (texts === undefined) throw new ResultError(`${path}:${number} is not a fill`);
    const [time = '', symbol = '', position = ''] = texts;
    const wasFlat = open.size === 0;
    if (/[1-9]/.test(position)) open.add(symbol);
    else open.delete(symbol);
    if (wasFlat && open.size > 0) since = timeOf(time);
    if (!wasFlat && open.size === 0) spans.push([since, timeOf(time)]);
  }
  if (open.size > 0) spans.push([since, end]);
  return { count: number, exposed: spans };
}

/** The file as it stands; refused when it is not the one that the summary tells of. */
function readConfiguration(path: string, { configHash }: Summary): string | undefined {
  if (!existsSync(path)) return undefined;
  const text = readText(path);
  const hash = createHash('sha256').update(text).digest('hex');
  if (configHash === `sha256:${hash}`) return text;
  throw new ResultError(`${path} is damaged or of another run: it is not ${configHash}`);
}

/** Refuses files of another run, or cut at the end of a line. */
function refuseStrangers(results: Results, fills: number): void {
  const { directory, summary, trades, days } = results;
  const last = days.at(-1)?.equity;
  const ending = exact(summary.endingEquity);
  const checks: readonly (readonly [string, string, number, number])[] = [
    ['trades.csv', 'rows', trades.pnl.length, summary.trades],
    ['fills.jsonl', 'lines', fills, summary.fills],
  ];
  for (const [name, what, found, told] of checks) {
    if (found === told) continue;
    const path = join(directory, name);
    throw new ResultError(`${path} has ${found} ${what}, summary.json tells of ${told}`);
  }
  if (last === ending) return;
  const path = join(directory, 'equity.csv');
  throw new ResultError(`${path} does not end at the ${summary.endingEquity} of summary.json`);
}

/**
 * Reads a result directory. Throws {@link ResultError} that names the file, also where files do not
 * belong together.
 */
export function readResults(directory: string): Results {
  const at = (name: string): string => join(directory, name);
  try {
    const summary = readSummary(at('summary.json'));
    const { count, exposed } = readFills(at('fills.jsonl'), timeOf(summary.period.to));
    const results: Results = {
      directory,
      summary,
      configuration: readConfiguration(at('configuration.json'), summary),
      ...readEquity(at('equity.csv')),
      trades: readTrades(at('trades.csv')),
      exposed,
    };
    refuseStrangers(results, count);
    return results;
  } catch (cause) {
    if (!(cause instanceof DecimalError)) throw cause;
    throw new ResultError(`${directory}: ${cause.message}`, { cause });
  }
}

/** Bars of an instrument's mid, for a picture; times in seconds. */
export interface PriceSeries {
  readonly symbol: string;
  readonly barSeconds: number;
  /** Digits behind the point of the instrument's mid. */
  readonly decimals: number;
  readonly time: readonly number[];
  readonly open: readonly number[];
  readonly high: readonly number[];
  readonly low: readonly number[];
  readonly close: readonly number[];
}

const PRICES = ['symbol', 'bar_seconds', 'utc_ts', 'open', 'high', 'low', 'close'];

/** Bars by instrument in the order of the file; empty where there is no `prices.csv`. */
export function readPrices(directory: string): ReadonlyMap<string, PriceSeries> {
  const path = join(directory, 'prices.csv');
  const found = new Map<string, PriceSeries & { decimals: number; time: number[] }>();
  if (!existsSync(path)) return found;
  for (const [symbol = '', seconds = '', time = '', ...texts] of csvRows(path, PRICES)) {
    let series = found.get(symbol);
    if (series === undefined) {
      const lists = { time: [], open: [], high: [], low: [], close: [] };
      series = { symbol, barSeconds: Number(seconds), decimals: 0, ...lists };
      found.set(symbol, series);
    }
    series.time.push(timeOf(time) / 1e6);
    const lists = [series.open, series.high, series.low, series.close];
    texts.forEach((text, i) => {
      (lists[i] as number[]).push(Number(text));
      const digits = text.length - 1 - text.indexOf('.');
      if (text.includes('.') && digits > (series?.decimals ?? 0) && series)
        series.decimals = digits;
    });
  }
  return found;
}

/** What trading an instrument cost; `spread` and `slippage` are unknown for some venues. */
export interface Costs {
  readonly symbol: string;
  readonly fills: number;
  readonly spread: Exact;
  readonly slippage: Exact;
  readonly commission: Exact;
  /** Financing and other entries of the ledger that name the instrument; negative where paid. */
  readonly ledger: Exact;
}

const COSTS = ['kind', 'symbol', 'spread_ccy', 'slippage_ccy', 'commission_ccy', 'amount_ccy'];

/** Sums of `costs.csv` by instrument in the order of first trade; `undefined` without the file. */
export function readCosts(directory: string): readonly Costs[] | undefined {
  const path = join(directory, 'costs.csv');
  if (!existsSync(path)) return undefined;
  const bySymbol = new Map<string, Costs>();
  const amount = (text = ''): Exact => (text === '' ? ZERO : exact(text));
  for (const [kind, symbol = '', spread, slippage, commission, ledger] of csvRows(path, COSTS)) {
    const none = { symbol, fills: 0, spread: ZERO, slippage: ZERO, commission: ZERO, ledger: ZERO };
    const sum = bySymbol.get(symbol) ?? none;
    bySymbol.set(symbol, {
      symbol,
      fills: sum.fills + (kind === 'fill' ? 1 : 0),
      spread: plus(sum.spread, amount(spread)),
      slippage: plus(sum.slippage, amount(slippage)),
      commission: plus(sum.commission, amount(commission)),
      ledger: plus(sum.ledger, amount(ledger)),
    });
  }
  return [...bySymbol.values()];
}
