import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalDisk } from '../journal/local-disk.ts';
import type { Snapshot } from '../journal/snapshot-file.ts';
import { SnapshotStore } from '../journal/snapshot-store.ts';
import { configuredOf } from '../testing/embedded-rig.ts';
import { TemporaryFolder } from '../testing/quote-files.ts';
import { BackgroundWriter } from './background-writer.ts';

function snapshotAt(frame: number): Snapshot {
  return {
    journalId: 'j',
    frame,
    chainHead: 'cc',
    seq: frame,
    time: 1,
    configured: configuredOf('c', '1'),
    parts: [{ name: 'book', layout: '', bytes: new Uint8Array(200_000).fill(frame) }],
  };
}

async function idle(writer: BackgroundWriter): Promise<void> {
  for (let tries = 0; writer.busy && tries < 2000; tries++) await sleep(1);
  assert.equal(writer.busy, false);
}

suite('the background writer', () => {
  test('what it writes is read back, and nothing else is left in the directory', async () => {
    using folder = new TemporaryFolder();
    const store = new SnapshotStore(new LocalDisk(), folder.path);
    const writer = new BackgroundWriter((error) => assert.fail(String(error)));
    for (const frame of [1, 2, 3]) {
      store.write(snapshotAt(frame), writer);
      assert.equal(writer.busy, true);
      await idle(writer);
      const [newest = ''] = store.names();
      assert.equal(store.read(newest).frame, frame);
    }
    assert.deepEqual(readdirSync(folder.path).length, 2);
  });

  test('a file that cannot be written is told, and what stood there stands', async () => {
    using folder = new TemporaryFolder();
    const store = new SnapshotStore(new LocalDisk(), folder.path);
    const errors: unknown[] = [];
    const writer = new BackgroundWriter((error) => void errors.push(error));
    store.write(snapshotAt(1), writer);
    await idle(writer);
    mkdirSync(folder.join(`${String(2).padStart(20, '0')}.state.new`));
    store.write(snapshotAt(2), writer);
    await idle(writer);
    assert.equal(errors.length, 1);
    const [newest = ''] = store.names();
    assert.equal(store.read(newest).frame, 1);
  });
});
