import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ACCOUNT_ID, BrokerRig } from '../../testing/broker-rig.ts';

const ORDERS = `/v3/accounts/${ACCOUNT_ID}/orders`;

describe('a request', () => {
  it('without the token is refused, whatever it asks for', async () => {
    await using rig = await BrokerRig.start();
    for (const authorization of ['', 'Bearer', 'Bearer wrong', 'rig-token', 'bearer rig-token']) {
      for (const path of ['/accounts', `/accounts/${ACCOUNT_ID}`, '/accounts/other/summary']) {
        const { status, body } = await rig.call('GET', path, undefined, { authorization });
        assert.equal(status, 401);
        assert.match(body.errorMessage, /authorization/);
      }
      const order = JSON.stringify({ order: { type: 'MARKET' } });
      assert.equal((await rig.raw('POST', ORDERS, order, { authorization })).status, 401);
      const faults = await rig.raw('PUT', '/control/faults', '[]', { authorization });
      assert.equal(faults.status, 401);
    }
    assert.equal((await rig.transactions()).length, 2);
  });

  it('for another account, an unknown path or by another method is refused', async () => {
    await using rig = await BrokerRig.start();
    assert.equal((await rig.call('GET', '/accounts/101-001-1-001')).status, 400);
    assert.equal((await rig.call('GET', '/accounts/101-001-1-001/orders')).status, 404);
    assert.equal((await rig.raw('GET', '/v3/nothing')).status, 404);
    assert.equal((await rig.raw('GET', '/')).status, 404);
    assert.equal((await rig.raw('DELETE', ORDERS)).status, 405);
    assert.equal((await rig.raw('POST', `${ORDERS}/3/cancel`)).status, 405);
  });

  it('whose body is no JSON, or too large, is refused and leaves no transaction', async () => {
    await using rig = await BrokerRig.start();
    for (const body of ['{', 'null', '[]', '"x"', '{"order":', '\u0000', '{"order":{}}']) {
      const response = await rig.raw('POST', ORDERS, body);
      assert.equal(response.status, 400, body);
      const answer: unknown = await response.json();
      assert(typeof answer === 'object' && answer !== null && 'errorMessage' in answer);
    }
    const large = JSON.stringify({ order: { type: 'MARKET', units: '1'.repeat(70_000) } });
    assert.equal((await rig.raw('POST', ORDERS, large)).status, 413);
    assert.equal((await rig.raw('POST', ORDERS)).status, 400);
    assert.equal((await rig.transactions()).length, 2);
  });

  it('for what is not there is 404, with an error of the document', async () => {
    await using rig = await BrokerRig.start();
    for (const path of [
      '/orders/99',
      '/orders/@nobody',
      '/orders/%00',
      '/trades/99',
      '/trades/@nobody',
      '/positions/XXX_YYY',
      '/transactions/99',
      '/transactions/x',
    ]) {
      assert.equal((await rig.account('GET', path)).status, 404, path);
    }
  });

  it('for times as seconds gets them so', async () => {
    await using rig = await BrokerRig.start();
    const headers = { 'accept-datetime-format': 'UNIX' };
    const path = `/accounts/${ACCOUNT_ID}/pricing?instruments=EUR_USD`;
    const { body } = await rig.call('GET', path, undefined, headers);
    assert.equal(body.prices[0].time, '1704067201.000000000');
  });
});

