import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { RecordKind } from '../../model/records.ts';
import type { InstrumentIndex, Price, Quantity } from '../../model/units.ts';
import { ReportKind } from '../../model/venue.ts';
import { fixedBpsSlippage } from '../../slippage/model.ts';
import { testInstrument } from '../../testing/builders.ts';
import { type GateSettings, gateSetup } from '../../testing/gate-setup.ts';
import { KernelRig } from '../../testing/kernel-rig.ts';
import type { OrderRequest } from '../strategy/api.ts';

const BID = 100_000;
const ASK = 100_010;
const INSTRUMENTS = ['EURUSD', 'GBPUSD', 'EURGBP', 'USDJPY'].map((symbol) =>
  testInstrument(symbol),
);
const EURUSD = 0 as InstrumentIndex;
const GBPUSD = 1 as InstrumentIndex;
const EURGBP = 2 as InstrumentIndex;
const USDJPY = 3 as InstrumentIndex;

type Side = 'buy' | 'sell';
type Request = Partial<OrderRequest> & { readonly side: Side };

class Scene {
  readonly rig: KernelRig;
  #keys = 0;

  /** The profile of 10 basis points is 100 counts at a price of 1. */
  constructor(settings: GateSettings, bps = 0) {
    const setup = { instruments: INSTRUMENTS, profile: fixedBpsSlippage(bps * 10_000) };
    this.rig = new KernelRig({ instruments: INSTRUMENTS, kernel: gateSetup(settings, setup) });
    for (const k of [EURUSD, GBPUSD, EURGBP]) this.rig.quote(k, BID, ASK);
    this.rig.quote(USDJPY, 100_000, 100_000);
  }

  /** `sent 5`, or the reason of the denial. */
  ask(quantity: number, { side, ...request }: Request): string {
    this.#keys += 1;
    const key = `a${this.#keys}`;
    const asked = { quantity: quantity as Quantity, side, key, ...request };
    const result = this.rig.submit(asked);
    return result.ok ? `sent ${result.quantity}` : result.reason;
  }

  /** A market order that fills at once. */
  trade(quantity: number, side: Side, instrument = EURUSD): void {
    assert.equal(this.ask(quantity, { side, instrument }), `sent ${quantity}`);
    const order = this.rig.book.orders.lastHandle;
    this.rig.fill(order, quantity, side === 'buy' ? ASK : BID);
  }

  /** Figures of the last denial. */
  figures(): readonly string[] {
    const last = this.rig.log.of(RecordKind.denial).at(-1);
    return last === undefined ? [] : [last.limit, last.observed, String(last.allowed)];
  }
}

const limit = (price: number): Pick<OrderRequest, 'type' | 'limitPrice'> => ({
  type: 'limit',
  limitPrice: price as Price,
});
const stop = (price: number): Pick<OrderRequest, 'type' | 'stopPrice'> => ({
  type: 'stop',
  stopPrice: price as Price,
});

