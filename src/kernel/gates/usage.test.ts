import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DENY_REASONS, type GateName } from '../../model/gate.ts';
import { RecordKind } from '../../model/records.ts';
import { US_PER_SECOND } from '../../model/time.ts';
import type { InstrumentIndex, Money, Price, Quantity, TimeUs } from '../../model/units.ts';
import { testInstrument } from '../../testing/builders.ts';
import { type GateSettings, gateSetup } from '../../testing/gate-setup.ts';
import { KernelRig } from '../../testing/kernel-rig.ts';
import type { OrderRequest } from '../strategy/api.ts';
import { type Usage, usageOf } from './usage.ts';

const PRICE = 100_000;
const INSTRUMENTS = [testInstrument('EURUSD'), testInstrument('GBPUSD')];
const GBPUSD = 1 as InstrumentIndex;
const SIDES = ['buy', 'sell'] as const;
type Side = (typeof SIDES)[number];

class Scene {
  readonly rig: KernelRig;
  #keys = 0;
  readonly #gates: ReturnType<typeof gateSetup>['gates'];

  constructor(settings: GateSettings) {
    const kernel = gateSetup(settings, { instruments: INSTRUMENTS });
    this.#gates = kernel.gates;
    this.rig = new KernelRig({ instruments: INSTRUMENTS, kernel });
    for (const k of INSTRUMENTS.keys()) this.rig.quote(k, PRICE, PRICE);
  }

  ask(quantity: number, side: Side, request: Partial<OrderRequest> = {}): boolean {
    this.#keys += 1;
    const asked = { quantity: quantity as Quantity, side, key: `k${this.#keys}`, ...request };
    return this.rig.submit(asked).ok;
  }

  trade(quantity: number, side: Side, realized = 0n, k = 0): void {
    const instrument = k as InstrumentIndex;
    assert(this.ask(quantity, side, { instrument }), 'the trade passes');
    const order = this.rig.book.orders.lastHandle;
    this.rig.fill(order, quantity, PRICE, { realized: realized as Money });
  }

  usages(gate: GateName, after = 0): readonly Usage[] {
    const found = this.#gates.find(({ name }) => name === gate);
    const { book } = this.rig;
    const now = (book.time + after) as TimeUs;
    return found === undefined ? [] : usageOf(found, book, now, ['alpha']);
  }

  usage(gate: GateName, reason: string, of = '', after = 0): Usage {
    const found = this.usages(gate, after).find((one) => one.reason === reason && one.of === of);
    assert(found, `${gate} ${reason} ${of}: ${JSON.stringify(this.usages(gate))}`);
    return found;
  }

  /** Reason, limit and observed value of the last denial. */
  get denial(): readonly string[] {
    const last = this.rig.log.of(RecordKind.denial).at(-1);
    return last === undefined ? [] : [DENY_REASONS[last.reason] ?? '', last.limit, last.observed];
  }
}

function figures({ limit, used, headroom, unit, blocking }: Usage): readonly unknown[] {
  return [limit, used, headroom, unit, blocking];
}

/** A gate led to its limit, and the entry beyond it. */
interface Case {
  readonly gate: GateName;
  readonly settings: GateSettings;
  /** Uses up the limit. */
  readonly fill: (scene: Scene, side: Side) => void;
  /** The smallest entry that must be denied then. */
  readonly beyond: (scene: Scene, side: Side) => boolean;
  readonly of?: string;
  /** As text: what is used, and what a denial observes and calls the limit. */
  readonly used: string;
  readonly observed: string;
  readonly limitText: string;
}

const enforce = 'enforce' as const;
const one = (scene: Scene, side: Side): boolean => scene.ask(1, side);
const other = (scene: Scene, side: Side): boolean => scene.ask(1, side, { instrument: GBPUSD });
const five = (scene: Scene, side: Side): void => scene.trade(5, side);
const exposure = (limits: object): GateSettings => ({ exposure: { mode: enforce, ...limits } });

