import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { stateBytes } from '../../journal/hashes.ts';
import { Decoder } from '../../model/codec.ts';
import { InputKind } from '../../model/inputs.ts';
import { blankSnapshot } from '../../model/reconciliation.ts';
import { US_PER_DAY } from '../../model/time.ts';
import type { InstrumentIndex, OrderHandle, Price, Quantity, TimeUs } from '../../model/units.ts';
import { TEST_START, testConfigs, testInstrument } from '../../testing/builders.ts';
import { strategyOf } from '../../testing/puppet.ts';
import { RecordLog } from '../../testing/record-log.ts';
import { Kernel } from '../kernel.ts';
import type {
  PlainData,
  Strategy,
  StrategyContext,
  StrategyDefinition,
  StrategySetup,
} from './api.ts';
import { callbackGuard } from './guard.ts';

const EUR = 0 as InstrumentIndex;
const started = {
  kind: InputKind.started,
  prefix: 'T',
  nonce: 'abcdefghij',
  handlesTaken: 0 as OrderHandle,
  restored: false,
} as const;

function kernelOf(...definitions: readonly StrategyDefinition<unknown>[]): Kernel {
  const strategies = definitions.map((definition, i) => ({
    id: `s${i}`,
    definition,
    parameters: {},
  }));
  const instruments = [testInstrument('EURUSD'), testInstrument('GBPUSD')];
  const { kernel: config } = testConfigs({ instruments, strategies });
  const kernel = new Kernel(config, new RecordLog());
  const balance = config.account.openingBalance;
  const snapshot = { ...blankSnapshot(), complete: true, balance };
  at(kernel, 0).apply({ kind: InputKind.opening, opening: { snapshot, lots: [] } });
  kernel.book.seq = 0;
  return kernel;
}

function at(kernel: Kernel, us: number): Kernel {
  kernel.book.clock[0] = TEST_START + us;
  kernel.book.seq += 1;
  return kernel;
}

function running(create: (setup: StrategySetup) => Strategy): Kernel {
  const kernel = at(kernelOf(strategyOf(create)), 0);
  kernel.apply(started);
  return kernel;
}

