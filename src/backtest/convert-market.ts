import { join } from 'node:path';
import { fileSource } from '../config/file-source.ts';
import { instrumentOf } from '../config/instruments.ts';
import { IssueList } from '../config/issue.ts';
import type { LoadedConfig } from '../config/load.ts';
import { type FoundSource, findSources } from '../config/market-files.ts';
import type { FilesMarketConfig } from '../config/market-schema.ts';
import { DataError } from '../data/data-error.ts';
import type { DelimitedFormat } from '../data/delimited-format.ts';
import { writeQuotes } from '../data/encode.ts';
import { writeParquet } from '../data/parquet-write.ts';
import type { QuoteBlock } from '../market/quotes.ts';
import type { Instrument } from '../model/instrument.ts';
import { formatUtc } from '../model/time.ts';
import { timeUs } from '../model/units.ts';
import type { FeedOptions } from './feed-market.ts';
import { OutputDirectory } from './results/output-directory.ts';
import { fsCode, OutputError } from './results/output-error.ts';

/** What quotes can be written as. */
export const CONVERSION_TARGETS = ['parquet', 'csv'] as const;
export type ConversionTarget = (typeof CONVERSION_TARGETS)[number];

export interface Conversion extends FeedOptions {
  readonly to: ConversionTarget;
  /** Only this instrument. */
  readonly symbol?: string | undefined;
  readonly path: string;
  readonly overwrite: boolean;
}

/** One instrument's quotes in one file. */
export interface ConvertedFile {
  readonly symbol: string;
  /** Name inside the output directory. */
  readonly file: string;
  readonly quotes: number;
  /** Rows of the sources that the rules left out. */
  readonly skipped: number;
  /** First and last time. */
  readonly from: string;
  readonly to: string;
  /** Of this instrument alone: what a market of this file has as its `dataVersion`. */
  readonly dataVersion: string;
}

/** How a CSV of a conversion is read. */
export const WRITTEN_CSV: DelimitedFormat = {
  kind: 'delimited',
  separator: 'comma',
  header: true,
  columns: { time: 'time', bid: 'bid', ask: 'ask', bidSize: 'bidSize', askSize: 'askSize' },
  time: 'epoch_us',
  zone: 'UTC',
  priceGrid: 'exact',
  sizeScale: { coefficient: 1n, decimals: 0 },
};

const CONVERTED_NAME = /^[A-Z][A-Z0-9_.-]*\.(parquet|csv)$/;

/** Market of files that a configuration has. Throws `ConfigError` for any other. */
function filesMarket(loaded: LoadedConfig, symbol: string | undefined): FilesMarketConfig {
  const { market, instruments } = loaded.config;
  const issues = new IssueList();
  if (market.kind !== 'files') {
    issues.add(loaded.source, ['market', 'kind'], 'not_files', 'only files can be converted');
  } else if (symbol !== undefined && !instruments.use.includes(symbol)) {
    const message = `${symbol} is not in it: --symbol names an instrument in use`;
    issues.add(loaded.source, ['instruments', 'use'], 'unknown', message);
  }
  issues.throwIfAny();
  if (market.kind === 'files') return market;
  throw issues.error();
}

/** A failing disk, as the error that it is to the user. */
function outputFailure(cause: unknown): unknown {
  // DuckDB throws plain errors; those of the file system have a code.
  const isPlain = cause instanceof Error && cause.constructor === Error;
  const isSystem = cause instanceof Error && 'syscall' in cause;
  if (!isSystem && !(isPlain && fsCode(cause) === '')) return cause;
  return new OutputError('OUTPUT_FAILED', `quotes cannot be written: ${cause.message}`, cause);
}

/** The quotes of one file, counted as they pass. */
class Tally {
  quotes = 0;
  first: number | undefined;
  last: number | undefined;

  add({ count, time }: QuoteBlock): void {
    if (count === 0) return;
    this.quotes += count;
    this.first ??= time[0];
    this.last = time[count - 1];
  }
}

/** Counts what a conversion has done, over all instruments. */
class ConversionProgress {
  readonly #options: FeedOptions;
  readonly #files: number = 0;
  #filesDone = 0;
  #quotes = 0;

  constructor(options: FeedOptions, files: number) {
    this.#options = options;
    this.#files = files;
  }

  async *follow(
    blocks: AsyncIterable<QuoteBlock>,
    share: () => number,
    tally: Tally,
  ): AsyncGenerator<QuoteBlock, void, undefined> {
    const { signal, onProgress } = this.#options;
    for await (const block of blocks) {
      signal?.throwIfAborted();
      tally.add(block);
      yield block;
      this.#quotes += block.count;
      const time = timeUs(block.time[block.count - 1] ?? 0);
      const done = (this.#filesDone + share()) / this.#files;
      onProgress?.({ quotes: this.#quotes, share: done, time });
    }
    this.#filesDone += 1;
  }
}

async function convertOne(
  market: FilesMarketConfig,
  sources: readonly FoundSource[],
  instrument: Instrument,
  { to, directory }: { readonly to: ConversionTarget; readonly directory: string },
  progress: ConversionProgress,
): Promise<ConvertedFile> {
  const { symbol } = instrument;
  const reading = (await fileSource(market, sources, [instrument])).read();
  const name = `${symbol}.${to}`;
  const file = join(directory, name);
  const tally = new Tally();
  const quotes = progress.follow(reading.blocks, () => reading.progress(), tally);
  try {
    if (to === 'parquet') await writeParquet({ instrument, file }, quotes);
    else await writeQuotes({ instrument, file, format: WRITTEN_CSV }, quotes);
  } catch (cause) {
    throw outputFailure(cause);
  }
  const { first, last } = tally;
  if (first === undefined || last === undefined) {
    throw new DataError('DATA_EMPTY', 'its files have no quote', { file: symbol });
  }
  const skipped = reading.reports().reduce((sum, report) => sum + report.rows - report.accepted, 0);
  return {
    symbol,
    file: name,
    quotes: tally.quotes,
    skipped,
    from: formatUtc(timeUs(first)),
    to: formatUtc(timeUs(last)),
    dataVersion: reading.dataVersion(),
  };
}

/**
 * Writes the quotes of a market of files anew, one file per instrument; the directory appears
 * complete or not at all. Quotes that the rules of the market leave out are left out.
 *
 * Throws `ConfigError`, `DataError`, `OutputError`, and the reason of an aborted `signal`.
 */
export async function convertMarket(
  loaded: LoadedConfig,
  conversion: Conversion,
): Promise<readonly ConvertedFile[]> {
  const { to, symbol, path, overwrite } = conversion;
  const market = filesMarket(loaded, symbol);
  const issues = new IssueList();
  const sources = findSources(loaded, market, issues);
  issues.throwIfAny();
  const inputs = [loaded.file, ...sources.flatMap(({ files }) => files)];
  const isResult = (name: string): boolean => CONVERTED_NAME.test(name);
  using output = new OutputDirectory({ path, overwrite, inputs, isResult });
  const instruments = loaded.instruments
    .map(instrumentOf)
    .filter((instrument) => symbol === undefined || instrument.symbol === symbol);
  const progress = new ConversionProgress(conversion, instruments.length);
  const place = { to, directory: output.temporary };
  const converted: ConvertedFile[] = [];
  for (const instrument of instruments) {
    converted.push(await convertOne(market, sources, instrument, place, progress));
  }
  output.complete();
  return converted;
}
