import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ChainedJournal } from '../journal/chained-journal.ts';
import { encodeRecord } from '../journal/frame.ts';
import { RecordHasher, stateHash } from '../journal/hashes.ts';
import { MemoryStore } from '../journal/memory-store.ts';
import type { StrategyContext } from '../kernel/strategy/api.ts';
import { callbackGuard } from '../kernel/strategy/guard.ts';
import { Encoder } from '../model/codec.ts';
import { InputKind } from '../model/inputs.ts';
import { RecordKind } from '../model/records.ts';
import { US_PER_MINUTE } from '../model/time.ts';
import type { InstrumentIndex, Price, Quantity, TimeUs } from '../model/units.ts';
import { TEST_START, testInstrument } from '../testing/builders.ts';
import { busyStrategy } from '../testing/busy-strategy.ts';
import { framesOf } from '../testing/journal-rig.ts';
import { LoopRig, type LoopSetup, tapeOf, walkedTape } from '../testing/loop-rig.ts';
import { strategyOf } from '../testing/puppet.ts';

const BUSY: LoopSetup = {
  instruments: [testInstrument('EURUSD'), testInstrument('GBPUSD')],
  strategy: busyStrategy,
};
const TAPE = walkedTape(2500, 7);

/** Digest of each record from `from` on, so that tails of runs can be compared. */
function tailOf(rig: LoopRig, from: number): string[] {
  return rig.log.entries.slice(from).map(({ record, seq, time }) => {
    const io = new Encoder();
    encodeRecord(io, record, seq, time);
    return Buffer.from(io.bytes).toString('base64');
  });
}

suite('loop: determinism', () => {
  test('cut at fifty points and restored, it ends as if it had never stopped', () => {
    const whole = LoopRig.start(BUSY);
    const cuts: { at: number; saved: ReturnType<LoopRig['save']>; records: number }[] = [];
    let at = 0;
    for (let i = 0; i < 50; i++) {
      const to = Math.floor(((i + 1) * TAPE.count) / 51) + ((i * 37) % 40);
      whole.feed(TAPE, at, to);
      cuts.push({ at: to, saved: whole.save(), records: whole.log.entries.length });
      at = to;
    }
    whole.feed(TAPE, at).settle();
    const counts = new Map<number, number>();
    for (const { record } of whole.log.entries) {
      counts.set(record.kind, (counts.get(record.kind) ?? 0) + 1);
    }
    for (const kind of [RecordKind.fillBooked, RecordKind.tradeClosed, RecordKind.childOpened]) {
      assert((counts.get(kind) ?? 0) > 10, `the run is too quiet: ${kind}`);
    }
    const wanted = [stateHash(whole.kernel), stateHash(whole.venue)];
    const tail = tailOf(whole, 0);
    for (const cut of cuts) {
      const rig = LoopRig.restored(BUSY, cut.saved).feed(TAPE, cut.at).settle();
      assert.deepEqual([stateHash(rig.kernel), stateHash(rig.venue)], wanted, `cut at ${cut.at}`);
      assert.deepEqual(tailOf(rig, 0), tail.slice(cut.records));
    }
  });

  test('the records do not depend on how the tape is fed, nor on a journal', () => {
    const digestOf = (setup: LoopSetup, step: number): string => {
      const hasher = new RecordHasher();
      const rig = LoopRig.start({ ...setup, sink: hasher });
      for (let i = 0; i < TAPE.count; i += step) {
        rig.feed(TAPE, i, Math.min(i + step, TAPE.count));
      }
      rig.settle();
      return hasher.digest();
    };
    const wanted = digestOf(BUSY, TAPE.count);
    assert.equal(digestOf(BUSY, TAPE.count), wanted);
    assert.equal(digestOf(BUSY, 1), wanted);
    assert.equal(
      digestOf({ ...BUSY, journal: new ChainedJournal(new MemoryStore(1 << 30)) }, 500),
      wanted,
    );
    assert.notEqual(digestOf({ ...BUSY, kernel: { seed: 2 } }, 500), wanted, 'the seed counts');
  });

  test('engine and venue agree: no alert, the same position, balance and orders', () => {
    for (const seed of [1, 2, 3]) {
      const tape = walkedTape(3000, seed);
      const rig = LoopRig.start(BUSY).feed(tape).settle();
      // An exit that found no size is no disagreement: it is alerted as what it is (X12).
      const alerts = rig.alerts.filter((text) => !text.startsWith('exit_unfilled'));
      assert.deepEqual(alerts, []);
      const { account, orders } = rig.kernel.book;
      assert.equal(account.balance, rig.venue.account.balance);
      const held = (of: typeof account) =>
        of.positions.map(({ quantity, cost }) => [quantity, cost]);
      assert.deepEqual(held(account), held(rig.venue.account));
      assert.deepEqual(
        [...orders.open()].map(({ handle, remaining }) => [handle, remaining]).sort(),
        rig.venue
          .workingOrders()
          .map(({ order, remaining }) => [order, remaining])
          .sort(),
      );
      const { realized, commission, financing, otherCash, spec } = account;
      const sum = spec.openingBalance + realized - commission + financing + otherCash;
      assert.equal(account.balance, sum);
      const trades = rig.log.of(RecordKind.tradeClosed);
      assert.equal(
        trades.reduce((total, { pnl }) => total + pnl, 0n),
        realized,
      );
    }
  });
});

