import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { compileCalendar } from '../../config/compile-calendar.ts';
import { type BarSpec, barInterval } from '../../market/bars.ts';
import { Calendar } from '../../market/calendar.ts';
import { present } from '../../model/assert.ts';
import type { BarBasis } from '../../model/historical.ts';
import type { Instrument } from '../../model/instrument.ts';
import { US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND } from '../../model/time.ts';
import { type InstrumentIndex, NO_TIME, type TimeUs } from '../../model/units.ts';
import { BookReceiver } from '../../testing/book-receiver.ts';
import { ACCOUNT_ID, BrokerRig } from '../../testing/broker-rig.ts';
import { TEST_START, testInstrument } from '../../testing/builders.ts';
import { DirectHttp } from '../../testing/direct-http.ts';
import { VirtualTimers } from '../../testing/virtual-timers.ts';
import type { HistoryWish, SeriesHistory } from '../bar-history.ts';
import { OandaAdapter } from './adapter.ts';
import { candleProblem, readCandles } from './candles.ts';
import { OANDA_DEFAULTS } from './create.ts';

const EUR = 0 as InstrumentIndex;
const BEYOND = (TEST_START + 40 * US_PER_DAY) as TimeUs;
const NEW_YORK = {
  ...testInstrument('EURUSD').sessions,
  timeZone: 'America/New_York',
  dayStart: '17:00',
};

function instrumentOf(sessions: Partial<Instrument['sessions']> = {}): Instrument {
  return testInstrument('EURUSD', { sessions: { ...NEW_YORK, ...sessions } });
}

function calendarOf({ sessions }: Instrument): Calendar {
  return new Calendar(compileCalendar(sessions, (TEST_START - US_PER_DAY * 400) as TimeUs, BEYOND));
}

interface Wished {
  readonly durationUs?: number;
  readonly basis?: BarBasis;
  readonly from?: number;
  readonly most?: number;
  readonly one?: Instrument;
}

function wishOf(wished: Wished = {}): HistoryWish {
  const { durationUs = US_PER_MINUTE, basis = 'bid', from = NO_TIME, most = 100 } = wished;
  const spec: BarSpec = { kind: 'time', instrument: EUR, durationUs, basis };
  const calendar = calendarOf(wished.one ?? instrumentOf());
  return { spec, history: most, from: from as TimeUs, most, calendar };
}

/** Starts of an adapter at a broker whose market has gone on for a while. */
class Bench implements AsyncDisposable {
  readonly timers = new VirtualTimers();
  readonly rig: BrokerRig;
  readonly http: DirectHttp;
  readonly adapter: OandaAdapter;
  found: readonly SeriesHistory[] | undefined;

  private constructor(rig: BrokerRig) {
    this.rig = rig;
    this.http = new DirectHttp(rig, this.timers);
    this.timers.goTo(rig.market.now);
    this.adapter = new OandaAdapter({
      ...OANDA_DEFAULTS,
      http: this.http,
      timers: this.timers,
      instruments: rig.instruments,
      account: { id: ACCOUNT_ID, currency: 'USD', decimals: 6 },
      tokenEnv: 'TOKEN',
      describe: ({ number }) => String(number),
    });
  }

  /** Ten minutes of quotes, two a minute. */
  static async make(one = instrumentOf()): Promise<Bench> {
    const rig = await BrokerRig.start({ instruments: [one, testInstrument('USDJPY')] });
    for (let n = 0; n < 20; n += 1) {
      const at = (n + 2) * 30 * US_PER_SECOND;
      rig.market.quote({ at, bid: 110_000 + n * n, ask: 110_013 + n * n + (n % 2) });
    }
    await rig.pass(0);
    return new Bench(rig);
  }

  start(wishes: readonly HistoryWish[]): void {
    this.adapter.start(new BookReceiver(), {
      history: () => wishes,
      ready: (found) => {
        assert.equal(this.found, undefined, 'it is ready once');
        this.found = found;
      },
      failed: (error) => {
        throw error;
      },
    });
  }

  /** The bars of wishes, as a start is ready with them. */
  async ask(wishes: readonly HistoryWish[], within = 100): Promise<readonly SeriesHistory[]> {
    this.start(wishes);
    for (let s = 0; s < within && this.found === undefined; s += 1) await this.pass();
    return present(this.found, 'it is ready');
  }

