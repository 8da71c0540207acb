import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const TOKEN = 'secret-of-the-test';
const ACCOUNT = '/v3/accounts/101-001-1234567-001';

const CONFIG = {
  account: { currency: 'USD', balance: '100000' },
  instruments: { use: ['EURUSD', 'USDJPY'] },
  market: {
    kind: 'synthetic',
    alwaysOpen: true,
    instruments: { EURUSD: { quotesPerSecond: '50' }, USDJPY: { quotesPerSecond: '50' } },
  },
  server: { dataDirectory: 'books', heartbeat: '50ms' },
};

interface Transaction {
  readonly id: string;
  readonly type: string;
  readonly [field: string]: unknown;
}

/** What a client was told, by answers and by the stream. */
type Told = Map<string, Transaction>;

function note(told: Told, found: unknown): void {
  if (typeof found !== 'object' || found === null) return;
  const one = found as Partial<Transaction>;
  if (typeof one.id !== 'string' || typeof one.type !== 'string') return;
  const before = told.get(one.id);
  // Whoever tells it, and whenever: a transaction never changes.
  if (before !== undefined) assert.deepEqual(found, before);
  told.set(one.id, found as Transaction);
}

describe('tiyf broker', () => {
  let root = '';
  const children: ChildProcess[] = [];
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'tiyf-broker-cli-'));
    writeFileSync(join(root, 'broker.jsonc'), JSON.stringify(CONFIG));
  });
  after(() => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(root, { recursive: true });
  });

  function start(args: readonly string[], env: object = { TIYF_BROKER_TOKEN: TOKEN }) {
    const argv = ['--conditions=tiyf-source', MAIN, 'broker', '--no-cache', ...args];
    const child = spawn(process.execPath, argv, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    return child;
  }

  async function ended(child: ReturnType<typeof start>) {
    const [out, err] = [text(child.stdout), text(child.stderr)];
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, out: await out, err: await err };
  }

  /** The URL that it prints, once it listens. */
  async function urlOf(child: ReturnType<typeof start>): Promise<string> {
    for await (const line of createInterface({ input: child.stdout })) return line;
    assert.fail(`it prints no URL: ${await text(child.stderr)}`);
  }

  async function call(url: string, method: string, path: string, body?: unknown) {
    const response = await fetch(`${url}${ACCOUNT}${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as Record<string, unknown>;
    return { status: response.status, body: answer };
  }

  /** Waits until both instruments have a price: before that, orders are rejected. */
  async function priced(url: string): Promise<void> {
    for (;;) {
      const { body } = await call(url, 'GET', '/pricing?instruments=EUR_USD,USD_JPY');
      const prices = body['prices'] as readonly { readonly instrument: string }[] | undefined;
      if (new Set(prices?.map(({ instrument }) => instrument)).size === 2) return;
      await sleep(10);
    }
  }

  /** Sends one order after the other until the broker is gone. */
  async function trade(url: string, name: string, told: Told): Promise<number> {
    for (let i = 0; ; i++) {
      const instrument = i % 3 === 0 ? 'USD_JPY' : 'EUR_USD';
      const units = i % 2 === 0 ? '10' : '-10';
      const clientExtensions = { id: `${name}-${i}` };
      const market = { type: 'MARKET', instrument, units, clientExtensions };
      const limit = { ...market, type: 'LIMIT', price: '1.00000' };
      try {
        const order = i % 4 === 3 ? limit : market;
        const { status, body } = await call(url, 'POST', '/orders', { order });
        assert.equal(status, 201, JSON.stringify(body));
        for (const part of Object.values(body)) note(told, part);
        if (order === limit) {
          const cancel = await call(url, 'PUT', `/orders/@${name}-${i}/cancel`);
          for (const part of Object.values(cancel.body)) note(told, part);
        }
      } catch (error) {
        if (error instanceof TypeError) return i;
        throw error;
      }
    }
  }

  /** Notes what the stream tells until it breaks off. */
  async function listen(url: string, told: Told): Promise<void> {
    const response = await fetch(`${url}${ACCOUNT}/transactions/stream`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    let rest = '';
    try {
      for await (const chunk of response.body ?? []) {
        const lines = (rest + new TextDecoder().decode(chunk)).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const item: Transaction = JSON.parse(line);
          if (item.type !== 'HEARTBEAT') note(told, item);
        }
      }
    } catch (error) {
      assert(error instanceof TypeError);
    }
  }

  async function everything(url: string): Promise<Transaction[]> {
    const found: Transaction[] = [];
    for (;;) {
      const { body } = await call(url, 'GET', `/transactions/sinceid?id=${found.length}`);
      found.push(...(body['transactions'] as Transaction[]));
      if (String(found.length) === body['lastTransactionID']) return found;
    }
  }

  test('killed in the middle of orders it loses nothing that it told, and its ids are dense', async () => {
    const told: Told = new Map();
    let orders = 0;
    for (let life = 0; life < 3; life++) {
      const child = start(['--config', 'broker.jsonc', '--port', '0']);
      const url = await urlOf(child);
      const found = await everything(url);
      for (const [at, { id }] of found.entries()) assert.equal(id, String(at + 1));
      for (const one of told.values()) assert.deepEqual(found[Number(one.id) - 1], one);
      await priced(url);
      const working = [`a${life}`, `b${life}`, `c${life}`].map((name) => trade(url, name, told));
      const listening = listen(url, told);
      await sleep(150 + 90 * life);
      child.kill('SIGKILL');
      orders += (await Promise.all(working)).reduce((sum, one) => sum + one, 0);
      await listening;
    }
    const child = start(['--config', 'broker.jsonc', '--port', '0']);
    const url = await urlOf(child);
    const found = await everything(url);
    for (const one of told.values()) assert.deepEqual(found[Number(one.id) - 1], one);
    const money = found.findLast(({ accountBalance }) => accountBalance !== undefined);
    const { body } = await call(url, 'GET', '/summary');
    assert.equal((body['account'] as Transaction)['balance'], money?.['accountBalance']);
    assert(orders > 20, `${orders} orders were answered`);
    child.kill('SIGTERM');
    const [code] = (await once(child, 'close')) as [number | null];
    assert.equal(code, 0);
  });

  test('says what is wrong with its configuration, its token, its port, its books', async () => {
    const bad = {
      ...CONFIG,
      server: { host: '0.0.0.0' },
      account: { currency: 'XXX', balance: '1' },
    };
    writeFileSync(join(root, 'bad.jsonc'), JSON.stringify(bad));
    const other = { ...CONFIG, account: { currency: 'USD', balance: '5' } };
    writeFileSync(join(root, 'other.jsonc'), JSON.stringify(other));
    const first = start(['--config', 'broker.jsonc', '--data', 'one']);
    const port = new URL(await urlOf(first)).port;
    const results = await Promise.all([
      ended(start(['--config', 'bad.jsonc'])),
      ended(start(['--config', 'broker.jsonc'], { TIYF_BROKER_TOKEN: '' })),
      ended(start(['--config', 'broker.jsonc', '--data', 'two', '--port', port])),
      ended(start(['--config', 'broker.jsonc', '--data', 'one'])),
      ended(start(['--config', 'broker.jsonc', '--speed', 'max'])),
    ]);
    first.kill('SIGTERM');
    await once(first, 'close');
    results.push(await ended(start(['--config', 'other.jsonc', '--data', 'one'])));
    const wanted = [
      /server\.host.*loopback/,
      /TIYF_BROKER_TOKEN is not set/,
      new RegExp(`port ${port} is taken`),
      /held by another engine/,
      /--speed max/,
      /of another configuration/,
    ];
    for (const [at, { code, out, err }] of results.entries()) {
      assert.deepEqual([code, out], [2, ''], err);
      assert.match(err, wanted[at] ?? /never/);
      assert(!err.includes(TOKEN));
    }
  });
});
