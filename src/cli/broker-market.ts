import { setImmediate as nextTurn } from 'node:timers/promises';
import type { MarketSource } from '../config/assembly.ts';
import { quotesBetween } from '../data/quotes-between.ts';
import { createQuoteBlock, type QuoteBlock } from '../market/quotes.ts';
import type { TimeUs } from '../model/units.ts';
import { Pacer, systemClock } from '../runtime/pacer.ts';
import { GeneratedFeed, TapeFeed } from '../runtime/quote-feed.ts';
import type { BrokerMarket } from '../venues/server/broker.ts';

const BLOCK_ROWS = 8192;
const BLOCKS_A_TURN = 16;

/**
 * The market of a broker: a synthetic one goes on by the wall, as it does for an engine, and went
 * on while the broker was away; a recorded one goes on where it was left.
 */
export function brokerMarket(source: MarketSource, speed: number): BrokerMarket {
  const { live } = source;
  return {
    open: async (after) => {
      if (live !== undefined) {
        const start = after === undefined ? systemClock.wallUs() : after + 1;
        return { feed: new GeneratedFeed(live, start as TimeUs), start: start as TimeUs };
      }
      // Every row up to `after` was taken.
      const left =
        after === undefined
          ? undefined
          : { time: (after + 1) as TimeUs, quoteTime: after, quotes: Number.POSITIVE_INFINITY };
      const feed = new TapeFeed(source.read().blocks, left);
      const first = await feed.peekTime();
      return { feed, start: first ?? after ?? (systemClock.wallUs() as TimeUs) };
    },
    clock: (from) => {
      const byTheWall = live !== undefined && speed === 1;
      const start = byTheWall ? Math.max(from, systemClock.wallUs()) : from;
      const pacer = new Pacer(systemClock, start as TimeUs, speed);
      return () => pacer.now();
    },
    history: (from, to) =>
      live === undefined
        ? quotesBetween(source.read().blocks, from, to)
        : generated(live, from, to),
  };
}

async function* generated(
  live: NonNullable<MarketSource['live']>,
  from: TimeUs,
  to: TimeUs,
): AsyncGenerator<QuoteBlock, void, undefined> {
  const block = createQuoteBlock(BLOCK_ROWS);
  let at = from;
  for (let blocks = 1; at < to; blocks++) {
    // Others want their turn while a long past is looked through.
    if (blocks % BLOCKS_A_TURN === 0) await nextTurn();
    block.count = 0;
    at = live(block, at, to);
    if (block.count > 0) yield block;
  }
}
