import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { JournalError } from '../../journal/journal-error.ts';
import { printJournal } from '../../journal/read-journal.ts';
import { blankControl, ControlAction, FLATTEN_STEPS } from '../../model/control.ts';
import { TradingState } from '../../model/gate.ts';
import { InputKind } from '../../model/inputs.ts';
import { blankSnapshot } from '../../model/reconciliation.ts';
import { RecordKind } from '../../model/records.ts';
import { US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND } from '../../model/time.ts';
import type { OrderHandle, Price, Quantity, TimeUs } from '../../model/units.ts';
import { ReportKind } from '../../model/venue.ts';
import type { EmbeddedEngine } from '../../runtime/embedded-engine.ts';
import { SimulatedCrash, SimulatedDisk } from '../../simulation/simulated-disk.ts';
import { alwaysOpen, TEST_START, testConfigs } from '../../testing/builders.ts';
import { beginEmbedded, openEmbedded } from '../../testing/embedded-rig.ts';
import { KernelRig } from '../../testing/kernel-rig.ts';
import { tapeOf } from '../../testing/loop-rig.ts';
import { strategyOf } from '../../testing/puppet.ts';

const WHO = { by: 'ann', reason: 'a test' };
const FLATTEN = { ...blankControl(), ...WHO, action: ControlAction.flatten };

