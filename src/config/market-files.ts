import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { DataError } from '../data/data-error.ts';
import { dayOfFileName } from '../data/file-date.ts';
import { hourOfPath } from '../data/file-hour.ts';
import type { QuoteFormat } from '../data/quote-format.ts';
import { unreachable } from '../model/assert.ts';
import { US_PER_DAY, US_PER_HOUR } from '../model/time.ts';
import { type TimeUs, timeUs } from '../model/units.ts';
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

/** Files that a name means, sorted by code units; a name without `*` and `?` means itself. */
function filesOf(path: string): string[] {
  const name = basename(path);
  const folder = dirname(path);
  try {
    if (!isPattern(name)) return statSync(path).isDirectory() ? [] : [path];
    const pattern = patternOf(name);
    return readdirSync(folder)
      .filter((entry) => pattern.test(entry))
      .sort()
      .map((entry) => join(folder, entry))
      .filter((file) => !statSync(file).isDirectory());
  } catch (error) {
    systemErrorCode(error);
    return [];
  }
}

/** Finds the files of all sources; adds an issue for each name that means none. */
export function findSources(
  loaded: LoadedConfig,
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
    return { config, format, files };
  });
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
interface NamedPeriod extends Period {
  /** False where a file may hold more than its name says. */
  readonly binding: boolean;
}

/** The time in a file's name; undefined where the format has none. Throws `DataError`. */
function periodOfName(format: QuoteFormat, file: string): NamedPeriod | undefined {
  switch (format.kind) {
    case 'delimited': {
      const { fileDate, filePeriod, time } = format;
      if (fileDate === undefined) return undefined;
      const from = dayOfFileName(fileDate, file) * US_PER_DAY;
      const binding = filePeriod === 'day' || time === 'ms_of_day';
      return { from: timeUs(from), to: timeUs(from + US_PER_DAY), binding };
    }
    case 'dukascopy_bi5': {
      const from = hourOfPath(format.path, file);
      return { from: timeUs(from), to: timeUs(from + US_PER_HOUR), binding: true };
    }
    case 'parquet':
      return undefined;
    default:
      return unreachable(format);
  }
}

/** The time that the names of all files tell; `undefined` where a source has none in names. */
export function periodOfNames(sources: readonly FoundSource[]): Period | undefined {
  let first: TimeUs | undefined;
  let last: TimeUs | undefined;
  for (const { format, files } of sources) {
    for (const file of files) {
      const period = periodOfName(format, file);
      if (period === undefined || !period.binding) return undefined;
      if (first === undefined || period.from < first) first = period.from;
      if (last === undefined || period.to > last) last = period.to;
    }
  }
  return first === undefined || last === undefined ? undefined : { from: first, to: last };
}

async function contentHash(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) {
    hash.update(chunk);
  }
  return hash.digest('hex');
}

/** What a source is by content: names of files without folders, and the hash of each. */
export async function sourceContent(source: FoundSource): Promise<unknown> {
  const files = [];
  for (const file of source.files) {
    files.push({ name: basename(file), sha256: await contentHash(file) });
  }
  const { symbol, format, entry } = source.config;
  return { symbol, format, ...(entry === undefined ? {} : { entry }), files };
}
