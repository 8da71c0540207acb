import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { compileCalendar } from '../config/compile-calendar.ts';
import { US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND } from '../model/time.ts';
import { instrumentIndex, PRICE_COUNT_MAX, type TimeUs, timeUs } from '../model/units.ts';
import { Calendar } from './calendar.ts';
import { createQuoteBlock, type QuoteBlock } from './quotes.ts';
import { hash32 } from './random.ts';
import { FX_ACTIVITY, FX_SPREAD, type SyntheticInstrument, SyntheticMarket } from './synthetic.ts';

/** Monday 2026-01-05 00:00 UTC. */
const MONDAY = timeUs(Date.UTC(2026, 0, 5) * 1000);
const FLAT: readonly number[] = new Array<number>(24).fill(1);

function spec(index: number, change: Partial<SyntheticInstrument> = {}): SyntheticInstrument {
  return {
    instrument: instrumentIndex(index),
    startPrice: 108_512,
    anchor: MONDAY,
    dailyVolatilityBps: 50,
    spread: 12,
    quotesPerSecond: 2,
    sizeMin: 100_000,
    sizeMax: 5_000_000,
    ...change,
  };
}

type Quote = readonly [number, number, number, number, number, number];

function rows(block: QuoteBlock): Quote[] {
  return Array.from({ length: block.count }, (_, i) => [
    block.time[i] ?? 0,
    block.instrument[i] ?? 0,
    block.bid[i] ?? 0,
    block.ask[i] ?? 0,
    block.bidSize[i] ?? 0,
    block.askSize[i] ?? 0,
  ]);
}

/** All quotes of `[from, to)`, through blocks of `capacity`. */
function quotes(market: SyntheticMarket, from: number, to: number, capacity = 4096): Quote[] {
  const block = createQuoteBlock(capacity);
  const all: Quote[] = [];
  let time = timeUs(from);
  while (time < to) {
    block.count = 0;
    time = market.fill(block, time, timeUs(to));
    all.push(...rows(block));
  }
  return all;
}

/** Mid at the first quote at or after `time`, and the time of that quote. */
function midAfter(market: SyntheticMarket, time: number): readonly [number, number] {
  const block = createQuoteBlock(1);
  market.fill(block, timeUs(time), timeUs(time + US_PER_MINUTE));
  assert.equal(block.count, 1);
  return [block.time[0] ?? 0, ((block.bid[0] ?? 0) + (block.ask[0] ?? 0)) / 2];
}

const someSeed = fc.maxSafeInteger();

