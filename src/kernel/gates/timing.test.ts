import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { InputKind } from '../../model/inputs.ts';
import { RecordKind } from '../../model/records.ts';
import { US_PER_MINUTE, US_PER_SECOND } from '../../model/time.ts';
import type { InstrumentIndex, Money, Price, Quantity, TimeUs } from '../../model/units.ts';
import { ReportKind } from '../../model/venue.ts';
import { alwaysOpen, TEST_START, testInstrument } from '../../testing/builders.ts';
import { type GateSettings, gateSetup } from '../../testing/gate-setup.ts';
import { KernelRig } from '../../testing/kernel-rig.ts';
import type { OrderRequest } from '../strategy/api.ts';

const BID = 100_000;
const ASK = 100_010;
const INSTRUMENTS = [testInstrument('EURUSD'), testInstrument('GBPUSD')];

type Side = 'buy' | 'sell';

class Scene {
  readonly rig: KernelRig;
  #keys = 0;

  constructor(settings: GateSettings, calendars = INSTRUMENTS.map(() => alwaysOpen())) {
    const kernel = { ...gateSetup(settings, { instruments: INSTRUMENTS }), calendars };
    this.rig = new KernelRig({ instruments: INSTRUMENTS, kernel });
    this.quote();
  }

  quote(): void {
    for (const k of INSTRUMENTS.keys()) this.rig.quote(k, BID, ASK);
  }

  ask(side: Side, request: Partial<OrderRequest> = {}): string {
    this.#keys += 1;
    const quantity = 1 as Quantity;
    const result = this.rig.submit({ side, quantity, key: `a${this.#keys}`, ...request });
    return result.ok ? 'sent' : result.reason;
  }

  /** Sets the clock so that the next thing asked for happens at the time. */
  at(time: number): void {
    this.rig.now = (time - 1) as TimeUs;
  }

  /** A market order that fills at once; `realized` is what the venue states. */
  trade(side: Side, realized = 0n): void {
    assert.equal(this.ask(side), 'sent');
    const order = this.rig.book.orders.lastHandle;
    this.rig.fill(order, 1, BID, { realized: realized as Money });
  }
}

suite('freshness of data', () => {
  test('is the age of the quote; one that is as old as allowed will do', () => {
    for (const side of ['buy', 'sell'] as const) {
      const scene = new Scene({ dataFreshness: { mode: 'enforce', quoteAgeMax: '2s' } });
      const quotedAt = scene.rig.book.board.time[0] ?? 0;
      scene.at(quotedAt + 2 * US_PER_SECOND);
      assert.equal(scene.ask(side), 'sent');
      assert.equal(scene.ask(side), 'quote_stale');
      scene.quote();
      assert.equal(scene.ask(side), 'sent');
    }
  });

  test('needs the connection that orders go out on', () => {
    const scene = new Scene({ dataFreshness: { mode: 'enforce' } });
    scene.trade('buy');
    const connect = (open: boolean, connection: number): void =>
      scene.rig.input({ kind: InputKind.connection, connection, open });
    connect(true, 1);
    connect(false, 1);
    assert.equal(scene.ask('buy'), 'venue_disconnected');
    scene.rig.restart();
    assert.equal(scene.ask('buy'), 'venue_disconnected');
    assert.equal(scene.ask('sell'), 'sent', 'an exit');
    connect(true, 2);
    assert.equal(scene.ask('buy'), 'sent');
  });
});

