import type { Decimal } from '../model/decimal.ts';

/** How columns are divided. There is no quoting: a field holds no separator. */
export const SEPARATORS = { comma: ',', semicolon: ';', tab: '\t', pipe: '|', space: ' ' } as const;
export type SeparatorName = keyof typeof SEPARATORS;
export const SEPARATOR_NAMES = ['comma', 'semicolon', 'tab', 'pipe', 'space'] as const;

/**
 * How a time is written. Digits beyond a microsecond are truncated, not rounded, so that no quote
 * is ever later than its source says by the reader's doing. Times before 1970 are refused.
 *
 * - `epoch_s`, `epoch_ms`, `epoch_us`, `epoch_ns`: since 1970-01-01 UTC, with or without a
 *   fraction.
 * - `ms_of_day`: milliseconds of the wall clock since 00:00 of the day in the file's name, with or
 *   without a fraction; 86 400 000 and above is out of range.
 * - `iso`: `2013-01-01 22:00:00.295000+00:00`; `T` or a space, fraction optional, ending with `Z`,
 *   `+hh:mm`, `+hhmm`, `+hh` or nothing. An offset in the field stands; else the format's zone.
 * - `iso_minute`: `2018-06-01 00:00`, as `iso` without seconds; `iso_date`: `2018-06-01`.
 * - `compact`: `20200130 15:27:51.336` or `20200130 152751336`; `T` or a space, fraction optional.
 * - `compact_minute`: `20200130 15:27`, as `compact` without seconds.
 * - `day_first`: `30.01.2020 15:27:51.336`; a space, fraction optional.
 *
 * In space separated text only `T` divides date and time. A leap second (`:60`) is out of range.
 */
export const TIME_NOTATIONS = [
  'epoch_s',
  'epoch_ms',
  'epoch_us',
  'epoch_ns',
  'ms_of_day',
  'iso',
  'iso_minute',
  'iso_date',
  'compact',
  'compact_minute',
  'day_first',
] as const;
export type TimeNotation = (typeof TIME_NOTATIONS)[number];

/** `exact`: a price off the increment is a bad row. `round`: half away from zero, and counted. */
export const PRICE_GRIDS = ['exact', 'round'] as const;
export type PriceGrid = (typeof PRICE_GRIDS)[number];

/** A column by its name in the header, or by its number from 1. */
export type ColumnRef = string | number;

/**
 * What all text formats declare. Lines end with LF or CRLF, the last one may end without; blank
 * lines are passed over; a UTF-8 byte order mark is allowed. Every line must have as many columns
 * as the header or, without one, as the first line. A line has at most 64 KiB.
 */
export interface TextLayout {
  readonly separator: SeparatorName;
  /** True: the first line names the columns (exact, case included). */
  readonly header: boolean;
  /** How many columns there must be, where a layout has no header to tell it from others. */
  readonly columnCount?: number;
  readonly time: TimeNotation;
  /**
   * Clock of every time but the epoch ones, of `iso` without an offset, and of the day in a file's
   * name: `UTC`, a fixed offset `-05:00`, or an IANA zone. A local time that occurs twice is the
   * earlier one; one that the clocks skipped is out of range. Epoch times are UTC whatever stands
   * here.
   */
  readonly zone: string;
  /**
   * Where the date stands in the file's base name: `YYYY`, `MM`, `DD` are digits, `*` is anything,
   * the rest is literal (`YYYYMMDD_quote.zip`, `eurusd_*_YYYY-MM-DD.csv.gz`). Needed by `ms_of_day`
   * and by `filePeriod: 'day'`.
   */
  readonly fileDate?: string | undefined;
  /**
   * `day`: rows must lie on the file's day in `zone`, else `outside_file_period`. Default `any`.
   */
  readonly filePeriod?: 'any' | 'day';
  readonly priceGrid: PriceGrid;
  /** Prices in the file are multiplied by this: `0.0001` where they are integers × 10 000. */
  readonly priceScale?: Decimal;
  /**
   * Sizes in the file are multiplied by this: `1000000` where they are in millions. They become
   * counts of the size increment, **rounded down**: a size never grows by being read. Exponents
   * (`1.3e-05`) are understood in sizes, not in prices.
   */
  readonly sizeScale: Decimal;
}

/** Where each field stands. Columns that are not named are ignored, whatever they hold. */
export interface QuoteColumns {
  readonly time: ColumnRef;
  readonly bid: ColumnRef;
  readonly ask: ColumnRef;
  readonly bidSize?: ColumnRef | undefined;
  readonly askSize?: ColumnRef | undefined;
  /** Must name the instrument, else `other_symbol`; case and signs such as `/` do not matter. */
  readonly symbol?: ColumnRef | undefined;
}

/** Delimited text that holds one quote a line. */
export interface DelimitedFormat extends TextLayout {
  readonly kind: 'delimited';
  readonly columns: QuoteColumns;
}

/** Longest line, in bytes: a file without line ends must not exhaust memory. */
export const LINE_BYTES_MAX = 65_536;

/**
 * Day files of the "lean" layout, `YYYYMMDD_quote.zip`: one CSV without header, milliseconds since
 * midnight, bid, ask. `zone` is the venue's data clock: `UTC` for OANDA, `-05:00` for FXCM.
 */
export function leanQuoteFormat(zone: string): DelimitedFormat {
  return {
    kind: 'delimited',
    separator: 'comma',
    header: false,
    columns: { time: 1, bid: 2, ask: 3 },
    columnCount: 3,
    time: 'ms_of_day',
    zone,
    fileDate: 'YYYYMMDD_quote.*',
    filePeriod: 'any',
    priceGrid: 'exact',
    sizeScale: { coefficient: 1n, decimals: 0 },
  };
}
