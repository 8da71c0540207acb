import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FinancingTable } from '../../market/calendar.ts';
import { parseDecimal } from '../../model/decimal.ts';
import { US_PER_DAY } from '../../model/time.ts';
import type { TimeUs } from '../../model/units.ts';
import { BrokerRig, checkItem } from '../../testing/broker-rig.ts';
import { TEST_START, testInstrument } from '../../testing/builders.ts';

type Made = readonly { readonly type: string; readonly [name: string]: unknown }[];

/** What a fact wrote; each transaction is one of the document. */
async function madeBy(rig: BrokerRig, fact: object): Promise<Made> {
  const before = (await rig.transactions()).length;
  const { status } = await rig.fact(fact);
  assert.equal(status, 200);
  const made = (await rig.transactions()).slice(before);
  for (const one of made) checkItem(one, 'transactions');
  return made;
}

const balanceOf = async (rig: BrokerRig): Promise<string> =>
  (await rig.account('GET', '/summary')).body.account.balance;

describe('a fact that the broker alone decides', () => {
  it('can be a transfer, a fee, an adjustment: the balance follows', async () => {
    await using rig = await BrokerRig.start();
    const [transfer] = await madeBy(rig, { fact: 'transfer', amount: '500.25' });
    assert.deepEqual(
      [transfer?.['fundingReason'], transfer?.['amount']],
      ['CLIENT_FUNDING', '500.250000'],
    );
    await madeBy(rig, { fact: 'transfer', amount: '-0.25' });
    const [fee] = await madeBy(rig, { fact: 'fee', amount: '-10' });
    assert.deepEqual([fee?.['fundingReason'], fee?.['comment']], ['ADJUSTMENT', 'fee']);
    const [adjustment] = await madeBy(rig, { fact: 'adjustment', amount: '1' });
    assert.equal(adjustment?.['accountBalance'], '100491.000000');
    assert.equal(await balanceOf(rig), '100491.000000');
    const { status } = await rig.fact({ fact: 'transfer', amount: '-9999999' });
    assert.equal(status, 400);
    assert.equal((await rig.transactions()).at(-1).type, 'TRANSFER_FUNDS_REJECT');
  });

  it('can be financing, shared among the trades', async () => {
    await using rig = await BrokerRig.start();
    await rig.marketOrder('100');
    await rig.marketOrder('50');
    const [made] = await madeBy(rig, { fact: 'financing', instrument: 'EUR_USD', amount: '-1' });
    assert.deepEqual(made?.['positionFinancings'], [
      {
        instrument: 'EUR_USD',
        financing: '-1.000000',
        openTradeFinancings: [
          { tradeID: '4', financing: '-0.666667' },
          { tradeID: '6', financing: '-0.333333' },
        ],
      },
    ]);
    assert.equal((await rig.account('GET', '/summary')).body.account.financing, '-1.000000');
  });

  it('comes by itself: financing at each rollover, one transaction for all positions', async () => {
    const financing = {
      longRate: parseDecimal('-0.0365'),
      shortRate: parseDecimal('0.0365'),
      dayCount: 365 as const,
    };
    const table: FinancingTable = {
      from: TEST_START,
      horizon: (TEST_START + 9 * US_PER_DAY) as TimeUs,
      times: [TEST_START + US_PER_DAY],
      days: [1],
    };
    await using rig = await BrokerRig.start({
      instruments: [
        testInstrument('EURUSD', { financing }),
        testInstrument('USDJPY', { financing }),
      ],
      venue: { financing: [table, table] },
    });
    await rig.marketOrder('100000');
    await rig.order({ type: 'MARKET', instrument: 'USD_JPY', units: '-1000' });
    await rig.pass(US_PER_DAY);
    const last = (await rig.transactions()).at(-1);
    assert.deepEqual(
      [last.type, last.time, last.financing],
      ['DAILY_FINANCING', '2024-01-02T00:00:00.000000000Z', '-10.901000'],
    );
    assert.equal(last.positionFinancings.length, 2);
  });

  it('can be a margin call, its extension and its end', async () => {
    await using rig = await BrokerRig.start();
    const typesOf = async (fact: string) => (await madeBy(rig, { fact })).map(({ type }) => type);
    assert.deepEqual(await typesOf('margin_call'), ['MARGIN_CALL_ENTER']);
    assert.deepEqual(await typesOf('margin_call_extend'), ['MARGIN_CALL_EXTEND']);
    const { account } = (await rig.account('GET', '/summary')).body;
    assert.equal(account.marginCallExtensionCount, 1);
    assert.equal((await rig.fact({ fact: 'margin_call' })).status, 409);
    assert.deepEqual(await typesOf('margin_call_exit'), ['MARGIN_CALL_EXIT']);
  });

  it('can be a margin closeout: every trade is closed and what would open is cancelled', async () => {
    await using rig = await BrokerRig.start();
    await rig.marketOrder('100', { stopLossOnFill: { price: '1.05000' } });
    await rig.order({ type: 'LIMIT', instrument: 'EUR_USD', units: '1', price: '1.00000' });
    const made = await madeBy(rig, { fact: 'margin_closeout' });
    assert.deepEqual(
      made.map(({ type, reason }) => [type, reason]),
      [
        ['ORDER_CANCEL', 'INSUFFICIENT_MARGIN'],
        ['MARKET_ORDER', 'MARGIN_CLOSEOUT'],
        ['ORDER_FILL', 'MARKET_ORDER_MARGIN_CLOSEOUT'],
        ['ORDER_CANCEL', 'LINKED_TRADE_CLOSED'],
      ],
    );
    assert.equal((await rig.fact({ fact: 'margin_closeout' })).status, 409);
  });

  it('can be a trade closed by hand, or an order that nobody here sent', async () => {
    await using rig = await BrokerRig.start();
    await rig.marketOrder('100');
    const closed = await madeBy(rig, { fact: 'close_by_hand', trade: '4' });
    assert.deepEqual(
      closed.map(({ type }) => type),
      ['MARKET_ORDER', 'ORDER_FILL'],
    );
    const order = { type: 'MARKET', instrument: 'EUR_USD', units: '-5' };
    const [foreign] = await madeBy(rig, { fact: 'foreign_order', order });
    assert.deepEqual([foreign?.['units'], foreign?.['clientExtensions']], ['-5', undefined]);
    assert.equal((await rig.fact({ fact: 'close_by_hand', trade: '99' })).status, 404);
  });

  it('can be other client extensions of an order or a trade', async () => {
    await using rig = await BrokerRig.start();
    await rig.order({ type: 'LIMIT', instrument: 'EUR_USD', units: '1', price: '1.00000' });
    const clientExtensions = { id: 'other' };
    const [made] = await madeBy(rig, { fact: 'order_extensions', order: '3', clientExtensions });
    assert.deepEqual(made?.['clientExtensionsModify'], clientExtensions);
    assert.equal((await rig.account('GET', '/orders/@other')).body.order.id, '3');
    await rig.marketOrder('1');
    const [trade] = await madeBy(rig, { fact: 'trade_extensions', trade: '6', clientExtensions });
    assert.equal(trade?.type, 'TRADE_CLIENT_EXTENSIONS_MODIFY');
  });

  it('can be a reset: the resettable profit begins anew', async () => {
    await using rig = await BrokerRig.start();
    await rig.marketOrder('100');
    await rig.marketOrder('-100');
    await rig.pass(1_000_000);
    const [reset] = await madeBy(rig, { fact: 'account_reset' });
    const { account } = (await rig.account('GET', '/summary')).body;
    assert.deepEqual([account.pl, account.resettablePL], ['-0.020000', '0.000000']);
    assert.equal(account.resettablePLTime, reset?.['time']);
  });

  it('can be a lock, or the end of the account: orders are refused', async () => {
    await using rig = await BrokerRig.start();
    await rig.marketOrder('1');
    for (const [on, off, reason] of [
      [{ fact: 'lock', locked: true }, { fact: 'lock', locked: false }, 'ACCOUNT_LOCKED'],
      [
        { fact: 'lock_orders', locked: true },
        { fact: 'lock_orders', locked: false },
        'ACCOUNT_ORDER_CREATION_LOCKED',
      ],
      [
        { fact: 'account_closed', closed: true },
        { fact: 'account_closed', closed: false },
        'ACCOUNT_NOT_ACTIVE',
      ],
    ] as const) {
      await madeBy(rig, on);
      assert.equal((await rig.marketOrder('1')).body.errorCode, reason);
      await madeBy(rig, off);
      assert.equal((await rig.marketOrder('1')).status, 201);
    }
    const closed = (await rig.transactions()).map(({ type }) => type);
    assert(closed.includes('CLOSE') && closed.includes('REOPEN'));
  });

  it('can be a halt: no price moves, nothing trades, and it ends', async () => {
    await using rig = await BrokerRig.start();
    await rig.order({ type: 'LIMIT', instrument: 'EUR_USD', units: '1', price: '1.09000' });
    await madeBy(rig, { fact: 'halt', instrument: 'EUR_USD', halted: true });
    await rig.quote(1.08, 1.0802);
    const [price] = (await rig.account('GET', '/pricing?instruments=EUR_USD')).body.prices;
    assert.deepEqual([price.tradeable, price.bids[0].price], [false, '1.10000']);
    assert.equal((await rig.transactions()).length, 3);
    await madeBy(rig, { fact: 'halt', instrument: 'EUR_USD', halted: false });
    await rig.quote(1.08, 1.0802);
    assert.equal((await rig.transactions()).at(-1).type, 'ORDER_FILL');
  });

  it('that cannot be read is refused, and does nothing', async () => {
    await using rig = await BrokerRig.start();
    for (const fact of [
      {},
      { fact: 'gift' },
      { fact: 'fee', amount: 5 },
      { fact: 'fee', amount: '1e3' },
      { fact: 'fee', amount: '0.0000001' },
      { fact: 'halt', instrument: 'X', halted: true },
      { fact: 'liquidity', instrument: 'EUR_USD', units: '-1' },
    ]) {
      assert.equal((await rig.fact(fact)).status, 400);
    }
    assert.equal((await rig.transactions()).length, 2);
  });
});
