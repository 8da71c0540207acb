import type { DuckDBVector } from '@duckdb/node-api';
import type { QuoteBlock } from '../market/quotes.ts';
import { BAD } from './bad-rows.ts';
import { PLAIN_BYTES_MAX, type PriceField, type SizeField } from './decimal-field.ts';
import { FloatSizes, putDoublePrice, putScaledPrice } from './number-field.ts';
import type { ParquetFormat } from './parquet-format.ts';
import { ZoneClock } from './zone-clock.ts';

/** A value out of a vector, put into a row of a column: 0, or one of {@link BAD}. */
type Put = (value: unknown, row: number) => number;

/** Times are exact integers as `number` up to here: the year 2255. */
const TIME_MAX = Number.MAX_SAFE_INTEGER;
const PLAIN_MAX = 1e9;
const TEXT_BYTES_MAX = 64;
const LF = 10;

const INTEGERS = /^U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/;
const DECIMAL = /^DECIMAL\(\d+,(\d+)\)$/;
const TIMESTAMP = /^TIMESTAMP(_S|_MS|_NS| WITH TIME ZONE)?$/;

const EPOCH_UNIT_US = {
  timestamp: 1,
  epoch_s: 1_000_000,
  epoch_ms: 1000,
  epoch_us: 1,
  epoch_ns: 1,
} as const;

/** Why a column cannot be what it is named as; the type is as DuckDB writes it. */
export class ColumnTypeError extends Error {
  readonly code = 'COLUMN_TYPE';
  override readonly name = 'ColumnTypeError';
}

/**
 * SQL of the time column as µs in a DOUBLE, which holds them exactly; what is beyond 2^53 stays
 * beyond. What has no place on the scale is −1, before 1970.
 */
export function timeSql(column: string, type: string, format: ParquetFormat): string {
  const nanoseconds = (ns: string): string => `CASE WHEN ${ns} < 0 THEN -1 ELSE ${ns} // 1000 END`;
  if (format.time === 'timestamp') {
    if (!TIMESTAMP.test(type)) {
      const hint = INTEGERS.test(type) ? ': give `time` the unit, such as "epoch_ms"' : '';
      throw new ColumnTypeError(`is ${type}, not a TIMESTAMP${hint}`);
    }
    const us = type === 'TIMESTAMP_NS' ? nanoseconds(`epoch_ns(${column})`) : `epoch_us(${column})`;
    // A null stays one; an infinite time has no place.
    const placed = `WHEN isfinite(${column}) THEN ${us} WHEN ${column} IS NOT NULL THEN -1`;
    return `CAST(CASE ${placed} END AS DOUBLE)`;
  }
  if (!INTEGERS.test(type)) {
    throw new ColumnTypeError(`is ${type}, but \`time\` says integers: "${format.time}"`);
  }
  return `CAST(${format.time === 'epoch_ns' ? nanoseconds(column) : column} AS DOUBLE)`;
}

/** Times as {@link timeSql} gives them, to µs UTC. */
export function timePut(type: string, format: ParquetFormat, block: QuoteBlock): Put {
  const { time } = block;
  const unitUs = EPOCH_UNIT_US[format.time];
  const isWall = format.time === 'timestamp' && type !== 'TIMESTAMP WITH TIME ZONE';
  const clock = isWall ? new ZoneClock(format.zone) : undefined;
  return (value, row) => {
    if (typeof value !== 'number') return BAD.unparseable;
    const us = value * unitUs;
    if (us < 0 || us > TIME_MAX) return BAD.out_of_range;
    time[row] = us;
    if (clock === undefined) return 0;
    if (!clock.toUtcAt(time, row)) return BAD.out_of_range;
    return (time[row] as number) < 0 ? BAD.out_of_range : 0;
  };
}

function isInteger(value: unknown): value is number | bigint {
  return typeof value === 'bigint' || typeof value === 'number';
}

