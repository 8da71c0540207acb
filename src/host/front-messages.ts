/** What the thread that listens and the one that trades say to each other. */

/** Where to listen. */
export interface FrontData {
  readonly host: string;
  readonly port: number;
  /** Bytes of a body that are read at most. */
  readonly bodyMaxBytes: number;
}

/** A call from outside, for the routes. */
export interface FrontCall {
  readonly kind: 'call';
  readonly id: number;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
}

/** Answers that the listening thread gave by itself, since it last said so. */
export interface StatusCount {
  readonly status: number;
  readonly count: number;
}

export type FromFront =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  | { readonly kind: 'closed' }
  | { readonly kind: 'answered'; readonly counts: readonly StatusCount[] }
  | FrontCall;

/** What the routes answered. */
export interface FrontAnswer {
  readonly kind: 'answer';
  readonly id: number;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type ToFront = FrontAnswer | { readonly kind: 'close' };
