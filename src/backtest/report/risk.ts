/**
 * Figures of risk and return. Statistics are doubles and serve the reader alone. A figure that is
 * not defined for a run says why instead of a number.
 */

/** A figure, or the reason why there is none. */
export type Measured = { readonly value: number } | { readonly undefinedBecause: string };

/** Trading days a year: of markets that rest at weekends, and of those that do not. */
export const DAYS_PER_YEAR = 252;
export const DAYS_PER_YEAR_NONSTOP = 365;

/** Fewer trading days than this say nothing about a year. */
export const ANNUAL_DAYS_MIN = 20;

/** Of fewer days a ratio of mean and deviation is a number without a meaning. */
export const RATIO_DAYS_MIN = 5;

const TOO_FEW = `fewer than ${RATIO_DAYS_MIN} trading days`;

function measured(value: number, otherwise: string): Measured {
  return Number.isFinite(value) ? { value } : { undefinedBecause: otherwise };
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

export function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

/** Standard deviation of a sample: the sum of squares is divided by n − 1. */
export function deviation(values: readonly number[]): number {
  const centre = mean(values);
  const squares = values.map((value) => (value - centre) * (value - centre));
  return Math.sqrt(sum(squares) / (values.length - 1));
}

/**
 * Return of each trading day: equity at its last sample ÷ equity of the day before − 1; the first
 * starts from the opening balance. It ends before a day that starts without equity.
 */
export function dailyReturns(opening: number, equities: readonly number[]): readonly number[] {
  const returns: number[] = [];
  let before = opening;
  for (const equity of equities) {
    if (!(before > 0)) break;
    returns.push(equity / before - 1);
    before = equity;
  }
  return returns;
}

/** Mean daily return ÷ its standard deviation (n − 1) × √days a year; riskless return 0. */
export function sharpe(returns: readonly number[], daysPerYear: number): Measured {
  if (returns.length < RATIO_DAYS_MIN) return { undefinedBecause: TOO_FEW };
  const spread = deviation(returns);
  if (spread === 0) return { undefinedBecause: 'daily returns do not vary' };
  return measured((mean(returns) / spread) * Math.sqrt(daysPerYear), 'out of range');
}

/** Mean daily return ÷ √(mean of min(return, 0)²) × √days a year; target return 0. */
export function sortino(returns: readonly number[], daysPerYear: number): Measured {
  if (returns.length < RATIO_DAYS_MIN) return { undefinedBecause: TOO_FEW };
  const downside = Math.sqrt(mean(returns.map((value) => Math.min(value, 0) ** 2)));
  if (downside === 0) return { undefinedBecause: 'no day with a loss' };
  return measured((mean(returns) / downside) * Math.sqrt(daysPerYear), 'out of range');
}

/** (last ÷ first equity)^(days a year ÷ days) − 1. */
export function annualReturn(
  opening: number,
  ending: number,
  days: number,
  daysPerYear: number,
): Measured {
  if (days < ANNUAL_DAYS_MIN) {
    return { undefinedBecause: `fewer than ${ANNUAL_DAYS_MIN} trading days` };
  }
  if (!(opening > 0) || ending <= 0) return { undefinedBecause: 'no equity is left' };
  return measured((ending / opening) ** (daysPerYear / days) - 1, 'out of range');
}

/** Annual return ÷ largest drawdown as a share. */
export function calmar(annual: Measured, maxDrawdownShare: number): Measured {
  if ('undefinedBecause' in annual) return annual;
  if (maxDrawdownShare === 0) return { undefinedBecause: 'no drawdown' };
  return measured(annual.value / maxDrawdownShare, 'out of range');
}

/** Largest (peak − equity) ÷ peak over the samples, 0 to more than 1; 0 without a positive peak. */
export function maxDrawdownShare(equity: Float64Array, peak: Float64Array): number {
  let most = 0;
  for (let i = 0; i < equity.length; i++) {
    const top = peak[i] as number;
    if (top > 0) most = Math.max(most, (top - (equity[i] as number)) / top);
  }
  return most;
}

/** Longest time from a peak of the samples to the first one back at it, or to the last sample. */
export function longestDrawdown(time: Float64Array, equity: Float64Array, opening: number): number {
  let peak = opening;
  let since = time[0] ?? 0;
  let below = false;
  let longest = 0;
  for (let i = 0; i < equity.length; i++) {
    const now = time[i] as number;
    const isBelow = (equity[i] as number) < peak;
    if (below || isBelow) longest = Math.max(longest, now - since);
    below = isBelow;
    if (isBelow) continue;
    peak = equity[i] as number;
    since = now;
  }
  return longest;
}

/** Sum of profits ÷ sum of losses of the trades. */
export function profitFactor(pnl: readonly number[]): Measured {
  if (pnl.length === 0) return { undefinedBecause: 'no trade' };
  const losses = -sum(pnl.filter((value) => value < 0));
  if (losses === 0) return { undefinedBecause: 'no losing trade' };
  return measured(sum(pnl.filter((value) => value > 0)) / losses, 'out of range');
}

/** Mean profit of a trade. */
export function expectancy(pnl: readonly number[]): Measured {
  if (pnl.length === 0) return { undefinedBecause: 'no trade' };
  return { value: mean(pnl) };
}

/** Most losing trades one after the other, in the order in which they were closed. */
export function longestLosingRun(pnl: readonly number[]): number {
  let run = 0;
  let longest = 0;
  for (const value of pnl) {
    run = value < 0 ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}

/** Net profit ÷ largest drawdown, both as amounts. */
export function recoveryFactor(net: number, maxDrawdown: number): Measured {
  if (maxDrawdown === 0) return { undefinedBecause: 'no drawdown' };
  return measured(net / maxDrawdown, 'out of range');
}
