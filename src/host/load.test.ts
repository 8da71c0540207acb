import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { assemble } from '../config/assemble.ts';
import { loadConfig } from '../config/load.ts';
import { LocalDisk } from '../journal/local-disk.ts';
import { printJournal } from '../journal/read-journal.ts';
import { systemClock } from '../runtime/pacer.ts';
import { TemporaryFolder } from '../testing/quote-files.ts';
import { type RunningEngine, runEngine } from './run-engine.ts';

const CONFIG = fileURLToPath(new URL('../../examples/ema-cross/live.jsonc', import.meta.url));
const READ = 'a-token-of-readers-0123';
const CONTROL = 'a-token-of-operators-0123';
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
/** The test's clock goes so much faster, and with it market and rate limits. */
const FASTER = 10;

type Calls = (url: string, n: number) => Promise<number>;

function bearer(token: string): Record<string, string> {
  // Each call on a connection of its own: kept ones add up to what the host takes at most.
  const headers = { 'content-type': 'application/json', connection: 'close' };
  return { ...headers, authorization: `Bearer ${token}` };
}

async function post(
  url: string,
  path: string,
  body: string,
  headers: Record<string, string>,
): Promise<number> {
  const answer = await fetch(`${url}/api/v1/${path}`, { method: 'POST', body, headers });
  await answer.arrayBuffer();
  return answer.status;
}

const kill = (url: string, body: string, headers: Record<string, string>): Promise<number> =>
  post(url, 'kill', body, headers);

/** Bytes that are sent as they are; the status of what comes back. */
async function raw(url: string, bytes: string): Promise<number> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.write(bytes);
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return Number(chunk.toString('latin1').split(' ')[1]);
}

const RESOLVE = JSON.stringify({ by: 'eve', reason: 'x', as: 'not_placed' });
const WHOLE = JSON.stringify({ by: 'eve', reason: 'x' });
const WRONG = ['', 'Bearer x', `Bearer ${CONTROL}x`, `Basic ${CONTROL}`];
const MALFORMED = [
  '',
  '{',
  '[]',
  '{"by":7,"reason":"x"}',
  '{"by":"eve"}',
  '\u0000',
  '['.repeat(900),
];
const NO_HTTP = ['nonsense\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', 'GET /\u0001 HTTP/1.1\r\n\r\n'];
const at = <T>(list: readonly T[], n: number): T => list[n % list.length] as T;

/** Each kind of call that is refused, and the statuses that say so. */
const KINDS: Readonly<Record<string, { readonly statuses: readonly number[]; call: Calls }>> = {
  unauthenticated: {
    statuses: [401],
    call: (url, n) => kill(url, WHOLE, { ...bearer(''), authorization: at(WRONG, n) }),
  },
  'a reader who controls': { statuses: [403], call: (url) => kill(url, WHOLE, bearer(READ)) },
  oversized: {
    statuses: [413],
    call: (url, n) =>
      kill(url, JSON.stringify({ by: 'e', reason: 'x'.repeat(5000 + n) }), bearer(CONTROL)),
  },
  malformed: {
    statuses: [400],
    call: (url, n) => kill(url, at(MALFORMED, n), bearer(CONTROL)),
  },
  // Those that are let in are journaled with who and why, though there is no such order.
  'too frequent': {
    statuses: [404],
    call: (url) => post(url, 'orders/999999/resolve', RESOLVE, bearer(CONTROL)),
  },
  'no HTTP': { statuses: [400], call: (url, n) => raw(url, at(NO_HTTP, n)) },
  'a head that is too large': {
    statuses: [431],
    call: (url) => raw(url, `GET / HTTP/1.1\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`),
  },
};

/** What was answered so far by status, as the metrics say. */
async function counted(url: string): Promise<ReadonlyMap<number, number>> {
  const answer = await fetch(`${url}/metrics`, { headers: bearer(READ) });
  const text = await answer.text();
  const lines = text.matchAll(/^engine_api_answers_total\{status="(\d+)"\} (\d+)$/gm);
  return new Map([...lines].map(([, status, count]) => [Number(status), Number(count)]));
}

async function startEngine(folder: TemporaryFolder): Promise<RunningEngine> {
  const assembly = await assemble(loadConfig(CONFIG), 'run');
  const [wall, begun] = [systemClock.wallUs(), systemClock.monotonicUs()];
  return await runEngine({
    assembly,
    directory: join(folder.path, 'data'),
    host: '127.0.0.1',
    port: 0,
    speed: 60,
    clock: {
      wallUs: () => wall + (systemClock.monotonicUs() - begun) * FASTER,
      monotonicUs: () => begun + (systemClock.monotonicUs() - begun) * FASTER,
    },
    log: silent,
    env: { TIYF_READ_TOKEN: READ, TIYF_CONTROL_TOKEN: CONTROL },
  });
}

suite('an engine that trades under calls that are refused', () => {
  test('goes on quoting and ordering; each refusal has its status and is counted, none is obeyed', async () => {
    using folder = new TemporaryFolder();
    const running = await startEngine(folder);
    const { url, engine } = running;
    const { kernel } = engine;
    let admitted = 0;
    try {
      for (const [kind, { statuses, call }] of Object.entries(KINDS)) {
        // What the kinds before used up comes back within some of the fast clock's seconds.
        await sleep(420);
        const before = await counted(url);
        const [quotes, orders] = [kernel.quotes, kernel.book.orders.lastHandle];
        const seen = new Map<number, number>();
        const isTrading = (): boolean =>
          kernel.quotes > quotes && kernel.book.orders.lastHandle > orders;
        const together = kind === 'too frequent' ? 40 : 20;
        for (let n = 0; n < 3000 && (n < 4 * together || !isTrading()); n += together) {
          const round = Array.from({ length: together }, (_, i) => call(url, n + i));
          for (const status of await Promise.all(round)) {
            seen.set(status, (seen.get(status) ?? 0) + 1);
          }
        }
        assert(isTrading(), `${kind}: ${kernel.quotes - quotes} quotes, no order`);
        const wanted = [...statuses, 429];
        assert(
          [...seen.keys()].every((status) => wanted.includes(status)),
          `${kind}: ${[...seen]}`,
        );
        admitted += seen.get(404) ?? 0;
        if (kind === 'too frequent') assert((seen.get(429) ?? 0) >= 30, `${[...seen]}`);
        else assert((seen.get(statuses[0] ?? 0) ?? 0) >= 19, `${kind}: ${[...seen]}`);
        // The thread that listens tells what it answered by itself a little later.
        await sleep(150);
        const after = await counted(url);
        for (const status of wanted) {
          const more = (after.get(status) ?? 0) - (before.get(status) ?? 0);
          assert.equal(more, seen.get(status) ?? 0, `${kind}: ${status}`);
        }
      }
      assert.equal(running.health()['tradingState'], 'active');
    } finally {
      running.stop('test');
      await running.ended;
    }
    const inputs: string[] = [];
    const kinds = ['control', 'resolve_order'];
    printJournal(new LocalDisk(), join(folder.path, 'data'), { kinds }, (one) => {
      inputs.push(`${Reflect.get(one, 'kind')} ${Reflect.get(one, 'by')}`);
    });
    assert.deepEqual([...new Set(inputs)], ['resolve_order eve']);
    assert.equal(inputs.length, admitted);
  });
});
