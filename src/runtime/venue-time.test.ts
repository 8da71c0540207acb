import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { stateBytes } from '../journal/hashes.ts';
import { DataFreshnessGate } from '../kernel/gates/data-freshness.ts';
import { QUOTE_LATENESS_US } from '../kernel/market-clock.ts';
import { type Bar, BarSeries } from '../market/bars.ts';
import { Calendar } from '../market/calendar.ts';
import { present } from '../model/assert.ts';
import { TradingState } from '../model/gate.ts';
import { instrumentIndex, type TimeUs } from '../model/units.ts';
import { SimulatedDisk } from '../simulation/simulated-disk.ts';
import { TEST_START } from '../testing/builders.ts';
import { configuredOf, embeddedConfigs } from '../testing/embedded-rig.ts';
import { ListeningVenue } from '../testing/kernel-rig.ts';
import { strategyOf } from '../testing/puppet.ts';
import { Engine } from './engine.ts';

const SECOND = 1_000_000;
const MS = 1000;
const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** An engine whose venue states the times of its quotes; its clock stands `offset` before ours. */
class Rig {
  readonly disk = new SimulatedDisk();
  readonly bars: Bar[] = [];
  /** Venue times of quotes, as the strategy was told them. */
  readonly quoted: number[] = [];
  readonly kernel = embeddedConfigs({
    strategy: strategyOf((setup) => {
      for (const k of setup.instruments) setup.bars(k, '10s', 'bid');
      setup.quotes(setup.instrument('EURUSD'));
      return {
        onBar: (_, bar) => {
          this.bars.push(bar);
        },
        onQuote: (_, { venueTime }) => {
          this.quoted.push(venueTime);
        },
      };
    }),
  }).kernel;
  readonly #offset: number = 0;
  engine: Engine;
  now = TEST_START;

  constructor(offset: number) {
    this.#offset = offset;
    this.engine = this.#open();
    this.engine.begin(this.now);
    this.engine.measured(offset, this.now);
  }

  #open(): Engine {
    return new Engine(
      {
        disk: this.disk,
        directory: 'data',
        kernel: this.kernel,
        configured: configuredOf('c1', '1'),
        binding: { venue: 'sim', environment: 'practice', account: 'a1', currency: 'USD' },
        log: SILENT,
        sinks: [],
        segments: { segmentBytes: 65_536, ageMaxUs: Number.MAX_SAFE_INTEGER, journalId: 'j' },
        prefix: 'T',
        nonce: 'abcdefghij',
        tradingState: TradingState.active,
        restored: false,
        venue: new ListeningVenue(),
        alerts: { alert: () => undefined },
      },
      this.now,
    );
  }

  /** Is killed when all was durable, and comes back with the strategies as they were. */
  restart(): void {
    this.engine.commit(this.now);
    const before = this.bars.length;
    const state = stateBytes(this.engine.kernel);
    this.disk.endProcess();
    this.engine = this.#open();
    assert.deepEqual(stateBytes(this.engine.kernel), state);
    assert(this.bars.length >= before, 'the journal is fed to the strategies again');
    this.bars.length = before;
    this.engine.begin(this.now);
    this.engine.measured(this.#offset, this.now);
  }

  pass(now: number): void {
    this.now = Math.max(this.now, now) as TimeUs;
    this.engine.pass(this.now);
  }

  /** A quote that the venue made at `made`, venue time, and that arrives at `at`, ours. */
  quote(k: number, bid: number, made: number, at: number): void {
    this.pass(at);
    this.engine.quote(k, bid, bid + 10, 0, 0, this.now, made as TimeUs);
  }
}

interface Tick {
  readonly k: number;
  readonly after: number;
  readonly latency: number;
  readonly bid: number;
  readonly restarts: boolean;
}

const ticks = fc.array(
  fc.record({
    k: fc.constantFrom(0, 1),
    after: fc.oneof(fc.integer({ min: 0, max: 50 * MS }), fc.integer({ min: 0, max: 8 * SECOND })),
    latency: fc.integer({ min: 0, max: QUOTE_LATENESS_US - 1 }),
    bid: fc.integer({ min: 100_000, max: 100_200 }),
    restarts: fc.integer({ min: 0, max: 30 }).map((n) => n === 0),
  }),
  { minLength: 1, maxLength: 60 },
);

/** The bars of each instrument by the times that the venue states, whatever arrived when. */
function barsByVenue({ kernel }: Rig, tape: readonly (readonly [Tick, number])[]): Bar[] {
  const clock = new Float64Array(1);
  const all = [0, 1].flatMap((k) => {
    const table = present(kernel.calendars[k], 'calendar');
    const series = new BarSeries(
      { kind: 'time', instrument: instrumentIndex(k), durationUs: 10 * SECOND, basis: 'bid' },
      new Calendar(table),
      clock,
    );
    const bars: Bar[] = [];
    for (const [tick, made] of tape) {
      if (tick.k !== k) continue;
      clock[0] = made;
      if (made >= series.endTime) bars.push(series.close());
      series.update(tick.bid, tick.bid + 10);
    }
    if (series.endTime < Number.POSITIVE_INFINITY) bars.push(series.close());
    return bars;
  });
  return all.sort(inOrder);
}

function inOrder(one: Bar, other: Bar): number {
  return one.end - other.end || one.instrument - other.instrument;
}

