import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import { Api, type ApiParts, type Connection } from './api.ts';
import { Broker, type BrokerParts } from './broker.ts';
import { type Fault, FaultDesk } from './faults.ts';
import { Streams } from './streams.ts';

/** How a broker is served. */
export interface ServeOptions {
  readonly broker: BrokerParts;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly token: string;
  readonly faults: readonly Fault[];
  /** Of the draws of faults. */
  readonly seed: number;
  readonly heartbeatMs: number;
  readonly priceIntervalMs: number;
}

/** A broker that listens. */
export interface ServedBroker {
  readonly url: string;
  readonly broker: Broker;
  readonly faults: FaultDesk;
  /** Rejects when the broker died: nothing is answered any more. */
  readonly failed: Promise<never>;
  /** Ends it with its books saved. */
  stop(): Promise<void>;
}

/** Real time between two looks at the market and the streams. */
const PUMP_MS = 10;

function monotonicUs(): number {
  return Math.round(performance.now() * 1000);
}

function connectionOf(incoming: IncomingMessage | undefined): Connection {
  return {
    remoteAddress: incoming?.socket.remoteAddress,
    cut: () => incoming?.socket.destroy(),
  };
}

/** Opens the books, lets the market go on, and listens. Rejects when the port is taken. */
export async function serveBroker(options: ServeOptions): Promise<ServedBroker> {
  const broker = new Broker({ ...options.broker, gather: () => nextTurn() });
  try {
    await broker.start();
    const faults = new FaultDesk(options.faults, options.seed);
    const streams = new Streams(broker, faults, {
      heartbeatUs: options.heartbeatMs * 1000,
      priceUs: options.priceIntervalMs * 1000,
      monotonicUs,
    });
    const api = new Api({
      broker,
      market: options.broker.market,
      faults,
      streams,
      token: options.token,
      sleep: async (ms) => {
        await sleep(ms);
      },
      monotonicUs,
    } satisfies ApiParts);
    const http = await listen(api, options.host, options.port);
    const pump = startPump(broker, streams);
    return {
      url: http.url,
      broker,
      faults,
      failed: broker.failed,
      stop: async () => {
        await pump.stop();
        streams[Symbol.dispose]();
        await http.close();
        await broker.stop();
        broker[Symbol.dispose]();
      },
    };
  } catch (error) {
    broker[Symbol.dispose]();
    throw error;
  }
}

/** Lets time pass and streams be sent, until it is stopped or the broker died. */
function startPump(broker: Broker, streams: Streams): { stop(): Promise<void> } {
  let stopped = false;
  const run = async (): Promise<void> => {
    while (!stopped) {
      await broker.turn();
      streams.pump();
      await sleep(PUMP_MS);
    }
  };
  // A broker that died tells it through `failed`.
  const running = run().catch(() => undefined);
  return {
    stop: async () => {
      stopped = true;
      await running;
    },
  };
}

async function listen(api: Api, host: string, port: number) {
  const fetch = (request: Request, env: HttpBindings): Promise<Response> =>
    api.answer(request, connectionOf(env.incoming));
  const server = createAdaptorServer({
    fetch: (request, env) => fetch(request, env as HttpBindings),
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}
