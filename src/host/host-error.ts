/** The host cannot be opened as it is asked for. Says what, never a secret. */
export class HostError extends Error {
  readonly code = 'HOST_REFUSED';
  override readonly name = 'HostError';
}
