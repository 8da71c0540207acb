import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ACCOUNT_ID, BrokerRig } from '../../testing/broker-rig.ts';

const ORDERS = `/v3/accounts/${ACCOUNT_ID}/orders`;
const ORDER = JSON.stringify({ order: { type: 'MARKET', instrument: 'EUR_USD', units: '1' } });

/** What the books hold of fills, with no fault in the way. */
async function fills(rig: BrokerRig): Promise<number> {
  await rig.setFaults([]);
  return (await rig.transactions()).filter(({ type }) => type === 'ORDER_FILL').length;
}

/** `silence` where no answer comes. */
async function send(rig: BrokerRig): Promise<Response | 'silence'> {
  const answer = rig.raw('POST', ORDERS, ORDER);
  const silence = new Promise<'silence'>((resolve) => setTimeout(resolve, 40, 'silence'));
  return await Promise.race([answer, silence]);
}

describe('a fault that was asked for', () => {
  it('drops a request: the connection ends, nothing is done', async () => {
    await using rig = await BrokerRig.start();
    await rig.setFaults([{ kind: 'drop_request', on: 'create_order' }]);
    assert.equal(await send(rig), 'silence');
    assert.deepEqual(rig.cuts, [`POST ${ORDERS}`]);
    assert.equal(await fills(rig), 0);
  });

  it('drops an answer: the connection ends, and it is done', async () => {
    await using rig = await BrokerRig.start();
    await rig.setFaults([{ kind: 'drop_answer', on: 'create_order' }]);
    assert.equal(await send(rig), 'silence');
    assert.deepEqual(rig.cuts, [`POST ${ORDERS}`]);
    assert.equal(await fills(rig), 1);
  });

  for (const executed of [false, true]) {
    it(`leaves a connection half open, ${executed ? 'done' : 'not done'}`, async () => {
      await using rig = await BrokerRig.start();
      await rig.setFaults([{ kind: 'half_open', on: 'create_order', executed }]);
      assert.equal(await send(rig), 'silence');
      assert.deepEqual(rig.cuts, []);
      assert.equal(await fills(rig), executed ? 1 : 0);
    });

    for (const status of [429, 500, 503]) {
      it(`answers ${status}, ${executed ? 'done' : 'not done'}`, async () => {
        await using rig = await BrokerRig.start();
        await rig.setFaults([{ kind: 'status', on: 'write', status, executed }]);
        const answer = await send(rig);
        assert(answer !== 'silence');
        assert.equal(answer.status, status);
        assert.equal(await fills(rig), executed ? 1 : 0);
      });
    }

    it(`delays ${executed ? 'the answer' : 'the request'}`, async () => {
      await using rig = await BrokerRig.start();
      await rig.setFaults([{ kind: 'delay', ms: 700, executed }]);
      const answer = await send(rig);
      assert(answer !== 'silence');
      assert.equal(answer.status, 201);
      assert.deepEqual(rig.sleeps, [700]);
    });
  }

  it('delivers a request twice: a market order is executed twice', async () => {
    await using rig = await BrokerRig.start();
    await rig.setFaults([{ kind: 'duplicate', on: 'create_order', times: 1 }]);
    assert.equal((await rig.marketOrder('1')).body.orderFillTransaction.id, '4');
    assert.equal(await fills(rig), 2);
  });

  it('rejects an order that was good', async () => {
    await using rig = await BrokerRig.start();
    const reason = 'INSUFFICIENT_MARGIN';
    await rig.setFaults([{ kind: 'reject', on: 'create_order', reason, times: 1 }]);
    const { status, body } = await rig.marketOrder('1');
    assert.deepEqual([status, body.orderRejectTransaction.rejectReason], [400, reason]);
    assert.equal((await rig.marketOrder('1')).status, 201);
  });

  it('shows what was, not what is: a stale read does not know the order just made', async () => {
    await using rig = await BrokerRig.start();
    await rig.setFaults([{ kind: 'stale_reads', on: 'read', ms: 1000 }]);
    assert.equal((await rig.account('GET', '/summary')).body.lastTransactionID, '2');
    await rig.marketOrder('1');
    assert.equal((await rig.account('GET', '/orders/3')).status, 404);
    assert.equal((await rig.account('GET', '/summary')).body.lastTransactionID, '2');
    rig.realUs += 1_000_000;
    assert.equal((await rig.account('GET', '/summary')).body.lastTransactionID, '4');
  });

  it('cuts an answer short, or sends what is no JSON: and it is done', async () => {
    await using rig = await BrokerRig.start();
    await rig.setFaults([
      { kind: 'truncate', on: 'create_order', times: 1 },
      { kind: 'garbage', on: 'create_order', times: 1 },
    ]);
    for (let i = 0; i < 2; i++) {
      const answer = await send(rig);
      assert(answer !== 'silence');
      await assert.rejects(answer.json());
    }
    assert.equal(await fills(rig), 2);
  });

  it('strikes a share of requests, the same ones for the same seed, and counts them', async () => {
    const struck = async (): Promise<string> => {
      await using rig = await BrokerRig.start();
      await rig.setFaults([{ kind: 'status', on: 'summary', share: 0.5 }]);
      let pattern = '';
      for (let i = 0; i < 40; i++) {
        const { status } = await rig.raw('GET', `/v3/accounts/${ACCOUNT_ID}/summary`);
        pattern += status === 503 ? 'x' : '.';
      }
      const listed: unknown = await (await rig.raw('GET', '/control/faults')).json();
      const hits = pattern.replaceAll('.', '').length;
      assert.match(JSON.stringify(listed), new RegExp(`"hits":${hits}`));
      assert(hits > 5 && hits < 35);
      return pattern;
    };
    assert.equal(await struck(), await struck());
  });
});

describe('the switches', () => {
  it('answer this machine alone', async () => {
    await using rig = await BrokerRig.start();
    rig.remoteAddress = '10.0.0.7';
    assert.equal((await rig.raw('PUT', '/control/faults', '[]')).status, 403);
    assert.equal((await rig.fact({ fact: 'account_reset' })).status, 403);
    assert.equal((await rig.account('GET', '/summary')).status, 200);
  });

  it('that are wrong are refused, and those that stood stand', async () => {
    await using rig = await BrokerRig.start();
    await rig.setFaults([{ kind: 'status', on: 'summary' }]);
    for (const bad of [
      {},
      [{ kind: 'x' }],
      [{ kind: 'delay', share: 2 }],
      [{ kind: 'delay', a: 1 }],
    ]) {
      const response = await rig.raw('PUT', '/control/faults', JSON.stringify(bad));
      assert.equal(response.status, 400);
    }
    const summary = await rig.raw('GET', `/v3/accounts/${ACCOUNT_ID}/summary`);
    assert.equal(summary.status, 503);
    assert.equal((await rig.raw('POST', '/control/nothing', '{}')).status, 404);
    const status: unknown = await (await rig.raw('GET', '/control/status')).json();
    assert.match(JSON.stringify(status), /"lastTransactionID":"2"/);
  });
});
