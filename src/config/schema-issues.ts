import type { z } from 'zod';
import type { IssueList, IssueSource, JsonPath } from './issue.ts';

type SchemaIssue = z.core.$ZodIssue;

/** Gates that cannot be set, by every name under which someone may look for them. */
const ALWAYS_ENFORCED = new Set([
  'orderValidity',
  'order_validity',
  'duplicateIntent',
  'duplicate_intent',
  'tradingState',
  'trading_state',
  'hold',
]);

/** A value as a message names it: `a number`, `"abc"`. */
function nameOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'an object',
  record: 'an object',
  string: 'text',
  tuple: 'a list',
};

function valueAt(root: unknown, path: JsonPath): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}

function jsonPath(path: readonly PropertyKey[]): JsonPath {
  return path.map((step) => (typeof step === 'number' ? step : String(step)));
}

function addUnknownKeys(
  issue: SchemaIssue & { code: 'unrecognized_keys' },
  path: JsonPath,
  source: IssueSource,
  issues: IssueList,
): void {
  for (const key of issue.keys) {
    const at = [...path, key];
    if (source.codeRoot === 'config' && path.join() === 'gates' && ALWAYS_ENFORCED.has(key)) {
      const message = 'this gate is always enforced and has no settings';
      issues.addKey(source, at, 'always_enforced', message);
    } else {
      issues.addKey(source, at, 'unknown_key', 'there is no such setting');
    }
  }
}

interface Problem {
  readonly kind: string;
  readonly message: string;
}

function typeProblem(expected: string, value: unknown): Problem {
  const wanted = TYPE_NAMES[expected] ?? expected;
  if (value === undefined) return { kind: 'missing', message: `is missing: ${wanted}` };
  if (expected === 'int' && typeof value === 'number' && Number.isInteger(value)) {
    return { kind: 'range', message: 'is beyond a safe integer' };
  }
  const quoted = expected === 'string' && typeof value === 'number';
  const hint = quoted ? ' (decimal numbers are written as text, so that they stay exact)' : '';
  return { kind: 'type', message: `must be ${wanted}, not ${nameOf(value)}${hint}` };
}

function choices(values: readonly unknown[]): string {
  return values.map((value) => JSON.stringify(value)).join(', ');
}

/** Alternatives of a union: of one type only when all of them ask for it. */
function unionProblem(issue: SchemaIssue & { code: 'invalid_union' }, value: unknown): Problem {
  if (value === undefined) return { kind: 'missing', message: 'is missing' };
  const wanted = issue.errors.flat().map((option) => {
    if (option.code === 'invalid_value') return choices(option.values);
    return option.code === 'invalid_type' ? (TYPE_NAMES[option.expected] ?? '') : option.message;
  });
  return { kind: 'choice', message: `must be ${wanted.join(' or ')}, not ${nameOf(value)}` };
}

function sizeProblem(issue: SchemaIssue & { code: 'too_small' | 'too_big' }): Problem {
  const few = issue.code === 'too_small';
  const bound = few ? issue.minimum : issue.maximum;
  const amount = few ? `at least ${bound}` : `at most ${bound}`;
  if (issue.origin === 'array') {
    return { kind: few ? 'empty' : 'too_many', message: `must have ${amount} items` };
  }
  if (issue.origin === 'string') return { kind: 'empty', message: 'must not be empty' };
  return { kind: 'range', message: `must be ${amount}` };
}

function problemOf(issue: SchemaIssue, value: unknown): Problem {
  switch (issue.code) {
    case 'invalid_type':
      return typeProblem(issue.expected, value);
    case 'invalid_value': {
      if (value === undefined) return { kind: 'missing', message: 'is missing' };
      const message = `must be one of ${choices(issue.values)}, not ${nameOf(value)}`;
      return { kind: 'choice', message };
    }
    case 'invalid_union': {
      if (issue.discriminator === undefined) return unionProblem(issue, value);
      const wanted = choices(('options' in issue && issue.options) || []);
      if (value === undefined) return { kind: 'missing', message: `is missing: one of ${wanted}` };
      return { kind: 'choice', message: `must be one of ${wanted}, not ${nameOf(value)}` };
    }
    case 'too_small':
    case 'too_big':
      return sizeProblem(issue);
    case 'invalid_format':
      return { kind: 'format', message: `${issue.message}, not ${nameOf(value)}` };
    case 'custom': {
      const kind: unknown = Reflect.get(issue.params ?? {}, 'kind');
      return { kind: typeof kind === 'string' ? kind : 'invalid', message: issue.message };
    }
    default:
      return { kind: 'invalid', message: issue.message };
  }
}

/** Turns what a schema found in `root` into issues with places; `base` is the path of `root`. */
export function addSchemaIssues(
  error: z.core.$ZodError,
  root: unknown,
  source: IssueSource,
  issues: IssueList,
  base: JsonPath = [],
): void {
  for (const issue of error.issues) addSchemaIssue(issue, root, source, issues, base);
}

function addSchemaIssue(
  issue: SchemaIssue,
  root: unknown,
  source: IssueSource,
  issues: IssueList,
  base: JsonPath,
): void {
  const own = jsonPath(issue.path);
  const path = [...base, ...own];
  if (issue.code === 'unrecognized_keys') {
    addUnknownKeys(issue, path, source, issues);
    return;
  }
  if (issue.code === 'invalid_key') {
    issues.addKey(source, path, 'key', 'the name is not a symbol such as "EURUSD"');
    return;
  }
  const { kind, message } = problemOf(issue, valueAt(root, own));
  issues.add(source, path, kind, message);
}

/** What a strategy's schema promises of an issue; zod says more. */
interface ParameterIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function isZodIssue(issue: ParameterIssue): issue is SchemaIssue {
  return 'code' in issue && typeof issue.code === 'string';
}

/** The same for the issues of a strategy's own schema, which need not be zod's. */
export function addParameterIssues(
  found: readonly ParameterIssue[],
  root: unknown,
  source: IssueSource,
  base: JsonPath,
  issues: IssueList,
): void {
  for (const issue of found) {
    if (isZodIssue(issue)) addSchemaIssue(issue, root, source, issues, base);
    else issues.add(source, [...base, ...jsonPath(issue.path)], 'invalid', issue.message);
  }
}
