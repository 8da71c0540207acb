import type { TimeUs } from '../model/units.ts';
import type { VenueCapabilities } from '../model/venue.ts';
import type { VenuePort } from './venue-port.ts';
import type { VenueReceiver } from './venue-receiver.ts';

/** How the way to a venue is, for health, metrics and whoever watches a start. */
export interface VenueStatus {
  /** How far a start has come, and what the adapter is in after it: `open` is well. */
  readonly phase: string;
  /** Why it is not open, or what was odd last; empty for nothing. */
  readonly problem: string;
  /** States of the two streams. */
  readonly transactions: string;
  readonly prices: string;
  readonly reconnects: number;
  /** When they were heard last, engine time; 0 before the first. */
  readonly transactionHeartbeat: TimeUs;
  readonly priceHeartbeat: TimeUs;
  /** The venue's clock less ours, µs; `undefined` before it was measured. */
  readonly clockOffsetUs: number | undefined;
  /** The last transaction that was told, and the last that was heard of. */
  readonly told: number;
  readonly heard: number;
  readonly duplicates: number;
  readonly pricesTold: number;
  readonly pricesOdd: number;
  readonly malformed: number;
  readonly rateLimited: number;
  readonly outstanding: number;
  /** Times from send to answer of the last requests, µs, newest last. */
  readonly latenciesUs: readonly number[];
}

/** What a start of an adapter ends in. */
export interface AdapterHooks {
  /** The venue is there and is the right one: the engine begins in this call. */
  readonly ready: () => void;
  /** It will never start as it is configured. Nothing was sent. */
  readonly failed: (error: Error) => void;
}

/** The way to a venue outside the process: `start`, then {@link VenuePort}, then `stop`. */
export interface VenueAdapter extends VenuePort {
  readonly capabilities: VenueCapabilities;
  readonly status: Readonly<VenueStatus>;
  start(engine: VenueReceiver, hooks: AdapterHooks): void;
  /** Ends everything at once. What was on the wire is for the next start to find out. */
  stop(): void;
}
