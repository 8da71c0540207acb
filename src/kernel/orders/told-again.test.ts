import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { stateBytes } from '../../journal/hashes.ts';
import { present } from '../../model/assert.ts';
import { blankLookUpAnswer, LookUpOutcome, ReadOutcome } from '../../model/doubt.ts';
import { TradingState } from '../../model/gate.ts';
import { InputKind } from '../../model/inputs.ts';
import { OrderFlag, OrderState } from '../../model/order.ts';
import { RecordKind } from '../../model/records.ts';
import type {
  InstrumentIndex,
  Money,
  OrderHandle,
  Price,
  Quantity,
  TimeUs,
} from '../../model/units.ts';
import { blankLedgerFact, LedgerKind, ReportKind } from '../../model/venue.ts';
import { VENUE_KINDS } from '../../simulation/venue-kinds.ts';
import { TEST_START } from '../../testing/builders.ts';
import { KernelRig } from '../../testing/kernel-rig.ts';
import { Doubts } from './doubts.ts';

const { keeper, stale, mute, logger } = VENUE_KINDS;
const NO_CURSOR = { cursor: 0 };
const BY_10 = 10 as Quantity;
const SECOND = 1_000_000;

function rigOf(venue: (typeof VENUE_KINDS)[keyof typeof VENUE_KINDS]): KernelRig {
  const rig = new KernelRig({ kernel: { venue } });
  rig.quote(0, 99_990, 100_010);
  return rig;
}

function state(rig: KernelRig, order: OrderHandle): OrderState | undefined {
  return rig.book.orders.find(order)?.state;
}

/** A limit order that works, at a venue without a log. */
function working(rig: KernelRig, side: 'buy' | 'sell', key = 'k'): OrderHandle {
  const limitPrice = (side === 'buy' ? 50_000 : 200_000) as Price;
  const order = rig.order({ side, quantity: BY_10, type: 'limit', limitPrice, key });
  rig.report({ report: ReportKind.accepted, order, ...NO_CURSOR, venueTime: 1000 as TimeUs });
  return order;
}

const SIDES = ['buy', 'sell'] as const;

suite('what a venue without a log tells late, twice, or in another order', () => {
  test('an order that was taken and ended at one time is not revived by the older word', () => {
    for (const side of SIDES) {
      const rig = rigOf(keeper);
      const order = working(rig, side);
      const at = { order, ...NO_CURSOR, venueTime: 1000 as TimeUs };
      rig.report({ report: ReportKind.cancelled, ...at });
      rig.report({ report: ReportKind.accepted, ...at });
      assert.equal(state(rig, order), OrderState.cancelled);
    }
  });

  test('an end from before the revival, told again, does not end the order again', () => {
    const rig = rigOf(keeper);
    const order = working(rig, 'buy');
    const at = (venueTime: number) => ({ order, ...NO_CURSOR, venueTime: venueTime as TimeUs });
    rig.report({ report: ReportKind.cancelled, ...at(2000) });
    rig.report({ report: ReportKind.accepted, ...at(3000) });
    assert.equal(state(rig, order), OrderState.working);
    rig.report({ report: ReportKind.cancelled, ...at(2000) });
    assert.equal(state(rig, order), OrderState.working);
    rig.report({ report: ReportKind.cancelled, ...at(4000) });
    assert.equal(state(rig, order), OrderState.cancelled);
  });

  test('an end that was taken back before it was told of does not end the order', () => {
    for (const side of SIDES) {
      const rig = rigOf(keeper);
      const order = working(rig, side);
      const at = (venueTime: number) => ({ order, ...NO_CURSOR, venueTime: venueTime as TimeUs });
      rig.report({ report: ReportKind.accepted, ...at(3000) });
      rig.fill(order, 4, 100_000, at(3500));
      rig.report({ report: ReportKind.cancelled, ...at(2000) });
      assert.equal(state(rig, order), OrderState.partiallyFilled);
      rig.report({ report: ReportKind.cancelled, ...at(4000) });
      assert.equal(state(rig, order), OrderState.cancelled);
      assert.deepEqual(stateBytes(rig.folded().book), stateBytes(rig.book));
    }
  });

  test('older terms do not take the place of newer ones', () => {
    const rig = rigOf(keeper);
    const order = working(rig, 'sell');
    const replaced = (limitPrice: number, venueTime: number): void => {
      const terms = { quantity: BY_10, limitPrice: limitPrice as Price, stopPrice: 0 as Price };
      const when = { ...NO_CURSOR, venueTime: venueTime as TimeUs };
      rig.report({ report: ReportKind.replaced, order, ...terms, ...when });
    };
    replaced(210_000, 2000);
    replaced(220_000, 3000);
    replaced(210_000, 2000);
    assert.equal(rig.book.orders.find(order)?.terms.limitPrice, 220_000);
  });

  test('a fact of the ledger is booked once', () => {
    const rig = rigOf(keeper);
    const before = rig.book.account.balance;
    const fee = { fact: LedgerKind.fee, amount: -7n as Money, reference: 'r1' };
    const ledger = { ...blankLedgerFact(), ...fee };
    for (const _ of SIDES) rig.input({ kind: InputKind.ledger, ledger });
    assert.equal(rig.book.account.balance, before - 7n);
  });
});