suite('strategy host', () => {
  test('tells each callback once, strategies in their order, and starts a strategy once', () => {
    const told: string[] = [];
    const talker = (name: string) =>
      strategyOf((setup) => {
        setup.quotes(EUR);
        const tell = (what: string) => () => {
          told.push(`${name} ${what}`);
        };
        return {
          onStart: tell('start'),
          onQuote: tell('quote'),
          onGap: tell('gap'),
          onResume: tell('resume'),
          onStop: tell('stop'),
        };
      });
    const kernel = kernelOf(talker('a'), talker('b'));
    at(kernel, 0).apply(started);
    at(kernel, 1).quote(EUR, 100_000, 100_010, 0, 0);
    at(kernel, 2).quote(1, 100_000, 100_010, 0, 0);
    at(kernel, 3).apply({ kind: InputKind.gap, from: 0 as TimeUs, to: 1 as TimeUs });
    at(kernel, 4).apply({ ...started, nonce: '0123456789' });
    at(kernel, 4).apply({ kind: InputKind.resumed });
    at(kernel, 5).apply({ kind: InputKind.stopped, reason: '' });
    const wanted = ['start', 'quote', 'gap', 'resume', 'stop'].flatMap((what) => [
      `a ${what}`,
      `b ${what}`,
    ]);
    assert.deepEqual(told, wanted);
  });

  test('timers fire once, earliest first, at the boundary that is due, with their own time', () => {
    const fired: string[] = [];
    const kernel = running(() => ({
      onStart: (context) => {
        for (const [name, us] of [
          ['c', 30],
          ['a', 10],
          ['b', 20],
          ['b', 25],
          ['x', 5],
        ] as const) {
          context.setTimer(name, (TEST_START + us) as TimeUs);
        }
        context.cancelTimer('x');
      },
      onTimer: (context, { name, due }) => {
        fired.push(`${context.time - TEST_START} ${name} ${due - TEST_START}`);
      },
    }));
    assert.equal(kernel.due[0], TEST_START + 10);
    at(kernel, 10).apply({ kind: InputKind.boundary });
    at(kernel, 27).apply({ kind: InputKind.boundary });
    assert.equal(kernel.due[0], TEST_START + 30);
    at(kernel, 99).apply({ kind: InputKind.boundary });
    assert.deepEqual(fired, ['10 a 10', '27 b 25', '99 c 30']);
  });

  test('a timer that another one cancels at the same moment does not fire', () => {
    const fired: string[] = [];
    const kernel = running(() => ({
      onStart: (context) => {
        context.setTimer('first', (TEST_START + 10) as TimeUs);
        context.setTimer('second', (TEST_START + 10) as TimeUs);
      },
      onTimer: (context, { name }) => {
        fired.push(name);
        context.cancelTimer('second');
      },
    }));
    at(kernel, 10).apply({ kind: InputKind.boundary });
    assert.deepEqual(fired, ['first']);
  });

  test('equal wishes for bars share a series, and each strategy hears a bar once', () => {
    const heard: string[] = [];
    const listener = (name: string, basis: 'bid' | 'ask') =>
      strategyOf((setup) => {
        setup.bars(EUR, '1m', basis);
        setup.bars(EUR, '1m', basis);
        return {
          onBar: (_context, bar) => {
            heard.push(`${name} ${bar.basis} ${bar.close}`);
          },
        };
      });
    const kernel = kernelOf(listener('a', 'bid'), listener('b', 'bid'), listener('c', 'ask'));
    at(kernel, 0).apply(started);
    at(kernel, 1).quote(EUR, 100_000, 100_010, 0, 0);
    at(kernel, 60_000_000).apply({ kind: InputKind.boundary });
    assert.deepEqual(heard, ['a bid 100000', 'b bid 100000', 'c ask 100010']);
    assert.equal(kernel.bars, 2);
  });

  test('a bar that a quote ends is told before that quote, at its time, and with it on the board', () => {
    const told: string[] = [];
    const listener = strategyOf((setup) => {
      setup.quotes(EUR);
      setup.tickBars(EUR, 2, 'bid');
      setup.rangeBars(EUR, '0.00010', 'bid');
      setup.volumeBars(EUR, '1000', 'ask');
      return {
        onBar: (context, bar) => {
          const { kind, close, end } = bar;
          const now = context.quote(EUR)?.bid;
          told.push(`${kind} ${close} ${end - TEST_START} ${context.time - end} ${now}`);
        },
        onQuote: (_context, { bid }) => {
          told.push(`quote ${bid}`);
        },
      };
    });
    const kernel = at(kernelOf(listener), 0);
    kernel.apply(started);
    at(kernel, 1).quote(EUR, 100_000, 100_010, 300, 300);
    at(kernel, 2).quote(EUR, 100_020, 100_030, 300, 100);
    const first = ['tick 100020 2 0 100020', 'range 100000 2 0 100020', 'volume 100030 2 0 100020'];
    assert.deepEqual(told, ['quote 100000', ...first, 'quote 100020']);
    assert.equal(kernel.bars, 3);
  });

  test('bars of events end with their trading day, at a boundary, also after a restart', () => {
    const heard: string[] = [];
    const listener = strategyOf((setup) => {
      setup.tickBars(EUR, 3, 'bid');
      return {
        onBar: (_context, bar) => {
          heard.push(`${bar.ticks} ${bar.end - TEST_START}`);
        },
      };
    });
    const kernel = at(kernelOf(listener), 0);
    kernel.apply(started);
    kernel.book.sampling.due = Number.POSITIVE_INFINITY;
    kernel.host.refreshDue();
    at(kernel, 1).quote(EUR, 100_000, 100_010, 0, 0);
    const again = kernelOf(listener);
    again.walk(new Decoder(stateBytes(kernel)));
    for (const one of [kernel, again]) {
      assert.equal(one.due[0], TEST_START + US_PER_DAY);
      at(one, US_PER_DAY).apply({ kind: InputKind.boundary });
      for (const us of [1, 2, 3]) at(one, US_PER_DAY + us).quote(EUR, 100_000, 100_010, 0, 0);
      assert.equal(one.due[0], Number.POSITIVE_INFINITY, 'nothing waits where no bar is open');
    }
    const ends = [`1 ${US_PER_DAY}`, `3 ${US_PER_DAY + 3}`];
    assert.deepEqual(heard, [...ends, ...ends]);
  });

  test('volume bars of a source without sizes fail the run at its first quote', () => {
    const kernel = running((setup) => {
      setup.volumeBars(EUR, '1000', 'mid');
      return {};
    });
    assert.throws(() => at(kernel, 1).quote(EUR, 100_000, 100_010, 0, 0), {
      code: 'STRATEGY_FAILED',
      message:
        /^strategy s0: volume bars need quoted sizes, and the quote of EURUSD at 2024-01-01T/,
    });
  });

  test('a strategy sees its own orders and no one else’s, as copies', () => {
    const seen: unknown[] = [];
    let placed: OrderHandle | undefined;
    const limitPrice = 99_000 as Price;
    const quantity = 5 as Quantity;
    const owner = strategyOf((setup) => {
      setup.quotes(EUR);
      return {
        onQuote: (context) => {
          const limit = { instrument: EUR, side: 'buy', type: 'limit', quantity } as const;
          const result = context.submit({ ...limit, limitPrice });
          assert(result.ok);
          placed = result.order;
          const before = context.order(placed);
          assert.deepEqual(context.cancel(placed), { ok: true });
          assert.equal(before?.state, 'intended');
          assert.deepEqual(context.openOrders(), [context.order(placed)]);
        },
      };
    });
    const other = strategyOf((setup) => {
      setup.quotes(EUR);
      return {
        onQuote: (context) => {
          assert(placed !== undefined);
          seen.push(context.order(placed), context.openOrders());
          seen.push(context.cancel(placed), context.replace(placed, {}));
        },
      };
    });
    const kernel = at(kernelOf(owner, other), 0);
    kernel.apply(started);
    at(kernel, 1).quote(EUR, 100_000, 100_010, 0, 0);
    const unknown = { ok: false, reason: 'order_unknown' };
    assert.deepEqual(seen, [undefined, [], unknown, unknown]);
  });

  test('a context is of use during a callback and only then', () => {
    const kept: StrategyContext[] = [];
    const kernel = running(() => ({
      onStart: (context) => {
        kept.push(context);
      },
    }));
    at(kernel, 1).quote(EUR, 100_000, 100_010, 0, 0);
    const [context] = kept;
    assert(context !== undefined);
    const quantity = 1 as Quantity;
    const late = () => context.submit({ instrument: EUR, side: 'buy', type: 'market', quantity });
    assert.throws(late, { code: 'STRATEGY_FAILED' }, 'submit');
    assert.throws(() => context.setTimer('t', 0 as TimeUs), { code: 'STRATEGY_FAILED' }, 'timer');
  });

  test('only the instruments of a strategy can be named, asked for or traded', () => {
    const cases: readonly ((setup: StrategySetup) => void)[] = [
      (setup) => setup.instrument('USDJPY'),
      (setup) => setup.quotes(7 as InstrumentIndex),
      (setup) => setup.bars(7 as InstrumentIndex, '1m', 'mid'),
      (setup) => setup.bars(EUR, '1x', 'mid'),
      (setup) => setup.bars(EUR, '7m', 'mid'),
      (setup) => setup.bars(EUR, '2d', 'mid'),
      (setup) => setup.tickBars(7 as InstrumentIndex, 10, 'mid'),
      (setup) => setup.tickBars(EUR, 0.5, 'mid'),
      (setup) => setup.volumeBars(EUR, '-1', 'mid'),
      (setup) => setup.volumeBars(EUR, '0.5', 'mid'),
      (setup) => setup.volumeBars(EUR, '0', 'mid'),
      (setup) => setup.rangeBars(EUR, '0.000015', 'mid'),
      (setup) => setup.rangeBars(EUR, 'wide', 'mid'),
      (setup) => setup.definition(7 as InstrumentIndex),
    ];
    for (const use of cases) {
      const create = (setup: StrategySetup): Strategy => {
        use(setup);
        return {};
      };
      assert.throws(() => running(create), { code: 'STRATEGY_FAILED' });
      assert.equal(callbackGuard.active, false);
    }
  });

  test('the traps are armed in every callback and in create, and nowhere else', () => {
    const armed: boolean[] = [];
    const note = (): void => {
      armed.push(callbackGuard.active);
    };
    const kernel = running((setup) => {
      setup.quotes(EUR);
      note();
      return { onStart: note, onQuote: note, onGap: note, onStop: note };
    });
    assert.equal(callbackGuard.active, false);
    at(kernel, 1).quote(EUR, 100_000, 100_010, 0, 0);
    at(kernel, 2).apply({ kind: InputKind.gap, from: 0 as TimeUs, to: 1 as TimeUs });
    at(kernel, 3).apply({ kind: InputKind.stopped, reason: '' });
    assert.deepEqual(armed, [true, true, true, true, true]);
    assert.equal(callbackGuard.active, false);
  });
});