describe('transactions', () => {
  it('are read by id, by range and since an id', async () => {
    await using rig = await BrokerRig.start();
    await rig.marketOrder('1');
    const read = async (path: string) => (await rig.account('GET', `/transactions${path}`)).body;
    assert.equal((await read('/4')).transaction.type, 'ORDER_FILL');
    assert.equal((await read('/idrange?from=2&to=3')).transactions.length, 2);
    assert.equal((await read('/idrange?from=1&to=4&type=FUNDING')).transactions.length, 1);
    assert.equal((await read('/idrange?from=1&to=4&type=ORDER,CREATE')).transactions.length, 3);
    assert.equal((await read('/sinceid?id=4')).transactions.length, 0);
    assert.equal((await read('/sinceid?id=3')).transactions[0].id, '4');
  });

  it('beyond what there is are no empty answer', async () => {
    await using rig = await BrokerRig.start();
    const status = async (path: string): Promise<number> =>
      (await rig.account('GET', `/transactions${path}`)).status;
    assert.equal(await status('/sinceid?id=3'), 416);
    assert.equal(await status('/idrange?from=1&to=3'), 416);
    for (const bad of ['/sinceid', '/sinceid?id=x', '/idrange?from=2&to=1', '/idrange?from=1']) {
      assert.equal(await status(bad), 400, bad);
    }
    assert.equal(await status('/idrange?from=1&to=2&type=%22'), 400);
  });

  it('of a span of time come in pages', async () => {
    await using rig = await BrokerRig.start();
    for (let i = 0; i < 3; i++) await rig.marketOrder('1');
    const { body } = await rig.account('GET', '/transactions?pageSize=5');
    assert.deepEqual([body.count, body.pages.length], [8, 2]);
    const page = new URL(body.pages[1]);
    const found = await rig.call('GET', page.pathname.slice(3) + page.search);
    assert.equal(found.body.transactions.length, 3);
    assert.equal((await rig.account('GET', '/transactions?pageSize=0')).status, 400);
    assert.equal((await rig.account('GET', '/transactions?from=yesterday')).status, 400);
  });

  it('that are no longer kept are refused, and the newest are there', async () => {
    await using rig = await BrokerRig.start({ books: { transactionsKept: 10, endedKept: 2 } });
    for (let i = 0; i < 12; i++) await rig.marketOrder(i % 2 === 0 ? '1' : '-1');
    const { status } = await rig.account('GET', '/transactions/sinceid?id=0');
    assert.equal(status, 416);
    const { body } = await rig.account('GET', '/transactions/sinceid?id=20');
    assert.equal(body.lastTransactionID, '26');
    assert.equal(body.transactions.length, 6);
    assert.equal((await rig.account('GET', '/orders/3')).status, 404);
    assert.equal((await rig.account('GET', '/orders/25')).status, 200);
    assert.equal((await rig.account('GET', '/trades?state=ALL')).body.trades.length < 6, true);
  });
});

describe('prices', () => {
  it('are those of the quotes, with what converts them', async () => {
    await using rig = await BrokerRig.start();
    const path = '/pricing?instruments=EUR_USD,USD_JPY&includeHomeConversions=True';
    const { body } = await rig.account('GET', path);
    assert.equal(body.prices[1].asks[0].price, '150.020');
    assert.equal(body.prices[1].quoteHomeConversionFactors.positiveUnits, '0.00666622225185');
    assert.deepEqual(
      body.homeConversions.map(({ currency }: { currency: string }) => currency),
      ['USD', 'JPY'],
    );
    const since = '/pricing?instruments=EUR_USD,USD_JPY&since=2024-01-01T00:00:01.5Z';
    assert.equal((await rig.account('GET', since)).body.prices.length, 1);
    assert.equal((await rig.account('GET', '/pricing?instruments=X_Y')).status, 400);
    assert.equal((await rig.account('GET', '/pricing')).status, 400);
  });

  it('make candles, which the document knows, of bid, mid and ask', async () => {
    await using rig = await BrokerRig.start();
    for (const bid of [1.101, 1.099, 1.1005]) await rig.quote(bid, bid + 0.0002);
    await rig.quote(1.2, 1.2002, { after: 20_000_000 });
    const path = '/instruments/EUR_USD/candles';
    const { body } = await rig.call('GET', `${path}?price=MBA&granularity=S10`);
    const [first, second] = body.candles;
    assert.deepEqual(first.bid, { o: '1.10000', h: '1.10100', l: '1.09900', c: '1.10050' });
    assert.deepEqual(first.mid, { o: '1.10010', h: '1.10110', l: '1.09910', c: '1.10060' });
    assert.deepEqual([first.volume, first.complete, second.complete], [4, true, false]);
    assert.equal(second.time, '2024-01-01T00:00:20.000000000Z');
    const day = await rig.account('GET', '/instruments/EUR_USD/candles?granularity=D&count=1');
    // 17:00 in New York.
    assert.equal(day.body.candles[0].time, '2023-12-31T22:00:00.000000000Z');
    const from = `${path}?granularity=S10&from=1704067200&count=1`;
    assert.equal((await rig.call('GET', from)).body.candles[0].volume, 4);
    for (const bad of ['granularity=X', 'price=Q', 'count=0', 'count=5001', 'dailyAlignment=24']) {
      assert.equal((await rig.call('GET', `${path}?${bad}`)).status, 400, bad);
    }
    assert.equal((await rig.call('GET', '/instruments/X_Y/candles')).status, 400);
  });
});
