import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { stateBytes } from '../journal/hashes.ts';
import type { PlainData } from '../kernel/strategy/api.ts';
import { BarSeries, type BarSpec, type TimeBar } from '../market/bars.ts';
import { Calendar } from '../market/calendar.ts';
import { SeededRandom } from '../market/random.ts';
import { present } from '../model/assert.ts';
import { TradingState } from '../model/gate.ts';
import { BAR_BASES, type HistoricalBar } from '../model/historical.ts';
import { type AppliedInput, InputKind } from '../model/inputs.ts';
import { Printer } from '../model/printer.ts';
import type { InstrumentIndex, Quantity, TimeUs } from '../model/units.ts';
import { SimulatedDisk } from '../simulation/simulated-disk.ts';
import { alwaysOpen, TEST_START } from '../testing/builders.ts';
import { configuredOf, embeddedConfigs } from '../testing/embedded-rig.ts';
import { ListeningVenue } from '../testing/kernel-rig.ts';
import { strategyOf } from '../testing/puppet.ts';
import type { HistoryWish, SeriesHistory } from '../venues/bar-history.ts';
import { historicalInputs, historyWishes } from './bar-history.ts';
import { Engine, type EngineParts } from './engine.ts';

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
const EUR = 0 as InstrumentIndex;
const SERIES = [
  { durationUs: 10 * SECOND, basis: 'mid', history: 3 },
  { durationUs: MINUTE, basis: 'ask', history: 500 },
  { durationUs: MINUTE, basis: 'bid', history: 0 },
] as const;

interface Quote {
  readonly time: number;
  readonly bid: number;
  readonly ask: number;
}

type Told = Pick<TimeBar, 'start' | 'open' | 'high' | 'low' | 'close' | 'ticks' | 'complete'> & {
  readonly series: string;
  readonly past: boolean;
};

function seriesOf({ durationUs, basis }: Pick<BarSpec, 'durationUs' | 'basis'>): string {
  return `${durationUs / SECOND} ${basis}`;
}

/** Keeps every bar that it was told, as state of its own: what a replay tells again is one. */
const keeper = strategyOf((setup) => {
  for (const { durationUs, basis, history } of SERIES) {
    setup.bars(EUR, `${durationUs / SECOND}s`, basis, { history });
  }
  let told: Told[] = [];
  return {
    onBar: (context, bar) => {
      assert(bar.kind === 'time');
      const { start, open, high, low, close, ticks, complete } = bar;
      const prices = { start, open, high, low, close, ticks, complete };
      told.push({ series: seriesOf(bar), past: context.isHistorical, ...prices });
      const asked = context.submit({
        instrument: EUR,
        side: bar.close > bar.open ? 'buy' : 'sell',
        type: 'market',
        quantity: 1000 as Quantity,
      });
      const isRefused = !asked.ok && asked.reason === 'historical_bar';
      assert.equal(isRefused, context.isHistorical);
    },
    save: () => told as unknown as PlainData,
    restore: (data) => {
      told = data as unknown as Told[];
    },
  };
});

/** The bars of quotes that nobody interrupted. */
function wholeBars(spec: Pick<BarSpec, 'durationUs' | 'basis'>, quotes: readonly Quote[]) {
  const clock = new Float64Array(1);
  const calendar = new Calendar(alwaysOpen());
  const series = new BarSeries({ kind: 'time', instrument: EUR, ...spec }, calendar, clock);
  const bars: TimeBar[] = [];
  for (const { time, bid, ask } of quotes) {
    clock[0] = time;
    if (time >= series.endTime) bars.push(series.close());
    series.update(bid, ask);
  }
  if (series.endTime < Number.POSITIVE_INFINITY) bars.push(series.close());
  return bars;
}

/** A broker that knows every quote, in the words of the port. */
function answer(wish: HistoryWish, quotes: readonly Quote[], now: number): SeriesHistory {
  const scale = wish.spec.basis === 'mid' ? 2 : 1;
  const seen = quotes.filter(({ time }) => time <= now);
  const bars = wholeBars(wish.spec, seen)
    .filter(({ start, end }) => end <= now && start >= wish.from)
    .slice(-wish.most)
    .map(({ start, end, open, high, low, close, ticks }): HistoricalBar => {
      const prices = { open: open * scale, high: high * scale };
      return { start, end, ...prices, low: low * scale, close: close * scale, ticks };
    });
  return { wish, bars, problem: '' };
}

/** Lives of an engine on one disk. */
class Lives {
  readonly disk = new SimulatedDisk();
  /** Starts, and gaps that were told. */
  tears = 0;
  #boots = 0;

