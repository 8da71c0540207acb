import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { type AppliedInput, InputKind } from '../../model/inputs.ts';
import { OrderRole, OrderState, OrderType, Side, TimeInForce } from '../../model/order.ts';
import type { Money, OrderHandle, Price, Quantity } from '../../model/units.ts';
import { LEDGER_KINDS, REPORT_KINDS } from '../../model/venue.ts';
import { BrokerRig } from '../../testing/broker-rig.ts';
import { testInstrument } from '../../testing/builders.ts';
import { oandaTransactionTypes } from '../../testing/oanda-document.ts';
import type { KnownOrder, VenueReceiver } from '../venue-receiver.ts';
import type { Scene } from './scene.ts';
import type { WireTransaction } from './schemas.ts';
import { Trades } from './trades.ts';
import { translate } from './translate.ts';
import { byWireName, readRate } from './wire-values.ts';

const BALANCE = 1_000_000_000n as Money;
const TIME = '2026-11-22T21:00:00.123456789Z';

const LIMIT: KnownOrder = {
  role: OrderRole.order,
  state: OrderState.partiallyFilled,
  parent: 0 as OrderHandle,
  terms: {
    instrument: 0 as KnownOrder['terms']['instrument'],
    side: Side.buy,
    type: OrderType.limit,
    timeInForce: TimeInForce.gtd,
    quantity: 100 as Quantity,
    limitPrice: 109_000 as Price,
    stopPrice: 0 as Price,
    expireTime: 0 as KnownOrder['terms']['expireTime'],
    reduceOnly: false,
    stopLoss: 0 as Price,
    takeProfit: 0 as Price,
  },
  filled: 40 as Quantity,
  brokerOrderId: '50',
  decision: { strategy: 0, instrument: 0 as KnownOrder['terms']['instrument'], number: 1 },
  stopLossOrder: 2 as OrderHandle,
  takeProfitOrder: 3 as OrderHandle,
};

/** Order 1 is `T1` and number 50 at the broker; `T2` and `T3` are reserved for its children. */
function scene(order: KnownOrder = LIMIT, child?: KnownOrder): Scene {
  const instruments = [testInstrument('EURUSD'), testInstrument('USDJPY')];
  const engine: VenueReceiver = {
    cursor: 99,
    balance: BALANCE,
    connection: 1,
    input: () => assert.fail('a translation tells nobody'),
    quote: () => assert.fail('a translation tells nobody'),
    resolve: (id) => (/^T[123]$/.test(id) ? Number(id.slice(1)) : 0) as OrderHandle,
    byBrokerId: (id) => (id === '50' ? 1 : 0) as OrderHandle,
    clientOrderId: (handle) => `T${handle}`,
    order: (handle) => (handle === 1 ? order : handle === 2 ? child : undefined),
    parentOf: (child) => (child === 2 || child === 3 ? 1 : 0) as OrderHandle,
  };
  const byName = byWireName(instruments);
  return { instruments, byName, decimals: 6, engine, trades: new Trades() };
}

/** Protection of order 1. */
function leg(how: { state: OrderState; filled: number; quantity: number }): KnownOrder {
  const terms = { ...LIMIT.terms, quantity: how.quantity as Quantity };
  const filled = how.filled as Quantity;
  return { ...LIMIT, state: how.state, role: OrderRole.stopLoss, filled, terms };
}

/** Quantities that are told of orders. */
function sizes(inputs: readonly AppliedInput[]): readonly number[] {
  return inputs.flatMap((one) => (one.kind === InputKind.report ? [one.report.quantity] : []));
}

function told(more: object, at: Scene = scene()): readonly AppliedInput[] {
  return translate(at, { id: '100', time: TIME, ...more } as WireTransaction, 100);
}

/** An input in a few words. */
function words(inputs: readonly AppliedInput[]): readonly string[] {
  return inputs.map((input) => {
    switch (input.kind) {
      case InputKind.report:
        return `${REPORT_KINDS[input.report.report]} ${input.report.order} ${input.report.reason}`;
      case InputKind.fill:
        return `fill ${input.fill.order} ${input.fill.side * input.fill.quantity}`;
      case InputKind.ledger:
        return `${LEDGER_KINDS[input.ledger.fact]} ${input.ledger.amount}`;
      default:
        return 'another';
    }
  });
}

function cursorsOf(inputs: readonly AppliedInput[]): readonly number[] {
  return inputs.map((input) => {
    if (input.kind === InputKind.report) return input.report.cursor;
    if (input.kind === InputKind.fill) return input.fill.cursor;
    return input.kind === InputKind.ledger ? input.ledger.cursor : -1;
  });
}

