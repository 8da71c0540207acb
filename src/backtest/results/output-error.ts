export const OUTPUT_ERROR_CODES = ['OUTPUT_REFUSED', 'OUTPUT_FAILED'] as const;
export type OutputErrorCode = (typeof OUTPUT_ERROR_CODES)[number];

/**
 * Results cannot be written. `OUTPUT_REFUSED`: the place that was asked for will not do, found
 * before any work · `OUTPUT_FAILED`: writing went wrong, as on a full disk.
 */
export class OutputError extends Error {
  override readonly name = 'OutputError';
  readonly code: OutputErrorCode;

  constructor(code: OutputErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** The message of a failed call of `node:fs`, which names the call and the path. */
export function fsReason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** `code` of a failed call of `node:fs`; empty when it has none. */
export function fsCode(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
}
