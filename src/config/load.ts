import { dirname, resolve } from 'node:path';
import {
  type CheckContext,
  checkAccount,
  checkInstrumentsInUse,
  checkJournal,
  checkRun,
  checkStrategies,
  checkVenue,
} from './cross-checks.ts';
import { withFileTexts } from './file-references.ts';
import { checkGates } from './gate-checks.ts';
import type { InstrumentSpec } from './instrument-schema.ts';
import { builtInInstruments, type InstrumentBook, withInstrumentFile } from './instruments.ts';
import { IssueList, type IssueSource } from './issue.ts';
import { JsonText } from './json-text.ts';
import { checkFilesMarket, checkSyntheticMarket, syntheticSpec } from './market-checks.ts';
import { readBytes, readJsonText } from './read-json.ts';
import { type Config, configSchema } from './schema.ts';
import { addSchemaIssues } from './schema-issues.ts';
import { type ConfigChange, withChanges } from './with-changes.ts';

/** A configuration that has been read, filled with its defaults and checked by itself. */
export interface LoadedConfig {
  /** Absolute path. */
  readonly file: string;
  /** Where relative paths start. */
  readonly directory: string;
  /**
   * Every default stands in it, the texts of `$file`, and for a synthetic market the settings of
   * each instrument in use.
   */
  readonly config: Config;
  /** Definitions of the instruments in use, in their order. */
  readonly instruments: readonly InstrumentSpec[];
  /** Finds the place of a value in the file, for what is found later. */
  readonly source: IssueSource;
}

/** A market that never closes has sessions that never end; its trading day stays. */
const ALWAYS_OPEN: Pick<InstrumentSpec['sessions'], 'weekly' | 'holidays'> = {
  weekly: [{ open: ['Mon', '00:00'], close: ['Mon', '00:00'] }],
  holidays: [],
};

/**
 * Reads a configuration file: JSON with comments. Everything is checked that needs neither the
 * strategies' modules nor the market's files; `assemble` checks those. Throws `ConfigError` with
 * every issue found. With `changes` it is the configuration that it would be if they stood in the
 * file.
 */
export function loadConfig(path: string, changes: readonly ConfigChange[] = []): LoadedConfig {
  const file = resolve(path);
  const directory = dirname(file);
  const source = readJsonText(file, 'config');
  const issues = new IssueList();
  const value = withChanges(source.value, changes);
  const result = configSchema.safeParse(value);
  if (!result.success) {
    addSchemaIssues(result.error, value, source, issues);
    throw issues.error();
  }
  const config = withParameterTexts(result.data, directory, source, issues);
  const book = instrumentBook(config.instruments, directory, source, issues);
  // Without the instruments whatever names one would be an issue too.
  issues.throwIfAny();
  const used = config.instruments.use.flatMap((symbol) => book.get(symbol) ?? []);
  checkAll({ config, source, issues, book, used });
  issues.throwIfAny();
  const market = withMarketDefaults(config.market, config.instruments.use);
  const instruments = inMarket(config.market, used);
  return { file, directory, config: { ...config, market }, instruments, source };
}

/** The instruments as their market has them: one that never closes has sessions that never end. */
export function inMarket(
  market: Config['market'],
  used: readonly InstrumentSpec[],
): readonly InstrumentSpec[] {
  return market.kind === 'synthetic' && market.alwaysOpen ? used.map(withoutSessions) : used;
}

function checkAll(context: CheckContext): void {
  checkAccount(context);
  checkInstrumentsInUse(context);
  checkStrategies(context);
  checkGates(context);
  checkRun(context);
  checkJournal(context);
  checkVenue(context);
  const { market } = context.config;
  if (market.kind === 'synthetic') checkSyntheticMarket(context, market);
  else checkFilesMarket(context, market);
}

function withParameterTexts(
  config: Config,
  directory: string,
  source: IssueSource,
  issues: IssueList,
): Config {
  const strategies = config.strategies.map((strategy, at) => {
    const path = ['strategies', at, 'parameters'];
    const parameters = withFileTexts(strategy.parameters, directory, source, path, issues);
    return { ...strategy, parameters: parameters as Record<string, unknown> };
  });
  return { ...config, strategies };
}

/** Built-in instruments and those of the user's file. */
export function instrumentBook(
  config: Config['instruments'],
  directory: string,
  source: IssueSource,
  issues: IssueList,
): InstrumentBook {
  const name = config.file;
  if (name === undefined) return builtInInstruments();
  const file = resolve(directory, name);
  const content = readBytes(file);
  if ('bytes' in content) {
    const text = new JsonText(file, content.bytes, 'config.instruments.file');
    return withInstrumentFile(text, issues);
  }
  issues.add(source, ['instruments', 'file'], content.kind, content.message);
  return builtInInstruments();
}

/** Every setting of a synthetic market, for each instrument in use. */
export function withMarketDefaults(
  market: Config['market'],
  use: readonly string[],
): Config['market'] {
  if (market.kind !== 'synthetic') return market;
  const instruments = Object.fromEntries(
    use.map((symbol) => [symbol, syntheticSpec(market, symbol)]),
  );
  return { ...market, instruments };
}

function withoutSessions(spec: InstrumentSpec): InstrumentSpec {
  return { ...spec, sessions: { ...spec.sessions, ...ALWAYS_OPEN } };
}
