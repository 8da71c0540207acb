import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { OrderStore } from '../../kernel/orders/order-store.ts';
import { ownerOf } from '../../kernel/orders/ownership.ts';
import { parseClientOrderId, rescueOrderId } from '../../model/ids.ts';
import { ACCOUNT_ID, BrokerRig, TOKEN } from '../../testing/broker-rig.ts';
import { OandaRescueClient } from '../../venues/oanda/rescue-client.ts';
import { type RescueRequest, type RescueResult, type RescueStep, rescue } from './rescue.ts';

const TIMEOUT_MS = 25;
const ORDER = { type: 'LIMIT', instrument: 'EUR_USD', units: '100', price: '1.00000' };
const ours = (n: number) => ({ clientExtensions: { id: `Tabcdefghij${n}` } });

/** A rescue of a broker's account, over a wire without sockets. */
class Scene implements AsyncDisposable {
  readonly rig: BrokerRig;
  readonly steps: RescueStep[] = [];
  /** Requests that would change something, in their order. */
  readonly sent: string[] = [];
  #ids = 0;
  /** What the market does while a rescue waits. */
  onWait: (() => Promise<void>) | undefined;
  /** What happens between a look and an order. */
  onSend: (() => Promise<unknown>) | undefined;

  private constructor(rig: BrokerRig) {
    this.rig = rig;
  }

  static async start(): Promise<Scene> {
    return new Scene(await BrokerRig.start());
  }

