import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type AppliedInput, InputKind } from '../../model/inputs.ts';
import type { Price } from '../../model/units.ts';
import { ReportKind } from '../../model/venue.ts';
import { OandaRig } from '../../testing/oanda-rig.ts';

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;

/** Everything that was told of connections, and reports of the outcome `unknown`. */
function wordsOf(told: readonly AppliedInput[]): readonly string[] {
  return told.flatMap((input) => {
    if (input.kind === InputKind.connection) return [input.open ? 'open' : 'closed'];
    const isUnknown = input.kind === InputKind.report && input.report.report === ReportKind.unknown;
    return isUnknown ? ['unknown'] : [];
  });
}

/** Numbers of the facts that were told: each once, and none left out. */
function checkDense(rig: OandaRig): void {
  const cursors = rig.told.flatMap((input) => {
    if (input.kind === InputKind.report) return [input.report.cursor];
    if (input.kind === InputKind.fill) return [input.fill.cursor];
    return input.kind === InputKind.ledger ? [input.ledger.cursor] : [];
  });
  const facts = cursors.filter((cursor) => cursor !== 0);
  assert.deepEqual(
    facts,
    facts.map((_, i) => (facts[0] ?? 0) + i),
  );
}

const LOST = [
  { kind: 'drop_answer' },
  { kind: 'half_open', executed: true },
  { kind: 'status', status: 500, executed: true },
  { kind: 'status', status: 503, executed: true },
  { kind: 'status', status: 429, executed: true },
  { kind: 'truncate' },
  { kind: 'garbage' },
];

