import { chart } from '../../report/chart.ts';
import { html } from '../../report/html.ts';
import { grouped } from '../../report/number-text.ts';
import type { Section } from '../../report/page.ts';
import { type Figure, figures, note, type Tone, table, toneOf } from '../../report/parts.ts';
import { thinned } from './breakdowns.ts';
import type { Figures } from './figures.ts';
import type { Results } from './read-results.ts';
import type { Measured } from './risk.ts';
import { durationText, fixed, measuredText, moneyText, percent } from './texts.ts';

/** Points of the equity curve in the page; of a longer one the extremes are kept. */
export const EQUITY_POINTS_MAX = 20_000;

const count = (value: number): string => grouped(String(value));

function tone(measured: Measured): Tone {
  return 'value' in measured ? toneOf(String(measured.value)) : 'plain';
}

function keyFigures(f: Figures): Figure[] {
  const money = (text: string): string => `${moneyText(text)}`;
  return [
    {
      label: `Net profit (${f.currency})`,
      value: money(f.netProfit),
      tone: toneOf(f.netProfit),
    },
    { label: 'Return', ...measuredText(f.netReturn, percent), tone: tone(f.netReturn) },
    {
      label: `Largest drawdown (${f.currency})`,
      value: money(f.maxDrawdown),
      note: percent(f.maxDrawdownShare),
    },
    { label: 'Sharpe ratio', ...measuredText(f.sharpe, (value) => fixed(value, 2)) },
    { label: 'Profit factor', ...measuredText(f.profitFactor, (value) => fixed(value, 2)) },
    {
      label: 'Trades',
      value: count(f.trades),
      note: `${count(f.winners)} won, ${count(f.losers)} lost`,
    },
    { label: 'Winning trades', ...measuredText(f.winRate, (value) => percent(value, 1)) },
    {
      label: `Expectancy a trade (${f.currency})`,
      ...measuredText(f.expectancy, (value) => fixed(value, 2)),
      tone: tone(f.expectancy),
    },
  ];
}

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

export function figureSection({ summary }: Results, f: Figures): Section {
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
    caption: `Returns are of ${count(f.tradingDays)} trading days: equity at the last sample before 17:00 New York. A year has ${f.daysPerYear} of them.`,
    columns: [
      { title: 'Figure', kind: 'text' },
      { title: 'Value', kind: 'number' },
      { title: 'How it is computed', kind: 'text' },
    ],
    rows: riskRows(f),
  });
  return {
    id: 'figures',
    title: 'Key figures',
    short: 'Figures',
    body: html`${figures(keyFigures(f))}
<div class="columns"><div><h3>Account</h3>${pair(`Money in ${f.currency}. Commission is what was paid; financing is negative where it was paid.`, account)}</div>
<div><h3>Activity</h3>${pair('Counts over the whole run.', activity)}</div></div>
<h3>Return and risk</h3>${risk}`,
  };
}

export function equitySection({ summary, equity }: Results): Section {
  const drawn = thinned(equity, EQUITY_POINTS_MAX);
  const x = {
    kind: 'time',
    values: [...drawn.time].map((time) => Math.round(time / 1e3) / 1e3),
  } as const;
  const cents = (value: number): number => Math.round(value * 100) / 100;
  const values = [...drawn.equity].map(cents);
  const below = values.map((value, i) => cents(Math.min(0, value - (drawn.peak[i] as number))));
  const left =
    equity.time.length === drawn.time.length
      ? undefined
      : note(
          `Drawn are ${count(drawn.time.length)} of ${count(equity.time.length)} samples: of each stretch the lowest and the highest. All are in equity.csv.`,
        );
  return {
    id: 'equity',
    title: 'Equity',
    body: html`${chart({
      id: 'equity',
      title: `Equity (${summary.accountCurrency})`,
      description: `From ${summary.openingBalance} to ${summary.endingEquity} ${summary.accountCurrency}.`,
      x,
      series: [{ label: 'Equity', values, style: 'line', colour: 'accent' }],
      decimals: 2,
      height: 280,
      group: 'time',
    })}${chart({
      id: 'drawdown',
      title: `Below the highest equity so far (${summary.accountCurrency})`,
      description: `The largest drawdown is ${summary.maxDrawdown} ${summary.accountCurrency}.`,
      x,
      series: [{ label: 'Drawdown', values: below, style: 'area', colour: 'negative' }],
      decimals: 2,
      height: 150,
      group: 'time',
    })}${left}${note('Drag over a chart to zoom in, double-click to see all. With the keyboard: + − ← → and 0.')}`,
  };
}
