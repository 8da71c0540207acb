import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { noneSkipped, type ReadReport } from '../data/bad-rows.ts';
import { CachedMarket } from '../data/cache/cached-market.ts';
import type { CacheableSource } from '../data/cache/cached-stream.ts';
import { QuoteCache, type QuoteCacheOptions } from '../data/cache/quote-cache.ts';
import type { QuoteStream } from '../data/quote-stream.ts';
import type { QuoteBlock } from '../market/quotes.ts';
import { instrumentIndex } from '../model/units.ts';
import { blockOf, priced, type QuoteRow, rowsOf } from './quote-files.ts';

/** What a source of the rig is asked for, and what it does then. */
export interface RigSource {
  readonly rows: readonly QuoteRow[];
  /** Thrown after the rows. */
  readonly fails?: Error;
  readonly changed?: boolean;
  readonly blockRows?: number;
}

function fileOf(k: number): string {
  return join('ticks', `${k}.csv`);
}

function reportOf(rows: readonly QuoteRow[], at: number): ReadReport {
  return {
    file: fileOf(at),
    entry: undefined,
    rows: rows.length,
    accepted: rows.length,
    quotes: rows.length,
    skipped: noneSkipped(),
    first: {},
    crossedKept: 0,
    crossedClamped: 0,
    duplicates: 0,
    pricesRounded: 0,
    sizesRounded: 0,
    firstTime: rows[0]?.[0],
    lastTime: rows.at(-1)?.[0],
    endsWithNewline: true,
  };
}

class RowStream implements QuoteStream {
  readonly reports: ReadReport[] = [];
  readonly share = 0;
  readonly #source: RigSource;
  readonly #at: number = 0;

  constructor(source: RigSource, at: number) {
    this.#source = source;
    this.#at = at;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<QuoteBlock, void, undefined> {
    const { rows, fails, blockRows = 65_536 } = this.#source;
    for (let from = 0; from < rows.length; from += blockRows) {
      yield blockOf(rows.slice(from, from + blockRows));
    }
    if (fails !== undefined) throw fails;
    this.reports.push(reportOf(rows, this.#at));
  }
}

/** What a reading of a market gave. */
export interface RigReading {
  readonly rows: readonly QuoteRow[];
  readonly dataVersion: string;
  readonly reports: readonly ReadReport[];
  /** How often files were opened. */
  readonly opened: number;
  /** What was said on the way. */
  readonly said: readonly string[];
}

function withoutNaN(block: QuoteBlock): QuoteRow[] {
  // A block without sizes has none to show.
  const sized = block.bidSize.length > 0;
  return rowsOf(block).map(([time, k, bid, ask, bidSize, askSize]) =>
    sized ? [time, k, bid, ask, bidSize, askSize] : [time, k, bid, ask, 0, 0],
  );
}

/** Reads a market through a cache in `directory`, or without one. */
export async function readThrough(
  directory: string | undefined,
  sources: readonly RigSource[],
  options: Partial<QuoteCacheOptions> = {},
  onBlock: () => void = () => undefined,
): Promise<RigReading> {
  const said: string[] = [];
  let opened = 0;
  const bytesMax = 1e9;
  const warn = (text: string): void => void said.push(text);
  const cache =
    directory === undefined ? undefined : new QuoteCache({ directory, bytesMax, warn, ...options });
  const cacheable = sources.map((source, k): CacheableSource => {
    const key = createHash('sha256')
      .update(JSON.stringify([k, source.rows]))
      .digest('hex');
    return {
      instrument: priced(`X${String.fromCharCode(65 + k)}AUSD`, '0.00001'),
      index: instrumentIndex(k),
      files: [fileOf(k)],
      key,
      open: () => {
        opened += 1;
        return new RowStream(source, k);
      },
      isUnchanged: async () => source.changed !== true,
    };
  });
  const market = new CachedMarket(cacheable, cache);
  const rows: QuoteRow[] = [];
  for await (const block of market.blocks()) {
    for (const row of withoutNaN(block)) rows.push(row);
    onBlock();
  }
  const reports = market.streams.flatMap((stream) => stream.reports);
  return { rows, dataVersion: market.dataVersion(), reports, opened, said };
}
