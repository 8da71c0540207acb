import type { QuoteBlock } from '../../market/quotes.ts';
import { divideRounded } from '../../model/arithmetic.ts';
import type { TimeUs } from '../../model/units.ts';
import {
  type Alignment,
  candleStart,
  GRANULARITIES,
  type Granularity,
  isGranularity,
  nextStart,
  weekdayNumber,
} from './candle-times.ts';
import { parseWireTime, wireTime } from './format.ts';
import type { Ledger } from './ledger.ts';
import type { Query } from './queries.ts';
import { type Answer, refusal, type WireObject } from './wire.ts';

const COUNT_DEFAULT = 500;
const COUNT_MAX = 5000;
/** Quotes of all instruments that one request may go through. */
const QUOTES_MAX = 20_000_000;
const SECOND_US = 1_000_000;

/** Quotes of the past, in `[from, to)`. */
export type History = (from: TimeUs, to: TimeUs) => AsyncIterable<QuoteBlock>;

interface CandleRequest {
  readonly k: number;
  readonly sides: string;
  readonly granularity: Granularity;
  readonly alignment: Alignment;
  readonly from: number;
  readonly to: number;
  readonly count: number | undefined;
  /** Counted from its start, not back from its end. */
  readonly isForward: boolean;
  readonly smooth: boolean;
}

class RequestFault extends Error {}

function parse(ledger: Ledger, instrument: string, query: Query): CandleRequest {
  const { price = 'M', granularity = 'S5', count, from, to } = query;
  const fault = (name: string): never => {
    throw new RequestFault(`Invalid value specified for '${name}'`);
  };
  const k = ledger.format.find(instrument) ?? fault('instrument');
  if (!/^[MBA]{1,3}$/.test(price)) fault('price');
  if (!isGranularity(granularity)) return fault('granularity');
  const dailyHour = Number(query['dailyAlignment'] ?? '17');
  if (!Number.isInteger(dailyHour) || dailyHour < 0 || dailyHour > 23) fault('dailyAlignment');
  const weekday = weekdayNumber(query['weeklyAlignment'] ?? 'Friday') ?? fault('weeklyAlignment');
  const timeZone = query['alignmentTimezone'] ?? 'America/New_York';
  if (!isZone(timeZone)) fault('alignmentTimezone');
  const alignment = { dailyHour, timeZone, weekday };
  if (from !== undefined && to !== undefined && count !== undefined) fault('count');
  const most = count === undefined ? undefined : Number(count);
  if (most !== undefined && (!Number.isInteger(most) || most < 1 || most > COUNT_MAX)) {
    throw new RequestFault(`Maximum value for 'count' exceeded`);
  }
  const start = from === undefined ? undefined : (parseWireTime(from) ?? fault('from'));
  const end = to === undefined ? ledger.now + 1 : (parseWireTime(to) ?? fault('to'));
  if (start !== undefined && start > ledger.now) fault('from');
  const wanted = most ?? COUNT_DEFAULT;
  // Twice the span: no quotes come while the market is closed.
  const span = GRANULARITIES[granularity] * SECOND_US * wanted;
  const first =
    start ?? candleStart(end - 2 * span - 3 * 86_400 * SECOND_US, granularity, alignment);
  return {
    k,
    sides: price,
    granularity,
    alignment,
    from: query['includeFirst']?.toLowerCase() === 'false' ? first + 1 : first,
    to: Math.min(end, ledger.now + 1),
    count: start !== undefined && to !== undefined ? undefined : wanted,
    isForward: start !== undefined,
    smooth: query['smooth']?.toLowerCase() === 'true',
  };
}

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** Open, high, low and close, in counts; the mid is kept twice as large. */
interface Range {
  open: number;
  high: number;
  low: number;
  close: number;
}

interface Candle {
  readonly start: TimeUs;
  readonly end: TimeUs;
  readonly bid: Range;
  readonly ask: Range;
  readonly twiceMid: Range;
  volume: number;
}

function rangeAt(value: number): Range {
  return { open: value, high: value, low: value, close: value };
}

function extend(range: Range, value: number): void {
  if (value > range.high) range.high = value;
  if (value < range.low) range.low = value;
  range.close = value;
}

/** Candles of the past: asked of the market's own history, so nothing of them is kept. */
export async function candles(
  ledger: Ledger,
  history: History,
  instrument: string,
  query: Query,
): Promise<Answer> {
  try {
    const request = parse(ledger, instrument, query);
    const found = await collect(request, history);
    return { status: 200, body: answerOf(ledger, request, found) };
  } catch (error) {
    if (!(error instanceof RequestFault)) throw error;
    return refusal(400, error.message);
  }
}

async function collect(request: CandleRequest, history: History): Promise<readonly Candle[]> {
  const { k, granularity, alignment, from, to, count } = request;
  const found: Candle[] = [];
  let rows = 0;
  let last: Candle | undefined;
  for await (const block of history(from as TimeUs, to as TimeUs)) {
    rows += block.count;
    if (rows > QUOTES_MAX) {
      throw new RequestFault('The time range is too long for this granularity and market');
    }
    for (let row = 0; row < block.count; row++) {
      if (block.instrument[row] !== k) continue;
      const time = block.time[row] as number;
      const bid = block.bid[row] as number;
      const ask = block.ask[row] as number;
      if (last === undefined || time >= last.end) {
        const start = candleStart(time, granularity, alignment);
        const before = request.smooth ? last : undefined;
        last = {
          start,
          end: nextStart(start, granularity, alignment),
          bid: rangeAt(before?.bid.close ?? bid),
          ask: rangeAt(before?.ask.close ?? ask),
          twiceMid: rangeAt(before?.twiceMid.close ?? bid + ask),
          volume: 0,
        };
        found.push(last);
      }
      extend(last.bid, bid);
      extend(last.ask, ask);
      extend(last.twiceMid, bid + ask);
      last.volume += 1;
    }
    if (request.isForward && found.length > (count ?? COUNT_MAX)) break;
  }
  return found;
}

function answerOf(ledger: Ledger, request: CandleRequest, found: readonly Candle[]): WireObject {
  const { k, granularity, sides, count } = request;
  if (count === undefined && found.length > COUNT_MAX) {
    throw new RequestFault(`Maximum value for 'count' exceeded`);
  }
  const whole = count ?? COUNT_MAX;
  const chosen = request.isForward ? found.slice(0, whole) : found.slice(-whole);
  const { format } = ledger;
  const data = (range: Range, scale: bigint): WireObject => {
    const text = (value: number): string =>
      format.price(k, Number(divideRounded(BigInt(value), scale)));
    return {
      o: text(range.open),
      h: text(range.high),
      l: text(range.low),
      c: text(range.close),
    };
  };
  return {
    instrument: format.name(k),
    granularity,
    candles: chosen.map((candle) => ({
      complete: candle.end <= ledger.now,
      volume: candle.volume,
      time: wireTime(candle.start),
      ...(sides.includes('B') ? { bid: data(candle.bid, 1n) } : {}),
      ...(sides.includes('A') ? { ask: data(candle.ask, 1n) } : {}),
      ...(sides.includes('M') ? { mid: data(candle.twiceMid, 2n) } : {}),
    })),
  };
}