suite('order value', () => {
  const on = (more: object = {}) => ({
    orderValue: { mode: 'enforce' as const, max: { '*': '10.001' }, ...more },
  });

  test('is the entry at the price that it is reserved at, and may be the limit', () => {
    const cases: readonly (readonly [number, Request, string])[] = [
      [9, { side: 'buy' }, 'sent 9'],
      [10, { side: 'buy' }, 'sent 10'],
      [11, { side: 'buy' }, 'order_value_above_limit'],
      [10, { side: 'sell' }, 'sent 10'],
      [11, { side: 'sell' }, 'order_value_above_limit'],
      [10, { side: 'buy', ...limit(100_011) }, 'order_value_above_limit'],
      [10, { side: 'buy', ...limit(100_010) }, 'sent 10'],
      [10, { side: 'sell', ...limit(1) }, 'sent 10'],
      [11, { side: 'sell', ...limit(1) }, 'order_value_above_limit'],
      [10, { side: 'sell', ...limit(100_011) }, 'order_value_above_limit'],
      [10, { side: 'buy', ...stop(100_011) }, 'order_value_above_limit'],
      [10, { side: 'sell', ...stop(99_000) }, 'sent 10'],
      [10, { side: 'buy', instrument: USDJPY }, 'sent 10'],
      [11, { side: 'buy', instrument: USDJPY }, 'order_value_above_limit'],
    ];
    for (const [quantity, request, wanted] of cases) {
      const got = new Scene(on()).ask(quantity, request);
      assert.equal(got, wanted, `${quantity} ${JSON.stringify(request)}`);
    }
    const scene = new Scene(on());
    scene.ask(12, { side: 'buy' });
    assert.deepEqual(scene.figures(), ['10.001000 USD', '12.001200 USD', '0']);
  });

  test('counts the slippage profile of market orders and stops', () => {
    assert.equal(new Scene(on(), 10).ask(10, { side: 'buy' }), 'order_value_above_limit');
    assert.equal(new Scene(on(), 10).ask(9, { side: 'buy' }), 'sent 9');
    assert.equal(
      new Scene(on(), 10).ask(10, { side: 'sell', ...stop(99_990) }),
      'order_value_above_limit',
    );
    assert.equal(new Scene(on(), 10).ask(10, { side: 'buy', ...limit(100_010) }), 'sent 10');
  });

  test('cuts the entry where it is told to, and the exit of a flip goes on whole', () => {
    const scene = new Scene(on({ onBreach: 'cut' }));
    assert.equal(scene.ask(25, { side: 'buy' }), 'sent 10');
    assert.deepEqual(scene.figures(), ['10.001000 USD', '25.002500 USD', '10']);
    scene.rig.fill(scene.rig.book.orders.lastHandle, 10, ASK);
    assert.equal(scene.ask(25, { side: 'sell' }), 'sent 20');
    const intent = scene.rig.log.of(RecordKind.intent).at(-1);
    assert.deepEqual([intent?.requested, intent?.exitQuantity], [25, 10]);
  });

  test('judges a replace at its new price', () => {
    const scene = new Scene(on());
    scene.ask(10, { side: 'buy', ...limit(90_000) });
    const order = scene.rig.book.orders.lastHandle;
    scene.rig.report({ report: ReportKind.accepted, order });
    const move = (limitPrice: number) =>
      scene.rig.act((context) => context.replace(order, { limitPrice: limitPrice as Price }));
    assert.deepEqual(move(100_011), {
      ok: false,
      gate: 'order_value',
      reason: 'order_value_above_limit',
    });
    assert.deepEqual(move(100_010), { ok: true });
  });
});

suite('the price collar', () => {
  const on = (rules: object) => ({ priceCollar: { mode: 'enforce' as const, ...rules } });

  test('of entries is symmetric about the middle, and its edge is inside', () => {
    // The middle is 100005; one pip is ten counts.
    const cases: readonly (readonly [object, number, number])[] = [
      [{ entryPips: { '*': '1' } }, 99_995, 100_015],
      [{ entryPips: { '*': '1.06' } }, 99_995, 100_015],
      [{ entryPercent: { '*': '0.01' } }, 99_995, 100_015],
      [{ entryPercent: { '*': '0.01' }, entryPips: { EURUSD: '0.9' } }, 99_996, 100_014],
    ];
    for (const [rules, low, high] of cases) {
      for (const side of ['buy', 'sell'] as const) {
        const asked = (order: object) => new Scene(on(rules)).ask(5, { side, ...order });
        for (const price of [low, high]) {
          assert.equal(asked(limit(price)), 'sent 5');
          assert.equal(asked(stop(price)), 'sent 5');
        }
        for (const price of [low - 1, high + 1]) {
          assert.equal(asked(limit(price)), 'price_beyond_collar');
          assert.equal(asked(stop(price)), 'price_beyond_collar');
        }
      }
    }
  });

  test('takes the worst touch of a market order, its profile included', () => {
    const rules = on({ entryPips: { '*': '10' } });
    for (const side of ['buy', 'sell'] as const) {
      assert.equal(new Scene(rules, 9).ask(5, { side }), 'sent 5');
    }
    assert.equal(new Scene(rules, 11).ask(5, { side: 'buy' }), 'price_beyond_collar');
  });

  test('of exits is the wider one, and a market exit has none', () => {
    const scene = new Scene(on({ entryPips: { '*': '1' }, exitPips: { '*': '2' } }));
    scene.trade(10, 'buy');
    const exit = (order: object) => scene.ask(2, { side: 'sell', reduceOnly: true, ...order });
    assert.equal(exit(limit(100_025)), 'sent 2');
    assert.equal(exit(limit(100_026)), 'price_beyond_collar');
    assert.equal(exit(stop(99_985)), 'sent 2');
    assert.equal(exit(stop(99_984)), 'price_beyond_collar');
    scene.rig.quote(0, 50_000, 150_000);
    assert.equal(exit({}), 'sent 2');
    assert.equal(scene.ask(2, { side: 'buy' }), 'price_beyond_collar');
  });

  test('holds protection to the collar of exits', () => {
    const rules = on({ entryPips: { '*': '1' }, exitPips: { '*': '2' } });
    const asked = (stopLoss: number) =>
      new Scene(rules).ask(5, { side: 'buy', stopLoss: stopLoss as Price });
    assert.equal(asked(99_985), 'sent 5');
    assert.equal(asked(99_984), 'protection_beyond_collar');
  });
});