  open(now: number, parts: Partial<EngineParts> = {}): Engine {
    this.#boots += 1;
    const { kernel } = embeddedConfigs({ strategy: keeper });
    return new Engine(
      {
        disk: this.disk,
        directory: 'data',
        kernel,
        configured: configuredOf('c1', '1'),
        binding: { venue: 'sim', environment: 'practice', account: 'a1', currency: 'USD' },
        log: { info: () => undefined, warn: () => undefined, error: () => undefined },
        sinks: [],
        segments: { segmentBytes: 65_536, ageMaxUs: Number.MAX_SAFE_INTEGER, journalId: 'j' },
        prefix: 'T',
        nonce: `boot${String(this.#boots).padStart(6, '0')}`,
        tradingState: TradingState.active,
        restored: false,
        venue: new ListeningVenue(),
        alerts: { alert: () => undefined },
        ...parts,
      },
      now as TimeUs,
    );
  }
}

/** What the keeper would save. */
function toldOf({ kernel }: Engine): readonly Told[] {
  const printer = new Printer();
  kernel.host.walk(printer);
  const fields = printer.value;
  assert(typeof fields === 'object' && fields !== null);
  return JSON.parse(
    String(Object.entries(fields).find(([name]) => name === 'state')?.[1]),
  ) as Told[];
}

/** How a life of the engine goes. */
interface Life {
  /** Quotes that it takes before it ends, and those that pass while nobody looks. */
  readonly taken: number;
  readonly missed: number;
  /** Killed after so many historical inputs; beyond them all it lives on. */
  readonly killedAfter: number;
  /** What it took was not made durable. */
  readonly isLost: boolean;
  readonly readsFail: boolean;
}

function begin(engine: Engine, inputs: readonly AppliedInput[], now: number): void {
  engine.begin(now as TimeUs);
  for (const input of inputs) engine.input(input, now as TimeUs);
}

/** One life, from a row of the tape on; answers the row behind what it took. */
function live(lives: Lives, quotes: readonly Quote[], from: number, life: Life): number {
  const now = quotes[from]?.time ?? present(quotes.at(-1), 'a quote').time + MINUTE;
  const engine = lives.open(now);
  const found = historyWishes(engine.kernel, now as TimeUs).map((wish) => {
    if (life.readsFail) return { wish, bars: [], problem: 'no answer' };
    return answer(wish, quotes, now);
  });
  const inputs = historicalInputs(engine.kernel, found);
  lives.tears += 1;
  begin(engine, inputs.slice(0, life.killedAfter), now);
  const to = life.killedAfter < inputs.length ? from : Math.min(quotes.length, from + life.taken);
  let last = now;
  for (const { time, bid, ask } of quotes.slice(from, to)) {
    engine.pass(time as TimeUs);
    if (time - last > 38 * SECOND) {
      lives.tears += 1;
      engine.input(
        { kind: InputKind.gap, from: last as TimeUs, to: time as TimeUs },
        time as TimeUs,
      );
    }
    engine.quote(0, bid, ask, 0, 0, time as TimeUs);
    last = time;
  }
  if (!life.isLost) engine.commit(last as TimeUs);
  const before = stateBytes(engine.kernel);
  lives.disk.endProcess();
  if (!life.isLost) {
    const again = lives.open(last);
    assert.equal(again.recovery.divergence, undefined);
    assert.deepEqual(stateBytes(again.kernel), before, 'a recovery decides the same again');
    lives.disk.endProcess();
  }
  return to;
}

/** A tape of a few hundred quotes, one in each 1 … 40 s. */
function tapeOf(seed: number): readonly Quote[] {
  const random = new SeededRandom(seed, 0);
  let time: number = TEST_START;
  let bid = 100_000;
  return Array.from({ length: 150 + random.nextInt(100) }, () => {
    time += (1 + random.nextInt(40)) * SECOND - random.nextInt(SECOND);
    bid += random.nextInt(19) - 9;
    return { time, bid, ask: bid + 12 + random.nextInt(2) };
  });
}

const lifes = fc.record({
  taken: fc.integer({ min: 1, max: 60 }),
  missed: fc.integer({ min: 0, max: 40 }),
  killedAfter: fc.oneof(fc.constant(99), fc.nat(4)),
  isLost: fc.boolean(),
  readsFail: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.boolean()),
});

