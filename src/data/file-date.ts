import { basename } from 'node:path';
import { daysFromCivil, daysInMonth } from '../model/time.ts';
import { DataError } from './data-error.ts';

const TOKENS = /YYYY|MM|DD|\*|[\s\S]/g;
const TOKEN_PATTERNS: Readonly<Record<string, string>> = {
  YYYY: '(?<year>\\d{4})',
  MM: '(?<month>\\d{2})',
  DD: '(?<day>\\d{2})',
  '*': '.*',
};

function isDateTemplate(template: string): boolean {
  const tokens = template.match(TOKENS) ?? [];
  return ['YYYY', 'MM', 'DD'].every((token) => tokens.filter((t) => t === token).length === 1);
}

/**
 * Days since 1970-01-01 of the date in a file's base name, by a template of
 * `DelimitedFormat.fileDate`.
 * Throws {@link DataError} `DATA_FORMAT` when the name does not fit or its date does not exist.
 */
export function dayOfFileName(template: string, file: string): number {
  if (!isDateTemplate(template)) {
    const reason = `fileDate "${template}" must hold YYYY, MM and DD once each`;
    throw new DataError('DATA_FORMAT', reason, { file });
  }
  const pattern = template.replace(
    TOKENS,
    (token) => TOKEN_PATTERNS[token] ?? RegExp.escape(token),
  );
  const groups = new RegExp(`^${pattern}$`, 's').exec(basename(file))?.groups;
  if (groups === undefined) {
    throw new DataError('DATA_FORMAT', `no date in the file name by "${template}"`, { file });
  }
  const [year, month, day] = ['year', 'month', 'day'].map((name) => Number(groups[name]));
  if (year === undefined || month === undefined || day === undefined) {
    throw new DataError('DATA_FORMAT', `no date in the file name by "${template}"`, { file });
  }
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) {
    throw new DataError('DATA_FORMAT', 'the date in the file name does not exist', { file });
  }
  return daysFromCivil(year, month, day);
}
