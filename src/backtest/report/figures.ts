import { approximately, type Exact, exact, exactText, minus, plus, ZERO } from './exact.ts';
import { type Results, timeOf } from './read-results.ts';
import {
  annualReturn,
  calmar,
  dailyReturns,
  expectancy,
  longestDrawdown,
  longestLosingRun,
  type Measured,
  maxDrawdownShare,
  mean,
  profitFactor,
  recoveryFactor,
  sharpe,
  sortino,
  sum,
} from './risk.ts';
import { daysPerYearOf } from './trading-days.ts';

/** What a run came to. Money is an exact decimal; the rest are statistics. */
export interface Figures {
  readonly currency: string;
  /** Ending equity − opening balance − transfers and the like. */
  readonly netProfit: string;
  /** Net profit ÷ opening balance. */
  readonly netReturn: Measured;
  readonly tradingDays: number;
  readonly daysPerYear: number;
  readonly annualReturn: Measured;
  readonly sharpe: Measured;
  readonly sortino: Measured;
  readonly calmar: Measured;
  readonly maxDrawdown: string;
  readonly maxDrawdownShare: number;
  /** Seconds. */
  readonly maxDrawdownDuration: number;
  readonly recoveryFactor: Measured;
  readonly trades: number;
  readonly winners: number;
  readonly losers: number;
  readonly winRate: Measured;
  readonly grossProfit: string;
  readonly grossLoss: string;
  readonly profitFactor: Measured;
  readonly expectancy: Measured;
  readonly largestProfit: string;
  readonly largestLoss: string;
  /** Seconds. */
  readonly meanHolding: Measured;
  readonly longestLosingRun: number;
  /** Share of the time from first to last quote with an open position. */
  readonly exposure: Measured;
}

function ratio(part: number, whole: number, why: string): Measured {
  return whole === 0 ? { undefinedBecause: why } : { value: part / whole };
}

/** Net profit: what the account gained, but for money that was moved in or out. */
export function netProfitOf({ summary }: Results): Exact {
  const gained = minus(exact(summary.endingEquity), exact(summary.openingBalance));
  return minus(gained, exact(summary.otherCash));
}

/** Daily returns of a run; see `dailyReturns`. */
export function returnsOf({ summary, days }: Results): readonly number[] {
  const equities = days.map(({ equity }) => approximately(equity));
  return dailyReturns(Number(summary.openingBalance), equities);
}

function tradeFigures({ trades }: Results) {
  const amounts = trades.pnl.map(exact);
  const pnl = amounts.map(approximately);
  const total = (keeps: (amount: Exact) => boolean): Exact =>
    amounts.reduce((all, one) => (keeps(one) ? plus(all, one) : all), ZERO);
  const winners = pnl.filter((value) => value > 0).length;
  const extreme = (better: (a: Exact, b: Exact) => boolean): Exact =>
    amounts.reduce((most, one) => (better(one, most) ? one : most), ZERO);
  const holding = trades.openTime.map((open, i) => {
    return (timeOf(trades.closeTime[i] ?? '') - timeOf(open)) / 1e6;
  });
  return {
    trades: pnl.length,
    winners,
    losers: pnl.filter((value) => value < 0).length,
    winRate: ratio(winners, pnl.length, 'no trade'),
    grossProfit: exactText(total((one) => one > 0n)),
    grossLoss: exactText(total((one) => one < 0n)),
    profitFactor: profitFactor(pnl),
    expectancy: expectancy(pnl),
    largestProfit: exactText(extreme((a, b) => a > b)),
    largestLoss: exactText(extreme((a, b) => a < b)),
    meanHolding:
      holding.length === 0 ? ({ undefinedBecause: 'no trade' } as const) : { value: mean(holding) },
    longestLosingRun: longestLosingRun(pnl),
  };
}

/** Every figure of a run. */
export function figuresOf(results: Results): Figures {
  const { summary, days, equity, exposed } = results;
  const opening = Number(summary.openingBalance);
  const net = netProfitOf(results);
  const daysPerYear = daysPerYearOf(days.map(({ day }) => day));
  const returns = returnsOf(results);
  const share = maxDrawdownShare(equity.equity, equity.peak);
  const ending = opening + approximately(net);
  const annual = annualReturn(opening, ending, days.length, daysPerYear);
  const span = timeOf(summary.period.to) - timeOf(summary.period.from);
  return {
    currency: summary.accountCurrency,
    netProfit: exactText(net),
    netReturn: ratio(approximately(net), opening, 'the opening balance is 0'),
    tradingDays: days.length,
    daysPerYear,
    annualReturn: annual,
    sharpe: sharpe(returns, daysPerYear),
    sortino: sortino(returns, daysPerYear),
    calmar: calmar(annual, share),
    maxDrawdown: summary.maxDrawdown,
    maxDrawdownShare: share,
    maxDrawdownDuration: longestDrawdown(equity.time, equity.equity, opening) / 1e6,
    recoveryFactor: recoveryFactor(approximately(net), Number(summary.maxDrawdown)),
    ...tradeFigures(results),
    exposure: ratio(sum(exposed.map(([from, to]) => to - from)), span, 'the run has no length'),
  };
}