/** What was told of a series: in order, once, whole where it says so, and all of it. */
function checkSeries(
  spec: (typeof SERIES)[number],
  told: readonly Told[],
  quotes: readonly Quote[],
  isWhole: boolean,
): void {
  const ours = told.filter(({ series }) => series === seriesOf(spec));
  const starts = ours.map(({ start }) => start);
  assert.deepEqual(
    starts,
    [...new Set(starts)].sort((a, b) => a - b),
    'in order, once',
  );
  const whole = wholeBars(spec, quotes);
  for (const { series: _, past, ...bar } of ours) {
    assert(spec.history > 0 || !past, 'nobody asked for it');
    const found = present(
      whole.find(({ start }) => start === bar.start),
      'a bar',
    );
    const { start, open, high, low, close, ticks, complete } = found;
    if (bar.complete) assert.deepEqual(bar, { start, open, high, low, close, ticks, complete });
  }
  if (spec.history === 0 || !isWhole) return;
  const expected = whole.filter(({ start }) => start >= (starts[0] ?? 0));
  assert.deepEqual(
    starts,
    expected.map(({ start }) => start),
    'and none is missing',
  );
}

suite('bars of the past', () => {
  test('that are many are several inputs, and of each series that is followed there is one', () => {
    const engine = new Lives().open(TEST_START);
    const wishes = historyWishes(engine.kernel, TEST_START);
    assert.deepEqual(
      wishes.map(({ from, most }) => [from, most]),
      [
        [0, 3],
        [0, 500],
      ],
    );
    const bars = Array.from({ length: 501 }, (_, n): HistoricalBar => {
      const start = (TEST_START + n * MINUTE) as TimeUs;
      const end = (start + MINUTE) as TimeUs;
      return { start, end, open: 1, high: 1, low: 1, close: 1, ticks: 1 };
    });
    const found = [{ wish: present(wishes[1], 'a wish'), bars, problem: '' }];
    const inputs = historicalInputs(engine.kernel, found).map((input) => {
      assert(input.kind === InputKind.historical);
      return input.historical;
    });
    assert.deepEqual(
      inputs.map((one) => [one.durationUs / SECOND, BAR_BASES[one.basis], one.bars.length]),
      [
        [10, 'mid', 0],
        [60, 'ask', 250],
        [60, 'ask', 250],
        [60, 'ask', 1],
        [60, 'bid', 0],
      ],
    );
    assert.deepEqual(
      inputs.flatMap((one) => one.bars),
      bars,
    );
  });

  test('are asked for from the last bar on: as many as may have ended since, and never above 5000', () => {
    const lives = new Lives();
    const engine = lives.open(TEST_START);
    begin(engine, historicalInputs(engine.kernel, []), TEST_START);
    engine.quote(0, 100_000, 100_012, 0, 0, TEST_START);
    engine.pass((TEST_START + MINUTE) as TimeUs);
    engine.commit((TEST_START + MINUTE) as TimeUs);
    const wanted = (us: number) =>
      historyWishes(engine.kernel, (TEST_START + us) as TimeUs).map(({ from, most }) => [
        (from - TEST_START) / SECOND,
        most,
      ]);
    assert.deepEqual(wanted(2 * MINUTE), [
      [10, 18],
      [60, 3],
    ]);
    assert.deepEqual(wanted(3 * 24 * 60 * MINUTE), [
      [10, 5000],
      [60, 4321],
    ]);
  });

  test('cut anywhere, killed anywhere, whole bars are those of the uncut tape, each told once', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(lifes, { minLength: 1, maxLength: 4 }), (seed, cuts) => {
        const quotes = tapeOf(seed);
        const lives = new Lives();
        let row = 40;
        for (const life of cuts) {
          if (row < quotes.length) row = live(lives, quotes, row, life) + life.missed;
        }
        const last = { taken: 999, missed: 0, killedAfter: 99, isLost: false, readsFail: false };
        if (row < quotes.length) live(lives, quotes, row, last);
        live(lives, quotes, quotes.length, last);
        const end = present(quotes.at(-1), 'a quote').time;
        const again = lives.open(end + MINUTE);
        const told = toldOf(again);
        const policy = { kind: 'none', by: 'ann', reason: 'a test' } as const;
        const folded = lives.open(end + MINUTE, { policy });
        assert.deepEqual(stateBytes(folded.kernel.book), stateBytes(again.kernel.book));
        const isWhole = cuts.every(({ readsFail }) => !readsFail);
        for (const spec of SERIES) {
          checkSeries(spec, told, quotes, isWhole);
          const torn = told.filter((bar) => bar.series === seriesOf(spec) && !bar.complete);
          assert(torn.length <= 2 * lives.tears, 'of a tear: the bar that was open, and the next');
        }
      }),
      { numRuns: 25 },
    );
  });
});
