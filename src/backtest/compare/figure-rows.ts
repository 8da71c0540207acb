import type { Figures } from '../report/figures.ts';
import type { Measured } from '../report/risk.ts';
import { durationText, fixed, measuredText, moneyText, percent } from '../report/texts.ts';

/** Figures that are set side by side: a label, and how the value of a run reads. */
export const FIGURE_ROWS: readonly (readonly [label: string, text: (f: Figures) => string])[] = [
  ['Net profit', (f) => moneyText(f.netProfit)],
  ['Return', (f) => shown(f.netReturn, percent)],
  ['Annual return', (f) => shown(f.annualReturn, percent)],
  ['Sharpe ratio', (f) => shown(f.sharpe, two)],
  ['Sortino ratio', (f) => shown(f.sortino, two)],
  ['Calmar ratio', (f) => shown(f.calmar, two)],
  ['Largest drawdown', (f) => moneyText(f.maxDrawdown)],
  ['Largest drawdown, share', (f) => percent(f.maxDrawdownShare)],
  ['Longest drawdown', (f) => durationText(f.maxDrawdownDuration)],
  ['Recovery factor', (f) => shown(f.recoveryFactor, two)],
  ['Trades', (f) => moneyText(String(f.trades))],
  ['Winning trades', (f) => shown(f.winRate, (value) => percent(value, 1))],
  ['Profit factor', (f) => shown(f.profitFactor, two)],
  ['Expectancy', (f) => shown(f.expectancy, two)],
  ['Mean holding time', (f) => shown(f.meanHolding, durationText)],
  ['Longest losing run', (f) => String(f.longestLosingRun)],
  ['Exposure', (f) => shown(f.exposure, (value) => percent(value, 1))],
  ['Trading days', (f) => String(f.tradingDays)],
];

function two(value: number): string {
  return fixed(value, 2);
}

function shown(measured: Measured, show: (value: number) => string): string {
  return measuredText(measured, show).value;
}
