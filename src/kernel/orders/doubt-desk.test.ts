import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { blankLogRead, DOUBT_BRANCHES, ReadOutcome, Resolution } from '../../model/doubt.ts';
import { TradingState } from '../../model/gate.ts';
import { InputKind } from '../../model/inputs.ts';
import { RecordKind } from '../../model/records.ts';
import type { OrderHandle, Price, Quantity, TimeUs } from '../../model/units.ts';
import { ReportKind } from '../../model/venue.ts';
import { VENUE_KINDS } from '../../simulation/venue-kinds.ts';
import { DoubtRig } from '../../testing/doubt-rig.ts';
import { type Fate, WELL } from '../../testing/fake-venue.ts';
import { KernelRig } from '../../testing/kernel-rig.ts';

const SECOND = 1_000_000;
const { keeper, logger, stale, mute, deadline } = VENUE_KINDS;
const NO_ANSWER: Fate = { ...WELL, answer: undefined };
const LOST: Fate = { ...NO_ANSWER, arrives: undefined };
const UNTOLD: Fate = { ...NO_ANSWER, told: undefined };
const FILLED: Fate = { ...WELL, outcome: 'fill' };

/** Plays a scene for buys and for sells: what is said of it must be the same. */
function bothSides(scene: (side: 'buy' | 'sell', other: 'buy' | 'sell') => void): void {
  scene('buy', 'sell');
  scene('sell', 'buy');
}

function doubtful(
  venue: (typeof VENUE_KINDS)[keyof typeof VENUE_KINDS],
  side: 'buy' | 'sell',
  fate: Fate,
): { rig: DoubtRig; order: OrderHandle } {
  const rig = new DoubtRig(venue);
  rig.venue.fates.push(fate);
  const order = rig.order(side);
  return { rig, order };
}

function branches(rig: DoubtRig): string[] {
  return rig.log.of(RecordKind.verdict).map(({ verdict }) => DOUBT_BRANCHES[verdict.branch] ?? '');
}

function refusalOf(rig: DoubtRig, side: 'buy' | 'sell'): string {
  const result = rig.submit(side);
  return result.ok ? 'ok' : result.reason;
}

