import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { US_PER_MS } from '../model/time.ts';
import type { TimeUs } from '../model/units.ts';
import type {
  HttpAnswer,
  HttpPool,
  HttpPort,
  HttpRequest,
  HttpStream,
  StreamListener,
} from './http-port.ts';
import { LineCutter } from './line-cutter.ts';

/** A connection that nobody used for so long is not used again: the far end may have left it. */
const IDLE_MS = 4000;
/** A stream that does not answer for so long is given up. */
const STREAM_OPEN_MS = 15_000;
/** A longer line of a stream ends it. */
const LINE_BYTES_MAX = 1024 * 1024;

/** Where a broker is reached. */
export interface HttpHosts {
  /** `https://api-fxpractice.oanda.com`: scheme, host and port. */
  readonly rest: string;
  readonly stream: string;
  /** Sent with each request, and never told: not in an error, not in a log. */
  readonly token: string;
}

/**
 * HTTP over Node's own client: no retry, no redirect followed, one request at a time on each
 * connection, and a deadline over the whole of a call.
 */
export class NodeHttp implements HttpPort {
  readonly #hosts: HttpHosts;

  constructor(hosts: HttpHosts) {
    this.#hosts = hosts;
  }

  openPool(connections: number): HttpPool {
    return new NodePool(this.#hosts, connections);
  }

  stream(path: string, listener: StreamListener): HttpStream {
    return new NodeStream(this.#hosts, path, listener);
  }
}

function headersOf(token: string, body: string | undefined): Record<string, string> {
  const headers = {
    authorization: `Bearer ${token}`,
    accept: 'application/json',
    'accept-datetime-format': 'RFC3339',
  };
  if (body === undefined) return headers;
  const length = String(Buffer.byteLength(body));
  return { ...headers, 'content-type': 'application/json', 'content-length': length };
}

/** What went wrong, in words that hold nothing of the request. */
function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown fault';
  const code = Reflect.get(error, 'code');
  return typeof code === 'string' ? code : error.message.slice(0, 120);
}

/** The `Date` header in µs; `undefined` where there is none that can be read. */
function dateOf(text: string | undefined): TimeUs | undefined {
  const ms = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? undefined : ((ms * US_PER_MS) as TimeUs);
}

class NodePool implements HttpPool {
  readonly #hosts: HttpHosts;
  readonly #agent: http.Agent;
  readonly #client: typeof http | typeof https;
  readonly #readyEvent: 'connect' | 'secureConnect';
  /** Connections on which something can have been sent. */
  readonly #ready = new WeakSet<Socket>();
  readonly #calls = new Set<() => void>();
  #isClosed = false;

  constructor(hosts: HttpHosts, connections: number) {
    const isSecure = hosts.rest.startsWith('https:');
    this.#hosts = hosts;
    this.#client = isSecure ? https : http;
    this.#readyEvent = isSecure ? 'secureConnect' : 'connect';
    const options = { keepAlive: true, maxSockets: connections, timeout: IDLE_MS };
    this.#agent = isSecure ? new https.Agent(options) : new http.Agent(options);
  }

