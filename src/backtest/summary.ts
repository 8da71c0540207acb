import { basename, dirname, relative, sep } from 'node:path';
import type { Assembly } from '../config/assembly.ts';
import type { ReadReport } from '../data/bad-rows.ts';
import type { RecordHasher } from '../journal/hashes.ts';
import { stateHash } from '../journal/hashes.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { present } from '../model/assert.ts';
import { formatQuantity } from '../model/instrument.ts';
import { ORDER_ROLES, ORDER_STATES, ORDER_TYPES, Side } from '../model/order.ts';
import { formatUtc } from '../model/time.ts';
import type { Money, Quantity } from '../model/units.ts';
import type { AlertLog, AlertSummary } from './alert-log.ts';
import type { Fed } from './feed-market.ts';
import type { DenialCounts, RecordCounts } from './record-counts.ts';
import { averagePriceText, moneyText } from './results/decimal-text.ts';
import type { RunNames } from './results/run-names.ts';

export const SUMMARY_SCHEMA_VERSION = 1;

/** A position that is open at the end; `quantity` in units, its sign is the side. */
export interface OpenPosition {
  readonly symbol: string;
  readonly quantity: string;
  readonly entryPrice: string;
}

/** An order that is open at the end, or was on its way. */
export interface OpenOrder {
  readonly order: number;
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly role: string;
  readonly side: 'buy' | 'sell';
  readonly type: string;
  readonly state: string;
  readonly quantity: string;
  readonly filled: string;
  readonly limitPrice: string | undefined;
  readonly stopPrice: string | undefined;
}

/**
 * The result of a backtest, as `summary.json` holds it. Money is a decimal string in account
 * currency; hashes are `sha256:` and hex; times are ISO 8601 in UTC. The same configuration and
 * data give the same summary on every machine, but for the last two figures.
 */
export interface BacktestSummary {
  readonly id: string;
  readonly accountCurrency: string;
  /** Times of the first and the last quote. */
  readonly period: { readonly from: string; readonly to: string };
  readonly quotes: number;
  readonly bars: number;
  readonly decisions: number;
  /** Orders that the engine sent; `protectiveOrders` are stops and targets held by the venue. */
  readonly orders: number;
  readonly protectiveOrders: number;
  readonly fills: number;
  /** Closed slices: rows of `trades.csv`. */
  readonly trades: number;
  readonly denials: DenialCounts;
  readonly shadowDenials: DenialCounts;
  /** Orders that the venue refused, by its reason. */
  readonly refusals: Readonly<Record<string, number>>;
  readonly alerts: Readonly<Record<string, AlertSummary>>;
  readonly openingBalance: string;
  /** Realised profit before commission and financing. */
  readonly realizedPnl: string;
  /** Positive is paid. */
  readonly commission: string;
  /** Negative is paid. */
  readonly financing: string;
  readonly otherCash: string;
  readonly endingBalance: string;
  readonly unrealizedPnl: string;
  readonly endingEquity: string;
  /** Largest fall of equity from a peak, as a positive amount. */
  readonly maxDrawdown: string;
  readonly openPositions: readonly OpenPosition[];
  readonly openOrders: readonly OpenOrder[];
  readonly configHash: string;
  readonly dataVersion: string;
  readonly stateHash: string;
  readonly bookHash: string;
  readonly recordsHash: string;
  readonly records: number;
  readonly strategies: readonly {
    readonly id: string;
    readonly name: string;
    readonly version: number;
    readonly sourceHash: string;
  }[];
  readonly engineVersion: string;
  readonly timeZoneVersion: string;
  readonly schemaVersion: number;
  /** What the readers met; `file` is below the directory that all of them share. */
  readonly files: readonly ReadReport[];
  readonly elapsedMs: number;
  readonly quotesPerSecond: number;
}

/** All that a summary is drawn from, at the end of a run. */
export interface FinishedRun {
  readonly assembly: Assembly;
  readonly kernel: Kernel;
  readonly names: RunNames;
  readonly counts: RecordCounts;
  readonly alerts: AlertLog;
  readonly hasher: RecordHasher;
  readonly fed: Fed;
  readonly dataVersion: string;
  readonly reports: readonly ReadReport[];
  /** Milliseconds from the first byte read to the last record. */
  readonly elapsedMs: number;
}

const HASH_SCHEME = 'sha256:';

