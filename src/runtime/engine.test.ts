import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { printJournal } from '../journal/read-journal.ts';
import { present } from '../model/assert.ts';
import { TradingState } from '../model/gate.ts';
import { type AppliedInput, InputKind } from '../model/inputs.ts';
import { OrderState } from '../model/order.ts';
import { blankSnapshot } from '../model/reconciliation.ts';
import type { InstrumentIndex, OrderHandle, Quantity, TimeUs } from '../model/units.ts';
import { blankReport, type OrderSend, ReportKind } from '../model/venue.ts';
import { SimulatedDisk } from '../simulation/simulated-disk.ts';
import { TEST_ACCOUNT, TEST_START } from '../testing/builders.ts';
import { configuredOf, embeddedConfigs } from '../testing/embedded-rig.ts';
import { ListeningVenue } from '../testing/kernel-rig.ts';
import { strategyOf } from '../testing/puppet.ts';
import { Engine, type EngineParts } from './engine.ts';

const resumed: number[] = [];

/** Buys at the market on the first quote that it sees in each life. */
const buyer = strategyOf((setup) => {
  setup.quotes(setup.instrument('EURUSD'));
  return {
    onResume: (context) => {
      resumed.push(context.time);
    },
    onQuote: (context, { instrument }) => {
      const quantity = 1000 as Quantity;
      context.submit({ instrument, type: 'market', side: 'buy', quantity });
    },
  };
});

/** Notes at each submit whether the disk holds its intent already. */
class WatchingVenue extends ListeningVenue {
  readonly intended: boolean[] = [];
  readonly #disk: SimulatedDisk;

  constructor(disk: SimulatedDisk) {
    super();
    this.#disk = disk;
  }

  override submit(send: OrderSend): void {
    super.submit(send);
    let found = false;
    const filter = { kinds: ['intent'] };
    printJournal(this.#disk.copy(), 'data', filter, ({ order }) => {
      found ||= String(order).includes(String(send.order));
    });
    this.intended.push(found);
  }
}

class Rig {
  readonly disk = new SimulatedDisk();
  readonly venue = new WatchingVenue(this.disk);
  now = TEST_START;

  open(parts: Partial<EngineParts> = {}): Engine {
    return new Engine(
      {
        disk: this.disk,
        directory: 'data',
        kernel: embeddedConfigs({ strategy: buyer }).kernel,
        configured: configuredOf('c1', '1'),
        binding: { venue: 'sim', environment: 'practice', account: 'a1', currency: 'USD' },
        log: { info: () => undefined, warn: () => undefined, error: () => undefined },
        sinks: [],
        segments: { segmentBytes: 65_536, ageMaxUs: Number.MAX_SAFE_INTEGER, journalId: 'j' },
        prefix: 'T',
        nonce: 'abcdefghij',
        tradingState: TradingState.active,
        restored: false,
        venue: this.venue,
        alerts: { alert: () => undefined },
        ...parts,
      },
      this.now,
    );
  }

  /** Starts, and answers the snapshot that it asks for. */
  armed(parts: Partial<EngineParts> = {}): Engine {
    const engine = this.open(parts);
    engine.begin(this.now);
    engine.pass(this.now);
    engine.input(this.snapshot(engine), this.now);
    return engine;
  }

  snapshot(engine: Engine): AppliedInput {
    const { cursor } = engine.kernel.book;
    const isFirst = !engine.kernel.book.beginning.isOpen;
    const asked = isFirst ? this.venue.openings : this.venue.snapshots;
    const ask = present(asked.at(-1), 'a question');
    const { openingBalance: balance } = TEST_ACCOUNT;
    const told = { ...blankSnapshot(), ask, cursor, balance, complete: true, venueTime: this.now };
    if (isFirst) return { kind: InputKind.opening, opening: { snapshot: told, lots: [] } };
    return { kind: InputKind.snapshot, snapshot: told };
  }

  quote(engine: Engine): void {
    this.now = (this.now + 1000) as TimeUs;
    engine.quote(0, 100_000, 100_010, 0, 0, this.now);
  }
}

suite('the engine on a venue outside', () => {
  test('takes no new risk before it was compared, and sends no order before it is on disk', () => {
    const rig = new Rig();
    const engine = rig.open();
    engine.begin(rig.now);
    rig.quote(engine);
    assert.equal(rig.venue.submits.length, 0, 'not compared yet');
    engine.pass(rig.now);
    engine.input(rig.snapshot(engine), rig.now);
    rig.quote(engine);
    assert.deepEqual(rig.venue.intended, [true]);
  });

  test('killed with an order on its way it is in doubt, asked for, and sent by nobody again', () => {
    const rig = new Rig();
    const first = rig.armed();
    rig.quote(first);
    first.commit(rig.now);
    assert.equal(rig.venue.submits.length, 1);
    rig.disk.endProcess();
    const second = rig.open({ nonce: 'klmnopqrst' });
    const state = (engine: Engine): number | undefined =>
      engine.kernel.book.orders.find(1 as OrderHandle)?.state;
    assert.equal(state(second), OrderState.inFlight);
    second.begin(rig.now);
    assert.equal(state(second), OrderState.inDoubt);
    const { length } = resumed;
    second.pass(rig.now);
    assert(rig.venue.logReads.length > 0, 'the venue is asked');
    rig.quote(second);
    assert.equal(rig.venue.submits.length, 1);
    assert.equal(resumed.length, length, 'not compared yet');
    const report = { ...blankReport(), report: ReportKind.accepted, order: 1 as OrderHandle };
    second.input({ kind: InputKind.report, report: { ...report, brokerOrderId: 'b1' } }, rig.now);
    assert.equal(state(second), OrderState.working);
    assert.equal(second.kernel.book.orders.openQuantity(0 as InstrumentIndex, 1), 1000);
  });

  test('a fatal end latches the next life: exit-only, with the reason, until somebody says so', () => {
    const rig = new Rig();
    const first = rig.armed();
    let failing = true;
    rig.disk.meet((operation) => (failing && operation === 'sync' ? 'EIO' : 'none'));
    assert.throws(() => rig.quote(first), { code: 'JOURNAL_FAILED' });
    assert.equal(rig.venue.submits.length, 0, 'nothing leaves');
    failing = false;
    assert.throws(() => rig.quote(first), { code: 'JOURNAL_FAILED' }, 'it is over');
    first.fail('JOURNAL_FAILED');
    const second = rig.armed({ nonce: 'klmnopqrst' });
    assert.equal(second.kernel.book.tradingState, TradingState.exitOnly);
    rig.quote(second);
    assert.equal(rig.venue.submits.length, 0);
    second.stop('test');
    // The latch was turned into a state that is journaled: it holds without the file.
    const third = rig.open({ nonce: 'uvwxyzabcd' });
    assert.equal(third.kernel.book.tradingState, TradingState.exitOnly);
  });

  test('a journal of another account, or snapshots without one, stop the start', () => {
    const rig = new Rig();
    rig.armed().stop('test');
    const binding = { venue: 'sim', environment: 'live', account: 'a1', currency: 'USD' };
    assert.throws(() => rig.open({ binding }), { code: 'JOURNAL_FOREIGN' });
    for (const name of rig.disk.list('data/journal')) rig.disk.remove(`data/journal/${name}`);
    assert.throws(() => rig.open(), { code: 'JOURNAL_MISSING' });
  });
});
