import type { Configured } from '../model/inputs.ts';

/**
 * Why an engine cannot go on from what is in its directory. `CONFIGURATION_UNKNOWN`: the journal's
 * tail was decided under a configuration that was not given. `STRATEGY_DIVERGED`: a strategy
 * decides otherwise than the journal says it did, or its state is not there.
 * `STATE_OF_OTHER_CONFIGURATION`: instruments, account or strategies are not those of the state.
 * `VENUE_DIVERGED`: the embedded venue does otherwise than it did. `SNAPSHOT_MISSING`: the journal
 * begins later than its first frame, and no good snapshot reaches there.
 */
export const RECOVERY_ERROR_CODES = [
  'CONFIGURATION_UNKNOWN',
  'STRATEGY_DIVERGED',
  'STATE_OF_OTHER_CONFIGURATION',
  'VENUE_DIVERGED',
  'SNAPSHOT_MISSING',
] as const;
export type RecoveryErrorCode = (typeof RECOVERY_ERROR_CODES)[number];

export class RecoveryError extends Error {
  override readonly name = 'RecoveryError';
  readonly code: RecoveryErrorCode;
  /** The configuration that is wanted, for `CONFIGURATION_UNKNOWN`. */
  readonly configured: Configured | undefined;

  constructor(code: RecoveryErrorCode, message: string, configured?: Configured) {
    super(message);
    this.code = code;
    this.configured = configured;
  }
}