  /** A second. */
  async pass(): Promise<void> {
    const until = this.timers.now() + US_PER_SECOND;
    while (this.timers.due <= until) {
      await this.rest();
      this.timers.goTo(Math.min(until, this.timers.due));
    }
    this.timers.goTo(until);
    this.rig.realUs += US_PER_SECOND;
    this.rig.streams.pump();
    await this.rest();
  }

  async rest(): Promise<void> {
    for (let i = 0; i < 30; i += 1) await new Promise((resolve) => setImmediate(resolve));
    if (this.http.error !== undefined) throw this.http.error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.adapter.stop();
    await this.rig[Symbol.asyncDispose]();
  }
}

function startsOf({ bars }: SeriesHistory): readonly number[] {
  return bars.map(({ start }) => (start - TEST_START) / US_PER_MINUTE);
}

suite('bars of the past from OANDA', () => {
  test('are whole, in order, in counts, of the side that was asked for, and no more than that', async () => {
    await using bench = await Bench.make();
    const wishes = [
      wishOf({ most: 3 }),
      wishOf({ basis: 'ask', from: TEST_START + 8 * US_PER_MINUTE }),
      wishOf({ basis: 'mid', most: 1 }),
    ];
    const found = await bench.ask(wishes);
    assert.deepEqual(found.map(startsOf), [[7, 8, 9], [8, 9], [9]]);
    const [bid, ask, mid] = found.map(({ bars }) => present(bars.at(-1), 'a bar'));
    const start = (TEST_START + 9 * US_PER_MINUTE) as TimeUs;
    const span = { start, end: (start + US_PER_MINUTE) as TimeUs, ticks: 2 };
    const bids = { open: 110_256, high: 110_289, low: 110_256, close: 110_289 };
    assert.deepEqual(bid, { ...span, ...bids });
    const asks = { open: 110_269, high: 110_303, low: 110_269, close: 110_303 };
    assert.deepEqual(ask, { ...span, ...asks });
    // The broker rounds a mid to the precision of prices, half up: twice it is up to one above.
    const mids = { open: 220_526, high: 220_592, low: 220_526, close: 220_592 };
    assert.deepEqual(mid, { ...span, ...mids });
    assert.deepEqual(
      found.map(({ problem }) => problem),
      ['', '', ''],
    );
    assert.deepEqual(
      [bench.adapter.status.historyBars, bench.adapter.status.historyMissing],
      [6, 0],
    );
    assert.equal(bench.adapter.status.phase, 'open');
  });

  test('are read where lengths and days are alike, days and hours by the zone of the instrument', async () => {
    await using bench = await Bench.make();
    const wishes = [1, 4, 24].map((hours) => wishOf({ durationUs: hours * US_PER_HOUR, most: 9 }));
    const odd = wishOf({ durationUs: 3 * US_PER_SECOND });
    const found = await bench.ask([...wishes, odd]);
    assert.match(present(found[3], 'an answer').problem, /no candles of this length/);
    const asked = bench.http.sent.filter((request) => request.includes('/candles'));
    const queries = asked.map((request) => request.slice(request.indexOf('?') + 1));
    const zone = '&dailyAlignment=17&alignmentTimezone=America%2FNew_York';
    assert.deepEqual(queries, [
      'granularity=H1&price=B&count=10',
      `granularity=H4&price=B&count=10${zone}`,
      `granularity=D&price=B&count=10${zone}`,
    ]);
    const half = instrumentOf({ dayStart: '17:30' });
    const problems = [1800, 3600, 14_400, 86_400].map((seconds) =>
      candleProblem(wishOf({ durationUs: seconds * US_PER_SECOND, one: half }), half),
    );
    assert.equal(problems[0], undefined);
    for (const problem of problems.slice(1)) assert.match(problem ?? '', /starts at 17:30/);
  });

  const FAULTS = [
    { kind: 'drop_answer' },
    { kind: 'drop_request' },
    { kind: 'half_open' },
    { kind: 'status', status: 500 },
    { kind: 'status', status: 503 },
    { kind: 'status', status: 429 },
    { kind: 'truncate' },
    { kind: 'garbage' },
  ];
  for (const fault of FAULTS) {
    const name = `${fault.kind} ${fault.status ?? ''}`.trim();
    test(`${name}: asked again; where it stays the start goes on without, and says so`, async () => {
      {
        await using bench = await Bench.make();
        await bench.rig.setFaults([{ ...fault, on: 'candles', times: 2 }]);
        const [found] = await bench.ask([wishOf({ most: 2 })]);
        assert.deepEqual(startsOf(present(found, 'an answer')), [8, 9]);
      }
      await using bench = await Bench.make();
      await bench.rig.setFaults([{ ...fault, on: 'candles' }]);
      const found = await bench.ask([wishOf(), wishOf({ basis: 'ask' })]);
      assert.equal(found.length, 2);
      for (const { bars, problem } of found) {
        assert.deepEqual(bars, []);
        assert.notEqual(problem, '', 'a query that failed is no answer of no bars');
      }
      assert.deepEqual(
        [bench.adapter.status.phase, bench.adapter.status.historyMissing],
        ['open', 2],
      );
      assert.equal(bench.http.sent.filter((request) => request.includes('/candles')).length, 6);
    });
  }

  test('an answer that says it failed is none, whatever stands in it', async () => {
    await using bench = await Bench.make();
    bench.http.spoil = (request, answer) =>
      request.includes('/candles') && answer.kind === 'answered'
        ? { ...answer, status: 502 }
        : answer;
    const [found] = await bench.ask([wishOf()]);
    assert.deepEqual(found?.bars, []);
    assert.equal(found.problem, 'answered with 502');
  });

  test('that come too late are none: a start waits a minute for all of them together', async () => {
    await using bench = await Bench.make();
    await bench.rig.setFaults([{ kind: 'drop_answer', on: 'candles' }]);
    const wishes = Array.from({ length: 60 }, () => wishOf());
    const from = bench.timers.now();
    const found = await bench.ask(wishes);
    const seconds = (bench.timers.now() - from) / US_PER_SECOND;
    assert(seconds >= 60 && seconds < 65, String(seconds));
    assert.equal(found.length, 60);
    assert.match(present(found.at(-1), 'an answer').problem, /not read within 60 s/);
    await bench.rig.setFaults([]);
    const asked = bench.http.sent.filter((request) => request.includes('/candles')).length;
    for (let i = 0; i < 40; i += 1) await bench.pass();
    const now = bench.http.sent.filter((request) => request.includes('/candles')).length;
    assert.equal(now, asked, 'and nobody asks any more');
    assert.equal(bench.adapter.status.historyMissing, 60);
  });

  test('are not waited for by an adapter that was stopped', async () => {
    await using bench = await Bench.make();
    await bench.rig.setFaults([{ kind: 'drop_answer', on: 'candles' }]);
    bench.start([wishOf()]);
    for (let i = 0; i < 3; i += 1) await bench.pass();
    assert.equal(bench.adapter.status.phase, 'reading_history');
    bench.adapter.stop();
    for (let i = 0; i < 90; i += 1) await bench.pass();
    assert.deepEqual([bench.found, bench.adapter.status.phase], [undefined, 'stopped']);
  });

  test('and a stream that ends meanwhile is awaited again before the engine begins', async () => {
    await using bench = await Bench.make();
    let isCut = false;
    bench.http.spoil = (request, answer) => {
      if (request.includes('/candles')) {
        for (const stream of bench.http.streams) stream.end('cut');
        bench.http.isDown = true;
        isCut = true;
      }
      return answer;
    };
    bench.start([wishOf()]);
    for (let i = 0; i < 6; i += 1) await bench.pass();
    assert.deepEqual([isCut, bench.found], [true, undefined]);
    bench.http.isDown = false;
    for (let i = 0; i < 60 && bench.found === undefined; i += 1) await bench.pass();
    assert.equal(present(bench.found?.[0], 'an answer').bars.length, 10);
  });
});

