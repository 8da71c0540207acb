import { createHash, timingSafeEqual } from 'node:crypto';
import type { Broker, BrokerMarket } from './broker.ts';
import { control } from './control.ts';
import type { Fault, FaultDesk } from './faults.ts';
import type { Ledger } from './ledger.ts';
import type { Operation } from './operations.ts';
import { findRoute, type Route, type RouteCall } from './routes.ts';
import type { Streams } from './streams.ts';
import { type Answer, refusal, wireText } from './wire.ts';

/** The largest body of a request. */
export const BODY_BYTES_MAX = 64 * 1024;

/** The connection that a request came on, as far as faults need it. */
export interface Connection {
  readonly remoteAddress: string | undefined;
  /** Ends it without an answer. */
  cut(): void;
}

export interface ApiParts {
  readonly broker: Broker;
  readonly market: Pick<BrokerMarket, 'history'>;
  readonly faults: FaultDesk;
  readonly streams: Streams;
  readonly token: string;
  readonly sleep: (ms: number) => Promise<void>;
  readonly monotonicUs: () => number;
}

const NEVER: Promise<Response> = new Promise(() => undefined);
/** Routes whose document has no 404: an unknown account is a bad request there. */
const NO_404 = ['account', 'summary', 'instruments'];
const LOOPBACK = ['127.0.0.1', '::1', '::ffff:127.0.0.1'];

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Answers requests: authentication, routes, faults. It knows no sockets. */
export class Api {
  readonly #parts: ApiParts;
  readonly #token: Buffer;
  #requests = 0;
  #stale: { readonly ledger: Ledger; readonly until: number } | undefined;

  constructor(parts: ApiParts) {
    this.#parts = parts;
    this.#token = digestOf(`Bearer ${parts.token}`);
  }

  async answer(request: Request, connection: Connection): Promise<Response> {
    this.#requests += 1;
    const url = new URL(request.url);
    if (!this.#isKnown(request.headers.get('authorization'))) {
      return this.#reply(request, refusal(401, 'Insufficient authorization to perform request.'));
    }
    if (url.pathname.startsWith('/control/')) {
      return await this.#control(request, url, connection);
    }
    const found = findRoute(request.method, url.pathname);
    if (found === 404) return this.#reply(request, refusal(404, 'There is no such endpoint'));
    if (found === 405) {
      return this.#reply(request, refusal(405, 'The method is not allowed here'));
    }
    const { name, route, at } = found;
    const { accountId } = this.#parts.broker.ledger.config;
    if (url.pathname.startsWith('/v3/accounts/') && at[0] !== accountId) {
      const status = NO_404.includes(name) ? 400 : 404;
      return this.#reply(request, refusal(status, "Invalid value specified for 'accountID'"));
    }
    const body = await readBody(request, route.kind === 'write');
    if ('answer' in body) return this.#reply(request, body.answer);
    const call: RouteCall = {
      at,
      query: Object.fromEntries(url.searchParams),
      body: body.value,
      root: `${url.origin}/v3/accounts/${accountId}`,
    };
    return await this.#faulty(request, connection, name, route, call);
  }

  #isKnown(given: string | null): boolean {
    return given !== null && timingSafeEqual(digestOf(given), this.#token);
  }