suite('strategy state', () => {
  const counting = (version: number, seen: PlainData[] = []) =>
    strategyOf(
      () => ({
        save: () => ({ n: 3 }),
        restore: (data) => {
          seen.push(data);
        },
      }),
      { version },
    );

  test('is given back to the strategy as it was saved', () => {
    const seen: PlainData[] = [];
    const kernel = kernelOf(counting(1));
    at(kernel, 0).apply(started);
    const next = kernelOf(counting(1, seen));
    next.walk(new Decoder(stateBytes(kernel)));
    assert.deepEqual(seen, [{ n: 3 }]);
  });

  test('of another version, or of other strategies, is refused', () => {
    const bytes = stateBytes(kernelOf(counting(1)));
    const restore = (kernel: Kernel): void => {
      const decoder = new Decoder(bytes);
      kernel.walk(decoder);
      decoder.end();
    };
    assert.throws(() => restore(kernelOf(counting(2))), {
      code: 'STRATEGY_FAILED',
      message: /saved by version 1, this is version 2/,
    });
    assert.throws(() => restore(kernelOf(counting(1), counting(1))));
    assert.throws(() => restore(kernelOf()));
  });

  test('that is no plain data is refused when it is saved', () => {
    const broken = strategyOf(() => ({ save: () => ({ at: Number.NaN }) }));
    assert.throws(() => stateBytes(kernelOf(broken)), {
      code: 'STRATEGY_FAILED',
      message: /\$\.at/,
    });
  });
});
