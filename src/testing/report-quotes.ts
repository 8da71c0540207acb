import { CATALOGUE } from '../config/catalogue.ts';
import { compileCalendar } from '../config/compile-calendar.ts';
import { instrumentOf } from '../config/instruments.ts';
import { InstrumentAccumulator } from '../data/report/accumulator.ts';
import type { InstrumentReport } from '../data/report/report-types.ts';
import { summarizeInstrument } from '../data/report/summarize.ts';
import { Calendar } from '../market/calendar.ts';
import { present } from '../model/assert.ts';
import { US_PER_HOUR, US_PER_SECOND } from '../model/time.ts';
import { instrumentIndex, type TimeUs, timeUs } from '../model/units.ts';
import { blockOf } from './quote-files.ts';

export const EURUSD = instrumentOf(present(CATALOGUE.get('EURUSD'), 'EURUSD').instrument);

/** A moment of `2024-03-05T00:00Z` and the like, µs UTC. */
export function utcUs(text: string): TimeUs {
  return timeUs(Temporal.Instant.from(text).epochMilliseconds * 1000);
}

const TABLE = compileCalendar(
  EURUSD.sessions,
  utcUs('2024-01-01T00:00Z'),
  utcUs('2025-01-01T00:00Z'),
);

/** Time in µs, bid and ask in increments. */
export type ReportQuote = readonly [time: number, bid: number, ask: number];

/**
 * Clean quotes of EURUSD while its session is open: one at least every 40 s, spread one pip, half
 * as wide again in the first hour of the trading day.
 */
export function cleanQuotes(from: string, to: string): ReportQuote[] {
  const calendar = new Calendar(TABLE);
  const end = utcUs(to);
  const quotes: ReportQuote[] = [];
  let state = 1;
  let bid = 108_000;
  for (let time: number = utcUs(from); time < end; ) {
    const at = timeUs(time);
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    if (!calendar.isOpen(at)) {
      time = calendar.nextOpen(at);
      continue;
    }
    bid += ((state >>> 8) % 3) - 1;
    const spread = at - calendar.dayStart(at) < US_PER_HOUR ? 15 : 10 + ((state >>> 16) % 3) - 1;
    quotes.push([time, bid, bid + spread]);
    time += 20 * US_PER_SECOND + ((state >>> 4) % (20 * US_PER_SECOND));
  }
  return quotes;
}

/** The report of quotes as if they had been read. */
export function reportOf(quotes: readonly ReportQuote[]): InstrumentReport {
  const figures = new InstrumentAccumulator(EURUSD, instrumentIndex(0), TABLE);
  figures.add(blockOf(quotes.map(([time, bid, ask]) => [time, 0, bid, ask, 0, 0])));
  return summarizeInstrument(figures, []);
}
