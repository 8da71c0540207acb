import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Bar } from '../../market/bars.ts';
import { BAR_BASES, type BarBasis, type HistoricalBar } from '../../model/historical.ts';
import { InputKind } from '../../model/inputs.ts';
import type { InstrumentIndex, OrderHandle, Quantity, TimeUs } from '../../model/units.ts';
import { TEST_START, testConfigs, testInstrument } from '../../testing/builders.ts';
import { strategyOf } from '../../testing/puppet.ts';
import { RecordLog } from '../../testing/record-log.ts';
import { Kernel } from '../kernel.ts';
import type { StrategyContext, StrategySetup } from './api.ts';
import { StrategyError } from './guard.ts';

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
const EUR = 0 as InstrumentIndex;
const GBP = 1 as InstrumentIndex;

interface Past {
  readonly instrument?: InstrumentIndex;
  readonly minutes?: number;
  readonly basis?: BarBasis;
  readonly history?: number;
  /** Starts of bars, minutes after the start of the test. */
  readonly starts: readonly number[];
}

/** A kernel and its strategies, who note the bars that they are told. */
class Rig {
  readonly told: string[] = [];
  readonly log = new RecordLog();
  readonly kernel: Kernel;
  onBar: (context: StrategyContext, bar: Bar) => void = () => undefined;
  timers = 0;

  constructor(...declare: readonly ((setup: StrategySetup) => void)[]) {
    const strategies = declare.map((ask, i) => ({
      id: `s${i}`,
      parameters: {},
      definition: strategyOf((setup) => {
        ask(setup);
        return {
          onBar: (context, bar) => {
            assert(bar.kind === 'time');
            const how = `${context.isHistorical ? 'past' : 'live'}${bar.complete ? '' : ' torn'}`;
            this.told.push(`${i} ${(bar.start - TEST_START) / MINUTE} ${how} ${bar.close}`);
            this.onBar(context, bar);
          },
          onTimer: () => {
            this.timers += 1;
          },
        };
      }),
    }));
    const instruments = [testInstrument('EURUSD'), testInstrument('GBPUSD')];
    this.kernel = new Kernel(testConfigs({ instruments, strategies }).kernel, this.log);
    this.at(30 * MINUTE).apply({
      kind: InputKind.started,
      prefix: 'T',
      nonce: 'abcdefghij',
      handlesTaken: 0 as OrderHandle,
      restored: false,
    });
  }

  at(us: number): Kernel {
    const { kernel } = this;
    while ((kernel.due[0] as number) <= TEST_START + us) {
      kernel.book.clock[0] = kernel.due[0] as number;
      kernel.book.seq += 1;
      kernel.apply({ kind: InputKind.boundary });
    }
    kernel.book.clock[0] = TEST_START + us;
    kernel.book.seq += 1;
    return kernel;
  }

  quote(us: number, bid: number): void {
    this.at(us).quote(0, bid, bid + 11, 0, 0);
  }

  past({ instrument = EUR, minutes = 1, basis = 'bid', history = 9, starts }: Past): void {
    const durationUs = minutes * MINUTE;
    const bars = starts.map((at): HistoricalBar => {
      const start = (TEST_START + at * MINUTE) as TimeUs;
      const prices = { open: 1, high: 9, low: 1, close: 7, ticks: 5 };
      return { start, end: (start + durationUs) as TimeUs, ...prices };
    });
    const code = BAR_BASES.indexOf(basis);
    const historical = { instrument, durationUs, basis: code, history, bars };
    this.kernel.book.seq += 1;
    this.kernel.apply({ kind: InputKind.historical, historical });
  }
}

const warm = (setup: StrategySetup): void => setup.bars(EUR, '1m', 'bid', { history: 9 });

