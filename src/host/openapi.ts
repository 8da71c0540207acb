import { z } from 'zod';
import { errorSchema } from './api-schemas.ts';
import type { Route } from './routes.ts';

const STATUS_TEXTS: Readonly<Record<number, string>> = {
  200: 'Done',
  400: 'The body is malformed',
  401: 'The token is missing or wrong',
  403: 'The token does not allow it, or the host name is not this one',
  404: 'There is no such thing',
  409: 'Refused, with the reason; journaled all the same',
  413: 'The body is too large',
  415: 'The body is not JSON',
  429: 'Too many calls',
  500: 'The engine failed, and is stopping',
  503: 'Not healthy, or not tradable inside a session',
};

function schemaOf(type: z.ZodType): unknown {
  const { $schema: _, ...schema } = z.toJSONSchema(type, { io: 'input' });
  return schema;
}

function content(type: z.ZodType | undefined): object {
  if (type === undefined) return { content: { 'text/plain': { schema: { type: 'string' } } } };
  return { content: { 'application/json': { schema: schemaOf(type) } } };
}

/** Statuses that a route may answer, those of the server around it among them. */
export function statusesOf({ scope, request, statuses }: Route): readonly number[] {
  const guarded = scope === 'open' ? [] : [401, 403];
  const bodied = request === undefined ? [] : [400, 413, 415];
  return [...new Set([200, ...statuses, ...guarded, ...bodied, 403, 429])].sort((a, b) => a - b);
}

function responsesOf(route: Route): object {
  const entries = statusesOf(route).map((status) => {
    const isOwn = status === 200 || status === 503;
    const body = isOwn ? content(route.response) : content(errorSchema);
    return [status, { description: STATUS_TEXTS[status], ...body }];
  });
  return Object.fromEntries(entries);
}

function parametersOf(path: string): object[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

/** The OpenAPI document of the routes. */
export function openApiDocument(routes: readonly Route[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const { method, path, scope, summary, request } = route;
    paths[path] ??= {};
    const parameters = parametersOf(path);
    paths[path][method] = {
      summary,
      ...(parameters.length === 0 ? {} : { parameters }),
      security: scope === 'open' ? [] : [{ [scope]: [] }],
      ...(request === undefined ? {} : { requestBody: { required: true, ...content(request) } }),
      responses: responsesOf(route),
    };
  }
  const bearer = (description: string): object => ({ type: 'http', scheme: 'bearer', description });
  return {
    openapi: '3.1.0',
    info: { title: 'TiYf Engine', version },
    paths,
    components: {
      securitySchemes: {
        read: bearer('Of readers; on loopback none is needed unless one is set'),
        control: bearer('Of operators; it reads as well'),
      },
    },
  };
}
