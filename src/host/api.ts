import type { Registry } from '@prometheus-io/client';
import { z } from 'zod';
import { ownerOf } from '../kernel/orders/ownership.ts';
import type { Control } from '../model/control.ts';
import { formatUtc } from '../model/time.ts';
import { NO_ORDER, type OrderHandle } from '../model/units.ts';
import type { LiveEngine } from '../runtime/live-engine.ts';
import {
  controlSchema,
  gatesSchema,
  healthSchema,
  journalSchema,
  ordersSchema,
  positionsSchema,
  statusSchema,
  verdictSchema,
} from './api-schemas.ts';
import {
  adoptOf,
  adoptRequest,
  enableRequest,
  flattenOf,
  flattenRequest,
  killOf,
  killRequest,
  resolutionOf,
  resolveRequest,
  resumeOf,
  resumeRequest,
} from './control-request.ts';
import type { Health } from './health.ts';
import { openApiDocument } from './openapi.ts';
import type { Answer, Route } from './routes.ts';
import { journalView, ordersView, positionsView, stateView } from './views.ts';

/** What the API is made of. */
export interface ApiParts {
  readonly engine: LiveEngine;
  readonly health: () => Health;
  readonly gates: () => unknown;
  readonly registry: Registry;
  readonly version: string;
  /** Names of the strategies, by index. */
  readonly strategies: readonly string[];
  /** Are readers told all without a token? */
  readonly readsAreFree: boolean;
}

const ok = (body: unknown): Answer => ({ status: 200, body });

function refused(error: string, message: string, causes?: readonly string[]): Answer {
  const body = causes === undefined ? { error, message } : { error, message, causes };
  return { status: error.endsWith('_unknown') ? 404 : 409, body };
}

/** Every route of the host. */
export function routesOf(parts: ApiParts): readonly Route[] {
  const routes = [...watchRoutes(parts), ...readRoutes(parts), ...controlRoutes(parts)];
  const document = (): Answer => ok(openApiDocument(all, parts.version));
  const all: readonly Route[] = [
    ...routes,
    {
      method: 'get',
      path: '/api/v1/openapi.json',
      scope: 'open',
      summary: 'This document',
      response: z.record(z.string(), z.unknown()),
      statuses: [],
      handle: document,
    },
  ];
  return all;
}

/** A closed market is no fault: upgrades and restarts look at `healthy` (X31). */
function isWell({ healthy, tradable, reason }: Health): boolean {
  return healthy && (tradable || reason === 'market_closed');
}

/** What probes and scrapers look at. */
function watchRoutes({ engine, health, registry, readsAreFree }: ApiParts): readonly Route[] {
  return [
    {
      method: 'get',
      path: '/health',
      scope: 'open',
      summary: 'Is the engine well, and may it trade; all of it for readers, else the verdict',
      response: z.union([healthSchema, verdictSchema]),
      statuses: [503],
      handle: ({ scope }) => {
        const all = health();
        const { healthy, tradable, reason } = all;
        const isReader = readsAreFree || scope !== undefined;
        const body = isReader ? all : { healthy, tradable, reason };
        return { status: isWell(all) ? 200 : 503, body };
      },
    },
    {
      method: 'get',
      path: '/ready',
      scope: 'open',
      summary: 'Has the start come to its end, and is the engine well',
      response: z.strictObject({ ready: z.boolean() }),
      statuses: [503],
      handle: () => {
        const { started, kernel } = engine;
        const { caughtUp, closing } = kernel.book.stops;
        const ready = started && caughtUp && !closing && health().healthy;
        return { status: ready ? 200 : 503, body: { ready } };
      },
    },
    {
      method: 'get',
      path: '/metrics',
      scope: 'read',
      summary: 'Figures for Prometheus',
      statuses: [],
      handle: async () => ({
        ...ok(await registry.metrics()),
        contentType: registry.contentType,
      }),
    },
  ];
}

function readRoutes({ engine, gates, strategies }: ApiParts): readonly Route[] {
  const read = (
    path: string,
    summary: string,
    response: z.ZodType,
    view: () => unknown,
  ): Route => ({
    method: 'get',
    path: `/api/v1/${path}`,
    scope: 'read',
    summary,
    response,
    statuses: [],
    handle: () => ok(view()),
  });
  return [
    read('status', 'Trading state, why, and what stands against arming', statusSchema, () => ({
      ...stateView(engine),
      time: formatUtc(engine.now),
      durable: engine.journal.durable,
    })),
    read('orders', 'Orders that are open', ordersSchema, () => ordersView(engine, strategies)),
    read('positions', 'Positions of every instrument', positionsSchema, () =>
      positionsView(engine),
    ),
    read('gates', 'What may block an order', gatesSchema, gates),
    read('journal', 'How far the journal is, and what the start found', journalSchema, () =>
      journalView(engine),
    ),
  ];
}