suite('exposure', () => {
  const on = (limits: object) => ({ exposure: { mode: 'enforce' as const, ...limits } });

  test('of an instrument counts position and orders, the worse of all buys and all sells', () => {
    // At the ask of 1.0001 ten units are 10.001 USD.
    const settings = on({ perInstrument: { '*': '10.001' } });
    for (const [side, other] of [
      ['buy', 'sell'],
      ['sell', 'buy'],
    ] as const) {
      const price = side === 'buy' ? limit(100_010) : limit(100_010);
      const scene = new Scene(settings);
      assert.equal(scene.ask(6, { side, ...price }), 'sent 6');
      assert.equal(scene.ask(5, { side, ...price }), 'instrument_exposure_above_limit');
      assert.equal(scene.ask(4, { side, ...price }), 'sent 4');
      // The other way round the same room is free.
      assert.equal(scene.ask(10, { side: other, ...limit(100_010) }), 'sent 10');
      assert.equal(
        scene.ask(1, { side: other, ...limit(100_010) }),
        'instrument_exposure_above_limit',
      );
    }
  });

  test('a flip may come to the limit on the other side', () => {
    const scene = new Scene(on({ perInstrument: { '*': '10.001' } }));
    scene.trade(10, 'buy');
    assert.equal(scene.ask(1, { side: 'buy' }), 'instrument_exposure_above_limit');
    assert.equal(scene.ask(20, { side: 'sell' }), 'sent 20');
    assert.equal(scene.ask(1, { side: 'sell' }), 'instrument_exposure_above_limit');
  });

  test('stays reserved in flight, in doubt and while a cancel is asked for, and not beyond', () => {
    const settings = on({ perInstrument: { '*': '10.001' } });
    const setup = { instruments: INSTRUMENTS, without: ['hold'] as const };
    const rig = new KernelRig({ instruments: INSTRUMENTS, kernel: gateSetup(settings, setup) });
    rig.quote(0, BID, ASK);
    let keys = 0;
    const one = () => {
      keys += 1;
      return rig.submit({ side: 'buy', quantity: 1 as Quantity, key: `k${keys}` }).ok;
    };
    const order = rig.order({
      side: 'buy',
      quantity: 10 as Quantity,
      ...limit(100_010),
      key: 'ten',
    });
    assert.equal(one(), false, 'in flight');
    rig.report({ report: ReportKind.unknown, order });
    assert.equal(one(), false, 'in doubt');
    rig.restart();
    assert.equal(one(), false, 'in doubt after a restart');
    rig.report({ report: ReportKind.accepted, order });
    rig.act((context) => context.cancel(order));
    assert.equal(one(), false, 'a cancel is asked for');
    rig.fill(order, 4, ASK);
    assert.equal(one(), false, 'filled in part');
    rig.report({ report: ReportKind.cancelled, order });
    assert.equal(one(), true, 'cancelled');
  });

  test('net takes long less short, gross the sum', () => {
    const net = new Scene(on({ net: '10.001' }));
    net.trade(10, 'buy', EURUSD);
    assert.equal(net.ask(1, { side: 'buy', instrument: GBPUSD }), 'net_exposure_above_limit');
    net.trade(20, 'sell', GBPUSD);
    assert.equal(net.ask(10, { side: 'buy', instrument: EURUSD }), 'sent 10');
    const gross = new Scene(on({ gross: '20.002' }));
    gross.trade(10, 'buy', EURUSD);
    gross.trade(10, 'sell', GBPUSD);
    assert.equal(gross.ask(1, { side: 'buy', instrument: GBPUSD }), 'sent 1', 'an exit');
    assert.equal(gross.ask(1, { side: 'sell', instrument: EURGBP }), 'gross_exposure_above_limit');
  });

  test('of a currency is that of every instrument that trades it', () => {
    const scene = new Scene(on({ perCurrency: { GBP: '10.1', '*': '1000' } }));
    scene.trade(10, 'sell', EURGBP);
    // Short EURGBP is long GBP, and so is long GBPUSD.
    assert.equal(
      scene.ask(1, { side: 'buy', instrument: GBPUSD }),
      'currency_exposure_above_limit',
    );
    assert.match(scene.figures()[1] ?? '', /^GBP /);
    assert.equal(scene.ask(10, { side: 'sell', instrument: GBPUSD }), 'sent 10');
    assert.equal(scene.ask(1, { side: 'buy', instrument: EURUSD }), 'sent 1');
    assert.equal(
      scene.ask(1, { side: 'sell', instrument: EURGBP }),
      'currency_exposure_above_limit',
    );
  });

  test('cuts an entry to the room that is left', () => {
    const scene = new Scene(on({ onBreach: 'cut', perInstrument: { '*': '10.001' } }));
    scene.trade(4, 'buy');
    assert.equal(scene.ask(25, { side: 'buy' }), 'sent 6');
    assert.deepEqual(scene.figures(), ['10.001000 USD', 'EURUSD 29.002900 USD', '6']);
    assert.equal(scene.ask(25, { side: 'buy' }), 'instrument_exposure_above_limit');
    assert.equal(scene.ask(25, { side: 'sell' }), 'sent 14');
  });

  test('that prices alone carry beyond the limit blocks entries, and is told', () => {
    const scene = new Scene(on({ perInstrument: { '*': '10.001' } }));
    scene.trade(10, 'buy');
    scene.rig.quote(0, BID + 100, ASK + 100);
    assert.equal(scene.ask(1, { side: 'buy' }), 'instrument_exposure_above_limit');
    assert.equal(scene.ask(10, { side: 'sell' }), 'sent 10');
    scene.rig.wait(3600_000_000);
    scene.rig.input({ kind: 4 });
    assert(scene.rig.alerts.includes('limit_passed'), scene.rig.alerts.join());
  });

  test('is unknown, and denies, while something held has no price', () => {
    const settings = on({ gross: '1000' });
    const setup = { instruments: INSTRUMENTS };
    const rig = new KernelRig({ instruments: INSTRUMENTS, kernel: gateSetup(settings, setup) });
    rig.quote(0, BID, ASK);
    rig.fill(rig.order({ side: 'buy', quantity: 5 as Quantity, key: 'a' }), 5, ASK);
    rig.book.board.time[0] = 0;
    rig.book.board.bid[0] = 0;
    rig.book.board.ask[0] = 0;
    rig.quote(1, BID, ASK);
    const result = rig.submit({
      side: 'buy',
      quantity: 1 as Quantity,
      key: 'b',
      instrument: GBPUSD,
    });
    assert.equal(result.ok ? '' : result.reason, 'exposure_unknown');
  });
});

