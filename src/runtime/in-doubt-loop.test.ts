import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { InputKind } from '../model/inputs.ts';
import { ORDER_STATES } from '../model/order.ts';
import { RecordKind } from '../model/records.ts';
import type { InstrumentIndex, OrderHandle, Quantity, TimeUs } from '../model/units.ts';
import { LoopRig, tapeOf } from '../testing/loop-rig.ts';
import { strategyOf } from '../testing/puppet.ts';

const ORDER = {
  instrument: 0 as InstrumentIndex,
  side: 'buy',
  type: 'market',
  quantity: 5 as Quantity,
} as const;

/** Buys once, at the first quote. */
function buysOnce() {
  return strategyOf((setup) => {
    setup.quotes(ORDER.instrument);
    let done = false;
    return {
      onQuote: (context) => {
        if (!done) context.submit(ORDER);
        done = true;
      },
      save: () => done,
      restore: (data) => {
        done = data === true;
      },
    };
  });
}

const tape = tapeOf(
  Array.from({ length: 60 }, (_, i) => ({ at: i * 20_000, k: 0, bid: 100_000, ask: 100_010 })),
);

/** Another process starts, as the running engine does. */
function startAgain(rig: LoopRig): void {
  const { loop, kernel } = rig;
  const { time, doubts } = kernel.book;
  const started = { kind: InputKind.started, prefix: 'T', nonce: '0123456789' } as const;
  loop.input({ ...started, handlesTaken: rig.venue.lastHandle, restored: false }, time);
  loop.input({ kind: InputKind.recovered }, time);
  const connection = doubts.connection + 1;
  loop.input({ kind: InputKind.connection, connection, open: true }, time);
  loop.input(rig.venue.snapshot(0, time), time);
}

function stateOf(rig: LoopRig): string {
  const order = rig.kernel.book.orders.find(1 as OrderHandle);
  return order === undefined ? 'none' : ORDER_STATES[order.state];
}

suite('an order in doubt at the embedded venue', () => {
  test('that was on its way at a restart is found by its facts', () => {
    const strategy = buysOnce();
    const first = LoopRig.start({ strategy, venue: { logMax: 100 } }).feed(tape, 0, 1);
    assert.equal(stateOf(first), 'in_flight');
    const second = first.restart();
    startAgain(second);
    assert.equal(stateOf(second), 'in_doubt');
    second.feed(tape, 1).settle();
    assert.equal(stateOf(second), 'filled');
    assert.equal(second.kernel.book.doubts.size, 0);
    assert.equal(second.kernel.book.account.positions[0]?.quantity, 5);
  });

  test('that the venue never had is not placed, by its log, after the time that a request takes', () => {
    const strategy = buysOnce();
    const setup = { strategy, venue: { logMax: 100 } };
    const first = LoopRig.start(setup).feed(tape, 0, 1);
    const untouched = LoopRig.start({ ...setup, strategy: strategyOf(() => ({})) });
    const second = LoopRig.restored(setup, [first.save()[0], untouched.save()[1]]);
    startAgain(second);
    assert.equal(stateOf(second), 'in_doubt');
    second.loop.advanceTo((second.kernel.book.time + 40_000) as TimeUs);
    assert.equal(stateOf(second), 'in_doubt');
    second.settle();
    assert.equal(stateOf(second), 'not_placed');
    assert.equal(second.kernel.book.tradingState, 0);
    assert.equal(second.log.of(RecordKind.verdict).length > 0, true);
  });
});
