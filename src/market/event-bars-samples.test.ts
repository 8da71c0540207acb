import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { BarBasis } from '../model/historical.ts';
import { instrumentIndex } from '../model/units.ts';
import type { QuoteRow } from '../testing/quote-files.ts';
import { sampleCalendar, sampleQuotes, skipSampleQuotes } from '../testing/sample-quotes.ts';
import type { EventBar, EventBarKind } from './bars.ts';
import { EventBarSeries } from './event-bars.ts';

function barsOf(
  quotes: readonly QuoteRow[],
  kind: EventBarKind,
  size: number,
  basis: BarBasis,
): EventBar[] {
  const clock = new Float64Array(1);
  const spec = { kind, size, basis, instrument: instrumentIndex(0) };
  const series = new EventBarSeries(spec, sampleCalendar(), clock);
  const bars: EventBar[] = [];
  for (const [time, , bid, ask, bidSize, askSize] of quotes) {
    clock[0] = time;
    const bar = series.update(bid, ask, bidSize + askSize);
    if (bar !== undefined) bars.push(bar);
  }
  bars.push(series.close());
  return bars;
}

function total(bars: readonly EventBar[], part: 'ticks' | 'volume'): number {
  return bars.reduce((sum, bar) => sum + bar[part], 0);
}

suite('bars of events from real ticks', { skip: skipSampleQuotes }, () => {
  test('tick, volume and range bars of a day add up to its quotes and its sizes', async () => {
    const quotes = await sampleQuotes();
    assert.equal(quotes.length, 136_741);
    const volume = quotes.reduce((sum, quote) => sum + quote[4] + quote[5], 0);
    const shapes = [
      ['tick', 100, 'mid'],
      ['volume', 50_000_000, 'bid'],
      ['range', 20, 'bid'],
      ['range', 20, 'ask'],
      ['range', 20, 'mid'],
    ] as const;
    const made = shapes.map(([kind, size, basis]) => barsOf(quotes, kind, size, basis));
    for (const bars of made) {
      assert.equal(total(bars, 'ticks'), 136_741);
      assert.equal(total(bars, 'volume'), volume);
      for (const [i, bar] of bars.entries()) assert.ok(bar.start >= (bars[i - 1]?.end ?? 0));
    }
    const [ticks = [], volumes = [], ...ranges] = made;
    assert.equal(ticks.length, 1368);
    assert.ok(ticks.slice(0, -1).every((bar) => bar.ticks === 100));
    // The largest quote holds less than 50 million, so no bar is twice what was asked for.
    for (const bar of volumes.slice(0, -1)) {
      assert.ok(bar.volume >= 50_000_000 && bar.volume < 100_000_000);
    }
    for (const bars of ranges) {
      assert.ok(bars.length > 100);
      for (const [i, bar] of bars.entries()) {
        assert.ok(bar.high - bar.low <= 20);
        const next = bars[i + 1];
        if (next === undefined) continue;
        // The quote that began the next bar had no room in this one.
        assert.ok(Math.max(bar.high, next.open) - Math.min(bar.low, next.open) > 20);
        assert.equal(next.start, bar.end);
      }
    }
  });
});
