import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const PLATFORM = `${process.platform}-${process.arch}`;
const RUNTIME = `node-${PLATFORM}`;

/** Stands in for npm: counts its calls and installs a runtime that says what FAKE_VERSION says. */
const FAKE_NPM = `
const { appendFileSync, mkdirSync, rmSync, writeFileSync } = require('node:fs');
appendFileSync('npm.log', process.argv.slice(2, 3) + '\\n');
setTimeout(() => {
  if (process.env.FAKE_EXIT) { console.error('no such host'); process.exit(7); }
  rmSync('node_modules', { recursive: true, force: true });
  mkdirSync('node_modules/.bin', { recursive: true });
  if (!process.env.FAKE_VERSION) return;
  const script = '#!/bin/sh\\necho ' + process.env.FAKE_VERSION + '\\n';
  writeFileSync('node_modules/.bin/node', script, { mode: 0o755 });
}, Number(process.env.FAKE_MS ?? 0));
`;

interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

/** A project of one script in a folder of its own, with a fake npm. */
class Project implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), 'tiyf-bootstrap-'));

  constructor(runtime = RUNTIME) {
    mkdirSync(join(this.root, 'scripts'));
    mkdirSync(join(this.root, 'npm'));
    copyFileSync(join(import.meta.dirname, 'bootstrap.mjs'), this.#path('scripts/bootstrap.mjs'));
    this.write('npm/npm-cli.js', FAKE_NPM);
    this.write('package.json', JSON.stringify({ optionalDependencies: { [runtime]: '26.10.0' } }));
    this.write('package-lock.json', '{ "packages": { "": {} } }');
  }

  #path(name: string): string {
    return join(this.root, name);
  }

  write(name: string, text: string): void {
    writeFileSync(this.#path(name), text);
  }

  /** How often npm ran so far, and with which command. */
  get npmCalls(): string[] {
    if (!existsSync(this.#path('npm.log'))) return [];
    return readFileSync(this.#path('npm.log'), 'utf8').trim().split('\n');
  }

  get isStamped(): boolean {
    return existsSync(this.#path('node_modules/.tiyf-stamp'));
  }

  get isLocked(): boolean {
    return existsSync(this.#path('.tiyf-install.lock'));
  }

  run(env: Readonly<Record<string, string>> = { FAKE_VERSION: 'v26.10.0' }): Promise<Outcome> {
    const child = spawn(process.execPath, [this.#path('scripts/bootstrap.mjs')], {
      cwd: tmpdir(),
      env: { ...process.env, npm_execpath: this.#path('npm/npm-cli.js'), ...env },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    return new Promise((resolve) => {
      child.on('close', (code) => resolve({ code, output }));
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

describe('bootstrap', { concurrency: 2 }, () => {
  it('installs once, says so in one line, and then says nothing', async () => {
    using project = new Project();
    const first = await project.run();
    assert.deepEqual(first, { code: 0, output: 'Installing packages (npm ci) …\n' });
    assert.deepEqual(await project.run(), { code: 0, output: '' });
    assert.deepEqual(project.npmCalls, ['ci']);
    assert.equal(project.isLocked, false);
  });

  it('installs again when the lock file changes or the runtime is gone', async () => {
    using project = new Project();
    await project.run();
    project.write('package-lock.json', '{ "packages": { "": {}, "node_modules/a": {} } }');
    await project.run();
    rmSync(join(project.root, 'node_modules/.bin/node'));
    await project.run();
    assert.deepEqual(project.npmCalls, ['ci', 'ci', 'ci']);
  });

  it('uses npm install where there is no lock file', async () => {
    using project = new Project();
    rmSync(join(project.root, 'package-lock.json'));
    await project.run();
    assert.deepEqual(project.npmCalls, ['install']);
  });

  it('adopts a complete install by hand, and not one that lacks a package', async () => {
    using project = new Project();
    const lock = { packages: { '': {}, 'node_modules/a': { version: '1.0.0', integrity: 'x' } } };
    project.write('package-lock.json', JSON.stringify(lock));
    mkdirSync(join(project.root, 'node_modules/.bin'), { recursive: true });
    project.write('node_modules/.bin/node', '#!/bin/sh\necho v26.10.0\n');
    chmodSync(join(project.root, 'node_modules/.bin/node'), 0o755);
    project.write('node_modules/.package-lock.json', JSON.stringify(lock));
    mkdirSync(join(project.root, 'node_modules/a'));
    project.write('node_modules/a/package.json', '{}');
    assert.deepEqual(await project.run(), { code: 0, output: '' });
    assert.deepEqual([project.npmCalls, project.isStamped], [[], true]);
    rmSync(join(project.root, 'node_modules/.tiyf-stamp'));
    rmSync(join(project.root, 'node_modules/a'), { recursive: true });
    await project.run();
    assert.deepEqual(project.npmCalls, ['ci']);
  });

  it('passes on what npm says when it fails, and leaves no stamp and no lock', async () => {
    using project = new Project();
    const { code, output } = await project.run({ FAKE_EXIT: '7' });
    assert.equal(code, 1);
    assert.match(output, /npm ci failed \(exit code 7\)\nno such host/);
    assert.deepEqual([project.isStamped, project.isLocked], [false, false]);
  });

  it('fails when the runtime is not installed, is another version or has no package', async () => {
    using project = new Project();
    const missing = await project.run({ FAKE_VERSION: '' });
    assert.match(missing.output, new RegExp(`did not install ${RUNTIME}@26.10.0`));
    const old = await project.run({ FAKE_VERSION: 'v20.1.0' });
    assert.match(old.output, new RegExp(`not a working Node 26 on ${PLATFORM}.*v20.1.0`));
    assert.deepEqual([missing.code, old.code, project.isStamped], [1, 1, false]);
    using elsewhere = new Project('node-bin-plan9-mips');
    const unknown = await elsewhere.run();
    assert.match(unknown.output, new RegExp(`no Node is packaged for ${PLATFORM}.*plan9-mips`));
    assert.deepEqual([unknown.code, elsewhere.npmCalls], [1, []]);
  });

  it('installs once when several runs start together', async () => {
    using project = new Project();
    const env = { FAKE_VERSION: 'v26.10.0', FAKE_MS: '300' };
    const outcomes = await Promise.all([project.run(env), project.run(env), project.run(env)]);
    assert.deepEqual(
      outcomes.map((outcome) => outcome.code),
      [0, 0, 0],
    );
    assert.deepEqual(project.npmCalls, ['ci']);
    assert.equal(project.isLocked, false);
  });

  it('takes over the lock of a run that died', async () => {
    using project = new Project();
    mkdirSync(join(project.root, '.tiyf-install.lock'));
    // No process has an id this large.
    project.write('.tiyf-install.lock/pid', '99999999\n');
    assert.equal((await project.run()).code, 0);
    assert.deepEqual([project.npmCalls, project.isLocked], [['ci'], false]);
  });
});
