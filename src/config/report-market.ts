import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { BAD_ROW_REASONS, type BadRowRules, DEFAULT_BAD_ROW_RULES } from '../data/bad-rows.ts';
import { openQuotes } from '../data/open-quotes.ts';
import { InstrumentAccumulator } from '../data/report/accumulator.ts';
import type { InstrumentReport } from '../data/report/report-types.ts';
import { summarizeInstrument } from '../data/report/summarize.ts';
import { present } from '../model/assert.ts';
import { instrumentIndex } from '../model/units.ts';
import { compileCalendars, WIDEST_PERIOD } from './calendars.ts';
import { compileCalendar } from './compile-calendar.ts';
import type { InstrumentSpec } from './instrument-schema.ts';
import { builtInInstruments, instrumentOf, withInstrumentFile } from './instruments.ts';
import { IssueList } from './issue.ts';
import { JsonText } from './json-text.ts';
import { type LoadedConfig, loadConfig } from './load.ts';
import { checkFilesMarket } from './market-checks.ts';
import { type FoundSource, findSources } from './market-files.ts';
import {
  type FilesMarketConfig,
  marketSchema,
  type SyntheticMarketConfig,
} from './market-schema.ts';
import { readJsonText } from './read-json.ts';
import { addSchemaIssues } from './schema-issues.ts';
import { syntheticSource } from './synthetic-source.ts';

/** How far a report is. */
export interface ReportProgress {
  readonly quotes: number;
  readonly share: number;
}

/** The market of which a report is made; nothing of it has been read. */
export interface ReportMarket {
  /** One instrument after the other, in their order. Throws `DataError` for damaged files. */
  reports(onProgress?: (at: ReportProgress) => void): AsyncGenerator<InstrumentReport>;
}

/** Files that are named on the command line, and how they are read. */
export interface NamedFiles {
  readonly files: readonly string[];
  readonly symbol: string;
  /** A preset's name, JSON with the keys of `market.sources[].format`, or a file of it. */
  readonly format: string;
  /** File of the user's own instruments. */
  readonly instruments: string | undefined;
}

/** Nothing ends a report but damage: bad rows are counted and left out, crossed ones looked at. */
function countingRules(rules: Pick<BadRowRules, 'maxJumpBps' | 'jumpConfirmRows'>): BadRowRules {
  const { maxJumpBps, jumpConfirmRows } = rules;
  const skip = Object.fromEntries(BAD_ROW_REASONS.map((reason) => [reason, 'skip']));
  return {
    policy: { ...skip, crossed: 'keep' },
    maxSkippedShare: 1,
    maxJumpBps,
    jumpConfirmRows,
  };
}

function accumulatorOf(spec: InstrumentSpec, index: number): InstrumentAccumulator {
  const instrument = instrumentOf(spec);
  const { from, to } = WIDEST_PERIOD;
  const table = compileCalendar(instrument.sessions, from, to);
  return new InstrumentAccumulator(instrument, instrumentIndex(index), table);
}

function fileMarket(
  sources: readonly FoundSource[],
  specs: readonly InstrumentSpec[],
  badRows: BadRowRules,
): ReportMarket {
  return {
    async *reports(onProgress) {
      let quotes = 0;
      for (const [at, { config, files, format }] of sources.entries()) {
        const spec = present(
          specs.find(({ symbol }) => symbol === config.symbol),
          `instrument ${config.symbol}`,
        );
        const figures = accumulatorOf(spec, 0);
        const entry = config.entry === undefined ? {} : { entry: config.entry };
        const index = instrumentIndex(0);
        const { instrument } = figures;
        const reader = openQuotes({ instrument, index, files, format, badRows, ...entry });
        for await (const block of reader) {
          figures.add(block);
          quotes += block.count;
          onProgress?.({ quotes, share: (at + reader.share) / sources.length });
        }
        yield summarizeInstrument(figures, reader.reports);
      }
    },
  };
}

