import { statSync } from 'node:fs';
import type { BadRowRules, ReadReport } from '../data/bad-rows.ts';
import { DataVersionHasher } from '../data/data-version.ts';
import { mergeQuotes } from '../data/merge.ts';
import { openQuotes } from '../data/open-quotes.ts';
import type { QuoteStream } from '../data/quote-stream.ts';
import { quotesBetween } from '../data/quotes-between.ts';
import type { QuoteBlock } from '../market/quotes.ts';
import { assert, present } from '../model/assert.ts';
import type { Instrument } from '../model/instrument.ts';
import { instrumentIndex } from '../model/units.ts';
import type { MarketReading, MarketSource } from './assembly.ts';
import { configHash } from './canonical-json.ts';
import { type ContentHashes, type FoundSource, sourceContent } from './market-files.ts';
import type { FilesMarketConfig } from './market-schema.ts';
import { parseUtc } from './schema-parts.ts';

function badRowRules({ badRows }: FilesMarketConfig): BadRowRules {
  return { ...badRows, maxSkippedShare: Number(badRows.maxSkippedShare) };
}

/** Bytes of a file for a row, before one file of the source has told. */
const BYTES_PER_ROW = 30;
const PACKED_BYTES_PER_ROW = 6;
/** A file is done when its report is there, not before. */
const SHARE_OF_FILE_MAX = 0.99;

/** The first time that a market of files takes, and the first that it takes no more. */
export function filesPeriod({ from, to }: FilesMarketConfig): { from: number; to: number } {
  return {
    from: (from === undefined ? undefined : parseUtc(from)) ?? Number.NEGATIVE_INFINITY,
    to: (to === undefined ? undefined : parseUtc(to)) ?? Number.POSITIVE_INFINITY,
  };
}

/** How far a reader is, by bytes of files; within a file by an estimate from its rows. */
class ReaderProgress {
  readonly #reader: QuoteStream;
  readonly #sizes: readonly number[];
  #rows = 0;
  #bytesPerRow = 0.5;
  #ended = false;

  constructor(reader: QuoteStream, files: readonly string[]) {
    this.#reader = reader;
    this.#sizes = files.map((file) => statSync(file).size);
    const packed = /\.(gz|zip|bi5|parquet)$/i.test(files[0] ?? '');
    this.#bytesPerRow = packed ? PACKED_BYTES_PER_ROW : BYTES_PER_ROW;
  }

  get total(): number {
    return this.#sizes.reduce((sum, size) => sum + size, 0);
  }

  async *follow(from: number, to: number): AsyncGenerator<QuoteBlock, void, undefined> {
    yield* quotesBetween(this.#counted(), from, to);
    this.#ended = true;
  }

  async *#counted(): AsyncGenerator<QuoteBlock, void, undefined> {
    for await (const block of this.#reader) {
      this.#rows += block.count;
      yield block;
    }
  }

  get done(): number {
    if (this.#ended) return this.total;
    const { reports } = this.#reader;
    const finished = this.#sizes.slice(0, reports.length).reduce((sum, size) => sum + size, 0);
    const rows = reports.reduce((sum, report) => sum + report.quotes, 0);
    if (rows > 0) this.#bytesPerRow = finished / rows;
    const size = this.#sizes[reports.length] ?? 0;
    const estimate = Math.max(0, this.#rows - rows) * this.#bytesPerRow;
    return finished + Math.min(estimate, size * SHARE_OF_FILE_MAX);
  }
}

class FileReading implements MarketReading {
  readonly #readers: readonly QuoteStream[];
  readonly #progress: readonly ReaderProgress[];
  readonly #hasher: DataVersionHasher;
  readonly #market: FilesMarketConfig;
  #finished = false;

  constructor(
    market: FilesMarketConfig,
    sources: readonly FoundSource[],
    instruments: readonly Instrument[],
  ) {
    const badRows = badRowRules(market);
    const parts = instruments.map((instrument, k) => {
      const found = sources.find(({ config }) => config.symbol === instrument.symbol);
      const { files, format, config } = present(found, `source of ${instrument.symbol}`);
      const index = instrumentIndex(k);
      const entry = config.entry === undefined ? {} : { entry: config.entry };
      const reader = openQuotes({ instrument, index, files, format, badRows, ...entry });
      return { reader, progress: new ReaderProgress(reader, files) };
    });
    this.#readers = parts.map(({ reader }) => reader);
    this.#progress = parts.map(({ progress }) => progress);
    this.#hasher = new DataVersionHasher(instruments);
    this.#market = market;
  }

  get blocks(): AsyncIterable<QuoteBlock> {
    return this.#blocks();
  }

  async *#blocks(): AsyncGenerator<QuoteBlock, void, undefined> {
    const { from, to } = filesPeriod(this.#market);
    for await (const block of mergeQuotes(this.#progress.map((one) => one.follow(from, to)))) {
      this.#hasher.update(block);
      yield block;
    }
    this.#finished = true;
  }

  progress(): number {
    const total = this.#progress.reduce((sum, one) => sum + one.total, 0);
    const done = this.#progress.reduce((sum, one) => sum + one.done, 0);
    return total === 0 ? 1 : done / total;
  }

  dataVersion(): string {
    assert(this.#finished, 'the data version is known after the last block');
    return this.#hasher.digest();
  }

  reports(): readonly ReadReport[] {
    return this.#readers.flatMap((reader) => reader.reports);
  }
}

/**
 * The market of recorded files. With `hashes` the fingerprint is taken of the files' bytes now;
 * without, for a mere check, it is empty.
 */
export async function fileSource(
  market: FilesMarketConfig,
  sources: readonly FoundSource[],
  instruments: readonly Instrument[],
  hashes: ContentHashes | undefined,
): Promise<MarketSource> {
  let fingerprint = '';
  if (hashes !== undefined) {
    const contents = [];
    for (const source of sources) contents.push(await sourceContent(source, hashes));
    const { badRows, from, to } = market;
    const period = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
    fingerprint = configHash({ badRows, contents, ...period });
  }
  return {
    kind: 'files',
    fingerprint,
    read: () => new FileReading(market, sources, instruments),
  };
}
