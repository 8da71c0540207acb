import { unreachable } from '../model/assert.ts';
import { ConvertedReader } from './converted-reader.ts';
import { QuoteReader } from './quote-reader.ts';
import type { QuoteFileSource, QuoteStream, ReaderTuning } from './quote-stream.ts';

/**
 * The quotes of a source, as blocks in time order: `for await (const block of openQuotes(source))`.
 * Files are opened one at a time, or two that are paired, when they are reached. Throws `DataError`
 * `DATA_FORMAT` for a format that cannot be meant.
 */
export function openQuotes(source: QuoteFileSource, tuning: ReaderTuning = {}): QuoteStream {
  const { format } = source;
  switch (format.kind) {
    case 'delimited':
      return new QuoteReader({ ...source, format }, tuning);
    case 'bars':
    case 'trades':
    case 'one_sided':
      return new ConvertedReader({ ...source, format }, tuning);
    default:
      return unreachable(format);
  }
}
