/** A result directory that cannot be read; the message names the file and, if known, the line. */
export class ResultError extends Error {
  readonly code = 'RESULT_UNREADABLE';
  override readonly name = 'ResultError';
}
