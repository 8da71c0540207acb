import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { stateBytes } from '../../journal/hashes.ts';
import { type GateMode, TRADING_STATES, TradingState } from '../../model/gate.ts';
import { InputKind } from '../../model/inputs.ts';
import { RecordKind } from '../../model/records.ts';
import { RAILS, TRIP_CAUSES } from '../../model/risk.ts';
import { US_PER_DAY, US_PER_HOUR, US_PER_SECOND } from '../../model/time.ts';
import type { InstrumentIndex, Money, Quantity, TimeUs } from '../../model/units.ts';
import { blankLedgerFact, LedgerKind } from '../../model/venue.ts';
import { alwaysOpen, TEST_START, testInstrument } from '../../testing/builders.ts';
import { type GateSettings, gateSetup } from '../../testing/gate-setup.ts';
import { KernelRig } from '../../testing/kernel-rig.ts';

const MID = 100_000;
const INSTRUMENTS = [testInstrument('EURUSD'), testInstrument('GBPUSD')];
/** One count of price on so many units is one dollar. */
const UNITS = 100_000;

type Rail = 'dailyLoss' | 'runDrawdown';
type Side = 'buy' | 'sell';

const MARKS = { count: 3, over: '2s', ageMax: '10s', spreadMaxPips: { '*': '2' } } as const;

function settingsOf(rail: Rail, mode: GateMode, limits: object): GateSettings {
  return { [rail]: { mode, ...limits }, lossMarks: MARKS };
}

/** A position of one dollar a count, and a market that moves. */
class Scene {
  readonly rig: KernelRig;
  readonly #sign: number = 1;
  #keys = 0;

  constructor(
    settings: GateSettings,
    side: Side = 'buy',
    calendars = INSTRUMENTS.map(() => alwaysOpen()),
  ) {
    const kernel = { ...gateSetup(settings, { instruments: INSTRUMENTS }), calendars };
    this.rig = new KernelRig({ instruments: INSTRUMENTS, kernel });
    this.#sign = side === 'buy' ? 1 : -1;
    this.quote(0);
    this.rig.quote(1, MID, MID);
    const order = this.rig.order({ side, quantity: UNITS as Quantity, key: 'open' });
    this.rig.fill(order, UNITS, MID);
  }

  /** The market moves so that the position has gained so many dollars. */
  quote(gain: number, spread = 0): void {
    const price = MID + this.#sign * gain;
    // The side that the position closes at stays where it is.
    const bid = this.#sign > 0 ? price : price - spread;
    this.rig.quote(0, bid, bid + spread);
  }

  /** Realises so many dollars. */
  book(dollars: number, fact: 'fee' | 'transfer' = 'fee'): void {
    const { rig } = this;
    rig.cursor += 1;
    const amount = BigInt(dollars) * 1_000_000n;
    const ledger = {
      ...blankLedgerFact(),
      fact: fact === 'fee' ? LedgerKind.fee : LedgerKind.transfer,
      amount: amount as Money,
      balance: (rig.book.account.balance + amount) as Money,
      venueTime: rig.now,
      cursor: rig.cursor,
    };
    rig.input({ kind: InputKind.ledger, ledger });
  }

  /** An entry in the other instrument. */
  enter(): string {
    this.#keys += 1;
    this.rig.quote(1, MID, MID);
    const instrument = 1 as InstrumentIndex;
    const request = { side: 'buy', quantity: 1 as Quantity, key: `e${this.#keys}` } as const;
    const result = this.rig.submit({ ...request, instrument });
    return result.ok ? 'sent' : result.reason;
  }

  leave(): boolean {
    this.#keys += 1;
    const side = this.#sign > 0 ? 'sell' : 'buy';
    return this.rig.submit({ side, quantity: 1 as Quantity, key: `x${this.#keys}` }).ok;
  }

  wait(us: number): void {
    this.rig.wait(us);
  }

  get state(): string {
    return TRADING_STATES[this.rig.book.tradingState] ?? '';
  }

  /** Trips so far: rail, cause, lost, in shadow. */
  get trips(): readonly string[] {
    return this.rig.log
      .of(RecordKind.railTripped)
      .map(({ rail, cause, observed, shadow }) =>
        [RAILS[rail], TRIP_CAUSES[cause], Number(observed) / 1e6, shadow ? 'shadow' : '']
          .join(' ')
          .trim(),
      );
  }
}

const NAMES = { dailyLoss: 'daily_loss', runDrawdown: 'run_drawdown' } as const;
const REASONS = { dailyLoss: 'daily_loss_reached', runDrawdown: 'drawdown_reached' } as const;

