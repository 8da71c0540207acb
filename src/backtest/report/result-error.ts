/** A result directory that cannot be read: its message names the file and, where known, the line. */
export class ResultError extends Error {
  readonly code = 'RESULT_UNREADABLE';
  override readonly name = 'ResultError';
}
