import { formatScaled } from '../../model/decimal.ts';
import type { Instrument } from '../../model/instrument.ts';
import { formatUtc } from '../../model/time.ts';
import type { TimeUs } from '../../model/units.ts';
import { csvRow } from './csv-row.ts';
import { trimZeros } from './decimal-text.ts';
import type { PriceBars } from './price-bars.ts';
import { TextFile } from './text-file.ts';

export const PRICES_COLUMNS = [
  'symbol',
  'bar_seconds',
  'utc_ts',
  'open',
  'high',
  'low',
  'close',
] as const;

/** A mid as exact text, from a count of half increments. */
function midText({ priceIncrement }: Instrument, halves: number): string {
  const { coefficient, decimals } = priceIncrement;
  return trimZeros(formatScaled(BigInt(halves) * coefficient * 5n, decimals + 1), decimals);
}

/** Writes `prices.csv`: the bars of each instrument, one instrument after the other. */
export function writePrices(
  path: string,
  instruments: readonly Instrument[],
  prices: PriceBars,
): void {
  using file = new TextFile(path);
  file.write(`${csvRow(PRICES_COLUMNS)}\n`);
  instruments.forEach((instrument, k) => {
    const seconds = String(prices.seconds(k));
    for (const { time, open, high, low, close } of prices.bars(k)) {
      const texts = [open, high, low, close].map((halves) => midText(instrument, halves));
      const start = formatUtc(time as TimeUs);
      file.write(`${csvRow([instrument.symbol, seconds, start, ...texts])}\n`);
    }
  });
  file.finish();
}