  close(): void {
    this.#isClosed = true;
    for (const end of this.#calls) end();
    this.#calls.clear();
    this.#agent.destroy();
  }

  request(
    { method, path, body, deadlineUs, startWithinUs = deadlineUs, maxBytes }: HttpRequest,
    done: (answer: HttpAnswer) => void,
  ): void {
    if (this.#isClosed) return;
    let isSettled = false;
    const call = this.#client.request(new URL(path, this.#hosts.rest), {
      method,
      agent: this.#agent,
      headers: headersOf(this.#hosts.token, body),
    });
    const end = (): void => {
      isSettled = true;
      clearTimeout(timer);
      clearTimeout(starting);
      call.destroy();
    };
    const settle = (answer: HttpAnswer): void => {
      if (isSettled) return;
      this.#calls.delete(end);
      isSettled = true;
      clearTimeout(timer);
      clearTimeout(starting);
      done(answer);
    };
    const fail = (reason: string): void => {
      const isReady = call.socket !== null && this.#ready.has(call.socket);
      settle({ kind: 'failed', sent: isReady ? 'maybe' : 'no', reason });
    };
    const timer = setTimeout(() => {
      // Ended first: what was not sent by now never is.
      const isReady = call.socket !== null && this.#ready.has(call.socket);
      call.destroy();
      const reason = `no answer within ${Math.round(deadlineUs / US_PER_MS)} ms`;
      settle({ kind: 'failed', sent: isReady ? 'maybe' : 'no', reason });
    }, deadlineUs / US_PER_MS);
    const starting = setTimeout(() => {
      if (call.socket !== null && this.#ready.has(call.socket)) return;
      call.destroy();
      settle({ kind: 'failed', sent: 'no', reason: 'no connection was free' });
    }, startWithinUs / US_PER_MS);
    this.#calls.add(end);
    call.on('socket', (socket) => this.#follow(socket));
    call.on('error', (error) => fail(faultOf(error)));
    call.on('close', () => fail('the connection ended'));
    call.on('response', (response) => collect(response, maxBytes, settle, call));
    call.end(body);
  }

  #follow(socket: Socket): void {
    if (this.#ready.has(socket)) return;
    socket.once(this.#readyEvent, () => this.#ready.add(socket));
  }
}

/** Reads an answer whole; one that is longer than it may be, or ends early, is none. */
function collect(
  response: http.IncomingMessage,
  maxBytes: number,
  settle: (answer: HttpAnswer) => void,
  call: http.ClientRequest,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const fail = (reason: string): void => settle({ kind: 'failed', sent: 'maybe', reason });
  const encoding = response.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    fail(`the answer is encoded as ${encoding.slice(0, 20)}`);
    call.destroy();
    return;
  }
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    chunks.push(chunk);
    if (bytes <= maxBytes) return;
    fail(`the answer is longer than ${maxBytes} bytes`);
    call.destroy();
  });
  response.on('error', (error) => fail(faultOf(error)));
  response.on('close', () => {
    if (!response.complete) fail('the answer was cut short');
  });
  response.on('end', () => {
    if (!response.complete) {
      fail('the answer was cut short');
      return;
    }
    const body = Buffer.concat(chunks).toString('utf8');
    const date = dateOf(response.headers.date);
    settle({ kind: 'answered', status: response.statusCode ?? 0, body, date });
  });
}

class NodeStream implements HttpStream {
  readonly #call: http.ClientRequest;
  readonly #listener: StreamListener;
  readonly #lines = new LineCutter();
  readonly #timer: NodeJS.Timeout;
  #isEnded = false;

  constructor({ stream, token }: HttpHosts, path: string, listener: StreamListener) {
    this.#listener = listener;
    const client = stream.startsWith('https:') ? https : http;
    const headers = { ...headersOf(token, undefined), accept: 'application/octet-stream' };
    this.#call = client.request(new URL(path, stream), { method: 'GET', agent: false, headers });
    this.#timer = setTimeout(
      () => this.#end(`no answer within ${STREAM_OPEN_MS} ms`),
      STREAM_OPEN_MS,
    );
    this.#call.on('error', (error) => this.#end(faultOf(error)));
    this.#call.on('close', () => this.#end('the connection ended'));
    this.#call.on('response', (response) => this.#opened(response));
    this.#call.end();
  }

  close(): void {
    this.#isEnded = true;
    clearTimeout(this.#timer);
    this.#call.destroy();
  }

  #opened(response: http.IncomingMessage): void {
    if (this.#isEnded) return;
    clearTimeout(this.#timer);
    const status = response.statusCode ?? 0;
    this.#listener.opened(status);
    if (status !== 200) {
      this.#end(`it was answered with ${status}`);
      return;
    }
    response.on('data', (chunk: Buffer) => this.#take(chunk));
    response.on('error', (error) => this.#end(faultOf(error)));
    response.on('close', () => this.#end('it ended'));
  }

  #take(chunk: Buffer): void {
    for (const line of this.#lines.take(chunk)) if (!this.#isEnded) this.#listener.line(line);
    if (this.#lines.restLength > LINE_BYTES_MAX) {
      this.#end(`a line is longer than ${LINE_BYTES_MAX} bytes`);
    }
  }

  #end(reason: string): void {
    if (this.#isEnded) return;
    this.close();
    this.#listener.ended(reason);
  }
}
