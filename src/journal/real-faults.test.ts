import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { framesOf } from '../testing/journal-rig.ts';
import { TemporaryFolder } from '../testing/quote-files.ts';
import { NO_STRACE, straced } from '../testing/strace.ts';
import { LocalDisk } from './local-disk.ts';
import { SegmentStore } from './segment-store.ts';

const WRITER = fileURLToPath(new URL('../testing/journal-writer.ts', import.meta.url));
const TURNS = 12;

function arguments_(directory: string): readonly string[] {
  return ['--conditions=tiyf-source', WRITER, directory, String(TURNS)];
}

/** Frames of a journal on this machine, as another process opens it now. */
function reopened(directory: string): readonly unknown[] {
  const store = new SegmentStore(new LocalDisk(), directory, 0);
  const frames = framesOf(store);
  store.close();
  return frames;
}

/** What it holds when nothing fails. */
function unharmed(folder: TemporaryFolder): readonly unknown[] {
  const directory = folder.join('unharmed');
  mkdirSync(directory);
  const { status } = spawnSync(process.execPath, arguments_(directory));
  assert.equal(status, 0);
  return reopened(directory);
}

/** The call that fails, the how many-th, and how. */
const FAULTS = [
  ['a sync of a group', 'fdatasync', 'error=EIO', 5],
  ['the sync before anything is trusted', 'fdatasync', 'error=EIO', 1],
  ['a write of a group', 'pwrite64', 'error=EIO', 4],
  ['a write of a group, the disk being full', 'pwrite64', 'error=ENOSPC', 8],
] as const;

suite('real faults of a real file', { skip: NO_STRACE }, () => {
  test('end the journal: nothing is written after them, and every commit that returned is found', () => {
    using folder = new TemporaryFolder();
    const whole = unharmed(folder);
    for (const [what, call, fault, nth] of FAULTS) {
      const directory = folder.join(`${call}-${nth}`);
      mkdirSync(directory);
      const log = `${directory}.strace`;
      const inject = `${call}:${fault}:when=${nth}`;
      const { status, stdout, stderr } = straced(log, inject, arguments_(directory));
      assert.equal(status, 70, `${what}: ${stdout}${stderr}`);
      const failures = stdout.match(/^failed .*$/gm) ?? [];
      assert.match(failures[0] ?? '', /^failed JOURNAL_FAILED .*; nothing further is written$/);
      assert.ok(
        failures.every((line) => line === failures[0]),
        `${what}: the same again`,
      );
      const calls = readFileSync(log, 'utf8').split('\n');
      const at = calls.findIndex((line) => line.includes('(INJECTED)'));
      assert.ok(at >= 0, what);
      const after = calls.slice(at + 1).filter((line) => /(pwrite64|fdatasync)\(/.test(line));
      assert.deepEqual(after, [], `${what}: nothing is written or synced after it`);
      const durable = Number(/durable (\d+)\n(?!durable)/.exec(stdout)?.[1] ?? 0);
      const found = reopened(directory);
      assert.ok(found.length >= durable, `${what}: ${found.length} of ${durable}`);
      assert.deepEqual(found.slice(0, durable), whole.slice(0, durable), what);
    }
  });
});
