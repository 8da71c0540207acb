import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { BadRowRules, ReadReport } from '../data/bad-rows.ts';
import { CachedMarket } from '../data/cache/cached-market.ts';
import type { CacheableSource, CachedStream } from '../data/cache/cached-stream.ts';
import type { QuoteCache } from '../data/cache/quote-cache.ts';
import { DataVersionHasher } from '../data/data-version.ts';
import { openQuotes } from '../data/open-quotes.ts';
import { quotesBetween } from '../data/quotes-between.ts';
import type { QuoteBlock } from '../market/quotes.ts';
import { assert, present } from '../model/assert.ts';
import type { Instrument } from '../model/instrument.ts';
import { instrumentIndex } from '../model/units.ts';
import type { MarketReading, MarketSource } from './assembly.ts';
import { configHash } from './canonical-json.ts';
import type { FoundSource } from './market-files.ts';
import type { FilesMarketConfig } from './market-schema.ts';
import { parseUtc } from './schema-parts.ts';
import {
  type ContentHashes,
  type HashedSource,
  hashSource,
  isUnchanged,
  sourceContent,
  sourceKey,
} from './source-content.ts';

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

/** How far a stream is, by bytes of files; within a file by an estimate from its rows. */
class ReaderProgress {
  readonly #stream: CachedStream;
  readonly #sizes: readonly number[];
  #bytesPerRow = 0.5;

  constructor(stream: CachedStream, files: readonly string[]) {
    this.#stream = stream;
    this.#sizes = files.map((file) => statSync(file).size);
    const packed = /\.(gz|zip|bi5|parquet)$/i.test(files[0] ?? '');
    this.#bytesPerRow = packed ? PACKED_BYTES_PER_ROW : BYTES_PER_ROW;
  }

  get total(): number {
    return this.#sizes.reduce((sum, size) => sum + size, 0);
  }

  get done(): number {
    const { reports, isFromCache, share, rowsRead } = this.#stream;
    if (isFromCache) return this.total * share;
    const finished = this.#sizes.slice(0, reports.length).reduce((sum, size) => sum + size, 0);
    const rows = reports.reduce((sum, report) => sum + report.quotes, 0);
    if (rows > 0) this.#bytesPerRow = finished / rows;
    const size = this.#sizes[reports.length] ?? 0;
    const estimate = Math.max(0, rowsRead - rows) * this.#bytesPerRow;
    return finished + Math.min(estimate, size * SHARE_OF_FILE_MAX);
  }
}

/** Reports of the files that lie before `to`: how far ahead a reader was does not show. */
function reportsBefore(to: number, reports: readonly ReadReport[]): readonly ReadReport[] {
  const end = reports.findIndex(({ lastTime }) => lastTime !== undefined && lastTime >= to);
  return end < 0 ? reports : reports.slice(0, end);
}

class FileReading implements MarketReading {
  readonly #market: CachedMarket;
  readonly #progress: readonly ReaderProgress[];
  readonly #period: ReturnType<typeof filesPeriod>;
  /** Of a part of the quotes, which the cache cannot know. */
  readonly #hasher: DataVersionHasher | undefined;
  #finished = false;

  constructor(
    market: FilesMarketConfig,
    sources: readonly CacheableSource[],
    cache: QuoteCache | undefined,
  ) {
    this.#market = new CachedMarket(sources, cache);
    this.#progress = this.#market.streams.map(
      (stream, k) => new ReaderProgress(stream, present(sources[k], 'source').files),
    );
    this.#period = filesPeriod(market);
    const isWhole = market.from === undefined && market.to === undefined;
    const instruments = sources.map(({ instrument }) => instrument);
    this.#hasher = isWhole ? undefined : new DataVersionHasher(instruments);
  }

  get blocks(): AsyncIterable<QuoteBlock> {
    return this.#blocks();
  }

  async *#blocks(): AsyncGenerator<QuoteBlock, void, undefined> {
    const { from, to } = this.#period;
    for await (const block of quotesBetween(this.#market.blocks(), from, to)) {
      this.#hasher?.update(block);
      yield block;
    }
    this.#finished = true;
  }

  progress(): number {
    const total = this.#progress.reduce((sum, one) => sum + one.total, 0);
    const done = this.#progress.reduce((sum, one) => sum + one.done, 0);
    return total === 0 || this.#finished ? 1 : done / total;
  }

  dataVersion(): string {
    assert(this.#finished, 'the data version is known after the last block');
    return this.#hasher?.digest() ?? this.#market.dataVersion();
  }

  reports(): readonly ReadReport[] {
    const { to } = this.#period;
    return this.#market.streams.flatMap(({ reports }) => reportsBefore(to, reports));
  }
}

/** How the sources of a market are read, and where what was read is kept. */
export interface FileSourceOptions {
  /** The fingerprint is taken of the files' bytes; without, for a mere check, it is empty. */
  readonly hashes?: ContentHashes | undefined;
  /** Of use with `hashes` only. */
  readonly cache?: QuoteCache | undefined;
}

/** The market of recorded files. Throws `DataError`, and `QuoteCacheError`. */
export async function fileSource(
  market: FilesMarketConfig,
  sources: readonly FoundSource[],
  instruments: readonly Instrument[],
  { hashes, cache }: FileSourceOptions = {},
): Promise<MarketSource> {
  cache?.refuseWithin(sources.flatMap(({ files }) => files.map((file) => dirname(file))));
  const hashed: HashedSource[] = [];
  for (const source of sources) {
    hashed.push(hashes === undefined ? { source, sha256: [] } : await hashSource(source, hashes));
  }
  cache?.saveHashes();
  const kept = hashes === undefined ? undefined : cache;
  const contents = hashed.map(sourceContent);
  const { from, to } = market;
  const period = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  const badRows = badRowRules(market);
  const cacheable = (instrument: Instrument, k: number): CacheableSource => {
    const found = hashed.find(({ source }) => source.config.symbol === instrument.symbol);
    const content = present(found, `source of ${instrument.symbol}`);
    const { files, format, config } = content.source;
    const index = instrumentIndex(k);
    const entry = config.entry === undefined ? {} : { entry: config.entry };
    return {
      instrument,
      index,
      files,
      key: hashes === undefined ? '' : sourceKey(content, market.badRows, instrument),
      open: () => openQuotes({ instrument, index, files, format, badRows, ...entry }),
      isUnchanged: () => isUnchanged(content, cache?.hashes),
    };
  };
  return {
    kind: 'files',
    fingerprint:
      hashes === undefined ? '' : configHash({ badRows: market.badRows, contents, ...period }),
    read: () => new FileReading(market, instruments.map(cacheable), kept),
  };
}
