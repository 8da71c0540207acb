import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { createAdaptorServer } from '@hono/node-server';
import { present } from '../model/assert.ts';
import type { FromFront, FrontAnswer, FrontData, ToFront } from './front-messages.ts';

const CONNECTIONS_MAX = 64;
const HEADER_MAX_BYTES = 8192;
const REQUEST_MAX_MS = 5000;
/** Calls that wait for the trading thread at most. */
const WAITING_MAX = 32;
/** How long the trading thread may take to answer: a reader within the second, an operator more. */
const ANSWER_WITHIN_MS = { read: 800, control: 8000 } as const;

const STALLED = {
  error: 'loop_stalled',
  message: 'the trading thread does not answer; what was asked of it may still be done',
} as const;

function json(status: number, body: object): Response {
  return Response.json(body, { status });
}

/** How often the trading thread is told what was answered without it. */
const TELL_EVERY_MS = 100;

/** What is wrong with a connection that is no HTTP, by the code of the error. */
const BROKEN: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** What is said for a trading thread that says nothing. */
function stalled(path: string): Response {
  if (!path.startsWith('/health')) return json(503, STALLED);
  return json(503, { healthy: false, tradable: false, reason: 'loop_stalled' });
}

/**
 * The thread that listens. It hands each call to the trading thread and waits a bounded time; so a
 * flood of connections costs that nothing, and a loop that hangs is said to hang.
 */
class Front {
  readonly #port: MessagePort;
  readonly #bodyMaxBytes: number = 0;
  readonly #waiting = new Map<number, (answer: FrontAnswer) => void>();
  #calls = 0;
  /** Answers of this thread by status, which nobody was told of yet. */
  readonly #counts = new Map<number, number>();

  constructor(port: MessagePort, bodyMaxBytes: number) {
    this.#port = port;
    this.#bodyMaxBytes = bodyMaxBytes;
  }

  answered(answer: FrontAnswer): void {
    this.#waiting.get(answer.id)?.(answer);
  }

  async call(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    if (this.#waiting.size >= WAITING_MAX) {
      this.#count(429);
      return json(429, { error: 'too_many', message: 'too many calls' });
    }
    this.#calls += 1;
    const id = this.#calls;
    const answered = new Promise<FrontAnswer>((resolve) => this.#waiting.set(id, resolve));
    let timer: NodeJS.Timeout | undefined;
    try {
      const body = await this.#bodyOf(request);
      const headers = Object.fromEntries(request.headers);
      const { method } = request;
      this.#say({ kind: 'call', id, method, path: pathname + search, headers, body });
      const within = ANSWER_WITHIN_MS[method === 'GET' ? 'read' : 'control'];
      const late = new Promise<undefined>((resolve) => {
        timer = setTimeout(() => resolve(undefined), within);
      });
      const answer = await Promise.race([answered, late]);
      if (answer === undefined) {
        this.#count(503);
        return stalled(pathname);
      }
      return new Response(answer.body, { status: answer.status, headers: answer.headers });
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  /** As much of a body as shows that it is too large. */
  async #bodyOf({ body, method }: Request): Promise<Uint8Array | undefined> {
    if (body === null || method === 'GET' || method === 'HEAD') return undefined;
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of body) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > this.#bodyMaxBytes) break;
    }
    return Buffer.concat(chunks).subarray(0, this.#bodyMaxBytes + 1);
  }

  /** A connection that is no HTTP, or too slow or too large: it is answered and closed. */
  broken(error: NodeJS.ErrnoException, socket: Duplex): void {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const said = BROKEN[error.code ?? ''] ?? '400 Bad Request';
    this.#count(Number.parseInt(said, 10));
    socket.end(`HTTP/1.1 ${said}\r\nConnection: close\r\n\r\n`);
  }

  /** Told together, so that a flood makes few messages. */
  #count(status: number): void {
    if (this.#counts.size === 0) setTimeout(() => this.#tellCounts(), TELL_EVERY_MS).unref();
    this.#counts.set(status, (this.#counts.get(status) ?? 0) + 1);
  }

  #tellCounts(): void {
    const counts = [...this.#counts].map(([status, count]) => ({ status, count }));
    this.#counts.clear();
    this.#say({ kind: 'answered', counts });
  }

  #say(message: FromFront): void {
    this.#port.postMessage(message);
  }

  listening(port: number): void {
    this.#say({ kind: 'listening', port });
  }

  refused(error: NodeJS.ErrnoException): void {
    this.#say({ kind: 'refused', code: error.code ?? '', message: error.message });
  }

  closed(): void {
    this.#say({ kind: 'closed' });
  }
}

function open(port: MessagePort, data: FrontData): void {
  const front = new Front(port, data.bodyMaxBytes);
  const server = createAdaptorServer({
    fetch: (request: Request) => front.call(request),
    serverOptions: {
      maxHeaderSize: HEADER_MAX_BYTES,
      headersTimeout: REQUEST_MAX_MS,
      requestTimeout: REQUEST_MAX_MS,
      connectionsCheckingInterval: 1000,
    },
  }) as Server;
  server.maxConnections = CONNECTIONS_MAX;
  server.on('clientError', (error, socket) => front.broken(error, socket));
  server.once('error', (error) => {
    front.refused(error);
    port.close();
  });
  server.listen(data.port, data.host, () => {
    front.listening((server.address() as AddressInfo).port);
  });
  port.on('message', (message: ToFront) => {
    if (message.kind === 'answer') {
      front.answered(message);
      return;
    }
    server.close(() => {
      front.closed();
      port.close();
    });
    server.closeAllConnections();
  });
}

open(present(parentPort ?? undefined, 'a worker thread'), workerData as FrontData);
