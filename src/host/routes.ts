import type { z } from 'zod';
import type { Scope } from './tokens.ts';

/** What a route answers. */
export interface Answer {
  readonly status: 200 | 400 | 404 | 409 | 500 | 503;
  readonly body: unknown;
  /** Of a text. */
  readonly contentType?: string;
}

/** What a handler gets of a call. */
export interface Call {
  /** Values of the names in the path. */
  readonly path: Readonly<Record<string, string>>;
  /** What the request schema made of the body. */
  readonly body: unknown;
  /** What the caller may do; `undefined` where nothing was asked of it. */
  readonly scope: Scope | undefined;
}

/** A way into the engine: from these the server's routes and the OpenAPI document are made. */
export interface Route {
  readonly method: 'get' | 'post';
  /** Names in braces. */
  readonly path: string;
  /** `open` answers everybody. */
  readonly scope: Scope | 'open';
  readonly summary: string;
  readonly request?: z.ZodType;
  /** Left out for text. */
  readonly response?: z.ZodType;
  /** Statuses beside 200 that it may answer by itself. */
  readonly statuses: readonly number[];
  handle(call: Call): Answer | Promise<Answer>;
}
