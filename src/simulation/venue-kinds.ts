import type { VenueCapabilities } from '../model/venue.ts';

const SECOND = 1_000_000;
const FOR_EVER = Number.POSITIVE_INFINITY;

const SHARED = {
  refusesPastDeadline: false,
  reduceOnly: true,
  protectionTiedToPosition: true,
  atomicReplace: true,
} as const;

/** One venue for each kind of capability. */
export const VENUE_KINDS = {
  /** Refuses a repeated id for ever, and knows every order for ever. */
  keeper: {
    ...SHARED,
    id: 'keeper',
    refusesRepeatedClientId: 'for_ever',
    lookUpByClientIdUs: FOR_EVER,
    denseLog: false,
    inFlightHorizonUs: 10 * SECOND,
    readLagUs: 0,
  },
  /** Ids are unique among open orders only; a dense log tells everything. */
  logger: {
    ...SHARED,
    id: 'logger',
    refusesRepeatedClientId: 'while_open',
    lookUpByClientIdUs: 0,
    denseLog: true,
    inFlightHorizonUs: 60 * SECOND,
    readLagUs: 0,
  },
  /** Look-ups may show what was seconds ago; no log. */
  stale: {
    ...SHARED,
    id: 'stale',
    refusesRepeatedClientId: 'never',
    lookUpByClientIdUs: FOR_EVER,
    denseLog: false,
    inFlightHorizonUs: 10 * SECOND,
    readLagUs: 3 * SECOND,
    atomicReplace: false,
  },
  /** Nothing can be asked. */
  mute: {
    ...SHARED,
    id: 'mute',
    refusesRepeatedClientId: 'never',
    lookUpByClientIdUs: 0,
    denseLog: false,
    inFlightHorizonUs: FOR_EVER,
    readLagUs: FOR_EVER,
    reduceOnly: false,
  },
  /** Declares no horizon, but a request past its time is refused; a dense log. */
  deadline: {
    ...SHARED,
    id: 'deadline',
    refusesRepeatedClientId: 'while_open',
    lookUpByClientIdUs: 0,
    denseLog: true,
    inFlightHorizonUs: FOR_EVER,
    readLagUs: SECOND,
    refusesPastDeadline: true,
  },
} as const satisfies Record<string, VenueCapabilities>;
export type VenueKindName = keyof typeof VENUE_KINDS;
