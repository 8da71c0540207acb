import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { suite, test } from 'node:test';
import { Registry } from '@prometheus-io/client';
import { z } from 'zod';
import { CONTROL_TOKEN, READ_TOKEN, RIG_TOKENS } from '../testing/host-rig.ts';
import { ApiMetrics } from './api-metrics.ts';
import { listen } from './listen.ts';
import type { Route } from './routes.ts';
import { type App, createApp, type Guard } from './server.ts';

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
const JSON_BODY = { 'content-type': 'application/json' };

interface Rig {
  readonly app: App;
  readonly registry: Registry;
  readonly handled: string[];
  readonly failures: unknown[];
  readonly clock: { now: number };
}

/** A route of each scope, and what they were called with. */
function rigOf(guard: Partial<Guard> = {}): Rig {
  const handled: string[] = [];
  const failures: unknown[] = [];
  const registry = new Registry();
  const plain = (path: string, scope: Route['scope']): Route => ({
    method: 'get',
    path,
    scope,
    summary: path,
    statuses: [],
    handle: () => {
      handled.push(path);
      return { status: 200, body: {} };
    },
  });
  const control: Route = {
    ...plain('/act/{id}', 'control'),
    method: 'post',
    request: z.strictObject({ by: z.string() }),
    handle: ({ path, body }) => {
      const text = `${path['id']} ${JSON.stringify(body)}`;
      handled.push(text);
      if (text.includes('bad luck')) throw new Error('bad luck');
      return { status: 200, body: {} };
    },
  };
  const clock = { now: 0 };
  return {
    app: createApp([plain('/open', 'open'), plain('/read', 'read'), control], {
      tokens: RIG_TOKENS,
      names: ['127.0.0.1', 'localhost', '::1'],
      monotonicUs: () => clock.now,
      metrics: new ApiMetrics(registry),
      failed: (error) => failures.push(error),
      ...guard,
    }),
    registry,
    handled,
    failures,
    clock,
  };
}

function get(rig: Rig, path: string, headers: Record<string, string> = {}): Promise<Response> {
  return Promise.resolve(rig.app.request(path, { headers: { host: 'localhost:1', ...headers } }));
}

function post(
  rig: Rig,
  body: string | ReadableStream,
  headers: Record<string, string> = {},
  path = '/act/7',
): Promise<Response> {
  const init = { method: 'POST', body, duplex: 'half' } as const;
  const all = { host: '127.0.0.1', ...JSON_BODY, ...bearer(CONTROL_TOKEN), ...headers };
  return Promise.resolve(rig.app.request(path, { ...init, headers: all }));
}

/** Headers or bodies that must be refused, with the status and what is wrong with them. */
const BAD_CALLS: readonly (readonly [string, number, string, Record<string, string>])[] = [
  ['no token', 401, '{"by":"a"}', { authorization: '' }],
  ['an empty token', 401, '{"by":"a"}', { authorization: 'Bearer ' }],
  ['a wrong token', 401, '{"by":"a"}', bearer('wrong-token-0123456789')],
  ['a token cut short', 401, '{"by":"a"}', bearer(CONTROL_TOKEN.slice(0, -1))],
  ['a token with more behind it', 401, '{"by":"a"}', bearer(`${CONTROL_TOKEN}x`)],
  ['a token in other letters', 401, '{"by":"a"}', bearer(CONTROL_TOKEN.toUpperCase())],
  ['another scheme', 401, '{"by":"a"}', { authorization: `Basic ${CONTROL_TOKEN}` }],
  ['two tokens', 401, '{"by":"a"}', { authorization: `Bearer ${CONTROL_TOKEN} x` }],
  ['a token without its scheme', 401, '{"by":"a"}', { authorization: CONTROL_TOKEN }],
  ['a token of 10 000 letters', 401, '{"by":"a"}', bearer('x'.repeat(10_000))],
  ['a reader’s token', 403, '{"by":"a"}', bearer(READ_TOKEN)],
  ['a foreign host name', 403, '{"by":"a"}', { host: 'evil.example' }],
  ['a name that begins as ours', 403, '{"by":"a"}', { host: 'localhost.evil.example' }],
  ['no host name', 403, '{"by":"a"}', { host: '' }],
  ['no content type', 415, '{"by":"a"}', { 'content-type': '' }],
  ['a form', 415, 'by=a', { 'content-type': 'application/x-www-form-urlencoded' }],
  ['text', 415, '{"by":"a"}', { 'content-type': 'text/plain' }],
  ['a type that begins as JSON does', 415, '{}', { 'content-type': 'application/jsonp' }],
  ['nothing', 400, '', {}],
  ['half a text', 400, '{"by":"a"', {}],
  ['no object', 400, '[]', {}],
  ['null', 400, 'null', {}],
  ['a number', 400, '7', {}],
  ['a missing field', 400, '{}', {}],
  ['a field of another type', 400, '{"by":7}', {}],
  ['a field too many', 400, '{"by":"a","as":"root"}', {}],
  ['a prototype', 400, '{"__proto__":{"by":"a"}}', {}],
  ['bytes that are no text', 400, '\u0000\u0001', {}],
  ['deep nesting', 400, '['.repeat(2000), {}],
  ['a body that is too large', 413, JSON.stringify({ by: 'a'.repeat(4096) }), {}],
  ['a length that lies low', 413, JSON.stringify({ by: 'a'.repeat(9000) }), {}],
];