const STARTING: Answer = {
  status: 503,
  body: { error: 'starting', message: 'the start has not come to its end' },
};

/** Every call is journaled with who and why, refused or not, and answered once that is durable. */
function controlRoutes({ engine, strategies }: ApiParts): readonly Route[] {
  const done = (action: string): Answer =>
    ok({ done: true, action, ...stateView(engine), durable: engine.journal.durable });
  const control = (action: string, wanted: Control): Answer => {
    const refusal = engine.control(wanted);
    if (refusal === undefined) return done(action);
    const { causes } = refusal;
    return refused(refusal.refusal, REFUSALS[refusal.refusal], causes);
  };
  const route = (
    path: string,
    summary: string,
    request: z.ZodType,
    handle: Route['handle'],
  ): Route => ({
    method: 'post',
    path: `/api/v1/${path}`,
    scope: 'control',
    summary,
    request,
    response: controlSchema,
    statuses: [404, 409, 500, 503],
    handle: (call) => (engine.started ? handle(call) : STARTING),
  });
  return [
    route('kill', 'Take no new risk: cancel entries, stop strategies', killRequest, ({ body }) =>
      control('kill', killOf(killRequest.parse(body))),
    ),
    route('resume', 'Arm again', resumeRequest, ({ body }) =>
      control('resume', resumeOf(resumeRequest.parse(body), engine.kernel.book.time)),
    ),
    route('flatten', 'Take no new risk, and close every position', flattenRequest, ({ body }) =>
      control('flatten', flattenOf(flattenRequest.parse(body))),
    ),
    route('adopt', 'Take over what stood at the broker at the start', adoptRequest, ({ body }) =>
      control('adopt', adoptOf(adoptRequest.parse(body))),
    ),
    route(
      'strategies/{name}/enable',
      'Let a strategy that repeated executions stopped take new risk again',
      enableRequest,
      ({ path, body }) => {
        const { by, reason } = enableRequest.parse(body);
        const strategy = strategies.indexOf(path['name'] ?? '');
        const refusal = engine.enableStrategy({ strategy, by: by.trim(), reason: reason.trim() });
        if (refusal === undefined) return done('enable');
        return refused(refusal, REFUSALS[refusal]);
      },
    ),
    route(
      'orders/{id}/resolve',
      'Say what became of an order in doubt',
      resolveRequest,
      ({ path, body }) => {
        const order = orderOf(engine, path['id'] ?? '');
        const request = resolveRequest.parse(body);
        const refusal = engine.resolveOrder(resolutionOf(order, request));
        if (refusal === undefined) return done('resolve');
        return refused(refusal, REFUSALS[refusal]);
      },
    ),
  ];
}

/** By its number, or by its client order id; 0, which is of no order, for anything else. */
function orderOf({ kernel }: LiveEngine, id: string): OrderHandle {
  const { prefix, orders } = kernel.book;
  if (/^[1-9]\d{0,14}$/.test(id)) return Number(id) as OrderHandle;
  const owner = ownerOf(prefix, orders, id);
  return owner.kind === 'ours' ? owner.order : NO_ORDER;
}

const REFUSALS = {
  name_or_reason_missing: 'a name and a reason are needed',
  nothing_to_adopt: 'nothing stood at the broker before the first start, or it was taken over',
  kill_leads_to_active: 'a kill leads to exit_only or halted',
  cause_persists: 'what stopped the engine persists; it can be overridden for a time, by name',
  override_not_ahead: 'the end of the override is not ahead',
  override_too_long: 'an override lasts a day at most',
  new_peak_needed: 'after a drawdown a new peak is set, by name',
  no_drawdown: 'no drawdown has stopped the engine: there is no new peak to set',
  mark_uncertain: 'what is held has no certain mark to set a new peak from',
  strategy_unknown: 'there is no such strategy',
  strategy_not_stopped: 'the strategy is not stopped',
  order_unknown: 'there is no such order',
  order_not_in_doubt: 'the order is not in doubt',
} as const;
