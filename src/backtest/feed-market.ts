import type { MarketReading } from '../config/assembly.ts';
import type { QuoteBlock } from '../market/quotes.ts';
import { assert } from '../model/assert.ts';
import type { TimeUs } from '../model/units.ts';
import type { EmbeddedLoop } from '../runtime/embedded-loop.ts';

/** Where a run is. */
export interface BacktestProgress {
  /** Quotes taken so far. */
  readonly quotes: number;
  /** Share of the market read so far, 0 to 1. */
  readonly share: number;
  /** Time of the last quote taken, µs UTC. */
  readonly time: TimeUs;
}

export interface FeedOptions {
  readonly onProgress?: ((progress: BacktestProgress) => void) | undefined;
  /** Ends the run with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface Feeding extends FeedOptions {
  /** Sees the rows of each block after they were fed. */
  readonly onQuotes?: ((block: QuoteBlock, from: number, to: number) => void) | undefined;
}

/** What was fed: how many quotes, and the times of the first and the last. */
export interface Fed {
  readonly quotes: number;
  readonly from: TimeUs;
  readonly to: TimeUs;
}

const PROGRESS_MS = 100;
/** A slice of a block is meant to take this long; the loop itself reads no clock. */
const SLICE_MS_MIN = 5;
const SLICE_MS_MAX = 50;
const SLICE_ROWS_MIN = 64;
const SLICE_ROWS_FIRST = 4096;

/** Lets timers and signals of the process have their turn. */
function breathe(): Promise<void> {
  return new Promise((done) => setImmediate(done));
}

/**
 * Feeds every quote of a market to the loop; `begin` is called before the first, with its time.
 * `undefined` when there was no quote.
 */
export async function feedMarket(
  reading: MarketReading,
  loop: EmbeddedLoop,
  begin: (time: TimeUs) => void,
  { onProgress, signal, onQuotes }: Feeding,
): Promise<Fed | undefined> {
  let quotes = 0;
  let from: TimeUs | undefined;
  let to = 0 as TimeUs;
  let rows = SLICE_ROWS_FIRST;
  let shownAt = performance.now();
  signal?.throwIfAborted();
  for await (const block of reading.blocks) {
    const { count, time } = block;
    if (count === 0) continue;
    if (from === undefined) {
      from = time[0] as TimeUs;
      begin(from);
    }
    for (let at = 0; at < count; ) {
      const end = Math.min(count, at + rows);
      const startedAt = performance.now();
      loop.feed(block, at, end);
      onQuotes?.(block, at, end);
      const now = performance.now();
      quotes += end - at;
      at = end;
      to = time[end - 1] as TimeUs;
      if (now - startedAt < SLICE_MS_MIN) rows *= 2;
      else if (now - startedAt > SLICE_MS_MAX && rows > SLICE_ROWS_MIN) rows /= 2;
      if (now - shownAt < PROGRESS_MS) continue;
      shownAt = now;
      onProgress?.({ quotes, share: reading.progress(), time: to });
      await breathe();
      signal?.throwIfAborted();
    }
  }
  if (from === undefined) return undefined;
  assert(to >= from, 'quotes are in time order');
  onProgress?.({ quotes, share: 1, time: to });
  return { quotes, from, to };
}