suite('open positions', () => {
  test('count instruments with a position or an order; who adds is not stopped', () => {
    const scene = new Scene({ openPositions: { mode: 'enforce', max: 2 } });
    scene.trade(5, 'buy', EURUSD);
    assert.equal(scene.ask(5, { side: 'sell', instrument: GBPUSD, ...limit(150_000) }), 'sent 5');
    const waiting = scene.rig.book.orders.lastHandle;
    for (const side of ['buy', 'sell'] as const) {
      assert.equal(scene.ask(5, { side, instrument: EURGBP }), 'open_positions_above_limit');
      assert.equal(scene.ask(5, { side, instrument: EURUSD }), 'sent 5');
    }
    scene.rig.restart();
    assert.equal(scene.ask(5, { side: 'buy', instrument: EURGBP }), 'open_positions_above_limit');
    scene.rig.report({ report: ReportKind.cancelled, order: waiting });
    assert.equal(scene.ask(5, { side: 'buy', instrument: EURGBP }), 'sent 5');
    const shadow = new Scene({ openPositions: { mode: 'shadow', max: 1 } });
    shadow.trade(5, 'buy', EURUSD);
    assert.equal(shadow.ask(5, { side: 'buy', instrument: GBPUSD }), 'sent 5');
    assert.equal(shadow.figures().join(), '1,2,0');
  });
});

