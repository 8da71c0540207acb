import type { DelimitedFormat } from './delimited-format.ts';

/** Every way in which files may hold quotes, told apart by `kind`. */
export type QuoteFormat = DelimitedFormat;