for (const rail of ['dailyLoss', 'runDrawdown'] as const) {
  suite(NAMES[rail], () => {
    const on = (limits: object = { max: '500' }, mode: GateMode = 'enforce') =>
      settingsOf(rail, mode, limits);

    test('denies entries at the limit and not below it, and never an exit', () => {
      for (const side of ['buy', 'sell'] as const) {
        const scene = new Scene(on(), side);
        scene.quote(-499);
        assert.equal(scene.enter(), 'sent');
        scene.quote(-500);
        assert.equal(scene.enter(), REASONS[rail]);
        assert.equal(scene.leave(), true);
        scene.rig.restart();
        assert.equal(scene.enter(), REASONS[rail], 'after a restart');
        assert.equal(scene.state, 'active', 'one mark trips nothing');
        scene.quote(-499);
        assert.equal(scene.enter(), 'sent');
        const shadow = new Scene(on({ max: '500' }, 'shadow'), side);
        shadow.quote(-600);
        assert.equal(shadow.enter(), 'sent');
        assert.equal(shadow.rig.log.of(RecordKind.denial).at(-1)?.shadow, true);
        const off = new Scene(on({ max: '500' }, 'off'), side);
        off.quote(-600);
        assert.equal(off.enter(), 'sent');
      }
    });

    test('trips after so many marks over so long a time, with none within the limit between', () => {
      for (const side of ['buy', 'sell'] as const) {
        const scene = new Scene(on(), side);
        const at = (gain: number): void => {
          scene.wait(US_PER_SECOND);
          scene.quote(gain);
        };
        at(-500);
        at(-500);
        at(-499);
        at(-500);
        at(-502);
        assert.equal(scene.state, 'active', 'two marks since it was within');
        scene.rig.restart();
        at(-500);
        assert.equal(scene.state, 'exit_only');
        assert.deepEqual(scene.trips, [`${NAMES[rail]} marks 500`]);
        assert.equal(scene.enter(), 'exit_only');
        assert.equal(scene.leave(), true);
        assert(scene.rig.alerts.includes(NAMES[rail]));
        scene.rig.restart();
        assert.equal(scene.state, 'exit_only', 'it is latched');
      }
    });

    test('needs the time as well as the marks', () => {
      const scene = new Scene(on());
      for (let n = 0; n < 10; n++) scene.quote(-600 - n);
      assert.equal(scene.state, 'active');
      scene.wait(2 * US_PER_SECOND);
      scene.quote(-600);
      assert.equal(scene.state, 'exit_only');
    });

    test('trips at one mark beyond the hard limit', () => {
      const scene = new Scene(on({ max: '500', hardMax: '800' }));
      scene.quote(-799);
      assert.equal(scene.state, 'active');
      scene.quote(-800);
      assert.deepEqual(scene.trips, [`${NAMES[rail]} hard 800`]);
    });

    test('trips at once on what is realised', () => {
      const scene = new Scene(on());
      scene.book(-499);
      assert.equal(scene.state, 'active');
      scene.book(-1);
      assert.deepEqual(scene.trips, [`${NAMES[rail]} realised 500`]);
      assert.equal(scene.state, 'exit_only');
    });

    test('is no trip on a mark that is uncertain, and entries wait', () => {
      // A wide spread, an old quote of something held, a market that is closed.
      const wide = new Scene(on({ max: '500', hardMax: '600' }));
      wide.quote(-700, 21);
      assert.equal(wide.state, 'active');
      wide.quote(100, 21);
      assert.equal(wide.enter(), 'mark_uncertain');
      assert.equal(wide.leave(), true);
      wide.quote(100, 20);
      assert.equal(wide.enter(), 'sent');
      const old = new Scene(on({ max: '500', hardMax: '600' }));
      old.rig.fill(
        old.rig.order({
          side: 'buy',
          quantity: 1 as Quantity,
          key: 'b',
          instrument: 1 as InstrumentIndex,
        }),
        1,
      );
      old.wait(11 * US_PER_SECOND);
      old.quote(-700);
      assert.equal(old.state, 'active', 'the other quote is old');
      old.rig.quote(1, MID, MID);
      old.quote(-701);
      assert.equal(old.state, 'exit_only');
      const closesAt = TEST_START + US_PER_HOUR;
      const calendars = INSTRUMENTS.map(() => ({ ...alwaysOpen(), closes: [closesAt] }));
      const closed = new Scene(on({ max: '500', hardMax: '600' }), 'buy', calendars);
      closed.rig.now = closesAt as TimeUs;
      closed.quote(-700);
      assert.equal(closed.state, 'active');
      assert.equal(closed.enter(), REASONS[rail]);
    });

    test('may be a share, and then the narrower of both holds', () => {
      const scene = new Scene(on({ max: '5000', maxPercent: '1' }));
      scene.quote(-999);
      assert.equal(scene.enter(), 'sent');
      scene.quote(-1000);
      assert.equal(scene.enter(), REASONS[rail]);
    });

    test('does not take a transfer for a profit or a loss', () => {
      const scene = new Scene(on());
      scene.book(-5000, 'transfer');
      assert.equal(scene.enter(), 'sent');
      assert.equal(scene.state, 'active');
      scene.book(9000, 'transfer');
      scene.quote(-499);
      assert.equal(scene.enter(), 'sent');
      scene.quote(-500);
      assert.equal(scene.enter(), REASONS[rail]);
    });

    test('in shadow says so once and stops nothing', () => {
      const scene = new Scene(on({ max: '500' }, 'shadow'));
      for (let n = 0; n < 6; n++) {
        scene.wait(US_PER_SECOND);
        scene.quote(-600);
      }
      assert.deepEqual(scene.trips, [`${NAMES[rail]} marks 600 shadow`]);
      assert.equal(scene.state, 'active');
    });

    test('trips again when trading is allowed while it is still passed', () => {
      const scene = new Scene(on());
      scene.book(-600);
      assert.equal(scene.state, 'exit_only');
      scene.rig.state(TradingState.active);
      assert.equal(scene.state, 'exit_only');
      assert.equal(scene.trips.length, 2);
    });
  });
}

