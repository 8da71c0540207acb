import { Calendar, type CalendarTable } from '../../market/calendar.ts';
import type { QuoteBlock } from '../../market/quotes.ts';
import { formatUtc } from '../../model/time.ts';
import type { TimeUs } from '../../model/units.ts';
import { SweepError } from './sweep-error.ts';

/** Lengths in trading days. */
export interface WalkForward {
  readonly train: number;
  readonly test: number;
  /** From the start of one split to the start of the next. */
  readonly step: number;
}

/** Most splits of one sweep. */
const SPLITS_MAX = 1000;

/** From `from` (inclusive) to `to` (exclusive), as a configuration writes times. */
export interface Span {
  readonly from: string;
  readonly to: string;
}

/** A span to choose in, and the one after it to be judged by. */
export interface Split {
  readonly train: Span;
  readonly test: Span;
}

/** `train=60d,test=20d,step=20d`; without a step it is the length of a test. */
export function parseWalkForward(text: string): WalkForward {
  const lengths = new Map<string, number>();
  for (const part of text.split(',')) {
    const match = /^\s*(train|test|step)=(\d{1,5})d\s*$/.exec(part);
    const days = Number(match?.[2] ?? 0);
    const name = match?.[1] ?? '';
    if (days < 1 || lengths.has(name)) {
      throw new SweepError(`"${text}": train=60d,test=20d and, if wanted, step=20d`);
    }
    lengths.set(name, days);
  }
  const train = lengths.get('train');
  const test = lengths.get('test');
  if (train === undefined || test === undefined) {
    throw new SweepError(`"${text}": train and test are wanted, as in train=60d,test=20d`);
  }
  return { train, test, step: lengths.get('step') ?? test };
}

/** The trading days in which there are quotes: the start of each, and the end of the last. */
export class TradingDays {
  readonly #calendar: Calendar;
  readonly #starts: TimeUs[] = [];
  #end = Number.NEGATIVE_INFINITY;

  constructor(table: CalendarTable) {
    this.#calendar = new Calendar(table);
  }

  /** Takes the next quotes, in time order. */
  add({ time, count }: QuoteBlock): void {
    for (let row = 0; row < count; row += 1) {
      const at = time[row] as TimeUs;
      if (at < this.#end) continue;
      this.#starts.push(this.#calendar.dayStart(at));
      this.#end = this.#calendar.nextDayStart(at);
    }
  }

  get count(): number {
    return this.#starts.length;
  }

  /** Where day `at` starts; for the one past the last, where the last ends. */
  startOf(at: number): TimeUs {
    return this.#starts[at] ?? (this.#end as TimeUs);
  }
}

/** A time as a configuration writes it: without a fraction of zeros. */
export function configTime(time: TimeUs): string {
  return formatUtc(time).replace('.000000Z', 'Z');
}

/**
 * Splits of the days with quotes: each `train` days, then the `test` days after them, then on by
 * `step`. What is left at the end, too short for a whole split, is not used. `bounds` are the
 * market's own, which no split passes. Throws {@link SweepError} where there is not one split.
 */
export function splitsOf(
  days: TradingDays,
  { train, test, step }: WalkForward,
  bounds: { readonly from: number; readonly to: number },
): Split[] {
  const time = (day: number): string =>
    configTime(Math.min(Math.max(days.startOf(day), bounds.from), bounds.to) as TimeUs);
  const splits: Split[] = [];
  for (let day = 0; day + train + test <= days.count; day += step) {
    const middle = time(day + train);
    splits.push({
      train: { from: time(day), to: middle },
      test: { from: middle, to: time(day + train + test) },
    });
  }
  if (splits.length > SPLITS_MAX) throw new SweepError(`more than ${SPLITS_MAX} splits`);
  if (splits.length === 0) {
    const there = `the market has ${days.count} trading days with quotes`;
    throw new SweepError(`${there}, fewer than the ${train + test} of one split`);
  }
  return splits;
}
