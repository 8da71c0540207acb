import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { CachedMarket } from '../src/data/cache/cached-market.ts';
import type { CacheableSource } from '../src/data/cache/cached-stream.ts';
import { QuoteCache } from '../src/data/cache/quote-cache.ts';
import { ColumnFileReader } from '../src/data/columns/column-file.ts';
import { STREAM_KIND, StreamFileReader } from '../src/data/columns/stream-file.ts';
import type { QuoteStream } from '../src/data/quote-stream.ts';
import { createQuoteBlock, type QuoteBlock } from '../src/market/quotes.ts';
import { instrumentIndex } from '../src/model/units.ts';
import { testInstrument } from '../src/testing/builders.ts';
import { createEngine, runEngine } from './engine-loop.ts';
import type { Figures } from './fresh-process.ts';
import { randomWalkTape } from './tape.ts';

const QUOTES = 10_000_000;
const STREAMS = 8;
const BLOCK = 65_536;

/** The rows of one instrument of a tape, as a reader would give them. */
class TapeStream implements QuoteStream {
  readonly reports = [];
  readonly share = 0;
  readonly #tape: QuoteBlock;
  readonly #k: number;

  constructor(tape: QuoteBlock, k: number) {
    this.#tape = tape;
    this.#k = k;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<QuoteBlock, void, undefined> {
    const { time, instrument, bid, ask, count } = this.#tape;
    const block = createQuoteBlock(BLOCK);
    block.instrument.fill(this.#k);
    for (let row = 0; row < count; row += 1) {
      if (instrument[row] !== this.#k) continue;
      block.time[block.count] = time[row] as number;
      block.bid[block.count] = bid[row] as number;
      block.ask[block.count] = ask[row] as number;
      block.count += 1;
      if (block.count < BLOCK) continue;
      yield block;
      block.count = 0;
    }
    if (block.count > 0) yield block;
  }
}

function sourcesOf(tape: QuoteBlock, streams: number): CacheableSource[] {
  return Array.from({ length: streams }, (_, k) => ({
    instrument: testInstrument(`X${String.fromCharCode(65 + k)}AUSD`),
    index: instrumentIndex(k),
    files: ['tape'],
    key: `${k}`.repeat(64),
    open: () => new TapeStream(tape, k),
    isUnchanged: async () => true,
  }));
}

function openCache(directory: string): QuoteCache {
  return new QuoteCache({
    directory,
    bytesMax: 1e12,
    warn: (text) => {
      throw new Error(text);
    },
  });
}

async function timed(body: () => Promise<void> | void): Promise<number> {
  const startedAt = performance.now();
  await body();
  return performance.now() - startedAt;
}

async function drain(market: CachedMarket): Promise<void> {
  for await (const block of market.blocks()) if (block.count === 0) throw new Error('empty');
}

async function inFolder<T>(body: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'tiyf-bench-'));
  try {
    return await body(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Unpacks every block of a stream and does nothing with it: the floor of decoding. */
function bareMs(file: string, key: string): Promise<number> {
  return timed(() => {
    using reader = ColumnFileReader.open(file, STREAM_KIND, key);
    for (let block = 0; block < (reader?.blocks ?? 0); block += 1) {
      const chunkSize = 16 * BLOCK;
      zstdDecompressSync(reader?.packed(block) ?? '', { chunkSize });
    }
  });
}

/** One instrument: bytes a quote, and the rate of decoding beside that of bare unpacking. */
export async function decoding(): Promise<Figures> {
  const tape = randomWalkTape(QUOTES, 1);
  return await inFolder(async (directory) => {
    const [source] = sourcesOf(tape, 1);
    const key = source?.key ?? '';
    const buildMs = await timed(() =>
      drain(new CachedMarket(sourcesOf(tape, 1), openCache(directory))),
    );
    const file = openCache(directory).fileOf(STREAM_KIND, key);
    const decode = (): Promise<number> =>
      timed(() => {
        const opened = ColumnFileReader.open(file, STREAM_KIND, key);
        if (opened === undefined) throw new Error('not cached');
        using reader = new StreamFileReader(opened);
        const block = createQuoteBlock(BLOCK, false);
        while (reader.next(block));
      });
    await decode();
    const bare = await bareMs(file, key);
    const ms = await decode();
    return {
      bytesPerQuote: statSync(file).size / QUOTES,
      decodedPerSecond: QUOTES / (ms / 1000),
      barePerSecond: QUOTES / (bare / 1000),
      share: bare / ms,
      buildNs: (buildMs * 1e6) / QUOTES,
    };
  });
}

/** The strategy on bars over eight instruments, from memory and from the cache. */
export async function replaying(): Promise<Figures> {
  const tape = randomWalkTape(QUOTES, STREAMS);
  return await inFolder(async (directory) => {
    await drain(new CachedMarket(sourcesOf(tape, STREAMS), openCache(directory)));
    const memory = createEngine(STREAMS, false);
    const memoryMs = await timed(() => void runEngine(memory, tape));
    const cached = createEngine(STREAMS, false);
    const cachedMs = await timed(async () => {
      const market = new CachedMarket(sourcesOf(tape, STREAMS), openCache(directory));
      for await (const block of market.blocks()) runEngine(cached, block);
    });
    const readMs = await timed(() =>
      drain(new CachedMarket(sourcesOf(tape, STREAMS), openCache(directory))),
    );
    if (memory.records.digest() !== cached.records.digest()) throw new Error('records differ');
    return {
      memoryPerSecond: QUOTES / (memoryMs / 1000),
      cachedPerSecond: QUOTES / (cachedMs / 1000),
      share: memoryMs / cachedMs,
      readNs: (readMs * 1e6) / QUOTES,
    };
  });
}
