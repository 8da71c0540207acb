import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const run = promisify(execFile);

/** The commands of a document, block by block, as they stand. */
function commandsOf(document: string): readonly string[] {
  const text = readFileSync(join(ROOT, document), 'utf8');
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
}

/** A folder in which the project's commands work as they do in a clone. */
function likeAClone(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tiyf-tutorial-'));
  cpSync(join(ROOT, 'examples'), join(folder, 'examples'), { recursive: true });
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules', 'tiyf-engine'));
  symlinkSync(join(ROOT, 'node_modules', 'zod'), join(folder, 'node_modules', 'zod'));
  return folder;
}

/** What installs, and what npx adds to each command, is left to a real clone. */
function asHere(block: string): string {
  return block
    .replaceAll('npx --no-install tiyf', join(ROOT, 'bin', 'tiyf'))
    .replaceAll(/^npm run check$/gm, 'true');
}

suite('the tutorial', () => {
  test('every command of it works, one after the other, and its files appear', async () => {
    const folder = likeAClone();
    const env = { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') };
    try {
      const blocks = commandsOf('docs/tutorial.md');
      assert.ok(blocks.length >= 6, 'the tutorial has commands');
      for (const block of blocks) await run('sh', ['-ec', asHere(block)], { cwd: folder, env });
      for (const file of [
        'results/a/report.html',
        'compare.html',
        'sweep/sweep.html',
        'data.html',
      ]) {
        assert.ok(existsSync(join(folder, 'my', file)), file);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