function syntheticMarket(
  loaded: LoadedConfig,
  market: SyntheticMarketConfig,
  wanted: readonly InstrumentSpec[],
): ReportMarket {
  const instruments = loaded.instruments.map(instrumentOf);
  const calendars = compileCalendars(instruments, WIDEST_PERIOD);
  return {
    async *reports(onProgress) {
      const reading = syntheticSource(loaded, market, instruments, calendars).read();
      const all = loaded.instruments.map(accumulatorOf);
      let quotes = 0;
      for await (const block of reading.blocks) {
        for (const figures of all) figures.add(block);
        quotes += block.count;
        onProgress?.({ quotes, share: reading.progress() });
      }
      for (const [at, figures] of all.entries()) {
        const spec = loaded.instruments[at];
        if (spec !== undefined && wanted.includes(spec)) yield summarizeInstrument(figures, []);
      }
    },
  };
}

/**
 * The market of a configuration, or one instrument of it. Strategies are not loaded. Throws
 * `ConfigError`.
 */
export function configuredMarket(file: string, symbol: string | undefined): ReportMarket {
  const loaded = loadConfig(file);
  const { market } = loaded.config;
  const issues = new IssueList();
  const wanted = loaded.instruments.filter((one) => symbol === undefined || one.symbol === symbol);
  if (wanted.length === 0) {
    issues.add(loaded.source, ['instruments', 'use'], 'unknown', `${symbol} is not among them`);
  }
  if (market.kind === 'synthetic') {
    if (market.to === undefined) {
      const message = 'is missing: a report needs an end';
      issues.add(loaded.source, ['market', 'to'], 'missing', message);
    }
    issues.throwIfAny();
    return syntheticMarket(loaded, market, wanted);
  }
  const isWanted = (source: FoundSource): boolean =>
    wanted.some((one) => one.symbol === source.config.symbol);
  const sources = findSources(loaded, market, issues).filter(isWanted);
  issues.throwIfAny();
  return fileMarket(sources, wanted, countingRules(market.badRows));
}

const namedSchema = z.strictObject({ market: marketSchema });

/** The value of `--format`: JSON, else a file that exists, else the name of a preset. */
function formatValue(text: string): unknown {
  if (text.trimStart().startsWith('{')) {
    return new JsonText('--format', Buffer.from(text), 'format').value;
  }
  return existsSync(text) ? readJsonText(resolve(text), 'format').value : { kind: text };
}

function filesMarketOf(market: z.output<typeof marketSchema>): FilesMarketConfig {
  if (market.kind === 'files') return market;
  throw new TypeError('a market of named files is a market of files');
}

/** The market of files without a configuration. Throws `ConfigError`. */
export function namedMarket({ files, symbol, format, instruments }: NamedFiles): ReportMarket {
  const issues = new IssueList();
  const kind = 'files';
  const value = { market: { kind, sources: [{ symbol, files, format: formatValue(format) }] } };
  const text = Buffer.from(JSON.stringify(value));
  const source = new JsonText('command line', text, 'config');
  const result = namedSchema.safeParse(source.value);
  if (!result.success) {
    addSchemaIssues(result.error, source.value, source, issues);
    throw issues.error();
  }
  const book =
    instruments === undefined
      ? builtInInstruments()
      : withInstrumentFile(readJsonText(resolve(instruments), 'config.instruments.file'), issues);
  const spec = book.get(symbol);
  if (spec === undefined) {
    const message = `${symbol} is not a built-in instrument: define it in a file for --instruments`;
    issues.add(source, ['market', 'sources', 0, 'symbol'], 'unknown', message);
    throw issues.error();
  }
  const market = filesMarketOf(result.data.market);
  const config = { instruments: { use: [symbol] } };
  checkFilesMarket({ config, source, issues, used: [spec] }, market);
  issues.throwIfAny();
  const sources = findSources({ source, directory: process.cwd() }, market, issues);
  issues.throwIfAny();
  return fileMarket(sources, [spec], countingRules(DEFAULT_BAD_ROW_RULES));
}
