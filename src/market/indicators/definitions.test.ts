import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Decoder, Encoder, type Walkable } from '../../model/codec.ts';
import { US_PER_DAY, US_PER_HOUR } from '../../model/time.ts';
import { type Price, type Quantity, timeUs } from '../../model/units.ts';
import { deviationOf, meanOf, rankOf, rsiOf, smoothed } from '../../testing/indicator-formulas.ts';
import { Calendar } from '../calendar.ts';
import { SeededRandom } from '../random.ts';
import { Bollinger } from './bollinger.ts';
import { Donchian } from './donchian.ts';
import { Macd } from './macd.ts';
import { PercentileRank } from './percentile-rank.ts';
import { Rsi } from './rsi.ts';
import { SessionVwap } from './session-vwap.ts';
import { ZScore } from './z-score.ts';

/**
 * Each indicator against its definition, computed anew from the whole list of values, with sums in
 * exact integers where the definition is one of sums.
 */

/** Prices as bars hold them: counts of the increment, halves for mid; near each other or not. */
const price = fc.oneof(
  fc.integer({ min: 200_000, max: 200_040 }).map((halves) => halves / 2),
  fc.integer({ min: 1, max: 400_000 }).map((halves) => halves / 2),
);
const series = fc.array(price, { maxLength: 80, size: 'max' });
const period = fc.integer({ min: 1, max: 20 });

function near(actual: number, expected: number, scale = Math.abs(expected)): void {
  const error = Math.abs(actual - expected);
  assert.ok(error <= scale * 1e-12, `${actual} should be ${expected}`);
}

function copy<T extends Walkable>(from: T, into: T): T {
  const encoder = new Encoder();
  from.walk(encoder);
  const decoder = new Decoder(encoder.bytes);
  into.walk(decoder);
  decoder.end();
  return into;
}

