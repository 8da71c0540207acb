import { createHash, timingSafeEqual } from 'node:crypto';
import { present } from '../../model/assert.ts';
import type { BrokerMarket } from './broker.ts';
import type { ShownAccount } from './broker-core.ts';
import { control } from './control.ts';
import type { Fault, FaultDesk } from './faults.ts';
import type { Ledger } from './ledger.ts';
import type { Operation } from './operations.ts';
import { findRoute, type Route, type RouteCall } from './routes.ts';
import type { LineSink, Streams } from './streams.ts';
import { type Answer, refusal, wireText } from './wire.ts';

export interface RequestDeskParts {
  readonly broker: ShownAccount;
  readonly market: Pick<BrokerMarket, 'history'>;
  readonly faults: FaultDesk;
  readonly streams: Streams;
  readonly token: string;
  readonly monotonicUs: () => number;
}

/** A request without its body. */
export interface RequestHead {
  readonly method: string;
  readonly url: URL;
  readonly authorization: string | null;
  /** Times are wanted as seconds since 1970. */
  readonly unix: boolean;
  readonly remoteAddress: string | undefined;
}

/** What a request waits for while it is worked on; an operation and a read go on with an answer. */
export type Wait =
  | { readonly kind: 'sleep'; readonly ms: number }
  | { readonly kind: 'operation'; readonly operation: Operation }
  | { readonly kind: 'read'; readonly answer: Promise<Answer> };

/** What goes back over the connection that a request came on. */
export type Reply =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly text: string;
    }
  | {
      readonly kind: 'stream';
      readonly headers: Readonly<Record<string, string>>;
      /** Begins it; the function that is returned says that the client has left. */
      readonly open: (sink: LineSink) => () => void;
    }
  /** Nothing, ever; `cut`: the connection is ended. */
  | { readonly kind: 'none'; readonly cut: boolean };

/** The work on one request, a step for each thing that it waits for. */
export type Work = Generator<Wait, Reply, Answer | undefined>;

/** A request that may be worked on once its body is there; `undefined` stands for none. */
export interface Admitted {
  readonly wantsBody: boolean;
  readonly work: (body: string | undefined) => Work;
}

/** Routes whose document has no 404: an unknown account is a bad request there. */
const NO_404 = ['account', 'summary', 'instruments'];
const LOOPBACK = ['127.0.0.1', '::1', '::ffff:127.0.0.1'];

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/**
 * Answers requests: authentication, routes, faults. It has no sockets, no time and no promises of
 * its own: whoever drives it does what its work waits for.
 */
export class RequestDesk {
  readonly #parts: RequestDeskParts;
  readonly #token: Buffer;
  #requests = 0;
  #stale: { readonly ledger: Ledger; readonly until: number } | undefined;

  constructor(parts: RequestDeskParts) {
    this.#parts = parts;
    this.#token = digestOf(`Bearer ${parts.token}`);
  }

  /** Who asks, and for what: the body is not read before that is known. */
  admit(head: RequestHead): Admitted | Reply {
    this.#requests += 1;
    const { method, url } = head;
    if (!this.#isKnown(head.authorization)) {
      return this.reply(head, refusal(401, 'Insufficient authorization to perform request.'));
    }
    if (url.pathname.startsWith('/control/')) return this.#admitControl(head);
    const found = findRoute(method, url.pathname);
    if (found === 404) return this.reply(head, refusal(404, 'There is no such endpoint'));
    if (found === 405) return this.reply(head, refusal(405, 'The method is not allowed here'));
    const { name, route, at } = found;
    const { accountId } = this.#parts.broker.ledger.config;
    if (url.pathname.startsWith('/v3/accounts/') && at[0] !== accountId) {
      const status = NO_404.includes(name) ? 400 : 404;
      return this.reply(head, refusal(status, "Invalid value specified for 'accountID'"));
    }
    const root = `${url.origin}/v3/accounts/${accountId}`;
    const query = Object.fromEntries(url.searchParams);
    const work = (body: string | undefined): Work => {
      const read = parseBody(body);
      if ('answer' in read) return this.#refused(head, read.answer);
      return this.#work(head, name, route, { at, query, body: read.value, root });
    };
    return { wantsBody: route.kind === 'write', work };
  }

  #isKnown(given: string | null): boolean {
    return given !== null && timingSafeEqual(digestOf(given), this.#token);
  }