suite('the venue’s own time of quotes (X29)', () => {
  test('bars hold what the venue made in their time, whatever came late, over restarts', () => {
    const offsets = fc.integer({ min: -5 * SECOND, max: 5 * SECOND });
    fc.assert(
      fc.property(ticks, offsets, (given, offset) => {
        const rig = new Rig(offset);
        let made = TEST_START + offset;
        const tape = given.map((tick) => {
          made += tick.after;
          return [tick, made] as const;
        });
        // Quotes of one instrument come in their order, and overtake those of another.
        const last = [0, 0];
        const arrivals = tape.map(([tick, time]) => {
          const at = Math.max(last[tick.k] ?? 0, time - offset + tick.latency);
          last[tick.k] = at;
          return { tick, time, at };
        });
        for (const { tick, time, at } of arrivals.toSorted((a, b) => a.at - b.at)) {
          if (tick.restarts) rig.restart();
          rig.quote(tick.k, tick.bid, time, at);
        }
        rig.pass(rig.now + 20 * SECOND);
        assert.deepEqual([...rig.bars].sort(inOrder), barsByVenue(rig, tape));
      }),
      { numRuns: 60 },
    );
  });

  test('a bar ends with the first quote of after it, or a while after its end by the venue', () => {
    for (const offset of [3 * SECOND, 0, -3 * SECOND]) {
      const rig = new Rig(offset);
      const start = TEST_START + offset;
      const end = Math.floor(start / (10 * SECOND)) * 10 * SECOND + 10 * SECOND;
      rig.quote(0, 100_000, end - SECOND, end - SECOND - offset);
      rig.pass(end - offset + QUOTE_LATENESS_US - 1);
      assert.equal(rig.bars.length, 0, 'a quote of its time may still come');
      rig.quote(0, 100_007, end - 1, rig.now);
      rig.pass(end - offset + QUOTE_LATENESS_US);
      assert.deepEqual(
        rig.bars.map((bar) => [bar.end, bar.close, bar.ticks]),
        [[end, 100_007, 2]],
      );
      // One that is later still is of the next bar: no bar is opened again.
      rig.quote(0, 100_009, end - 1, rig.now);
      // Another instrument's quote says nothing of this one's.
      rig.quote(1, 100_000, end + 10 * SECOND, rig.now);
      assert.equal(rig.bars.length, 1);
      rig.quote(0, 100_008, end + 10 * SECOND, rig.now);
      const late = rig.bars.at(-1);
      assert.deepEqual([late?.end, late?.open], [end + 10 * SECOND, 100_009]);
      const told = [end - SECOND, end - 1, end - 1, end + 10 * SECOND];
      assert.deepEqual(rig.quoted, told, 'as the venue stated them');
    }
  });

  test('the age of a quote is what has passed since the venue made it', () => {
    const rig = new Rig(5 * SECOND);
    const gate = new DataFreshnessGate('enforce', 2 * SECOND);
    rig.quote(0, 100_000, TEST_START + 5 * SECOND, TEST_START + SECOND);
    const { book } = rig.engine.kernel;
    const used = (us: number) => gate.standings(book, (rig.now + us) as TimeUs)[0];
    assert.deepEqual([used(0)?.used, used(SECOND)?.blocks], [SECOND, false]);
    assert.deepEqual([used(SECOND + 1)?.used, used(SECOND + 1)?.blocks], [2 * SECOND + 1, true]);
  });

  test('the offset is told where it moves, and not at each measure', () => {
    const rig = new Rig(SECOND);
    const { kernel } = rig.engine;
    const { seq } = kernel.book;
    for (const us of [0, 40 * MS, -40 * MS]) rig.engine.measured(SECOND + us, rig.now);
    assert.equal(kernel.book.seq, seq);
    rig.engine.measured(SECOND - 60 * MS, rig.now);
    assert.deepEqual([kernel.book.seq, kernel.book.market.offsetUs], [seq + 1, SECOND - 60 * MS]);
    const { time } = kernel.book.market;
    rig.engine.measured(-9 * SECOND, rig.now);
    assert.equal(kernel.book.market.time, time, 'for so little the market does not go back');
  });

  test('a market that a wrong measure carried away goes back, and what was open is no bar', () => {
    const HOUR = 3600 * SECOND;
    const rig = new Rig(HOUR);
    rig.quote(0, 100_000, TEST_START + HOUR, TEST_START);
    rig.engine.measured(0, rig.now);
    assert.equal(rig.engine.kernel.book.market.time, rig.now - QUOTE_LATENESS_US);
    for (let s = 1; s <= 25; s++) {
      rig.quote(0, 100_000 + s, TEST_START + s * SECOND, TEST_START + s * SECOND);
    }
    assert(rig.bars.length >= 2);
    assert(rig.bars.every(({ end }) => end < rig.now));
  });

  test('a step of our clock carries no bar away, nor does a wait for the next measure', () => {
    for (const step of [3600 * SECOND, -3600 * SECOND]) {
      const rig = new Rig(SECOND);
      const from = rig.now;
      const on = (from + Math.max(0, step)) as TimeUs;
      rig.now = on;
      rig.engine.clockJumped(from, (from + step) as TimeUs, on);
      const made = (s: number) => TEST_START + SECOND + s * SECOND;
      for (let s = 1; s <= 40; s++) rig.quote(0, 100_000 + s, made(s), on + s * SECOND);
      assert(rig.bars.length >= 3);
      assert(rig.bars.every(({ end }) => end <= made(40)));
    }
  });
});