suite('a replace', () => {
  test('that cuts an order to what it has filled completes it', () => {
    for (const side of SIDES) {
      const rig = rigOf(logger);
      const order = rig.work(side, 10, 'k');
      rig.fill(order, 4);
      const prices = { limitPrice: 1 as Price, stopPrice: 0 as Price };
      rig.report({ report: ReportKind.replaced, order, quantity: 4 as Quantity, ...prices });
      assert.equal(state(rig, order), OrderState.filled);
      assert.equal(rig.book.orders.openQuantity(0 as InstrumentIndex, 1), 0);
      assert.equal(rig.book.orders.openQuantity(0 as InstrumentIndex, -1), 0);
    }
  });

  test('is not asked for while another of the order is in doubt', () => {
    const rig = rigOf(keeper);
    const order = working(rig, 'buy');
    const limitPrice = 51_000 as Price;
    const ask = () => rig.act((context) => context.replace(order, { limitPrice }));
    assert.deepEqual(ask(), { ok: true });
    rig.report({ report: ReportKind.replaceUnknown, order, ...NO_CURSOR });
    assert.deepEqual(ask(), { ok: false, reason: 'replace_pending' });
  });

  test('stays to be judged by its own connection when a cancel follows it', () => {
    const rig = rigOf(keeper);
    const order = working(rig, 'buy');
    const kind = InputKind.connection;
    rig.input({ kind, connection: 1, open: true });
    rig.act((context) => context.replace(order, { limitPrice: 51_000 as Price }));
    rig.input({ kind, connection: 1, open: false });
    rig.report({ report: ReportKind.replaceUnknown, order, ...NO_CURSOR });
    rig.act((context) => context.cancel(order));
    assert.equal(rig.book.orders.find(order)?.replaceConnection, 1);
  });

  test('that was told done is judged by its own connection when its answer is lost after a cancel', () => {
    for (const side of SIDES) {
      const rig = rigOf(keeper);
      const order = working(rig, side);
      const kind = InputKind.connection;
      rig.input({ kind, connection: 1, open: true });
      const limitPrice = (side === 'buy' ? 51_000 : 199_000) as Price;
      rig.act((context) => context.replace(order, { limitPrice }));
      const when = { ...NO_CURSOR, venueTime: 2000 as TimeUs };
      const terms = { quantity: BY_10, limitPrice, stopPrice: 0 as Price };
      rig.report({ report: ReportKind.replaced, order, ...terms, ...when });
      rig.input({ kind, connection: 1, open: false });
      // It goes out on the next connection, and is not the one that is in doubt.
      rig.act((context) => context.cancel(order));
      rig.report({ report: ReportKind.replaceUnknown, order, ...NO_CURSOR });
      const reason = 'not_connected';
      rig.report({ report: ReportKind.cancelRefused, order, reason, ...NO_CURSOR });
      rig.input({ kind, connection: 2, open: true });
      const lookUp = (after: number): void => {
        rig.pass(60 * SECOND);
        const ask = rig.venue.lookUps.at(-1)?.ask ?? 0;
        const venueTime = (TEST_START + after) as TimeUs;
        const shown = { ...terms, state: OrderState.working, outcome: LookUpOutcome.found };
        const answer = { ...blankLookUpAnswer(), ...shown, ask, order, venueTime };
        rig.input({ kind: InputKind.lookUpAnswer, answer });
      };
      lookUp(120 * SECOND);
      lookUp(600 * SECOND);
      assert.equal(rig.book.doubts.find(order), undefined);
      assert.equal(rig.book.orders.find(order)?.flags, 0);
      assert.equal(rig.book.orders.find(order)?.terms.limitPrice, limitPrice);
    }
  });
});

