import { readdirSync, statSync } from 'node:fs';
import { join, parse, resolve, sep } from 'node:path';
import { DataError } from '../data/data-error.ts';
import { dayOfFileName } from '../data/file-date.ts';
import { hourOfPath } from '../data/file-hour.ts';
import { pairFiles } from '../data/paired-rows.ts';
import type { QuoteFormat } from '../data/quote-format.ts';
import { US_PER_DAY, US_PER_HOUR } from '../model/time.ts';
import { timeUs } from '../model/units.ts';
import type { Period } from './calendars.ts';
import type { IssueList, JsonPath } from './issue.ts';
import type { LoadedConfig } from './load.ts';
import type { FileSourceConfig, FilesMarketConfig } from './market-schema.ts';
import { quoteFormatOf } from './quote-format.ts';
import { systemErrorCode } from './read-json.ts';

/** The files of one source, found. */
export interface FoundSource {
  readonly config: FileSourceConfig;
  readonly format: QuoteFormat;
  /** Absolute paths in the order in which they are read. */
  readonly files: readonly string[];
}

function isPattern(name: string): boolean {
  return name.includes('*') || name.includes('?');
}

/** `*` is any run of characters and `?` any one; there is nothing else to know. */
function patternOf(name: string): RegExp {
  const parts = [...name].map((char) => {
    if (char === '*') return '.*';
    return char === '?' ? '.' : RegExp.escape(char);
  });
  return new RegExp(`^${parts.join('')}$`, 'su');
}

/** What a folder holds of the names that fit; nothing where it is no folder. */
function entriesOf(folder: string, pattern: RegExp): string[] {
  try {
    return readdirSync(folder)
      .filter((entry) => pattern.test(entry))
      .map((entry) => join(folder, entry));
  } catch (error) {
    systemErrorCode(error);
    return [];
  }
}

function isOfKind(path: string, kind: 'file' | 'directory'): boolean {
  try {
    return statSync(path).isDirectory() === (kind === 'directory');
  } catch (error) {
    systemErrorCode(error);
    return false;
  }
}

/**
 * Files that a path means, sorted by the code units of their paths. Each part of it, folder or
 * file, is a name or a pattern; one without `*` and `?` means itself.
 */
function filesOf(path: string): string[] {
  const { root } = parse(path);
  const parts = path.slice(root.length).split(sep);
  const last = parts.length - 1;
  let found = [root];
  for (const [at, part] of parts.entries()) {
    const pattern = isPattern(part) ? patternOf(part) : undefined;
    found = found
      .flatMap((folder) =>
        pattern === undefined ? [join(folder, part)] : entriesOf(folder, pattern),
      )
      // What is written out is looked at once, at its end: its folders need not be listable.
      .filter(
        (one) =>
          (pattern === undefined && at < last) || isOfKind(one, at === last ? 'file' : 'directory'),
      );
  }
  return found.sort();
}

/** Finds the files of all sources; adds an issue for each name that means none. */
export function findSources(
  loaded: Pick<LoadedConfig, 'source' | 'directory'>,
  market: FilesMarketConfig,
  issues: IssueList,
): FoundSource[] {
  return market.sources.map((config, at) => {
    const format = quoteFormatOf(config.format);
    const files: string[] = [];
    for (const [n, name] of config.files.entries()) {
      const path: JsonPath = ['market', 'sources', at, 'files', n];
      const refuse = (kind: string, message: string): void =>
        issues.add(loaded.source, path, kind, message);
      const found = filesOf(resolve(loaded.directory, name));
      if (found.length === 0) refuse('no_match', `no file: ${resolve(loaded.directory, name)}`);
      for (const file of found) {
        if (files.includes(file)) refuse('duplicate', `${file} is listed twice`);
        files.push(file);
        const problem = dateProblem(format, file);
        if (problem !== undefined) refuse('no_date', problem);
      }
    }
    checkPairs(format, files, (message) =>
      issues.add(loaded.source, ['market', 'sources', at, 'files'], 'no_pair', message),
    );
    return { config, format, files };
  });
}

/** Files of the bid and of the ask must go in pairs. */
function checkPairs(
  format: QuoteFormat,
  files: readonly string[],
  refuse: (message: string) => void,
): void {
  if (format.kind !== 'bars' || format.prices.kind !== 'two_files') return;
  try {
    pairFiles(format.prices, files);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    refuse(error.message);
  }
}

function dateProblem(format: QuoteFormat, file: string): string | undefined {
  try {
    periodOfName(format, file);
    return undefined;
  } catch (error) {
    if (error instanceof DataError) return error.message;
    throw error;
  }
}

/** What a file's name tells of its time. */
interface NamedPeriod {
  /** µs UTC, or for days of a wall clock as if it showed UTC. */
  readonly from: number;
  readonly to: number;
  /** False where a file may hold more than its name says. */
  readonly binding: boolean;
}

/** The time in a file's name; undefined where the format has none. Throws `DataError`. */
function periodOfName(format: QuoteFormat, file: string): NamedPeriod | undefined {
  if (format.kind === 'parquet') return undefined;
  if (format.kind === 'dukascopy_bi5') {
    const from = hourOfPath(format.path, file);
    return { from, to: from + US_PER_HOUR, binding: true };
  }
  const { fileDate, filePeriod, time } = format;
  if (fileDate === undefined) return undefined;
  const from = dayOfFileName(fileDate, file) * US_PER_DAY;
  // A bar that is stamped at its end may begin on the day before.
  const isEnd = format.kind === 'bars' && format.stamp === 'end';
  const binding = !isEnd && (filePeriod === 'day' || time === 'ms_of_day');
  return { from, to: from + US_PER_DAY, binding };
}

/** The time that the names of all files tell; `undefined` where a source has none in names. */
export function periodOfNames(sources: readonly FoundSource[]): Period | undefined {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const { format, files } of sources) {
    for (const file of files) {
      const period = periodOfName(format, file);
      if (period === undefined || !period.binding) return undefined;
      first = Math.min(first, period.from);
      last = Math.max(last, period.to);
    }
  }
  return first > last ? undefined : { from: timeUs(first), to: timeUs(last) };
}