suite('a request whose answer goes wrong', () => {
  for (const fault of LOST) {
    const name = `${fault.kind} ${fault.status ?? ''}`.trim();
    test(`${name}: closed, then unknown, never sent again, and found in the log`, async () => {
      await using rig = await OandaRig.start();
      await rig.broker.setFaults([{ ...fault, on: 'create_order', times: 1 }]);
      const orders = [rig.order({ side: 'buy', quantity: 100 })];
      await rig.pass(2.1 * SECOND);
      assert.deepEqual(wordsOf(rig.told).slice(0, 2), ['closed', 'unknown']);
      assert.equal(rig.http.closed, 1, 'and really so');
      await rig.pass(5 * SECOND);
      assert.equal(wordsOf(rig.told).at(-1), 'open');
      assert.deepEqual(
        orders.map((order) => rig.state(order)),
        ['filled'],
      );
      assert.equal(rig.http.sent.filter((request) => request.startsWith('POST')).length, 1);
      checkDense(rig);
      await rig.agrees();
    });
  }

  test('one that never arrived is in doubt until the log is clean beyond the horizon', async () => {
    await using rig = await OandaRig.start();
    await rig.broker.setFaults([{ kind: 'drop_request', on: 'create_order', times: 1 }]);
    const order = rig.order({ side: 'sell', quantity: 100 });
    await rig.pass(40 * SECOND);
    assert.equal(rig.state(order), 'in_doubt');
    await rig.pass(2 * MINUTE);
    assert.equal(rig.state(order), 'not_placed');
    assert.equal(rig.http.sent.filter((request) => request.startsWith('POST')).length, 1);
    await rig.agrees();
  });

  test('everything on a connection that is closed is unknown with it', async () => {
    await using rig = await OandaRig.start();
    await rig.broker.setFaults([{ kind: 'half_open', on: 'create_order', executed: true }]);
    const orders = [1, 2, 3].map((n) => rig.order({ side: 'buy', quantity: 100 + n }));
    await rig.pass(2.1 * SECOND);
    assert.deepEqual(wordsOf(rig.told).slice(0, 4), ['closed', 'unknown', 'unknown', 'unknown']);
    await rig.broker.setFaults([]);
    await rig.pass(5 * SECOND);
    assert.deepEqual(
      orders.map((order) => rig.state(order)),
      ['filled', 'filled', 'filled'],
    );
    assert.equal(rig.position(), 306);
  });

  test('lost answers to cancel and replace are read from the log, not guessed', async () => {
    await using rig = await OandaRig.start();
    const limitPrice = 111_000 as Price;
    const orders = [1, 2, 3].map((n) =>
      rig.order({ side: 'sell', type: 'limit', quantity: 10 * n, limitPrice }),
    );
    await rig.pass(SECOND);
    const [gone, moved, kept] = orders;
    assert(gone !== undefined && moved !== undefined && kept !== undefined);
    await rig.broker.setFaults([
      { kind: 'drop_answer', on: 'cancel_order', times: 1 },
      { kind: 'drop_answer', on: 'replace_order', times: 1 },
    ]);
    rig.act((context) => context.cancel(gone));
    await rig.pass(10 * SECOND);
    assert.equal(rig.state(gone), 'cancelled');
    rig.act((context) => context.replace(moved, { limitPrice: 111_500 as Price }));
    await rig.pass(10 * SECOND);
    assert.equal(rig.kernel.book.orders.find(moved)?.terms.limitPrice, 111_500);
    await rig.broker.setFaults([{ kind: 'drop_request', on: 'cancel_order', times: 1 }]);
    rig.act((context) => context.cancel(kept));
    await rig.pass(30 * SECOND);
    assert.equal(rig.state(kept), 'cancelled', 'found alive, it was cancelled again');
    await rig.agrees();
  });

  test('a request that the network doubles is booked twice and stops entries', async () => {
    await using rig = await OandaRig.start();
    await rig.broker.setFaults([{ kind: 'duplicate', on: 'create_order', times: 2 }]);
    const market = rig.order({ side: 'buy', quantity: 100 });
    await rig.pass(SECOND);
    assert.equal(rig.position(), 200);
    assert(rig.alerts.includes('overfill'));
    const order = rig.order({
      side: 'sell',
      type: 'limit',
      quantity: 10,
      limitPrice: 111_000 as Price,
    });
    await rig.pass(SECOND);
    assert.equal(rig.state(market), 'filled');
    assert.equal(rig.state(order), 'working', 'the refusal was of the second copy');
    assert(rig.alerts.includes('ledger_unknown'));
    await rig.agrees();
  });

  test('what cannot be connected is refused: not a byte left', async () => {
    await using rig = await OandaRig.start();
    rig.http.isDown = true;
    const order = rig.order({ side: 'buy', quantity: 100 });
    await rig.pass(SECOND);
    assert.equal(rig.state(order), 'rejected');
    assert.deepEqual(wordsOf(rig.told), []);
  });

  test('over the rate limit entries are refused, and cancels and exits have a share', async () => {
    const rate = { perSecond: 1, burst: 6, reserve: 3 };
    await using rig = await OandaRig.start({ parts: { rate } });
    await rig.pass(10 * SECOND);
    const limitPrice = 90_000 as Price;
    const states = [1, 2, 3, 4].map((n) =>
      rig.order({ side: 'buy', type: 'limit', quantity: n, limitPrice }),
    );
    await rig.pass(SECOND / 10);
    assert.deepEqual(
      states.map((order) => rig.state(order)),
      ['working', 'working', 'working', 'rejected'],
    );
    rig.act((context) => context.cancel(states[0] ?? states[1] ?? (0 as never)));
    await rig.pass(SECOND / 10);
    assert.equal(rig.state(states[0] ?? (0 as never)), 'cancelled');
    assert.equal(rig.adapter.status.rateLimited, 1);
  });
});