suite('market hours', () => {
  const HOUR = 3600 * US_PER_SECOND;
  const OPEN = TEST_START + 2 * HOUR;
  const CLOSE = TEST_START + 10 * HOUR;
  const calendar = () =>
    INSTRUMENTS.map(() => ({ ...alwaysOpen(), opens: [OPEN], closes: [CLOSE] }));
  const at = (time: number, rules: object, side: Side): string => {
    const scene = new Scene({ marketHours: { mode: 'enforce', ...rules } }, calendar());
    scene.at(time);
    return scene.ask(side);
  };

  test('are those of the calendar, its open inside and its close outside', () => {
    for (const side of ['buy', 'sell'] as const) {
      assert.equal(at(OPEN - 1, {}, side), 'market_closed');
      assert.equal(at(OPEN, {}, side), 'sent');
      assert.equal(at(CLOSE - 1, {}, side), 'sent');
      assert.equal(at(CLOSE, {}, side), 'market_closed');
    }
  });

  test('leave out the time after the open, before the close and around the rollover', () => {
    // The trading day of the calendar begins at midnight: outside these hours, so none is met.
    const rules = {
      afterOpen: '60s',
      beforeClose: '90s',
      beforeRollover: '1h',
      afterRollover: '1h',
    };
    assert.equal(at(OPEN + US_PER_MINUTE - 1, rules, 'buy'), 'near_open');
    assert.equal(at(OPEN + US_PER_MINUTE, rules, 'buy'), 'sent');
    assert.equal(at(CLOSE - 90 * US_PER_SECOND - 1, rules, 'sell'), 'sent');
    assert.equal(at(CLOSE - 90 * US_PER_SECOND, rules, 'sell'), 'near_close');
    const midnight = TEST_START + 24 * HOUR;
    const around = (time: number): string => {
      const settings = { beforeRollover: '2m', afterRollover: '3m' } as const;
      const scene = new Scene({ marketHours: { mode: 'enforce', ...settings } });
      scene.at(time);
      return scene.ask('buy');
    };
    assert.equal(around(midnight - 2 * US_PER_MINUTE - 1), 'sent');
    assert.equal(around(midnight - 2 * US_PER_MINUTE), 'rollover');
    assert.equal(around(midnight + 3 * US_PER_MINUTE - 1), 'rollover');
    assert.equal(around(midnight + 3 * US_PER_MINUTE), 'sent');
  });
});

suite('the message rate', () => {
  const FAR: Partial<OrderRequest> = { type: 'limit', limitPrice: 50_000 as Price };

  test('counts submits, cancels and replaces; entries leave the share that is kept', () => {
    const scene = new Scene({
      messageRate: { mode: 'enforce', perMinute: 10, keptPercent: '40' },
    });
    const { rig } = scene;
    scene.trade('buy');
    scene.trade('buy');
    assert.equal(scene.ask('buy', FAR), 'sent');
    const order = rig.book.orders.lastHandle;
    rig.report({ report: ReportKind.accepted, order });
    const move = (limitPrice: number) =>
      rig.act((context) => context.replace(order, { limitPrice: limitPrice as Price }));
    assert.deepEqual(move(50_001), { ok: true });
    rig.report({
      report: ReportKind.replaced,
      order,
      quantity: 1 as Quantity,
      limitPrice: 50_001 as Price,
    });
    assert.deepEqual(move(50_002), { ok: true });
    rig.report({
      report: ReportKind.replaced,
      order,
      quantity: 1 as Quantity,
      limitPrice: 50_002 as Price,
    });
    assert.equal(scene.ask('buy', FAR), 'sent', 'the sixth of ten');
    assert.equal(scene.ask('buy', FAR), 'messages_per_minute');
    const denied = { ok: false, gate: 'message_rate', reason: 'messages_per_minute' };
    assert.deepEqual(move(50_003), denied);
    rig.restart();
    assert.deepEqual(move(50_003), denied, 'after a restart');
    // Exits and cancels are counted and go, even beyond the limit itself.
    assert.equal(scene.ask('sell'), 'sent');
    assert.equal(scene.ask('sell'), 'sent');
    for (const open of [...rig.book.orders.open()]) {
      assert.equal(rig.act((context) => context.cancel(open.handle)).ok, true);
    }
    assert.equal(rig.book.risk.messages?.all.countAfter(0), 10);
    rig.wait(US_PER_MINUTE);
    scene.quote();
    assert.equal(scene.ask('buy', FAR), 'sent');
  });

  test('has its limits by the second and by the minute, on one instrument and in all', () => {
    const other = { instrument: 1 as InstrumentIndex };
    const limits = { perSecond: 3, perMinute: 6, instrumentPerSecond: 2, instrumentPerMinute: 4 };
    const settings: GateSettings = {
      messageRate: { mode: 'enforce', ...limits, keptPercent: '0' },
    };
    for (const side of ['buy', 'sell'] as const) {
      const scene = new Scene(settings);
      assert.equal(scene.ask(side), 'sent');
      assert.equal(scene.ask(side), 'sent');
      assert.equal(scene.ask(side), 'messages_per_second');
      assert.equal(scene.ask(side, other), 'sent');
      assert.equal(scene.ask(side, other), 'messages_per_second');
      scene.rig.wait(US_PER_SECOND);
      assert.equal(scene.ask(side), 'sent');
      assert.equal(scene.ask(side), 'sent');
      assert.equal(scene.ask(side), 'messages_per_second', 'two on this instrument');
      scene.rig.wait(US_PER_SECOND);
      assert.equal(scene.ask(side), 'messages_per_minute', 'four on this instrument');
      scene.rig.wait(US_PER_MINUTE);
      assert.equal(scene.ask(side), 'sent');
    }
  });

  test('forgets a message once its second is over, to the microsecond', () => {
    const settings: GateSettings = {
      messageRate: { mode: 'enforce', perSecond: 1, keptPercent: '0' },
    };
    const scene = new Scene(settings);
    assert.equal(scene.ask('buy'), 'sent');
    const sentAt = scene.rig.book.time;
    scene.at(sentAt + US_PER_SECOND - 1);
    assert.equal(scene.ask('buy'), 'messages_per_second');
    scene.at(sentAt + US_PER_SECOND);
    assert.equal(scene.ask('buy'), 'sent');
  });
});

