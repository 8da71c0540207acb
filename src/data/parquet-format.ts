import type { Decimal } from '../model/decimal.ts';
import { DataError } from './data-error.ts';
import type { PriceGrid } from './delimited-format.ts';
import { isZone } from './zone-clock.ts';

/** `timestamp`: a TIMESTAMP of any unit; the others are integers since 1970-01-01 UTC. */
export const PARQUET_TIMES = ['timestamp', 'epoch_s', 'epoch_ms', 'epoch_us', 'epoch_ns'] as const;
export type ParquetTime = (typeof PARQUET_TIMES)[number];

/** Columns by their exact names. */
export interface ParquetColumns {
  readonly time: string;
  readonly bid: string;
  readonly ask: string;
  readonly bidSize?: string | undefined;
  readonly askSize?: string | undefined;
}

/**
 * A Parquet file with one quote a row. Prices are DECIMAL, text, DOUBLE (taken as the shortest
 * decimal that reads back as it) or integers; sizes may be FLOAT as well. Nulls are `unparseable`.
 */
export interface ParquetFormat {
  readonly kind: 'parquet';
  readonly columns: ParquetColumns;
  readonly time: ParquetTime;
  /** Clock of a TIMESTAMP without zone. One with a zone is an instant, whatever stands here. */
  readonly zone: string;
  /** Integer prices are whole numbers of 10^-priceDecimals: needed by them, refused by others. */
  readonly priceDecimals?: number | undefined;
  readonly priceGrid: PriceGrid;
  /** Sizes are multiplied by this and rounded down to the size increment. */
  readonly sizeScale: Decimal;
}

export const PRICE_DECIMALS_MAX = 18;

/** Throws {@link DataError} `DATA_FORMAT` for a format that cannot be meant. */
export function checkParquetFormat(format: ParquetFormat, file: string): void {
  const { zone, sizeScale, columns, priceDecimals } = format;
  const refuse = (reason: string): never => {
    throw new DataError('DATA_FORMAT', reason, { file });
  };
  if (!isZone(zone)) refuse(`unknown zone "${zone}": UTC, ±hh:mm or an IANA name`);
  if (sizeScale.coefficient <= 0n) refuse('sizeScale must be above zero');
  const inRange = (count: number): boolean =>
    Number.isInteger(count) && count >= 0 && count <= PRICE_DECIMALS_MAX;
  if (priceDecimals !== undefined && !inRange(priceDecimals)) {
    refuse(`priceDecimals must be 0 to ${PRICE_DECIMALS_MAX}`);
  }
  const names = Object.values(columns).filter((name) => name !== undefined);
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice !== undefined) refuse(`column ${twice} is given twice`);
}
