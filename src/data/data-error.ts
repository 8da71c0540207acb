/**
 * What is wrong with a source of market data. The command line answers each with exit code 3.
 *
 * `DATA_FILE_MISSING` no such file · `DATA_READ` it cannot be read (a directory, no permission, a
 * failing disk) · `DATA_FORMAT` the declared format is impossible or does not fit the file ·
 * `DATA_BAD_ROW` a row that the rules refuse · `DATA_SKIPPED_SHARE` more rows were skipped than the
 * rules allow · `DATA_ARCHIVE` a damaged, truncated or ambiguous archive · `DATA_EMPTY` no row.
 */
export const DATA_ERROR_CODES = [
  'DATA_FILE_MISSING',
  'DATA_READ',
  'DATA_FORMAT',
  'DATA_BAD_ROW',
  'DATA_SKIPPED_SHARE',
  'DATA_ARCHIVE',
  'DATA_EMPTY',
] as const;
export type DataErrorCode = (typeof DATA_ERROR_CODES)[number];

/** Where the trouble is and what it looks like. */
export interface DataErrorPlace {
  /** Path as it was given. */
  readonly file: string;
  /** 1-based line of the text, header and blank lines counted. */
  readonly line?: number | undefined;
  /** 1-based row of a file that has no lines. */
  readonly row?: number | undefined;
  /** The start of the line, printable. */
  readonly excerpt?: string | undefined;
  /** One sentence for a person, beside the `reason`. */
  readonly detail?: string | undefined;
  readonly cause?: unknown;
}

/** An operating error of the data readers and writers; see {@link DATA_ERROR_CODES}. */
export class DataError extends Error {
  override readonly name = 'DataError';
  readonly code: DataErrorCode;
  readonly file: string;
  readonly line: number | undefined;
  readonly row: number | undefined;
  /** For `DATA_BAD_ROW` one of `BAD_ROW_REASONS`; else a sentence. */
  readonly reason: string;
  readonly excerpt: string | undefined;

  constructor(code: DataErrorCode, reason: string, place: DataErrorPlace) {
    const { file, line, row, excerpt, detail, cause } = place;
    const inFile = row === undefined ? file : `${file}, row ${row}`;
    const where = line === undefined ? inFile : `${file}:${line}`;
    const shown = excerpt === undefined ? '' : `: ${excerpt}`;
    const more = detail === undefined ? '' : ` (${detail})`;
    super(`${where}: ${reason}${more}${shown}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.file = file;
    this.line = line;
    this.row = row;
    this.reason = reason;
    this.excerpt = excerpt;
  }
}

const EXCERPT_BYTES = 80;

/** The first bytes of a line for a message: printable ASCII as is, every other byte as `\xNN`. */
export function excerptOf(bytes: Uint8Array, from: number, to: number): string {
  const end = Math.min(to, from + EXCERPT_BYTES);
  let text = '';
  for (const byte of bytes.subarray(from, end)) {
    text +=
      byte >= 32 && byte < 127
        ? String.fromCharCode(byte)
        : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return JSON.stringify(end < to ? `${text}…` : text).replaceAll('\\\\x', '\\x');
}
