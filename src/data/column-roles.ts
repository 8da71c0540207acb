import { DataError, excerptOf } from './data-error.ts';
import { type ColumnRef, type DelimitedFormat, SEPARATORS } from './delimited-format.ts';
import { isZone } from './zone-clock.ts';

/** What a column of the file is to the reader. */
export const ROLE = { ignored: 0, time: 1, bid: 2, ask: 3, bidSize: 4, askSize: 5 } as const;
const FIELDS = ['time', 'bid', 'ask', 'bidSize', 'askSize'] as const;
type Field = (typeof FIELDS)[number];

function references(format: DelimitedFormat): readonly (readonly [Field, ColumnRef])[] {
  const found: (readonly [Field, ColumnRef])[] = [];
  for (const field of FIELDS) {
    const reference = format.columns[field];
    if (reference !== undefined) found.push([field, reference]);
  }
  return found;
}

/**
 * Throws {@link DataError} `DATA_FORMAT` for a format that cannot be meant, before a file is
 * opened.
 */
export function checkFormat(format: DelimitedFormat, file: string): void {
  const refuse = (reason: string): never => {
    throw new DataError('DATA_FORMAT', reason, { file });
  };
  if (!isZone(format.zone)) refuse(`unknown zone "${format.zone}": UTC, ±hh:mm or an IANA name`);
  if (format.sizeScale.coefficient <= 0n) refuse('sizeScale must be above zero');
  if (format.time === 'ms_of_day' && format.fileDate === undefined) {
    refuse('ms_of_day needs fileDate: where the date stands in the file name');
  }
  if (format.filePeriod === 'day' && format.fileDate === undefined) {
    refuse('filePeriod "day" needs fileDate');
  }
  const seen = new Set<ColumnRef>();
  for (const [field, reference] of references(format)) {
    if (typeof reference === 'string' && !format.header) {
      refuse(`column "${reference}" (${field}) is a name, but the file has no header`);
    }
    if (typeof reference === 'number' && !(Number.isInteger(reference) && reference >= 1)) {
      refuse(`column ${reference} (${field}): numbers start at 1`);
    }
    if (seen.has(reference)) refuse(`column ${reference} is given twice`);
    seen.add(reference);
  }
}

/** The first line of a file, without its line end. */
export interface FirstLine {
  readonly bytes: Uint8Array;
  /** 1-based. */
  readonly line: number;
}

function headerNames(format: DelimitedFormat, first: FirstLine, file: string): readonly string[] {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(first.bytes);
    return text.split(SEPARATORS[format.separator]);
  } catch (cause) {
    const excerpt = excerptOf(first.bytes, 0, first.bytes.length);
    throw new DataError('DATA_FORMAT', 'the header is not UTF-8 text', {
      file,
      line: first.line,
      excerpt,
      cause,
    });
  }
}

function columnCount(format: DelimitedFormat, first: FirstLine): number {
  const separator = SEPARATORS[format.separator].charCodeAt(0);
  let count = 1;
  for (const byte of first.bytes) if (byte === separator) count += 1;
  return count;
}

/**
 * The role of each column of a file, in file order, from its first line: the header, or the first
 * row. Throws {@link DataError} `DATA_FORMAT` when a mapped column is not there.
 */
export function columnRoles(format: DelimitedFormat, first: FirstLine, file: string): Uint8Array {
  const names = format.header ? headerNames(format, first, file) : [];
  const count = format.header ? names.length : columnCount(format, first);
  const roles = new Uint8Array(count);
  const refuse = (reason: string): never => {
    const excerpt = excerptOf(first.bytes, 0, first.bytes.length);
    throw new DataError('DATA_FORMAT', reason, { file, line: first.line, excerpt });
  };
  for (const [field, reference] of references(format)) {
    const index = typeof reference === 'number' ? reference - 1 : names.indexOf(reference);
    if (index === -1) refuse(`the header has no column "${reference}" (${field})`);
    if (typeof reference === 'string' && names.indexOf(reference, index + 1) !== -1) {
      refuse(`the header has two columns "${reference}" (${field})`);
    }
    if (index >= count) {
      const columns = count === 1 ? '1 column' : `${count} columns`;
      refuse(`no column ${reference} (${field}): split by ${format.separator}, ${columns}`);
    }
    if (roles[index] !== ROLE.ignored) refuse(`column ${index + 1} is mapped twice`);
    roles[index] = ROLE[field];
    // A header that is not there would be taken for one, and a quote lost without a word.
    if (field === 'time' && /^\d/.test(names[index] ?? '')) {
      refuse('line looks like data, but the format says that it is a header');
    }
  }
  return roles;
}
