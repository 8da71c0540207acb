import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openQuotes } from '../data/open-quotes.ts';
import { Calendar } from '../market/calendar.ts';
import { parseDecimal } from '../model/decimal.ts';
import { instrumentIndex, timeUs } from '../model/units.ts';
import { allRows, format, priced, type QuoteRow } from './quote-files.ts';

/** EURUSD with sizes: Dukascopy, Monday 2019-02-04; ../shared/data/README.md, section 1. */
const FILE = join(
  import.meta.dirname,
  '../../../shared/data/fx-dukascopy-eurusd-2019-02/eurusd_20190204.csv.gz',
);

/** Why a test of the sample cannot run here, or `false`. */
export const skipSampleQuotes = existsSync(FILE) ? false : 'skipped: no sample data';

/** A calendar of UTC days around the sample, which is one of them. */
export function sampleCalendar(): Calendar {
  const dayStarts = [3, 4, 5].map((day) => Date.UTC(2019, 1, day) * 1000);
  const [from, , horizon] = dayStarts;
  return new Calendar({
    from: timeUs(from ?? 0),
    horizon: timeUs(horizon ?? 0),
    opens: [],
    closes: [],
    dayStarts,
  });
}

/** Every quote of the sample: prices in steps of 0.00001, sizes in euros. */
export async function sampleQuotes(): Promise<readonly QuoteRow[]> {
  const [time, bid, ask] = ['ts_utc_ms', 'bid', 'ask'];
  const columns = { time, bid, ask, bidSize: 'bid_vol_mio', askSize: 'ask_vol_mio' };
  const reader = openQuotes({
    instrument: priced('EURUSD', '0.00001'),
    index: instrumentIndex(0),
    files: [FILE],
    format: format({ columns, sizeScale: parseDecimal('1000000') }),
    badRows: {},
  });
  return allRows(reader);
}
