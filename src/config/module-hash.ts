import { createHash } from 'node:crypto';
import { dirname, relative, resolve, sep } from 'node:path';
import { sha256Of } from './canonical-json.ts';
import { readBytes } from './read-json.ts';

/** `from './x.ts'`, `import './x.ts'`, `import('./x.ts')`: relative ones, in either quotes. */
const RELATIVE_IMPORT = /\b(?:from|import)\s*\(?\s*(["'])(\.{1,2}\/[^"'\n]+)\1/g;

/** Contents of a module and of the files that it imports by relative path, by absolute path. */
function contentsOf(module: string): Map<string, Uint8Array> {
  const contents = new Map<string, Uint8Array>();
  const waiting = [module];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (contents.has(file)) continue;
    const content = readBytes(file);
    // What does not exist stands in a comment or a type, else the import fails with a better word.
    if (!('bytes' in content)) continue;
    contents.set(file, content.bytes);
    const text = new TextDecoder().decode(content.bytes);
    for (const match of text.matchAll(RELATIVE_IMPORT)) {
      waiting.push(resolve(dirname(file), match[2] ?? ''));
    }
  }
  return contents;
}

/**
 * `sha256:…` of a strategy's source (X2). Of a single file it is the hash that `sha256sum` prints.
 * With relative imports, followed from file to file, it is the hash of the list that `sha256sum`
 * prints for all of them: `hash`, two spaces, path from the module's folder, line feed; by path.
 * Packages are not in it: a lock file holds those.
 */
export function moduleHash(module: string): string {
  const contents = contentsOf(module);
  if (contents.size === 1) return sha256Of([...contents.values()][0] ?? '');
  const folder = dirname(module);
  const lines = [...contents].map(([file, bytes]) => {
    const path = relative(folder, file).split(sep).join('/');
    return { path, hash: createHash('sha256').update(bytes).digest('hex') };
  });
  lines.sort((a, b) => (a.path < b.path ? -1 : 1));
  return sha256Of(lines.map(({ path, hash }) => `${hash}  ${path}\n`).join(''));
}