suite('the server', () => {
  test('lets each scope in by its token, and an operator read as well', async () => {
    const rig = rigOf();
    assert.equal((await get(rig, '/open')).status, 200);
    assert.equal((await get(rig, '/read')).status, 401);
    assert.equal((await get(rig, '/read', bearer(READ_TOKEN))).status, 200);
    assert.equal((await get(rig, '/read', bearer(CONTROL_TOKEN))).status, 200);
    assert.equal((await post(rig, '{"by":"ann"}')).status, 200);
    assert.deepEqual(rig.handled, ['/open', '/read', '/read', '7 {"by":"ann"}']);
  });

  test('where readers need no token, operators still do', async () => {
    const rig = rigOf({ tokens: { ...RIG_TOKENS, guardsReads: false } });
    assert.equal((await get(rig, '/read')).status, 200);
    assert.equal((await post(rig, '{"by":"ann"}', { authorization: '' })).status, 401);
  });

  test('refuses every call that is unauthenticated, oversized or malformed, and handles none', async () => {
    for (const [what, status, body, headers] of BAD_CALLS) {
      const rig = rigOf();
      const answer = await post(rig, body, headers);
      assert.equal(answer.status, status, what);
      const said = JSON.stringify(await answer.json());
      assert(!said.includes(CONTROL_TOKEN) && !said.includes(READ_TOKEN), what);
      assert.deepEqual(rig.handled, [], what);
    }
    assert(BAD_CALLS.length >= 30);
  });

  test('a body without a length is cut off at the bound; who is not let in is not read at all', async () => {
    const flood = (read: { bytes: number }): ReadableStream =>
      new ReadableStream({
        pull(controller) {
          read.bytes += 1024;
          controller.enqueue(new Uint8Array(1024).fill(97));
          if (read.bytes > 1 << 20) controller.close();
        },
      });
    const known = { bytes: 0 };
    assert.equal((await post(rigOf(), flood(known))).status, 413);
    assert(known.bytes < 16_384, `${known.bytes} bytes were read`);
    const unknown = { bytes: 0 };
    assert.equal((await post(rigOf(), flood(unknown), bearer('no-such-token-at-all'))).status, 401);
    assert(unknown.bytes <= 4096, `${unknown.bytes} bytes were read`);
  });

  test('too many calls are refused for a time; refused callers cannot use up an operator’s', async () => {
    const rig = rigOf();
    const statuses: number[] = [];
    for (let i = 0; i < 200; i++) {
      statuses.push((await post(rig, '{"by":"a"}', bearer('wrong-token-0123456789'))).status);
    }
    assert(statuses.includes(401) && statuses.at(-1) === 429);
    assert.equal((await post(rig, '{"by":"a"}')).status, 200);
    const own: number[] = [];
    for (let i = 0; i < 40; i++) own.push((await post(rig, '{"by":"a"}')).status);
    assert.equal(own.filter((status) => status === 200).length, 19);
    assert.equal(own.at(-1), 429);
    rig.clock.now += 1_000_000;
    assert.equal((await post(rig, '{"by":"a"}')).status, 200);
  });

  test('what a handler throws is told to who can end the engine, and not to the caller', async () => {
    const rig = rigOf();
    const answer = await post(rig, '{"by":"bad luck"}');
    assert.equal(answer.status, 500);
    assert.doesNotMatch(await answer.text(), /bad luck/);
    assert.match(String(rig.failures), /bad luck/);
  });

  test('anything else is 404 in JSON', async () => {
    const rig = rigOf();
    for (const [path, method] of [
      ['/', 'GET'],
      ['/open/x', 'GET'],
      ['/Open', 'GET'],
      ['/open', 'POST'],
      ['/read', 'DELETE'],
      ['/act', 'POST'],
    ] as const) {
      const answer = await rig.app.request(path, { method });
      assert.equal(answer.status, 404, `${method} ${path}`);
      assert.match(await answer.text(), /"error":"not_found"/);
    }
  });

  test('counts what it answered, each status there at zero from the start', async () => {
    const rig = rigOf();
    const line = async (status: number): Promise<string | undefined> => {
      const lines = (await rig.registry.metrics()).split('\n');
      return lines.find((one) => one.startsWith(`engine_api_answers_total{status="${status}"}`));
    };
    assert.match((await line(401)) ?? '', / 0$/);
    await get(rig, '/read');
    await get(rig, '/open');
    assert.match((await line(401)) ?? '', / 1$/);
    assert.match((await line(200)) ?? '', / 1$/);
  });
});

