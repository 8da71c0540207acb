import type { Decimal } from '../model/decimal.ts';
import type { PriceGrid } from './delimited-format.ts';

/**
 * Dukascopy's tick files, one an hour (UTC): LZMA of 20-byte records, big-endian: u32 milliseconds
 * in the hour, u32 ask, u32 bid, f32 ask volume, f32 bid volume. A file of 0 bytes is an hour
 * without ticks. Nothing inside a file tells its hour, its instrument or its decimals.
 */
export interface DukascopyFormat {
  readonly kind: 'dukascopy_bi5';
  /**
   * Where the hour stands at the end of a file's path: `YYYY`, `DD`, `HH` and either `MM` (01 to
   * 12) or `ZM` (00 to 11, as Dukascopy itself names folders), once each; `*` is anything but `/`,
   * the rest is literal.
   */
  readonly path: string;
  /** Prices are whole numbers of 10^-decimals: 5 for EURUSD, 3 for USDJPY. */
  readonly decimals: number;
  readonly priceGrid: PriceGrid;
  /** Volumes are multiplied by this: `1000000` where they are millions of base currency. */
  readonly sizeScale: Decimal;
}

export const DUKASCOPY_DECIMALS_MAX = 9;
