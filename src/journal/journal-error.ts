/**
 * What a journal refuses with. `JOURNAL_FAILED`: a write or a sync failed, nothing may follow.
 * `JOURNAL_DAMAGED`: what is on disk is not what was written, before its last group.
 * `JOURNAL_FULL`: there is no room for a segment. `JOURNAL_FOREIGN`: it is another account's.
 * `JOURNAL_MISSING`: there is none in the directory.
 * `JOURNAL_NEWER`: a later release has written it.
 */
export const JOURNAL_ERROR_CODES = [
  'JOURNAL_FAILED',
  'JOURNAL_DAMAGED',
  'JOURNAL_FULL',
  'JOURNAL_FOREIGN',
  'JOURNAL_MISSING',
  'JOURNAL_NEWER',
] as const;
export type JournalErrorCode = (typeof JOURNAL_ERROR_CODES)[number];

export class JournalError extends Error {
  override readonly name = 'JournalError';
  readonly code: JournalErrorCode;

  constructor(code: JournalErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