suite('an order whose answer is lost', () => {
  test('holds new risk on its instrument until it is found, and is adopted then', () => {
    bothSides((side, other) => {
      const { rig, order } = doubtful(keeper, side, { ...UNTOLD, arrives: 3 * SECOND });
      rig.run(2.1 * SECOND);
      assert.equal(rig.state(order), 'in_doubt');
      assert.deepEqual(
        [refusalOf(rig, side), refusalOf(rig, other)],
        Array(2).fill('order_in_doubt'),
      );
      rig.run(5 * SECOND);
      assert.equal(rig.state(order), 'filled');
      assert.equal(rig.kernel.book.doubts.size, 0);
      assert.equal(refusalOf(rig, side), 'ok');
    });
  });

  test('is not placed once a clean log goes beyond the horizon, and not before', () => {
    bothSides((side) => {
      const { rig, order } = doubtful(logger, side, LOST);
      rig.run(61 * SECOND);
      assert.equal(rig.state(order), 'in_doubt');
      rig.run(3 * SECOND);
      assert.equal(rig.state(order), 'not_placed');
      assert.equal(branches(rig).at(-1), 'log_clean_past_horizon');
    });
  });

  test('is not placed once no late request can be behind what a stale look-up does not show', () => {
    bothSides((side) => {
      const { rig, order } = doubtful(stale, side, LOST);
      rig.run(14 * SECOND);
      assert.equal(rig.state(order), 'in_doubt', 'ten seconds of flight and three of lag');
      rig.run(3 * SECOND);
      assert.equal(rig.state(order), 'not_placed');
    });
  });

  test('is dead at its deadline by the clock of the venue, not by ours', () => {
    bothSides((side) => {
      const rig = new DoubtRig(deadline);
      rig.venue.fates.push(LOST);
      const expireTime = (rig.venue.venueTime + 20 * SECOND) as never;
      const order = rig.order(side, { timeInForce: 'gtd', expireTime });
      rig.run(20.5 * SECOND);
      assert.equal(rig.state(order), 'in_doubt', 'the read lag is not over');
      rig.run(3 * SECOND);
      assert.equal(rig.state(order), 'not_placed');
      assert.equal(branches(rig).at(-1), 'log_clean_past_deadline');
    });
  });

  test('is presumed absent where nothing can be asked: told as unresolved, and still reserved', () => {
    bothSides((side) => {
      const { rig, order } = doubtful(mute, side, LOST);
      rig.run(600 * SECOND);
      assert.equal(rig.state(order), 'presumed_absent');
      assert.deepEqual(
        rig.puppet.orderEvents.map(({ event }) => event),
        ['sent', 'unknown', 'unresolved'],
      );
      assert(rig.alerts.includes('order_unresolved'));
      const { orders, doubts } = rig.kernel.book;
      assert.equal(orders.openQuantity(0 as never, side === 'buy' ? 1 : -1), 10);
      assert.equal(doubts.on(0 as never), order);
      rig.input(rig.venue.snapshot(0));
      assert.equal(refusalOf(rig, side), 'order_in_doubt', 'a clean comparison does not lift it');
    });
  });

  test('is found by a snapshot that lists it', () => {
    const rig = new DoubtRig(mute);
    rig.venue.fates.push({ ...NO_ANSWER, told: 100 * SECOND });
    const order = rig.order('buy', { type: 'limit', limitPrice: 90_000 as Price });
    rig.run(3 * SECOND);
    assert.equal(rig.state(order), 'presumed_absent');
    rig.input(rig.venue.snapshot(0));
    assert.equal(rig.state(order), 'working');
  });

  test('gains nothing from reads that fail, and the operator hears of a stale source', () => {
    const { rig, order } = doubtful(logger, 'buy', LOST);
    const fails = { fails: true, losesFacts: false, delay: 1000, lag: 0 };
    rig.venue.readFates.push(...Array(40).fill(fails));
    rig.run(600 * SECOND);
    assert.equal(rig.state(order), 'in_doubt');
    assert(rig.alerts.includes('stale_source'));
    assert.deepEqual(branches(rig), []);
  });

  test('gains nothing from a read whose facts did not come', () => {
    const rig = new KernelRig({ kernel: { venue: logger } });
    rig.quote(0, 100_000, 100_010);
    const order = rig.order({ side: 'buy', quantity: 10 as Quantity });
    rig.input({ kind: InputKind.connection, connection: 1, open: false });
    rig.input({ kind: InputKind.connection, connection: 2, open: true });
    rig.report({ report: ReportKind.unknown, order, cursor: 0 });
    const read = { ...blankLogRead(), ask: 99, outcome: ReadOutcome.clean, venueTime: rig.now };
    rig.input({ kind: InputKind.logRead, logRead: { ...read, cursor: 7 } });
    const verdicts = () => rig.log.of(RecordKind.verdict).length;
    assert.equal(verdicts(), 0);
    rig.input({ kind: InputKind.logRead, logRead: { ...read, cursor: 0 } });
    assert.equal(verdicts(), 1);
  });

  test('wrongly proved absent, it is revived by the fact: booked, alerted, exit-only (X10)', () => {
    const late = { ...keeper, inFlightHorizonUs: 0 };
    const wrong = new DoubtRig(late);
    wrong.venue.fates.push({ ...NO_ANSWER, arrives: 4 * SECOND });
    const lost = wrong.order('buy');
    wrong.venue.onTheWire.clear();
    wrong.run(3.9 * SECOND);
    assert.equal(wrong.state(lost), 'not_placed');
    wrong.input({
      kind: InputKind.report,
      report: { ...blankFound(lost), venueTime: wrong.venue.venueTime },
    });
    assert.equal(wrong.state(lost), 'working');
    assert.equal(wrong.kernel.book.tradingState, TradingState.exitOnly);
    assert(wrong.alerts.includes('order_revive'));
  });
});

function blankFound(order: OrderHandle) {
  const rig = new KernelRig();
  return { ...rig.report({ report: ReportKind.accepted, order }), cursor: 0 };
}

suite('an operator’s word (X9)', () => {
  test('is refused, with a reason, where there is nothing in doubt or no name to it', () => {
    const { rig, order } = doubtful(mute, 'buy', WELL);
    rig.run(SECOND);
    const word = { order, as: Resolution.placed, brokerOrderId: '', by: 'ann', reason: 'r' };
    const refusal = (change: object) => rig.kernel.resolutionRefusal({ ...word, ...change });
    assert.equal(refusal({}), 'order_not_in_doubt');
    assert.equal(refusal({ order: 99 }), 'order_unknown');
    assert.equal(refusal({ by: '' }), 'name_or_reason_missing');
    rig.resolve(order, Resolution.notPlaced);
    assert.equal(rig.state(order), 'filled');
    assert(rig.alerts.includes('resolve_refused'));
  });

  test('that it was not placed ends it and frees what was reserved', () => {
    const { rig, order } = doubtful(mute, 'sell', LOST);
    rig.run(10 * SECOND);
    rig.resolve(order, Resolution.notPlaced);
    assert.equal(rig.state(order), 'not_placed');
    assert.equal(rig.kernel.book.orders.openQuantity(0 as never, -1), 0);
    rig.run(10 * SECOND);
    assert.equal(refusalOf(rig, 'buy'), 'ok');
  });

  test('that it was placed lets it work, and no new risk before a snapshot agrees', () => {
    const { rig, order } = doubtful(mute, 'buy', LOST);
    rig.run(10 * SECOND);
    rig.resolve(order, Resolution.placed);
    assert.equal(rig.state(order), 'working');
    assert.equal(refusalOf(rig, 'buy'), 'unreconciled');
    rig.run(60 * SECOND);
    assert.equal(refusalOf(rig, 'buy'), 'unreconciled', 'the broker does not have it');
    assert(rig.alerts.includes('break_missing_at_broker'));
  });
});