const CASES: Readonly<Record<string, Case>> = {
  instrument_exposure_above_limit: {
    gate: 'exposure',
    settings: exposure({ perInstrument: { EURUSD: '5' } }),
    fill: five,
    beyond: one,
    of: 'EURUSD',
    used: '5.000000',
    observed: 'EURUSD 6.000000 USD',
    limitText: '5.000000 USD',
  },
  net_exposure_above_limit: {
    gate: 'exposure',
    settings: exposure({ net: '5' }),
    fill: five,
    beyond: other,
    used: '5.000000',
    observed: '6.000000 USD',
    limitText: '5.000000 USD',
  },
  gross_exposure_above_limit: {
    gate: 'exposure',
    settings: exposure({ gross: '5' }),
    fill: five,
    beyond: other,
    used: '5.000000',
    observed: '6.000000 USD',
    limitText: '5.000000 USD',
  },
  currency_exposure_above_limit: {
    gate: 'exposure',
    settings: exposure({ perCurrency: { USD: '5' } }),
    fill: five,
    beyond: other,
    of: 'USD',
    used: '5.000000',
    observed: 'USD 6.000000 USD',
    limitText: '5.000000 USD',
  },
  open_positions_above_limit: {
    gate: 'open_positions',
    settings: { openPositions: { mode: enforce, max: 1 } },
    fill: five,
    beyond: other,
    used: '1',
    observed: '2',
    limitText: '1',
  },
  position_units_above_cap: {
    gate: 'broker_caps',
    settings: { brokerCaps: { mode: enforce, positionUnits: { '*': '5' } } },
    fill: five,
    beyond: one,
    of: 'EURUSD',
    used: '5',
    observed: '6',
    limitText: '5',
  },
  open_orders_above_cap: {
    gate: 'broker_caps',
    settings: { brokerCaps: { mode: enforce, openOrders: 2 } },
    fill: (scene, side) => {
      scene.ask(1, side, { type: 'limit', limitPrice: PRICE as Price });
      scene.ask(1, side, { type: 'limit', limitPrice: PRICE as Price });
    },
    beyond: one,
    used: '2',
    observed: '3',
    limitText: '2',
  },
  messages_per_second: {
    gate: 'message_rate',
    settings: { messageRate: { mode: enforce, perSecond: 5 } },
    fill: (scene, side) => {
      for (let n = 0; n < 4; n++) scene.ask(1, side);
    },
    beyond: one,
    used: '4',
    observed: '4',
    limitText: '4 before this one',
  },
  messages_per_minute: {
    gate: 'message_rate',
    settings: { messageRate: { mode: enforce, instrumentPerMinute: 5 } },
    fill: (scene, side) => {
      for (let n = 0; n < 4; n++) scene.ask(1, side);
    },
    beyond: one,
    of: 'EURUSD',
    used: '4',
    observed: '4',
    limitText: '4 before this one',
  },
  daily_loss_reached: {
    gate: 'daily_loss',
    settings: { dailyLoss: { mode: enforce, max: '7' } },
    fill: (scene, side) => {
      scene.trade(1, side);
      scene.trade(1, side === 'buy' ? 'sell' : 'buy', -7_000_000n);
    },
    beyond: one,
    used: '7.000000',
    observed: '7.000000 USD',
    limitText: '7.000000 USD',
  },
  drawdown_reached: {
    gate: 'run_drawdown',
    settings: { runDrawdown: { mode: enforce, max: '7' } },
    fill: (scene, side) => {
      scene.trade(1, side);
      scene.trade(1, side === 'buy' ? 'sell' : 'buy', -7_000_000n);
    },
    beyond: one,
    used: '7.000000',
    observed: '7.000000 USD',
    limitText: '7.000000 USD',
  },
};