const CANDLE = {
  complete: true,
  volume: 2,
  time: '2024-01-01T00:05:00.000000000Z',
  bid: { o: '1.10000', h: '1.10010', l: '1.09990', c: '1.10005' },
};

function bodyOf(more: object = {}, ...candles: readonly unknown[]): string {
  const answer = { instrument: 'EUR_USD', granularity: 'M1', candles: [CANDLE, ...candles] };
  return JSON.stringify({ ...answer, ...more });
}

function withBid(more: object): string {
  return bodyOf({ candles: [{ ...CANDLE, bid: { ...CANDLE.bid, ...more } }] });
}

suite('an answer of candles', () => {
  const read = (body: string, wished: Wished = {}) =>
    readCandles(wishOf(wished), instrumentOf(), body);

  test('is read whole, and its candle in progress left out', () => {
    const next = { ...CANDLE, time: '2024-01-01T00:07:00Z', complete: false };
    const found = read(bodyOf({}, next));
    assert(typeof found !== 'string');
    assert.deepEqual(
      found.map(({ open, high, low, close, ticks }) => [open, high, low, close, ticks]),
      [[110_000, 110_010, 109_990, 110_005, 2]],
    );
    assert.deepEqual(read(bodyOf({ candles: [] })), []);
    const more = read(bodyOf({}, { ...next, complete: true }), { most: 1 });
    assert(typeof more !== 'string');
    assert.deepEqual(
      more.map(({ start }) => (start - TEST_START) / US_PER_MINUTE),
      [7],
    );
  });

  const BAD: readonly (readonly [string, string])[] = [
    ['HTML', '<html><body>Bad gateway</body></html>'],
    ['half of it', bodyOf().slice(0, 90)],
    ['null', 'null'],
    ['a list', '[]'],
    ['no candles', bodyOf({ candles: undefined })],
    ['another instrument', bodyOf({ instrument: 'GBP_USD' })],
    ['another length', bodyOf({ granularity: 'M5' })],
    ['too many', bodyOf({}, ...Array.from({ length: 5000 }, () => CANDLE))],
    ['twice the same', bodyOf({}, CANDLE)],
    ['an earlier one behind', bodyOf({}, { ...CANDLE, time: '2024-01-01T00:04:00Z' })],
    ['one between two bars', bodyOf({}, { ...CANDLE, time: '2024-01-01T00:07:30Z' })],
    ['a time that is none', bodyOf({}, { ...CANDLE, time: '1704067200' })],
    ['a time beyond the calendar', bodyOf({}, { ...CANDLE, time: '2034-01-01T00:07:00Z' })],
    ['no quotes', bodyOf({ candles: [{ ...CANDLE, volume: 0 }] })],
    ['a part of a quote', bodyOf({ candles: [{ ...CANDLE, volume: 1.5 }] })],
    ['a word of whether it is complete', bodyOf({ candles: [{ ...CANDLE, complete: 'yes' }] })],
    ['no prices of the side', bodyOf({ candles: [{ ...CANDLE, bid: undefined }] })],
    ['a price off the increment', withBid({ o: '1.100001' })],
    ['a number for a price', withBid({ o: 1.1 })],
    ['no price', withBid({ l: undefined })],
    ['a price of nothing', withBid({ l: '0' })],
    ['a price below nothing', withBid({ l: '-1.1' })],
    ['a price that is none', withBid({ h: 'NaN' })],
    ['a price beyond any', withBid({ h: '99999999999' })],
    ['a close above its high', withBid({ c: '1.10011' })],
    ['an open below its low', withBid({ o: '1.09989' })],
  ];
  for (const [name, body] of BAD) {
    test(`with ${name} is none at all`, () => {
      const found = read(body);
      assert(typeof found === 'string' && found !== '', JSON.stringify(found));
    });
  }

  test('of any JSON never throws, and what it tells are bars', () => {
    const candle = fc.record(
      {
        complete: fc.oneof(fc.boolean(), fc.jsonValue()),
        volume: fc.oneof(fc.nat(9), fc.jsonValue()),
        time: fc.oneof(
          fc.nat(3000).map((s) => new Date(TEST_START / 1000 + s * 20_000).toISOString()),
          fc.string(),
        ),
        bid: fc.oneof(
          fc.record({
            o: fc.constantFrom('1.1', '1.10002', '2'),
            h: fc.constantFrom('1.1', '1.2', '2.5'),
            l: fc.constantFrom('1.1', '0.9', '1'),
            c: fc.constantFrom('1.1', '1.10002', '1.05'),
          }),
          fc.jsonValue(),
        ),
      },
      { requiredKeys: [] },
    );
    const calendar = calendarOf(instrumentOf());
    fc.assert(
      fc.property(fc.array(candle, { maxLength: 4 }), fc.nat(3), (candles, most) => {
        const found = read(bodyOf({ candles }), { most });
        if (typeof found === 'string') return;
        assert(found.length <= most);
        let last = 0;
        for (const bar of found) {
          const { start, end } = barInterval(calendar, US_PER_MINUTE, bar.start);
          assert.deepEqual([bar.start, bar.end], [start, end]);
          assert(bar.start >= last && bar.high >= bar.low && bar.low > 0 && bar.ticks > 0);
          last = bar.end;
        }
      }),
      { numRuns: 300 },
    );
  });
});
