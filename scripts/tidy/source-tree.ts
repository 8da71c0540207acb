import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { SourceTree } from './finding.ts';

/** Folders of installed, built or recorded things. `data` is one at the root alone. */
const SKIPPED_ANYWHERE = new Set(['node_modules', '.git', '.bench', '.tiyf-install.lock']);
const SKIPPED_AT_ROOT = new Set(['dist', 'data']);
const TEXT_BYTES_MAX = 1_000_000;

function readInto(tree: Map<string, string>, root: string, folder: string): void {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (SKIPPED_ANYWHERE.has(entry.name) || SKIPPED_AT_ROOT.has(path)) continue;
    if (entry.isDirectory()) readInto(tree, root, path);
    else if (entry.isFile() && statSync(join(root, path)).size <= TEXT_BYTES_MAX) {
      const text = readFileSync(join(root, path), 'utf8');
      if (!text.includes('\0')) tree.set(path, text);
    }
  }
}

/** Every text file of the repository, sources and documents, without asking git. */
export function readSourceTree(root: string): SourceTree {
  const tree = new Map<string, string>();
  readInto(tree, root, '');
  return new Map([...tree].sort(([a], [b]) => (a < b ? -1 : 1)));
}
