import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { blankControl, type Control, ControlAction } from '../../model/control.ts';
import { TradingState } from '../../model/gate.ts';
import { InputKind } from '../../model/inputs.ts';
import { OrderFlag, OrderRole } from '../../model/order.ts';
import { RecordKind } from '../../model/records.ts';
import { US_PER_DAY, US_PER_HOUR, US_PER_MINUTE } from '../../model/time.ts';
import type { OrderHandle, Price, Quantity, TimeUs } from '../../model/units.ts';
import { ReportKind } from '../../model/venue.ts';
import { alwaysOpen, TEST_START } from '../../testing/builders.ts';
import { KernelRig } from '../../testing/kernel-rig.ts';

const { active, exitOnly, halted } = TradingState;
const WHO = { by: 'ann', reason: 'a test' };
const SIDES = ['buy', 'sell'] as const;

function rigOf(stops = { doubtAgeMaxUs: 5 * US_PER_MINUTE, venueLostMaxUs: US_PER_MINUTE }) {
  const rig = new KernelRig({ kernel: { stops } });
  rig.quote(0, 100_000, 100_010);
  return rig;
}

function control(rig: KernelRig, control: Partial<Control>): void {
  rig.input({ kind: InputKind.control, control: { ...blankControl(), ...WHO, ...control } });
}

function kill(rig: KernelRig, tradingState: TradingState = exitOnly): void {
  control(rig, { tradingState });
}

function resume(rig: KernelRig, more: Partial<Control> = {}): void {
  control(rig, { action: ControlAction.resume, ...more });
}

/** What an adapter says by itself, and no log tells. */
function outOfLog(rig: KernelRig, report: ReportKind, order: OrderHandle): void {
  rig.report({ report, order, cursor: 0 });
  rig.cursor -= 1;
}

/** Lets time pass, with the boundaries that fall due. */
function pass(rig: KernelRig, us: number): void {
  const end = rig.now + us;
  for (let due = rig.kernel.due[0] as number; due <= end; due = rig.kernel.due[0] as number) {
    rig.now = Math.max(rig.now, due - 1) as TimeUs;
    rig.input({ kind: InputKind.boundary });
  }
  rig.now = end as TimeUs;
}

function cancelled(rig: KernelRig): readonly OrderHandle[] {
  return rig.venue.cancels.map(({ order }) => order);
}

/** Orders that are open and could still open risk, as far as no cancel of theirs is under way. */
function risky(rig: KernelRig): readonly OrderHandle[] {
  const { orders, account } = rig.book;
  const held = account.positions[0]?.quantity ?? 0;
  const left = new Map<number, number>();
  const found: OrderHandle[] = [];
  for (const order of orders.open()) {
    const { terms, role, remaining, flags, handle } = order;
    if (role !== OrderRole.order) continue;
    const reduces = held !== 0 && held > 0 !== terms.side > 0;
    const budget = left.get(terms.side) ?? (reduces ? Math.abs(held) : 0);
    left.set(terms.side, Math.max(0, budget - remaining));
    const changing = OrderFlag.cancelPending | OrderFlag.replacePending;
    const isHeld = terms.reduceOnly || (flags & changing) !== 0;
    if (remaining > budget && !isHeld) found.push(handle);
  }
  return found;
}

