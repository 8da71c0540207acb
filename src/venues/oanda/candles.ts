import { barInterval } from '../../market/bars.ts';
import { CalendarHorizonError } from '../../market/calendar.ts';
import { divideRounded, powerOfTen } from '../../model/arithmetic.ts';
import { DecimalError, parseDecimal } from '../../model/decimal.ts';
import type { HistoricalBar } from '../../model/historical.ts';
import type { Instrument } from '../../model/instrument.ts';
import { parsePrice } from '../../model/instrument.ts';
import { US_PER_HOUR, US_PER_SECOND } from '../../model/time.ts';
import { PRICE_COUNT_MAX } from '../../model/units.ts';
import type { HistoryWish } from '../bar-history.ts';
import { candlesSchema, readJson, type WireCandle, type WireCandles } from './schemas.ts';
import { readTime, WireError, wireName } from './wire-values.ts';

/** The most candles that OANDA gives in one answer (v20 API, instrument endpoints). */
export const CANDLES_MAX = 5000;

/** Seconds of the spans that OANDA has, by name; weeks and months are no bars of ours. */
const GRANULARITIES: ReadonlyMap<number, string> = new Map(
  Object.entries({
    S5: 5,
    S10: 10,
    S15: 15,
    S30: 30,
    M1: 60,
    M2: 120,
    M4: 240,
    M5: 300,
    M10: 600,
    M15: 900,
    M30: 1800,
    H1: 3600,
    H2: 7200,
    H3: 10_800,
    H4: 14_400,
    H6: 21_600,
    H8: 28_800,
    H12: 43_200,
    D: 86_400,
  }).map(([name, seconds]) => [seconds * US_PER_SECOND, name]),
);

const COMPONENTS = { bid: 'B', ask: 'A', mid: 'M' } as const;
const DAY_START = /^(\d\d):00$/;

/** Why OANDA's candles cannot be these bars, or `undefined`. */
export function candleProblem({ spec }: HistoryWish, instrument: Instrument): string | undefined {
  const { durationUs } = spec;
  if (!GRANULARITIES.has(durationUs)) return 'OANDA has no candles of this length';
  const { dayStart } = instrument.sessions;
  if (DAY_START.test(dayStart)) return undefined;
  // Bars are counted from the start of the day, candles from the full hour.
  const text = `its trading day starts at ${dayStart}`;
  if (durationUs > US_PER_HOUR) return `${text}, and OANDA's at a full hour`;
  const minutes = Number(dayStart.slice(3));
  if ((minutes * 60 * US_PER_SECOND) % durationUs === 0) return undefined;
  return `${text}, and OANDA's candles of this length are counted from a full hour`;
}

/** Path and query of the candles below an account: the latest, enough for the wish. */
export function candlePath(root: string, { spec, most }: HistoryWish, one: Instrument): string {
  const { dayStart, timeZone } = one.sessions;
  const query = new URLSearchParams({
    granularity: GRANULARITIES.get(spec.durationUs) ?? '',
    price: COMPONENTS[spec.basis],
    // One more than is wanted: the candle in progress is among them.
    count: String(Math.min(CANDLES_MAX, most + 1)),
  });
  if (spec.durationUs > US_PER_HOUR) {
    query.set('dailyAlignment', String(Number(dayStart.slice(0, 2))));
    query.set('alignmentTimezone', timeZone);
  }
  return `${root}/instruments/${wireName(one)}/candles?${query}`;
}

/** The bars of an answer, or in words why it is none: one bad candle spoils it whole. */
export function readCandles(
  wish: HistoryWish,
  instrument: Instrument,
  body: string,
): readonly HistoricalBar[] | string {
  const answer = readJson(candlesSchema, body);
  if (answer === undefined) return 'the answer is none of the v20 API';
  const asked = GRANULARITIES.get(wish.spec.durationUs);
  if (answer.instrument !== wireName(instrument) || answer.granularity !== asked) {
    return `the answer is of ${answer.instrument} ${answer.granularity}`;
  }
  try {
    return barsOf(wish, instrument, answer);
  } catch (error) {
    const isTheirs =
      error instanceof WireError ||
      error instanceof DecimalError ||
      error instanceof CalendarHorizonError;
    if (!isTheirs) throw error;
    return error.message;
  }
}

function barsOf(
  wish: HistoryWish,
  instrument: Instrument,
  { candles }: WireCandles,
): readonly HistoricalBar[] {
  const bars: HistoricalBar[] = [];
  let last = 0;
  for (const candle of candles) {
    const bar = barOf(wish, instrument, candle);
    if (bar.start < last) throw new WireError(`the candle of ${candle.time} is out of order`);
    last = bar.end;
    if (candle.complete && bar.start >= wish.from) bars.push(bar);
  }
  return bars.slice(Math.max(0, bars.length - wish.most));
}

function barOf({ spec, calendar }: HistoryWish, one: Instrument, candle: WireCandle) {
  const start = readTime(candle.time);
  const interval = barInterval(calendar, spec.durationUs, start);
  if (interval.start !== start) {
    throw new WireError(`the candle of ${candle.time} is not where a bar of ours begins`);
  }
  const side = candle[spec.basis];
  if (side === undefined) throw new WireError(`the candle of ${candle.time} has no ${spec.basis}`);
  const read = spec.basis === 'mid' ? twiceMid : parsePrice;
  const [open, high, low, close] = [
    read(one, side.o),
    read(one, side.h),
    read(one, side.l),
    read(one, side.c),
  ];
  if (high < Math.max(open, close) || low > Math.min(open, close)) {
    throw new WireError(`the candle of ${candle.time} has prices beyond its high and low`);
  }
  const end = interval.end;
  return { start, end, open, high, low, close, ticks: candle.volume };
}

/**
 * Twice a mid price, in counts: bid plus ask. OANDA rounds the mids of its candles to the
 * precision of the price, so it is up to one away from what the quotes came to.
 */
function twiceMid({ priceIncrement }: Instrument, text: string): number {
  const { coefficient, decimals } = parseDecimal(text);
  const numerator = 2n * coefficient * powerOfTen(priceIncrement.decimals);
  const count = divideRounded(numerator, priceIncrement.coefficient * powerOfTen(decimals));
  if (count <= 0n || count > 2n * BigInt(PRICE_COUNT_MAX)) {
    throw new WireError(`not a price: ${text}`);
  }
  return Number(count);
}
