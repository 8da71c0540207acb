/** A sweep that cannot be meant, or that cannot go on where it is asked to. */
export class SweepError extends Error {
  readonly code = 'SWEEP_REFUSED';
  override readonly name = 'SweepError';
}
