import type { PlainData } from './api.ts';
import { StrategyError } from './guard.ts';

const DEPTH_MAX = 32;

function byCodeUnit(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function refuse(path: string, what: string): never {
  throw new StrategyError(`saved state at ${path} is ${what}, not plain data`);
}

/** `Array.from` visits holes, which `map` would pass over. */
function arrayText(value: readonly unknown[], path: string, depth: number): string {
  const items = Array.from(value, (item, i) => plainText(item, `${path}[${i}]`, depth + 1));
  return `[${items.join(',')}]`;
}

function numberText(value: number, path: string): string {
  if (!Number.isFinite(value)) refuse(path, String(value));
  return JSON.stringify(value);
}

function objectText(value: object, path: string, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) refuse(path, 'an instance of a class');
  const names = Object.keys(value).sort(byCodeUnit);
  const fields = names.map((name) => {
    const field: unknown = Reflect.get(value, name);
    return `${JSON.stringify(name)}:${plainText(field, `${path}.${name}`, depth + 1)}`;
  });
  return `{${fields.join(',')}}`;
}

/**
 * Canonical JSON of plain data: names in code-unit order, no white space. Throws
 * {@link StrategyError} for what JSON cannot hold exactly: `undefined`, NaN, functions, instances.
 */
export function plainText(value: unknown, path = '$', depth = 0): string {
  if (depth > DEPTH_MAX) refuse(path, `nested deeper than ${DEPTH_MAX}`);
  if (value === null) return 'null';
  switch (typeof value) {
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      return numberText(value, path);
    case 'string':
      return JSON.stringify(value);
    case 'object':
      if (!Array.isArray(value)) return objectText(value, path, depth);
      return arrayText(value, path, depth);
    default:
      return refuse(path, `a ${typeof value}`);
  }
}

/** The inverse of {@link plainText}. */
export function parsePlain(text: string): PlainData {
  return JSON.parse(text) as PlainData;
}
