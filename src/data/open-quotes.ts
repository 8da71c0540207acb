import { QuoteReader } from './quote-reader.ts';
import type { QuoteFileSource, QuoteStream, ReaderTuning } from './quote-stream.ts';

/**
 * The quotes of a source, as blocks in time order: `for await (const block of openQuotes(source))`.
 * Files are opened one at a time, when they are reached. Throws `DataError` `DATA_FORMAT` for a
 * format that cannot be meant.
 */
export function openQuotes(source: QuoteFileSource, tuning: ReaderTuning = {}): QuoteStream {
  return new QuoteReader(source, tuning);
}
