import { html } from '../../report/html.ts';
import { grouped } from '../../report/number-text.ts';
import type { Section } from '../../report/page.ts';
import { table } from '../../report/parts.ts';
import type { Figures } from './figures.ts';
import type { Results } from './read-results.ts';
import type { Measured } from './risk.ts';
import { durationText, fixed, measuredText, moneyText, percent } from './texts.ts';

const count = (value: number): string => grouped(String(value));

type Row = readonly [name: string, value: string, formula: string];

function measuredRow(
  name: string,
  measured: Measured,
  show: (value: number) => string,
  formula: string,
): Row {
  const { value, note: why } = measuredText(measured, show);
  return [name, value, why === undefined ? formula : `${formula} Here: ${why}.`];
}

function riskRows(f: Figures): Row[] {
  const two = (value: number): string => fixed(value, 2);
  const year = `√${f.daysPerYear}`;
  return [
    measuredRow(
      'Sharpe ratio',
      f.sharpe,
      two,
      `Mean daily return ÷ its standard deviation (n − 1) × ${year}; riskless return 0.`,
    ),
    measuredRow(
      'Sortino ratio',
      f.sortino,
      two,
      `Mean daily return ÷ √(mean of min(return, 0)²) × ${year}; target 0.`,
    ),
    measuredRow(
      'Annual return',
      f.annualReturn,
      percent,
      `(1 + return)^(${f.daysPerYear} ÷ trading days) − 1; compounded.`,
    ),
    measuredRow('Calmar ratio', f.calmar, two, 'Annual return ÷ largest drawdown in per cent.'),
    [
      'Largest drawdown',
      moneyText(f.maxDrawdown),
      'Largest fall of equity from a peak, followed at every quote.',
    ],
    [
      'Largest drawdown, share',
      percent(f.maxDrawdownShare),
      'Largest (peak − equity) ÷ peak at the samples of the equity curve.',
    ],
    [
      'Longest drawdown',
      durationText(f.maxDrawdownDuration),
      'Longest time from a peak to the first sample back at it, or to the end.',
    ],
    measuredRow(
      'Recovery factor',
      f.recoveryFactor,
      two,
      'Net profit ÷ largest drawdown, both as amounts.',
    ),
    measuredRow(
      'Profit factor',
      f.profitFactor,
      two,
      'Sum of profits ÷ sum of losses of the trades, before commission and financing.',
    ),
    measuredRow(
      'Expectancy',
      f.expectancy,
      two,
      'Mean profit of a trade, before commission and financing.',
    ),
    ['Gross profit', moneyText(f.grossProfit), 'Sum over winning trades.'],
    ['Gross loss', moneyText(f.grossLoss), 'Sum over losing trades.'],
    ['Largest profit', moneyText(f.largestProfit), 'Of one trade.'],
    ['Largest loss', moneyText(f.largestLoss), 'Of one trade.'],
    [
      'Longest losing run',
      count(f.longestLosingRun),
      'Losing trades one after the other, by time of close.',
    ],
    measuredRow(
      'Mean holding time',
      f.meanHolding,
      durationText,
      'Mean time from open to close of a trade.',
    ),
    measuredRow(
      'Exposure',
      f.exposure,
      (value) => percent(value, 1),
      'Share of the time from first to last quote with an open position.',
    ),
  ];
}

/** The account from opening to end, what was done, and every figure with its formula. */
export function riskSection({ summary }: Results, f: Figures): Section {
  const account = [
    ['Opening balance', moneyText(summary.openingBalance)],
    ['Realized profit', moneyText(summary.realizedPnl)],
    ['Commission', moneyText(summary.commission)],
    ['Financing', moneyText(summary.financing)],
    ['Other cash', moneyText(summary.otherCash)],
    ['Ending balance', moneyText(summary.endingBalance)],
    ['Unrealized profit', moneyText(summary.unrealizedPnl)],
    ['Ending equity', moneyText(summary.endingEquity)],
  ];
  const activity = [
    ['Quotes', count(summary.quotes)],
    ['Bars', count(summary.bars)],
    ['Decisions', count(summary.decisions)],
    ['Orders', count(summary.orders)],
    ['Stops and targets', count(summary.protectiveOrders)],
    ['Fills', count(summary.fills)],
    ['Trades (closed slices)', count(summary.trades)],
    ['Open positions, orders', `${summary.openPositions.length}, ${summary.openOrders.length}`],
  ];
  const pair = (caption: string, rows: readonly (readonly string[])[]) =>
    table({
      caption,
      columns: [
        { title: 'Item', kind: 'text' },
        { title: 'Value', kind: 'number' },
      ],
      rows,
    });
  const risk = table({
    caption:
      `Returns are of ${count(f.tradingDays)} trading days, which end at 17:00 New York: equity ` +
      `at a day's last sample. A year has ${f.daysPerYear} of them.`,
    columns: [
      { title: 'Figure', kind: 'text' },
      { title: 'Value', kind: 'number' },
      { title: 'How it is computed', kind: 'text' },
    ],
    rows: riskRows(f),
  });
  const money = `In ${f.currency}. Commission is what was paid; financing is negative where paid.`;
  return {
    id: 'risk',
    title: 'Account, return and risk',
    short: 'Risk',
    body: html`<div class="columns"><div><h3>Account</h3>${pair(money, account)}</div>
<div><h3>Activity</h3>${pair('Counts over the whole run.', activity)}</div></div>
<h3>Return and risk</h3>${risk}`,
  };
}