suite('indicators by their definitions', () => {
  test('relative strength: 100 − 100 ÷ (1 + averaged rises ÷ averaged falls)', () => {
    fc.assert(
      fc.property(series, period, (values, n) => {
        const rsi = new Rsi(n);
        values.forEach((value, i) => {
          rsi.update(value);
          assert.equal(rsi.ready, i >= n);
          if (rsi.ready) near(rsi.value, rsiOf(values.slice(0, i + 1), n), 100);
          else assert.equal(rsi.value, Number.NaN);
        });
      }),
    );
  });

  // StockCharts ChartSchool, "Relative Strength Index", its worksheet of 33 closes of QQQQ, 14 days.
  test('relative strength of a published worksheet, to its two decimals', () => {
    const closes = [
      44.3389, 44.0902, 44.1497, 43.6124, 44.3278, 44.8264, 45.0955, 45.4245, 45.8433, 46.0826,
      45.8931, 46.0328, 45.614, 46.282, 46.282, 46.0028, 46.0328, 46.4116, 46.2222, 45.6439,
      46.2122, 46.2521, 45.7137, 46.4515, 45.7835, 45.3548, 44.0288, 44.1783, 44.2181, 44.5672,
      43.4205, 42.6628, 43.1314,
    ];
    const published = [
      70.53, 66.32, 66.55, 69.41, 66.36, 57.97, 62.93, 63.26, 56.06, 62.38, 54.71, 50.42, 39.99,
      41.46, 41.87, 45.46, 37.3, 33.08, 37.77,
    ];
    const rsi = new Rsi(14);
    const made: number[] = [];
    for (const close of closes) {
      rsi.update(close);
      if (rsi.ready) made.push(Math.round(rsi.value * 100) / 100);
    }
    assert.deepEqual(made, published);
  });

  test('Bollinger bands and z-scores: mean and population deviation of the window, exactly', () => {
    fc.assert(
      fc.property(series, period, (values, n) => {
        const bands = new Bollinger(n, 2);
        const score = new ZScore(n);
        values.forEach((value, i) => {
          bands.update(value);
          score.update(value);
          assert.equal(bands.ready && score.ready, i + 1 >= n);
          const window = values.slice(i + 1 - n, i + 1);
          const ready = i + 1 >= n;
          const [mean, deviation] = ready ? [meanOf(window), deviationOf(window)] : [];
          assert.equal(bands.value, mean ?? Number.NaN);
          if (mean === undefined || deviation === undefined) {
            assert.equal(score.value, Number.NaN);
            assert.equal(bands.upper, Number.NaN);
            return;
          }
          near(bands.upper - bands.value, 2 * deviation, mean);
          near(bands.value - bands.lower, 2 * deviation, mean);
          // A flat window is flat to the last bit: its score is 0, not noise over noise.
          if (deviation === 0) assert.equal(score.value, 0);
          else near(score.value, (value - mean) / deviation, 100);
        });
      }),
    );
  });

  test('deviations stay true over a million values that wander far, and over those not whole', () => {
    const random = new SeededRandom(5);
    const n = 50;
    for (const step of [0.5, 0.1]) {
      const score = new Bollinger(n, 1);
      const recent: number[] = [];
      let value = 1_000_000;
      for (let i = 0; i < 1_000_000; i++) {
        value += (random.nextInt(2001) - 998) * step;
        score.update(value);
        recent.push(value);
        if (recent.length > 2 * n) recent.splice(0, n);
      }
      const window = recent.slice(-n);
      if (step === 0.5) {
        near(score.upper - score.value, deviationOf(window), score.value);
        assert.equal(score.value, meanOf(window));
      } else {
        const mean = window.reduce((sum, one) => sum + one, 0) / n;
        const variance = window.reduce((sum, one) => sum + (one - mean) ** 2, 0) / n;
        near(score.upper - score.value, Math.sqrt(variance), score.value);
      }
    }
  });

  test('a Donchian channel: highest high and lowest low of the last bars', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(price, price), { maxLength: 80, size: 'max' }),
        period,
        (bars, n) => {
          const channel = new Donchian(n);
          bars.forEach(([high, low], i) => {
            channel.update(high, low);
            assert.equal(channel.ready, i + 1 >= n);
            const window = bars.slice(i + 1 - n, i + 1);
            const upper = Math.max(...window.map((bar) => bar[0]));
            const lower = Math.min(...window.map((bar) => bar[1]));
            const none = Number.NaN;
            assert.equal(channel.upper, channel.ready ? upper : none);
            assert.equal(channel.lower, channel.ready ? lower : none);
            assert.equal(channel.value, channel.ready ? (upper + lower) / 2 : none);
          });
        },
      ),
    );
  });

  test('MACD: averages of the whole list, each seeded by the mean of its own first values', () => {
    const shape = fc.tuple(period, period, period).map(([a, b, c]) => [a, a + b, c] as const);
    fc.assert(
      fc.property(series, shape, (values, [fast, slow, signal]) => {
        const macd = new Macd(fast, slow, signal);
        const lines: number[] = [];
        values.forEach((value, i) => {
          macd.update(value);
          const seen = values.slice(0, i + 1);
          const average = (n: number): number => smoothed(seen, n, 2 / (n + 1));
          if (seen.length >= slow) lines.push(average(fast) - average(slow));
          assert.equal(macd.ready, seen.length >= slow + signal - 1);
          if (!macd.ready) {
            assert.deepEqual([macd.value, macd.signal, macd.histogram], [NaN, NaN, NaN]);
            return;
          }
          near(macd.value, lines.at(-1) ?? 0, 200_000);
          near(macd.signal, smoothed(lines, signal, 2 / (signal + 1)), 200_000);
          assert.equal(macd.histogram, macd.value - macd.signal);
        });
      }),
    );
  });

  test('percentile rank: the share below the newest value, equal ones by half', () => {
    const few = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 80, size: 'max' });
    fc.assert(
      fc.property(fc.oneof(few, series), period, (values, n) => {
        const rank = new PercentileRank(n);
        const mirror = new PercentileRank(n);
        values.forEach((value, i) => {
          rank.update(value);
          mirror.update(-value);
          const ready = i + 1 >= n;
          assert.equal(rank.ready, ready);
          if (!ready) {
            assert.equal(rank.value, Number.NaN);
            return;
          }
          near(rank.value, rankOf(values.slice(i + 1 - n, i + 1)), 100);
          near(rank.value + mirror.value, 100);
        });
      }),
    );
  });
});

const START = Date.UTC(2014, 2, 3) * 1000;
const calendar = new Calendar({
  from: timeUs(START),
  horizon: timeUs(START + 3 * US_PER_DAY),
  opens: [],
  closes: [],
  dayStarts: [0, 23, 48, 72].map((hours) => START + hours * US_PER_HOUR),
});
const quotes = fc
  .array(
    fc.record({
      step: fc.oneof(
        fc.integer({ min: 0, max: 5 * US_PER_HOUR }),
        fc.constantFrom(0, 1, 23).map((hours) => hours * US_PER_HOUR),
      ),
      bid: fc.integer({ min: 100_000, max: 100_100 }),
      width: fc.integer({ min: 0, max: 9 }),
      bidSize: fc.integer({ min: 0, max: 5_000_000 }),
      askSize: fc.integer({ min: 1, max: 5_000_000 }),
    }),
    { maxLength: 30, size: 'max' },
  )
  .map((list) => {
    let time = START;
    return list.flatMap(({ step, bid, width, bidSize, askSize }) => {
      time += step;
      if (time >= START + 3 * US_PER_DAY) return [];
      return {
        venueTime: timeUs(time),
        bid: bid as Price,
        ask: (bid + width) as Price,
        bidSize: bidSize as Quantity,
        askSize: askSize as Quantity,
      };
    });
  });

