import type { BarsFormat } from './bars-format.ts';
import type { DelimitedFormat } from './delimited-format.ts';
import type { DukascopyFormat } from './dukascopy-format.ts';
import type { ParquetFormat } from './parquet-format.ts';
import type { OneSidedFormat, TradesFormat } from './trades-format.ts';

/** Formats in which a row is not a quote, but becomes some. */
export type ConvertedFormat = BarsFormat | TradesFormat | OneSidedFormat;

/** Formats of text. */
export type TextFormat = DelimitedFormat | ConvertedFormat;

/** Formats of records and tables, which have rows and no lines. */
export type BinaryFormat = DukascopyFormat | ParquetFormat;

/** Every way in which files may hold quotes, told apart by `kind`. */
export type QuoteFormat = TextFormat | BinaryFormat;