suite('loop: journal', () => {
  test('inputs are numbered densely, records carry the number of their input', () => {
    const journal = new ChainedJournal(new MemoryStore(1 << 30));
    const rig = LoopRig.start({ ...BUSY, journal })
      .feed(TAPE, 0, 1500)
      .settle();
    journal.commit();
    let last = 0;
    for (const { frame } of framesOf(journal.store)) {
      if (frame.what === 'input') last += 1;
      assert.equal(frame.seq, last);
      assert(frame.time <= rig.kernel.book.time);
    }
    assert.equal(last, rig.kernel.book.seq);
  });

  test('nothing reaches the venue before the frames that decided it are durable', () => {
    const journal = new ChainedJournal(new MemoryStore(1 << 30));
    const rig = LoopRig.start({ ...BUSY, journal });
    let sent = 0;
    const { venue } = rig;
    for (const name of ['submit', 'cancel', 'replace'] as const) {
      const original = venue[name].bind(venue) as (...args: unknown[]) => void;
      Object.defineProperty(venue, name, {
        value: (...args: unknown[]) => {
          sent += 1;
          assert.equal(journal.durable, journal.appended, name);
          original(...args);
        },
      });
    }
    rig.feed(TAPE).settle();
    assert(sent > 100, `${sent} requests`);
  });
});

/** Runs a strategy over a tape of one quote a minute. */
function minutes(count: number): ReturnType<typeof tapeOf> {
  const quotes = Array.from({ length: count }, (_, i) => {
    return { at: (i + 1) * US_PER_MINUTE, k: 0, bid: 100_000 + i, ask: 100_010 + i };
  });
  return tapeOf(quotes);
}

const order = {
  instrument: 0 as InstrumentIndex,
  type: 'market',
  quantity: 1 as Quantity,
} as const;

suite('loop: order of things', () => {
  test('at one time: venue events, timers, bar closes, the quote, then what reaches the venue', () => {
    const heard: string[] = [];
    const hear = (context: StrategyContext, what: string): void => {
      heard.push(`${(context.time - TEST_START) / US_PER_MINUTE} ${what}`);
    };
    const strategy = strategyOf((setup) => {
      setup.quotes(order.instrument);
      setup.bars(order.instrument, '1m', 'bid');
      return {
        onStart: (context) => {
          context.setTimer('t', (TEST_START + 3 * US_PER_MINUTE) as TimeUs);
        },
        onQuote: (context) => {
          hear(context, 'quote');
          if (heard.length === 1) context.submit({ ...order, side: 'buy' });
        },
        onBar: (context) => hear(context, 'bar'),
        onTimer: (context) => hear(context, 'timer'),
        onFill: (context, { price }) => hear(context, `fill @ ${price}`),
      };
    });
    // Sent at 1, there at 2 when its quote is out, told at 3.
    const latency = { submitUs: US_PER_MINUTE, cancelUs: 0, reportUs: US_PER_MINUTE };
    LoopRig.start({ strategy, venue: { latency } }).feed(minutes(4));
    assert.deepEqual(heard, [
      '1 quote',
      '2 bar',
      '2 quote',
      '3 fill @ 100011',
      '3 timer',
      '3 bar',
      '3 quote',
      '4 bar',
      '4 quote',
    ]);
  });

  test('what reaches the venue meets the last quote of its moment, and a cancel comes after it', () => {
    const heard: string[] = [];
    const strategy = strategyOf((setup) => {
      setup.quotes(order.instrument);
      return {
        onQuote: (context) => {
          if (context.time !== TEST_START + 10) return;
          context.submit({ ...order, side: 'buy' });
          const limitPrice = 99_000 as Price;
          const limit = { ...order, side: 'buy', type: 'limit', limitPrice } as const;
          const result = context.submit(limit);
          if (result.ok) context.cancel(result.order);
        },
        onOrder: (_context, { order: { order: handle }, event }) => {
          heard.push(`${handle} ${event}`);
        },
        onFill: (_context, { order: handle, price }) => {
          heard.push(`${handle} @ ${price}`);
        },
      };
    });
    const quotes = [
      { at: 10, k: 0, bid: 100_000, ask: 100_010 },
      { at: 20, k: 0, bid: 100_000, ask: 100_020 },
      { at: 20, k: 0, bid: 100_000, ask: 100_030 },
      { at: 50, k: 0, bid: 98_990, ask: 99_000 },
      { at: 60, k: 0, bid: 100_000, ask: 100_010 },
    ];
    const latency = { submitUs: 10, cancelUs: 40, reportUs: 1 };
    LoopRig.start({ strategy, venue: { latency } }).feed(tapeOf(quotes)).settle();
    assert.deepEqual(heard, [
      '1 sent',
      '2 sent',
      '1 accepted',
      '1 @ 100030',
      '1 filled',
      '2 accepted',
      '2 @ 99000',
      '2 filled',
      '2 cancel_refused',
    ]);
  });

  test('a bar closes with the first input at or after its end, though no quote comes', () => {
    const closed: number[] = [];
    const strategy = strategyOf((setup) => {
      setup.bars(order.instrument, '1m', 'mid');
      return {
        onBar: (context, bar) => {
          closed.push(context.time - TEST_START);
          assert.equal(context.time, bar.end);
        },
      };
    });
    LoopRig.start({ strategy })
      .feed(minutes(1))
      .settle(5 * US_PER_MINUTE);
    assert.deepEqual(closed, [2 * US_PER_MINUTE]);
  });

  test('time does not go back', () => {
    const rig = LoopRig.start(BUSY).feed(minutes(3));
    assert.throws(() => rig.feed(minutes(1)), { code: 'ASSERTION_FAILED' });
    const early = () => rig.loop.input({ kind: InputKind.boundary }, TEST_START);
    assert.throws(early, { code: 'ASSERTION_FAILED' });
  });
});

