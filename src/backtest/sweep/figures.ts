import type { RecordSink } from '../../kernel/recorder.ts';
import { Calendar, type CalendarTable } from '../../market/calendar.ts';
import { type KernelRecord, RecordKind } from '../../model/records.ts';
import { US_PER_DAY } from '../../model/time.ts';
import type { Money, TimeUs } from '../../model/units.ts';
import { fixed } from '../../report/number-text.ts';
import { dailyReturns, RATIO_DAYS_MIN } from '../report/risk.ts';
import { daysPerYearOf } from '../report/trading-days.ts';
import { moneyText, ratioText } from '../results/decimal-text.ts';
import type { BacktestSummary } from '../summary.ts';
import { momentsOf } from './statistics.ts';

/** What a run is judged by. Money is a decimal in account currency; empty where there is none. */
export interface Figures {
  readonly trades: number;
  /** Ending equity less opening balance: open positions count at their mark. */
  readonly netProfit: string;
  readonly maxDrawdown: string;
  /** Sum of winning trades ÷ sum of losing ones, before commission and financing. */
  readonly profitFactor: string;
  /** Trading days with a sample of the equity curve. */
  readonly days: number;
  /** Mean ÷ standard deviation of daily returns of equity, not annualised. */
  readonly dailySharpe: number | null;
  readonly skewness: number | null;
  readonly kurtosis: number | null;
  /** By how many days the daily ratio is annualised. */
  readonly daysPerYear: number;
  /** Keys of critical alerts. */
  readonly criticalAlerts: readonly string[];
}

/** Equity at a trading day's end: time of its last sample (µs UTC), amount in account money. */
export type EquityPoint = readonly [time: number, equity: string];

/** Days since 1970-01-01 of a trading day that begins at `start`: its date at its middle. */
function dateOf(start: TimeUs): number {
  return Math.floor((start + US_PER_DAY / 2) / US_PER_DAY);
}

/** Follows the records of a run for what its summary does not tell. */
export class FigureSink implements RecordSink {
  readonly #calendar: Calendar;
  readonly #opening: Money;
  readonly #decimals: number = 0;
  readonly #days: { day: TimeUs; time: TimeUs; equity: Money }[] = [];
  #won = 0n;
  #lost = 0n;

  /** `calendar` says where a trading day ends. */
  constructor(
    calendar: CalendarTable,
    account: { readonly openingBalance: Money; readonly decimals: number },
  ) {
    this.#calendar = new Calendar(calendar);
    this.#opening = account.openingBalance;
    this.#decimals = account.decimals;
  }

  record(record: KernelRecord, _seq: number, time: number): void {
    if (record.kind === RecordKind.tradeClosed) {
      if (record.pnl > 0n) this.#won += record.pnl;
      else this.#lost -= record.pnl;
    } else if (record.kind === RecordKind.equityMark) {
      this.#sample(time as TimeUs, (record.balance + record.unrealized) as Money);
    }
  }

  /** A sample at the very end of a day is the day's, not the next one's. */
  #sample(time: TimeUs, equity: Money): void {
    const day = this.#calendar.dayStart((time - 1) as TimeUs);
    const last = this.#days.at(-1);
    if (last?.day === day) {
      last.time = time;
      last.equity = equity;
    } else {
      this.#days.push({ day, time, equity });
    }
  }

  /** Equity at the end of each trading day. */
  curve(): EquityPoint[] {
    return this.#days.map(({ time, equity }) => [time, moneyText(equity, this.#decimals)]);
  }

  #returns(): readonly number[] {
    const equities = this.#days.map(({ equity }) => Number(equity));
    return dailyReturns(Number(this.#opening), equities);
  }

  figures(summary: BacktestSummary, net: Money): Figures {
    const solvent = this.#days.every(({ equity }) => equity > 0n);
    const tells = solvent && this.#days.length >= RATIO_DAYS_MIN;
    const moments = tells ? momentsOf(this.#returns()) : undefined;
    return {
      trades: summary.trades,
      netProfit: moneyText(net, this.#decimals),
      maxDrawdown: summary.maxDrawdown,
      profitFactor: ratioText(this.#won, this.#lost),
      days: this.#days.length,
      dailySharpe: moments === undefined ? null : moments.mean / moments.deviation,
      skewness: moments?.skewness ?? null,
      kurtosis: moments?.kurtosis ?? null,
      daysPerYear: daysPerYearOf(this.#days.map(({ day }) => dateOf(day))),
      criticalAlerts: Object.entries(summary.alerts)
        .filter(([, { severity }]) => severity === 'critical')
        .map(([key]) => key),
    };
  }
}

/** The daily Sharpe ratio times √(days a year), as people compare it. */
export function annualSharpe({ dailySharpe, daysPerYear }: Figures): number | undefined {
  return dailySharpe === null ? undefined : dailySharpe * Math.sqrt(daysPerYear);
}

/** The same as tables show it; a dash where there is none. */
export function sharpeShown(figures: Figures): string {
  const sharpe = annualSharpe(figures);
  return sharpe === undefined ? '–' : fixed(sharpe, 2);
}

/** What a sweep can be asked to look for; a higher score is better. */
export const OBJECTIVES = [
  'net-profit',
  'sharpe',
  'profit-factor',
  'return-on-drawdown',
  'max-drawdown',
] as const;
export type Objective = (typeof OBJECTIVES)[number];

/** How good a run is by a figure; `undefined` where the run has no such figure. */
export function scoreOf(figures: Figures, objective: Objective): number | undefined {
  switch (objective) {
    case 'net-profit':
      return Number(figures.netProfit);
    case 'sharpe':
      return annualSharpe(figures);
    case 'profit-factor':
      return figures.profitFactor === '' ? undefined : Number(figures.profitFactor);
    case 'return-on-drawdown': {
      const drawdown = Number(figures.maxDrawdown);
      return drawdown > 0 ? Number(figures.netProfit) / drawdown : undefined;
    }
    case 'max-drawdown':
      return -Number(figures.maxDrawdown);
  }
}