suite('a restart (X8)', () => {
  test('puts in doubt what was on its way, asks again what was asked of orders, and sends nothing', () => {
    const rig = new DoubtRig(logger);
    const limit = { type: 'limit', limitPrice: 90_000 as Price } as const;
    const kept = rig.order('buy', limit);
    rig.run(SECOND);
    rig.venue.fates.push(LOST);
    rig.act((context) => context.cancel(kept));
    rig.venue.fates.push(LOST);
    const sent = rig.order('sell');
    rig.crash();
    assert.deepEqual([rig.state(kept), rig.state(sent)], ['working', 'in_doubt']);
    rig.run(5 * SECOND);
    assert.equal(rig.state(kept), 'cancelled', 'it was alive, so it was cancelled again');
    rig.run(80 * SECOND);
    assert.equal(rig.state(sent), 'not_placed');
    assert.deepEqual([rig.venue.orders.size, rig.venue.repeated], [1, 0]);
  });
});

suite('a cancel or replace whose answer is lost (X11)', () => {
  const limit = { type: 'limit', limitPrice: 90_000 as Price } as const;
  const change = { limitPrice: 90_010 as Price };

  function replaced(venue: typeof keeper | typeof stale, fate: Fate) {
    const rig = new DoubtRig(venue);
    const order = rig.order('buy', limit);
    rig.run(SECOND);
    rig.venue.fates.push(fate);
    rig.act((context) => context.replace(order, change));
    return { rig, order };
  }

  test('done: the new terms are found', () => {
    const { rig, order } = replaced(keeper, UNTOLD);
    rig.run(4 * SECOND);
    assert.equal(rig.find(order).terms.limitPrice, 90_010);
    assert.equal(branches(rig).at(-1), 'change_done');
  });

  test('lost: the old terms stand once it can no longer arrive', () => {
    const { rig, order } = replaced(keeper, LOST);
    rig.run(10 * SECOND);
    assert.notEqual(rig.find(order).flags, 0);
    rig.run(20 * SECOND);
    assert.equal(rig.find(order).flags, 0);
    assert.equal(rig.find(order).terms.limitPrice, 90_000);
    assert.equal(branches(rig).at(-1), 'change_lost');
  });

  test('where the venue does not replace in one step, old and new are both reserved meanwhile', () => {
    const one = replaced(keeper, LOST);
    assert.equal(one.rig.kernel.book.orders.openQuantity(0 as never, 1), 10);
    const two = replaced(stale, LOST);
    assert.equal(two.rig.kernel.book.orders.openQuantity(0 as never, 1), 20);
    two.rig.run(60 * SECOND);
    assert.equal(two.rig.kernel.book.orders.openQuantity(0 as never, 1), 10);
  });

  test('gone is not cancelled: until the cause is known the order stays', () => {
    const rig = new DoubtRig({ ...keeper, lookUpByClientIdUs: SECOND });
    const order = rig.order('buy', limit);
    rig.run(SECOND);
    rig.venue.fates.push(UNTOLD);
    rig.act((context) => context.cancel(order));
    rig.run(600 * SECOND);
    assert.equal(rig.state(order), 'working');
    assert.equal(branches(rig).at(-1), 'change_gone');
    assert.equal(rig.kernel.book.orders.openQuantity(0 as never, 1), 10);
    rig.resolve(order, Resolution.notPlaced);
    assert.equal(rig.state(order), 'cancelled');
  });
});

suite('exits while something is in doubt (X13)', () => {
  test('go out where the venue itself keeps them to the position, and only there', () => {
    for (const venue of [keeper, mute] as const) {
      bothSides((side, other) => {
        const rig = new DoubtRig(venue);
        rig.venue.fates.push(FILLED);
        rig.order(side);
        rig.run(SECOND);
        rig.venue.fates.push(LOST);
        rig.order(other, { quantity: 4 as Quantity });
        rig.run(2.1 * SECOND);
        const result = rig.submit(other, { quantity: 6 as Quantity, key: 'second' });
        if (venue.reduceOnly) assert(result.ok && result.quantity === 6);
        else assert(!result.ok && result.reason === 'order_in_doubt');
      });
    }
  });

  test('a doubt about the other side does not hold an exit back', () => {
    const rig = new DoubtRig(mute);
    rig.venue.fates.push(FILLED);
    rig.order('buy');
    rig.run(SECOND);
    rig.venue.fates.push(LOST);
    rig.order('buy');
    rig.run(3 * SECOND);
    assert(rig.submit('sell').ok);
  });
});