suite('session average', () => {
  test('is Σ mid × weight ÷ Σ weight of the trading day so far, and begins anew each day', () => {
    fc.assert(
      fc.property(quotes, fc.constantFrom('size', 'ticks'), (list, weight) => {
        const vwap = new SessionVwap(calendar, weight);
        assert.equal(vwap.value, Number.NaN);
        list.forEach((quote, i) => {
          vwap.update(quote);
          const day = calendar.dayStart(quote.venueTime);
          let [sum, weights] = [0n, 0n];
          for (const { venueTime, bid, ask, bidSize, askSize } of list.slice(0, i + 1)) {
            if (venueTime < day) continue;
            const each = weight === 'ticks' ? 1n : BigInt(bidSize + askSize);
            sum += BigInt(bid + ask) * each;
            weights += each;
          }
          near(vwap.value, Number(sum) / Number(weights) / 2);
        });
      }),
    );
  });

  test('goes on after a restart to the same bits, and refuses quotes that have no size', () => {
    fc.assert(
      fc.property(quotes, fc.nat({ max: 30 }), (list, cut) => {
        const whole = new SessionVwap(calendar, 'size');
        for (const quote of list) whole.update(quote);
        const saved = new SessionVwap(calendar, 'size');
        for (const quote of list.slice(0, cut)) saved.update(quote);
        const restored = copy(saved, new SessionVwap(calendar, 'size'));
        for (const quote of list.slice(cut)) restored.update(quote);
        assert.equal(restored.value, whole.value);
      }),
    );
    const [bid, none] = [5 as Price, 0 as Quantity];
    const quote = { venueTime: timeUs(START), bid, ask: bid, bidSize: none, askSize: none };
    assert.throws(() => new SessionVwap(calendar, 'size').update(quote), /weigh them by ticks/);
    assert.throws(() => new SessionVwap(calendar, 'volume' as 'size'), /size or ticks/);
  });
});

suite('every one of these indicators', () => {
  interface Indicator extends Walkable {
    update(value: number, other: number): void;
    readonly ready: boolean;
    readonly value: number;
  }
  const makers: Readonly<Record<string, (n: number) => Indicator>> = {
    rsi: (n) => new Rsi(n),
    bollinger: (n) => new Bollinger(n, 2),
    zScore: (n) => new ZScore(n),
    donchian: (n) => new Donchian(n),
    macd: (n) => new Macd(n, n + 5, n),
    percentileRank: (n) => new PercentileRank(n),
  };
  for (const [name, make] of Object.entries(makers)) {
    test(`${name} restored goes on to the same bits as the one saved`, () => {
      fc.assert(
        fc.property(series, series, period, (before, after, n) => {
          const saved = make(n);
          const restored = make(n);
          for (const value of before) saved.update(value, value / 2);
          for (const value of [3, 9, 4]) restored.update(value, 1); // what was there is gone
          copy<Walkable>(saved, restored);
          assert.equal(restored.value, saved.value);
          for (const value of after) {
            saved.update(value, value / 2);
            restored.update(value, value / 2);
            assert.equal(restored.ready, saved.ready);
            assert.equal(restored.value, saved.value);
          }
        }),
      );
    });

    test(`${name} refuses a period that is no count, and the state of a longer period`, () => {
      for (const n of [0, -1, 1.5, Number.NaN, 2 ** 32]) assert.throws(() => make(n));
      const long = make(9);
      for (let i = 0; i < 40; i++) long.update(50 - i, 40 - i);
      assert.throws(() => copy<Walkable>(long, make(8)), { code: 'CODEC_INVALID' });
    });
  }

  test('settings that mean nothing are refused', () => {
    for (const deviations of [0, -1, Number.NaN]) assert.throws(() => new Bollinger(5, deviations));
    assert.throws(() => new Macd(26, 12, 9), /not below/);
    assert.throws(() => new Macd(12, 12, 9), /not below/);
  });
});
