import { closeSync, openSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { ResultError } from './result-error.ts';

const READ_BYTES = 256 * 1024;

/** Lines of a file without their ends, in bounded memory. Throws {@link ResultError}. */
export function* linesOf(path: string): Generator<string> {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (cause) {
    throw new ResultError(`${path} cannot be read`, { cause });
  }
  try {
    const chunk = new Uint8Array(READ_BYTES);
    const decoder = new StringDecoder('utf8');
    let rest = '';
    for (let length = readSync(fd, chunk); length > 0; length = readSync(fd, chunk)) {
      const lines = (rest + decoder.write(chunk.subarray(0, length))).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
    if (rest !== '') yield rest;
  } finally {
    closeSync(fd);
  }
}

function fieldsOf(line: string): string[] {
  if (!line.includes('"')) return line.split(',');
  const quoted = /(?:^|,)(?:"((?:[^"]|"")*)"|([^,"]*))/gy;
  return [...line.matchAll(quoted)].map(
    ([, inside, plain]) => inside?.replaceAll('""', '"') ?? plain ?? '',
  );
}

/**
 * Rows of a CSV file of results, as the values of the named columns in their order. Throws
 * {@link ResultError} where a column or a field is missing.
 */
export function* csvRows(path: string, columns: readonly string[]): Generator<readonly string[]> {
  let places: number[] | undefined;
  let number = 0;
  for (const line of linesOf(path)) {
    number += 1;
    const fields = fieldsOf(line);
    if (places === undefined) {
      places = columns.map((name) => fields.indexOf(name));
      const missing = columns[places.indexOf(-1)];
      if (missing !== undefined) throw new ResultError(`${path}:1: there is no column ${missing}`);
      continue;
    }
    const values = places.map((place) => fields[place]);
    if (values.includes(undefined)) throw new ResultError(`${path}:${number}: a field is missing`);
    yield values.map((value) => value ?? '');
  }
  if (places === undefined) throw new ResultError(`${path} is empty`);
}
