import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Registry } from '@prometheus-io/client';
import { Hono } from 'hono';
import type { Health } from './health.ts';

/** What the host shows of an engine. */
export interface HostView {
  readonly health: () => Health;
  readonly registry: Registry;
}

/** The routes, testable without a socket. */
export function createApp(view: HostView): Hono {
  const app = new Hono();
  app.get('/health', (context) => {
    const health = view.health();
    // A closed market is no fault: upgrades and restarts look at `healthy` (X31).
    const well = health.healthy && (health.tradable || health.reason === 'market_closed');
    return context.json(health, well ? 200 : 503);
  });
  app.get('/metrics', async (context) => {
    const text = await view.registry.metrics();
    return context.body(text, 200, { 'content-type': view.registry.contentType });
  });
  app.notFound((context) => context.json({ error: 'not_found' }, 404));
  return app;
}

/** A listening server. */
export interface Host {
  readonly url: string;
  close(): Promise<void>;
}

/** Listens on a loopback address; port 0 takes a free one. Rejects when the port is taken. */
export async function listen(app: Hono, host: string, port: number): Promise<Host> {
  const server = createAdaptorServer({ fetch: app.fetch });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://${host}:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}
