import { approximately, exact, minus } from '../report/exact.ts';
import { type Figures, figuresOf } from '../report/figures.ts';
import type { DayEquity, Results } from '../report/read-results.ts';
import { ResultError } from '../report/result-error.ts';
import { holm } from './holm.ts';
import { type PairedDifference, pairedDifference } from './paired-difference.ts';

export const RUNS_MAX = 10;
/** A difference with a larger p-value is not distinguishable from chance. */
export const LEVEL = 0.05;

/** A key of the configuration whose value is not the same in all runs. */
export interface KeyDifference {
  readonly key: string;
  /** JSON text a run; `undefined` where the key is absent. */
  readonly values: readonly (string | undefined)[];
}

/** A run against the first. */
export interface Difference {
  readonly name: string;
  readonly test: PairedDifference | { readonly undefinedBecause: string };
  /** p-value adjusted by Holm's method for the number of runs compared with the first. */
  readonly adjustedP: number | undefined;
  readonly verdict: string;
}

export interface Comparison {
  readonly runs: readonly {
    readonly name: string;
    readonly id: string;
    readonly directory: string;
    readonly figures: Figures;
  }[];
  /** What keeps the runs from being comparable. */
  readonly warnings: readonly string[];
  /** `undefined` where a run has no `configuration.json`. */
  readonly configuration: readonly KeyDifference[] | undefined;
  readonly differences: readonly Difference[];
}

/** `A`, `B`, …: what the runs are called in tables. */
function nameOf(i: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + i);
}

/** Every leaf of a JSON value by its path. */
function leaves(value: unknown, path: string, into: Map<string, string>): void {
  const isBranch = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  if (!isBranch) {
    into.set(path, JSON.stringify(value));
    return;
  }
  for (const [key, child] of Object.entries(value)) {
    leaves(child, path === '' ? key : `${path}.${key}`, into);
  }
}

function configurationDifferences(runs: readonly Results[]): KeyDifference[] | undefined {
  const flat: Map<string, string>[] = [];
  for (const { configuration } of runs) {
    if (configuration === undefined) return undefined;
    const map = new Map<string, string>();
    leaves(JSON.parse(configuration), '', map);
    flat.push(map);
  }
  const keys = [...new Set(flat.flatMap((map) => [...map.keys()]))].sort();
  return keys
    .map((key) => ({ key, values: flat.map((map) => map.get(key)) }))
    .filter(({ values }) => values.some((value) => value !== values[0]));
}

function warningsOf(runs: readonly Results[]): string[] {
  const checks: readonly (readonly [string, (run: Results) => string])[] = [
    ['account currencies', ({ summary }) => summary.accountCurrency],
    ['data', ({ summary }) => summary.dataVersion],
    ['periods', ({ summary }) => `${summary.period.from} to ${summary.period.to}`],
    ['opening balances', ({ summary }) => summary.openingBalance],
    ['engine versions', ({ summary }) => summary.engineVersion],
    ['time zone data', ({ summary }) => summary.timeZoneVersion],
  ];
  return checks.flatMap(([what, of]) => {
    const values = runs.map(of);
    if (values.every((value) => value === values[0])) return [];
    return [
      `not the same ${what}: ${values.map((value, i) => `${nameOf(i)} ${value}`).join(', ')}`,
    ];
  });
}

/** Profit between one common trading day and the next, the first from the opening balance. */
function profits(run: Results, days: readonly number[]): number[] {
  const byDay = new Map(run.days.map(({ day, equity }: DayEquity) => [day, equity]));
  let before = exact(run.summary.openingBalance);
  return days.map((day) => {
    const equity = byDay.get(day) ?? before;
    const profit = approximately(minus(equity, before));
    before = equity;
    return profit;
  });
}

function testOf(first: Results, other: Results): Difference['test'] {
  if (first.summary.accountCurrency !== other.summary.accountCurrency) {
    return { undefinedBecause: 'the account currencies are not the same' };
  }
  const own = new Set(other.days.map(({ day }) => day));
  const days = first.days.map(({ day }) => day).filter((day) => own.has(day));
  const [before, after] = [profits(first, days), profits(other, days)];
  return pairedDifference(after.map((value, i) => value - (before[i] ?? 0)));
}

function verdictOf(test: Difference['test'], p: number | undefined, name: string): string {
  if ('undefinedBecause' in test || p === undefined) {
    const why = 'undefinedBecause' in test ? test.undefinedBecause : '';
    return `${name} cannot be told from A: ${why}`;
  }
  if (p >= LEVEL) return `${name} is not distinguishable from A at 5 %`;
  return `${name} makes ${test.mean > 0 ? 'more' : 'less'} than A, significant at 5 %`;
}

/** Sets runs side by side; each is tested against the first. Throws {@link ResultError}. */
export function compareResults(runs: readonly Results[]): Comparison {
  const [first, ...others] = runs;
  if (first === undefined || others.length === 0 || runs.length > RUNS_MAX) {
    throw new ResultError(`2 to ${RUNS_MAX} runs can be compared, not ${runs.length}`);
  }
  const tests = others.map((other) => testOf(first, other));
  const known = tests.flatMap((test) => ('p' in test ? [test.p] : []));
  const adjusted = [...holm(known)];
  const differences = tests.map((test, i) => {
    const name = nameOf(i + 1);
    const adjustedP = 'p' in test ? adjusted.shift() : undefined;
    return { name, test, adjustedP, verdict: verdictOf(test, adjustedP, name) };
  });
  return {
    runs: runs.map((run, i) => ({
      name: nameOf(i),
      id: run.summary.id,
      directory: run.directory,
      figures: figuresOf(run),
    })),
    warnings: warningsOf(runs),
    configuration: configurationDifferences(runs),
    differences,
  };
}
