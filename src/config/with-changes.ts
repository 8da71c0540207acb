import type { JsonPath } from './issue.ts';

/** A value that stands in a configuration in place of what its file says. */
export interface ConfigChange {
  readonly path: JsonPath;
  readonly value: string | number | boolean;
}

/** A copy of a JSON value with the changes made, in order; objects on the way are made. */
export function withChanges(root: unknown, changes: readonly ConfigChange[]): unknown {
  return changes.reduce<unknown>((value, change) => changed(value, change.path, change), root);
}

function changed(value: unknown, path: JsonPath, change: ConfigChange): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return change.value;
  if (Array.isArray(value)) {
    return value.map((item, at) => (at === step ? changed(item, rest, change) : item));
  }
  const owner = typeof value === 'object' && value !== null ? value : {};
  // Not an assignment: a name such as "__proto__" is a name like any other.
  const entries = Object.entries(owner).filter(([name]) => name !== step);
  const inner = Object.hasOwn(owner, step) ? Reflect.get(owner, step) : undefined;
  return Object.fromEntries([...entries, [step, changed(inner, rest, change)]]);
}
