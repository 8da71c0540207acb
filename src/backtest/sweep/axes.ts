import { assemble } from '../../config/assemble.ts';
import type { Assembly } from '../../config/assembly.ts';
import { ConfigError, type ConfigIssue, formatPath, type JsonPath } from '../../config/issue.ts';
import { type LoadedConfig, loadConfig } from '../../config/load.ts';
import type { ConfigChange } from '../../config/with-changes.ts';
import type { ValueSpec } from './grid.ts';
import { SweepError } from './sweep-error.ts';

type Value = ConfigChange['value'];

/** A key of a sweep, found in the configuration, and the values that it takes. */
export interface SweepAxis {
  /** As the user wrote it. */
  readonly key: string;
  readonly path: JsonPath;
  /** As the user wrote them, and as the configuration takes them. */
  readonly values: readonly { readonly text: string; readonly value: Value }[];
}

/** The configuration that a sweep starts from. */
export interface SweepBase {
  readonly loaded: LoadedConfig;
  readonly assembly: Assembly;
}

/** What cannot vary: the quotes are read once for all points, the rest changes no result. */
const FIXED: Readonly<Record<string, string>> = {
  market: 'the quotes are read once and are the same for every point',
  instruments: 'the quotes are read once and are the same for every point',
  $schema: 'it changes no result',
  id: 'it changes no result',
  run: 'it changes no result',
};

/** Issues that a value has by itself; what else is refused may rest on how values go together. */
const OWN_KINDS = [
  'type',
  'choice',
  'format',
  'range',
  'empty',
  'too_fine',
  'off_increment',
  'key',
];

const READINGS = ['number', 'boolean', 'string'] as const;
type Reading = (typeof READINGS)[number];

function read(text: string, reading: Reading): Value | undefined {
  switch (reading) {
    case 'number':
      return /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : undefined;
    case 'boolean':
      return text === 'true' || text === 'false' ? text === 'true' : undefined;
    case 'string':
      return text;
  }
}

function at(root: unknown, path: JsonPath): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step))
      return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}

/** `a.b[0].c` and `a.b.0.c` in steps. */
function stepsOf(key: string): (string | number)[] {
  const steps = key.replaceAll(/\[(\d{1,6})\]/g, '.$1').split('.');
  if (steps.includes('')) throw new SweepError(`"${key}" is no key`);
  return steps.map((step) => (/^\d{1,6}$/.test(step) ? Number(step) : step));
}

/**
 * The place of a key: `STRATEGY.PARAMETER`, the strategy by its id or by the name that its module
 * gives it, or a path of the configuration. Throws {@link SweepError}.
 */
function pathOf(key: string, { loaded, assembly }: SweepBase): JsonPath {
  const [first = '', ...rest] = stepsOf(key);
  const { config } = loaded;
  const named = assembly.kernel.strategies.flatMap(({ id, definition }, index) =>
    id === first || definition.name === first ? [{ id, index }] : [],
  );
  const byId = named.filter(({ id }) => id === first);
  const [strategy, ...others] = byId.length > 0 ? byId : named;
  const isSetting = Object.hasOwn(config, first);
  if (strategy !== undefined && rest.length > 0) {
    if (isSetting || others.length > 0) {
      throw new SweepError(
        `${key}: ${first} is more than one thing; write strategies[N].parameters`,
      );
    }
    return ['strategies', strategy.index, 'parameters', ...rest];
  }
  const why = FIXED[first];
  if (why !== undefined) throw new SweepError(`${key} cannot vary: ${why}`);
  if (isSetting) return [first, ...rest];
  const ids = config.strategies.map(({ id }) => id).join(', ');
  throw new SweepError(`unknown key ${key}: ${first} is neither a strategy (${ids}) nor a setting`);
}

/**
 * Finds the keys in the configuration and checks each value, with all others as they stand in the
 * file, against the configuration's schema and the strategy's. A value that is refused because of
 * others (a fast average longer than the slow one) passes: points are judged as a whole when they
 * are run. Throws {@link SweepError}.
 */
export async function findAxes(
  specs: readonly ValueSpec[],
  base: SweepBase,
): Promise<readonly SweepAxis[]> {
  const axes: SweepAxis[] = [];
  for (const spec of specs) {
    const path = pathOf(spec.key, base);
    const same = axes.find((axis) => formatPath(axis.path) === formatPath(path));
    if (same !== undefined) throw new SweepError(`${spec.key} and ${same.key} are the same key`);
    axes.push(await findAxis(spec, path, base));
  }
  return axes;
}

async function findAxis(spec: ValueSpec, path: JsonPath, base: SweepBase): Promise<SweepAxis> {
  const effective: unknown = JSON.parse(base.assembly.configuration);
  const written = at(base.loaded.config, path);
  const standing = written ?? at(effective, path);
  if (typeof standing === 'object' && standing !== null) {
    throw new SweepError(`${spec.key} holds more than one value: name one inside it`);
  }
  const known = READINGS.filter((reading) => reading === typeof standing);
  // Where nothing is written it may be a default that the strategy's schema made of something else.
  const others = READINGS.filter((reading) => written === undefined && !known.includes(reading));
  const readings = [...known, ...others];
  let problem: string | undefined;
  for (const reading of readings) {
    const values = spec.values.map((text) => ({ text, value: read(text, reading) }));
    const found = await problemOf(spec.key, path, reading, values, base);
    if (found === undefined) {
      return { key: spec.key, path, values: values as SweepAxis['values'] };
    }
    problem ??= found;
  }
  throw new SweepError(problem ?? `${spec.key} takes none of these values`);
}

async function problemOf(
  key: string,
  path: JsonPath,
  reading: Reading,
  values: readonly { readonly text: string; readonly value: Value | undefined }[],
  base: SweepBase,
): Promise<string | undefined> {
  const odd = values.find(({ value }) => value === undefined);
  if (odd !== undefined) return `${key}=${odd.text}: is not a ${reading}`;
  for (const { text, value } of values) {
    if (value === undefined) continue;
    const issues = await issuesOf({ path, value }, base);
    const unknown = issues.find(({ code }) => code.endsWith('.unknown_key'));
    if (unknown !== undefined) throw new SweepError(`unknown key ${key}: ${unknown.message}`);
    const own = issues.find((issue) => issue.path === formatPath(path) && isOwn(issue));
    if (own !== undefined) return `${key}=${text}: ${own.path} ${own.message}`;
  }
  return undefined;
}

function isOwn({ code }: ConfigIssue): boolean {
  return OWN_KINDS.includes(code.slice(code.lastIndexOf('.') + 1));
}

/** What the schemas say of one change. */
async function issuesOf(change: ConfigChange, base: SweepBase): Promise<readonly ConfigIssue[]> {
  const { file } = base.loaded;
  try {
    const changed = loadConfig(file, [change]);
    const { configuration } = await assemble(changed, 'check', { market: base.assembly.market });
    if (at(JSON.parse(configuration), change.path) !== undefined) return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
  // A schema that drops what it does not know would make every point the same.
  const nowhere = { file, line: 1, column: 1, path: formatPath(change.path) };
  return [
    { ...nowhere, code: 'config.unknown_key', message: 'the strategy takes no such parameter' },
  ];
}
