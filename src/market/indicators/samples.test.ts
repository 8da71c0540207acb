import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Decoder, Encoder, type Walkable } from '../../model/codec.ts';
import { US_PER_MINUTE } from '../../model/time.ts';
import { instrumentIndex, type Price, type Quantity, timeUs } from '../../model/units.ts';
import { deviationOf, meanOf, rankOf, rsiOf, smoothed } from '../../testing/indicator-formulas.ts';
import { sampleCalendar, sampleQuotes, skipSampleQuotes } from '../../testing/sample-quotes.ts';
import { type Bar, BarSeries } from '../bars.ts';
import { Bollinger } from './bollinger.ts';
import { Donchian } from './donchian.ts';
import { Macd } from './macd.ts';
import { PercentileRank } from './percentile-rank.ts';
import { Rsi } from './rsi.ts';
import { SessionVwap } from './session-vwap.ts';
import { ZScore } from './z-score.ts';

/** Minute bars of the mids of a day of EURUSD. */
async function minuteBars(): Promise<readonly Bar[]> {
  const clock = new Float64Array(1);
  const shape = { kind: 'time', durationUs: US_PER_MINUTE, basis: 'mid' } as const;
  const series = new BarSeries(
    { ...shape, instrument: instrumentIndex(0) },
    sampleCalendar(),
    clock,
  );
  const bars: Bar[] = [];
  for (const [time, , bid, ask] of await sampleQuotes()) {
    clock[0] = time;
    if (time >= series.endTime) bars.push(series.close());
    series.update(bid, ask);
  }
  return bars;
}

function near(actual: number, expected: number, scale: number): void {
  assert.ok(Math.abs(actual - expected) <= scale * 1e-12, `${actual} should be ${expected}`);
}

/** The set of indicators of a chart, on one walk, so that all can be cut at once. */
class Chart implements Walkable {
  readonly rsi = new Rsi(14);
  readonly bands = new Bollinger(20, 2);
  readonly score = new ZScore(60);
  readonly channel = new Donchian(20);
  readonly macd = new Macd(12, 26, 9);
  readonly rank = new PercentileRank(100);

  update({ high, low, close }: Bar): void {
    for (const one of [this.rsi, this.bands, this.score, this.macd, this.rank]) one.update(close);
    this.channel.update(high, low);
  }

  values(): readonly number[] {
    const { rsi, bands, score, channel, macd, rank } = this;
    const bounds = [bands.upper, bands.lower, channel.upper, channel.lower];
    return [rsi.value, bands.value, score.value, macd.value, macd.signal, rank.value, ...bounds];
  }

  walk(io: Parameters<Rsi['walk']>[0]): void {
    const { rsi, bands, score, channel, macd, rank } = this;
    for (const one of [rsi, bands, score, channel, macd, rank]) one.walk(io);
  }
}

suite('indicators on a day of real minutes', { skip: skipSampleQuotes }, () => {
  test('equal their definitions through the day, and cut again and again go on to the same bits', async () => {
    const bars = await minuteBars();
    assert.ok(bars.length > 1400, `${bars.length} bars`);
    const closes = bars.map(({ close }) => close);
    const lines: number[] = [];
    let chart = new Chart();
    const whole = new Chart();
    for (const [i, bar] of bars.entries()) {
      chart.update(bar);
      whole.update(bar);
      const seen = closes.slice(0, i + 1);
      const last = (n: number): number[] => seen.slice(-n);
      if (i >= 25) lines.push(smoothed(seen, 12, 2 / 13) - smoothed(seen, 26, 2 / 27));
      if (i % 7 === 0) {
        const encoder = new Encoder();
        chart.walk(encoder);
        chart = new Chart();
        chart.walk(new Decoder(encoder.bytes));
        assert.deepEqual(chart.values(), whole.values());
      }
      // The minutes before the widest window is full are the properties' business.
      if (i < 100 || i % 5 !== 0) continue;
      const { rsi, bands, score, channel, macd, rank } = chart;
      near(rsi.value, rsiOf(seen, 14), 100);
      assert.equal(bands.value, meanOf(last(20)));
      near(bands.upper, meanOf(last(20)) + 2 * deviationOf(last(20)), bar.close);
      near(bands.lower, meanOf(last(20)) - 2 * deviationOf(last(20)), bar.close);
      near(score.value, (bar.close - meanOf(last(60))) / deviationOf(last(60)), 100);
      const twenty = bars.slice(i - 19, i + 1);
      assert.equal(channel.upper, Math.max(...twenty.map(({ high }) => high)));
      assert.equal(channel.lower, Math.min(...twenty.map(({ low }) => low)));
      near(macd.value, lines.at(-1) ?? 0, bar.close);
      near(macd.signal, smoothed(lines, 9, 0.2), bar.close);
      near(rank.value, rankOf(last(100)), 100);
    }
  });

  test('the session average of the day, by size and by ticks, is that of exact sums', async () => {
    const bySize = new SessionVwap(sampleCalendar(), 'size');
    const byTicks = new SessionVwap(sampleCalendar(), 'ticks');
    let [sum, sizes, mids] = [0n, 0n, 0n];
    const quotes = await sampleQuotes();
    for (const [time, , bid, ask, bidSize, askSize] of quotes) {
      const sized = { bidSize: bidSize as Quantity, askSize: askSize as Quantity };
      const quote = { venueTime: timeUs(time), bid: bid as Price, ask: ask as Price, ...sized };
      bySize.update(quote);
      byTicks.update(quote);
      const size = BigInt(bidSize + askSize);
      sum += BigInt(bid + ask) * size;
      sizes += size;
      mids += BigInt(bid + ask);
    }
    near(bySize.value, Number(sum) / Number(sizes) / 2, bySize.value);
    near(byTicks.value, Number(mids) / quotes.length / 2, byTicks.value);
  });
});
