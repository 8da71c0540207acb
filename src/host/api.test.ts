import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { z } from 'zod';
import { LocalDisk } from '../journal/local-disk.ts';
import { printJournal } from '../journal/read-journal.ts';
import { TradingState } from '../model/gate.ts';
import type { InstrumentIndex, Quantity } from '../model/units.ts';
import { testInstrument } from '../testing/builders.ts';
import { gateSetup } from '../testing/gate-setup.ts';
import { CONTROL_TOKEN, type HostRig, hostRig } from '../testing/host-rig.ts';
import { LiveRig } from '../testing/live-rig.ts';
import { routesOf } from './api.ts';
import * as schemas from './api-schemas.ts';
import { openApiDocument, statusesOf } from './openapi.ts';
import type { Route } from './routes.ts';

const SECOND = 1_000_000;
const WHO = { by: 'ann', reason: 'a test' };

async function rigOf(): Promise<LiveRig & { host: HostRig }> {
  const live = await LiveRig.started();
  await live.pass(2 * SECOND);
  return Object.assign(live, { host: hostRig({ engine: live.engine }) });
}

async function post(
  { host }: { host: HostRig },
  path: string,
  body: object,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const authorization = `Bearer ${CONTROL_TOKEN}`;
  const headers = { authorization, 'content-type': 'application/json' };
  const init = { method: 'POST', headers, body: JSON.stringify(body) };
  const answer = await host.app.request(`/api/v1/${path}`, init);
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

/** Control inputs in the journal of the rig: who, why and what. */
function journaled(live: LiveRig, kind: string): Record<string, unknown>[] {
  const found: Record<string, unknown>[] = [];
  const take = (frame: object): number => found.push({ ...frame });
  printJournal(new LocalDisk(), live.folder.path, { kinds: [kind] }, take);
  return found;
}

function everyRoute(live: LiveRig): readonly Route[] {
  const { engine } = live;
  const health = () => ({ healthy: true, tradable: true, reason: '' });
  const { registry } = hostRig({ engine });
  const gates = () => ({ gates: [] });
  const parts = { engine, health, gates, registry, version: '1', strategies: ['test'] };
  return routesOf({ ...parts, readsAreFree: true });
}

suite('the API', () => {
  test('its OpenAPI document has each route of the server, and no other', async () => {
    using live = await rigOf();
    const { app } = live.host;
    const served = new Set(app.routes.map(({ method, path }) => `${method} ${path}`));
    const answer = await app.request('/api/v1/openapi.json');
    const document = (await answer.json()) as { paths: Record<string, Record<string, unknown>> };
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map(
        (method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
      ),
    );
    assert.deepEqual([...served].sort(), described.sort());
    assert(served.size >= 12);
    assert.deepEqual(
      JSON.parse(JSON.stringify(openApiDocument(everyRoute(live), '0.1.0'))),
      document,
    );
  });

  test('every answer of a reader has the shape that the document states', async () => {
    using live = await rigOf();
    live.next((context) => {
      const instrument = 0 as InstrumentIndex;
      const limitPrice = 100_000 as never;
      const quantity = 10 as Quantity;
      context.submit({ instrument, side: 'buy', type: 'limit', quantity, limitPrice });
    });
    await live.pass(60 * SECOND);
    const shapes: Readonly<Record<string, z.ZodType>> = {
      status: schemas.statusSchema,
      orders: schemas.ordersSchema,
      positions: schemas.positionsSchema,
      gates: schemas.gatesSchema,
      journal: schemas.journalSchema,
    };
    for (const [path, shape] of Object.entries(shapes)) {
      const answer = await live.host.app.request(`/api/v1/${path}`);
      assert.equal(answer.status, 200, path);
      shape.parse(await answer.json());
    }
    const orders = schemas.ordersSchema.parse(
      await (await live.host.app.request('/api/v1/orders')).json(),
    );
    assert.deepEqual(
      orders.orders.map(({ symbol, side, limitPrice }) => [symbol, side, limitPrice]),
      [['EURUSD', 'buy', '1.00000']],
    );
  });

  test('kill, resume and flatten are journaled with who and why, and durable when answered', async () => {
    using live = await rigOf();
    const { kernel, journal } = live.engine;
    for (const [path, more, state] of [
      ['kill', {}, TradingState.exitOnly],
      ['kill', { tradingState: 'halted', flatten: true }, TradingState.halted],
      ['resume', {}, TradingState.active],
      ['flatten', {}, TradingState.exitOnly],
    ] as const) {
      const { status, body } = await post(live, path, { ...WHO, ...more });
      assert.equal(status, 200, path);
      schemas.controlSchema.parse(body);
      assert.equal(kernel.book.tradingState, state, path);
      assert.equal(journal.durable, journal.appended);
      assert.equal(body['durable'], journal.durable);
    }
    assert.deepEqual(
      journaled(live, 'control').map(({ action, by, reason }) => [action, by, reason]),
      ['kill', 'kill', 'resume', 'flatten'].map((action) => [action, 'ann', 'a test']),
    );
  });

  test('a control without a name or a reason is refused, and so is one that is not whole', async () => {
    using live = await rigOf();
    const bad = [
      {},
      { by: 'ann' },
      { reason: 'x' },
      { by: ' ', reason: 'x' },
      { by: 'ann', reason: '\n' },
      { by: 'ann', reason: 'two\nlines' },
      { by: 'a'.repeat(65), reason: 'x' },
      { by: 'ann', reason: 'x'.repeat(501) },
      { ...WHO, tradingState: 'active' },
      { ...WHO, flatten: 'yes' },
      { ...WHO, until: 7 },
    ];
    for (const body of bad) {
      assert.equal((await post(live, 'kill', body)).status, 400, JSON.stringify(body));
    }
    assert.equal(live.engine.kernel.book.tradingState, TradingState.active);
    assert.deepEqual(journaled(live, 'control'), []);
  });

  test('a strategy that repeated executions stopped is enabled by name, and no other', async () => {
    const instruments = ['EURUSD', 'GBPUSD'].map((symbol) => testInstrument(symbol));
    const gates = { repeatedExecution: { mode: 'enforce', fills: 2 } } as const;
    const kernel = gateSetup(gates, { instruments });
    using rig = await LiveRig.started(TradingState.active, kernel);
    const live = Object.assign(rig, { host: hostRig({ engine: rig.engine }) });
    const enable = async (name: string, body: object = WHO): Promise<unknown[]> => {
      const answer = await post(live, `strategies/${name}/enable`, body);
      return [answer.status, answer.body['error'] ?? answer.body['action']];
    };
    assert.deepEqual(await enable('test'), [409, 'strategy_not_stopped']);
    rig.next((context) => {
      for (const key of ['a', 'b']) {
        const quantity = 1 as Quantity;
        const instrument = 0 as InstrumentIndex;
        context.submit({ instrument, side: 'buy', type: 'market', quantity, key });
      }
    });
    await rig.pass(90 * SECOND);
    const repeats = rig.engine.kernel.book.risk.repeats;
    assert.equal(repeats?.isStopped(0), true);
    assert.deepEqual(await enable('another'), [404, 'strategy_unknown']);
    assert.equal((await enable('test', { by: 'ann' }))[0], 400);
    assert.equal(repeats?.isStopped(0), true);
    assert.deepEqual(await enable('test'), [200, 'enable']);
    assert.equal(repeats?.isStopped(0), false);
    assert.deepEqual(
      journaled(live, 'enable_strategy').map(({ strategy, by, reason }) => [strategy, by, reason]),
      [[0, 'ann', 'a test']],
    );
  });

  test('a new peak is set after a drawdown alone', async () => {
    using live = await rigOf();
    const refused = await post(live, 'resume', { ...WHO, newPeak: true });
    assert.deepEqual([refused.status, refused.body['error']], [409, 'no_drawdown']);
    assert.equal((await post(live, 'resume', { ...WHO, newPeak: 'yes' })).status, 400);
  });

  test('an operator’s word on an order is journaled, and refused where nothing is in doubt', async () => {
    using live = await rigOf();
    const word = { ...WHO, as: 'not_placed' };
    const unknown = await post(live, 'orders/7/resolve', word);
    assert.deepEqual([unknown.status, unknown.body['error']], [404, 'order_unknown']);
    const odd = await post(live, 'orders/Txyz/resolve', word);
    assert.deepEqual([odd.status, odd.body['error']], [404, 'order_unknown']);
    assert.deepEqual(
      journaled(live, 'resolve_order').map(({ order, as, by }) => [order, as, by]),
      [
        [7, 'not_placed', 'ann'],
        [0, 'not_placed', 'ann'],
      ],
    );
    assert.equal((await post(live, 'orders/7/resolve', { ...WHO, as: 'maybe' })).status, 400);
  });

  test('a refusal says what persists, and a control before the start has ended waits for nobody', async () => {
    using live = await rigOf();
    const late = await post(live, 'resume', { ...WHO, overrideFor: '48h' });
    assert.deepEqual([late.status, late.body['error']], [409, 'override_too_long']);
    schemas.errorSchema.parse(late.body);
    using fresh = new LiveRig(TradingState.active);
    const host = hostRig({ engine: fresh.engine });
    const early = await post({ host }, 'kill', WHO);
    assert.deepEqual([early.status, early.body['error']], [503, 'starting']);
  });

  test('a route states each status that it answers', async () => {
    using live = await rigOf();
    for (const route of everyRoute(live)) {
      const statuses = statusesOf(route);
      assert(statuses.includes(200) && statuses.includes(429), route.path);
      assert.equal(statuses.includes(401), route.scope !== 'open', route.path);
      assert.equal(statuses.includes(413), route.request !== undefined, route.path);
    }
  });
});