suite('the day of the daily loss', () => {
  const settings = settingsOf('dailyLoss', 'enforce', { max: '500' });

  test('begins at 17:00 in New York, with the equity of then', () => {
    const scene = new Scene(settings);
    const begun = scene.rig.log.of(RecordKind.riskDay);
    // Monday midnight UTC is within the day that began on Sunday, 22:00 UTC.
    assert.deepEqual(
      begun.map(({ day }) => day),
      [TEST_START - 2 * US_PER_HOUR],
    );
    scene.quote(-400);
    const next = TEST_START + 22 * US_PER_HOUR;
    assert.equal(scene.rig.book.risk.rails?.nextDay, next);
    scene.rig.now = (next - 1) as TimeUs;
    scene.rig.input({ kind: InputKind.boundary });
    const [, second] = scene.rig.log.of(RecordKind.riskDay);
    assert.deepEqual([second?.day, second?.equity], [next, 99_600_000_000n]);
    scene.quote(-899);
    assert.equal(scene.enter(), 'sent');
    scene.quote(-900);
    assert.equal(scene.enter(), 'daily_loss_reached');
  });

  test('that ended while the engine was down begins when it is up', () => {
    const scene = new Scene(settings);
    scene.quote(-400);
    scene.rig.restart();
    scene.wait(3 * US_PER_DAY);
    const started = { prefix: 'T', nonce: 'bbbbbbbbbb', handlesTaken: 9 as never, restored: false };
    scene.rig.input({ kind: InputKind.started, ...started });
    assert.equal(scene.rig.log.of(RecordKind.riskDay).length, 2);
    assert.equal(scene.rig.book.risk.rails?.dailyLoss?.base, 99_600_000_000);
  });

  test('does not end the drawdown, which is measured from the peak of certain marks', () => {
    const scene = new Scene(settingsOf('runDrawdown', 'enforce', { max: '500' }));
    scene.quote(300);
    scene.quote(5000, 50);
    assert.equal(scene.rig.book.risk.rails?.drawdown?.base, 100_300_000_000);
    scene.wait(2 * US_PER_DAY);
    scene.quote(-199);
    assert.equal(scene.enter(), 'sent');
    scene.quote(-200);
    assert.equal(scene.enter(), 'drawdown_reached');
  });
});

suite('the loss rails', () => {
  /** Looks at each quote and each booking. */
  class Naive {
    #peak = 0;
    #balance = 0;
    #marks = 0;
    #firstAt = 0;
    tripped = false;

    mark(gain: number, booked: number, now: number): void {
      this.#balance += booked;
      if (this.tripped) return;
      const equity = this.#balance + gain;
      this.#peak = Math.max(this.#peak, equity);
      const loss = this.#peak - equity;
      if (loss < 500) {
        this.#marks = 0;
        return;
      }
      if (this.#marks === 0) this.#firstAt = now;
      this.#marks += 1;
      const enough = this.#marks >= 3 && now - this.#firstAt >= 2 * US_PER_SECOND;
      const realised = this.#peak - Math.max(this.#balance, equity) >= 500;
      this.tripped = enough || realised || loss >= 900;
    }
  }

  test('see every mark that matters: they trip as one that looks at each quote would', () => {
    const settings = settingsOf('runDrawdown', 'enforce', { max: '500', hardMax: '900' });
    const anyGain = fc.oneof(
      fc.integer({ min: -1200, max: 400 }),
      fc.constantFrom(-499, -500, -501, -899, -900, 0, 1),
    );
    const anyMove = fc.record({
      gain: anyGain,
      ms: fc.nat(1500),
      booked: fc.constantFrom(0, 0, 0, 0, -100, -300, 200),
    });
    fc.assert(
      fc.property(fc.array(anyMove, { maxLength: 30 }), fc.nat(30), (moves, cut) => {
        const scene = new Scene(settings);
        const naive = new Naive();
        let last = 0;
        for (const [n, { gain, ms, booked }] of moves.entries()) {
          if (n === cut) scene.rig.restart();
          scene.wait(ms * 1000);
          if (booked !== 0) {
            scene.book(booked);
            naive.mark(last, booked, scene.rig.now);
          }
          scene.quote(gain);
          naive.mark(gain, 0, scene.rig.now);
          last = gain;
          assert.equal(scene.state, naive.tripped ? 'exit_only' : 'active');
        }
        const { rig } = scene;
        assert.deepEqual(stateBytes(rig.folded().book), stateBytes(rig.book), 'folded (X1)');
      }),
      { numRuns: 250 },
    );
  });
});
