import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Price, Quantity, TimeUs } from '../../model/units.ts';
import { testInstrument } from '../../testing/builders.ts';
import { KernelRig } from '../../testing/kernel-rig.ts';
import type { OrderRequest } from '../strategy/api.ts';

type Request = Partial<OrderRequest> & Pick<OrderRequest, 'side' | 'quantity'>;

const BID = 100_000;
const ASK = 100_010;

function quoted(): KernelRig {
  const rig = new KernelRig();
  rig.quote(0, BID, ASK);
  return rig;
}

let keys = 0;

function answer(rig: KernelRig, request: Request): string {
  keys += 1;
  const result = rig.submit({ ...request, key: `k${keys}` });
  return result.ok ? 'sent' : result.reason;
}

const one = 1 as Quantity;
const price = (value: number): Price => value as Price;

suite('order validity', () => {
  test('a quantity is a positive count', () => {
    const rig = quoted();
    for (const quantity of [0, -1]) {
      for (const side of ['buy', 'sell'] as const) {
        const reason = answer(rig, { side, quantity: quantity as Quantity });
        assert.equal(reason, 'quantity_not_positive');
        const reducing = answer(rig, { side, quantity: quantity as Quantity, reduceOnly: true });
        assert.equal(reducing, 'quantity_not_positive');
      }
    }
  });

  test('each type has its own prices and no others', () => {
    const rig = quoted();
    const limitPrice = price(99_000);
    const stopPrice = price(101_000);
    const cases: readonly (readonly [Omit<Request, 'side' | 'quantity'>, string])[] = [
      [{ type: 'market' }, 'sent'],
      [{ type: 'market', limitPrice }, 'price_not_allowed'],
      [{ type: 'market', stopPrice }, 'price_not_allowed'],
      [{ type: 'limit', limitPrice }, 'sent'],
      [{ type: 'limit' }, 'price_missing'],
      [{ type: 'limit', limitPrice, stopPrice }, 'price_not_allowed'],
      [{ type: 'stop', stopPrice }, 'sent'],
      [{ type: 'stop' }, 'price_missing'],
      [{ type: 'stop', limitPrice, stopPrice }, 'price_not_allowed'],
      [{ type: 'stop_limit', limitPrice, stopPrice }, 'sent'],
      [{ type: 'stop_limit', limitPrice }, 'price_missing'],
      [{ type: 'stop_limit', stopPrice }, 'price_missing'],
      [{ type: 'limit', limitPrice: price(-1) }, 'price_off_increment'],
      [{ type: 'limit', limitPrice: price(2_147_483_648) }, 'price_off_increment'],
    ];
    for (const [request, wanted] of cases) {
      for (const side of ['buy', 'sell'] as const) {
        const got = answer(rig, { side, quantity: one, ...request });
        assert.equal(got, wanted, `${side} ${JSON.stringify(request)}`);
      }
    }
  });

  test('a fraction of a count is a mistake of the strategy, not a refusal', () => {
    for (const request of [
      { quantity: 1.5 as Quantity },
      { quantity: one, type: 'limit' as const, limitPrice: price(99_000.5) },
      { quantity: Number.NaN as Quantity },
    ]) {
      assert.throws(() => answer(quoted(), { side: 'buy', ...request }), {
        code: 'STRATEGY_FAILED',
      });
    }
  });

  test('time in force fits the type and has its time', () => {
    const rig = quoted();
    const later = (rig.now + 1_000_000) as TimeUs;
    const past = (rig.now - 1) as TimeUs;
    const limit = { type: 'limit', limitPrice: price(99_000) } as const;
    const stop = { type: 'stop', stopPrice: price(101_000) } as const;
    const cases: readonly (readonly [Omit<Request, 'side' | 'quantity'>, string])[] = [
      [{ ...limit, timeInForce: 'gtd', expireTime: later }, 'sent'],
      [{ ...limit, timeInForce: 'gtd' }, 'expire_time_missing'],
      [{ ...limit, timeInForce: 'gtd', expireTime: past }, 'expire_time_passed'],
      [{ ...limit, timeInForce: 'gtc', expireTime: later }, 'time_in_force_invalid'],
      [{ ...limit, timeInForce: 'ioc' }, 'sent'],
      [{ ...limit, timeInForce: 'fok' }, 'sent'],
      [{ ...limit, timeInForce: 'day' }, 'sent'],
      [{ ...stop, timeInForce: 'ioc' }, 'time_in_force_invalid'],
      [{ ...stop, timeInForce: 'fok' }, 'time_in_force_invalid'],
      [{ ...stop, timeInForce: 'day' }, 'sent'],
    ];
    for (const [request, wanted] of cases) {
      for (const side of ['buy', 'sell'] as const) {
        assert.equal(answer(rig, { side, quantity: one, ...request }), wanted);
      }
    }
  });

  test('protection lies on its own side of where the order would fill', () => {
    const rig = quoted();
    const limit = { type: 'limit', limitPrice: price(99_000) } as const;
    // For a buy; the mirror image about the touch is tried for a sell.
    const cases: readonly (readonly [Omit<Request, 'side' | 'quantity'>, string])[] = [
      [{ stopLoss: price(ASK - 1), takeProfit: price(ASK + 1) }, 'sent'],
      [{ stopLoss: price(ASK) }, 'protection_wrong_side'],
      [{ takeProfit: price(ASK) }, 'protection_wrong_side'],
      [{ ...limit, stopLoss: price(98_999) }, 'sent'],
      [{ ...limit, stopLoss: price(99_000) }, 'protection_wrong_side'],
      [{ ...limit, takeProfit: price(99_001) }, 'sent'],
      [{ ...limit, takeProfit: price(99_000) }, 'protection_wrong_side'],
    ];
    for (const [request, wanted] of cases) {
      assert.equal(answer(rig, { side: 'buy', quantity: one, ...request }), wanted);
      const sell = Object.fromEntries(
        Object.entries(request).map(([name, value]) => [
          name,
          typeof value === 'number' ? BID + ASK - value : value,
        ]),
      );
      assert.equal(answer(rig, { side: 'sell', quantity: one, ...sell }), wanted, 'sell');
    }
    const reducing = { side: 'buy', quantity: one, reduceOnly: true } as const;
    assert.equal(answer(rig, { ...reducing, stopLoss: price(1) }), 'price_not_allowed');
  });

  test('an entry needs a quote of its instrument and a rate to the account', () => {
    const instruments = [testInstrument('EURGBP'), testInstrument('GBPUSD')];
    const rig = new KernelRig({ instruments });
    assert.equal(answer(rig, { side: 'buy', quantity: one }), 'no_quote');
    rig.quote(0, 85_000, 85_010);
    assert.equal(answer(rig, { side: 'buy', quantity: one }), 'no_conversion_rate');
    rig.quote(1, 125_000, 125_010);
    assert.equal(answer(rig, { side: 'buy', quantity: one }), 'sent');
  });

  test('an order that names no side, type or instrument there is, is a mistake', () => {
    const wrong: readonly Record<string, unknown>[] = [
      { side: 'long' },
      { type: 'trailing' },
      { instrument: 1 },
      { instrument: -1 },
      { timeInForce: 'gtx' },
    ];
    for (const part of wrong) {
      assert.throws(() => answer(quoted(), { side: 'buy', quantity: one, ...part }), {
        code: 'STRATEGY_FAILED',
      });
    }
  });
});
