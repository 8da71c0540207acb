import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { StrategyBinding } from '../kernel/config.ts';
import type { StrategyDefinition } from '../kernel/strategy/api.ts';
import { callbackGuard } from '../kernel/strategy/guard.ts';
import { SetupCollector } from '../kernel/strategy/setup.ts';
import { Calendar } from '../market/calendar.ts';
import { present } from '../model/assert.ts';
import type { Instrument } from '../model/instrument.ts';
import { instrumentIndex, type TimeUs } from '../model/units.ts';
import { CanonicalJsonError, canonicalJson } from './canonical-json.ts';
import type { IssueList, JsonPath } from './issue.ts';
import type { LoadedConfig } from './load.ts';
import { moduleHash } from './module-hash.ts';
import { quotesSizes } from './quoted-sizes.ts';
import { readBytes } from './read-json.ts';
import { installSandbox } from './sandbox.ts';
import type { Config, StrategyConfig } from './schema.ts';
import { addParameterIssues } from './schema-issues.ts';

/** The strategies of a configuration, ready to run. */
export interface LoadedStrategies {
  readonly bindings: readonly StrategyBinding[];
  /** `sha256:…` of each module, see `moduleHash`. */
  readonly sources: readonly string[];
}

const ENDINGS = /\.(ts|mts|js|mjs)$/;

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Runs what is the strategy's own as its callbacks run: with the traps armed. */
function guarded<T>(body: () => T): T {
  callbackGuard.active = true;
  try {
    return body();
  } finally {
    callbackGuard.active = false;
  }
}

/**
 * Imports the modules, checks parameters with each strategy's own schema, and lets each strategy
 * declare itself once, so that what it refuses is found here and not in the middle of a start.
 * The traps are installed first. What is wrong goes to `issues`, and the strategy is left out.
 */
export async function loadStrategies(
  loaded: LoadedConfig,
  instruments: readonly Instrument[],
  issues: IssueList,
): Promise<LoadedStrategies> {
  installSandbox();
  const bindings: StrategyBinding[] = [];
  const sources: string[] = [];
  for (const [at, config] of loaded.config.strategies.entries()) {
    const path: JsonPath = ['strategies', at];
    const refuse = (key: string, kind: string, message: string): void =>
      issues.add(loaded.source, [...path, key], kind, message);
    const file = resolve(loaded.directory, config.module);
    const definition = await importDefinition(file, (kind, message) =>
      refuse('module', kind, message),
    );
    if (definition === undefined) continue;
    const binding = bind(loaded, at, config, definition, issues);
    if (binding === undefined) continue;
    const error = createError(binding, instruments, loaded.config, at);
    if (error !== undefined) refuse('parameters', 'create_failed', error);
    bindings.push(binding);
    sources.push(moduleHash(file));
  }
  return { bindings, sources };
}

/** Stands for a strategy that does not run: it declares nothing and hears nothing. */
const ABSENT: StrategyDefinition<unknown> = {
  name: 'absent',
  version: 0,
  parameters: { safeParse: (data) => ({ success: true, data }) },
  create: () => ({}),
};

/**
 * The strategies by name alone: no module is imported, so that what is open can be managed when a
 * strategy cannot even be loaded (X3).
 */
export function absentStrategies({ config }: LoadedConfig): LoadedStrategies {
  const { use } = config.instruments;
  const bindings = config.strategies.map(({ id, parameters, instruments }) => ({
    id,
    definition: ABSENT,
    parameters,
    instruments: instruments.map((symbol) => instrumentIndex(use.indexOf(symbol))),
  }));
  return { bindings, sources: config.strategies.map(() => '') };
}

type Refuse = (kind: string, message: string) => void;