suite('margin', () => {
  const on = (rules: object) => ({ margin: { mode: 'enforce' as const, ...rules } });
  // 100 000 USD; 50:1, so 1 % of it carries 50 000 USD: 49 995 units at the ask.
  test('with every order filled is a share of net asset value', () => {
    const settings = on({ maxUsedPercent: '1' });
    for (const side of ['buy', 'sell'] as const) {
      const most = side === 'buy' ? 49_995 : 50_000;
      assert.equal(new Scene(settings).ask(most + 1, { side }), 'margin_above_limit');
      const scene = new Scene(settings);
      assert.equal(scene.ask(most, { side }), `sent ${most}`);
      assert.equal(scene.ask(1, { side }), 'margin_above_limit');
      scene.rig.fill(scene.rig.book.orders.lastHandle, most, side === 'buy' ? ASK : BID);
      scene.rig.restart();
      assert.equal(scene.ask(1, { side, instrument: GBPUSD }), 'margin_above_limit');
      assert.equal(scene.ask(most, { side: side === 'buy' ? 'sell' : 'buy' }), `sent ${most}`);
    }
    const cut = new Scene(on({ maxUsedPercent: '1', onBreach: 'cut' }));
    assert.equal(cut.ask(60_000, { side: 'buy' }), 'sent 49995');
  });

  test('keeps a distance to the closeout', () => {
    // Closed out at half the margin used: 99 % away means margin of 2 % of net asset value.
    const settings = on({ closeoutPercent: '50', minDistancePercent: '99' });
    assert.equal(new Scene(settings).ask(100_000, { side: 'sell' }), 'sent 100000');
    assert.equal(new Scene(settings).ask(100_001, { side: 'sell' }), 'closeout_too_near');
  });

  test('denies on a stale price of anything that counts', () => {
    const scene = new Scene(on({ maxUsedPercent: '50', rateAgeMax: '2s' }));
    scene.trade(5, 'buy', EURUSD);
    scene.rig.wait(2_000_000);
    scene.rig.quote(GBPUSD, BID, ASK);
    assert.equal(scene.ask(5, { side: 'buy', instrument: GBPUSD }), 'rate_stale');
    assert.equal(scene.ask(5, { side: 'sell', instrument: EURUSD }), 'sent 5');
    scene.rig.quote(EURUSD, BID, ASK);
    assert.equal(scene.ask(5, { side: 'buy', instrument: GBPUSD }), 'sent 5');
    assert.equal(scene.ask(5, { side: 'buy', instrument: USDJPY }), 'rate_stale');
  });
});

suite('caps of the broker', () => {
  const on = (caps: object) => ({ brokerCaps: { mode: 'enforce' as const, ...caps } });

  test('are on one order, on a position and on how many orders are open', () => {
    for (const [side, other] of [
      ['buy', 'sell'],
      ['sell', 'buy'],
    ] as const) {
      const order = new Scene(on({ orderUnits: { '*': '10' } }));
      assert.equal(order.ask(11, { side }), 'order_units_above_cap');
      order.trade(10, side);
      assert.equal(order.ask(11, { side: other }), 'sent 10', 'cut to the exit');
      const position = new Scene(on({ positionUnits: { '*': '10' } }));
      position.trade(6, side);
      assert.equal(position.ask(5, { side }), 'position_units_above_cap');
      assert.equal(position.ask(4, { side }), 'sent 4');
      assert.equal(position.ask(16, { side: other }), 'sent 16', 'a flip to the cap');
      const count = new Scene(on({ openOrders: 1 }));
      count.trade(5, side);
      assert.equal(count.ask(1, { side, ...limit(90_000) }), 'sent 1');
      assert.equal(count.ask(1, { side }), 'open_orders_above_cap');
      assert.equal(count.ask(5, { side: other, reduceOnly: true }), 'sent 5');
    }
  });

  test('cut an entry where they are told to', () => {
    const scene = new Scene(
      on({ onBreach: 'cut', orderUnits: { '*': '10' }, positionUnits: { '*': '14' } }),
    );
    scene.trade(4, 'buy');
    assert.equal(scene.ask(25, { side: 'buy' }), 'sent 10');
    assert.equal(scene.ask(5, { side: 'buy' }), 'position_units_above_cap');
  });
});

suite('what an order may be worth at all', () => {
  test('is what the books can count: an entry beyond it is denied', () => {
    const scene = new Scene({});
    const quantity = 90_000_000_000;
    assert.equal(scene.ask(quantity, { side: 'buy' }), `sent ${quantity}`);
    assert.equal(scene.ask(quantity + 1_000_000_000, { side: 'buy' }), 'value_out_of_range');
  });
});
