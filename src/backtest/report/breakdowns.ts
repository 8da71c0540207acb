import { civilFromDays } from '../../model/time.ts';
import { type Exact, exact, minus, plus, ZERO } from './exact.ts';
import type { DayEquity, Equity, Trades } from './read-results.ts';

/** Trades of one kind, such as those of an instrument. */
export interface TradeGroup {
  readonly name: string;
  readonly trades: number;
  readonly winners: number;
  readonly pnl: Exact;
}

/** Groups trades by a name; `names` gives the order and groups that may be empty. */
export function groupTrades(
  trades: Trades,
  nameOf: (row: number) => string,
  names: readonly string[] = [],
): readonly TradeGroup[] {
  const none = { trades: 0, winners: 0, pnl: ZERO };
  const groups = new Map<string, TradeGroup>(names.map((name) => [name, { name, ...none }]));
  trades.pnl.forEach((text, row) => {
    const name = nameOf(row);
    const group = groups.get(name) ?? { name, ...none };
    const pnl = exact(text);
    groups.set(name, {
      name,
      trades: group.trades + 1,
      winners: group.winners + (pnl > 0n ? 1 : 0),
      pnl: plus(group.pnl, pnl),
    });
  });
  return [...groups.values()];
}

/** Profit and equity of a month of trading days. */
export interface Month {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly pnl: Exact;
  /** Equity before its first day. */
  readonly before: Exact;
}

/** Months in order; profit is the change of equity from the last day of the month before. */
export function monthsOf(opening: Exact, days: readonly DayEquity[]): readonly Month[] {
  const months: Month[] = [];
  let before = opening;
  for (const { day, equity } of days) {
    const [year, month] = civilFromDays(day);
    const last = months.at(-1);
    const change = minus(equity, before);
    if (last?.year === year && last.month === month) {
      months[months.length - 1] = { ...last, pnl: plus(last.pnl, change) };
    } else months.push({ year, month, pnl: change, before });
    before = equity;
  }
  return months;
}

/** A bucket of a distribution: values from `from` up to, not including, `to`. */
export interface Bucket {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

const BUCKETS = 40;
/** What lies beyond these shares of the values is counted in the outermost buckets. */
const TAIL = 0.01;

function roundUp(width: number): number {
  const power = 10 ** Math.floor(Math.log10(width));
  const step = [1, 2, 2.5, 5, 10].find((one) => one * power >= width) ?? 10;
  return step * power;
}

/** Distribution of values in buckets of a round width, one of which starts at 0. */
export function distribution(values: readonly number[]): readonly Bucket[] {
  if (values.length === 0) return [];
  const sorted = Float64Array.from(values).sort();
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] as number;
  const [low, high] = [at(TAIL), at(1 - TAIL)];
  const span = Math.max(high, 0) - Math.min(low, 0);
  const width = span > 0 ? roundUp(span / BUCKETS) : 1;
  const first = Math.floor(low / width);
  const count = Math.floor(high / width) - first + 1;
  const counts = new Array<number>(count).fill(0);
  for (const value of sorted) {
    const place = Math.min(Math.max(Math.floor(value / width) - first, 0), count - 1);
    counts[place] = (counts[place] ?? 0) + 1;
  }
  return counts.map((number, i) => ({
    from: (first + i) * width,
    to: (first + i + 1) * width,
    count: number,
  }));
}

/** The equity curve with about `most` points: of each stretch the lowest and the highest. */
export function thinned({ time, equity, peak }: Equity, most: number): Equity {
  if (time.length <= most) return { time, equity, peak };
  const stretch = Math.ceil((2 * time.length) / most);
  const keep: number[] = [0];
  for (let from = 1; from < time.length - 1; from += stretch) {
    const to = Math.min(from + stretch, time.length - 1);
    let [low, high] = [from, from];
    for (let i = from; i < to; i++) {
      if ((equity[i] as number) < (equity[low] as number)) low = i;
      if ((equity[i] as number) > (equity[high] as number)) high = i;
    }
    keep.push(...(low === high ? [low] : [Math.min(low, high), Math.max(low, high)]));
  }
  keep.push(time.length - 1);
  const pick = (column: Float64Array): Float64Array =>
    Float64Array.from(keep, (i) => column[i] as number);
  return { time: pick(time), equity: pick(equity), peak: pick(peak) };
}
