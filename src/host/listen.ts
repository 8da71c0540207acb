import { Worker } from 'node:worker_threads';
import type { FromFront, FrontCall, FrontData, ToFront } from './front-messages.ts';
import { type App, BODY_MAX_BYTES } from './server.ts';

const ENDING = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const ENTRY = new URL(`./front-worker.${ENDING}`, import.meta.url);

/** A listening server. */
export interface Host {
  readonly url: string;
  close(): Promise<void>;
}

/** Answers one call by the routes. */
async function answer(app: App, call: FrontCall): Promise<ToFront> {
  const { id, path, method, headers, body } = call;
  const init =
    body === undefined ? { method, headers } : { method, headers, body: Buffer.from(body) };
  const response = await app.request(path, init);
  const { status } = response;
  const told = Object.fromEntries(response.headers);
  return { kind: 'answer', id, status, headers: told, body: await response.text() };
}

/**
 * Listens on an address, in a thread of its own; port 0 takes a free one. Rejects when the port is
 * taken. `died` hears of a thread that ended by itself: then nobody can look at the engine;
 * `answered` of what that thread answered without the routes.
 */
export async function listen(
  app: App,
  host: string,
  port: number,
  died: (error: unknown) => void = () => undefined,
  answered: (status: number, count: number) => void = () => undefined,
): Promise<Host> {
  const workerData: FrontData = { host, port, bodyMaxBytes: BODY_MAX_BYTES };
  // Its environment is empty: tokens are none of its business.
  const worker = new Worker(ENTRY, { workerData, env: {} });
  const opened = Promise.withResolvers<number>();
  const ended = Promise.withResolvers<void>();
  let closing = false;
  worker.on('message', (message: FromFront) => {
    switch (message.kind) {
      case 'listening':
        opened.resolve(message.port);
        return;
      case 'refused': {
        const { code } = message;
        closing = true;
        opened.reject(Object.assign(new Error(message.message), { code }));
        return;
      }
      case 'closed':
        return;
      case 'answered':
        for (const { status, count } of message.counts) answered(status, count);
        return;
      case 'call':
        void answer(app, message).then((told) => worker.postMessage(told), died);
        return;
    }
  });
  worker.on('error', (error) => {
    opened.reject(error);
    died(error);
  });
  worker.on('exit', () => {
    ended.resolve();
    if (!closing) died(new Error('the thread that listens has ended'));
  });
  const taken = await opened.promise;
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${name}:${taken}`,
    close: async () => {
      closing = true;
      const close: ToFront = { kind: 'close' };
      worker.postMessage(close);
      await ended.promise;
    },
  };
}