suite('what a gate shows of its limits', () => {
  for (const [reason, shown] of Object.entries(CASES)) {
    test(`${reason}: at the limit its figures are those of the denial behind it`, () => {
      for (const side of SIDES) {
        const { gate, settings, fill, beyond, of = '', used, observed, limitText } = shown;
        const scene = new Scene(settings);
        assert.equal(scene.usage(gate, reason, of).blocking, false, 'before');
        fill(scene, side);
        const usage = scene.usage(gate, reason, of);
        assert.equal(usage.used, used);
        assert.equal(usage.limit, used, 'the limit is used up');
        assert.match(usage.headroom ?? '', /^0(\.0+)?$/);
        assert.equal(usage.blocking, true);
        // A rail that was reached has stopped the engine too: the gate behind it is not asked.
        if (gate === 'daily_loss' || gate === 'run_drawdown') {
          const tripped = scene.rig.log.of(RecordKind.railTripped).at(-1);
          assert.equal(`${Number(tripped?.observed) / 1e6}`, '7');
          continue;
        }
        assert.equal(beyond(scene, side), false);
        assert.deepEqual(scene.denial, [reason, limitText, observed]);
        assert(limitText.startsWith(usage.limit ?? '?'));
      }
    });
  }

  test('is the largest order where it is about one order, and nothing stands against it', () => {
    for (const side of SIDES) {
      const scene = new Scene({
        orderSize: { mode: enforce, max: { EURUSD: '5' } },
        orderValue: { mode: enforce, max: { '*': '4' } },
        brokerCaps: { mode: enforce, orderUnits: { EURUSD: '3' } },
      });
      const size = scene.usage('order_size', 'order_size_above_limit', 'EURUSD');
      assert.deepEqual(figures(size), ['5', '0', '5', 'units', false]);
      const value = scene.usage('order_value', 'order_value_above_limit', 'GBPUSD');
      assert.deepEqual(figures(value), ['4.000000', '0.000000', '4.000000', 'USD', false]);
      const cap = scene.usage('broker_caps', 'order_units_above_cap', 'EURUSD');
      assert.deepEqual(figures(cap), ['3', '0', '3', 'units', false]);
      scene.ask(6, side);
      assert.deepEqual(scene.denial, ['order_size_above_limit', '5', '6']);
      scene.ask(5, side);
      assert.deepEqual(scene.denial, ['order_value_above_limit', '4.000000 USD', '5.000000 USD']);
      scene.ask(4, side);
      assert.deepEqual(scene.denial, ['order_units_above_cap', '3', '4']);
    }
  });

  test('is the margin with every order filled against what net asset value allows', () => {
    for (const side of SIDES) {
      const scene = new Scene({
        margin: { mode: enforce, maxUsedPercent: '0.0001', minDistancePercent: '50' },
      });
      // Of 100000 USD one ten-thousandth of a percent is 10 cents of margin: 5 units at 2 percent.
      const before = scene.usage('margin', 'margin_above_limit');
      const rate = Number(before.limit);
      assert.equal(before.used, '0.000000');
      while (scene.ask(1, side));
      const [reason, limit, observed = ''] = scene.denial;
      const at = scene.usage('margin', 'margin_above_limit');
      assert.equal(reason, 'margin_above_limit');
      assert.equal(limit, `${at.limit} ${at.unit}`);
      assert(Number(at.used) <= rate && Number(observed.split(' ')[0]) > rate);
      assert.equal(scene.usage('margin', 'closeout_too_near').blocking, false);
    }
  });

  test('counts the losing trades of each strategy; while it waits all of them', () => {
    const scene = new Scene({ lossCooldown: { mode: enforce, losses: 2, wait: '1h' } });
    const lose = (): void => {
      scene.trade(1, 'buy');
      scene.trade(1, 'sell', -1_000_000n);
    };
    const shown = (after = 0): unknown =>
      figures(scene.usage('loss_cooldown', 'losing_streak', 'alpha', after));
    assert.deepEqual(shown(), ['2', '0', '2', 'trades', false]);
    lose();
    assert.deepEqual(shown(), ['2', '1', '1', 'trades', false]);
    lose();
    assert.deepEqual(shown(), ['2', '2', '0', 'trades', true]);
    assert.equal(scene.ask(1, 'buy'), false);
    assert.equal(scene.denial[0], 'losing_streak');
    assert.deepEqual(shown(3600 * US_PER_SECOND), ['2', '0', '2', 'trades', false]);
  });

  test('an age may be the limit; a quote beyond it blocks', () => {
    const scene = new Scene({ dataFreshness: { mode: enforce, quoteAgeMax: '2s' } });
    const { board, time } = scene.rig.book;
    const at = (age: number): Usage => {
      const after = (board.time[0] ?? 0) + age - time;
      return scene.usage('data_freshness', 'quote_stale', 'EURUSD', after);
    };
    const edge = figures(at(2 * US_PER_SECOND));
    assert.deepEqual(edge, ['2.000000', '2.000000', '0.000000', 's', false]);
    assert.equal(at(2 * US_PER_SECOND + 1).blocking, true);
  });

  test('in shadow it blocks nothing; off, or before there is a limit, there is no figure', () => {
    const shadow = new Scene({ openPositions: { mode: 'shadow', max: 1 } });
    shadow.trade(1, 'buy');
    const used = shadow.usage('open_positions', 'open_positions_above_limit');
    assert.deepEqual(figures(used), ['1', '1', '0', 'positions', false]);
    assert.deepEqual(new Scene({}).usages('hold'), []);
  });

  test('looking changes nothing: books looked at all the time decide the same', () => {
    const settings: GateSettings = {
      exposure: { mode: enforce, onBreach: 'cut', gross: '20', perCurrency: { '*': '15' } },
      margin: { mode: enforce, maxUsedPercent: '50' },
      dailyLoss: { mode: enforce, max: '100' },
    };
    const story = (looks: boolean): readonly unknown[] => {
      const scene = new Scene(settings);
      const told: unknown[] = [];
      for (let n = 0; n < 40; n++) {
        const instrument = (n % 2) as InstrumentIndex;
        scene.rig.quote(instrument, PRICE + n, PRICE + n + 3);
        if (looks) for (const gate of ['exposure', 'margin'] as const) scene.usages(gate);
        const side = n % 3 === 0 ? 'sell' : 'buy';
        const ok = scene.ask(1 + (n % 5), side, { instrument });
        if (looks) scene.usages('daily_loss');
        const order = scene.rig.book.orders.find(scene.rig.book.orders.lastHandle);
        if (ok && n % 4 !== 0 && order !== undefined) {
          scene.rig.fill(order.handle, order.terms.quantity, PRICE + n);
        }
        told.push([ok, scene.denial]);
      }
      return told;
    };
    assert.deepEqual(story(true), story(false));
  });
});
