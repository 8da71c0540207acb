import { WEEKDAYS } from '../../model/instrument.ts';
import { US_PER_DAY } from '../../model/time.ts';
import { chart } from '../../report/chart.ts';
import { heatTable } from '../../report/heat-table.ts';
import { type Html, html } from '../../report/html.ts';
import { grouped } from '../../report/number-text.ts';
import type { Section } from '../../report/page.ts';
import { note, table, toned, toneOf } from '../../report/parts.ts';
import { distribution, groupTrades, type Month, monthsOf, type TradeGroup } from './breakdowns.ts';
import { approximately, type Exact, exact, exactText, plus, ZERO } from './exact.ts';
import { type Results, timeOf } from './read-results.ts';
import { fixed, moneyOf, NONE, percent } from './texts.ts';
import { weekdayOf } from './trading-days.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function returnOf({ pnl, before }: Pick<Month, 'pnl' | 'before'>): number | undefined {
  return before > 0n ? approximately(pnl) / approximately(before) : undefined;
}

interface Year {
  readonly year: number;
  readonly months: readonly (Month | undefined)[];
  readonly whole: Pick<Month, 'pnl' | 'before'>;
}

function yearsOf(months: readonly Month[]): Year[] {
  const years = [...new Set(months.map(({ year }) => year))];
  return years.map((year) => {
    const own = months.filter((month) => month.year === year);
    const pnl = own.reduce((sum, month) => plus(sum, month.pnl), ZERO);
    const before = own[0]?.before ?? ZERO;
    const list = MONTHS.map((_, i) => own.find(({ month }) => month === i + 1));
    return { year, months: list, whole: { pnl, before } };
  });
}

/** Returns and profits by month of the trading day. */
export function monthSection({ summary, days }: Results): Section {
  const years = yearsOf(monthsOf(exact(summary.openingBalance), days));
  const money = moneyOf(summary.openingBalance);
  const share = (value: number | undefined): string =>
    value === undefined ? NONE : fixed(value * 100, 2);
  const returns = heatTable({
    caption: 'Return in per cent: change of equity ÷ equity before the month.',
    corner: 'Year',
    columns: MONTHS,
    totalColumns: ['Year'],
    rows: years.map(({ year, months, whole }) => ({
      head: String(year),
      cells: months.map((month) => {
        if (month === undefined) return undefined;
        const value = returnOf(month);
        return { value: value ?? 0, text: share(value) };
      }),
      totals: [share(returnOf(whole))],
    })),
  });
  const profits = heatTable({
    caption: `Profit in ${summary.accountCurrency}: change of equity.`,
    corner: 'Year',
    columns: MONTHS,
    totalColumns: ['Year'],
    rows: years.map(({ year, months, whole }) => ({
      head: String(year),
      cells: months.map(
        (month) => month && { value: approximately(month.pnl), text: money(month.pnl) },
      ),
      totals: [money(whole.pnl)],
    })),
  });
  return {
    id: 'months',
    title: 'Months',
    body: html`<h3>Return</h3>${returns}<h3>Profit</h3>${profits}`,
  };
}

function groupTable(
  caption: string,
  head: string,
  groups: readonly TradeGroup[],
  money: (amount: Exact) => string,
): Html {
  return table({
    caption,
    columns: [
      { title: head, kind: 'text' },
      { title: 'Trades', kind: 'number' },
      { title: 'Won', kind: 'number' },
      { title: 'Profit', kind: 'number' },
    ],
    rows: groups.map(({ name, trades, winners, pnl }) => [
      name,
      grouped(String(trades)),
      trades === 0 ? NONE : percent(winners / trades, 1),
      toned(money(pnl), toneOf(exactText(pnl))),
    ]),
  });
}

function profitChart(id: string, title: string, groups: readonly TradeGroup[]): Html {
  return chart({
    id,
    title,
    description: groups.map(({ name, pnl }) => `${name}: ${exactText(pnl)}`).join(', '),
    x: { kind: 'category', labels: groups.map(({ name }) => name) },
    series: [
      {
        label: 'Profit',
        values: groups.map(({ pnl }) => approximately(pnl)),
        style: 'signed-bars',
        colour: 'accent',
      },
    ],
    decimals: 2,
    height: 180,
  });
}

function distributionChart({ trades, summary }: Results): Html {
  const buckets = distribution(trades.pnl.map(Number));
  const decimals = Math.max(0, ...buckets.map(({ from }) => decimalsOf(from)));
  const label = (value: number): string => fixed(value, Math.min(decimals, 6));
  return chart({
    id: 'distribution',
    title: `Trades by profit (${summary.accountCurrency})`,
    description: `Number of trades in ${buckets.length} buckets of equal width.`,
    x: {
      kind: 'category',
      labels: buckets.map(({ from, to }, i) => {
        if (i === 0 && buckets.length > 1) return `< ${label(to)}`;
        return i === buckets.length - 1 ? `≥ ${label(from)}` : label(from);
      }),
    },
    series: [
      {
        label: 'Won',
        values: buckets.map(({ from, count }) => (from >= 0 ? count : null)),
        style: 'bars',
        colour: 'positive',
      },
      {
        label: 'Lost',
        values: buckets.map(({ from, count }) => (from < 0 ? count : null)),
        style: 'bars',
        colour: 'negative',
      },
    ],
    decimals: 0,
    height: 180,
  });
}

function decimalsOf(value: number): number {
  const text = String(Math.round(value * 1e6) / 1e6);
  return text.includes('.') ? text.length - 1 - text.indexOf('.') : 0;
}

/** Where and when the trades gained and lost. */
export function patternSection(results: Results): Section {
  const { trades, summary } = results;
  const time = trades.closeTime.map(timeOf);
  const instruments = [...groupTrades(trades, (row) => trades.symbol[row] ?? '')];
  instruments.sort((a, b) => (a.name < b.name ? -1 : 1));
  const hour = (row: number): string => (trades.closeTime[row] ?? '').slice(11, 13);
  const hours = Array.from({ length: 24 }, (_, i) => String(i).padStart(2, '0'));
  const weekday = (row: number): string =>
    WEEKDAYS[weekdayOf(Math.floor((time[row] ?? 0) / US_PER_DAY))] ?? '';
  const byHour = groupTrades(trades, hour, hours);
  const byWeekday = groupTrades(trades, weekday, WEEKDAYS);
  const money = moneyOf(summary.openingBalance);
  const close = 'by time of close, UTC';
  const caption = `Profit in ${summary.accountCurrency}, before commission and financing`;
  return {
    id: 'patterns',
    title: 'Where profit comes from',
    short: 'Patterns',
    body: html`<h3>Instruments</h3>${groupTable(`${caption}.`, 'Instrument', instruments, money)}
<div class="columns"><div>${profitChart('hours', `Profit by hour (${close})`, byHour)}</div>
<div>${profitChart('weekdays', `Profit by weekday (${close})`, byWeekday)}</div></div>
<details><summary>Hours and weekdays as tables</summary><div class="columns">
<div>${groupTable(`${caption}, by hour of close, UTC.`, 'Hour', byHour, money)}</div>
<div>${groupTable(`${caption}, by weekday of close, UTC.`, 'Weekday', byWeekday, money)}</div>
</div></details>
${distributionChart(results)}${note('The outermost bars hold all trades beyond them.')}`,
  };
}