const FILL = {
  type: 'ORDER_FILL',
  orderID: '50',
  clientOrderID: 'T1',
  instrument: 'EUR_USD',
  units: '60',
  price: '1.09000',
  pl: '-1.5000',
  financing: '-0.25',
  commission: '0.10',
  guaranteedExecutionFee: '0.05',
  accountBalance: '998.10',
  gainQuoteHomeConversionFactor: '1',
  lossQuoteHomeConversionFactor: '0.995',
};
const NO_MONEY = { financing: '0', pl: '0' };

/** Each case: a transaction, and what it means. */
const CASES: readonly (readonly [string, object, readonly string[]])[] = [
  ['an order of ours', { type: 'MARKET_ORDER', clientExtensions: { id: 'T1' } }, ['accepted 1 ']],
  ['an order of nobody here', { type: 'LIMIT_ORDER', instrument: 'EUR_USD' }, ['foreign_order 0']],
  [
    'the new half of a replace',
    {
      type: 'LIMIT_ORDER',
      units: '30',
      price: '1.08500',
      replacesOrderID: '50',
      cancellingTransactionID: '99',
    },
    ['replaced 1 '],
  ],
  ['what a partial fill left', { type: 'LIMIT_ORDER', replacesOrderID: '50' }, ['accepted 1 ']],
  [
    'the old half of a replace',
    { type: 'ORDER_CANCEL', orderID: '50', replacedByOrderID: '101' },
    ['accepted 1 being_replaced'],
  ],
  [
    'protection that came with a fill',
    { type: 'STOP_LOSS_ORDER', price: '1.08000', clientExtensions: { id: 'T2' }, tradeID: '98' },
    ['child_accepted 2 '],
  ],
  [
    'an end by time',
    { type: 'ORDER_CANCEL', orderID: '50', reason: 'TIME_IN_FORCE_EXPIRED' },
    ['expired 1 time_in_force_expired'],
  ],
  [
    'an end by a closed market, known by client id alone',
    { type: 'ORDER_CANCEL', orderID: '77', clientOrderID: 'T1', reason: 'MARKET_HALTED' },
    ['cancelled 1 market_closed'],
  ],
  ['an end of nobody here', { type: 'ORDER_CANCEL', orderID: '7' }, ['account_config 0']],
  [
    'a refused cancel',
    { type: 'ORDER_CANCEL_REJECT', clientOrderID: 'T1', rejectReason: 'ORDER_DOESNT_EXIST' },
    ['cancel_refused 1 order_not_open'],
  ],
  [
    'a refused order',
    {
      type: 'LIMIT_ORDER_REJECT',
      clientExtensions: { id: 'T1' },
      rejectReason: 'INSUFFICIENT_MARGIN',
    },
    ['rejected 1 insufficient_margin'],
  ],
  [
    'a refused replace',
    { type: 'LIMIT_ORDER_REJECT', intendedReplacesOrderID: '50', rejectReason: 'UNITS_INVALID' },
    ['replace_refused 1 units_invalid'],
  ],
  [
    'a request that came twice',
    {
      type: 'LIMIT_ORDER_REJECT',
      clientExtensions: { id: 'T1' },
      rejectReason: 'CLIENT_ORDER_ID_ALREADY_EXISTS',
    },
    ['unknown 0'],
  ],
  ['a fill with financing', FILL, ['financing -250000', 'fill 1 60']],
  ['a sale', { ...FILL, ...NO_MONEY, units: '-60' }, ['fill 1 -60']],
  [
    'a fill of nobody here',
    { ...FILL, orderID: '7', clientOrderID: undefined },
    ['foreign_fill -1900000'],
  ],
  [
    'a closeout',
    { ...FILL, orderID: '7', clientOrderID: undefined, reason: 'MARKET_ORDER_MARGIN_CLOSEOUT' },
    ['margin_closeout -1900000'],
  ],
  ['a fill in what is not configured', { ...FILL, instrument: 'XAU_USD' }, ['unknown -1900000']],
  ['a price between increments', { ...FILL, price: '1.090005' }, ['unknown -1900000']],
  ['a size between increments', { ...FILL, units: '60.5' }, ['unknown -1900000']],
  ['no price at all', { ...FILL, price: undefined }, ['unknown -1900000']],
  ['a wrong type', { ...FILL, units: 60 }, ['unknown -1900000']],
  [
    'funds',
    {
      type: 'TRANSFER_FUNDS',
      amount: '5',
      accountBalance: '1005',
      fundingReason: 'CLIENT_FUNDING',
    },
    ['transfer 5000000'],
  ],
  [
    'a correction',
    { type: 'TRANSFER_FUNDS', amount: '-5', fundingReason: 'ADJUSTMENT' },
    ['adjustment -5000000'],
  ],
  ['financing', { type: 'DAILY_FINANCING', financing: '-0.5' }, ['financing -500000']],
  ['a dividend', { type: 'DIVIDEND_ADJUSTMENT', dividendAdjustment: '2' }, ['adjustment 2000000']],
  ['a margin call', { type: 'MARGIN_CALL_ENTER' }, ['margin_call 0']],
  ['a reset', { type: 'RESET_RESETTABLE_PL' }, ['account_reset 0']],
  ['the end of the account', { type: 'CLOSE' }, ['unknown 0']],
  ['a new configuration', { type: 'CLIENT_CONFIGURE' }, ['account_config 0']],
  ['a type that nobody knows', { type: 'TELEPATHY' }, ['unknown 0']],
  ['a type from another place', { type: 'constructor' }, ['unknown 0']],
  [
    'money with too many digits',
    { type: 'DAILY_FINANCING', financing: '0.12345678' },
    ['unknown 0'],
  ],
  ['no time', { type: 'CREATE', time: 'yesterday' }, ['unknown 0']],
];

