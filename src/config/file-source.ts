import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { BadRowRules, ReadReport } from '../data/bad-rows.ts';
import { CachedMarket } from '../data/cache/cached-market.ts';
import type { CacheableSource, CachedStream } from '../data/cache/cached-stream.ts';
import { HashMemo } from '../data/cache/hash-memo.ts';
import type { QuoteCache } from '../data/cache/quote-cache.ts';
import { openQuotes } from '../data/open-quotes.ts';
import type { QuoteBlock } from '../market/quotes.ts';
import { present } from '../model/assert.ts';
import type { Instrument } from '../model/instrument.ts';
import { instrumentIndex } from '../model/units.ts';
import type { MarketReading, MarketSource } from './assembly.ts';
import { configHash } from './canonical-json.ts';
import type { FoundSource } from './market-files.ts';
import type { FilesMarketConfig } from './market-schema.ts';
import {
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

/** How far a stream is, by bytes of files; within a file by an estimate from its rows. */
class ReaderProgress {
  readonly #stream: CachedStream;
  readonly #sizes: readonly number[];
  #bytesPerRow = 0.5;

  constructor(stream: CachedStream, files: readonly string[]) {
    this.#stream = stream;
    this.#sizes = files.map((file) => statSync(file).size);
    const packed = /\.(gz|zip)$/i.test(files[0] ?? '');
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

class FileReading implements MarketReading {
  readonly #market: CachedMarket;
  readonly #progress: readonly ReaderProgress[];

  constructor(sources: readonly CacheableSource[], cache: QuoteCache | undefined) {
    this.#market = new CachedMarket(sources, cache);
    this.#progress = this.#market.streams.map(
      (stream, k) => new ReaderProgress(stream, present(sources[k], 'source').files),
    );
  }

  get blocks(): AsyncIterable<QuoteBlock> {
    return this.#market.blocks();
  }

  progress(): number {
    const total = this.#progress.reduce((sum, one) => sum + one.total, 0);
    const done = this.#progress.reduce((sum, one) => sum + one.done, 0);
    return total === 0 ? 1 : done / total;
  }

  dataVersion(): string {
    return this.#market.dataVersion();
  }

  reports(): readonly ReadReport[] {
    return this.#market.streams.flatMap((stream) => stream.reports);
  }
}

/** How the sources of a market are read, and where what was read is kept. */
export interface FileSourceOptions {
  /** The fingerprint is taken of the files' bytes now; without, for a mere check, it is empty. */
  readonly hashContents: boolean;
  readonly cache?: QuoteCache | undefined;
}

/** The market of recorded files. Throws `DataError`, and `QuoteCacheError`. */
export async function fileSource(
  market: FilesMarketConfig,
  sources: readonly FoundSource[],
  instruments: readonly Instrument[],
  { hashContents, cache }: FileSourceOptions,
): Promise<MarketSource> {
  cache?.refuseWithin(sources.flatMap(({ files }) => files.map((file) => dirname(file))));
  const hashes = cache?.hashes ?? new HashMemo();
  const hashed: HashedSource[] = [];
  if (hashContents) for (const source of sources) hashed.push(await hashSource(source, hashes));
  cache?.saveHashes();
  const contents = hashed.map(sourceContent);
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
      key: sourceKey(content, market.badRows, instrument),
      open: () => openQuotes({ instrument, index, files, format, badRows, ...entry }),
      isUnchanged: () => isUnchanged(content, hashes),
    };
  };
  return {
    kind: 'files',
    fingerprint: hashContents ? configHash({ badRows: market.badRows, contents }) : '',
    read: () => new FileReading(instruments.map(cacheable), cache),
  };
}
