import type { BacktestSummary } from '../backtest/summary.ts';
import { grouped } from '../report/number-text.ts';

const LABEL_WIDTH = 18;
const HASH_CHARS = 19;
const LISTED_MAX = 10;

type Row = readonly [label: string, value: string];

function line([label, value]: Row): string {
  return `  ${label.padEnd(LABEL_WIDTH)}${value}`;
}

function wholeDigits(text: string): number {
  const point = text.indexOf('.');
  return point < 0 ? text.length : point;
}

/** Rows whose values stand with their decimal points below each other. */
function aligned(rows: readonly Row[]): string[] {
  const width = Math.max(...rows.map(([, value]) => wholeDigits(value)));
  return rows.map(([label, value]) => {
    const indent = ' '.repeat(width - wholeDigits(value));
    return line([label, `${indent}${value}`]);
  });
}

function countRows(summary: BacktestSummary): Row[] {
  const rows: [string, number][] = [
    ['Quotes', summary.quotes],
    ['Bars', summary.bars],
    ['Decisions', summary.decisions],
    ['Orders', summary.orders],
    ['Stops and targets', summary.protectiveOrders],
    ['Fills', summary.fills],
    ['Trades', summary.trades],
    ['Open positions', summary.openPositions.length],
    ['Open orders', summary.openOrders.length],
  ];
  return rows.map(([label, count]) => [label, grouped(String(count))]);
}

function moneyRows(summary: BacktestSummary): Row[] {
  const rows: Row[] = [
    ['Opening balance', summary.openingBalance],
    ['Realized profit', summary.realizedPnl],
    ['Commission', summary.commission],
    ['Financing', summary.financing],
    ['Ending balance', summary.endingBalance],
    ['Unrealized profit', summary.unrealizedPnl],
    ['Ending equity', summary.endingEquity],
    ['Max drawdown', summary.maxDrawdown],
  ];
  return rows.map(([label, amount]) => [label, grouped(amount)]);
}

function positionLines({ openPositions }: BacktestSummary): string[] {
  if (openPositions.length === 0) return [];
  const rows = openPositions
    .slice(0, LISTED_MAX)
    .map(({ symbol, quantity, entryPrice }) => `  ${symbol} ${grouped(quantity)} at ${entryPrice}`);
  const more = openPositions.length - rows.length;
  return ['', 'Open positions', ...rows, ...(more > 0 ? [`  and ${more} more`] : [])];
}

function refusalLines({ refusals }: BacktestSummary): string[] {
  const lines = Object.entries(refusals).map(([why, count]) => `  ${grouped(`${count}`)}  ${why}`);
  return lines.length === 0 ? [] : ['', 'Refused by the venue', ...lines];
}

function denialLines({ denials, shadowDenials }: BacktestSummary): string[] {
  const enforced = Object.entries(denials).map(
    ([why, count]) => `  ${grouped(`${count}`)}  ${why}`,
  );
  const shadow = Object.entries(shadowDenials).map(
    ([why, count]) => `  ${grouped(`${count}`)}  ${why} (shadow: nothing was blocked)`,
  );
  const all = [...enforced, ...shadow];
  return all.length === 0 ? [] : ['', 'Denied', ...all];
}

function alertLines({ alerts }: BacktestSummary): string[] {
  const entries = Object.entries(alerts);
  if (entries.length === 0) return [];
  const lines = entries.map(
    ([key, { severity, count, firstTime, firstText }]) =>
      `  ${severity}  ${key}, ${grouped(String(count))} times, first at ${firstTime}: ${firstText}`,
  );
  return ['', 'Alerts', ...lines];
}

/** Files in which rows were left out; the rest has nothing to tell. */
function skippedLines({ files }: BacktestSummary): string[] {
  const lines = files
    .filter(({ rows, accepted }) => accepted < rows)
    .map(({ file, rows, accepted, skipped }) => {
      const reasons = Object.entries(skipped)
        .filter(([, count]) => count > 0)
        .map(([reason, count]) => `${reason} ${grouped(String(count))}`);
      const left = grouped(String(rows - accepted));
      return `  ${file}: ${left} of ${grouped(String(rows))} (${reasons.join(', ')})`;
    });
  return lines.length === 0 ? [] : ['', 'Rows skipped', ...lines];
}

/** Files with crossed quotes that the policy let pass. */
function crossedLines({ files }: BacktestSummary): string[] {
  const lines = files.flatMap(({ file, crossedKept, crossedClamped }) => [
    ...(crossedKept > 0 ? [`  ${file}: ${grouped(String(crossedKept))} kept`] : []),
    ...(crossedClamped > 0 ? [`  ${file}: ${grouped(String(crossedClamped))} clamped`] : []),
  ]);
  return lines.length === 0 ? [] : ['', 'Rows crossed', ...lines];
}

/** The result as a person reads it. */
export function summaryForPeople(summary: BacktestSummary, out: string | undefined): string {
  const { id, period, accountCurrency, elapsedMs, quotesPerSecond } = summary;
  const lines = [
    `${id}: ${period.from} to ${period.to}`,
    '',
    ...aligned(countRows(summary)),
    '',
    `Account (${accountCurrency})`,
    ...aligned(moneyRows(summary)),
    ...positionLines(summary),
    ...refusalLines(summary),
    ...denialLines(summary),
    ...alertLines(summary),
    ...skippedLines(summary),
    ...crossedLines(summary),
    '',
    line(['Records', `${summary.recordsHash.slice(0, HASH_CHARS)}…`]),
    line(['Took', `${elapsedMs} ms, ${grouped(String(quotesPerSecond))} quotes/s`]),
    ...(out === undefined ? [] : [line(['Results', out])]),
  ];
  return `${lines.join('\n')}\n`;
}
