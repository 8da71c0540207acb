import type { Broker } from './broker.ts';
import {
  type Reply,
  RequestDesk,
  type RequestDeskParts,
  type RequestHead,
  type Wait,
} from './request-desk.ts';
import type { LineSink } from './streams.ts';
import { type Answer, refusal } from './wire.ts';

/** The largest body of a request. */
export const BODY_BYTES_MAX = 64 * 1024;
/** Bytes that may wait for a client that does not read; then it is cut off. */
const BACKLOG_BYTES = 256 * 1024;

/** The connection that a request came on, as far as faults need it. */
export interface Connection {
  readonly remoteAddress: string | undefined;
  /** Ends it without an answer. */
  cut(): void;
}

export interface ApiParts extends RequestDeskParts {
  readonly broker: Broker;
  readonly sleep: (ms: number) => Promise<void>;
}

const NEVER: Promise<Response> = new Promise(() => undefined);
const encoder = new TextEncoder();

/** The requests and answers of Fetch over a {@link RequestDesk}. It knows no sockets. */
export class Api {
  readonly #parts: ApiParts;
  readonly #desk: RequestDesk;

  constructor(parts: ApiParts) {
    this.#parts = parts;
    this.#desk = new RequestDesk(parts);
  }

  async answer(request: Request, connection: Connection): Promise<Response> {
    const { headers, method } = request;
    const head: RequestHead = {
      method,
      url: new URL(request.url),
      authorization: headers.get('authorization'),
      unix: headers.get('accept-datetime-format')?.toUpperCase() === 'UNIX',
      remoteAddress: connection.remoteAddress,
    };
    const admitted = this.#desk.admit(head);
    if ('kind' in admitted) return await responseOf(admitted, connection);
    const body = await readBody(request, admitted.wantsBody);
    if (body.isTooLarge) {
      const answer = refusal(413, `A body has at most ${BODY_BYTES_MAX} bytes`);
      return await responseOf(this.#desk.reply(head, answer), connection);
    }
    const work = admitted.work(body.text);
    let step = work.next();
    while (step.done !== true) step = work.next(await this.#done(step.value));
    return await responseOf(step.value, connection);
  }

  async #done(wait: Wait): Promise<Answer | undefined> {
    const { broker, sleep } = this.#parts;
    switch (wait.kind) {
      case 'sleep':
        await sleep(wait.ms);
        return undefined;
      case 'operation':
        return await broker.perform(wait.operation);
      case 'read':
        return await wait.answer;
    }
  }
}

async function responseOf(reply: Reply, connection: Connection): Promise<Response> {
  switch (reply.kind) {
    case 'answer':
      return new Response(reply.text, { status: reply.status, headers: reply.headers });
    case 'stream':
      return new Response(bodyOf(reply.open), { headers: reply.headers });
    case 'none':
      if (reply.cut) connection.cut();
      return await NEVER;
  }
}

function bodyOf(open: (sink: LineSink) => () => void): ReadableStream<Uint8Array> {
  let leave: () => void = () => undefined;
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        leave = open({
          write: (text) => {
            controller.enqueue(encoder.encode(text));
            return (controller.desiredSize ?? 0) > 0;
          },
          close: () => controller.close(),
        });
      },
      cancel: () => leave(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: BACKLOG_BYTES }),
  );
}

/** The body as text, where one is wanted. */
async function readBody(
  request: Request,
  wanted: boolean,
): Promise<{ readonly text?: string; readonly isTooLarge: boolean }> {
  const tooLarge = { isTooLarge: true };
  if (Number(request.headers.get('content-length') ?? 0) > BODY_BYTES_MAX) return tooLarge;
  if (!wanted || request.body === null) return { isTooLarge: false };
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) return tooLarge;
    chunks.push(chunk);
  }
  return { text: Buffer.concat(chunks).toString('utf8'), isTooLarge: false };
}
