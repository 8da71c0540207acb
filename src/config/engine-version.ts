import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Version of this package; journaled with each configuration (X2). */
export function engineVersion(): string {
  // Sources and what is built from them lie equally deep.
  const file = join(import.meta.dirname, '..', '..', 'package.json');
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const version: unknown = Reflect.get(Object(content), 'version');
  if (typeof version === 'string') return version;
  throw new TypeError(`${file} states no version`);
}