suite('two replaces of one order', () => {
  const termsOf = (limitPrice: number) => ({
    quantity: BY_10,
    limitPrice: limitPrice as Price,
    stopPrice: 0 as Price,
  });
  const told = (
    rig: KernelRig,
    order: OrderHandle,
    limitPrice: number,
    venueTime: number,
  ): void => {
    const when = { ...NO_CURSOR, venueTime: venueTime as TimeUs };
    rig.report({ report: ReportKind.replaced, order, ...termsOf(limitPrice), ...when });
  };
  const replace = (rig: KernelRig, order: OrderHandle, limitPrice: number) =>
    rig.act((context) => context.replace(order, termsOf(limitPrice)));

  test('the word on the first, told again or late, does not answer the second', () => {
    for (const side of SIDES) {
      const [first, second] = side === 'buy' ? [51_000, 52_000] : [199_000, 198_000];
      for (const again of [2000, 1500]) {
        // Old and new may both be live at this venue: it reserves their sum until it is answered.
        const rig = rigOf(stale);
        const order = working(rig, side);
        replace(rig, order, first);
        told(rig, order, first, 2000);
        assert.deepEqual(replace(rig, order, second), { ok: true });
        told(rig, order, first, again);
        const { flags, remaining } = present(rig.book.orders.find(order), 'order');
        assert.deepEqual([flags, remaining], [OrderFlag.replacePending, 20], 'it may yet be done');
        rig.report({ report: ReportKind.replaceUnknown, order, ...NO_CURSOR });
        told(rig, order, first, again);
        assert.equal(rig.book.orders.find(order)?.flags, OrderFlag.replaceInDoubt);
        assert.equal(rig.book.orders.find(order)?.remaining, 20);
      }
    }
  });

  test('told at one time, the second is answered by its own terms', () => {
    const rig = rigOf(keeper);
    const order = working(rig, 'buy');
    replace(rig, order, 51_000);
    told(rig, order, 51_000, 2000);
    replace(rig, order, 52_000);
    told(rig, order, 52_000, 2000);
    assert.equal(rig.book.orders.find(order)?.flags, 0);
    assert.equal(rig.book.orders.find(order)?.terms.limitPrice, 52_000);
  });

  test('a size that the venue sets itself answers no replace of protection, the asked prices do', () => {
    for (const side of ['buy', 'sell'] as const) {
      const rig = rigOf(keeper);
      const [above, below] = [120_000 as Price, 80_000 as Price];
      const [takeProfit, asked] = side === 'buy' ? [above, 119_000] : [below, 81_000];
      const parent = rig.order({ side, quantity: BY_10, takeProfit });
      rig.report({ report: ReportKind.accepted, order: parent, ...NO_CURSOR });
      const child = rig.book.orders.find(parent)?.takeProfitOrder ?? (0 as OrderHandle);
      const leg = { order: child, parent, role: 2, limitPrice: takeProfit, ...NO_CURSOR } as const;
      rig.report({ report: ReportKind.childAccepted, ...leg, quantity: 4 as Quantity });
      rig.act((context) => context.replace(child, { limitPrice: asked as Price }));
      const flags = (): number => rig.book.orders.find(child)?.flags ?? 0;
      rig.report({ report: ReportKind.replaced, ...leg, quantity: BY_10 });
      assert.equal(rig.book.orders.find(child)?.terms.quantity, 10);
      assert(flags() & OrderFlag.replacePending, 'its answer is still to come');
      const limitPrice = asked as Price;
      rig.report({ report: ReportKind.replaced, ...leg, limitPrice, quantity: 7 as Quantity });
      assert.equal(flags() & OrderFlag.replacePending, 0);
      assert.equal(rig.book.orders.find(child)?.terms.limitPrice, asked);
    }
  });

  test('a look-up that lags behind what was told of the terms says nothing of them', () => {
    for (const side of SIDES) {
      const [before, after] = side === 'buy' ? [50_000, 51_000] : [200_000, 199_000];
      const rig = rigOf(stale);
      const order = working(rig, side);
      replace(rig, order, after);
      told(rig, order, after, 10 * SECOND);
      rig.report({ report: ReportKind.replaceUnknown, order, ...NO_CURSOR });
      const lookUp = (limitPrice: number, venueTime: number) => {
        rig.pass(60 * SECOND);
        const ask = rig.venue.lookUps.at(-1)?.ask ?? 0;
        const shown = { ...termsOf(limitPrice), state: OrderState.working };
        const when = { ask, order, venueTime: venueTime as TimeUs };
        const outcome = LookUpOutcome.found;
        const answer = { ...blankLookUpAnswer(), ...shown, ...when, outcome };
        rig.input({ kind: InputKind.lookUpAnswer, answer });
        return rig.book.orders.find(order);
      };
      const lagging = lookUp(before, 12 * SECOND);
      assert.equal(lagging?.flags, OrderFlag.replaceInDoubt);
      assert.equal(lagging?.terms.limitPrice, after);
      assert.equal(lookUp(before, 13 * SECOND + 1)?.terms.limitPrice, before, 'beyond the lag');
    }
  });
});

