import { bigTable } from '../../report/big-table.ts';
import { chart } from '../../report/chart.ts';
import { type Html, html } from '../../report/html.ts';
import { grouped } from '../../report/number-text.ts';
import type { Section } from '../../report/page.ts';
import { note } from '../../report/parts.ts';
import { type PriceSeries, type Results, type Trades, timeOf } from './read-results.ts';
import { durationText, secondText } from './texts.ts';

/** Bounds of what the page holds; what is beyond them is in the result files. */
export const LISTED_TRADES_MAX = 50_000;
export const PRICE_CHARTS_MAX = 12;
export const MARKED_TRADES_MAX = 2000;

const count = (value: number): string => grouped(String(value));

function barText(seconds: number): string {
  return `${durationText(seconds)} bars`;
}

function priceChart(series: PriceSeries, trades: Trades): Html {
  const { symbol, time, open, high, low, close, decimals, barSeconds } = series;
  const rows = trades.symbol.flatMap((one, row) => (one === symbol ? [row] : []));
  const marked = rows.slice(0, MARKED_TRADES_MAX);
  const seconds = (text: string | undefined): number => timeOf(text ?? '') / 1e6;
  const price = (text: string | undefined): number => Number(text);
  const side = (direction: string): number[] =>
    marked.filter((row) => trades.direction[row] === direction);
  const entry = (
    label: string,
    shape: 'up' | 'down',
    colour: 'accent' | 'second',
    list: number[],
  ) => ({
    label,
    shape,
    colour,
    x: list.map((row) => seconds(trades.openTime[row])),
    y: list.map((row) => price(trades.entryPrice[row])),
  });
  const exits = {
    label: 'exit',
    shape: 'cross',
    colour: 'third',
    x: marked.map((row) => seconds(trades.closeTime[row])),
    y: marked.map((row) => price(trades.exitPrice[row])),
  } as const;
  const link = (label: string, colour: 'positive' | 'negative', list: number[]) => ({
    label,
    colour,
    x1: list.map((row) => seconds(trades.openTime[row])),
    y1: list.map((row) => price(trades.entryPrice[row])),
    x2: list.map((row) => seconds(trades.closeTime[row])),
    y2: list.map((row) => price(trades.exitPrice[row])),
  });
  const won = marked.filter((row) => Number(trades.pnl[row]) > 0);
  const lost = marked.filter((row) => Number(trades.pnl[row]) <= 0);
  const left =
    rows.length > marked.length
      ? note(`Marked are the first ${count(marked.length)} of ${count(rows.length)} trades.`)
      : undefined;
  return html`${chart({
    id: `price-${symbol}`,
    title: symbol,
    description: `Mid price in ${barText(barSeconds)}, with ${count(marked.length)} trades marked.`,
    x: { kind: 'time', values: time },
    series: [],
    candles: { open, high, low, close },
    marks: [
      entry('long entry', 'up', 'accent', side('long')),
      entry('short entry', 'down', 'second', side('short')),
      exits,
    ],
    links: [link('won', 'positive', won), link('lost', 'negative', lost)],
    decimals,
    height: 300,
  })}${left}`;
}

/** The mid of each instrument with entries and exits; those most traded where there are many. */
export function priceSection(
  { trades }: Results,
  prices: ReadonlyMap<string, PriceSeries>,
): Section | undefined {
  if (prices.size === 0) return undefined;
  const traded = new Map<string, number>();
  for (const symbol of trades.symbol) traded.set(symbol, (traded.get(symbol) ?? 0) + 1);
  const list = [...prices.values()].sort(
    (a, b) => (traded.get(b.symbol) ?? 0) - (traded.get(a.symbol) ?? 0),
  );
  const drawn = list.slice(0, PRICE_CHARTS_MAX);
  const more =
    list.length > drawn.length
      ? note(
          `Drawn are the ${drawn.length} of ${list.length} instruments with most trades. ` +
            'All are in prices.csv.',
        )
      : undefined;
  const widths = [...new Set(drawn.map(({ barSeconds }) => barText(barSeconds)))].join(' or ');
  return {
    id: 'prices',
    title: 'Prices and trades',
    short: 'Prices',
    body: html`${drawn.map((series) => priceChart(series, trades))}${more}${note(
      `Mid prices in ${widths}. Entries stand at the average entry price; a dashed line leads ` +
        'to the exit, green for a profit and red for a loss.',
    )}`,
  };
}

/** Every closed slice, up to a bound. */
export function tradeSection({ trades }: Results): Section {
  const all = trades.pnl.length;
  const listed = Math.min(all, LISTED_TRADES_MAX);
  const cells = (column: readonly string[], show: (text: string) => string = (text) => text) =>
    column.slice(0, listed).map(show);
  const list = bigTable({
    id: 'trades',
    caption:
      'A row a closed slice, in order of close; times UTC; profit before commission and financing.',
    noun: 'trades',
    columns: [
      { title: 'Opened', kind: 'time', cells: cells(trades.openTime, secondText) },
      { title: 'Closed', kind: 'time', cells: cells(trades.closeTime, secondText) },
      { title: 'Instrument', kind: 'text', choice: true, cells: cells(trades.symbol) },
      { title: 'Direction', kind: 'text', choice: true, cells: cells(trades.direction) },
      { title: 'Quantity', kind: 'number', cells: cells(trades.volume, grouped) },
      { title: 'Entry', kind: 'number', cells: cells(trades.entryPrice) },
      { title: 'Exit', kind: 'number', cells: cells(trades.exitPrice) },
      {
        title: 'Profit',
        kind: 'number',
        cells: cells(trades.pnl, grouped),
        toned: true,
        outcome: ['won', 'lost'],
        sum: true,
      },
      ...(trades.pnlR.some((text) => text !== '')
        ? [{ title: 'R', kind: 'number' as const, cells: cells(trades.pnlR, rounded) }]
        : []),
      { title: 'Decision', kind: 'text', cells: cells(trades.decision) },
    ],
  });
  const left =
    listed < all
      ? note(
          `Listed are the first ${count(listed)} of ${count(all)} trades; figures and charts ` +
            'above are of all. The rest is in trades.csv.',
        )
      : undefined;
  const body = all === 0 ? note('No trade was closed.') : html`${list}${left}`;
  return { id: 'trades', title: 'Trades', body };
}

/** A ratio of six digits, cut to two for the list. */
function rounded(text: string): string {
  return text === '' ? '' : Number(text).toFixed(2);
}