suite('synthetic market', () => {
  test('gives the same quotes however time is cut and however large the blocks are', () => {
    const follows = { instrument: instrumentIndex(4), weight: -0.7 };
    const busy = spec(1, { quotesPerSecond: 300, follows });
    const instruments = [spec(4), busy, spec(2), spec(9)];
    let seen = 0;
    fc.assert(
      fc.property(
        someSeed,
        fc.integer({ min: 0, max: 400 * US_PER_DAY }),
        fc.array(fc.integer({ min: 0, max: US_PER_SECOND }), { maxLength: 12, size: 'max' }),
        fc.integer({ min: 4, max: 50 }),
        (seed, offset, cuts, capacity) => {
          const from = MONDAY + offset;
          const to = from + US_PER_SECOND;
          const whole = quotes(new SyntheticMarket(seed, instruments), from, to);
          const market = new SyntheticMarket(seed, instruments);
          // Cuts at the very time of a quote, and just after it, and anywhere.
          const times = cuts.map((cut, i) =>
            i % 3 === 2 ? from + cut : (whole[cut % whole.length]?.[0] ?? from) + (i % 3),
          );
          const points = [from, ...times.sort((a, b) => a - b), to];
          const parts = points
            .slice(1)
            .map((end, i) => [points[i] ?? 0, end] as const)
            // Asked from the last part to the first: nothing of the past may be needed.
            .reverse()
            .map(([start, end]) => quotes(market, start, end, capacity));
          assert.deepEqual(parts.reverse().flat(), whole);
          seen += whole.length;
        },
      ),
      { numRuns: 100 },
    );
    // A quiet second of a quiet hour may have next to none; a hundred seconds have their quotes.
    assert.ok(seen > 1000, `${seen} quotes`);
  });

  test('appends in order of time, then instrument, without passing the end or a full block', () => {
    const dense = Array.from({ length: 3 }, (_, i) => spec(i, { quotesPerSecond: 10_000 }));
    fc.assert(
      fc.property(someSeed, fc.integer({ min: 3, max: 700 }), (seed, capacity) => {
        const market = new SyntheticMarket(seed, dense);
        const block = createQuoteBlock(capacity);
        const to = timeUs(MONDAY + 10_000);
        const next = market.fill(block, MONDAY, to);
        const got = rows(block);
        got.forEach(([time, instrument], i) => {
          const [before, neighbour] = got[i - 1] ?? [MONDAY, -1];
          assert.ok(time > before || (time === before && instrument > neighbour));
          assert.ok(time < next && next <= to);
        });
        // The block was left early only for want of room for all quotes of one time.
        assert.ok(next === to || block.count > capacity - 3);
        // What is already in a block stays; what does not fit begins at the returned time.
        const second = createQuoteBlock(capacity + 8);
        second.count = 5;
        assert.ok(market.fill(second, MONDAY, to) >= next);
        assert.deepEqual(rows(second).slice(5, 5 + got.length), got);
      }),
      { numRuns: 60 },
    );
  });

  test('some quotes of different instruments share a time, and still all of them come', () => {
    const dense = [2, 0, 1].map((index) => spec(index, { quotesPerSecond: 10_000 }));
    const market = new SyntheticMarket(5, dense);
    const whole = quotes(market, MONDAY, MONDAY + 200_000);
    const shared = whole.filter(([time], i) => time === whole[i + 1]?.[0]);
    assert.ok(shared.length > 5, `${shared.length} shared times`);
    whole.forEach(([time, instrument], i) => {
      const [next, other] = whole[i + 1] ?? [time, 3];
      assert.ok(next > time || other > instrument);
    });
    assert.deepEqual(quotes(market, MONDAY, MONDAY + 200_000, 3), whole);
    assert.throws(() => market.fill(createQuoteBlock(2), MONDAY, timeUs(MONDAY + 1)));
  });

  test('an instrument’s quotes do not depend on what else is in the market', () => {
    const together = new SyntheticMarket(8, [spec(0), spec(1), spec(2)]);
    const alone = new SyntheticMarket(8, [spec(1)]);
    const to = MONDAY + US_PER_HOUR;
    assert.deepEqual(
      quotes(together, MONDAY, to).filter(([, instrument]) => instrument === 1),
      quotes(alone, MONDAY, to),
    );
  });

  test('what follows another adds its moves, times the weight, to its own', () => {
    const change = { startPrice: 1_000_000_000, quotesPerSecond: 20 };
    const leader = spec(0, { ...change, dailyVolatilityBps: 80 });
    const to = MONDAY + 6 * US_PER_HOUR;
    /** Distances from the start, as shares, by time of quote. */
    const placesOf = (weight?: number): Map<number, number> => {
      const follows = { instrument: instrumentIndex(0), weight: weight ?? 0 };
      const follower = spec(1, { ...change, ...(weight === undefined ? {} : { follows }) });
      const list = quotes(new SyntheticMarket(3, [leader, follower]), MONDAY, to);
      const own = list.filter(([, instrument]) => instrument === 1);
      return new Map(
        own.map(([time, , bid, ask]) => {
          const share = (bid + ask) / 2 / change.startPrice;
          return [time, share >= 1 ? share - 1 : 1 - 1 / share];
        }),
      );
    };
    const alone = placesOf();
    assert.deepEqual(placesOf(0), alone);
    const [whole, turned] = [placesOf(1), placesOf(-0.5)];
    const market = new SyntheticMarket(3, [leader]);
    let farthest = 0;
    for (const [i, [time, place]] of [...alone].entries()) {
      const added = (whole.get(time) ?? 0) - place;
      assert.ok(Math.abs((turned.get(time) ?? 0) - place + added / 2) < 1e-7);
      if (i % 1000 !== 0) continue;
      const share = midAfter(market, time)[1] / change.startPrice;
      // The leader's next quote comes a moment later.
      assert.ok(Math.abs(added - (share >= 1 ? share - 1 : 1 - 1 / share)) < 5e-5);
      farthest = Math.max(farthest, Math.abs(added));
    }
    assert.ok(farthest > 1e-3, `${farthest}: the leader hardly moved`);
  });

  test('never quotes a crossed, zero or unrepresentable price, whatever the instrument', () => {
    fc.assert(
      fc.property(
        someSeed,
        fc.oneof(fc.integer({ min: 2, max: 50 }), fc.integer({ min: 2, max: PRICE_COUNT_MAX })),
        fc.integer({ min: 0, max: 10_000 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        fc.integer({ min: -4000, max: 4000 }),
        (seed, startPrice, dailyVolatilityBps, spreadShare, day) => {
          const spread = startPrice * spreadShare;
          const change = { startPrice, dailyVolatilityBps, spread, sizeMin: 1, sizeMax: 3 };
          const market = new SyntheticMarket(seed, [spec(0, change)]);
          const from = MONDAY + day * US_PER_DAY;
          for (const row of quotes(market, from, from + US_PER_MINUTE)) {
            const [, , bid, ask, bidSize, askSize] = row;
            assert.ok(bid >= 1 && ask > bid && ask <= PRICE_COUNT_MAX, `${bid} ${ask}`);
            assert.ok(bidSize >= 1 && bidSize <= 3 && askSize >= 1 && askSize <= 3);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('stands at its start price at the anchor', () => {
    for (const anchor of [MONDAY, timeUs(MONDAY + 900 * US_PER_DAY)]) {
      for (let seed = 0; seed < 20; seed++) {
        const market = new SyntheticMarket(seed, [spec(0, { anchor, quotesPerSecond: 50 })]);
        const [, mid] = midAfter(market, anchor);
        assert.ok(Math.abs(mid - 108_512) < 10, `${mid}`);
      }
    }
  });

  test('the variance of a move grows with its length, from a second to a day', () => {
    const change = {
      startPrice: 100_000_000,
      dailyVolatilityBps: 60,
      quotesPerSecond: 20,
      activityByHour: FLAT,
    };
    for (const seed of [1, 2]) {
      const market = new SyntheticMarket(seed, [spec(0, change)]);
      for (const seconds of [1, 10, 60, 600, 3600, 14_400, 86_400]) {
        let sum = 0;
        for (let i = 0; i < 1500; i++) {
          // Every second and a half day, over 6 years, at all hours.
          const start = MONDAY + i * 1.5 * US_PER_DAY + ((i * 7919) % 86_400) * US_PER_SECOND;
          const [from, before] = midAfter(market, start);
          const [to, after] = midAfter(market, start + seconds * US_PER_SECOND);
          sum += ((after / before - 1) ** 2 / (to - from)) * US_PER_DAY;
        }
        const ratio = Math.sqrt(sum / 1500) / 0.006;
        assert.ok(ratio > 0.8 && ratio < 1.25, `${seconds} s: ${ratio} of the stated volatility`);
      }
    }
  });

  test('returns of a minute show no pattern: none foretells another a fixed time later', () => {
    const market = new SyntheticMarket(3, [spec(0, { startPrice: 100_000_000 })]);
    const minutes = 12_000;
    const mids = Array.from({ length: minutes + 1 }, (_, i) => {
      return midAfter(market, MONDAY + i * US_PER_MINUTE)[1];
    });
    const moves = Array.from({ length: minutes }, (_, i) => (mids[i + 1] ?? 0) - (mids[i] ?? 0));
    const product = (lag: number): number =>
      moves.slice(lag).reduce((sum, move, i) => sum + move * (moves[i] ?? 0), 0);
    for (const lag of [1, 2, 3, 4, 5, 8, 10, 15, 16, 30, 32, 60, 64, 120, 128, 720, 1440]) {
      const correlation = product(lag) / product(0);
      // The standard error is 0.01, somewhat more since moves come in bursts.
      assert.ok(Math.abs(correlation) < 0.06, `lag ${lag}: ${correlation}`);
    }
  });

  test('is busy and narrow by day, quiet and wide at night, as stated on average', () => {
    const market = new SyntheticMarket(4, [spec(0, { quotesPerSecond: 1 })]);
    const counts = new Array<number>(24).fill(0);
    const spreads = new Array<number>(24).fill(0);
    const days = 5;
    for (const [time, , bid, ask] of quotes(market, MONDAY, MONDAY + days * US_PER_DAY)) {
      const hour = Math.floor(((time - MONDAY) % US_PER_DAY) / US_PER_HOUR);
      counts[hour] = (counts[hour] ?? 0) + 1;
      spreads[hour] = (spreads[hour] ?? 0) + ask - bid;
    }
    const total = counts.reduce((sum, count) => sum + count, 0);
    assert.ok(Math.abs(total / (days * 86_400) - 1) < 0.1, `${total / (days * 86_400)} a second`);
    const meanActivity = FX_ACTIVITY.reduce((sum, value) => sum + value, 0) / 24;
    counts.forEach((count, hour) => {
      const busy = (count / (days * 3600) / (FX_ACTIVITY[hour] ?? 0)) * meanActivity;
      assert.ok(busy > 0.5 && busy < 2, `hour ${hour}: activity ${busy} of what it should be`);
      const wide = (spreads[hour] ?? 0) / count / 12 / (FX_SPREAD[hour] ?? 0);
      assert.ok(wide > 0.75 && wide < 1.4, `hour ${hour}: spread ${wide} of what it should be`);
    });
  });

  test('quotes in a calendar’s sessions only, and the same as without one', () => {
    const session = {
      timeZone: 'America/New_York',
      weekly: (['Mon', 'Tue', 'Wed', 'Thu', 'Fri'] as const).map((day) => ({
        open: [day, '09:30'] as const,
        close: [day, '16:00'] as const,
      })),
      dayStart: '00:00',
      holidays: ['2026-01-19'],
    };
    const horizon = timeUs(MONDAY + 21 * US_PER_DAY);
    const calendar = new Calendar(compileCalendar(session, MONDAY, horizon));
    for (const quotesPerSecond of [0.001, 0.05]) {
      const open = new SyntheticMarket(6, [spec(0, { quotesPerSecond })]);
      const market = new SyntheticMarket(6, [spec(0, { quotesPerSecond, calendar })]);
      const all = quotes(open, MONDAY, horizon);
      const inSession = all.filter(([time]) => calendar.isOpen(timeUs(time)));
      assert.ok(inSession.length > 20 && inSession.length < all.length / 2);
      assert.deepEqual(quotes(market, MONDAY, horizon, 7), inSession);
      // Backwards, in pieces that begin and end anywhere: a kept session must not be trusted.
      const pieces: Quote[][] = [];
      const step = 5 * US_PER_HOUR + 1;
      for (let end: number = horizon; end > MONDAY; end -= step) {
        pieces.unshift(quotes(market, Math.max(MONDAY, end - step), end));
      }
      assert.deepEqual(pieces.flat(), inSession);
      const block = createQuoteBlock(8);
      const beyond = { code: 'CALENDAR_HORIZON' };
      assert.throws(() => market.fill(block, timeUs(MONDAY - 1), horizon), beyond);
      assert.throws(() => market.fill(block, MONDAY, timeUs(horizon + 1)), beyond);
      assert.equal(block.count, 0);
    }
  });

  test('another seed gives another market', () => {
    const [a, b] = [1, 2].map((seed) =>
      quotes(new SyntheticMarket(seed, [spec(0)]), MONDAY, MONDAY + US_PER_HOUR),
    );
    const prices = (list: Quote[] | undefined): number[] => (list ?? []).map(([, , bid]) => bid);
    assert.notDeepEqual(prices(a), prices(b));
  });

  test('the quotes of a seed are these, on every machine and in every release', () => {
    const market = new SyntheticMarket(2026, [spec(0), spec(1, { quotesPerSecond: 0.3 })]);
    let digest = 0;
    const list = quotes(market, MONDAY, MONDAY + 6 * US_PER_HOUR);
    for (const row of list) {
      for (const value of row) digest = hash32(digest, value ^ Math.floor(value / 2 ** 32));
    }
    assert.deepEqual([list.length, digest], [28_259, 546_926_267]);
  });

  test('instruments that make no sense are refused', () => {
    const bad: Partial<SyntheticInstrument>[] = [
      { startPrice: 0 },
      { startPrice: PRICE_COUNT_MAX + 1 },
      { spread: 0 },
      { spread: 200_000 },
      { quotesPerSecond: 0 },
      { quotesPerSecond: 1e6 },
      { dailyVolatilityBps: -1 },
      { dailyVolatilityBps: Number.NaN },
      { sizeMin: 5, sizeMax: 4 },
      { sizeMin: 0.5 },
      { activityByHour: [1] },
      { activityByHour: new Array<number>(24).fill(0) },
      { spreadByHour: new Array<number>(24).fill(-1) },
      { follows: { instrument: instrumentIndex(0), weight: 1 } },
      { follows: { instrument: instrumentIndex(5), weight: 1 } },
      { follows: { instrument: instrumentIndex(1), weight: Number.NaN } },
    ];
    for (const change of bad) {
      const error = { code: 'ASSERTION_FAILED' };
      const all = [spec(0, change), spec(1)];
      assert.throws(() => new SyntheticMarket(1, all), error, JSON.stringify(change));
    }
    assert.throws(() => new SyntheticMarket(1, [spec(3), spec(3)]), /given twice/);
    assert.throws(() => new SyntheticMarket(0.5, []), /seed/);
    const nothing: TimeUs = new SyntheticMarket(1, []).fill(createQuoteBlock(1), MONDAY, MONDAY);
    assert.equal(nothing, MONDAY);
  });
});
