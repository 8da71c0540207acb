import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { z } from 'zod';
import type { ApiMetrics } from './api-metrics.ts';
import { RateLimit } from './rate-limit.ts';
import type { Answer, Route } from './routes.ts';
import type { Scope, Tokens } from './tokens.ts';

/** Largest body of a call. */
export const BODY_MAX_BYTES = 4096;
/** Calls with a good token, by what they ask for, and calls that are refused. */
const RATES = {
  open: { perSecond: 50, burst: 100 },
  read: { perSecond: 50, burst: 100 },
  control: { perSecond: 5, burst: 20 },
  refused: { perSecond: 5, burst: 20 },
} as const;

/** What guards the routes. */
export interface Guard {
  readonly tokens: Pick<Tokens, 'guardsReads' | 'scopeOf'>;
  /** Names by which the host may be called; empty where any will do. */
  readonly names: readonly string[];
  readonly monotonicUs: () => number;
  readonly metrics: ApiMetrics;
  /** A handler threw: what it did to the engine is not known. */
  readonly failed: (error: unknown) => void;
}

function refusal(context: Context, status: 400 | 401 | 403 | 404 | 413 | 415 | 429 | 500) {
  const [error, message] = REFUSALS[status];
  return context.json({ error, message }, status);
}

const REFUSALS = {
  400: ['malformed', 'the body is not what the OpenAPI document says'],
  401: ['unauthorized', 'a bearer token is needed'],
  403: ['forbidden', 'the token does not allow it, or the host is called by another name'],
  404: ['not_found', 'there is no such route; /api/v1/openapi.json lists them'],
  413: ['too_large', `the body has more than ${BODY_MAX_BYTES} bytes`],
  415: ['not_json', 'the body must be application/json'],
  429: ['too_many', 'too many calls'],
  500: ['engine_failed', 'the engine failed and is stopping; its log says why'],
} as const;

/** A path with names in braces, as the router writes it. */
function routerPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

/** The host name of a request, without its port. */
function nameOf(header: string | undefined): string {
  return (header ?? '')
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();
}

function allows(scope: Scope | undefined, wanted: Scope): boolean {
  return scope === 'control' || scope === wanted;
}

/** The server's routes. */
export type App = Hono<{ Variables: { scope: Scope | undefined } }>;

class Gatekeeper {
  readonly #guard: Guard;
  readonly #limits: Readonly<Record<keyof typeof RATES, RateLimit>>;

  constructor(guard: Guard) {
    this.#guard = guard;
    const limit = (kind: keyof typeof RATES): RateLimit =>
      new RateLimit(RATES[kind], guard.monotonicUs);
    this.#limits = {
      open: limit('open'),
      read: limit('read'),
      control: limit('control'),
      refused: limit('refused'),
    };
  }

  /** What the caller may do, or the status that refuses it. Refused callers have their own limit:
   * they cannot use up what an operator needs. */
  admit(context: Context, wanted: Route['scope']): Scope | undefined | 401 | 403 | 429 {
    const { tokens, names } = this.#guard;
    if (names.length > 0 && !names.includes(nameOf(context.req.header('host')))) {
      return this.#refuse(403);
    }
    const authorization = context.req.header('authorization');
    const scope = tokens.scopeOf(authorization);
    const isFree = wanted === 'open' || (wanted === 'read' && !tokens.guardsReads);
    // A token that is wrong is refused even where none is needed: its bearer means to be known.
    if (authorization !== undefined && scope === undefined && !isFree) return this.#refuse(401);
    if (!isFree && scope === undefined) return this.#refuse(401);
    if (!isFree && !allows(scope, wanted)) return this.#refuse(403);
    return this.#limits[wanted].take() ? scope : this.#count(429);
  }

  #refuse(status: 401 | 403): 401 | 403 | 429 {
    return this.#count(this.#limits.refused.take() ? status : 429);
  }

  #count<S extends number>(status: S): S {
    this.#guard.metrics.answered(status);
    return status;
  }
}

async function bodyOf(
  context: Context,
  type: z.ZodType,
): Promise<{ readonly body: unknown } | 400 | 415> {
  const isJson = /^application\/json\s*(;|$)/i.test(context.req.header('content-type') ?? '');
  if (!isJson) return 415;
  let value: unknown;
  try {
    value = await context.req.json();
  } catch {
    return 400;
  }
  const parsed = type.safeParse(value);
  return parsed.success ? { body: parsed.data } : 400;
}

/** The routes, testable without a socket. */
export function createApp(routes: readonly Route[], guard: Guard): App {
  const app = new Hono<{ Variables: { scope: Scope | undefined } }>();
  const gatekeeper = new Gatekeeper(guard);
  const limited = bodyLimit({
    maxSize: BODY_MAX_BYTES,
    onError: (context) => {
      guard.metrics.answered(413);
      return refusal(context, 413);
    },
  });
  for (const route of routes) {
    // Whoever is not let in is not read either.
    app.on(
      [route.method.toUpperCase()],
      routerPath(route.path),
      async (context, next) => {
        const scope = gatekeeper.admit(context, route.scope);
        if (typeof scope === 'number') return refusal(context, scope);
        context.set('scope', scope);
        await next();
        return;
      },
      limited,
      (context) => answer(context, route, context.get('scope')),
    );
  }
  const answer = async (
    context: Context,
    route: Route,
    scope: Scope | undefined,
  ): Promise<Response> => {
    let body: unknown;
    if (route.request !== undefined) {
      const read = await bodyOf(context, route.request);
      if (typeof read === 'number') {
        guard.metrics.answered(read);
        return refusal(context, read);
      }
      body = read.body;
    }
    let given: Answer;
    try {
      given = await route.handle({ path: context.req.param(), body, scope });
    } catch (error) {
      guard.metrics.answered(500);
      guard.failed(error);
      return refusal(context, 500);
    }
    guard.metrics.answered(given.status);
    const { contentType = 'text/plain' } = given;
    if (typeof given.body === 'string') {
      return context.body(given.body, given.status, { 'content-type': contentType });
    }
    return context.json(given.body as object, given.status);
  };
  app.notFound((context) => {
    guard.metrics.answered(404);
    return refusal(context, 404);
  });
  app.onError((error, context) => {
    guard.failed(error);
    return refusal(context, 500);
  });
  return app;
}
