import type { TimeUs } from '../../model/units.ts';
import type { StreamState } from './line-stream.ts';

/** How far a start has come, and what the adapter is in after it. */
export type AdapterPhase =
  | 'idle'
  | 'checking_account'
  | 'checking_instruments'
  | 'awaiting_heartbeat'
  | 'open'
  | 'closed'
  | 'failed'
  | 'stopped';

/** How the adapter is, for health, metrics and whoever watches a start. */
export interface OandaStatus {
  phase: AdapterPhase;
  /** Why it is not `open`, or what was odd last; empty for nothing. */
  problem: string;
  transactions: StreamState;
  prices: StreamState;
  reconnects: number;
  /** Engine time of the last heartbeats; 0 before the first. */
  transactionHeartbeat: TimeUs;
  priceHeartbeat: TimeUs;
  /** The venue's clock less ours, µs; `undefined` before the first heartbeat. */
  clockOffsetUs: number | undefined;
  /** The last transaction that was told, and the last that was heard of. */
  told: number;
  heard: number;
  /** Transactions that came more than once. */
  duplicates: number;
  /** Prices told. The stream leaves out those within 250 ms of another, and says not how many. */
  pricesTold: number;
  /** Prices that were no prices: off the increment, one-sided, of unknown instruments. */
  pricesOdd: number;
  /** Lines and answers that were not what the API says. */
  malformed: number;
  /** Requests that were not sent, for want of room under the rate limit. */
  rateLimited: number;
  /** Submits on the wire, and times from send to answer of the last ones, µs, newest last. */
  outstanding: number;
  latenciesUs: readonly number[];
}

export function blankStatus(): OandaStatus {
  return {
    phase: 'idle',
    problem: '',
    transactions: 'stopped',
    prices: 'stopped',
    reconnects: 0,
    transactionHeartbeat: 0 as TimeUs,
    priceHeartbeat: 0 as TimeUs,
    clockOffsetUs: undefined,
    told: 0,
    heard: 0,
    duplicates: 0,
    pricesTold: 0,
    pricesOdd: 0,
    malformed: 0,
    rateLimited: 0,
    outstanding: 0,
    latenciesUs: [],
  };
}
