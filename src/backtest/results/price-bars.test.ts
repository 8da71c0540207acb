import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createQuoteBlock } from '../../market/quotes.ts';
import { US_PER_SECOND } from '../../model/time.ts';
import { BAR_SECONDS, PRICE_BARS_MAX, PriceBars } from './price-bars.ts';

interface Quote {
  readonly time: number;
  readonly k: number;
  readonly mid: number;
}

function taken(quotes: readonly Quote[], cuts: number): PriceBars {
  const block = createQuoteBlock(Math.max(1, quotes.length), false);
  quotes.forEach(({ time, k, mid }, i) => {
    block.time[i] = time;
    block.instrument[i] = k;
    block.bid[i] = Math.floor(mid / 2);
    block.ask[i] = mid - Math.floor(mid / 2);
  });
  const bars = new PriceBars(2);
  for (let at = 0; at < quotes.length; at += cuts) {
    bars.take(block, at, Math.min(at + cuts, quotes.length));
  }
  return bars;
}

describe('bars of prices', () => {
  const step = fc.tuple(
    fc.integer({ min: 0, max: 400 * US_PER_SECOND }),
    fc.integer({ min: 0, max: 1 }),
    fc.integer({ min: 2, max: 2_000_000_000 }),
  );

  test('hold open, high, low and close of each stretch, however wide they have become', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 50, maxLength: 60 }), fc.nat(9), (steps, cut) => {
        let time = 1_700_000_000 * US_PER_SECOND;
        const quotes: Quote[] = [];
        // A tape long enough to be made wider: each step many times.
        for (const [by, k, mid] of steps) {
          for (let i = 0; i < 250; i++) {
            time += by;
            quotes.push({ time, k, mid: mid + ((i * 7) % 13) });
          }
        }
        const bars = taken(quotes, 1000 * (cut + 1));
        for (const k of [0, 1]) {
          const own = quotes.filter((quote) => quote.k === k);
          const list = bars.bars(k);
          assert.ok(list.length <= PRICE_BARS_MAX);
          if (own.length === 0) {
            assert.deepEqual([list, bars.seconds(k)], [[], 0]);
            continue;
          }
          const width = bars.seconds(k) * US_PER_SECOND;
          const wanted = new Map<number, number[]>();
          for (const { time: at, mid } of own) {
            const start = at - (at % width);
            const mids = wanted.get(start);
            if (mids === undefined) wanted.set(start, [mid]);
            else mids.push(mid);
          }
          assert.deepEqual(
            list,
            [...wanted].map(([start, mids]) => ({
              time: start,
              open: mids[0],
              high: Math.max(...mids),
              low: Math.min(...mids),
              close: mids.at(-1),
            })),
          );
        }
      }),
      { numRuns: 8 },
    );
  });

  test('are no wider than they must be', () => {
    const quotes = Array.from({ length: PRICE_BARS_MAX + 1 }, (_, i) => ({
      time: i * US_PER_SECOND,
      k: 0,
      mid: 100,
    }));
    assert.equal(taken(quotes.slice(0, -1), 100).seconds(0), 1);
    assert.equal(taken(quotes, 100).seconds(0), 5);
    BAR_SECONDS.slice(1).forEach((wide, i) => {
      assert.equal(wide % (BAR_SECONDS[i] ?? 0), 0);
    });
  });
});