  #admitControl(head: RequestHead): Admitted | Reply {
    const { method, url, remoteAddress } = head;
    if (!LOOPBACK.includes(remoteAddress ?? '')) {
      return this.reply(head, refusal(403, 'Only from this machine'));
    }
    const work = (body: string | undefined): Work => {
      const read = parseBody(body);
      if ('answer' in read) return this.#refused(head, read.answer);
      return this.#control(head, control(this.#parts, method, url.pathname, read.value));
    };
    return { wantsBody: method !== 'GET', work };
  }

  // biome-ignore lint/correctness/useYield: work that waits for nothing
  *#refused(head: RequestHead, answer: Answer): Work {
    return this.reply(head, answer);
  }

  *#control(head: RequestHead, asked: Answer | Operation): Work {
    if (!('op' in asked)) return this.reply(head, asked);
    return this.reply(head, answered(yield { kind: 'operation', operation: asked }));
  }

  *#work(head: RequestHead, name: string, route: Route, call: RouteCall): Work {
    const kinds = ['delay', 'drop_request', 'drop_answer', 'status', 'half_open'] as const;
    const more = ['truncate', 'garbage'] as const;
    const names = [name, route.kind];
    const fault = this.#parts.faults.strike([...kinds, ...more], names);
    if (fault === undefined || fault.kind === 'delay') {
      if (fault?.executed === false) yield { kind: 'sleep', ms: fault.ms };
      const reply = yield* this.#execute(head, names, route, call);
      if (fault?.executed === true) yield { kind: 'sleep', ms: fault.ms };
      return reply;
    }
    const isExecuted =
      fault.executed || ['drop_answer', 'truncate', 'garbage'].includes(fault.kind);
    const reply = isExecuted ? yield* this.#execute(head, names, route, call) : undefined;
    return this.#spoil(head, fault, reply);
  }

  #spoil(head: RequestHead, fault: Fault, reply: Reply | undefined): Reply {
    if (fault.kind === 'status') {
      return this.reply(head, refusal(fault.status, `A fault that was asked for`));
    }
    if ((fault.kind === 'truncate' || fault.kind === 'garbage') && reply?.kind === 'answer') {
      const half = reply.text.slice(0, Math.floor(reply.text.length / 2));
      const text = fault.kind === 'truncate' ? half : '<html>not JSON</html>';
      const headers = { 'content-type': 'application/json' };
      return { kind: 'answer', status: reply.status, headers, text };
    }
    return { kind: 'none', cut: fault.kind !== 'half_open' };
  }

  *#execute(head: RequestHead, names: readonly string[], route: Route, call: RouteCall): Work {
    const { faults, market } = this.#parts;
    switch (route.kind) {
      case 'read': {
        const ledger = this.#readable(names);
        const history = (...span: Parameters<BrokerMarket['history']>) => market.history(...span);
        const read = route.read(ledger, call, history);
        if (!(read instanceof Promise)) return this.reply(head, read);
        return this.reply(head, answered(yield { kind: 'read', answer: read }));
      }
      case 'write': {
        const refused = faults.strike(['reject'], names);
        const asked = route.operation(call);
        const operation: Operation =
          refused === undefined ? asked : { ...asked, reject: refused.reason };
        const answer = answered(yield { kind: 'operation', operation });
        const again = faults.strike(['duplicate'], names);
        if (again !== undefined) yield { kind: 'operation', operation };
        return this.reply(head, answer);
      }
      case 'stream':
        return this.#stream(head, route.stream, call);
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

  #stream(head: RequestHead, stream: 'transactions' | 'prices', { query }: RouteCall): Reply {
    const { streams, broker } = this.#parts;
    const { unix } = head;
    const headers = { 'content-type': 'application/octet-stream', ...this.#requestId() };
    if (stream === 'transactions') {
      return { kind: 'stream', headers, open: (sink) => streams.openTransactions(unix, sink) };
    }
    const { format } = broker.ledger;
    const found = (query['instruments'] ?? '').split(',').map((name) => format.find(name));
    const known = found.filter((k) => k !== undefined);
    if (known.length < found.length) {
      return this.reply(head, refusal(400, "Invalid value specified for 'instruments'"));
    }
    const snapshot = query['snapshot']?.toLowerCase() !== 'false';
    const open = (sink: LineSink): (() => void) => streams.openPrices(known, snapshot, unix, sink);
    return { kind: 'stream', headers, open };
  }

  #requestId(): Readonly<Record<string, string>> {
    return { RequestID: String(this.#requests) };
  }

  reply({ unix }: RequestHead, { status, body, location }: Answer): Reply {
    const headers = {
      'content-type': 'application/json',
      // The account's own clock: who asks when an order died must not be told another one.
      date: new Date(Math.floor(this.#parts.broker.ledger.now / 1000)).toUTCString(),
      ...this.#requestId(),
      ...(location === undefined ? {} : { location }),
    };
    return { kind: 'answer', status, headers, text: wireText(body, unix) };
  }
}

/** Work that waits for an answer goes on with one. */
function answered(answer: Answer | undefined): Answer {
  return present(answer, 'an answer to what was waited for');
}

/** The body as JSON; an empty one is `undefined`. */
function parseBody(
  text: string | undefined,
): { readonly value: unknown } | { readonly answer: Answer } {
  if (text === undefined || text === '') return { value: undefined };
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { answer: refusal(400, 'Invalid JSON in the body of the request') };
  }
}
