import { basename, extname } from 'node:path';
import { HashMemo } from '../data/cache/hash-memo.ts';
import { DataError } from '../data/data-error.ts';
import { hourOfPath } from '../data/file-hour.ts';
import type { QuoteFormat } from '../data/quote-format.ts';
import { unreachable } from '../model/assert.ts';
import { formatDecimal } from '../model/decimal.ts';
import type { Instrument } from '../model/instrument.ts';
import { configHash } from './canonical-json.ts';
import { timeZoneDataVersion } from './compile-calendar.ts';
import type { FoundSource } from './market-files.ts';
import type { FilesMarketConfig } from './market-schema.ts';
import { systemErrorCode } from './read-json.ts';

/**
 * Raised whenever a reader gives other rows, or another report, for the same files and settings:
 * what was cached before is then not found any more.
 */
const READER_VERSION = 1;

/** Hashes of files by content: each file is looked at once in the life of this. */
export class ContentHashes {
  readonly #memo: HashMemo;
  readonly #known = new Map<string, string>();

  /** `memo`: what is known from earlier runs. */
  constructor(memo = new HashMemo()) {
    this.#memo = memo;
  }

  /** Hexadecimal SHA-256 of a file's bytes. Throws the system's errors. */
  async of(file: string): Promise<string> {
    const known = this.#known.get(file);
    if (known !== undefined) return known;
    const digest = await this.#memo.sha256(file);
    this.#known.set(file, digest);
    return digest;
  }
}

/** A source with the hexadecimal SHA-256 of each of its files, as they were at one moment. */
export interface HashedSource {
  readonly source: FoundSource;
  readonly sha256: readonly string[];
}

/** Throws `DataError` `DATA_READ` for a file that cannot be read. */
export async function hashSource(
  source: FoundSource,
  hashes: ContentHashes,
): Promise<HashedSource> {
  const sha256: string[] = [];
  for (const file of source.files) {
    try {
      sha256.push(await hashes.of(file));
    } catch (cause) {
      const reason = `cannot be read: ${systemErrorCode(cause)}`;
      throw new DataError('DATA_READ', reason, { file, cause });
    }
  }
  return { source, sha256 };
}

/** Whether the files hold what they held when they were hashed. */
export async function isUnchanged(hashed: HashedSource, memo?: HashMemo): Promise<boolean> {
  try {
    const { sha256 } = await hashSource(hashed.source, new ContentHashes(memo));
    return sha256.every((now, at) => now === hashed.sha256[at]);
  } catch (error) {
    if (error instanceof DataError) return false;
    throw error;
  }
}

/** What a source is by content: names of files without folders, and the hash of each. */
export function sourceContent({ source, sha256 }: HashedSource): unknown {
  const { symbol, format, entry } = source.config;
  const files = source.files.map((file, at) => ({ name: basename(file), sha256: sha256[at] }));
  return { symbol, format, ...(entry === undefined ? {} : { entry }), files };
}

/** As much of a file's path as decides its rows. */
function decisivePath(format: QuoteFormat, file: string): string {
  switch (format.kind) {
    case 'delimited':
    case 'one_sided':
    case 'trades':
    case 'bars': {
      const isPaired = format.kind === 'bars' && format.prices.kind === 'two_files';
      const isNamed = isPaired || format.fileDate !== undefined;
      return isNamed ? basename(file) : extname(file).toLowerCase();
    }
    case 'dukascopy_bi5':
      return `${hourOfPath(format.path, file)}`;
    case 'parquet':
      return '';
    default:
      return unreachable(format);
  }
}

/** Names the rows and reports of a source by all that decides them: hexadecimal SHA-256. */
export function sourceKey(
  { source, sha256 }: HashedSource,
  badRows: FilesMarketConfig['badRows'],
  { symbol, priceIncrement, sizeIncrement }: Instrument,
): string {
  const { config, format, files } = source;
  const { entry } = config;
  return configHash({
    reader: READER_VERSION,
    timeZones: timeZoneDataVersion(),
    symbol,
    priceIncrement: formatDecimal(priceIncrement),
    sizeIncrement: formatDecimal(sizeIncrement),
    format: config.format,
    ...(entry === undefined ? {} : { entry }),
    badRows,
    files: files.map((file, at) => ({ path: decisivePath(format, file), sha256: sha256[at] })),
  }).replace('sha256:', '');
}