suite('orders that come to nothing (X12)', () => {
  const REFUSED: Fate = { ...WELL, outcome: 'reject' };

  test('make entries of that strategy and instrument wait, twice as long each time', () => {
    const rig = new DoubtRig(keeper);
    for (const wait of [1, 2, 4, 8]) {
      rig.venue.fates.push(REFUSED);
      rig.order('buy', { key: `k${wait}` });
      rig.run(0.05 * SECOND);
      rig.run((wait - 0.1) * SECOND);
      assert.equal(refusalOf(rig, 'buy'), 'failure_backoff');
      rig.run(0.2 * SECOND);
    }
    rig.order('buy', { key: 'good' });
    rig.run(SECOND);
    assert.equal(rig.kernel.book.failures.waitsUntil(0, 0), 0);
  });

  test('stop new risk when there are too many of them in a time', () => {
    const rig = new DoubtRig(keeper, { failures: { max: 3, withinUs: 60 * SECOND } });
    for (let i = 0; i < 3; i++) {
      rig.venue.fates.push(REFUSED);
      rig.order('sell', { key: `k${i}` });
      rig.run(10 * SECOND);
    }
    assert.equal(rig.kernel.book.tradingState, TradingState.exitOnly);
    assert(rig.alerts.includes('failure_rate'));
  });

  test('an exit that ends short of its fill is alerted at once, unless it was cancelled by us', () => {
    bothSides((side, other) => {
      const rig = new DoubtRig(keeper);
      rig.venue.fates.push(FILLED);
      rig.order(side);
      rig.run(SECOND);
      const limitPrice = (other === 'buy' ? 90_000 : 110_000) as Price;
      const order = rig.order(other, { type: 'limit', limitPrice });
      rig.run(SECOND);
      rig.act((context) => context.cancel(order));
      rig.run(SECOND);
      assert.equal(rig.state(order), 'cancelled');
      assert(!rig.alerts.includes('exit_unfilled'));
      rig.venue.fates.push(REFUSED);
      rig.order(other);
      rig.run(SECOND);
      assert(rig.alerts.includes('exit_unfilled'));
    });
  });
});

suite('the outbox’s last check (X8)', () => {
  test('withdraws an entry that a doubt, a break or a restart has overtaken', () => {
    const rig = new DoubtRig(keeper);
    rig.venue.fates.push(LOST);
    rig.order('buy');
    rig.settling = false;
    const second = rig.order('sell');
    rig.settling = true;
    assert.equal(rig.kernel.withdrawal(second, rig.now), undefined);
    rig.settling = false;
    rig.run(2.1 * SECOND);
    assert.equal(rig.kernel.withdrawal(second, rig.find(second).intendedAt), 'order_in_doubt');
  });

  test('withdraws an exit that would no longer only reduce, where the venue does not see to it', () => {
    const rig = new DoubtRig(mute);
    rig.venue.fates.push(FILLED);
    rig.order('buy');
    rig.run(SECOND);
    rig.settling = false;
    const exit = rig.order('sell');
    assert.equal(rig.kernel.withdrawal(exit, rig.now), undefined);
    rig.kernel.book.account.applyFill(0 as never, {
      side: -1,
      quantity: 6 as Quantity,
      price: 100_000 as Price,
      time: rig.now,
      decision: { strategy: 0, instrument: 0 as never, number: 1 },
      stopDistance: -1,
    });
    assert.equal(rig.kernel.withdrawal(exit, rig.now), 'exit_budget');
  });
});

suite('facts of a dense log', () => {
  test('after a gap are not booked: the log is read from our cursor, and asked for until it is', () => {
    const rig = new KernelRig();
    rig.quote(0, 100_000, 100_010);
    const order = rig.work('buy', 10, 'w');
    rig.report({ report: ReportKind.triggered, order, cursor: 5 });
    assert.equal(rig.book.cursor, 1);
    assert.deepEqual(rig.venue.logReads, [1]);
    assert(rig.alerts.includes('cursor_gap'));
    rig.report({ report: ReportKind.triggered, order, cursor: 6 });
    assert.deepEqual(rig.venue.logReads, [1], 'asked once');
    rig.now = rig.book.doubts.due as TimeUs;
    rig.input({ kind: InputKind.boundary });
    assert.deepEqual(rig.venue.logReads, [1, 1], 'and again');
  });
});
