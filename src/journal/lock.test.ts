import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { suite, test } from 'node:test';
import { TemporaryFolder } from '../testing/quote-files.ts';
import { DirectoryLock, LockError } from './lock.ts';

const AT_ONCE_MS = 500;
const HOLD = `
  import { DirectoryLock } from ${JSON.stringify(new URL('./lock.ts', import.meta.url).href)};
  try {
    globalThis.lock = DirectoryLock.take(process.argv[1]);
    console.log('held');
    setInterval(() => undefined, 1000);
  } catch (error) {
    console.log(error.code + ' ' + error.message);
  }`;

/** Another process that takes the lock, with the first line that it says. */
async function otherProcess(directory: string): Promise<{ child: ChildProcess; said: string }> {
  const words = ['--input-type=module', '--no-warnings', '-e', HOLD, directory];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'ignore'] });
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, said: chunk.toString().trim() };
}

function assertHeldBy(directory: string, pid: number | undefined): void {
  const began = performance.now();
  assert.throws(
    () => DirectoryLock.take(directory),
    (error) => {
      assert(error instanceof LockError, String(error));
      assert.equal(error.code, 'DIRECTORY_LOCKED');
      const { message } = error;
      assert(message.includes(directory), message);
      assert(message.includes(JSON.stringify({ pid, host: hostname() })), message);
      return true;
    },
  );
  assert(performance.now() - began < AT_ONCE_MS, 'it must fail at once');
}

suite('directory lock', () => {
  test('a second take in the same process fails at once, again and again, and names the holder', () => {
    using folder = new TemporaryFolder();
    using _lock = DirectoryLock.take(folder.path);
    for (let i = 0; i < 3; i++) assertHeldBy(folder.path, process.pid);
  });

  test('after it is given back it can be taken, any number of times', () => {
    using folder = new TemporaryFolder();
    for (let i = 0; i < 5; i++) {
      using _lock = DirectoryLock.take(folder.path);
      assertHeldBy(folder.path, process.pid);
    }
  });

  test('directories are locked each on its own', () => {
    using folder = new TemporaryFolder();
    for (const name of ['a', 'b']) mkdirSync(folder.join(name));
    using _a = DirectoryLock.take(folder.join('a'));
    using _b = DirectoryLock.take(folder.join('b'));
    assertHeldBy(folder.join('a'), process.pid);
    assertHeldBy(folder.join('b'), process.pid);
  });

  test('a take in another process fails and names us, also after failed takes of our own', async () => {
    using folder = new TemporaryFolder();
    using _lock = DirectoryLock.take(folder.path);
    assertHeldBy(folder.path, process.pid);
    const { child, said } = await otherProcess(folder.path);
    if (child.exitCode === null) await once(child, 'exit');
    assert(said.startsWith('DIRECTORY_LOCKED '), said);
    assert(said.includes(`"pid":${process.pid}`), said);
  });

  test('held by another process it is refused by name, and free once that was killed', async () => {
    using folder = new TemporaryFolder();
    const { child, said } = await otherProcess(folder.path);
    try {
      assert.equal(said, 'held');
      assertHeldBy(folder.path, child.pid);
    } finally {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
    using _lock = DirectoryLock.take(folder.path);
    assertHeldBy(folder.path, process.pid);
  });

  test('a take that fails after the lock was had gives it back', () => {
    using folder = new TemporaryFolder();
    const blocker = folder.join('lock.json.new');
    mkdirSync(blocker);
    assert.throws(() => DirectoryLock.take(folder.path));
    rmdirSync(blocker);
    using _lock = DirectoryLock.take(folder.path);
  });

  test('a lock file that is no database cannot be locked, but nobody is said to hold it', () => {
    using folder = new TemporaryFolder();
    writeFileSync(folder.join('lock.sqlite'), 'garbage'.repeat(500));
    assert.throws(
      () => DirectoryLock.take(folder.path),
      (error) => error instanceof LockError && !error.message.includes('held by another engine'),
    );
  });

  test('a directory that is missing cannot be locked, and the error says which', () => {
    using folder = new TemporaryFolder();
    const missing = folder.join('none');
    assert.throws(
      () => DirectoryLock.take(missing),
      (error) => error instanceof LockError && error.message.includes(missing),
    );
  });
});
