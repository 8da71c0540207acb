import type { TimeUs } from '../model/units.ts';

/** A request as it goes to a broker; the rest of its address and its token are the port's own. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Path and query, from the root of the API: `/v3/accounts/…`. */
  readonly path: string;
  /** JSON text, absent where there is none. */
  readonly body?: string;
  /** From the call to the last byte of the answer, connecting included, µs. */
  readonly deadlineUs: number;
  /** Not begun to be sent by then, it never is; left out: the deadline alone counts. */
  readonly startWithinUs?: number;
  /** A longer answer is a failure. */
  readonly maxBytes: number;
}

/**
 * What became of a request. `sent: 'no'` only where it is proved that not a byte of it reached the
 * broker: it was never connected. Anything else may have been executed.
 */
export type HttpAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly body: string;
      /** The server's clock as its `Date` header has it, in whole seconds; absent without one. */
      readonly date: TimeUs | undefined;
    }
  | { readonly kind: 'failed'; readonly sent: 'no' | 'maybe'; readonly reason: string };

/** Connections of their own, which end together. */
export interface HttpPool {
  /** Starts a request in the turn of the call; `done` is called once, later, never at once. */
  request(request: HttpRequest, done: (answer: HttpAnswer) => void): void;
  /** Ends every connection now. Nothing of this pool is called back after it. */
  close(): void;
}

/** Who reads a stream of lines. */
export interface StreamListener {
  /** The broker answered; only at 200 lines follow. */
  opened(status: number): void;
  line(text: string): void;
  /** Once, whatever ended it; not after `close`. */
  ended(reason: string): void;
}

export interface HttpStream {
  /** Ends it; nothing is called back after it. */
  close(): void;
}

/** The one way in which an adapter reaches a broker over HTTP. */
export interface HttpPort {
  /** `connections`: how many it may have at once. */
  openPool(connections: number): HttpPool;
  stream(path: string, listener: StreamListener): HttpStream;
}
