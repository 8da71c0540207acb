import { existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Another process may have made it just now: that is as good. */
function makeOne(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (!(error instanceof Error) || Reflect.get(error, 'code') !== 'EEXIST') throw error;
  }
}

/**
 * Makes a directory and what is missing above it; returns the highest one made, `undefined` when
 * nothing was missing. Throws what `mkdir` throws. Node's own recursive `mkdir` never ends where a
 * file system says "no such file" although the parent is there, as `/proc` does.
 */
export function makeDirectories(path: string): string | undefined {
  const missing: string[] = [];
  for (let at = resolve(path); !existsSync(at); at = dirname(at)) missing.unshift(at);
  for (const directory of missing) makeOne(directory);
  return missing[0];
}