async function importDefinition(
  file: string,
  refuse: Refuse,
): Promise<StrategyDefinition<unknown> | undefined> {
  if (!ENDINGS.test(file)) {
    refuse('ending', 'a module ends with .ts, .mts, .js or .mjs');
    return undefined;
  }
  const content = readBytes(file);
  if (!('bytes' in content)) {
    refuse(content.kind, content.message);
    return undefined;
  }
  let exported: unknown;
  try {
    const module: unknown = await import(pathToFileURL(file).href);
    exported = Reflect.get(Object(module), 'strategy');
  } catch (error) {
    refuse(importErrorKind(error), `${file} cannot be imported: ${messageOf(error)}`);
    return undefined;
  }
  if (exported === undefined) {
    refuse('no_strategy', `${file} exports no \`strategy\``);
    return undefined;
  }
  const problem = shapeProblem(exported);
  if (problem !== undefined) {
    refuse('not_a_strategy', `\`strategy\` of ${file}: ${problem}`);
    return undefined;
  }
  return exported as StrategyDefinition<unknown>;
}

function importErrorKind(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING') return 'under_node_modules';
  if (code === 'ERR_MODULE_NOT_FOUND') return 'import_missing';
  const isSyntax = error instanceof SyntaxError || code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX';
  return isSyntax ? 'syntax' : 'throws';
}

const VERSION_MAX = 0xffff_ffff;

/** What is missing from the shape of a `StrategyDefinition`, or `undefined`. */
function shapeProblem(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return 'is not an object';
  const get = (owner: object, key: string): unknown => Reflect.get(owner, key);
  const name = get(value, 'name');
  if (typeof name !== 'string' || name === '') return '`name` is not text';
  const version = Number(get(value, 'version'));
  if (get(value, 'version') !== version || !Number.isInteger(version)) {
    return '`version` is not a whole number';
  }
  if (version < 0 || version > VERSION_MAX) return '`version` is out of range';
  const parameters = get(value, 'parameters');
  const isSchema = typeof parameters === 'object' && parameters !== null;
  if (!isSchema || typeof get(parameters, 'safeParse') !== 'function') {
    return '`parameters` has no `safeParse`';
  }
  return typeof get(value, 'create') === 'function' ? undefined : '`create` is not a function';
}

function bind(
  loaded: LoadedConfig,
  at: number,
  config: StrategyConfig,
  definition: StrategyDefinition<unknown>,
  issues: IssueList,
): StrategyBinding | undefined {
  const { source } = loaded;
  const path = ['strategies', at, 'parameters'];
  const { use } = loaded.config.instruments;
  try {
    const result = guarded(() => definition.parameters.safeParse(config.parameters));
    if (!result.success) {
      addParameterIssues(result.error.issues, config.parameters, source, path, issues);
      return undefined;
    }
    // Journaled with the configuration (X2), so it must be what JSON can hold.
    canonicalJson(result.data);
    const instruments = config.instruments.map((symbol) => instrumentIndex(use.indexOf(symbol)));
    return { id: config.id, definition, parameters: result.data, instruments };
  } catch (error) {
    const kind = error instanceof CanonicalJsonError ? 'not_plain' : 'schema_throws';
    issues.add(source, path, kind, `the strategy's schema: ${messageOf(error)}`);
    return undefined;
  }
}

/** A strategy that only declares itself looks at no time: any calendar will do. */
const ANY_CALENDAR = new Calendar({
  from: 0 as TimeUs,
  horizon: 1 as TimeUs,
  opens: [],
  closes: [],
  dayStarts: [0, 1],
});

/** Why the strategy cannot be created, or `undefined`. What it creates here is dropped. */
function createError(
  binding: StrategyBinding,
  instruments: readonly Instrument[],
  { seed, market }: Config,
  at: number,
): string | undefined {
  try {
    const calendars = instruments.map(() => ANY_CALENDAR);
    const setup = new SetupCollector(binding, instruments, calendars, seed, at);
    const strategy: unknown = guarded(() => binding.definition.create(setup, binding.parameters));
    if (typeof strategy !== 'object' || strategy === null) return '`create` returned no strategy';
    for (const { kind, instrument } of setup.barWishes) {
      const { symbol } = present(instruments[instrument], 'instrument');
      if (kind !== 'volume' || quotesSizes(market, symbol)) continue;
      return `volume bars of ${symbol} need quoted sizes, and its market has none`;
    }
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