/** Draws up the summary. Keys stand in one fixed order. */
export function summarize(run: FinishedRun): BacktestSummary {
  const { assembly, kernel, counts, fed, elapsedMs } = run;
  const { currency } = assembly.kernel.account;
  return {
    id: assembly.id,
    accountCurrency: currency,
    period: { from: formatUtc(fed.from), to: formatUtc(fed.to) },
    quotes: fed.quotes,
    bars: kernel.bars,
    decisions: counts.decisions,
    orders: counts.orders,
    protectiveOrders: counts.protectiveOrders,
    fills: counts.fills,
    trades: counts.trades,
    denials: counts.denials,
    shadowDenials: counts.shadowDenials,
    refusals: counts.refusals,
    alerts: run.alerts.summary(),
    ...moneyOf(run),
    openPositions: openPositions(run),
    openOrders: openOrders(run),
    ...identityOf(run),
    files: withoutSharedDirectory(run.reports),
    elapsedMs: Math.round(elapsedMs),
    quotesPerSecond: Math.round((fed.quotes * 1000) / Math.max(elapsedMs, 1)),
  };
}

function moneyOf({ assembly, kernel }: FinishedRun) {
  const { decimals, openingBalance } = assembly.kernel.account;
  const { account } = kernel.book;
  const text = (amount: Money): string => moneyText(amount, decimals);
  return {
    openingBalance: text(openingBalance),
    realizedPnl: text(account.realized),
    commission: text(account.commission),
    financing: text(account.financing),
    otherCash: text(account.otherCash),
    endingBalance: text(account.balance),
    unrealizedPnl: text(account.unrealized),
    endingEquity: text(account.equity),
    maxDrawdown: text(account.maxDrawdown),
  };
}

function identityOf({ assembly, kernel, hasher, dataVersion }: FinishedRun) {
  return {
    configHash: assembly.configHash,
    dataVersion,
    stateHash: `${HASH_SCHEME}${stateHash(kernel)}`,
    bookHash: `${HASH_SCHEME}${stateHash(kernel.book)}`,
    recordsHash: `${HASH_SCHEME}${hasher.digest()}`,
    records: hasher.records,
    strategies: assembly.kernel.strategies.map(({ id, definition }, i) => ({
      id,
      name: definition.name,
      version: definition.version,
      sourceHash: present(assembly.strategySources[i], `source of strategy ${id}`),
    })),
    engineVersion: assembly.engineVersion,
    timeZoneVersion: assembly.timeZoneVersion,
    schemaVersion: SUMMARY_SCHEMA_VERSION,
  };
}

function openPositions({ assembly, kernel }: FinishedRun): OpenPosition[] {
  return assembly.kernel.instruments.flatMap((instrument, k) => {
    const { quantity, cost } = present(kernel.book.account.positions[k], 'position');
    if (quantity === 0) return [];
    return [
      {
        symbol: instrument.symbol,
        quantity: formatQuantity(instrument, quantity),
        entryPrice: averagePriceText(instrument, cost, Math.abs(quantity) as Quantity),
      },
    ];
  });
}

function openOrders({ kernel, names }: FinishedRun): OpenOrder[] {
  return [...kernel.book.orders.open()].map(({ handle, role, state, filled, terms }) => {
    const k = terms.instrument;
    return {
      order: handle,
      clientOrderId: names.clientOrderId(handle),
      symbol: names.symbol(k),
      role: present(ORDER_ROLES[role], 'role'),
      side: terms.side === Side.buy ? 'buy' : 'sell',
      type: present(ORDER_TYPES[terms.type], 'type'),
      state: present(ORDER_STATES[state], 'state'),
      quantity: names.quantity(k, terms.quantity),
      filled: names.quantity(k, filled),
      limitPrice: names.price(k, terms.limitPrice),
      stopPrice: names.price(k, terms.stopPrice),
    };
  });
}

/** Paths as they differ between machines say nothing about the run: what they share is left out. */
function withoutSharedDirectory(reports: readonly ReadReport[]): ReadReport[] {
  const [first] = reports;
  if (first === undefined) return [];
  let shared = dirname(first.file);
  const isBelow = ({ file }: ReadReport): boolean =>
    file.startsWith(shared.endsWith(sep) ? shared : `${shared}${sep}`);
  while (!reports.every(isBelow) && dirname(shared) !== shared) shared = dirname(shared);
  return reports.map((report) => ({
    ...report,
    file: isBelow(report) ? relative(shared, report.file) : basename(report.file),
  }));
}

/** The text of `summary.json`. */
export function summaryText(summary: BacktestSummary): string {
  return `${JSON.stringify(summary, undefined, 2)}\n`;
}
