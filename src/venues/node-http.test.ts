import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, suite, test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import type { HttpAnswer, HttpPool } from './http-port.ts';
import { NodeHttp } from './node-http.ts';

const TOKEN = 'secret-token-of-the-test';
const MS = 1000;
const OK = 'HTTP/1.1 200 OK\r\nDate: Mon, 01 Jan 2024 00:00:07 GMT\r\n';

const opened: { end(): void }[] = [];

function endAll(): void {
  for (const one of opened.splice(0)) one.end();
}

/** A peer that does with each connection what a test says. */
async function peer(
  serve: (socket: Socket, text: string, nth: number) => void,
  make: (onSocket: (socket: Socket) => void) => Server = (onSocket) => createServer(onSocket),
): Promise<{ readonly port: number; readonly requests: string[] }> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const server = make((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      requests.push(String(chunk));
      serve(socket, String(chunk), requests.length);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push({
    end: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  const address = server.address();
  assert(typeof address === 'object' && address !== null);
  return { port: address.port, requests };
}

function poolOf(port: number, scheme = 'http', connections = 2): HttpPool {
  const host = `${scheme}://127.0.0.1:${port}`;
  const pool = new NodeHttp({ rest: host, stream: host, token: TOKEN }).openPool(connections);
  opened.push({ end: () => pool.close() });
  return pool;
}

function ask(
  pool: HttpPool,
  more: { body?: string; deadlineUs?: number; startWithinUs?: number } = {},
) {
  const request = { method: 'POST', path: '/v3/x', deadlineUs: 2000 * MS, maxBytes: 1000 } as const;
  return new Promise<HttpAnswer>((resolve) => pool.request({ ...request, ...more }, resolve));
}

/** What the peer writes, and what is made of it. */
const HOSTILE: readonly (readonly [string, string, string])[] = [
  [
    'a body longer than it may be',
    `${OK}Content-Length: 5000\r\n\r\n${'x'.repeat(5000)}`,
    'longer',
  ],
  ['a body without end', `${OK}\r\n${'x'.repeat(100_000)}`, 'longer'],
  ['a body cut short', `${OK}Content-Length: 50\r\n\r\n{"a":`, 'FIN'],
  ['chunks cut short', `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\n{"a"`, 'FIN'],
  ['what is not HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n', ''],
  ['headers without end', `${OK}X: ${'y'.repeat(40_000)}\r\n\r\n`, ''],
  ['nothing, and the end', 'FIN', ''],
  ['a packed body', `${OK}Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}`, 'encoded'],
  ['two lengths', `${OK}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`, ''],
];

suite('HTTP to a hostile peer', () => {
  afterEach(endAll);

  test('a whole answer comes with its status and the clock of its peer', async () => {
    const { port, requests } = await peer((socket) =>
      socket.write(`${OK}Content-Length: 9\r\n\r\n{"a":"ä"}`.replace('9', '10')),
    );
    const answer = await ask(poolOf(port), { body: '{"b":"ü"}' });
    const date = 1_704_067_207_000_000;
    assert.deepEqual(answer, { kind: 'answered', status: 200, body: '{"a":"ä"}', date });
    assert.match(requests[0] ?? '', /^POST \/v3\/x HTTP\/1\.1\r\n/);
    assert.match(requests[0] ?? '', /authorization: Bearer secret-token-of-the-test/i);
    assert.match(requests[0] ?? '', /content-length: 10\r\n/i);
  });

  for (const [what, written, why] of HOSTILE) {
    test(`${what}: it may have been executed, and the reason holds no secret`, async () => {
      const { port } = await peer((socket) => {
        if (written !== 'FIN') socket.write(written);
        if (written === 'FIN' || why === 'FIN') socket.end();
      });
      const answer = await ask(poolOf(port));
      assert.equal(answer.kind, 'failed');
      assert.equal(answer.kind === 'failed' && answer.sent, 'maybe');
      const text = JSON.stringify(answer);
      assert(!text.includes(TOKEN), text);
      if (why !== 'FIN') assert(text.includes(why), text);
    });
  }

  test('a redirect is an answer, and nobody goes where it points', async () => {
    const other = await peer(() => assert.fail('the token must not travel'));
    const { port } = await peer((socket) =>
      socket.write(
        `HTTP/1.1 307 X\r\nLocation: http://127.0.0.1:${other.port}/\r\nContent-Length: 0\r\n\r\n`,
      ),
    );
    const answer = await ask(poolOf(port));
    assert.equal(answer.kind === 'answered' && answer.status, 307);
    assert.equal(other.requests.length, 0);
  });

  test('silence ends at the deadline; what never was connected was not sent', async () => {
    const { port } = await peer(() => undefined);
    const silent = await ask(poolOf(port), { deadlineUs: 50 * MS });
    assert.deepEqual(silent, { kind: 'failed', sent: 'maybe', reason: 'no answer within 50 ms' });
    const one = poolOf(port, 'http', 1);
    const [first, queued] = await Promise.all([
      ask(one, { deadlineUs: 80 * MS }),
      ask(one, { deadlineUs: 40 * MS }),
    ]);
    assert.equal(first?.kind === 'failed' && first.sent, 'maybe');
    assert.equal(queued?.kind === 'failed' && queued.sent, 'no', 'it waited for a connection');
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    server.close();
    await once(server, 'close');
    assert(typeof address === 'object' && address !== null);
    const refused = await ask(poolOf(address.port));
    assert.deepEqual(refused, { kind: 'failed', sent: 'no', reason: 'ECONNREFUSED' });
  });

  test('what finds no free connection in time is taken back: the peer never sees it', async () => {
    const { port, requests } = await peer(() => undefined);
    const pool = poolOf(port, 'http', 1);
    const first = ask(pool, { body: '{"n":1}', deadlineUs: 300 * MS });
    const second = ask(pool, { body: '{"n":2}', deadlineUs: 300 * MS, startWithinUs: 50 * MS });
    const reason = 'no connection was free';
    assert.deepEqual(await second, { kind: 'failed', sent: 'no', reason });
    const late = await first;
    assert.equal(late.kind === 'failed' && late.sent, 'maybe', 'what is being sent goes on');
    assert.equal(requests.length, 1);
  });

  test('an answer that drips in ends at the deadline, however long it would go on', async () => {
    const { port } = await peer((socket) => {
      socket.write(`${OK}Content-Length: 900\r\n\r\n`);
      const timer = setInterval(() => socket.write('x'), 5);
      socket.on('close', () => clearInterval(timer));
    });
    const answer = await ask(poolOf(port), { deadlineUs: 60 * MS });
    assert.deepEqual(answer, { kind: 'failed', sent: 'maybe', reason: 'no answer within 60 ms' });
  });

  test('a TLS handshake that fails has sent nothing', async () => {
    const plain = await peer((socket) => socket.end('HTTP/1.1 400 Bad\r\n\r\n'));
    const wrong = await ask(poolOf(plain.port, 'https'));
    assert.equal(wrong.kind === 'failed' && wrong.sent, 'no');
    assert(!plain.requests.join('').includes(TOKEN));
    const bare = await peer(
      () => assert.fail('nothing is readable'),
      (onSocket) => {
        const server = createTlsServer({}, onSocket);
        server.on('tlsClientError', () => undefined);
        return server;
      },
    );
    const noCertificate = await ask(poolOf(bare.port, 'https'));
    assert.equal(noCertificate.kind === 'failed' && noCertificate.sent, 'no');
  });

  test('a connection is used again, and one that the peer left is not', async () => {
    const ports = new Set<number | undefined>();
    const { port } = await peer((socket, _, nth) => {
      ports.add(socket.remotePort);
      socket.write(`${OK}Content-Length: 2\r\n\r\n{}`);
      if (nth === 2) socket.end();
    });
    const pool = poolOf(port, 'http', 1);
    for (let i = 0; i < 2; i += 1) assert.equal((await ask(pool)).kind, 'answered');
    assert.equal(ports.size, 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal((await ask(pool)).kind, 'answered');
    assert.equal(ports.size, 2);
  });

  test('a pool that was closed calls nobody back, and its connections are gone', async () => {
    let ended = 0;
    const { port, requests } = await peer((socket) => socket.on('close', () => (ended += 1)));
    const pool = poolOf(port);
    const request = { method: 'GET', path: '/', deadlineUs: 30 * MS, maxBytes: 10 } as const;
    pool.request(request, () => assert.fail('called back'));
    while (requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    pool.close();
    pool.request(request, () => assert.fail('called back'));
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal(ended, 1);
  });
});

/** Follows a stream to its end. */
function follow(port: number): Promise<readonly string[]> {
  const host = `http://127.0.0.1:${port}`;
  const seen: string[] = [];
  return new Promise((resolve) => {
    const stream = new NodeHttp({ rest: host, stream: host, token: TOKEN }).stream('/s', {
      opened: (status) => seen.push(`opened ${status}`),
      line: (text) => seen.push(text.length > 100 ? `line of ${text.length}` : text),
      ended: (reason) => {
        seen.push(`ended: ${reason}`);
        resolve(seen);
      },
    });
    opened.push({ end: () => stream.close() });
  });
}

suite('a stream of lines', () => {
  afterEach(endAll);

  test('lines come whole, however they are cut, and half a line is none', async () => {
    const bytes = Buffer.from('{"a":"ä"}\n\n{"b":1}\r\n{"c":');
    const { port } = await peer((socket) => {
      socket.write(`${OK}\r\n`);
      for (const byte of bytes) socket.write(Buffer.from([byte]));
      socket.end();
    });
    assert.deepEqual(await follow(port), [
      'opened 200',
      '{"a":"ä"}',
      '{"b":1}\r',
      'ended: it ended',
    ]);
  });

  test('a line without end, another status and no HTTP at all end it', async () => {
    const endless = await peer((socket) => {
      socket.write(`${OK}\r\n`);
      socket.write('x'.repeat(2_000_000));
    });
    const [, end] = await follow(endless.port);
    assert.match(end ?? '', /^ended: a line is longer/);
    const refused = await peer((socket) =>
      socket.write('HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\n{}'),
    );
    assert.deepEqual(await follow(refused.port), ['opened 401', 'ended: it was answered with 401']);
    const odd = await peer((socket) => socket.end('what?\r\n\r\n'));
    const text = JSON.stringify(await follow(odd.port));
    assert(text.includes('ended') && !text.includes(TOKEN), text);
  });
});
