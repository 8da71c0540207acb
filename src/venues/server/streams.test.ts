import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ACCOUNT_ID, BrokerRig, checkItem } from '../../testing/broker-rig.ts';

type Item = { readonly type: string; readonly id?: string } & Record<string, unknown>;

/** A stream that is read as far as there is something. */
class Listener {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #name: 'prices' | 'transactions';
  #pending: ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']> | undefined;
  ended = false;
  text = '';

  constructor(response: Response, name: 'prices' | 'transactions') {
    assert(response.body !== null);
    this.#reader = response.body.getReader();
    this.#name = name;
  }

  /** What came since it was last asked; each is an object of the document. */
  async items(): Promise<readonly Item[]> {
    const items: Item[] = [];
    for (;;) {
      this.#pending ??= this.#reader.read();
      const nothing = new Promise<undefined>((resolve) => setTimeout(resolve, 5, undefined));
      const result = await Promise.race([this.#pending, nothing]);
      if (result === undefined) break;
      this.#pending = undefined;
      if (result.done) {
        this.ended = true;
        break;
      }
      this.text = new TextDecoder().decode(result.value);
      if (!this.text.endsWith('\n')) continue;
      const item: Item = JSON.parse(this.text);
      checkItem(item, this.#name);
      items.push(item);
    }
    return items;
  }
}

async function listen(rig: BrokerRig, path: string): Promise<Listener> {
  const response = await rig.raw('GET', `/v3/accounts/${ACCOUNT_ID}${path}`);
  assert.equal(response.status, 200);
  return new Listener(response, path.startsWith('/pricing') ? 'prices' : 'transactions');
}

const ids = (items: readonly Item[]) => items.map(({ id, type }) => id ?? type);

describe('the stream of transactions', () => {
  it('begins with a heartbeat that says where the account stands, then tells each', async () => {
    await using rig = await BrokerRig.start();
    const stream = await listen(rig, '/transactions/stream');
    const [first] = await stream.items();
    assert.deepEqual([first?.type, first?.['lastTransactionID']], ['HEARTBEAT', '2']);
    await rig.marketOrder('1', { stopLossOnFill: { price: '1.09000' } });
    assert.deepEqual(ids(await stream.items()), ['3', '4', '5']);
    await rig.quote(1.08, 1.0802);
    assert.deepEqual(ids(await stream.items()), ['6']);
    rig.realUs += 4_999_999;
    rig.streams.pump();
    assert.deepEqual(await stream.items(), []);
    rig.realUs += 1;
    rig.streams.pump();
    assert.deepEqual(ids(await stream.items()), ['HEARTBEAT']);
  });

  it('stalls: nothing comes, no heartbeat either, and then all of it', async () => {
    await using rig = await BrokerRig.start();
    const stream = await listen(rig, '/transactions/stream');
    await stream.items();
    await rig.setFaults([{ kind: 'stream_stall', on: 'transactions', ms: 30_000, times: 1 }]);
    await rig.marketOrder('1');
    for (let i = 0; i < 5; i++) {
      rig.realUs += 5_900_000;
      rig.streams.pump();
    }
    assert.deepEqual(await stream.items(), []);
    rig.realUs += 600_000;
    rig.streams.pump();
    assert.deepEqual(ids(await stream.items()), ['3', '4', 'HEARTBEAT']);
  });

  it('tells out of order, or twice', async () => {
    await using rig = await BrokerRig.start();
    const stream = await listen(rig, '/transactions/stream');
    await stream.items();
    await rig.setFaults([{ kind: 'stream_disorder', on: 'transactions', times: 1 }]);
    await rig.marketOrder('1');
    assert.deepEqual(ids(await stream.items()), ['4', '3']);
    await rig.setFaults([{ kind: 'stream_repeat', on: 'transactions', times: 1 }]);
    await rig.marketOrder('1');
    assert.deepEqual(ids(await stream.items()), ['5', '5', '6']);
  });

  it('is cut in the middle of a line', async () => {
    await using rig = await BrokerRig.start();
    const stream = await listen(rig, '/transactions/stream');
    await stream.items();
    await rig.setFaults([{ kind: 'stream_cut', times: 1 }]);
    await rig.marketOrder('1');
    assert.deepEqual(await stream.items(), []);
    assert.equal(stream.ended, true);
    assert.throws(() => JSON.parse(stream.text));
    rig.streams.pump();
    assert.equal(rig.streams.open, 0);
  });

  it('of a client that does not read is cut off, and keeps no memory', async () => {
    await using rig = await BrokerRig.start();
    await listen(rig, '/transactions/stream');
    const order = { type: 'LIMIT', instrument: 'EUR_USD', units: '1', price: '1.00000' };
    const clientExtensions = { comment: 'x'.repeat(120) };
    for (let i = 0; i < 1000 && rig.streams.open > 0; i++) {
      await rig.broker.perform({
        op: 'create_order',
        body: { order: { ...order, clientExtensions } },
      });
      if (i % 100 === 0) rig.streams.pump();
    }
    rig.streams.pump();
    assert.equal(rig.streams.open, 0);
  });
});

describe('the stream of prices', () => {
  it('begins with the prices that stand, then tells those that change', async () => {
    await using rig = await BrokerRig.start();
    const stream = await listen(rig, '/pricing/stream?instruments=EUR_USD,USD_JPY');
    assert.deepEqual(
      (await stream.items()).map(({ type, instrument }) => instrument ?? type),
      ['EUR_USD', 'USD_JPY', 'HEARTBEAT'],
    );
    rig.realUs += 1_000_000;
    await rig.quote(1.2, 1.2002);
    const [price, ...more] = await stream.items();
    assert.deepEqual([price?.['closeoutBid'], more.length], ['1.20000', 0]);
  });

  it('leaves out what comes between, and tells the last', async () => {
    await using rig = await BrokerRig.start();
    const stream = await listen(rig, '/pricing/stream?instruments=EUR_USD&snapshot=false');
    assert.deepEqual(ids(await stream.items()), ['HEARTBEAT']);
    for (const bid of [1.2, 1.3, 1.4]) {
      rig.realUs += 80_000;
      await rig.quote(bid, bid + 0.0002);
    }
    rig.realUs += 80_000;
    rig.streams.pump();
    const items = await stream.items();
    assert.deepEqual(
      items.map(({ closeoutBid }) => closeoutBid),
      ['1.40000'],
    );
  });

  it('of an instrument that there is not is refused', async () => {
    await using rig = await BrokerRig.start();
    const path = `/v3/accounts/${ACCOUNT_ID}/pricing/stream`;
    assert.equal((await rig.raw('GET', `${path}?instruments=X_Y`)).status, 400);
    assert.equal((await rig.raw('GET', path)).status, 400);
  });
});
