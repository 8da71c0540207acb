import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Counter, Registry } from '@prometheus-io/client';
import type { Health } from './health.ts';
import { createApp, listen } from './server.ts';

function healthy(reason: string): Health {
  return { healthy: true, tradable: reason === '', reason, balance: '100.00', nothing: null };
}

function appWith(health: () => Health) {
  const registry = new Registry();
  const counter = new Counter({ name: 'test_total', help: 'A test.', registers: [registry] });
  return { app: createApp({ health, registry }), registry, counter };
}

async function statusOf(health: Health): Promise<number> {
  const { app } = appWith(() => health);
  const response = await app.request('/health');
  assert.deepEqual(await response.json(), health, 'the body says it all, whatever the status');
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
  return response.status;
}

suite('/health', () => {
  test('is 200 for an engine that is well and may trade', async () => {
    assert.equal(await statusOf(healthy('')), 200);
  });

  test('is 200 where only the market is closed: that is no fault', async () => {
    assert.equal(await statusOf(healthy('market_closed')), 200);
  });

  test('is 503 where it may not trade inside a session', async () => {
    for (const reason of ['halted', 'exit_only', 'no_quote', 'market_ended']) {
      assert.equal(await statusOf(healthy(reason)), 503, reason);
    }
  });

  test('is 503 for an engine that is not well, whatever else it says', async () => {
    for (const reason of ['loop_stalled', 'market_closed', '']) {
      assert.equal(await statusOf({ ...healthy(reason), healthy: false }), 503, reason);
    }
  });

  test('is asked for anew at each request', async () => {
    let reason = '';
    const { app } = appWith(() => healthy(reason));
    assert.equal((await app.request('/health')).status, 200);
    reason = 'halted';
    assert.equal((await app.request('/health')).status, 503);
    reason = 'market_closed';
    assert.equal((await app.request('/health')).status, 200);
  });
});

suite('the other routes', () => {
  test('/metrics is the text of the registry as it is now, in its content type', async () => {
    const { app, registry, counter } = appWith(() => healthy(''));
    for (const count of [0, 1]) {
      const response = await app.request('/metrics');
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('content-type'), registry.contentType);
      const lines = (await response.text()).split('\n');
      assert(lines.includes('# TYPE test_total counter'));
      assert(lines.includes(`test_total ${count}`));
      counter.inc();
    }
  });

  test('/metrics does not depend on health', async () => {
    const { app } = appWith(() => assert.fail('not asked for'));
    assert.equal((await app.request('/metrics')).status, 200);
  });

  test('anything else is 404 in JSON, and nothing can be posted', async () => {
    const { app } = appWith(() => healthy(''));
    for (const [path, method] of [
      ['/', 'GET'],
      ['/health/x', 'GET'],
      ['/Health', 'GET'],
      ['/health', 'POST'],
      ['/metrics', 'DELETE'],
    ] as const) {
      const response = await app.request(path, { method });
      assert.equal(response.status, 404, `${method} ${path}`);
      assert.deepEqual(await response.json(), { error: 'not_found' });
    }
  });
});

suite('the listening host', () => {
  test('answers on a free port, and refuses once it is closed', async () => {
    const host = await listen(appWith(() => healthy('')).app, '127.0.0.1', 0);
    assert.match(host.url, /^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
    assert.equal((await fetch(`${host.url}/health`)).status, 200);
    await host.close();
    await assert.rejects(fetch(`${host.url}/health`));
  });

  test('rejects where the port is taken, and leaves the one that has it alone', async () => {
    const { app } = appWith(() => healthy(''));
    const host = await listen(app, '127.0.0.1', 0);
    try {
      const port = Number(new URL(host.url).port);
      await assert.rejects(listen(app, '127.0.0.1', port), { code: 'EADDRINUSE' });
      assert.equal((await fetch(`${host.url}/health`)).status, 200);
    } finally {
      await host.close();
    }
  });
});
