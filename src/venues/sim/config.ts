import type { AccountSpec } from '../../kernel/account/account.ts';
import type { ConversionPath } from '../../kernel/account/conversion.ts';
import type { CalendarTable, FinancingTable } from '../../market/calendar.ts';
import type { Instrument } from '../../model/instrument.ts';
import type { VenueCapabilities } from '../../model/venue.ts';
import type { SlippageModel } from '../../slippage/model.ts';
import type { CommissionSpec } from './commission.ts';

/** When a resting limit fills: the other side touches its price, or trades through it. */
export const LIMIT_FILLS = ['touch', 'through'] as const;
export type LimitFill = (typeof LIMIT_FILLS)[number];

/** Fixed time each message takes, µs. */
export interface SimLatency {
  readonly submitUs: number;
  readonly cancelUs: number;
  readonly reportUs: number;
}

export interface SimVenueConfig {
  readonly instruments: readonly Instrument[];
  readonly calendars: readonly CalendarTable[];
  /** By instrument; `undefined` where it has no financing. */
  readonly financing: readonly (FinancingTable | undefined)[];
  readonly conversionPaths: readonly ConversionPath[];
  readonly account: AccountSpec;
  readonly latency: SimLatency;
  readonly limitFill: LimitFill;
  readonly commission: CommissionSpec;
  readonly slippage: SlippageModel;
  /** Refuse orders that would need more margin than the account's equity. */
  readonly marginCheck: boolean;
  /** Transactions that can be read back from a cursor. */
  readonly logMax: number;
}

/**
 * What the simulated venue declares about itself. It keeps a dense log and no ended orders; a
 * request is dead once its latency is over, for by then it has arrived.
 */
export function simCapabilities({ submitUs, cancelUs }: SimLatency): VenueCapabilities {
  return {
    id: 'sim',
    refusesRepeatedClientId: 'while_open',
    lookUpByClientIdUs: 0,
    denseLog: true,
    inFlightHorizonUs: Math.max(submitUs, cancelUs),
    readLagUs: 0,
    refusesPastDeadline: true,
    reduceOnly: true,
    protectionTiedToPosition: true,
    atomicReplace: true,
  };
}
