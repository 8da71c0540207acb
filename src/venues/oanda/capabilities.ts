import { US_PER_SECOND } from '../../model/time.ts';
import type { VenueCapabilities } from '../../model/venue.ts';

/** A late request is dead after this, by the venue's clock (X9). */
const IN_FLIGHT_HORIZON_US = 60 * US_PER_SECOND;
/**
 * How far reads may be behind. One second of it is the resolution of the `Date` header, from which
 * the venue's clock is read.
 */
const READ_LAG_US = 3 * US_PER_SECOND;
/** It can be asked for by client id while it is open: never is its absence a proof. */
const WHILE_OPEN_US = 1;

/**
 * What OANDA v20 declares: client ids are unique among open orders only, so no submit is ever
 * repeated; its log is dense; a GTD order past its time is refused; a replace cancels and creates
 * in one step.
 */
export function oandaCapabilities(): VenueCapabilities {
  return {
    id: 'oanda',
    refusesRepeatedClientId: 'while_open',
    lookUpByClientIdUs: WHILE_OPEN_US,
    denseLog: true,
    inFlightHorizonUs: IN_FLIGHT_HORIZON_US,
    readLagUs: READ_LAG_US,
    refusesPastDeadline: true,
    reduceOnly: true,
    protectionTiedToPosition: true,
    atomicReplace: true,
  };
}