suite('repeated execution', () => {
  const settings: GateSettings = {
    repeatedExecution: { mode: 'enforce', fills: 3, within: '10s' },
  };

  test('stops a strategy after so many fills on one side, until it is enabled by name', () => {
    for (const [side, other] of [
      ['buy', 'sell'],
      ['sell', 'buy'],
    ] as const) {
      const scene = new Scene(settings);
      scene.trade(side);
      scene.trade(side);
      scene.trade(other);
      assert.equal(scene.rig.book.risk.repeats?.isStopped(0), false, 'two and one');
      scene.trade(side);
      assert.equal(scene.ask(side), 'strategy_exit_only');
      scene.rig.wait(60 * US_PER_SECOND);
      scene.rig.restart();
      assert.equal(scene.ask(side), 'strategy_exit_only', 'it does not pass by itself');
      assert.equal(scene.ask(other), 'sent', 'an exit');
      const kind = InputKind.enableStrategy;
      scene.rig.input({ kind, strategy: 0, by: 'ann', reason: 'looked at it' });
      assert.equal(scene.ask(side), 'sent');
      const told = scene.rig.log.of(RecordKind.alert).map(({ key }) => key);
      assert(told.includes('gate_repeated_execution') && told.includes('strategy_enabled'));
    }
  });

  test('lets fills pass that are further apart', () => {
    const scene = new Scene(settings);
    for (let n = 0; n < 6; n++) {
      scene.trade(n % 2 === 0 ? 'buy' : 'sell');
      scene.rig.wait(4 * US_PER_SECOND);
    }
    assert.equal(scene.ask('buy'), 'sent');
  });
});

suite('the cooldown after losses', () => {
  const settings: GateSettings = { lossCooldown: { mode: 'enforce', losses: 2, wait: '10m' } };

  /** Opens on the side and closes again with the result. */
  function round(scene: Scene, side: Side, result: bigint): void {
    scene.trade(side);
    scene.trade(side === 'buy' ? 'sell' : 'buy', result);
  }

  test('follows so many losing trades in a row, and passes', () => {
    for (const side of ['buy', 'sell'] as const) {
      const scene = new Scene(settings);
      round(scene, side, -5n);
      round(scene, side, 7n);
      round(scene, side, -5n);
      assert.equal(scene.ask(side, { type: 'limit', limitPrice: 90_000 as Price }), 'sent');
      round(scene, side, -1n);
      const endedAt = scene.rig.book.time;
      assert.equal(scene.ask(side), 'losing_streak');
      scene.rig.restart();
      scene.at(endedAt + 10 * US_PER_MINUTE - 1);
      assert.equal(scene.ask(side), 'losing_streak');
      scene.at(endedAt + 10 * US_PER_MINUTE);
      assert.equal(scene.ask(side), 'sent');
    }
  });

  test('takes a position from flat to flat for one trade, its commission too', () => {
    const scene = new Scene({ lossCooldown: { mode: 'enforce', losses: 1, wait: '10m' } });
    scene.trade('buy');
    scene.trade('buy');
    scene.trade('sell', -9n);
    assert.equal(scene.ask('buy', { type: 'limit', limitPrice: 90_000 as Price }), 'sent');
    scene.trade('sell', 20n);
    assert.equal(scene.rig.book.risk.streaks?.lossesOf(0), 0, 'eleven were won in all');
    assert.equal(scene.ask('buy'), 'sent');
    const order = scene.rig.book.orders.lastHandle;
    scene.rig.fill(order, 1, BID, { commission: 3n as Money });
    scene.trade('sell', 2n);
    assert.equal(scene.ask('buy'), 'losing_streak');
  });
});
