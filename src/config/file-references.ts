import { resolve } from 'node:path';
import type { IssueList, IssueSource, JsonPath } from './issue.ts';
import { readBytes } from './read-json.ts';

/** Texts become part of the configuration, which is journaled whole. */
const FILE_BYTES_MAX = 4 * 1024 * 1024;
const REFERENCE = '$file';

/**
 * A copy of a parameter value in which each `{"$file": "name"}` is the text of that file, UTF-8,
 * relative to `directory`. So what a strategy reads is part of the effective configuration and of
 * its hash (X2), and a strategy needs no input and output of its own.
 */
export function withFileTexts(
  value: unknown,
  directory: string,
  source: IssueSource,
  path: JsonPath,
  issues: IssueList,
): unknown {
  if (Array.isArray(value)) {
    return value.map((item, at) => withFileTexts(item, directory, source, [...path, at], issues));
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Object.hasOwn(value, REFERENCE))
    return referencedText(value, directory, source, path, issues);
  const fields = Object.entries(value).map(([name, field]) => [
    name,
    withFileTexts(field, directory, source, [...path, name], issues),
  ]);
  return Object.fromEntries(fields);
}

function referencedText(
  value: object,
  directory: string,
  source: IssueSource,
  path: JsonPath,
  issues: IssueList,
): string {
  const name: unknown = Reflect.get(value, REFERENCE);
  const refuse = (kind: string, message: string): string => {
    issues.add(source, [...path, REFERENCE], kind, message);
    return '';
  };
  if (Object.keys(value).length !== 1) return refuse('alone', '"$file" must stand alone');
  if (typeof name !== 'string' || name === '') return refuse('type', 'must be the name of a file');
  const file = resolve(directory, name);
  const content = readBytes(file);
  if (!('bytes' in content)) return refuse(content.kind, content.message);
  const { bytes } = content;
  if (bytes.length > FILE_BYTES_MAX) return refuse('too_large', `${file} is larger than 4 MiB`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return refuse('encoding', `${file} is not UTF-8 text`);
  }
}