suite('a change that is refused because the order is not open', () => {
  test('was answered: it waits for no connection to close', () => {
    const rig = rigOf(keeper);
    const order = working(rig, 'buy');
    rig.input({ kind: InputKind.connection, connection: 1, open: true });
    rig.act((context) => context.replace(order, { limitPrice: 51_000 as Price }));
    const reason = 'order_not_open';
    rig.report({ report: ReportKind.replaceRefused, order, reason, ...NO_CURSOR });
    assert.equal(rig.book.orders.find(order)?.flags, OrderFlag.replaceInDoubt);
    assert(rig.book.doubts.isClosed(rig.book.orders.find(order)?.replaceConnection ?? 1));
  });
});

suite('a cancel', () => {
  test('that is refused leaves an earlier one in doubt', () => {
    for (const side of SIDES) {
      const rig = rigOf(keeper);
      const order = working(rig, side);
      const cancel = () => rig.act((context) => context.cancel(order));
      cancel();
      rig.report({ report: ReportKind.cancelUnknown, order, ...NO_CURSOR });
      cancel();
      const reason = 'not_connected';
      rig.report({ report: ReportKind.cancelRefused, order, reason, ...NO_CURSOR });
      assert.equal(rig.book.orders.find(order)?.flags, OrderFlag.cancelInDoubt);
      assert(rig.book.doubts.find(order) !== undefined, 'it is asked on');
    }
  });
});

/** A fact that moves the position of instrument 0 by `quantity`. */
function moves(rig: KernelRig, fact: LedgerKind, quantity: number): void {
  rig.cursor += 1;
  const told = { fact, hasInstrument: true, quantity: quantity as Quantity, cursor: rig.cursor };
  const ledger = { ...blankLedgerFact(), ...told, price: 100_000 as Price };
  rig.input({ kind: InputKind.ledger, ledger });
}