  readonly #fetch = async (input: unknown, init?: RequestInit): Promise<Response> => {
    const { pathname, search } = new URL(String(input));
    const { method = 'GET', body, headers, signal } = init ?? {};
    if (method !== 'GET') this.sent.push(`${method} ${pathname.split('/').slice(4).join('/')}`);
    if (method === 'POST') await this.onSend?.();
    const text = typeof body === 'string' ? body : undefined;
    const given = Object.fromEntries(new Headers(headers));
    const late = new Promise<Response>((_, reject) =>
      signal?.addEventListener('abort', () => reject(signal.reason)),
    );
    return await Promise.race([this.rig.raw(method, pathname + search, text, given), late]);
  };

  async run(request: Partial<RescueRequest> = {}, token = TOKEN): Promise<RescueResult> {
    const target = { url: 'http://broker', account: ACCOUNT_ID, token, timeoutMs: TIMEOUT_MS };
    const parts = {
      port: new OandaRescueClient(target, this.#fetch),
      nextId: () => {
        this.#ids += 1;
        return rescueOrderId('T', 'rescuerigs', this.#ids);
      },
      note: (step: RescueStep) => {
        this.steps.push(step);
      },
      wait: async () => await this.onWait?.(),
    };
    const whole = { action: 'flatten', prefix: 'T', symbols: [], protection: false } as const;
    return await rescue(parts, { ...whole, ...request });
  }

  /** Net units by instrument, what waits, and how many orders were made. */
  async books(): Promise<readonly [Readonly<Record<string, number>>, readonly string[]]> {
    await this.rig.setFaults([]);
    const { body } = await this.rig.account('GET', '');
    const held: Record<string, number> = {};
    for (const { instrument, long, short } of body.account.positions) {
      const units = Number(long.units) + Number(short.units);
      if (units !== 0) held[instrument] = units;
    }
    return [held, body.account.orders.map(({ id }: { id: string }) => id)];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.rig[Symbol.asyncDispose]();
  }
}

function kinds({ items }: RescueResult): readonly string[] {
  return items.map(({ outcome }) => outcome.kind);
}

/** A long and a short position with protection, and an entry of ours and of somebody else. */
async function busy(rig: BrokerRig): Promise<void> {
  await rig.marketOrder('300', { stopLossOnFill: { price: '1.05000' } });
  await rig.marketOrder('-200', { instrument: 'USD_JPY' });
  await rig.order({ ...ORDER, ...ours(1) });
  await rig.order({ ...ORDER, clientExtensions: { id: 'by-hand' } });
}

describe('a rescue', () => {
  it('flattens: cancels ours, closes long and short once, leaves foreign orders, proves it', async () => {
    await using scene = await Scene.start();
    await busy(scene.rig);
    const result = await scene.run();
    assert.equal(result.proven, true);
    assert.deepEqual(kinds(result), ['done', 'done', 'done']);
    const [held, orders] = await scene.books();
    assert.deepEqual(held, {});
    assert.equal(orders.length, 1, 'the order by hand');
    assert.equal(scene.steps.filter(({ step }) => step === 'left').length, 2);
    assert.equal(scene.sent.filter((one) => one === 'POST orders').length, 2);
    const again = await scene.run({ prefix: undefined });
    assert.deepEqual([again.proven, kinds(again)], [true, ['done']]);
    assert.deepEqual((await scene.books())[1], []);
  });

  it('cancels entries and leaves stops and targets, unless it is told to take them too', async () => {
    await using scene = await Scene.start();
    await busy(scene.rig);
    const kept = await scene.run({ action: 'cancel', prefix: undefined });
    assert.deepEqual([kept.proven, kinds(kept)], [true, ['done', 'done']]);
    const [held, orders] = await scene.books();
    assert.deepEqual(held, { EUR_USD: 300, USD_JPY: -200 });
    assert.equal(orders.length, 1, 'the stop');
    await scene.run({ action: 'cancel', prefix: undefined, protection: true });
    assert.deepEqual((await scene.books())[1], []);
  });

  it('keeps to the instruments that it is given', async () => {
    await using scene = await Scene.start();
    await busy(scene.rig);
    const result = await scene.run({ prefix: undefined, symbols: ['USD_JPY'] });
    assert.equal(result.proven, true);
    const [held, orders] = await scene.books();
    assert.deepEqual(held, { EUR_USD: 300 });
    assert.equal(orders.length, 3);
  });

  it('a flat account without orders is proven, and nothing is sent', async () => {
    await using scene = await Scene.start();
    const result = await scene.run();
    assert.deepEqual([result.proven, scene.sent], [true, []]);
  });

  for (const units of ['300', '-300']) {
    for (const fault of [
      { kind: 'drop_answer' },
      { kind: 'half_open', executed: true },
      { kind: 'status', status: 503, executed: true },
      { kind: 'truncate' },
      { kind: 'garbage' },
    ]) {
      const name = `${fault.kind}, done`;
      it(`closes ${units} once though the answer is lost (${name}): the log says so`, async () => {
        await using scene = await Scene.start();
        await scene.rig.marketOrder(units);
        await scene.rig.setFaults([{ ...fault, on: 'create_order' }]);
        const result = await scene.run();
        assert.deepEqual([result.proven, kinds(result)], [true, ['done']]);
        const [first] = scene.steps.filter((one) => one.step === 'outcome');
        assert.equal(first?.step === 'outcome' && first.outcome.kind, 'unknown');
        assert.deepEqual(scene.sent, ['POST orders']);
        assert.deepEqual((await scene.books())[0], {});
      });
    }

    for (const fault of [
      { kind: 'drop_request' },
      { kind: 'half_open' },
      { kind: 'status', status: 429 },
      { kind: 'status', status: 500 },
    ]) {
      const name = `${fault.kind} ${fault.status ?? ''}`.trim();
      it(`sends one order for ${units} and no second while it is unknown (${name})`, async () => {
        await using scene = await Scene.start();
        await scene.rig.marketOrder(units);
        await scene.rig.setFaults([{ ...fault, on: 'create_order' }]);
        const result = await scene.run();
        assert.deepEqual([result.proven, kinds(result)], [false, ['unknown']]);
        assert.deepEqual(scene.sent, ['POST orders']);
        assert.deepEqual((await scene.books())[0], { EUR_USD: Number(units) });
        assert.deepEqual(
          result.last?.positions.map(({ quantity }) => quantity),
          ['300'],
        );
        // Done once more by hand, it is closed: reduce-only, so that no more can come of it.
        assert.equal((await scene.run()).proven, true);
      });
    }
  }

  it('a cancel whose answer is lost is told by the log, and else as unknown, never as done', async () => {
    for (const [fault, kind] of [
      [{ kind: 'drop_answer' }, 'done'],
      [{ kind: 'drop_request' }, 'unknown'],
    ] as const) {
      await using scene = await Scene.start();
      await scene.rig.order({ ...ORDER, ...ours(1) });
      await scene.rig.setFaults([{ ...fault, on: 'cancel_order' }]);
      const result = await scene.run({ action: 'cancel' });
      assert.deepEqual([result.proven, kinds(result)], [kind === 'done', [kind]]);
      assert.deepEqual(scene.sent.length, 1);
    }
  });

  it('one order that is refused keeps none of the others from being tried', async () => {
    await using scene = await Scene.start();
    await scene.rig.marketOrder('300');
    await scene.rig.marketOrder('-200', { instrument: 'USD_JPY' });
    await scene.rig.fact({ fact: 'halt', instrument: 'EUR_USD', halted: true });
    const result = await scene.run();
    assert.equal(result.proven, false);
    assert(kinds(result).includes('refused') && kinds(result).includes('done'));
    assert.deepEqual((await scene.books())[0], { EUR_USD: 300 });
    const { last } = result;
    assert.deepEqual(last?.positions, [{ symbol: 'EUR_USD', side: 'long', quantity: '300' }]);
  });

  it('never turns a position that somebody else closes meanwhile', async () => {
    for (const [units, back] of [
      ['300', '-250'],
      ['300', '-300'],
      ['-300', '250'],
      ['-300', '300'],
    ] as const) {
      await using scene = await Scene.start();
      await scene.rig.marketOrder(units);
      scene.onSend = () => {
        scene.onSend = undefined;
        return scene.rig.marketOrder(back);
      };
      const result = await scene.run();
      assert.equal(result.proven, true, `${units} ${back}`);
      assert.deepEqual((await scene.books())[0], {}, `${units} ${back}`);
      const fills = (await scene.rig.transactions()).filter(({ type }) => type === 'ORDER_FILL');
      assert(fills.length <= 3, 'opened, closed by hand, and the rest by the rescue');
    }
  });

  it('what a thin market leaves is closed by the next order', async () => {
    await using scene = await Scene.start();
    await scene.rig.marketOrder('300');
    await scene.rig.quote(1.1, 1.1002, { size: 120 });
    scene.onWait = () => scene.rig.quote(1.1, 1.1002, { size: 120 });
    const result = await scene.run();
    assert.equal(result.proven, true);
    assert.deepEqual((await scene.books())[0], {});
    assert.equal(scene.sent.length, 3);
  });

  it('an account that cannot be read is not proven, and nothing is sent to it', async () => {
    await using scene = await Scene.start();
    await scene.rig.marketOrder('300');
    await scene.rig.setFaults([{ kind: 'status', on: 'account', status: 503 }]);
    const result = await scene.run();
    assert.deepEqual([result.proven, result.last, scene.sent], [false, undefined, []]);
    await scene.rig.setFaults([]);
    const refused = await scene.run({}, 'a-wrong-token');
    assert.deepEqual([refused.proven, refused.last, scene.sent], [false, undefined, []]);
    assert(!JSON.stringify(scene.steps).includes('a-wrong-token'));
  });

  it('notes each step before it is sent', async () => {
    await using scene = await Scene.start();
    await busy(scene.rig);
    await scene.run();
    for (const [at, step] of scene.steps.entries()) {
      if (step.step !== 'cancel' && step.step !== 'reduce') continue;
      const next = scene.steps[at + 1];
      const of = step.step === 'cancel' ? step.order : step.clientOrderId;
      assert.equal(next?.step === 'outcome' && next.of, of);
    }
  });

  it('its ids are a stranger’s to every engine, its own prefix and nonce included (X4)', () => {
    const prefix = fc.stringMatching(/^[A-Za-z0-9]{1,8}$/);
    const nonce = fc.stringMatching(/^[a-z0-9]{10}$/);
    fc.assert(
      fc.property(prefix, nonce, fc.integer({ min: 1, max: 1e6 }), (own, drawn, count) => {
        const id = rescueOrderId(own, drawn, count);
        assert.match(id, /^[A-Za-z0-9]{1,32}$/);
        assert(id.startsWith(own));
        for (let length = 1; length <= 8; length++) {
          assert.equal(parseClientOrderId(id.slice(0, length), id), undefined);
        }
        const orders = new OrderStore(1, 10, true);
        orders.begin(drawn);
        assert.deepEqual(ownerOf(own, orders, id), { kind: 'stranger' });
      }),
    );
  });
});