suite('a stream that goes wrong', () => {
  const STREAMS = [
    { kind: 'stream_cut', on: 'transactions', times: 3 },
    { kind: 'stream_stall', on: 'transactions', ms: 30_000, times: 1 },
    { kind: 'stream_disorder', on: 'transactions', share: 0.5 },
    { kind: 'stream_repeat', on: 'transactions', share: 0.5 },
  ];
  for (const fault of STREAMS) {
    test(`${fault.kind}: every fact is told once, in order`, async () => {
      await using rig = await OandaRig.start();
      await rig.broker.setFaults([fault]);
      const limitPrice = 109_000 as Price;
      for (let i = 1; i <= 6; i += 1) {
        rig.order({ side: 'buy', type: 'limit', quantity: i, limitPrice });
        await rig.broker.fact({ fact: 'financing', instrument: 'EUR_USD', amount: '-0.01' });
        await rig.pass(SECOND);
      }
      await rig.broker.quote(1.089, 1.0892);
      await rig.pass(40 * SECOND);
      checkDense(rig);
      assert.equal(rig.position(), 21);
      assert.equal(rig.kernel.book.cursor, (await rig.broker.transactions()).length);
      await rig.agrees();
    });
  }

  test('a stream that is silent is opened anew, and the log tells what it kept', async () => {
    await using rig = await OandaRig.start();
    await rig.broker.setFaults([
      { kind: 'stream_stall', on: 'transactions', ms: 3_600_000, times: 1 },
    ]);
    const order = rig.order({ side: 'buy', quantity: 10 });
    await rig.broker.fact({ fact: 'transfer', amount: '5' });
    await rig.pass(20 * SECOND);
    const { transactions, reconnects, told, heard } = rig.adapter.status;
    assert.deepEqual([transactions, reconnects], ['live', 1]);
    assert.deepEqual([told, heard], [5, 5]);
    assert.equal(rig.state(order), 'filled');
  });

  test('what a live stream leaves out is read as soon as anything speaks of a later one', async () => {
    await using rig = await OandaRig.start();
    let n = 0;
    rig.http.spoilLine = (text) => {
      if (!text.includes('"TRANSFER_FUNDS"')) return text;
      n += 1;
      return n % 2 === 0 ? text : undefined;
    };
    for (let i = 1; i <= 5; i += 1) {
      await rig.broker.fact({ fact: 'transfer', amount: String(i) });
      await rig.pass(SECOND / 10);
    }
    assert.equal(rig.adapter.status.told, 6, 'the fifth is gone, and nobody spoke of it yet');
    await rig.pass(6 * SECOND);
    assert.equal(rig.adapter.status.told, 7);
    assert.equal(rig.adapter.status.reconnects, 0);
    checkDense(rig);
    await rig.agrees();
  });

  test('a snapshot is told after the facts that it holds', async () => {
    await using rig = await OandaRig.start();
    await rig.broker.fact({ fact: 'liquidity', instrument: 'EUR_USD', units: '40' });
    const limitPrice = 109_000 as Price;
    const order = rig.order({ side: 'buy', type: 'limit', quantity: 100, limitPrice });
    await rig.pass(SECOND);
    rig.http.spoilLine = (text) => (text.includes('PRICE') ? text : undefined);
    await rig.broker.quote(1.089, 1.0892);
    rig.adapter.takeSnapshot(0);
    await rig.pass(SECOND / 10);
    const kinds = rig.told.slice(-3).map(({ kind }) => kind);
    assert.deepEqual(kinds, [InputKind.fill, InputKind.report, InputKind.snapshot]);
    const last = rig.told.at(-1);
    assert(last?.kind === InputKind.snapshot);
    const [shown] = last.snapshot.openOrders;
    assert.deepEqual([shown?.order, shown?.quantity, shown?.filled], [order, 100, 40]);
  });

  test('without stream and log nothing is sent; when both are back it goes on', async () => {
    await using rig = await OandaRig.start();
    rig.http.isDown = true;
    for (const stream of [...rig.http.streams]) stream.end('ECONNRESET');
    await rig.pass(20 * SECOND);
    assert.equal(rig.adapter.status.phase, 'closed');
    assert.deepEqual(wordsOf(rig.told), ['closed']);
    const order = rig.order({ side: 'buy', quantity: 10 });
    await rig.pass(SECOND);
    assert.equal(rig.state(order), 'rejected');
    await rig.broker.fact({ fact: 'transfer', amount: '5' });
    rig.http.isDown = false;
    await rig.pass(90 * SECOND);
    assert.equal(rig.adapter.status.phase, 'open');
    assert.equal(rig.adapter.status.transactions, 'live');
    assert.equal(rig.adapter.status.prices, 'live');
    checkDense(rig);
    await rig.agrees();
  });

  test('a log that reads stale proves nothing too early', async () => {
    await using rig = await OandaRig.start();
    await rig.broker.setFaults([
      { kind: 'stale_reads', on: 'read', ms: 2000 },
      { kind: 'drop_answer', on: 'create_order', times: 1 },
      { kind: 'stream_stall', on: 'transactions', ms: 10_000, times: 1 },
    ]);
    const order = rig.order({ side: 'buy', quantity: 10 });
    await rig.pass(2 * MINUTE);
    assert.equal(rig.state(order), 'filled');
    checkDense(rig);
  });
});