/** Text goes the way of text: through the parser of a field. */
function textPut(parse: (bytes: Uint8Array, row: number) => number): Put {
  const bytes = new Uint8Array(TEXT_BYTES_MAX + 1);
  const encoder = new TextEncoder();
  return (value, row) => {
    if (typeof value !== 'string') return BAD.unparseable;
    const { read, written } = encoder.encodeInto(value, bytes.subarray(0, TEXT_BYTES_MAX));
    if (read !== value.length) return BAD.unparseable;
    bytes[written] = LF;
    const end = parse(bytes, row);
    return end < 0 || end === written ? Math.min(end, 0) : BAD.unparseable;
  };
}

/** A price column. Throws {@link ColumnTypeError}. */
export function pricePut(
  type: string,
  format: ParquetFormat,
  field: PriceField,
  incrementDecimals: number,
  column: Int32Array,
): Put {
  const decimal = DECIMAL.exec(type);
  const { priceDecimals } = format;
  if (INTEGERS.test(type) !== (priceDecimals !== undefined)) {
    throw new ColumnTypeError(
      priceDecimals === undefined
        ? `is ${type}: give \`priceDecimals\`, with which its integers are prices`
        : `is ${type}, but \`priceDecimals\` is for integers`,
    );
  }
  if (decimal !== null || priceDecimals !== undefined) {
    const decimals = priceDecimals ?? Number(decimal?.[1]);
    return (value, row) =>
      isInteger(value) ? putScaledPrice(field, value, decimals, column, row) : BAD.unparseable;
  }
  switch (type) {
    case 'DOUBLE':
      return (value, row) =>
        typeof value === 'number'
          ? putDoublePrice(field, value, incrementDecimals, column, row)
          : BAD.unparseable;
    case 'VARCHAR':
      return textPut((bytes, row) => field.parse(bytes, 0, column, row));
    case 'FLOAT':
      throw new ColumnTypeError('is FLOAT, whose 24 bits do not hold a price: DECIMAL or DOUBLE');
    default:
      throw new ColumnTypeError(`is ${type}: prices are DECIMAL, text, DOUBLE or integers`);
  }
}

/** A size column. Throws {@link ColumnTypeError}. */
export function sizePut(type: string, field: SizeField, column: Float64Array): Put {
  const decimal = DECIMAL.exec(type);
  if (decimal !== null || INTEGERS.test(type)) {
    const decimals = Number(decimal?.[1] ?? 0);
    const factor = decimals < PLAIN_BYTES_MAX ? field.factors[decimals && decimals + 1] : 0;
    return (value, row) => {
      if (!isInteger(value)) return BAD.unparseable;
      const small = Number(value);
      if (factor === undefined || factor === 0 || small < 0 || small >= PLAIN_MAX) {
        return field.put(BigInt(value), decimals, column, row);
      }
      column[row] = small * factor;
      return 0;
    };
  }
  if (type === 'DOUBLE' || type === 'FLOAT') {
    const sizes = new FloatSizes(field, type === 'FLOAT');
    return (value, row) =>
      typeof value === 'number' ? sizes.put(value, column, row) : BAD.unparseable;
  }
  if (type === 'VARCHAR') return textPut((bytes, row) => field.parse(bytes, 0, column, row));
  throw new ColumnTypeError(`is ${type}: sizes are DECIMAL, text, floating point or integers`);
}

/** A vector of decimals gives their digits as an integer. */
interface ScaledVector {
  getScaledValue(row: number): number | bigint | null;
}

function isScaled(vector: object): vector is ScaledVector {
  return 'getScaledValue' in vector && typeof vector.getScaledValue === 'function';
}

/** Puts the values of a vector; the first fault of a row stands. */
export function putAll(vector: DuckDBVector, put: Put, faults: Int8Array): void {
  const count = vector.itemCount;
  if (isScaled(vector)) {
    for (let row = 0; row < count; row += 1) {
      const fault = put(vector.getScaledValue(row), row);
      if (fault < 0 && faults[row] === 0) faults[row] = fault;
    }
    return;
  }
  for (let row = 0; row < count; row += 1) {
    const fault = put(vector.getItem(row), row);
    if (fault < 0 && faults[row] === 0) faults[row] = fault;
  }
}
