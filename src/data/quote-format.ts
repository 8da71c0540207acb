import type { DelimitedFormat } from './delimited-format.ts';
import type { DukascopyFormat } from './dukascopy-format.ts';
import type { ParquetFormat } from './parquet-format.ts';

/** Every way in which files may hold quotes, told apart by `kind`. */
export type QuoteFormat = DelimitedFormat | DukascopyFormat | ParquetFormat;