suite('a kill', () => {
  test('cancels every working entry, leaves exits and protection, on either side', () => {
    for (const side of SIDES) {
      const other = side === 'buy' ? 'sell' : 'buy';
      const rig = rigOf();
      rig.hold(side === 'buy' ? 10 : -10);
      const entry = rig.work(side, 5, 'entry');
      const exit = rig.work(other, 10, 'exit');
      kill(rig);
      assert.deepEqual(cancelled(rig), [entry], side);
      assert.equal(rig.book.tradingState, exitOnly);
      assert.equal(rig.book.orders.find(exit)?.flags, 0);
      assert.deepEqual([rig.book.stops.by, rig.book.stops.reason], ['ann', 'a test']);
    }
  });

  test('leaves nothing that could open risk, whatever works and however large the position is', () => {
    const works = fc.array(
      fc.record({ side: fc.constantFrom(...SIDES), size: fc.nat({ max: 9 }) }),
      {
        maxLength: 6,
      },
    );
    fc.assert(
      fc.property(fc.integer({ min: -12, max: 12 }), works, fc.boolean(), (held, all, halts) => {
        const rig = rigOf();
        rig.hold(held);
        for (const [i, { side, size }] of all.entries()) rig.work(side, size + 1, `w${i}`);
        kill(rig, halts ? halted : exitOnly);
        assert.deepEqual(risky(rig), []);
      }),
      { numRuns: 200 },
    );
  });

  test('shrinks an order that turns the position to what only closes it', () => {
    const rig = rigOf();
    rig.hold(10);
    const order = rig.work('sell', 25, 'turn');
    kill(rig);
    assert.deepEqual(
      rig.venue.replaces.map(({ order: of, quantity }) => [of, quantity]),
      [[order, 10]],
    );
    assert.deepEqual(cancelled(rig), []);
  });

  test('cancels an entry that is on its way, and one in doubt as soon as it is found', () => {
    const rig = rigOf();
    const limitPrice = 50_000 as Price;
    const terms = { side: 'buy', quantity: 5 as Quantity, type: 'limit', limitPrice } as const;
    const onItsWay = rig.order({ ...terms, key: 'a' });
    const lost = rig.order({ ...terms, key: 'b', quantity: 6 as Quantity });
    outOfLog(rig, ReportKind.unknown, lost);
    kill(rig);
    assert.deepEqual(cancelled(rig), [onItsWay]);
    rig.report({ report: ReportKind.accepted, order: lost });
    assert.deepEqual(cancelled(rig), [onItsWay, lost]);
  });

  test('asks again where a cancel is refused, later each time, and never while one is unanswered', () => {
    const rig = rigOf();
    const order = rig.work('buy', 5, 'entry');
    kill(rig);
    pass(rig, US_PER_MINUTE / 60 / 2);
    assert.deepEqual(cancelled(rig), [order]);
    outOfLog(rig, ReportKind.cancelRefused, order);
    pass(rig, 5 * US_PER_MINUTE);
    assert.deepEqual(cancelled(rig), [order, order]);
  });

  test('only ever tightens: exit-only does not loosen a halt', () => {
    const rig = rigOf();
    kill(rig, halted);
    kill(rig, exitOnly);
    assert.equal(rig.book.tradingState, halted);
    control(rig, { action: ControlAction.flatten });
    assert.equal(rig.book.tradingState, halted);
  });

  test('in exit-only an entry is denied and an exit passes; in a halt neither does', () => {
    for (const side of SIDES) {
      const other = side === 'buy' ? 'sell' : 'buy';
      const rig = rigOf();
      rig.hold(side === 'buy' ? 10 : -10);
      kill(rig);
      assert.equal(rig.submit({ side, quantity: 1 as Quantity, key: 'e' }).ok, false);
      assert.equal(rig.submit({ side: other, quantity: 1 as Quantity, key: 'x' }).ok, true);
      kill(rig, halted);
      assert.equal(rig.submit({ side: other, quantity: 1 as Quantity, key: 'y' }).ok, false);
    }
  });

  test('without a name or a reason, or to active, is refused, alerted and changes nothing', () => {
    const rig = rigOf();
    control(rig, { by: '' });
    control(rig, { reason: '' });
    kill(rig, active);
    assert.equal(rig.book.tradingState, active);
    const told = rig.log.of(RecordKind.alert).filter(({ key }) => key === 'control_refused');
    assert.equal(told.length, 3);
  });
});

/** An order in doubt, `us` after it came to be so. */
function inDoubtFor(rig: KernelRig, us: number): OrderHandle {
  const order = rig.order({ side: 'buy', quantity: 5 as Quantity, key: 'lost' });
  outOfLog(rig, ReportKind.unknown, order);
  pass(rig, us);
  return order;
}