suite('a transaction as inputs', () => {
  for (const [what, transaction, meaning] of CASES) {
    test(`${what}: ${meaning.join(', ').trim()}`, () => {
      const inputs = told(transaction);
      assert.deepEqual(words(inputs), meaning);
      const cursors = cursorsOf(inputs);
      assert.deepEqual(cursors, [...cursors.slice(0, -1).fill(0), 100]);
    });
  }

  test('a fill states its money, price and rate exactly; a loss uses the rate of losses', () => {
    const own = told(FILL).at(-1);
    assert(own?.kind === InputKind.fill);
    const { realized, commission, balance, price, rate, venueTime } = own.fill;
    assert.deepEqual([realized, commission, balance], [-1_500_000n, 150_000n, 998_100_000n]);
    assert.deepEqual([price, rate], [109_000, { numerator: 199, denominator: 200 }]);
    assert.equal(venueTime, Date.parse('2026-11-22T21:00:00Z') * 1000 + 123_456);
    const [financing] = told(FILL);
    assert(financing?.kind === InputKind.ledger);
    assert.equal(financing.ledger.balance, 998_100_000n + 1_500_000n + 150_000n);
  });

  test('a replaced order has what filled and what is left; protection has its trade’s size', () => {
    const transaction = {
      type: 'LIMIT_ORDER',
      units: '30',
      price: '1.08500',
      replacesOrderID: '50',
      cancellingTransactionID: '99',
    };
    const [replaced] = told(transaction);
    assert(replaced?.kind === InputKind.report);
    const { quantity, limitPrice, brokerOrderId } = replaced.report;
    assert.deepEqual([quantity, limitPrice, brokerOrderId], [70, 108_500, '100']);
    const at = scene();
    at.trades.opened('98', -25);
    const stop = { type: 'STOP_LOSS_ORDER', price: '1.08', tradeID: '98' };
    const [child] = told({ ...stop, clientExtensions: { id: 'T2' } }, at);
    assert(child?.kind === InputKind.report);
    assert.deepEqual([child.report.quantity, child.report.stopPrice], [25, 108_000]);
    assert.equal(at.trades.ofOrder(2 as OrderHandle)?.id, '98');
  });

  test('protection that opens again is what it filled before and the size of its new trade', () => {
    const at = scene(LIMIT, { ...LIMIT, state: OrderState.filled, role: OrderRole.stopLoss });
    at.trades.opened('98', -25);
    const stop = { type: 'STOP_LOSS_ORDER', price: '1.08', tradeID: '98' };
    const [child] = told({ ...stop, clientExtensions: { id: 'T2' } }, at);
    assert(child?.kind === InputKind.report);
    const { report, quantity, stopPrice, brokerOrderId } = child.report;
    assert.deepEqual(
      [REPORT_KINDS[report], quantity, stopPrice, brokerOrderId],
      ['replaced', 65, 108_000, '100'],
    );
  });

  test('protection whose trade nobody here knows is what its entry filled since', () => {
    const parent = { ...LIMIT, filled: 100 as Quantity };
    const ended = leg({ state: OrderState.filled, filled: 40, quantity: 40 });
    const stop = { type: 'STOP_LOSS_ORDER', price: '1.08', tradeID: '98' };
    const [child] = told({ ...stop, clientExtensions: { id: 'T2' } }, scene(parent, ended));
    assert(child?.kind === InputKind.report);
    assert.equal(child.report.quantity, 100);
  });

  test('a trade that shrinks leaves its protection what it filled before, and what is left', () => {
    const stop = 2 as OrderHandle;
    for (const [state, quantities] of [
      [OrderState.partiallyFilled, [70]],
      [OrderState.filled, []],
    ] as const) {
      const at = scene(LIMIT, leg({ state, filled: 40, quantity: 100 }));
      // It rested on another trade before: what becomes of that is nothing to it.
      at.trades.opened('97', 40);
      at.trades.protect('97', 'stopLoss', stop);
      at.trades.opened('98', 60);
      at.trades.protect('98', 'stopLoss', stop);
      const other = { ...FILL, ...NO_MONEY, orderID: '77', clientOrderID: 'X', units: '-30' };
      assert.deepEqual(
        sizes(told({ ...other, tradeReduced: { tradeID: '97', units: '-30' } }, at)),
        [],
      );
      at.trades.closed('97');
      const reduced = told({ ...other, tradeReduced: { tradeID: '98', units: '-30' } }, at);
      assert.deepEqual(sizes(reduced), quantities);
      assert.equal(at.trades.ofOrder(stop)?.id, '98');
    }
  });

  test('every type of the official document has a meaning, and none is a guess', async (t) => {
    const types = oandaTransactionTypes();
    if (types === undefined) {
      t.skip('the document is not at hand');
      return;
    }
    for (const type of types) {
      const [input] = told({ ...FILL, ...NO_MONEY, type });
      const isClosed = type === 'CLOSE';
      const reason = input?.kind === InputKind.ledger ? input.ledger.reason : '';
      assert.equal(reason.includes('nobody knows'), false, type);
      assert.equal(words([input as AppliedInput])[0]?.startsWith('unknown'), isClosed, type);
    }
  });

  test('any JSON in any field gives one numbered input, and never throws', () => {
    const types = [...new Set(CASES.map(([, one]) => (one as { readonly type: string }).type))];
    const field = fc.constantFrom(...new Set(CASES.flatMap(([, one]) => Object.keys(one))));
    fc.assert(
      fc.property(
        fc.constantFrom(...types),
        fc.dictionary(
          field,
          fc.oneof(fc.jsonValue(), fc.constantFrom('50', 'T1', 'EUR_USD', '1.09')),
        ),
        (type, more) => {
          const inputs = told({ ...more, id: '100', time: TIME, type });
          const cursors = cursorsOf(inputs);
          assert.deepEqual(cursors, [...cursors.slice(0, -1).fill(0), 100]);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('every transaction that the server made in a day of trading is understood', async () => {
    await using rig = await BrokerRig.start();
    await rig.marketOrder('100', { stopLossOnFill: { price: '1.0' } });
    await rig.marketOrder('-30');
    await rig.order({ type: 'TRAILING_STOP_LOSS', tradeID: '4', distance: '0.01' });
    await rig.order({
      type: 'MARKET_IF_TOUCHED',
      instrument: 'EUR_USD',
      units: '5',
      price: '1.05',
    });
    await rig.order({ type: 'STOP', instrument: 'EUR_USD', units: '5', price: '1.2' });
    await rig.account('PUT', '/trades/4/orders', { takeProfit: { price: '1.5' } });
    await rig.account('PATCH', '/configuration', { alias: 'other' });
    for (const fact of ['margin_call', 'margin_call_exit', 'account_reset', 'margin_closeout']) {
      await rig.fact({ fact });
    }
    const at = { ...scene(), engine: { ...scene().engine, byBrokerId: () => 0 as OrderHandle } };
    const all = await rig.transactions();
    for (const one of all) {
      const inputs = translate(at, one, Number(one.id));
      assert(!words(inputs).some((text) => text.startsWith('unknown')), JSON.stringify(one));
    }
    assert(all.length > 20);
  });
});

suite('a conversion factor', () => {
  test('is exact as far as two safe integers go, and rounded in its last places beyond', () => {
    assert.deepEqual(readRate('0.006665777896280'), {
      numerator: 166_644_447_407,
      denominator: 25_000_000_000_000,
    });
    const { numerator, denominator } = readRate('160.123456789012345678');
    assert(Number.isSafeInteger(numerator) && Number.isSafeInteger(denominator));
    assert.equal(String(numerator / denominator), '160.12345678901235');
    for (const text of ['0', '-1', 'one', '99999999999999999999'])
      assert.throws(() => readRate(text));
  });
});
