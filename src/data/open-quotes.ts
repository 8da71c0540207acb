import { unreachable } from '../model/assert.ts';
import { ColumnReader, type RowFile } from './column-reader.ts';
import { checkFormat } from './column-roles.ts';
import { ConvertedReader } from './converted-reader.ts';
import { checkDukascopyFormat, openDukascopyFile } from './dukascopy-file.ts';
import { checkParquetFormat } from './parquet-format.ts';
import type { QuoteFormat } from './quote-format.ts';
import { QuoteReader } from './quote-reader.ts';
import type { QuoteFileSource, QuoteStream, ReaderTuning } from './quote-stream.ts';

/**
 * Throws `DataError` `DATA_FORMAT` for a format that cannot be meant, before a file is opened.
 */
export function checkQuoteFormat(format: QuoteFormat, file: string): void {
  switch (format.kind) {
    case 'dukascopy_bi5':
      checkDukascopyFormat(format, file);
      break;
    case 'parquet':
      checkParquetFormat(format, file);
      break;
    default:
      checkFormat(format, file);
  }
}

/**
 * The quotes of a source, as blocks in time order: `for await (const block of openQuotes(source))`.
 * Files are opened one at a time, or two that are paired, when they are reached. Throws `DataError`
 * `DATA_FORMAT` for a format that cannot be meant.
 */
export function openQuotes(source: QuoteFileSource, tuning: ReaderTuning = {}): QuoteStream {
  const { format, instrument } = source;
  checkQuoteFormat(format, source.files[0] ?? instrument.symbol);
  switch (format.kind) {
    case 'delimited':
      return new QuoteReader({ ...source, format }, tuning);
    case 'bars':
    case 'trades':
    case 'one_sided':
      return new ConvertedReader({ ...source, format }, tuning);
    case 'dukascopy_bi5': {
      const open = (file: string): Promise<RowFile> => openDukascopyFile(file, instrument, format);
      return new ColumnReader(source, { open, mayBeEmpty: true }, tuning);
    }
    case 'parquet': {
      // DuckDB is 70 MB of library: it is loaded by whoever asks for Parquet, and by nobody else.
      const open = async (file: string): Promise<RowFile> =>
        (await import('./parquet-file.ts')).openParquetFile(file, instrument, format);
      return new ColumnReader(source, { open, mayBeEmpty: false }, tuning);
    }
    default:
      return unreachable(format);
  }
}