suite('the engine stops by itself', () => {
  test('when an order is in doubt for longer than the limit, and not before', () => {
    const rig = rigOf();
    inDoubtFor(rig, 5 * US_PER_MINUTE - 10);
    assert.equal(rig.book.tradingState, active);
    pass(rig, 20);
    assert.equal(rig.book.tradingState, exitOnly);
    assert.match(rig.book.stops.reason, /in doubt for too long/);
    assert(rig.alerts.includes('kill_switch'));
  });

  test('when the venue is lost for longer than the limit, and not when it comes back in time', () => {
    const rig = rigOf();
    const connect = (connection: number, open: boolean): void =>
      rig.input({ kind: InputKind.connection, connection, open });
    connect(1, false);
    pass(rig, US_PER_MINUTE - 10);
    connect(2, true);
    pass(rig, US_PER_HOUR);
    assert.equal(rig.book.tradingState, active);
    connect(2, false);
    pass(rig, US_PER_MINUTE + 10);
    assert.equal(rig.book.tradingState, exitOnly);
  });

  test('counts session time alone: a weekend does not make a doubt old', () => {
    const calendar = alwaysOpen();
    const closedFrom = TEST_START + US_PER_MINUTE;
    const opens = [calendar.from, closedFrom + 2 * US_PER_DAY];
    const closes = [closedFrom, calendar.horizon];
    const stops = { doubtAgeMaxUs: 5 * US_PER_MINUTE, venueLostMaxUs: US_PER_MINUTE };
    const calendars = [{ ...calendar, opens, closes }];
    const rig = new KernelRig({ kernel: { stops, calendars } });
    rig.quote(0, 100_000, 100_010);
    inDoubtFor(rig, 2 * US_PER_DAY + 4 * US_PER_MINUTE);
    assert.equal(rig.book.tradingState, active);
    pass(rig, 2 * US_PER_MINUTE);
    assert.equal(rig.book.tradingState, exitOnly);
  });

  test('when the clock jumps, either way', () => {
    for (const step of [-1, 1]) {
      const rig = rigOf();
      const [fromTime, toTime] = [rig.now, (rig.now + step * US_PER_HOUR) as TimeUs];
      const entry = rig.work('buy', 5, 'entry');
      rig.input({ kind: InputKind.clockJump, fromTime, toTime });
      assert.equal(rig.book.tradingState, exitOnly);
      assert.deepEqual(cancelled(rig), [entry]);
    }
  });

  test('a trip of another part cancels entries as well', () => {
    const rig = rigOf();
    const entry = rig.work('buy', 5, 'entry');
    const ended = rig.work('sell', 5, 'ended');
    rig.report({ report: ReportKind.cancelled, order: ended });
    rig.report({ report: ReportKind.accepted, order: ended });
    assert.match(rig.book.stops.reason, /revived/);
    assert.deepEqual([...cancelled(rig)].sort(), [entry, ended].sort());
  });
});

suite('arming again', () => {
  test('is refused while the cause persists, and done once it is gone', () => {
    const rig = rigOf();
    const order = inDoubtFor(rig, 6 * US_PER_MINUTE);
    resume(rig);
    assert.equal(rig.book.tradingState, exitOnly);
    const refusal = rig.kernel.controlRefusal({
      ...blankControl(),
      ...WHO,
      action: ControlAction.resume,
    });
    assert.deepEqual(refusal, { refusal: 'cause_persists', causes: ['doubt_age'] });
    rig.report({ report: ReportKind.cancelled, order });
    resume(rig);
    assert.equal(rig.book.tradingState, active);
  });

  test('an override passes over it by name until its end; then it trips again', () => {
    const rig = rigOf();
    inDoubtFor(rig, 6 * US_PER_MINUTE);
    const overrideUntil = (rig.now + US_PER_HOUR) as TimeUs;
    resume(rig, { overrideUntil });
    assert.equal(rig.book.tradingState, active);
    const [record] = rig.log.of(RecordKind.overridden);
    assert.deepEqual([record?.override.by, record?.override.until], ['ann', overrideUntil]);
    pass(rig, US_PER_HOUR - US_PER_MINUTE);
    rig.restart();
    assert.equal(rig.book.tradingState, active, 'it lasts across a restart');
    pass(rig, 2 * US_PER_MINUTE);
    assert.equal(rig.book.tradingState, exitOnly);
  });

  test('an override passes over nothing but what it was given for', () => {
    const rig = rigOf();
    inDoubtFor(rig, 6 * US_PER_MINUTE);
    resume(rig, { overrideUntil: (rig.now + US_PER_HOUR) as TimeUs });
    rig.input({ kind: InputKind.connection, connection: 1, open: false });
    pass(rig, 2 * US_PER_MINUTE);
    assert.match(rig.book.stops.reason, /venue has been lost/);
  });

  test('an override that ends in the past or after a day is refused', () => {
    const rig = rigOf();
    kill(rig);
    for (const until of [rig.now, rig.now - 5, rig.now + US_PER_DAY + 10]) {
      resume(rig, { overrideUntil: until as TimeUs });
      assert.equal(rig.book.tradingState, exitOnly, String(until));
    }
  });

  test('what persists outside the kernel counts as well', () => {
    const rig = rigOf();
    kill(rig);
    resume(rig, { outside: 'no room' });
    assert.equal(rig.book.tradingState, exitOnly);
    resume(rig);
    assert.equal(rig.book.tradingState, active);
  });
});
