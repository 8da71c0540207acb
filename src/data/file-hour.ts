import { daysFromCivil, daysInMonth, US_PER_DAY, US_PER_HOUR } from '../model/time.ts';
import { DataError } from './data-error.ts';

const TOKENS = /YYYY|MM|ZM|DD|HH|\*|[\s\S]/g;
const TOKEN_PATTERNS: Readonly<Record<string, string>> = {
  YYYY: '(?<year>\\d{4})',
  MM: '(?<month>\\d{2})',
  ZM: '(?<month>\\d{2})',
  DD: '(?<day>\\d{2})',
  HH: '(?<hour>\\d{2})',
  '*': '[^/]*',
};

/** What is wrong with a template of `DukascopyFormat.path`; undefined where nothing is. */
export function hourTemplateProblem(template: string): string | undefined {
  const tokens = template.match(TOKENS) ?? [];
  const count = (name: string): number => tokens.filter((token) => token === name).length;
  const once = ['YYYY', 'DD', 'HH'].every((name) => count(name) === 1);
  if (once && count('MM') + count('ZM') === 1 && !template.startsWith('/')) return undefined;
  return `path "${template}" must hold YYYY, MM or ZM, DD and HH once each, and begin without /`;
}

/**
 * Start of the hour, µs UTC, that the end of a file's path tells by a template of
 * `DukascopyFormat.path`. Throws {@link DataError} `DATA_FORMAT` when the path does not fit or the
 * hour does not exist.
 */
export function hourOfPath(template: string, file: string): number {
  const problem = hourTemplateProblem(template);
  if (problem !== undefined) throw new DataError('DATA_FORMAT', problem, { file });
  const pattern = template.replace(
    TOKENS,
    (token) => TOKEN_PATTERNS[token] ?? RegExp.escape(token),
  );
  const groups = new RegExp(`(?:^|/)${pattern}$`, 's').exec(file)?.groups;
  if (groups === undefined) {
    throw new DataError('DATA_FORMAT', `the path does not end like "${template}"`, { file });
  }
  const [year = 0, written = 0, day = 0, hour = 0] = ['year', 'month', 'day', 'hour'].map((name) =>
    Number(groups[name]),
  );
  const month = template.includes('ZM') ? written + 1 : written;
  const exists =
    year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
  if (!exists || hour > 23) {
    const zero = template.includes('ZM') ? '; ZM is a month from 00 to 11' : '';
    const reason = `the hour in the path does not exist${zero}`;
    throw new DataError('DATA_FORMAT', reason, { file });
  }
  return daysFromCivil(year, month, day) * US_PER_DAY + hour * US_PER_HOUR;
}
