import type { Node } from 'typescript/unstable/ast';
import { type Finding, isTest, type Unit } from './finding.ts';
import { importedSpecifier, resolveRelative } from './imports.ts';

/** What something outside the sources starts: the launcher and the package's exports. */
const ENTRY_POINTS = new Set(['src/cli/main.ts', 'src/kernel/strategy/api.ts']);

function importsOf({ path, source }: Unit): string[] {
  const found: string[] = [];
  const walk = (node: Node): undefined => {
    const specifier = importedSpecifier(node);
    const target = specifier === undefined ? undefined : resolveRelative(path, specifier);
    if (target !== undefined) found.push(target);
    node.forEachChild(walk);
  };
  walk(source);
  return found;
}

/** Files of src that neither an entry point, nor a test, nor anything outside src leads to. */
export function findDeadFiles(units: readonly Unit[]): Finding[] {
  const byPath = new Map(units.map((unit) => [unit.path, unit]));
  const isRoot = (path: string) =>
    !path.startsWith('src/') || isTest(path) || ENTRY_POINTS.has(path);
  const reached = new Set(units.map(({ path }) => path).filter(isRoot));
  // A set hands out what is added while it is walked.
  for (const path of reached) {
    const unit = byPath.get(path);
    if (unit === undefined) continue;
    for (const target of importsOf(unit)) reached.add(target);
  }
  const message = 'nothing imports this file';
  return units
    .filter(({ path }) => !reached.has(path))
    .map(({ path }) => ({ rule: 'dead', path, line: 1, message }));
}
