import { createHash } from 'node:crypto';
import { createQuoteBlock, type QuoteBlock } from '../../market/quotes.ts';
import { assert } from '../../model/assert.ts';
import { ColumnFileError } from '../columns/column-file.ts';
import {
  ORDER_KIND,
  type OrderContent,
  OrderEncoder,
  OrderFileReader,
} from '../columns/order-file.ts';
import { DataError } from '../data-error.ts';
import { DataVersionHasher } from '../data-version.ts';
import { mergeQuotes } from '../merge.ts';
import { BLOCK_ROWS } from '../quote-stream.ts';
import { type CacheableSource, CachedStream } from './cached-stream.ts';
import { replayMerged } from './merged-replay.ts';
import type { CacheWriter, QuoteCache } from './quote-cache.ts';

/** Raised when the merge orders quotes otherwise. */
const MERGE_VERSION = 1;

/** Named by its streams alone: what their rows are, their own keys tell. */
function orderKey(sources: readonly CacheableSource[]): string {
  const parts = [`merge ${MERGE_VERSION}`, ...sources.map(({ key }) => key)];
  return createHash('sha256').update(parts.join('\n')).digest('hex');
}

/**
 * The merged quotes of several sources, of which each and the order of all are cached. Source `k`
 * is that of instrument `k`. Read once.
 */
export class CachedMarket {
  readonly #sources: readonly CacheableSource[];
  readonly #cache: QuoteCache | undefined;
  readonly #orderKey: string;
  readonly streams: readonly CachedStream[];
  #dataVersion = '';

  constructor(sources: readonly CacheableSource[], cache: QuoteCache | undefined) {
    this.#sources = sources;
    this.#cache = cache;
    this.#orderKey = orderKey(sources);
    const alone = sources.length === 1;
    this.streams = sources.map((source) => new CachedStream(source, cache, alone));
  }

  /** `sha256:…` of the merged columns; only after the last block. */
  dataVersion(): string {
    assert(this.#dataVersion !== '', 'the data version is known after the last block');
    return this.#dataVersion;
  }

  /** All quotes in time order. Finish with a block before asking for the next. */
  async *blocks(): AsyncGenerator<QuoteBlock, void, undefined> {
    try {
      yield* this.#opened();
    } finally {
      for (const stream of this.streams) stream[Symbol.dispose]();
    }
    this.#cache?.saveHashes();
    this.#cache?.evict();
  }

  async *#opened(): AsyncGenerator<QuoteBlock, void, undefined> {
    const isCached = this.streams.map((stream) => stream.open()).every(Boolean);
    const [only] = this.streams;
    if (this.streams.length === 1 && only !== undefined) {
      yield* only;
      this.#dataVersion = only.dataVersion;
      return;
    }
    using order = isCached ? this.#openOrder() : undefined;
    if (order === undefined) yield* this.#merged();
    else yield* this.#replayed(order);
  }

  async *#hashed(blocks: AsyncIterable<QuoteBlock>): AsyncGenerator<QuoteBlock, void, undefined> {
    const hasher = new DataVersionHasher(this.#sources.map(({ instrument }) => instrument));
    for await (const block of blocks) {
      hasher.update(block);
      yield block;
    }
    this.#dataVersion = hasher.digest();
  }

  #openOrder(): OrderFileReader | undefined {
    const file = this.#cache?.open(ORDER_KIND, this.#orderKey);
    if (file === undefined) return undefined;
    const order = new OrderFileReader(file, this.streams.length);
    try {
      order.verify();
      const fits = this.streams.every(
        ({ content }, k) => content?.rows === order.content.counts[k],
      );
      if (!fits) throw new ColumnFileError('it does not fit its streams');
      return order;
    } catch (error) {
      order[Symbol.dispose]();
      if (!(error instanceof ColumnFileError)) throw error;
      this.#cache?.drop(ORDER_KIND, this.#orderKey, error);
      return undefined;
    }
  }

  async *#replayed(order: OrderFileReader): AsyncGenerator<QuoteBlock, void, undefined> {
    const sized = this.streams.some(({ content }) => content?.sized === true);
    try {
      yield* replayMerged(this.streams, order, sized);
    } catch (error) {
      if (!(error instanceof ColumnFileError)) throw error;
      // It was whole a moment ago. What was handed out stands, but nothing can be added to it.
      this.#cache?.drop(ORDER_KIND, this.#orderKey, error);
      const file = this.#cache?.fileOf(ORDER_KIND, this.#orderKey) ?? '';
      const reason = 'it was damaged while it was read: run again';
      throw new DataError('DATA_READ', reason, { file, cause: error });
    }
    this.#dataVersion = order.content.dataVersion;
  }

  async *#merged(): AsyncGenerator<QuoteBlock, void, undefined> {
    // A merge reads the sizes of every stream.
    const streams = this.streams.map((stream) => stream.blocks(createQuoteBlock(BLOCK_ROWS)));
    const merged = this.#hashed(mergeQuotes(streams));
    const writer = this.#cache?.create(ORDER_KIND, this.#orderKey);
    if (writer === undefined) {
      yield* merged;
      return;
    }
    try {
      yield* this.#recorded(merged, writer);
    } finally {
      writer.discard();
    }
  }

  async *#recorded(
    merged: AsyncIterable<QuoteBlock>,
    writer: CacheWriter,
  ): AsyncGenerator<QuoteBlock, void, undefined> {
    const encoder = new OrderEncoder(writer, this.streams.length);
    for await (const block of merged) {
      encoder.add(block);
      yield block;
    }
    encoder.finish();
    // The key of a stream stands for its rows only where these have been proved to belong to it.
    if (!this.streams.every(({ isProved }) => isProved)) return;
    const content: OrderContent = {
      symbols: this.#sources.map(({ instrument }) => instrument.symbol),
      rows: encoder.rows,
      counts: [...encoder.counts],
      dataVersion: this.#dataVersion,
    };
    writer.publish(content);
  }
}