function flatten(rig: KernelRig): void {
  rig.input({ kind: InputKind.control, control: FLATTEN });
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

function steps(rig: KernelRig): string[] {
  return rig.log
    .of(RecordKind.flattening)
    .map(({ flattening }) => FLATTEN_STEPS[flattening.step] ?? '');
}

/** The last order that went to the venue: side and size. */
function lastSent(rig: KernelRig): { order: OrderHandle; side: number; quantity: number } {
  const send = rig.venue.submits.at(-1);
  assert(send !== undefined);
  const { order, terms } = send;
  assert(terms.reduceOnly, 'an exit of the job is reduce-only');
  return { order, side: terms.side, quantity: terms.quantity };
}

function held(quantity: number, setup: ConstructorParameters<typeof KernelRig>[0] = {}): KernelRig {
  const rig = new KernelRig(setup);
  rig.quote(0, 100_000, 100_010);
  rig.hold(quantity);
  return rig;
}

suite('flatten', () => {
  test('closes a position of either side with one reduce-only order, and asks the broker', () => {
    for (const position of [10, -7]) {
      const rig = held(position);
      const before = rig.venue.submits.length;
      flatten(rig);
      assert.equal(rig.book.tradingState, TradingState.exitOnly);
      const { order, side, quantity } = lastSent(rig);
      assert.deepEqual([side, quantity], [position > 0 ? -1 : 1, Math.abs(position)]);
      rig.report({ report: ReportKind.accepted, order });
      assert.equal(rig.venue.submits.length, before + 1);
      rig.fill(order, quantity);
      assert.deepEqual(steps(rig), ['begun', 'exit', 'verify']);
      assert.equal(rig.venue.snapshots.length, 1);
      // Neither time nor an answer that is not whole shows the broker flat.
      rig.input({ kind: InputKind.boundary });
      const { cursor } = rig.book;
      const partial = { ...blankSnapshot(), cursor, complete: false };
      rig.input({ kind: InputKind.snapshot, snapshot: partial });
      assert.equal(steps(rig).at(-1), 'verify');
      rig.agree();
      assert.deepEqual(steps(rig), ['begun', 'exit', 'verify', 'done']);
      assert.deepEqual(rig.book.stops.jobs, []);
    }
  });

  test('cancels what works and awaits its end, and then exits what is held as now known', () => {
    const rig = held(10);
    const entry = rig.work('buy', 5, 'entry');
    const exit = rig.work('sell', 4, 'exit');
    const before = rig.venue.submits.length;
    flatten(rig);
    assert.deepEqual(
      rig.venue.cancels.map(({ order }) => order),
      [entry, exit],
    );
    rig.fill(exit, 4);
    assert.equal(rig.venue.submits.length, before, 'the entry could still fill');
    rig.fill(entry, 2);
    rig.report({ report: ReportKind.cancelled, order: entry });
    assert.equal(lastSent(rig).quantity, 8);
  });

  test('sends the next exit only when the previous is resolved, later after each failure', () => {
    const rig = held(10);
    const before = rig.venue.submits.length;
    flatten(rig);
    const first = lastSent(rig);
    pass(rig, US_PER_HOUR);
    assert.equal(rig.venue.submits.length, before + 1);
    rig.fill(first.order, 3);
    rig.report({ report: ReportKind.cancelled, order: first.order });
    assert.equal(rig.venue.submits.length, before + 1, 'it waits');
    pass(rig, 2 * US_PER_SECOND);
    const second = lastSent(rig);
    assert.equal(second.quantity, 7);
    rig.report({ report: ReportKind.rejected, order: second.order });
    pass(rig, US_PER_SECOND);
    assert.equal(rig.venue.submits.length, before + 2, 'it waits longer');
    pass(rig, 3 * US_PER_SECOND);
    assert.equal(lastSent(rig).quantity, 7);
    assert.equal(rig.venue.submits.length, before + 3);
    assert(rig.alerts.filter((key) => key === 'flatten').length >= 2);
  });

  test('an exit in doubt is waited for: no second one goes out', () => {
    const rig = held(10);
    const before = rig.venue.submits.length;
    flatten(rig);
    const { order } = lastSent(rig);
    rig.report({ report: ReportKind.unknown, order, cursor: 0 });
    rig.cursor -= 1;
    pass(rig, US_PER_HOUR);
    assert.equal(rig.venue.submits.length, before + 1);
    rig.fill(order, 10);
    rig.agree();
    assert.equal(steps(rig).at(-1), 'done');
  });

  test('a closed market or a lost venue is waited for with alerts, and nothing is queued', () => {
    const calendar = alwaysOpen();
    const opensAt = TEST_START + 6 * US_PER_HOUR;
    const calendars = [
      {
        ...calendar,
        opens: [calendar.from, opensAt],
        closes: [TEST_START + US_PER_MINUTE, calendar.horizon],
      },
    ];
    const rig = held(10, { kernel: { calendars } });
    pass(rig, 2 * US_PER_MINUTE);
    const before = rig.venue.submits.length;
    flatten(rig);
    pass(rig, 5 * US_PER_HOUR);
    assert.equal(rig.venue.submits.length, before);
    const alerts = rig.alerts.filter((key) => key === 'flatten').length;
    assert(alerts >= 4 && alerts < 10, `${alerts} alerts`);
    rig.input({ kind: InputKind.connection, connection: 1, open: false });
    pass(rig, 2 * US_PER_HOUR);
    assert.equal(rig.venue.submits.length, before, 'the venue is lost');
    rig.input({ kind: InputKind.connection, connection: 2, open: true });
    assert.equal(lastSent(rig).quantity, 10);
  });

  test('passes in a halt, where no strategy’s order does', () => {
    const rig = held(10);
    const control = {
      ...FLATTEN,
      action: ControlAction.kill,
      tradingState: TradingState.halted,
      flatten: true,
    };
    rig.input({ kind: InputKind.control, control });
    assert.equal(lastSent(rig).quantity, 10);
    const refused = rig.submit({ side: 'sell', quantity: 1 as Quantity, key: 'x' });
    assert.equal(refused.ok, false);
  });

  test('protection stays where it ends with the position; elsewhere it ends before the exit', () => {
    for (const protectionTiedToPosition of [true, false]) {
      const venue = { ...testConfigs().kernel.venue, protectionTiedToPosition };
      const rig = new KernelRig({ kernel: { venue } });
      rig.quote(0, 100_000, 100_010);
      const stopLoss = 90_000 as Price;
      const quantity = 10 as Quantity;
      const parent = rig.order({ side: 'buy', quantity, stopLoss, key: 'p' });
      rig.report({ report: ReportKind.accepted, order: parent });
      rig.fill(parent, 10);
      const leg = (parent + 1) as OrderHandle;
      const opened = { order: leg, parent, role: 1, quantity, stopPrice: stopLoss } as const;
      rig.report({ report: ReportKind.childAccepted, ...opened });
      const before = rig.venue.submits.length;
      flatten(rig);
      const tied = protectionTiedToPosition;
      assert.deepEqual(rig.venue.cancels.length, tied ? 0 : 1);
      assert.equal(rig.venue.submits.length, before + (tied ? 1 : 0));
      if (!tied) rig.report({ report: ReportKind.cancelled, order: leg });
      assert.equal(lastSent(rig).quantity, 10);
    }
  });

  test('arming is refused while it runs; an override gives it up by name', () => {
    const rig = held(10);
    flatten(rig);
    const resume = { ...FLATTEN, action: ControlAction.resume };
    assert.deepEqual(rig.kernel.controlRefusal(resume)?.causes, ['flatten_unfinished']);
    const overrideUntil = (rig.now + US_PER_HOUR) as TimeUs;
    rig.input({ kind: InputKind.control, control: { ...resume, overrideUntil } });
    assert.equal(rig.book.tradingState, TradingState.active);
    assert.equal(steps(rig).at(-1), 'given_up');
    assert.deepEqual(rig.book.stops.jobs, []);
  });

  test('goes on where it stood after a restart', () => {
    const rig = held(10);
    flatten(rig);
    const { order } = lastSent(rig);
    rig.restart();
    rig.fill(order, 4);
    rig.report({ report: ReportKind.cancelled, order });
    rig.restart();
    pass(rig, 2 * US_PER_SECOND);
    assert.equal(lastSent(rig).quantity, 6);
  });
});

/** Buys 10 of EURUSD and sells 7 of GBPUSD at the first quote of each. */
const opener = strategyOf((setup) => {
  const pairs = ['EURUSD', 'GBPUSD'].map((symbol) => setup.instrument(symbol));
  for (const k of pairs) setup.quotes(k);
  let opened = 0;
  return {
    onQuote(context, { instrument }) {
      if (opened > instrument) return;
      const side = instrument === 0 ? 'buy' : 'sell';
      const quantity = (instrument === 0 ? 10 : 7) as Quantity;
      if (context.submit({ instrument, side, type: 'market', quantity }).ok) opened += 1;
      const limitPrice = (side === 'buy' ? 50_000 : 200_000) as Price;
      context.submit({
        instrument,
        side,
        type: 'limit',
        quantity,
        limitPrice,
        key: `far${opened}`,
      });
    },
    save: () => ({ opened }),
    restore: (state: unknown) => {
      opened = Number(Reflect.get(Object(state), 'opened'));
    },
  };
});

const TAPE = tapeOf(
  Array.from({ length: 90 }, (_, i) => {
    const k = i % 2;
    const bid = k === 0 ? 108_500 : 127_000;
    return { at: (i + 1) * 100_000, k, bid, ask: bid + 12 };
  }),
);

/** A life: feeds rows from where it stands, and asks for the job once unless it was asked for. */
function live(engine: EmbeddedEngine, rows: number): void {
  for (let row = engine.kernel.quotes; row < rows; row++) {
    engine.feed(TAPE, row, row + 1);
    engine.commit();
    const isAsked = engine.kernel.book.tradingState !== TradingState.active;
    if (row >= 15 && !isAsked) engine.operator.control(FLATTEN, engine.kernel.book.time);
    engine.directory.tend();
  }
}

/** What was traded against the opening side, in the whole of the journal. */
function closed(disk: SimulatedDisk): number[] {
  const sums = [0, 0];
  printJournal(disk, 'data', { kinds: ['fill_booked'] }, (frame) => {
    const { instrument, side, quantity } = frame as unknown as Record<string, number | string>;
    const k = Number(instrument);
    if (side === (k === 0 ? 'sell' : 'buy')) sums[k] = (sums[k] ?? 0) + Number(quantity);
  });
  return sums;
}

function checkFlat(engine: EmbeddedEngine, disk: SimulatedDisk, what: string): void {
  const { book } = engine.kernel;
  const positions = engine.venue.account.positions.map(({ quantity }) => quantity);
  assert.deepEqual(positions, [0, 0], what);
  assert.deepEqual(book.stops.jobs, [], what);
  assert.equal(book.orders.openCount, 0, what);
  assert.equal(book.tradingState, TradingState.exitOnly, what);
  engine.commit();
  assert.deepEqual(closed(disk), [10, 7], what);
}

suite('flatten, killed', () => {
  test('at each operation of the disk, the next life finishes the job, once', () => {
    const whole = new SimulatedDisk();
    const first = beginEmbedded(openEmbedded(whole, { strategy: opener }));
    live(first, 40);
    checkFlat(first, whole, 'never killed');
    const { operations } = whole;
    let killed = 0;
    for (let at = 60; at < operations; at++) {
      const disk = new SimulatedDisk();
      let count = 0;
      disk.meet(() => {
        count += 1;
        return count === at ? (at % 2 === 0 ? 'crash_before' : 'crash_after') : 'none';
      });
      try {
        live(beginEmbedded(openEmbedded(disk, { strategy: opener })), 40);
      } catch (error) {
        const cause = error instanceof JournalError ? error.cause : error;
        if (!(cause instanceof SimulatedCrash)) throw error;
        killed += 1;
      }
      disk.crash(() => 0);
      const next = openEmbedded(disk, { strategy: opener, nonce: 'bcdefghijk' });
      beginEmbedded(next);
      live(next, TAPE.time.length);
      checkFlat(next, disk, `killed at operation ${at}`);
    }
    assert(killed > 30, `${killed} times`);
  });
});
