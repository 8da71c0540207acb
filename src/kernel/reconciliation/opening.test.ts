import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { stateHash } from '../../journal/hashes.ts';
import { blankControl, ControlAction } from '../../model/control.ts';
import { InputKind } from '../../model/inputs.ts';
import { blankSnapshot, type Opening, type SnapshotOrder } from '../../model/reconciliation.ts';
import { RecordKind } from '../../model/records.ts';
import type {
  InstrumentIndex,
  Money,
  OrderHandle,
  Price,
  Quantity,
  TimeUs,
} from '../../model/units.ts';
import { blankLedgerFact, LedgerKind } from '../../model/venue.ts';
import { VENUE_KINDS } from '../../simulation/venue-kinds.ts';
import { gateSetup } from '../../testing/gate-setup.ts';
import { KernelRig } from '../../testing/kernel-rig.ts';

const EUR = 0 as InstrumentIndex;
const BROKER_BALANCE = 77_000_000_000n as Money;
const CURSOR = 40;

/** The account of a broker with a past: its log stands at {@link CURSOR}. */
function opening(held: number, orders: readonly SnapshotOrder[] = []): Opening {
  const quantity = held as Quantity;
  const position = { instrument: EUR, quantity };
  const venueTime = 1_700_000_000_000_000 as TimeUs;
  return {
    snapshot: {
      ...blankSnapshot(),
      cursor: CURSOR,
      complete: true,
      balance: BROKER_BALANCE,
      positions: held === 0 ? [] : [position],
      openOrders: [...orders],
      venueTime,
    },
    lots: held === 0 ? [] : [{ ...position, price: 100_000 as Price, venueTime }],
  };
}

class Scene {
  readonly rig = new KernelRig(
    {
      kernel: gateSetup({
        dailyLoss: { mode: 'enforce', max: '5000' },
        runDrawdown: { mode: 'enforce', max: '5000' },
        lossMarks: { count: 1, over: '1s', ageMax: '10s', spreadMaxPips: { '*': '2' } },
      }),
    },
    false,
  );

  constructor() {
    this.rig.quote(0, 99_990, 100_010);
    this.rig.pass(1000);
  }

  open(told: Opening): void {
    this.rig.input({ kind: InputKind.opening, opening: told });
  }

  transfer(cursor: number, amount: bigint): void {
    const balance = (BROKER_BALANCE + amount) as Money;
    const fact = LedgerKind.transfer;
    const ledger = { ...blankLedgerFact(), fact, amount: amount as Money, balance, cursor };
    this.rig.input({ kind: InputKind.ledger, ledger });
  }

  /** What becomes of an entry: its denial, or that it went. */
  enter(side: 'buy' | 'sell', key: string): string {
    const { rig } = this;
    rig.quote(0, 99_990, 100_010);
    const result = rig.submit({ side, quantity: 10 as Quantity, key });
    return result.ok ? 'sent' : result.reason;
  }

  adopt(): void {
    const control = { ...blankControl(), action: ControlAction.adopt, by: 'ann', reason: 'known' };
    this.rig.input({ kind: InputKind.control, control });
    this.rig.pass(1000);
    const { cursor } = this.rig.book;
    const { snapshot } = opening(this.rig.book.account.external[EUR]?.quantity ?? 0);
    this.rig.input({ kind: InputKind.snapshot, snapshot: { ...snapshot, cursor } });
  }
}