suite('bars of the past', () => {
  test('go to those who asked for the series with that warm-up, in order, and to nobody else', () => {
    const rig = new Rig(
      warm,
      (setup) => setup.bars(EUR, '1m', 'bid'),
      warm,
      (setup) => setup.bars(EUR, '5m', 'bid', { history: 9 }),
      (setup) => setup.bars(EUR, '1m', 'mid', { history: 9 }),
      (setup) => setup.bars(GBP, '1m', 'bid', { history: 9 }),
    );
    rig.past({ starts: [27, 28] });
    assert.deepEqual(rig.told, ['0 27 past 7', '2 27 past 7', '0 28 past 7', '2 28 past 7']);
    rig.told.length = 0;
    rig.past({ basis: 'mid', starts: [29] });
    rig.past({ instrument: GBP, starts: [29] });
    rig.past({ minutes: 5, starts: [20] });
    rig.past({ history: 0, starts: [] });
    rig.past({ history: 8, starts: [29] });
    assert.deepEqual(rig.told, ['4 29 past 3.5', '5 29 past 7', '3 20 past 7']);
  });

  test('lead to no order: submit, cancel and replace are refused by name, and timers are set', () => {
    const rig = new Rig(warm);
    const answers: unknown[] = [];
    rig.quote(30 * MINUTE, 100_000);
    rig.onBar = (context) => {
      for (const side of ['buy', 'sell'] as const) {
        const quantity = 100 as Quantity;
        answers.push(context.submit({ instrument: EUR, side, type: 'market', quantity }));
      }
      answers.push(context.cancel(1 as OrderHandle), context.replace(1 as OrderHandle, {}));
      context.setTimer('later', (TEST_START + 31 * MINUTE) as TimeUs);
    };
    const before = [rig.log.entries.length, rig.kernel.effects.length];
    rig.past({ starts: [28] });
    const reason = 'historical_bar';
    const refused = { ok: false, gate: 'trading_state', reason };
    const unchanged = { ok: false, reason };
    assert.deepEqual(answers, [refused, refused, unchanged, unchanged]);
    assert.deepEqual([rig.log.entries.length, rig.kernel.effects.length], before);
    rig.onBar = () => undefined;
    rig.quote(32 * MINUTE, 100_000);
    assert.equal(rig.timers, 1);
    assert.equal(rig.told.at(-1), '0 30 live torn 100000', 'and those after it are live');
  });

  test('are told once: not again, not out of order, and not as a live bar after the whole one', () => {
    const rig = new Rig(warm);
    rig.past({ starts: [26, 27] });
    rig.past({ starts: [25, 26, 27, 28, 28] });
    assert.deepEqual(rig.told, ['0 26 past 7', '0 27 past 7', '0 28 past 7']);
    rig.told.length = 0;
    // By the venue's clock the minute is over; by ours a quote of it still comes.
    rig.past({ starts: [30] });
    rig.quote(30.5 * MINUTE, 100_000);
    rig.quote(31.5 * MINUTE, 100_001);
    rig.quote(32.5 * MINUTE, 100_002);
    rig.quote(33.5 * MINUTE, 100_003);
    assert.deepEqual(rig.told, ['0 30 past 7', '0 31 live 100001', '0 32 live 100002']);
  });

  test('an open bar gives way to its whole one, and one that none covers is told before later ones', () => {
    const rig = new Rig(warm);
    rig.quote(30.5 * MINUTE, 100_000);
    const restart = (us: number): void => {
      rig.kernel.book.clock[0] = TEST_START + us;
    };
    restart(40 * MINUTE);
    rig.past({ starts: [30, 31] });
    assert.deepEqual(rig.told, ['0 30 past 7', '0 31 past 7']);
    rig.told.length = 0;
    rig.quote(40.5 * MINUTE, 100_001);
    restart(50 * MINUTE);
    rig.past({ starts: [33, 41, 42] });
    const later = ['0 40 past torn 100001', '0 41 past 7', '0 42 past 7'];
    assert.deepEqual(rig.told, ['0 33 past 7', ...later]);
    rig.at(55 * MINUTE);
    assert.equal(rig.told.length, 4, 'no bar is open');
  });

  test('a bar that was open across a gap or a start is not complete, nor the first after it', () => {
    const rig = new Rig(warm);
    rig.past({ starts: [] });
    rig.quote(30.5 * MINUTE, 1);
    rig.quote(31.5 * MINUTE, 2);
    rig.quote(32.2 * MINUTE, 3);
    const gap = (from: number, to: number): void => {
      const span = { from: (TEST_START + from) as TimeUs, to: (TEST_START + to) as TimeUs };
      rig.at(to).apply({ kind: InputKind.gap, ...span });
    };
    gap(32.2 * MINUTE, 32.8 * MINUTE);
    rig.quote(32.8 * MINUTE, 4);
    rig.quote(33.2 * MINUTE, 5);
    gap(34.2 * MINUTE, 36.5 * MINUTE);
    rig.quote(36.5 * MINUTE, 6);
    rig.quote(37.5 * MINUTE, 7);
    // Where a bar was open and no quote came since, the next one is not whole either.
    gap(37.6 * MINUTE, 37.7 * MINUTE);
    rig.quote(39.5 * MINUTE, 8);
    gap(39.6 * MINUTE, 39.6 * MINUTE);
    rig.quote(40.5 * MINUTE, 9);
    rig.quote(41.5 * MINUTE, 10);
    assert.deepEqual(
      rig.told.map((line) => line.slice(2)),
      [
        '30 live torn 1',
        '31 live 2',
        '32 live torn 4',
        '33 live 5',
        '36 live torn 6',
        '37 live torn 7',
        '39 live torn 8',
        '40 live 9',
      ],
    );
  });

  test('where the market goes back, bars of a time that never came stand in nobody’s way', () => {
    const rig = new Rig(warm);
    const measured = (us: number, offsetUs: number): void =>
      rig.at(us).apply({ kind: InputKind.venueClock, offsetUs });
    const made = (us: number, venueUs: number, bid: number): void =>
      rig.at(us).quoteMade(TEST_START + venueUs, 0, bid, bid + 11, 0, 0);
    measured(30 * MINUTE, 60 * MINUTE);
    made(30 * MINUTE, 90.2 * MINUTE, 1);
    made(31.5 * MINUTE, 91.5 * MINUTE, 2);
    assert.deepEqual(rig.told, ['0 90 live 1']);
    measured(31.6 * MINUTE, 0);
    assert.equal(rig.kernel.host.timeSeries[0]?.lastEnd, TEST_START + 31.6 * MINUTE - SECOND);
    made(32.5 * MINUTE, 32.5 * MINUTE, 3);
    made(33.5 * MINUTE, 33.5 * MINUTE, 4);
    made(34.5 * MINUTE, 34.5 * MINUTE, 5);
    assert.deepEqual(rig.told.slice(1), ['0 32 live torn 3', '0 33 live 4']);
  });

  test('a warm-up that is no whole number of 0 … 5000 is an error of the strategy', () => {
    for (const history of [-1, 0.5, 5001, Number.NaN, Number.POSITIVE_INFINITY]) {
      const ask = (setup: StrategySetup): void => setup.bars(EUR, '1m', 'bid', { history });
      assert.throws(() => new Rig(ask), StrategyError, String(history));
    }
  });

  test('asked for twice by one strategy a series is one, with the longer warm-up', () => {
    const rig = new Rig((setup) => {
      setup.bars(EUR, '1m', 'bid');
      setup.bars(EUR, '1m', 'bid', { history: 9 });
      setup.bars(EUR, '1m', 'bid', { history: 3 });
    });
    assert.deepEqual(
      rig.kernel.host.timeSeries.map(({ wish }) => wish.history),
      [9],
    );
  });
});
