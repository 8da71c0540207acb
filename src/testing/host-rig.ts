import { Registry } from '@prometheus-io/client';
import { type ApiParts, routesOf } from '../host/api.ts';
import { ApiMetrics } from '../host/api-metrics.ts';
import { type App, createApp, type Guard } from '../host/server.ts';
import type { LiveEngine } from '../runtime/live-engine.ts';

/** The two tokens of the rig's host. */
export const READ_TOKEN = 'read-token-0123456789';
export const CONTROL_TOKEN = 'control-token-0123456789';

/** Tokens as a host keeps them, with known values. */
export const RIG_TOKENS: Guard['tokens'] = {
  guardsReads: true,
  scopeOf: (header) => {
    if (header === `Bearer ${CONTROL_TOKEN}`) return 'control';
    return header === `Bearer ${READ_TOKEN}` ? 'read' : undefined;
  },
};

export interface HostRig {
  readonly app: App;
  readonly registry: Registry;
  /** What handlers threw. */
  readonly failures: unknown[];
}

/** The host's routes over an engine, without a socket; reads are free unless tokens are given. */
export function hostRig(
  parts: Partial<ApiParts> & { readonly engine: LiveEngine },
  guard: Partial<Guard> = {},
): HostRig {
  const registry = parts.registry ?? new Registry();
  const failures: unknown[] = [];
  const tokens = guard.tokens ?? { guardsReads: false, scopeOf: RIG_TOKENS.scopeOf };
  const routes = routesOf({
    health: () => ({ healthy: true, tradable: true, reason: '' }),
    gates: () => ({ gates: [], tightest: null }),
    registry,
    version: '0.1.0',
    strategies: ['test'],
    readsAreFree: !tokens.guardsReads,
    ...parts,
  });
  const app = createApp(routes, {
    names: [],
    monotonicUs: () => 0,
    metrics: new ApiMetrics(registry),
    failed: (error) => failures.push(error),
    ...guard,
    tokens,
  });
  return { app, registry, failures };
}