suite('loop: strategies that go wrong', () => {
  test('what a callback throws names strategy and callback, and keeps its cause', () => {
    const cause = new Error('no luck');
    const fails = (): never => {
      throw cause;
    };
    for (const callback of ['onStart', 'onQuote', 'onBar', 'onOrder', 'onFill'] as const) {
      const strategy = strategyOf((setup) => {
        setup.quotes(order.instrument);
        setup.bars(order.instrument, '1m', 'bid');
        const onQuote = (context: StrategyContext): void => {
          context.submit({ ...order, side: 'buy' });
        };
        return { onQuote, [callback]: fails };
      });
      const run = () => LoopRig.start({ strategy }).feed(minutes(4));
      const message = `strategy test, ${callback}: no luck`;
      assert.throws(run, { code: 'STRATEGY_FAILED', message, cause });
      assert.equal(callbackGuard.active, false, 'the traps are down again');
    }
  });

  test('an async callback, or one that returns something, is refused', () => {
    const results: readonly unknown[] = [Promise.resolve(), 1, null];
    for (const result of results) {
      for (const callback of ['onQuote', 'onBar', 'onStart'] as const) {
        const strategy = strategyOf((setup) => {
          setup.quotes(order.instrument);
          setup.bars(order.instrument, '1m', 'bid');
          return { [callback]: () => result };
        });
        assert.throws(() => LoopRig.start({ strategy }).feed(minutes(4)), {
          code: 'STRATEGY_FAILED',
        });
      }
    }
  });

  test('orders that answer their own sending are stopped', () => {
    let sent = 0;
    const submit = (context: StrategyContext): void => {
      sent += 1;
      if (sent > 20_000) throw new Error('nobody stopped it');
      context.submit({ ...order, side: 'buy', key: `k${sent}` });
    };
    const strategy = strategyOf((setup) => {
      setup.quotes(order.instrument);
      return { onQuote: submit, onOrder: submit };
    });
    assert.throws(() => LoopRig.start({ strategy }).feed(minutes(1)), {
      code: 'STRATEGY_FAILED',
      message: /rounds/,
    });
  });

  test('a fill that is answered by an order at the same moment, for ever, is stopped', () => {
    let fills = 0;
    const strategy = strategyOf((setup) => {
      setup.quotes(order.instrument);
      const submit = (context: StrategyContext): void => {
        fills += 1;
        if (fills > 20_000) throw new Error('nobody stopped it');
        context.submit({ ...order, side: fills % 2 === 0 ? 'buy' : 'sell', key: `k${fills}` });
      };
      return { onQuote: submit, onFill: submit };
    });
    const latency = { submitUs: 0, cancelUs: 0, reportUs: 0 };
    const run = () => LoopRig.start({ strategy, venue: { latency } }).feed(minutes(2)).settle();
    assert.throws(run, (error: Error) => !error.message.includes('nobody stopped it'));
  });

  test('a timer that sets itself to now, for ever, is stopped', () => {
    let fired = 0;
    const strategy = strategyOf(() => ({
      onStart: (context) => context.setTimer('t', (context.time + 1) as TimeUs),
      onTimer: (context) => {
        fired += 1;
        if (fired > 20_000) throw new Error('nobody stopped it');
        context.setTimer('t', context.time);
      },
    }));
    const run = () => LoopRig.start({ strategy }).feed(minutes(2));
    assert.throws(run, (error: Error) => !error.message.includes('nobody stopped it'));
  });
});