suite('opening the books on an account with a past', () => {
  test('asks where they begin, and until it is told neither books a fact nor sends an order', () => {
    const scene = new Scene();
    const { rig } = scene;
    assert.deepEqual([rig.venue.openings.length, rig.venue.snapshots.length], [1, 0]);
    scene.transfer(1, 5_000_000n);
    scene.transfer(2, 5_000_000n);
    assert.equal(rig.log.of(RecordKind.ledgerBooked).length, 0);
    assert.equal(rig.book.cursor, 0);
    for (const side of ['buy', 'sell'] as const) {
      assert.equal(scene.enter(side, side), 'unreconciled');
    }
    assert.deepEqual(rig.venue.submits, []);
  });

  test('an opening that is not complete opens nothing, and is asked for again', () => {
    const scene = new Scene();
    const whole = opening(0);
    scene.open({ ...whole, snapshot: { ...whole.snapshot, complete: false } });
    assert.equal(scene.rig.book.beginning.isOpen, false);
    scene.rig.pass(60_000_000);
    assert(scene.rig.venue.openings.length > 1, 'asked again');
    assert.deepEqual(scene.rig.venue.snapshots, []);
    assert.equal(scene.enter('buy', 'b'), 'unreconciled');
  });

  test('takes the broker’s balance as no profit and no loss, and trades from there', () => {
    const scene = new Scene();
    scene.open(opening(0));
    const { account, cursor, tradingState } = scene.rig.book;
    assert.equal(cursor, CURSOR);
    assert.deepEqual(
      [account.balance, account.peak, account.maxDrawdown, account.otherCash, tradingState],
      [BROKER_BALANCE, BROKER_BALANCE, 0n, 0n, 0],
    );
    assert.equal(scene.enter('sell', 's'), 'sent');
    // 23,000 less than was configured is no loss of the day, and a real one still is.
    const { rails } = scene.rig.book.risk;
    for (const rail of [rails?.dailyLoss, rails?.drawdown]) {
      assert.equal(rail && rails?.loss(rail), 0);
    }
  });

  test('facts beyond its cursor that were told meanwhile are read again from there', () => {
    const scene = new Scene();
    scene.transfer(CURSOR + 1, 5_000_000n);
    assert.deepEqual(scene.rig.venue.logReads, []);
    scene.open(opening(0));
    assert.deepEqual(scene.rig.venue.logReads, [CURSOR]);
    scene.transfer(CURSOR + 1, 5_000_000n);
    assert.equal(scene.rig.book.account.balance, BROKER_BALANCE + 5_000_000n);
    scene.transfer(CURSOR, 9_000_000n);
    assert.equal(scene.rig.book.account.balance, BROKER_BALANCE + 5_000_000n, 'contained in it');
  });

  for (const held of [25, -25]) {
    const name = held > 0 ? 'long' : 'short';
    test(`a ${name} position that stood there is external, and holds until it is adopted by name`, () => {
      const scene = new Scene();
      const { rig } = scene;
      const side = held > 0 ? 'buy' : 'sell';
      scene.open(opening(held));
      const { account } = rig.book;
      assert.equal(account.external[EUR]?.quantity, held);
      assert.equal(account.positions[EUR]?.quantity, 0);
      assert.equal(scene.enter(side, 'a'), 'unreconciled');
      const breaks = rig.alerts.filter((alert) => alert.startsWith('break_'));
      assert.deepEqual(breaks, ['break_foreign_activity']);
      scene.adopt();
      assert.equal(scene.enter(side, 'b'), 'sent');
      assert.equal(stateHash(rig.folded().book), stateHash(rig.book), 'folding finds the same');
      scene.adopt();
      assert.equal(rig.log.of(RecordKind.adopted).length, 1, 'once');
    });
  }

  test('an order that stood there is nobody’s: it is told of, and holds until adopted', () => {
    const scene = new Scene();
    const order: SnapshotOrder = {
      order: 0 as OrderHandle,
      clientOrderId: 'by hand',
      brokerOrderId: 'b7',
      instrument: EUR,
      side: 1,
      state: 5,
      quantity: 5 as Quantity,
      filled: 0 as Quantity,
      limitPrice: 90_000 as Price,
      stopPrice: 0 as Price,
    };
    scene.open(opening(0, [order]));
    assert.equal(scene.enter('buy', 'a'), 'unreconciled');
    scene.adopt();
    assert.equal(scene.enter('buy', 'b'), 'sent');
  });

  test('a venue without a log begins as it is configured: what it tells is booked at once', () => {
    const rig = new KernelRig({ kernel: { venue: VENUE_KINDS.keeper } }, false);
    assert.equal(rig.book.beginning.isOpen, true);
    const amount = 5_000_000n as Money;
    const { balance } = rig.book.account;
    const fact = { fact: LedgerKind.fee, amount, balance: (balance + amount) as Money };
    rig.input({ kind: InputKind.ledger, ledger: { ...blankLedgerFact(), ...fact } });
    assert.equal(rig.book.account.balance, balance + amount);
  });
});