suite('what the broker does to a position by itself', () => {
  test('a fill that is taken back is taken from the position it made', () => {
    for (const side of [1, -1]) {
      const rig = rigOf(logger);
      rig.hold(side * 10);
      moves(rig, LedgerKind.fillBust, -side * 10);
      assert.equal(rig.book.account.positions[0]?.quantity, 0);
      assert.equal(rig.book.account.external[0]?.quantity, 0);
    }
  });

  test('what was closed out is not closed again by an exit (X13)', () => {
    for (const venue of [mute, logger]) {
      for (const side of [1, -1]) {
        const rig = rigOf(venue);
        rig.hold(side * 10);
        moves(rig, LedgerKind.marginCloseout, -side * 6);
        const out = side > 0 ? 'sell' : 'buy';
        assert.deepEqual(rig.submit({ side: out, quantity: BY_10 }).ok, true);
        const [intent] = rig.log.of(RecordKind.intent).slice(-1);
        assert.equal(intent?.terms.quantity, 4, 'entries are stopped, and the exit is cut');
      }
    }
  });

  test('protection that opens again for another part of its entry is booked, and alerts (X10)', () => {
    for (const side of SIDES) {
      for (const end of ['filled', 'cancelled'] as const) {
        const rig = rigOf(logger);
        const takeProfit = (side === 'buy' ? 110_000 : 90_000) as Price;
        const order = rig.order({ side, quantity: BY_10, takeProfit });
        rig.report({ report: ReportKind.accepted, order });
        rig.fill(order, 4);
        const child = rig.book.orders.find(order)?.takeProfitOrder ?? (0 as OrderHandle);
        const leg = { order: child, parent: order, role: 2, limitPrice: takeProfit } as const;
        rig.report({ report: ReportKind.childAccepted, ...leg, quantity: 4 as Quantity });
        if (end === 'filled') rig.fill(child, 4);
        else rig.report({ report: ReportKind.cancelled, order: child });
        rig.fill(order, 6);
        const filled = rig.book.orders.find(child)?.filled ?? 0;
        const quantity = (filled + 6) as Quantity;
        const again = { order: child, limitPrice: takeProfit, quantity, brokerOrderId: 'B' };
        rig.report({ report: ReportKind.replaced, ...again });
        const { terms, brokerOrderId, remaining } = present(rig.book.orders.find(child), 'child');
        assert.deepEqual([terms.quantity, brokerOrderId, remaining], [quantity, 'B', 6]);
        assert(rig.alerts.includes('order_revive'), 'a final state reopens on a broker fact');
        assert.equal(rig.book.tradingState, TradingState.exitOnly);
        assert.deepEqual(stateBytes(rig.folded().book), stateBytes(rig.book));
        rig.fill(child, 6);
        assert.equal(state(rig, child), OrderState.filled);
      }
    }
  });

  test('protection counts where no flag of the venue holds an exit to the position', () => {
    const rig = rigOf(mute);
    const order = rig.order({ side: 'buy', quantity: BY_10, takeProfit: 110_000 as Price });
    rig.report({ report: ReportKind.accepted, order });
    rig.fill(order, 10);
    const child = rig.book.orders.find(order)?.takeProfitOrder ?? (0 as OrderHandle);
    const leg = { order: child, parent: order, quantity: BY_10, limitPrice: 110_000 as Price };
    rig.report({ report: ReportKind.childAccepted, ...leg, role: 2 });
    assert(rig.submit({ side: 'sell', quantity: BY_10 }).ok);
    const [intent] = rig.log.of(RecordKind.intent).slice(-1);
    assert.equal(intent?.exitQuantity, 0, 'either may fill first, and the other would turn it');
  });
});

suite('the log and the connections', () => {
  test('a read that ends before what was told meanwhile is followed by another', () => {
    const rig = rigOf(logger);
    rig.work('buy', 1, 'a');
    rig.cursor += 1;
    const order = rig.work('buy', 1, 'b');
    assert.equal(state(rig, order), OrderState.inFlight, 'it waits for the fact before it');
    const [asked] = rig.log.of(RecordKind.asked).slice(-1);
    const read = { ask: asked?.asked.ask ?? 0, outcome: ReadOutcome.clean, venueTime: rig.now };
    const { cursor } = rig.book;
    rig.input({ kind: InputKind.logRead, logRead: { ...read, cursor } });
    assert(Number.isFinite(rig.book.doubts.logDue), 'the log is asked for again');
  });

  test('what the last process sent between two connections is not on the first of the next', () => {
    const doubts = new Doubts();
    doubts.connected(1, true, TEST_START);
    doubts.connected(1, false, TEST_START);
    const between = doubts.sendsOn;
    const first = doubts.sendsOn + 1;
    doubts.disconnected(TEST_START);
    doubts.connected(first, true, TEST_START);
    assert(doubts.isClosed(between));
  });
});