  async #control(request: Request, url: URL, connection: Connection): Promise<Response> {
    if (!LOOPBACK.includes(connection.remoteAddress ?? '')) {
      return this.#reply(request, refusal(403, 'Only from this machine'));
    }
    const body = await readBody(request, request.method !== 'GET');
    if ('answer' in body) return this.#reply(request, body.answer);
    const { broker, faults, streams } = this.#parts;
    const parts = { broker, faults, streams };
    return this.#reply(request, await control(parts, request.method, url.pathname, body.value));
  }

  async #faulty(
    request: Request,
    connection: Connection,
    name: string,
    route: Route,
    call: RouteCall,
  ): Promise<Response> {
    const kinds = ['delay', 'drop_request', 'drop_answer', 'status', 'half_open'] as const;
    const more = ['truncate', 'garbage'] as const;
    const names = [name, route.kind];
    const fault = this.#parts.faults.strike([...kinds, ...more], names);
    if (fault === undefined || fault.kind === 'delay') {
      if (fault?.executed === false) await this.#parts.sleep(fault.ms);
      const response = await this.#execute(request, names, route, call);
      if (fault?.executed === true) await this.#parts.sleep(fault.ms);
      return response;
    }
    const isExecuted =
      fault.executed || ['drop_answer', 'truncate', 'garbage'].includes(fault.kind);
    const response = isExecuted ? await this.#execute(request, names, route, call) : undefined;
    return await this.#spoil(request, connection, fault, response);
  }

  async #spoil(
    request: Request,
    connection: Connection,
    fault: Fault,
    response: Response | undefined,
  ): Promise<Response> {
    if (fault.kind === 'status') {
      return this.#reply(request, refusal(fault.status, `A fault that was asked for`));
    }
    if (fault.kind === 'truncate' || fault.kind === 'garbage') {
      const text = (await response?.text()) ?? '';
      const half = text.slice(0, Math.floor(text.length / 2));
      const headers = { 'content-type': 'application/json' };
      const body = fault.kind === 'truncate' ? half : '<html>not JSON</html>';
      return new Response(body, { status: response?.status ?? 200, headers });
    }
    if (fault.kind !== 'half_open') connection.cut();
    return await NEVER;
  }

  async #execute(
    request: Request,
    names: readonly string[],
    route: Route,
    call: RouteCall,
  ): Promise<Response> {
    const { broker, faults, market } = this.#parts;
    switch (route.kind) {
      case 'read': {
        const ledger = this.#readable(names);
        const history = (...span: Parameters<BrokerMarket['history']>) => market.history(...span);
        return this.#reply(request, await route.read(ledger, call, history));
      }
      case 'write': {
        const refused = faults.strike(['reject'], names);
        const asked = route.operation(call);
        const operation: Operation =
          refused === undefined ? asked : { ...asked, reject: refused.reason };
        const answer = broker.perform(operation);
        const again = faults.strike(['duplicate'], names);
        if (again !== undefined) await broker.perform(operation);
        return this.#reply(request, await answer);
      }
      case 'stream':
        return this.#stream(request, route.stream, call);
    }
  }

  /** The account as it is read: now, or where stale reads were asked for, as it was. */
  #readable(names: readonly string[]): Ledger {
    const { broker, faults, monotonicUs } = this.#parts;
    const stale = faults.strike(['stale_reads'], names);
    if (stale === undefined) return broker.ledger;
    const now = monotonicUs();
    if (this.#stale === undefined || now >= this.#stale.until) {
      this.#stale = { ledger: broker.frozen(), until: now + stale.ms * 1000 };
    }
    return this.#stale.ledger;
  }

  #stream(request: Request, stream: 'transactions' | 'prices', { query }: RouteCall): Response {
    const { streams, broker } = this.#parts;
    const unix = isUnix(request);
    const headers = { 'content-type': 'application/octet-stream', ...this.#requestId() };
    if (stream === 'transactions') return new Response(streams.openTransactions(unix), { headers });
    const { format } = broker.ledger;
    const found = (query['instruments'] ?? '').split(',').map((name) => format.find(name));
    const known = found.filter((k) => k !== undefined);
    if (known.length < found.length) {
      return this.#reply(request, refusal(400, "Invalid value specified for 'instruments'"));
    }
    const snapshot = query['snapshot']?.toLowerCase() !== 'false';
    return new Response(streams.openPrices(known, snapshot, unix), { headers });
  }

  #requestId(): Readonly<Record<string, string>> {
    return { RequestID: String(this.#requests) };
  }

  #reply(request: Request, { status, body, location }: Answer): Response {
    return new Response(wireText(body, isUnix(request)), {
      status,
      headers: {
        'content-type': 'application/json',
        // The account's own clock: who asks when an order died must not be told another one.
        date: new Date(Math.floor(this.#parts.broker.ledger.now / 1000)).toUTCString(),
        ...this.#requestId(),
        ...(location === undefined ? {} : { location }),
      },
    });
  }
}

function isUnix(request: Request): boolean {
  return request.headers.get('accept-datetime-format')?.toUpperCase() === 'UNIX';
}

/** The body as JSON; an empty one is `undefined`. */
async function readBody(
  request: Request,
  wanted: boolean,
): Promise<{ readonly value: unknown } | { readonly answer: Answer }> {
  const tooLarge = { answer: refusal(413, `A body has at most ${BODY_BYTES_MAX} bytes`) };
  if (Number(request.headers.get('content-length') ?? 0) > BODY_BYTES_MAX) return tooLarge;
  if (!wanted || request.body === null) return { value: undefined };
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) return tooLarge;
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  if (text === '') return { value: undefined };
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { answer: refusal(400, 'Invalid JSON in the body of the request') };
  }
}