suite('the listening host', () => {
  test('answers on a free port, and refuses once it is closed', async () => {
    const host = await listen(rigOf().app, '127.0.0.1', 0);
    assert.match(host.url, /^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
    assert.equal((await fetch(`${host.url}/open`)).status, 200);
    await host.close();
    await assert.rejects(fetch(`${host.url}/open`));
  });

  test('a thread that hangs is said to hang while it does, and goes on after it', async () => {
    const host = await listen(rigOf().app, '127.0.0.1', 0);
    try {
      const script = `
        const answer = await fetch('${host.url}/health');
        const body = await answer.json();
        console.log(JSON.stringify([answer.status, body.reason]));`;
      const argv = ['--input-type=module', '-e', script];
      // This thread is held up here until the other process has its answer.
      const { stdout } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
      const [status, reason] = JSON.parse(stdout) as [number, string];
      assert.deepEqual([status, reason], [503, 'loop_stalled']);
      assert.equal((await fetch(`${host.url}/open`)).status, 200);
    } finally {
      await host.close();
    }
  });

  test('a body is read to its bound and no further', async () => {
    const rig = rigOf();
    const host = await listen(rig.app, '127.0.0.1', 0);
    try {
      const headers = { ...JSON_BODY, ...bearer(CONTROL_TOKEN) };
      const body = JSON.stringify({ by: 'a'.repeat(1 << 20) });
      const answer = await fetch(`${host.url}/act/1`, { method: 'POST', headers, body }).catch(
        () => undefined,
      );
      // The connection may be cut while the caller still sends.
      assert([413, undefined].includes(answer?.status));
      const whole = await fetch(`${host.url}/act/1`, {
        method: 'POST',
        headers,
        body: '{"by":"a"}',
      });
      assert.equal(whole.status, 200);
      assert.deepEqual(rig.handled, ['1 {"by":"a"}']);
    } finally {
      await host.close();
    }
  });

  test('rejects where the port is taken, and leaves the one that has it alone', async () => {
    const { app } = rigOf();
    const host = await listen(app, '127.0.0.1', 0);
    try {
      const port = Number(new URL(host.url).port);
      await assert.rejects(listen(app, '127.0.0.1', port), { code: 'EADDRINUSE' });
      assert.equal((await fetch(`${host.url}/open`)).status, 200);
    } finally {
      await host.close();
    }
  });
});
