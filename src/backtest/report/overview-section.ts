import { chart } from '../../report/chart.ts';
import { type Html, html } from '../../report/html.ts';
import { grouped } from '../../report/number-text.ts';
import type { Section } from '../../report/page.ts';
import { type Figure, figures, note, type Tone, toneOf } from '../../report/parts.ts';
import { thinned } from './breakdowns.ts';
import { exact } from './exact.ts';
import type { Figures } from './figures.ts';
import type { Results } from './read-results.ts';
import type { Measured } from './risk.ts';
import { fixed, measuredText, moneyOf, percent } from './texts.ts';

/** Points of the equity curve in the page; of a longer one the extremes are kept. */
export const EQUITY_POINTS_MAX = 20_000;

const count = (value: number): string => grouped(String(value));

function tone(measured: Measured): Tone {
  return 'value' in measured ? toneOf(String(measured.value)) : 'plain';
}

function keyFigures(f: Figures, money: (text: string) => string): Figure[] {
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
    {
      label: 'Sharpe ratio',
      note: `of ${count(f.tradingDays)} trading days`,
      ...measuredText(f.sharpe, (value) => fixed(value, 2)),
    },
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

function equityCharts({ summary, equity }: Results): Html {
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
          `Drawn are ${count(drawn.time.length)} of ${count(equity.time.length)} samples: of ` +
            'each stretch the lowest and the highest. All are in equity.csv.',
        );
  const { accountCurrency: currency } = summary;
  return html`${chart({
    id: 'equity',
    title: `Equity (${currency})`,
    description: `${summary.openingBalance} to ${summary.endingEquity} ${currency}.`,
    x,
    series: [{ label: 'Equity', values, style: 'line', colour: 'accent' }],
    decimals: 2,
    height: 280,
    group: 'time',
  })}${chart({
    id: 'drawdown',
    title: `Below the highest equity so far (${currency})`,
    description: `The largest drawdown is ${summary.maxDrawdown} ${currency}.`,
    x,
    series: [{ label: 'Drawdown', values: below, style: 'area', colour: 'negative' }],
    decimals: 2,
    height: 150,
    group: 'time',
  })}${left}${note('Drag over a chart to zoom in, double-click to see all. Keys: + − ← → and 0.')}`;
}

/** What matters most: the key figures and the equity curve. */
export function overviewSection(results: Results, f: Figures): Section {
  const show = moneyOf(results.summary.openingBalance);
  const money = (text: string): string => show(exact(text));
  return {
    id: 'overview',
    title: 'Overview',
    body: html`${figures(keyFigures(f, money))}${equityCharts(results)}`,
  };
}
