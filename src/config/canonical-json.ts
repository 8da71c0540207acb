import { createHash } from 'node:crypto';

/** A value that JSON cannot hold exactly. */
export class CanonicalJsonError extends Error {
  readonly code = 'CANONICAL_JSON';
  override readonly name = 'CanonicalJsonError';
}

const DEPTH_MAX = 100;

function refuse(path: string, what: string): never {
  throw new CanonicalJsonError(`${path} is ${what}: JSON cannot hold it`);
}

function textOf(value: string, path: string): string {
  if (!value.isWellFormed()) refuse(path, 'text with half a surrogate pair');
  return JSON.stringify(value);
}

function objectOf(value: object, path: string, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) refuse(path, 'an instance of a class');
  // Without a comparator names are sorted by UTF-16 code units, as the standard asks.
  const names = Object.keys(value).sort();
  const fields = names.map((name) => {
    const field: unknown = Reflect.get(value, name);
    return `${textOf(name, path)}:${canonical(field, `${path}.${name}`, depth + 1)}`;
  });
  return `{${fields.join(',')}}`;
}

function listOf(value: readonly unknown[], path: string, depth: number): string {
  // Unlike map, this visits the holes of a sparse array, which are then refused.
  const items = Array.from(value, (item, at) => canonical(item, `${path}[${at}]`, depth + 1));
  return `[${items.join(',')}]`;
}

function canonical(value: unknown, path: string, depth: number): string {
  if (depth > DEPTH_MAX) refuse(path, `nested deeper than ${DEPTH_MAX}`);
  if (value === null) return 'null';
  switch (typeof value) {
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      // ECMAScript's own number text is what the standard prescribes; it writes −0 as 0.
      if (!Number.isFinite(value)) refuse(path, String(value));
      return JSON.stringify(value);
    case 'string':
      return textOf(value, path);
    case 'object':
      if (!Array.isArray(value)) return objectOf(value, path, depth);
      return listOf(value, path, depth);
    default:
      return refuse(path, `a ${typeof value}`);
  }
}

/**
 * Canonical JSON: names in the order of their UTF-16 code units, no white space, numbers and
 * escapes as ECMAScript writes them. Source: RFC 8785, "JSON Canonicalization Scheme". Throws
 * {@link CanonicalJsonError} for what is not JSON: `undefined`, NaN, functions, instances.
 */
export function canonicalJson(value: unknown): string {
  return canonical(value, '$', 0);
}

/** `sha256:…` of a text's UTF-8 bytes, lower-case hex. */
export function sha256Of(content: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/** `sha256:…` of the canonical JSON. */
export function configHash(value: unknown): string {
  return sha256Of(canonicalJson(value));
}
